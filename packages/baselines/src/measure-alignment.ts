import {
  applyLinearMap,
  LexigraftError,
  nearestNeighbours,
  randomStream,
  type Compute,
  type Lexicon,
  type LinearMap,
  type Matrix,
  type Progress,
  type WordVectors,
} from '@lexigraft/core';
import { alignByLexicon } from './lexicon-alignment.ts';
import { lexiconPairs } from './lexicon-pairs.ts';

/** What {@link measureAlignment} needs. */
export interface AlignmentMeasureRequest {
  readonly compute: Compute;
  readonly lexicon: Lexicon;
  readonly source: WordVectors;
  readonly target: WordVectors;
  /**
   * Share of target words whose translations are kept from the rotation.
   *
   * @default 0.2
   */
  readonly heldOut?: number;
  /**
   * Commonest source words that translations are looked for among.
   *
   * @default 200000
   */
  readonly searched?: number;
  /**
   * Most words judged of those left out, and of those that the rotation rests on.
   *
   * @default 1500
   */
  readonly judged?: number;
  /**
   * Decides which words are kept from the rotation.
   *
   * @default 0
   */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  /** Reports stages `rotation` in pairs, `left out` and `fitted` in words. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far down the list of nearest words a translation is looked for. */
const RANKS = [1, 5, 10] as const;

/** How near the translations of some target words lie once both languages are in one space. */
export interface AlignmentPrecision {
  /** Target words judged. */
  readonly words: number;
  /** Share of them that has a listed translation among the 1, 5 and 10 nearest source words. */
  readonly found: readonly { readonly nearest: number; readonly share: number }[];
}

/** What {@link measureAlignment} finds. */
export interface AlignmentMeasure {
  /** Target words of the lexicon that have vectors and a translation among the words searched. */
  readonly words: number;
  /** Different pairs of words behind the rotation. */
  readonly pairs: number;
  /** Source words that translations were looked for among. */
  readonly searched: number;
  /** Words whose translations the rotation was not told. */
  readonly leftOut: AlignmentPrecision;
  /** Words that it rests on. */
  readonly fitted: AlignmentPrecision;
}

/** A target word, in the spelling that is commonest, and its translations in lower case. */
interface Entry {
  readonly word: string;
  readonly translations: Set<string>;
}

/** Fewest words on either side of the split. */
const FEWEST = 5;

/**
 * Measures how well one rotation brings two tables of word vectors together: it is fitted without the translations of some words, and these are then
 * looked for among the nearest source words, by the cosine, in the direction strategies look in.
 *
 * The figures for left-out words say what a strategy can expect for words outside the lexicon. Spellings count as one word if they differ in case alone.
 *
 * @throws {LexigraftError} `invalid-option`; `shape-mismatch` if the two tables differ in width; `empty-input` if too few words of the lexicon have vectors; the abort reason
 * @reference Mikolov et al. 2013, arXiv:1309.4168 (precision at k of held-out words); Conneau et al. 2018, arXiv:1710.04087, section 4
 * @complexity O(judged·searched·d) on the engine; memory for the vectors searched
 */
export async function measureAlignment(request: AlignmentMeasureRequest): Promise<AlignmentMeasure> {
  const { compute, lexicon, source, target, heldOut = 0.2, searched = 200_000, judged = 1500, seed = 0, signal, onProgress } = request;
  if (!(heldOut > 0 && heldOut < 1)) {
    throw new LexigraftError('invalid-option', `\`heldOut\` must be a share between 0 and 1, received ${heldOut}.`, { option: 'heldOut' });
  }
  // What stands for the end of a line in fastText's tables is no word.
  const candidates = source.words.filter((word) => word !== '</s>').slice(0, searched);
  const entries = drawOrder(listEntries(lexicon, candidates, target), seed);
  const count = Math.round(heldOut * entries.length);
  if (count < FEWEST || entries.length - count < FEWEST) {
    throw new LexigraftError(
      'empty-input',
      `Of the ${lexicon.pairs.length} entries of the lexicon ${entries.length} target words have vectors on both sides, too few to set a share of ${heldOut} aside; check that its first column is the source language.`,
      { words: entries.length },
    );
  }
  const leftOut = entries.slice(0, count);
  const kept = new Set(leftOut.map(({ word }) => word.toLowerCase()));
  const alignment = await alignByLexicon({
    compute,
    lexicon: { pairs: lexicon.pairs.filter((pair) => !kept.has(pair.target.toLowerCase())) },
    source,
    target,
    ...(signal && { signal }),
    onPairs: (done, total) => onProgress?.({ stage: 'rotation', done, total }),
  });
  const keys = await source.vectorsOf(candidates, signal);
  const judge = async (some: readonly Entry[], stage: string): Promise<AlignmentPrecision> => {
    const queries = turnBack(
      await target.vectorsOf(
        some.map(({ word }) => word),
        signal,
      ),
      alignment.rotation,
    );
    const { ids, k } = await nearestNeighbours(compute, queries, keys, {
      k: Math.max(...RANKS),
      metric: 'cosine',
      ...(signal && { signal }),
      onProgress: ({ done, total }) => onProgress?.({ stage, done, total }),
    });
    const ranks = some.map(({ translations }, index) =>
      ids.subarray(index * k, (index + 1) * k).findIndex((id) => translations.has(candidates[id].toLowerCase())),
    );
    const within = (nearest: number): number => ranks.filter((rank) => rank >= 0 && rank < nearest).length / some.length;
    return { words: some.length, found: RANKS.map((nearest) => ({ nearest, share: within(nearest) })) };
  };
  return {
    words: entries.length,
    pairs: alignment.pairs,
    searched: candidates.length,
    leftOut: await judge(leftOut.slice(0, judged), 'left out'),
    fitted: await judge(entries.slice(count, count + judged), 'fitted'),
  };
}

/** Target words of the lexicon with translations among `candidates`, commonest first. */
function listEntries(lexicon: Lexicon, candidates: readonly string[], target: WordVectors): readonly Entry[] {
  const { sourceWords, targetWords, sources, targets } = lexiconPairs(lexicon, { words: candidates }, target);
  const entries = new Map<string, Entry>();
  // Words of a table are listed commonest first, so the first spelling is the commonest.
  for (const word of targetWords) {
    const key = word.toLowerCase();
    if (!entries.has(key)) entries.set(key, { word, translations: new Set() });
  }
  for (let pair = 0; pair < sources.length; pair++) {
    entries.get(targetWords[targets[pair]].toLowerCase())?.translations.add(sourceWords[sources[pair]].toLowerCase());
  }
  return [...entries.values()].filter(({ translations }) => translations.size > 0);
}

/** The entries in an order that `seed` and their words decide, whatever else the lexicon holds. */
function drawOrder(entries: readonly Entry[], seed: number): readonly Entry[] {
  const encoder = new TextEncoder();
  return entries
    .map((entry) => ({ entry, key: randomStream(seed, encoder.encode(entry.word.toLowerCase()))() }))
    .sort((one, other) => one.key - other.key)
    .map(({ entry }) => entry);
}

/** Target vectors in the space of the source: y·Rᵀ, which is as near to x as y is to x·R. */
function turnBack(vectors: Matrix, { inputs, outputs, weights }: LinearMap): Matrix {
  const transposed = new Float64Array(weights.length);
  for (let i = 0; i < inputs; i++) for (let j = 0; j < outputs; j++) transposed[j * inputs + i] = weights[i * outputs + j];
  return applyLinearMap({ inputs: outputs, outputs: inputs, weights: transposed }, vectors);
}
