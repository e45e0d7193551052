import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrainingText, trainWordVectors, writeTrainedVectors } from '@lexigraft/checkpoint';
import type { Progress, WorkerPool } from '@lexigraft/core';
import type { NliItem } from '../data/nli-item.ts';
import { conceptOf } from './concepts.ts';
import { openDraw } from './draw.ts';
import { deriveLanguage, sourceDesign, targetDesigns, type LanguageDesign, type SyntheticLanguage } from './language.ts';
import { premiseKeys, sampleAligned, sampleNli, sampleText, wordPairs, type WordPair } from './sample-corpora.ts';
import { trainTokenizer, type TrainedKind } from './train-tokenizer.ts';

/** How much of everything is made. */
export interface WorldSizes {
  /** Sentences of plain text in each language. @default 8000 */
  readonly text?: number;
  /** Sentences of each language that nothing is trained on. @default 400 */
  readonly heldOut?: number;
  /** Sentence pairs of the source and each target language. @default 4000 */
  readonly parallel?: number;
  /** NLI items of the source language to train on. @default 40000 */
  readonly training?: number;
  /** NLI items of each language to choose by, and to test on. @default 500 and 1200 */
  readonly validation?: number;
  readonly test?: number;
  /** Tokens of each vocabulary. @default 320 */
  readonly vocabulary?: number;
  /** Numbers of a word vector. @default 32 */
  readonly dimension?: number;
}

