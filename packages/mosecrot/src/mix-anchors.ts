import { assertEntries, type Compute, type Matrix, type Progress, type WorkerPool } from '@lexigraft/core';
import { anchorWeights } from './anchor-weights.ts';
import { weighByRarity } from './importance.ts';
import { inverseWeights } from './inverse-projection.ts';
import type { MosecrotSettings } from './options.ts';
import { nearestAnchors } from './relative-representation.ts';

/** Points expressed by anchors. */
export interface AnchorMixtures {
  /** Anchors looked at per point. */
  readonly k: number;
  /** `[points, k]` positions in the list of anchors, nearest first */
  readonly ids: Uint32Array;
  /** `[points]` cosine of the nearest anchor */
  readonly nearestCosine: Float32Array;
  /** Weights `[k]` of a point, summing to one; `undefined` where its similarities give none. */
  readonly weightsOf: (point: number) => Float64Array | undefined;
}

/** Points of one side and its anchors, in the space in which they are compared. */
export interface AnchorSide {
  /** `[n, d]` */
  readonly points: Matrix;
  /** `[a, d]` */
  readonly anchors: Matrix;
  /** Source rows of the anchors, for `inverse`; the width may be another. */
  readonly sourceAnchors: Matrix;
}

/** What the work is done with. */
export interface MixingTools {
  readonly compute: Compute;
  readonly workers: WorkerPool;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/**
 * Finds the nearest anchors of every point and what each of them weighs; progress of the search is reported under `stage`.
 *
 * @throws {LexigraftError} `too-large` for more than 2^27 weights
 */
export async function mixAnchors(
  { points, anchors, sourceAnchors }: AnchorSide,
  settings: MosecrotSettings,
  { compute, workers, signal, report }: MixingTools,
  stage: string,
): Promise<AnchorMixtures> {
  const { weights: scheme, neighbours, selection, importance, temperature, ridge } = settings;
  assertEntries('mosecrot', points.rows * Math.min(neighbours, anchors.rows), 'lower its option `neighbours`.');
  const nearest = await nearestAnchors(compute, points, anchors, {
    k: neighbours,
    selection,
    signal,
    onProgress: (progress) => {
      report({ ...progress, stage });
    },
  });
  signal.throwIfAborted();
  const { k, ids } = nearest;
  const similarities = importance === 'idf' ? weighByRarity(nearest, anchors.rows) : nearest.similarities;
  const result = {
    k,
    ids,
    nearestCosine: Float32Array.from({ length: points.rows }, (_, point) => nearest.similarities[point * k]),
  };
  if (scheme === 'inverse') {
    const solved = await inverseWeights(workers, { anchors: sourceAnchors, nearest: { k, ids, similarities }, ridge, signal, report });
    return {
      ...result,
      weightsOf: (point) => {
        const own = solved.subarray(point * k, (point + 1) * k);
        return own.some((value) => value !== 0) ? own : undefined;
      },
    };
  }
  return { ...result, weightsOf: (point) => anchorWeights(similarities.subarray(point * k, (point + 1) * k), scheme, temperature) };
}

/** Returns a point as source ids and weights without zeros; `undefined` where it has no weights. */
export function mixtureEntries(
  { k, ids, weightsOf }: AnchorMixtures,
  point: number,
  anchorIds: Uint32Array,
): { readonly ids: Uint32Array; readonly weights: Float64Array } | undefined {
  const weights = weightsOf(point);
  if (weights === undefined) return undefined;
  const kept = [...weights.keys()].filter((index) => weights[index] !== 0);
  return {
    ids: Uint32Array.from(kept, (index) => anchorIds[ids[point * k + index]]),
    weights: Float64Array.from(kept, (index) => weights[index]),
  };
}
