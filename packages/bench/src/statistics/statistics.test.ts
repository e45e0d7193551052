import fc from 'fast-check';
import { erf } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { chiSquaredTail } from './chi-squared-tail.ts';
import { compareAllOutcomes, compareOutcomes } from './compare-outcomes.ts';
import { holm } from './holm.ts';
import { mcnemar } from './mcnemar.ts';
import { pairedBootstrap, pairedBootstraps } from './paired-bootstrap.ts';
import { summarizeRepeats } from './repeats.ts';
import { estimateMean, estimateWeightedMean, poolEstimates } from './standard-error.ts';
import { wilsonInterval, Z_95 } from './wilson.ts';

const outcomes = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 60 });

describe('estimateMean', () => {
  it('is the error of a share: √(p(1 − p)/(n − 1))', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 200 }), (values) => {
        const { value, standardError, n } = estimateMean(values);
        expect(standardError).toBeCloseTo(Math.sqrt((value * (1 - value)) / (n - 1)), 12);
      }),
    );
  });

  it('has no error for one value and no mean for none', () => {
    expect(estimateMean([0.5])).toEqual({ value: 0.5, standardError: 0, n: 1 });
    expect(() => estimateMean([])).toThrow(expect.objectContaining({ code: 'empty-input' }));
  });
});

describe('estimateWeightedMean', () => {
  it('equals the plain mean for equal weights, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 50 }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (values, weight) => {
          const [plain, weighted] = [
            estimateMean(values),
            estimateWeightedMean(
              values,
              values.map(() => weight),
            ),
          ];
          expect(weighted.value).toBeCloseTo(plain.value, 10);
          expect(weighted.standardError).toBeCloseTo(plain.standardError, 10);
        },
      ),
    );
  });

  it('covers the true ratio about as often as its error says', () => {
    // Weights and values that go together, 400 samples of 80 items; the truth from one large sample.
    let state = 1;
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const draw = (n: number): [number[], number[]] => {
      const weights = Array.from({ length: n }, () => 0.5 + uniform());
      return [weights.map((weight) => weight + uniform()), weights];
    };
    const truth = estimateWeightedMean(...draw(400_000)).value;
    let covered = 0;
    for (let sample = 0; sample < 400; sample++) {
      const { value, standardError } = estimateWeightedMean(...draw(80));
      if (Math.abs(value - truth) < 1.96 * standardError) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.98);
  });

  it('refuses lists of other lengths and weights of nothing', () => {
    expect(() => estimateWeightedMean([1], [])).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(() => estimateWeightedMean([1], [0])).toThrow(expect.objectContaining({ code: 'empty-input' }));
  });
});

describe('poolEstimates', () => {
  it('weighs tasks by their size, and keeps the error of a task that stands alone', () => {
    const [one, other] = [estimateMean([1, 0, 1, 1]), estimateMean([0, 0])];
    expect(poolEstimates([one, other])).toMatchObject({ value: 0.5, unweighted: 0.375, n: 6 });
    expect(poolEstimates([one]).standardError).toBeCloseTo(one.standardError, 14);
    expect(() => poolEstimates([])).toThrow(expect.objectContaining({ code: 'empty-input' }));
  });
});

describe('wilsonInterval', () => {
  it('solves |p̂ − p| = z·√(p(1 − p)/n) at both ends, and lies within [0, 1] around the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const successes = Math.round(part * n);
        const [lower, upper] = wilsonInterval(successes, n);
        for (const end of [lower, upper])
          expect(Math.abs(successes / n - end)).toBeCloseTo(Z_95 * Math.sqrt(Math.max(0, (end * (1 - end)) / n)), 9);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    [3, 2],
    [-1, 2],
    [0, 0],
  ])('refuses %d of %d', (successes, n) => {
    expect(() => wilsonInterval(successes, n)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('mcnemar', () => {
  it('is the binomial sum in exact arithmetic', () => {
    for (const [b, c] of [
      [0, 1],
      [7, 7],
      [3, 40],
      [60, 31],
      [200, 150],
      [900, 1000],
    ]) {
      const n = BigInt(b + c);
      let [sum, binomial] = [0n, 1n];
      for (let k = 0n; k <= BigInt(Math.min(b, c)); k++) {
        sum += binomial;
        binomial = (binomial * (n - k)) / (k + 1n);
      }
      const tail = Number((sum * 10n ** 40n) >> n) / 1e40;
      expect(mcnemar(b, c).exact / Math.min(1, 2 * tail)).toBeCloseTo(1, 9);
    }
    // C(10, 5) / 2¹⁰
    expect(2 * (1 - mcnemar(5, 5).midP)).toBeCloseTo(252 / 1024, 12);
  });

  it('does not care which side is first, and stays a probability', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (b, c) => {
        const [one, other] = [mcnemar(b, c), mcnemar(c, b)];
        expect([one.exact, one.midP, one.chiSquaredP]).toEqual([other.exact, other.midP, other.chiSquaredP]);
        for (const p of [one.exact, one.midP, one.chiSquaredP]) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
        }
        expect(one.midP).toBeLessThanOrEqual(one.exact);
      }),
    );
  });

  it('refuses what is no count', () => {
    expect(() => mcnemar(1.5, 0)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => mcnemar(-1, 0)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('chiSquaredTail', () => {
  it('is erfc of the root of the half', () => {
    for (const x of [0.001, 0.1, 0.9, 2.9, 2.99, 3, 3.01, 5, 12, 24]) {
      const expected = 1 - erf(Math.sqrt(x / 2));
      expect(Math.abs(chiSquaredTail(x) - expected)).toBeLessThan(1e-13);
    }
    expect(chiSquaredTail(0)).toBe(1);
  });

  it('goes on where 1 − erf has nothing left, by its asymptotic series', () => {
    for (const x of [100, 400, 1000]) {
      const h = x / 2;
      const series =
        (Math.exp(-h) / Math.sqrt(Math.PI * h)) * (1 - 1 / (2 * h) + 3 / (4 * h * h) - 15 / (8 * h ** 3) + 105 / (16 * h ** 4));
      expect(chiSquaredTail(x) / series).toBeCloseTo(1, 6);
    }
  });
});

describe('holm', () => {
  it('adjusts step by step: the textbook case', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Math.round(p * 1000) / 1000)).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it('keeps the order, never lowers a value, never exceeds Bonferroni, and leaves gaps alone', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (values) => {
        const adjusted = holm([...values, Number.NaN]);
        expect(adjusted.at(-1)).toBeNaN();
        values.forEach((value, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(value);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, value * values.length) + 1e-15);
          values.forEach((other, j) => {
            if (value <= other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]);
          });
        });
      }),
    );
  });
});

