import {
  LexigraftError,
  matrix,
  nearestRotation,
  row,
  zeros,
  type Compute,
  type Lexicon,
  type Matrix,
  type ProcrustesFit,
  type WordVectors,
} from '@lexigraft/core';
import { lexiconPairs, type WordPairs } from './lexicon-pairs.ts';

/** What {@link alignByLexicon} needs. */
export interface AlignmentRequest {
  readonly compute: Compute;
  readonly lexicon: Lexicon;
  readonly source: WordVectors;
  readonly target: WordVectors;
  /**
   * Count a pair of words as often as case variants and repeated entries give it, or once.
   *
   * @default 'keep'
   */
  readonly duplicates?: 'keep' | 'drop';
  readonly signal?: AbortSignal;
  /** Told how many different pairs are done, of how many. */
  readonly onPairs?: (done: number, total: number) => void;
}

/** A rotation of source vectors into the space of target vectors, and what it rests on. */
export interface LexiconAlignment {
  /** R `[d, d]`: source vectors times R are comparable with target vectors. */
  readonly rotation: ProcrustesFit;
  /** Different pairs of words behind it. */
  readonly pairs: number;
  /** Entries of the lexicon that gave at least one pair. */
  readonly usedEntries: number;
}

/** Pairs whose vectors lie in memory at once. */
const BLOCK_PAIRS = 4096;

/**
 * Finds the rotation that brings the vectors of words nearest to those of their translations: R = U·Vᵀ of XᵀY = U·S·Vᵀ, rows of X and Y being the
 * vectors of `lexiconPairs`.
 *
 * @throws {LexigraftError} `shape-mismatch` if the two tables differ in width; `empty-input` if no pair has both words in the tables; the abort reason if `signal` is aborted
 * @reference Minixhofer, Paischer and Rekabsaz 2022, arXiv:2112.06598, section 3; CPJKU/wechsel@395e3d4
 * @complexity O(pairs·d²) on the engine and O(d³); memory for one block of pairs
 */
export async function alignByLexicon(request: AlignmentRequest): Promise<LexiconAlignment> {
  const { compute, lexicon, source, target, duplicates = 'keep', signal, onPairs } = request;
  assertSameWidth(source, target);
  const pairs = lexiconPairs(lexicon, source, target);
  const counted = countPairs(pairs, duplicates);
  if (counted.length === 0) {
    throw new LexigraftError(
      'empty-input',
      `None of the ${lexicon.pairs.length} entries of \`resources.lexicon\` has both its words among the word vectors; check that its first column is the source language.`,
      { entries: lexicon.pairs.length },
    );
  }
  const d = source.dimension;
  const crossProduct = new Float64Array(d * d);
  for (let start = 0; start < counted.length; start += BLOCK_PAIRS) {
    signal?.throwIfAborted();
    const block = counted.slice(start, start + BLOCK_PAIRS);
    const x = await source.vectorsOf(
      block.map((pair) => pairs.sourceWords[pair.source]),
      signal,
    );
    const y = await target.vectorsOf(
      block.map((pair) => pairs.targetWords[pair.target]),
      signal,
    );
    const weighted = transposedTimes(
      x,
      block.map(({ count }) => count),
    );
    const { data } = await compute.matmul(weighted, y);
    for (let p = 0; p < data.length; p++) crossProduct[p] += data[p];
    onPairs?.(start + block.length, counted.length);
  }
  signal?.throwIfAborted();
  return { rotation: nearestRotation(crossProduct, d), pairs: counted.length, usedEntries: pairs.usedEntries };
}

/** Holds that both tables have vectors of one width, as a rotation needs them. @throws {LexigraftError} `shape-mismatch` */
export function assertSameWidth(source: WordVectors, target: WordVectors): void {
  if (source.dimension === target.dimension) return;
  throw new LexigraftError(
    'shape-mismatch',
    `The word vectors of the source language (\`sourceVectors\`) are ${source.dimension} wide and those of the target language (\`vectors\`) ${target.dimension}; both must have the same width.`,
    { source: source.dimension, target: target.dimension },
  );
}

/** Rotates vectors, `[n, d]`. */
export function rotate(compute: Compute, vectors: Matrix, { weights, outputs }: ProcrustesFit): Promise<Matrix> {
  return compute.matmul(vectors, matrix(outputs, outputs, Float32Array.from(weights)));
}

interface CountedPair {
  readonly source: number;
  readonly target: number;
  count: number;
}

function countPairs({ sources, targets, targetWords }: WordPairs, duplicates: 'keep' | 'drop'): readonly CountedPair[] {
  const counted = new Map<number, CountedPair>();
  for (let index = 0; index < sources.length; index++) {
    const key = sources[index] * targetWords.length + targets[index];
    const pair = counted.get(key);
    if (pair === undefined) counted.set(key, { source: sources[index], target: targets[index], count: 1 });
    else if (duplicates === 'keep') pair.count++;
  }
  return [...counted.values()];
}

/** `xᵀ` `[d, n]` with column i times `factors[i]`. */
function transposedTimes(x: Matrix, factors: readonly number[]): Matrix {
  const result = zeros(x.columns, x.rows);
  for (let i = 0; i < x.rows; i++) {
    const values = row(x, i);
    for (let c = 0; c < x.columns; c++) result.data[c * x.rows + i] = factors[i] * values[c];
  }
  return result;
}
