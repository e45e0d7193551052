import { nearestNeighbours, zeros, type Compute, type Matrix, type SentencePair } from '@lexigraft/core';
import { createTfjsCompute } from '@lexigraft/core/tfjs';
import { padBatch, type Transformer } from '@lexigraft/models';
import { digestTexts } from '../../data/digest.ts';
import { loadPairs, requireDataset } from '../../data/load-datasets.ts';
import { estimateMean } from '../../statistics/standard-error.ts';
import { wilsonInterval } from '../../statistics/wilson.ts';
import { encodeTexts } from '../encoding/encode-sequences.ts';
import type { TextSide } from '../subject.ts';
import { defineTask, type Task, type WorkContext } from '../task.ts';
import type { MetricValue } from '../task-result.ts';

/** How {@link retrieval} reads sentences. */
export interface RetrievalOptions {
  /** Sentence pairs, all of which are candidates. @default 1000 */
  readonly pairs?: number;
  /** Hidden state: 0 = embeddings, i = output of layer i. @default two thirds of the layers */
  readonly layer?: number;
  /** Longest sentence, special tokens included. @default 128 */
  readonly maximumLength?: number;
}

/**
 * How often a sentence of the language under test finds its translation among all source sentences, by the cosine of mean hidden states: the target
 * read by the model under test, the source by the untouched source model. A source sentence that stands in several pairs is right for each of them.
 */
export function retrieval(options: RetrievalOptions = {}): Task {
  const { pairs: most = 1000, layer, maximumLength = 128 } = options;
  const id = 'retrieval';
  return defineTask<readonly SentencePair[]>({
    id,
    version: '2',
    models: ['causal', 'masked', 'classification'],
    needs: ['parallel'],
    uses: [],
    settings: { pairs: most, layer: layer ?? null, maximumLength },
    work: ({ bytesOf }) => bytesOf('parallel', most),
    load: ({ datasets, signal }) => loadPairs(requireDataset(datasets, 'parallel', id), most, signal),
    async evaluate({ subject, data, signal, report }) {
      const longest = Math.min(maximumLength, subject.maximumLength);
      const [sourceModel, model] = [await subject.sourceModel(), await subject.model()];
      const at = layer ?? Math.round((2 / 3) * model.config.layers);
      const [sources, targets] = [data.map(([source]) => source), data.map(([, target]) => target)];
      const { states: source, truncated: sourceTruncated } = await meanStates(sourceModel, subject.source, sources, at, longest, 'source', {
        signal,
        report,
      });
      const { states: target, truncated } = await meanStates(model, subject.target, targets, at, longest, 'target', { signal, report });
      const items = digestTexts(data.flat());
      const [centredSource, centredTarget] = [centred(source), centred(target)];
      const compute = await createTfjsCompute({ tf: model.tf });
      return {
        metrics: [
          await hits(compute, 'acc', target, source, sources, items),
          await hits(compute, 'acc-reverse', source, target, targets, items),
          // Without what all sentences of a language have in common.
          await hits(compute, 'acc-centred', centredTarget, centredSource, sources, items),
        ],
        facts: { items, layer: at, candidates: data.length, truncated, sourceTruncated },
      };
    },
  });
}

/**
 * Returns the means of the hidden states of the tokens of each text, special tokens left out where there are others, `[texts, dimension]`, and how many
 * texts were cut.
 */
async function meanStates(
  model: Transformer,
  side: TextSide,
  texts: readonly string[],
  layer: number,
  maximumLength: number,
  stage: string,
  { signal, report }: Pick<WorkContext, 'signal' | 'report'>,
): Promise<{ readonly states: Matrix; readonly truncated: number }> {
  const { sequences, truncated } = await encodeTexts(side, texts, maximumLength, signal);
  const result = zeros(texts.length, model.config.dimension);
  const order = texts.map((_, text) => text).sort((a, b) => sequences[a].ids.length - sequences[b].ids.length);
  const { special } = side.tokenizer.vocabulary;
  let done = 0;
  while (done < order.length) {
    signal.throwIfAborted();
    const rows = order.slice(done, done + batchRows(order, done, sequences));
    const batch = padBatch(
      rows.map((text) => sequences[text].ids),
      { tokenTypes: rows.map((text) => sequences[text].tokenTypes) },
    );
    const states = (await model.hiddenStates(batch, { layers: [layer] })).layers.get(layer);
    if (!states) throw new Error(`The model gave no hidden state ${layer}.`);
    rows.forEach((text, row) => {
      const { ids } = sequences[text];
      const own = Array.from(ids, (_, i) => i).filter((i) => special[ids[i]] === 0);
      const counted = own.length > 0 ? own : Array.from(ids, (_, i) => i);
      for (const position of counted)
        for (let d = 0; d < result.columns; d++)
          result.data[text * result.columns + d] += states[(row * batch.length + position) * result.columns + d] / counted.length;
    });
    done += rows.length;
    report({ stage, done, total: order.length });
  }
  return { states: result, truncated };
}

/** Tokens of one forward pass, padding included. */
const BATCH_TOKENS = 4096;

/** Sentences are sorted by length, so the last of a batch is its longest. */
function batchRows(order: readonly number[], start: number, sequences: readonly { readonly ids: ArrayLike<number> }[]): number {
  let rows = 1;
  while (start + rows < order.length && (rows + 1) * sequences[order[start + rows]].ids.length <= BATCH_TOKENS) rows++;
  return rows;
}

function centred(matrix: Matrix): Matrix {
  const { rows, columns } = matrix;
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i++) mean[i % columns] += matrix.data[i] / rows;
  const result = zeros(rows, columns);
  for (let i = 0; i < rows * columns; i++) result.data[i] = matrix.data[i] - mean[i % columns];
  return result;
}

/** A sentence is found where the nearest key has the text of its own: the same sentence in another pair is no miss. */
async function hits(
  compute: Compute,
  id: string,
  queries: Matrix,
  keys: Matrix,
  keyTexts: readonly string[],
  items: string,
): Promise<MetricValue> {
  const { ids } = await nearestNeighbours(compute, queries, keys, { k: 1, metric: 'cosine' });
  const values = Array.from(ids, (found, query) => (keyTexts[found] === keyTexts[query] ? 1 : 0));
  const { value, standardError, n } = estimateMean(values);
  const correct = values.reduce((sum: number, one) => sum + one, 0);
  const interval = wilsonInterval(correct, n);
  return { id, value, standardError, interval, n, higherIsBetter: true, unit: 'share', outcomes: { items, values } };
}
