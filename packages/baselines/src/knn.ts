import {
  assertEntries,
  choice,
  count,
  exactNeighbours,
  fitRows,
  readOptions,
  withTarget,
  type EmbeddingTransfer,
  type ExactNeighbours,
  type VocabularyInput,
} from '@lexigraft/core';
import { planByAnchors, type AnchorSums, type ExplainByAnchors } from './anchored-plan.ts';

/** Options of {@link knn}; the defaults are those of mergekit. */
export interface KnnOptions {
  /**
   * Shared tokens that make up a new one.
   *
   * @default 64
   */
  readonly neighbours?: number;
  /**
   * What makes a shared token near.
   *
   * @default 'euclidean'
   */
  readonly metric?: 'euclidean' | 'cosine';
  /**
   * `distance-proportional`: 1 / distance, or the cosine, over their sum. `barycentric`: least squares with weights that sum to one. `least-squares`:
   * least squares without that constraint.
   *
   * @default 'distance-proportional'
   */
  readonly weights?: 'distance-proportional' | 'barycentric' | 'least-squares';
  /**
   * The output head of an untied model: weights found anew in the helper's head, as published, or those of the input embeddings.
   *
   * @default 'refit'
   */
  readonly head?: 'refit' | 'same';
}

/** Smallest distance, and smallest sum of weights, that is divided by. */
const FLOOR = 1e-6;

/**
 * Interpolates every new token between its nearest shared tokens in the helper model.
 *
 * With `metric: 'cosine'` and `weights: 'least-squares'` it is SALT with neighbours chosen in the helper's space. Figure per row: `nearest`, the distance
 * or cosine of the nearest shared token.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `too-large` for recipes of more than 2^27 entries
 * @reference arcee-ai/mergekit@a6e4028, tokensurgeon, `common_interpolation`; Goddard and Fernandes Neto 2025, arXiv:2506.06607
 * @complexity O(|A|·|O|·h_t) for the neighbours, O(k²·h_t) for the fit of a token
 */
export function knn(options: KnnOptions = {}): EmbeddingTransfer<'helper'> {
  const settings = readOptions('knn', options, {
    neighbours: count(1, 64),
    metric: choice(['euclidean', 'cosine'], 'euclidean'),
    weights: choice(['distance-proportional', 'barycentric', 'least-squares'], 'distance-proportional'),
    head: choice(['refit', 'same'], 'refit'),
  });
  return {
    specificationVersion: 1,
    id: 'knn',
    needs: ['helper'],
    citation: {
      title:
        'Training-Free Tokenizer Transplantation via Orthogonal Matching Pursuit (Goddard and Fernandes Neto, 2025), interpolation of neighbours',
      url: 'https://arxiv.org/abs/2506.06607',
      reference: 'arcee-ai/mergekit@a6e4028',
    },
    async plan(given) {
      const input = withTarget(given);
      return planByAnchors(input, { sampling: { distribution: 'normal', scale: 1 }, head: settings.head }, interpolate(input, settings));
    },
  };
}

function interpolate(
  { compute, workers, signal, report }: VocabularyInput<'helper'>,
  { neighbours, metric, weights }: Required<KnnOptions>,
): ExplainByAnchors {
  return async (tokens, anchors, stage) => {
    assertEntries('knn', tokens.rows * Math.min(neighbours, anchors.rows), 'lower its option `neighbours`.');
    const found = await exactNeighbours(compute, tokens, anchors, {
      k: neighbours,
      metric,
      signal,
      onProgress: (progress) => {
        report({ ...progress, stage: `${stage}neighbours` });
      },
    });
    const supports = { offsets: Uint32Array.from({ length: tokens.rows + 1 }, (_, index) => index * found.k), ids: found.ids };
    const nearest = Float64Array.from({ length: tokens.rows }, (_, index) => found.values[index * found.k]);
    if (weights === 'distance-proportional') return { ...supports, weights: closeness(found, metric), figures: { nearest } };
    const fits = await fitRows(workers, {
      targets: tokens,
      anchors,
      supports,
      sumToOne: weights === 'barycentric',
      signal,
      onProgress: (progress) => {
        report({ ...progress, stage: `${stage}fits` });
      },
    });
    const { captured, conditionNumber } = fits;
    return { ...supports, weights: fits.weights, figures: { nearest, captured, conditionNumber } };
  };
}

/** 1 / distance or the cosine of each neighbour, over their sum; zeros where the cosines cancel, for then they say nothing. */
function closeness({ k, values }: ExactNeighbours, metric: 'euclidean' | 'cosine'): AnchorSums['weights'] {
  const result = metric === 'euclidean' ? values.map((distance) => 1 / Math.max(distance, FLOOR)) : values.slice();
  for (let start = 0; start < result.length; start += k) {
    const own = result.subarray(start, start + k);
    const sum = own.reduce((total, value) => total + value, 0);
    const magnitude = own.reduce((total, value) => total + Math.abs(value), 0);
    if (sum <= FLOOR * magnitude) own.fill(0);
    else for (let index = 0; index < own.length; index++) own[index] /= Math.max(sum, FLOOR);
  }
  return result;
}