describe('pairedBootstrap', () => {
  it('has the analytic deviation, and its interval holds the difference', () => {
    const first = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const second = Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    const { difference, standardError, interval, pValue } = pairedBootstrap(first, second, { resamples: 4000, seed: 3 });
    const analytic = estimateMean(first.map((value, item) => value - second[item]));
    expect(difference).toBeCloseTo(analytic.value, 12);
    expect(standardError / analytic.standardError).toBeCloseTo(1, 1);
    expect(interval[0]).toBeLessThan(difference);
    expect(interval[1]).toBeGreaterThan(difference);
    expect(pValue).toBeLessThan(0.001);
  });

  it('is decided by its seed, and turns its sign with its sides', () => {
    fc.assert(
      fc.property(outcomes, fc.integer(), (values, seed) => {
        const other = values.map((value, i) => (i % 2 === 0 ? value : 1 - value));
        const forth = pairedBootstrap(values, other, { resamples: 100, seed });
        expect(pairedBootstrap(values, other, { resamples: 100, seed })).toEqual(forth);
        const back = pairedBootstrap(other, values, { resamples: 100, seed });
        expect(back.difference).toBeCloseTo(-forth.difference, 12);
        expect(back.shareBelowZero).toBeCloseTo(1 - forth.shareAtMostZero, 12);
      }),
      { numRuns: 30 },
    );
  });

  it('finds no difference of a list with itself, with weights or without', () => {
    const values = [0.3, 0.1, 0.9];
    for (const options of [{}, { weights: [1, 2, 3] }]) {
      expect(pairedBootstrap(values, values, { resamples: 200, ...options })).toMatchObject({ difference: 0, standardError: 0, pValue: 1 });
    }
  });

  it('gives each of many pairs what it gives it alone', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(outcomes, fc.boolean()), { minLength: 1, maxLength: 6 }), (lists) => {
        const pairs = lists.map(([first, weighted]) => ({
          first,
          second: first.map((value, i) => (i % 3 === 0 ? 1 - value : value)),
          ...(weighted && { weights: first.map((_, i) => i + 1) }),
        }));
        const alone = pairs.map(({ first, second, weights }) =>
          pairedBootstrap(first, second, { resamples: 100, seed: 5, ...(weights && { weights }) }),
        );
        expect(pairedBootstraps(pairs, { resamples: 100, seed: 5 })).toEqual(alone);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the same beyond the pairs it does at a time', () => {
    const pairs = [1, 2, 3].map((step) => ({ first: [1, 0, step], second: [0, step, 1] }));
    const options = { resamples: 3_000_000 };
    expect(pairedBootstraps(pairs, options)[2]).toEqual(pairedBootstraps(pairs.slice(2), options)[0]);
  });

  it('refuses lists that do not pair', () => {
    expect(() => pairedBootstrap([1], [1, 2])).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(() => pairedBootstrap([], [])).toThrow(expect.objectContaining({ code: 'empty-input' }));
    expect(() => pairedBootstrap([1], [1], { resamples: 1 })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('compareOutcomes', () => {
  it('uses McNemar for right and wrong, the bootstrap for the rest, and nothing for other items', () => {
    const [a, b] = [
      { items: 'x', values: [1, 1, 0, 1] },
      { items: 'x', values: [0, 1, 0, 0] },
    ];
    expect(compareOutcomes(a, b, { resamples: 100 })).toMatchObject({ mcnemar: { onlyFirst: 2, onlySecond: 0 }, pValue: 0.25, n: 4 });
    const weighted = { ...a, weights: [1, 2, 3, 4] };
    expect(compareOutcomes(weighted, { ...b, weights: weighted.weights }, { resamples: 100 }).mcnemar).toBeUndefined();
    expect(
      compareAllOutcomes(
        [
          { outcomes: weighted, baseline: b },
          { outcomes: a, baseline: b },
        ],
        { resamples: 100 },
      ),
    ).toEqual([compareOutcomes(weighted, b, { resamples: 100 }), compareOutcomes(a, b, { resamples: 100 })]);
    expect(() => compareOutcomes(a, { ...b, items: 'y' })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('summarizeRepeats', () => {
  it('has a deviation from two repeats on', () => {
    expect(summarizeRepeats([2])).toEqual({ mean: 2, n: 1 });
    expect(summarizeRepeats([1, 3])).toEqual({ mean: 2, deviation: Math.SQRT2, n: 2 });
    expect(() => summarizeRepeats([])).toThrow(expect.objectContaining({ code: 'empty-input' }));
  });
});
