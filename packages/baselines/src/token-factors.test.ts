import { createPlainCompute, normalStream, randomStream, type Matrix } from '@lexigraft/core';
import { installMatchers, tableOf, toyRows, toyTokenizer } from '@lexigraft/core/testing';
import { expect, it } from 'vitest';
import { fitFactors, type TokenFactors } from './token-factors.ts';

installMatchers();

const WIDTH = 16;
const DRAWS = 20_000;
const tokens = Array.from({ length: 240 }, (_, index) => `word${index}`);

/** Rows of unequal spread that share a direction. */
function leaningRows(): Matrix {
  const rows = toyRows('leaning', tokens, WIDTH);
  for (let p = 0; p < rows.data.length; p++) rows.data[p] = 3 + rows.data[p] / (1 + (p % WIDTH) / 4);
  return rows;
}

function fit(rows: Matrix, factors: number): Promise<TokenFactors> {
  return fitFactors({
    compute: createPlainCompute(),
    source: { tokenizer: toyTokenizer(tokens), input: tableOf(rows) },
    factors,
    signal: new AbortController().signal,
    report: () => undefined,
  });
}

/** Covariance of `count` rows `[n]`, float64. */
function covarianceOf(count: number, n: number, rowAt: (index: number) => ArrayLike<number>): Float64Array {
  const [sum, products] = [new Float64Array(n), new Float64Array(n * n)];
  for (let index = 0; index < count; index++) {
    const values = rowAt(index);
    for (let i = 0; i < n; i++) {
      sum[i] += values[i] / count;
      for (let j = 0; j < n; j++) products[i * n + j] += (values[i] * values[j]) / count;
    }
  }
  return products.map((value, p) => value - sum[Math.floor(p / n)] * sum[p % n]);
}

const squared = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);

it.each([
  ['fewer factors than columns', 6],
  ['as many factors as columns', 16],
  ['more factors than columns', 20],
])('draws coordinates that vary together as those of the table do, with %s', async (_name, factors) => {
  const rows = leaningRows();
  const fitted = await fit(rows, factors);
  const n = fitted.sourceIds.length;
  const { data } = await fitted.coordinates(rows);
  const expected = covarianceOf(rows.rows, n, (index) => data.subarray(index * n, (index + 1) * n));
  const normal = normalStream(randomStream(1, new Uint8Array()));
  const drawn = covarianceOf(DRAWS, n, () => fitted.draw(normal));
  // Σ of a sample is off by about √(n / draws) of its norm; without what lies beside the diagonal it is off by half of it and more.
  expect(Math.sqrt(squared(drawn.map((value, p) => value - expected[p])) / squared(expected))).toBeLessThan(0.06);
});

it('draws the mean where the rows do not vary', async () => {
  const rows = leaningRows();
  rows.data.fill(2);
  const fitted = await fit(rows, 3);
  const drawn = fitted.draw(normalStream(randomStream(1, new Uint8Array())));
  expect(drawn).toBeAllClose((await fitted.coordinates(rows)).data.subarray(0, fitted.sourceIds.length), { rtol: 1e-5, atol: 1e-3 });
});