/** What {@link writeWorld} makes, and how. */
export interface WorldRequest {
  readonly folder: string;
  /** @default 0 */
  readonly seed?: number;
  /** @default {@link targetDesigns} */
  readonly targets?: readonly LanguageDesign[];
  readonly sizes?: WorldSizes;
  /** Threads of the training of word vectors. */
  readonly pool?: WorkerPool;
  readonly signal?: AbortSignal;
  /** Called as languages are written. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Files of a language. All texts are UTF-8, a line an item. */
export interface LanguageFiles {
  readonly id: string;
  /** A folder with tokenizer.json and its companions. */
  readonly tokenizer: string;
  readonly text: string;
  readonly heldOut: string;
  readonly vectors: string;
  /** JSON lines with `premise`, `hypothesis` and `label`. */
  readonly nliValidation: string;
  readonly nliTest: string;
}

/** Files of a language that was derived from the source. */
export interface TargetFiles extends LanguageFiles {
  /** Sentence pairs, tab-separated, source first: those to work with, and as many as there are held-out sentences to test on, none of which is among them. */
  readonly parallel: string;
  readonly parallelTest: string;
  /** JSON lines: both sentences with what each stretch of them stands for. */
  readonly gold: string;
  /** Tab-separated word pairs, source first: those to work with, and those to test on. */
  readonly lexicon: string;
  readonly lexiconTest: string;
}

/** Where everything lies. */
export interface World {
  readonly source: LanguageFiles & { readonly nliTraining: string };
  readonly targets: readonly TargetFiles[];
}

const defaults: Required<WorldSizes> = {
  text: 8000,
  heldOut: 400,
  parallel: 4000,
  training: 40_000,
  validation: 500,
  test: 1200,
  vocabulary: 320,
  dimension: 32,
};

/** Kinds of vocabulary, in turn: the source has the first. */
const kinds: readonly TrainedKind[] = ['wordpiece', 'unigram', 'bpe'];

/**
 * Writes a source language and languages derived from it: tokenizers, text, word vectors, NLI items, and with the source sentence pairs and word pairs.
 *
 * The same bytes for the same request, whatever the number of threads. Nothing of the test items is in the training items.
 *
 * @throws {LexigraftError} `invalid-option` for a design, `write-failed`; the abort reason if aborted
 */
export async function writeWorld(request: WorldRequest): Promise<World> {
  const { folder, seed = 0, targets = targetDesigns } = request;
  const sizes = { ...defaults, ...request.sizes };
  const source = deriveLanguage(sourceDesign, seed);
  const sourceFiles = await writeLanguage(source, kinds[0], join(folder, sourceDesign.id), sizes, request);
  const held = new Set([...premiseKeys(sizes.test, seed, 'test'), ...premiseKeys(sizes.validation, seed, 'validation')]);
  const nliTraining = join(folder, sourceDesign.id, 'nli-training.jsonl');
  await writeItems(nliTraining, sampleNli(source, sizes.training, seed, 'training', held));
  const derived: TargetFiles[] = [];
  for (const [index, design] of targets.entries()) {
    request.signal?.throwIfAborted();
    request.onProgress?.({ stage: 'languages', done: index, total: targets.length });
    derived.push(await writeTarget(source, deriveLanguage(design, seed), kinds[1 + (index % 2)], join(folder, design.id), sizes, request));
  }
  request.onProgress?.({ stage: 'languages', done: targets.length, total: targets.length });
  return { source: { ...sourceFiles, nliTraining }, targets: derived };
}

async function writeTarget(
  source: SyntheticLanguage,
  language: SyntheticLanguage,
  kind: TrainedKind,
  folder: string,
  sizes: Required<WorldSizes>,
  request: WorldRequest,
): Promise<TargetFiles> {
  const { seed = 0 } = request;
  const files = await writeLanguage(language, kind, folder, sizes, request);
  const path = (name: string): string => join(folder, name);
  const aligned = sampleAligned(source, language, sizes.parallel, seed);
  const pairs = aligned.map((pair) => `${pair.source.text}\t${pair.target.text}`);
  await writeLines(path('parallel.tsv'), pairs);
  await writeLines(path('parallel-test.tsv'), samplePairsToTest(source, language, sizes.heldOut, seed, new Set(pairs)));
  await writeLines(
    path('gold.jsonl'),
    aligned.map((pair) => JSON.stringify(pair)),
  );
  const { listed, tested } = splitLexicon(language, seed);
  await writeLines(path('lexicon-test.tsv'), tested);
  await writeLines(path('lexicon.tsv'), listed);
  return {
    ...files,
    parallel: path('parallel.tsv'),
    parallelTest: path('parallel-test.tsv'),
    gold: path('gold.jsonl'),
    lexicon: path('lexicon.tsv'),
    lexiconTest: path('lexicon-test.tsv'),
  };
}

/** Draws sentence pairs that are not among `known`, each once. */
function samplePairsToTest(
  source: SyntheticLanguage,
  language: SyntheticLanguage,
  count: number,
  seed: number,
  known: ReadonlySet<string>,
): string[] {
  const drawn = sampleAligned(source, language, 4 * count, seed, 'parallel-test').map((pair) => `${pair.source.text}\t${pair.target.text}`);
  return [...new Set(drawn)].filter((pair) => !known.has(pair)).slice(0, count);
}

/**
 * Takes a fifth of the word pairs to test on. Quantifiers and negation are always listed, as the most frequent words are in the lists of real
 * languages: whether a premise with `every` is understood must not hang on this draw.
 */
function splitLexicon(language: SyntheticLanguage, seed: number): { readonly listed: string[]; readonly tested: string[] } {
  const pairs = openDraw(seed, `lexicon ${language.design.id}`).shuffle(wordPairs(language));
  const count = Math.round(0.2 * pairs.length);
  const isFrequent = ({ source }: WordPair): boolean => ['quantifier', 'negation'].includes(conceptOf(source).kind);
  const tested = new Set(pairs.filter((pair) => !isFrequent(pair)).slice(0, count));
  const lines = (kept: readonly WordPair[]): string[] => kept.map(({ source, target }) => `${source}\t${target}`).sort();
  return { listed: lines(pairs.filter((pair) => !tested.has(pair))), tested: lines([...tested]) };
}

async function writeLanguage(
  language: SyntheticLanguage,
  kind: TrainedKind,
  folder: string,
  sizes: Required<WorldSizes>,
  { seed = 0, pool, signal }: WorldRequest,
): Promise<LanguageFiles> {
  const { id } = language.design;
  const path = (...names: readonly string[]): string => join(folder, ...names);
  await mkdir(path('tokenizer'), { recursive: true });
  const text = sampleText(language, sizes.text, seed, 'text');
  await writeLines(path('text.txt'), text);
  await writeLines(path('held-out.txt'), sampleText(language, sizes.heldOut, seed, 'held-out'));
  await writeItems(path('nli-validation.jsonl'), sampleNli(language, sizes.validation, seed, 'validation'));
  await writeItems(path('nli-test.jsonl'), sampleNli(language, sizes.test, seed, 'test'));
  for (const [name, content] of Object.entries(trainTokenizer(text, kind, sizes.vocabulary)))
    await writeFile(path('tokenizer', name), `${JSON.stringify(content, null, 1)}\n`);
  const corpus = await readTrainingText(path('text.txt'), { minimumCount: 1, ...(signal && { signal }) });
  const trained = await trainWordVectors(
    corpus,
    { dimension: sizes.dimension, epochs: 15, window: 4, buckets: 5000, subsampling: 0.01, seed },
    { ...(pool && { pool }), ...(signal && { signal }) },
  );
  await writeTrainedVectors(trained, path('vectors.vec'), { overwrite: true });
  return {
    id,
    tokenizer: path('tokenizer'),
    text: path('text.txt'),
    heldOut: path('held-out.txt'),
    vectors: path('vectors.vec'),
    nliValidation: path('nli-validation.jsonl'),
    nliTest: path('nli-test.jsonl'),
  };
}

async function writeItems(path: string, items: readonly NliItem[]): Promise<void> {
  await writeLines(
    path,
    items.map((item) => JSON.stringify(item)),
  );
}

async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
}
