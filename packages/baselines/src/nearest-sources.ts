import {
  assertEntries,
  draftRecipe,
  exactNeighbours,
  hasToken,
  row,
  vectorsOf,
  zeros,
  type DraftOptions,
  type Matrix,
  type ResourceName,
  type TransferPlan,
  type VocabularyInput,
  type Vocabulary,
  type Warning,
} from '@lexigraft/core';
import type { AlignedSpaces } from './aligned-space.ts';

/** How many source tokens a new token is made of, and how evenly. */
export interface SoftmaxOptions {
  /** Id of the strategy, for its errors. */
  readonly strategy: string;
  /** k */
  readonly neighbours: number;
  /** τ: weights are softmax(cos / τ). */
  readonly temperature: number;
}

/**
 * Plans a recipe in which every open token is the mean of the k source tokens of largest cosine, with weights softmax(cos / τ).
 *
 * All ordinary source tokens are candidates; one without a vector has the cosine 0. Open tokens without a vector are sampled. The figure
 * `nearestCosine` is the cosine of a token's nearest candidate.
 *
 * @throws {LexigraftError} `too-large` for recipes of more than 2^27 entries
 */
export async function planNearestSources<Needs extends ResourceName>(
  input: VocabularyInput<Needs>,
  spaces: AlignedSpaces,
  { strategy, neighbours, temperature, ...draft }: SoftmaxOptions & Pick<DraftOptions, 'copyShared'>,
): Promise<TransferPlan> {
  const { source, target, compute, signal, report } = input;
  const { builder, open } = draftRecipe(input, { ...draft, sampling: { distribution: 'normal', scale: 1 } });
  const candidates = ordinaryTokens(source.tokenizer.vocabulary);
  const explained = spaces.source.ids.length === 0 ? new Uint32Array(0) : open.filter((id) => spaces.target.rowOf[id] >= 0);
  const nearestCosine = new Float32Array(target.vocabulary.size).fill(NaN);
  assertEntries(strategy, explained.length * Math.min(neighbours, candidates.length), 'lower its option `neighbours`.');
  if (explained.length > 0) {
    const keys = vectorsOrZero(spaces.source, candidates);
    const { k, ids, values } = await exactNeighbours(compute, vectorsOf(spaces.target, explained), keys, {
      k: neighbours,
      metric: 'cosine',
      signal,
      onProgress: report,
    });
    explained.forEach((id, index) => {
      const cosines = values.subarray(index * k, (index + 1) * k);
      builder.setMixed(
        id,
        ids.subarray(index * k, (index + 1) * k).map((candidate) => candidates[candidate]),
        softmax(cosines, temperature),
      );
      nearestCosine[id] = cosines[0];
    });
  }
  const mixed = new Set(explained);
  for (const id of open) if (!mixed.has(id)) builder.setSampled(id);
  return {
    vocabulary: { target: target.vocabulary, input: builder.build(), diagnostics: { nearestCosine } },
    warnings: [...spaces.warnings, ...withoutVector(open.length, explained.length)],
  };
}

/** Returns the ids of tokens that are not special. */
export function ordinaryTokens(vocabulary: Vocabulary): Uint32Array {
  return Uint32Array.from({ length: vocabulary.size }, (_, id) => id).filter(
    (id) => hasToken(vocabulary, id) && vocabulary.special[id] === 0,
  );
}

/** What to say about new tokens that had to be sampled. */
export function withoutVector(open: number, explained: number): readonly Warning[] {
  if (open === explained) return [];
  return [
    {
      code: 'no-vector',
      message: `${(open - explained).toLocaleString('en-US')} of ${open.toLocaleString('en-US')} new tokens have no vector to find source tokens by; their rows are sampled.`,
    },
  ];
}

/** Weights e^(s/τ) / Σ e^(s/τ) of descending scores s. */
function softmax(scores: Float64Array, temperature: number): Float64Array {
  const powers = scores.map((score) => Math.exp((score - scores[0]) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function vectorsOrZero({ vectors, rowOf }: AlignedSpaces['source'], ids: Uint32Array): Matrix {
  const result = zeros(ids.length, vectors.columns);
  ids.forEach((id, index) => {
    if (rowOf[id] >= 0) row(result, index).set(row(vectors, rowOf[id]));
  });
  return result;
}
