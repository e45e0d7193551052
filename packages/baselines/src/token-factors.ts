import {
  cholesky,
  gatherRows,
  matrix,
  pseudoInverse,
  readRows,
  symmetricEigen,
  tableGram,
  type Compute,
  type EmbeddingModel,
  type EmbeddingTable,
  type Matrix,
  type Progress,
} from '@lexigraft/core';
import { chooseMedoids } from './choose-medoids.ts';
import { ordinaryTokens } from './nearest-sources.ts';

/** A table factorised into coordinates and the rows of a few of its own tokens: E ≈ F·G. */
export interface TokenFactors {
  /** Ascending ids of the tokens whose rows are G. */
  readonly sourceIds: Uint32Array;
  /** Share of ‖E‖² that lies in the span of G. */
  readonly keptShare: number;
  /** Returns the coordinates of rows `[t, d]`, `[t, D′]`: F = X·G⁺. */
  readonly coordinates: (rows: Matrix) => Promise<Matrix>;
  /** Draws coordinates from N(μ_F, Σ_F) by a stream of standard normals. */
  readonly draw: (normal: () => number) => Float64Array;
}

/** What {@link fitFactors} works on. */
export interface FactorRequest {
  readonly compute: Compute;
  readonly source: EmbeddingModel;
  /** D′ */
  readonly factors: number;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** Most rows the clusters are made from. */
const SAMPLE_ROWS = 20_000;

/** Smallest variance, as a share of the largest, that is not taken for rounding of float32. */
const LEAST_VARIANCE = 1e-6;

/** Chooses the tokens of G and measures the coordinates of all rows of ordinary tokens in them. */
export async function fitFactors({ compute, source, factors, signal, report }: FactorRequest): Promise<TokenFactors> {
  const ordinary = ordinaryTokens(source.tokenizer.vocabulary);
  const step = Math.max(1, Math.ceil(ordinary.length / SAMPLE_ROWS));
  const sampled = ordinary.filter((_, index) => index % step === 0);
  const rows = await readRows(source.input, sampled, { signal });
  const medoids = await chooseMedoids(compute, rows, factors, signal);
  const chosen = gatherRows(rows, medoids);
  const inverse = matrix(chosen.columns, chosen.rows, Float32Array.from(pseudoInverse(chosen)));
  const coordinates = (block: Matrix): Promise<Matrix> => compute.matmul(block, inverse);

  // FᵀF and the sum of F are products with those of the table: nothing of its size is held.
  let squares = 0;
  const projected: EmbeddingTable = {
    rows: ordinary.length,
    columns: chosen.rows,
    async readRange(start, end) {
      const block = await readRows(source.input, ordinary.subarray(start, end), { signal });
      for (const value of block.data) squares += value * value;
      return coordinates(block);
    },
  };
  const { gram, sum } = await tableGram(compute, projected, ordinary.length, {
    signal,
    onRows: (done, total) => {
      report({ stage: 'factors', done, total });
    },
  });
  const n = Math.max(ordinary.length, 1);
  const mean = sum.map((value) => value / n);
  const width = medoids.length;
  const covariance = gram.map((value, p) => value / n - mean[Math.floor(p / width)] * mean[p % width]);
  const factor = squareRoot(covariance, width, width < source.input.columns);
  return {
    sourceIds: medoids.map((position) => sampled[position]),
    keptShare: squares === 0 ? 1 : Math.min(1, keptSquares(gram, chosen) / squares),
    coordinates,
    draw(normal) {
      const z = Float64Array.from({ length: width }, normal);
      return mean.map((centre, i) => {
        let value = centre;
        for (let j = 0; j < width; j++) value += factor[i * width + j] * z[j];
        return value;
      });
    },
  };
}

/** ‖F·G‖² = Σ (FᵀF)·(G·Gᵀ) */
function keptSquares(gram: Float64Array, { rows, columns, data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let product = 0;
      for (let c = 0; c < columns; c++) product += data[i * columns + c] * data[j * columns + c];
      sum += gram[i * rows + j] * product;
    }
  }
  return sum;
}

/**
 * Returns R `[n, n]` with `covariance` = R·Rᵀ: the Cholesky factor where the coordinates vary independently, the symmetric root V·√Λ·Vᵀ otherwise.
 *
 * As many tokens as the table is wide, or more, cannot vary independently, and neither can those whose smallest variance is rounding. Both are asked here
 * rather than whether Cholesky succeeds, which rounding decides. The symmetric root does not depend on how an engine's rounding turns the vectors.
 */
function squareRoot(covariance: Float64Array, n: number, isNarrow: boolean): Float64Array {
  const { values, vectors } = symmetricEigen(covariance, n);
  if (isNarrow && values[n - 1] > LEAST_VARIANCE * values[0]) return cholesky(covariance, n);
  const deviations = values.map((value) => Math.sqrt(Math.max(value, 0)));
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let s = 0; s < n; s++) root[i * n + j] += vectors[i * n + s] * deviations[s] * vectors[j * n + s];
    }
  }
  return root;
}
