import {
  LexigraftError,
  mixtureRow,
  nearestNeighbours,
  tokenText,
  type Lexicon,
  type Matrix,
  type TokenMixture,
  type Vocabulary,
} from '@lexigraft/core';
import { createTfjsCompute } from '@lexigraft/core/tfjs';
import type { Transformer } from '@lexigraft/models';
import { digestTexts } from '../../data/digest.ts';
import { loadLexicon, requireDataset } from '../../data/load-datasets.ts';
import { estimateMean } from '../../statistics/standard-error.ts';
import { wilsonInterval } from '../../statistics/wilson.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import type { TextSide } from '../subject.ts';
import { defineTask, type Task } from '../task.ts';
import type { MetricValue } from '../task-result.ts';

/** How {@link lexicon} reads the word list. */
export interface LexiconTaskOptions {
  /** Target words, the first of the list. @default 5000 */
  readonly words?: number;
}

/** A target word that is one token, and the tokens of its translations that are one token. */
interface Question {
  readonly word: string;
  readonly target: number;
  readonly answers: ReadonlySet<number>;
}

/**
 * How often the source token that weighs most in a target word's row is a translation of it; and how often the source row nearest to the word's row,
 * by cosine, is one. Only words that are one token on both sides are asked about, and words spelled alike on both sides are left out.
 *
 * A byte-level vocabulary has two tokens for a word, after a space and without one: asked about is the first, where there is one, and either is right.
 */
export function lexicon(options: LexiconTaskOptions = {}): Task {
  const { words: most = 5000 } = options;
  const id = 'lexicon';
  return defineTask<Lexicon>({
    id,
    version: '2',
    models: ['causal', 'masked', 'classification'],
    needs: ['lexicon'],
    uses: [],
    settings: { words: most },
    work: () => 0,
    load: ({ datasets, signal }) => loadLexicon(requireDataset(datasets, 'lexicon', id), signal),
    async evaluate({ subject, data, signal }) {
      const questions = await ask(data, subject.source, subject.target, most, signal);
      if (questions.length === 0)
        throw new LexigraftError(
          'empty-input',
          'No word of the lexicon is one token in both vocabularies, so there is nothing to ask.',
          {},
        );
      const items = digestTexts(questions.map(({ word }) => word));
      const nearest = await nearestTokens(
        await subject.sourceModel(),
        await subject.model(),
        questions,
        subject.source.tokenizer.vocabulary,
      );
      const { recipe } = subject;
      const metrics = [share('nearest-acc', questions, nearest, items)];
      if (recipe)
        metrics.unshift(
          share(
            'acc',
            questions,
            questions.map(({ target }) => heaviest(recipe, target)),
            items,
          ),
        );
      return { metrics, facts: { items, words: questions.length } };
    },
  });
}

async function ask(data: Lexicon, source: TextSide, target: TextSide, most: number, signal: AbortSignal): Promise<readonly Question[]> {
  const translations = new Map<string, Set<string>>();
  for (const { source: word, target: translation } of data.pairs) {
    if (word.toLowerCase() === translation.toLowerCase()) continue;
    const known = translations.get(translation);
    if (known) known.add(word);
    else if (translations.size < most) translations.set(translation, new Set([word]));
  }
  const targetWords = [...translations.keys()];
  const sourceWords = [...new Set([...translations.values()].flatMap((words) => [...words]))];
  const targetIds = await wholeTokens(target, targetWords, signal);
  const sourceIds = new Map((await wholeTokens(source, sourceWords, signal)).map((ids, index) => [sourceWords[index], ids] as const));
  return targetWords.flatMap((word, index): Question[] => {
    const [id] = targetIds[index] as readonly [number | undefined];
    const answers = new Set([...(translations.get(word) ?? [])].flatMap((translation) => sourceIds.get(translation) ?? []));
    return id === undefined || answers.size === 0 ? [] : [{ word, target: id, answers }];
  });
}

/** Returns the tokens that are each word whole, the usual form first; unknown tokens are none. */
async function wholeTokens(side: TextSide, words: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]> {
  const { special, kind } = side.tokenizer.vocabulary;
  const whole: number[][] = words.map(() => []);
  // Byte-level vocabularies alone write the space before a word into its token only where the text has one.
  for (const before of kind === 'byte-bpe' ? [' ', ''] : ['']) {
    const encoded = await encodeBare(
      side,
      words.map((word) => before + word),
      signal,
    );
    encoded.forEach((ids, word) => {
      if (ids.length === 1 && special[ids[0]] === 0) whole[word].push(ids[0]);
    });
  }
  return whole;
}

function heaviest(recipe: TokenMixture, target: number): number {
  const { sourceIds, weights } = mixtureRow(recipe, target);
  let best = 0;
  for (let entry = 1; entry < weights.length; entry++) if (weights[entry] > weights[best]) best = entry;
  return sourceIds.length === 0 ? -1 : sourceIds[best];
}

async function nearestTokens(
  sourceModel: Transformer,
  model: Transformer,
  questions: readonly Question[],
  vocabulary: Vocabulary,
): Promise<readonly number[]> {
  const table = async (of: Transformer): Promise<Matrix> => {
    const { shape, data } = await of.readParameter(of.config.inputEmbedding);
    return { rows: shape[0], columns: shape[1], data };
  };
  const [source, target] = [await table(sourceModel), await table(model)];
  // Only tokens that begin a word, or stand for some text, can answer.
  const keys = Array.from({ length: Math.min(source.rows, vocabulary.size) }, (_, id) => id).filter(
    (id) => vocabulary.special[id] === 0 && tokenText(vocabulary, id) !== '',
  );
  const queries = pick(
    target,
    questions.map((question) => question.target),
  );
  const compute = await createTfjsCompute({ tf: model.tf });
  const { ids } = await nearestNeighbours(compute, queries, pick(source, keys), { k: 1, metric: 'cosine' });
  return Array.from(ids, (key) => keys[key]);
}

function pick({ columns, data }: Matrix, ids: readonly number[]): Matrix {
  const picked = new Float32Array(ids.length * columns);
  ids.forEach((id, row) => {
    picked.set(data.subarray(id * columns, (id + 1) * columns), row * columns);
  });
  return { rows: ids.length, columns, data: picked };
}

function share(id: string, questions: readonly Question[], answers: readonly number[], items: string): MetricValue {
  const values = questions.map((question, index) => (question.answers.has(answers[index]) ? 1 : 0));
  const { value, standardError, n } = estimateMean(values);
  const correct = values.reduce((sum: number, one) => sum + one, 0);
  return {
    id,
    value,
    standardError,
    interval: wilsonInterval(correct, n),
    n,
    higherIsBetter: true,
    unit: 'share',
    outcomes: { items, values },
  };
}
