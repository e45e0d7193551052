import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanHeight } from './curve-area.ts';
import { dataTransfer, publishedDataTransfer } from './data-transfer.ts';
import { meanCurve } from './mean-curve.ts';

const curve = [
  { bytes: 1000, loss: 2 },
  { bytes: 10_000, loss: 1 },
  { bytes: 100_000, loss: 0.5 },
];

describe('dataTransfer', () => {
  it("finds the curve's own points, and the middle of two in logarithms", () => {
    expect(dataTransfer(curve, 1, 100)).toMatchObject({
      effectiveBytes: 10_000,
      transferredBytes: 9900,

      position: 'within',
    });
    expect(dataTransfer(curve, Math.SQRT2, 0).effectiveBytes).toBeCloseTo(Math.sqrt(1000 * 10_000), 6);
  });

  it('says that a loss lies outside the curve and gives no figure', () => {
    expect(dataTransfer(curve, 2.1, 0)).toEqual({ position: 'worse-than-all' });
    expect(dataTransfer(curve, 0.4, 0)).toEqual({ position: 'better-than-all' });
  });

  it('never says that a lower loss is worth less', () => {
    const point = fc.record({ bytes: fc.integer({ min: 1, max: 1e9 }), loss: fc.double({ min: 0.1, max: 5, noNaN: true }) });
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 2, maxLength: 8 }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        (points, a, b) => {
          const [better, worse] = [dataTransfer(points, Math.min(a, b), 0), dataTransfer(points, Math.max(a, b), 0)];
          if (better.effectiveBytes !== undefined && worse.effectiveBytes !== undefined)
            expect(better.effectiveBytes).toBeGreaterThanOrEqual(worse.effectiveBytes * (1 - 1e-12));
        },
      ),
    );
  });

  it('takes the least loss of each size and ignores a larger size that does worse', () => {
    const bumpy = [...curve, { bytes: 10_000, loss: 1.5 }, { bytes: 50_000, loss: 3 }];
    expect(dataTransfer(bumpy, 1, 0).effectiveBytes).toBe(10_000);
  });

  it('may be negative: more text than a model from nothing would have needed', () => {
    expect(dataTransfer(curve, 1, 20_000)).toMatchObject({ transferredBytes: -10_000, fraction: 0 });
  });

  it.each([[[]], [[{ bytes: 0, loss: 1 }]], [[{ bytes: 1, loss: Number.NaN }]]])('refuses the curve %j', (points) => {
    expect(() => dataTransfer(points, 1, 0)).toThrow(expect.objectContaining({ name: 'LexigraftError' }));
  });
});

describe('publishedDataTransfer', () => {
  it('always gives a figure, also for a loss out of range, because perplexities wrap around at 10', () => {
    const beyond = publishedDataTransfer(curve, Math.log(12), 0);
    expect(beyond.effectiveBytes).toBeGreaterThan(0);
    expect(publishedDataTransfer(curve, Math.log(2), 0).effectiveBytes).toBeCloseTo(beyond.effectiveBytes ?? 0, 3);
  });

  it('is linear in perplexity between two points', () => {
    const between = Math.log((Math.E + Math.exp(0.5)) / 2);
    expect(publishedDataTransfer(curve, between, 0).effectiveBytes).toBeCloseTo(55_000, 6);
  });
});

describe('meanHeight', () => {
  it('is the height of a flat curve and the middle of a straight one', () => {
    expect(
      meanHeight([
        { x: 0, y: 3 },
        { x: 1, y: 3 },
        { x: 10, y: 3 },
      ]),
    ).toBe(3);
    expect(
      meanHeight([
        { x: 0, y: 0 },
        { x: 4, y: 8 },
      ]),
    ).toBe(4);
  });

  it('refuses curves without width', () => {
    expect(() => meanHeight([{ x: 0, y: 0 }])).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() =>
      meanHeight([
        { x: 1, y: 0 },
        { x: 1, y: 2 },
      ]),
    ).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('meanCurve', () => {
  const line = (...points: readonly (readonly [number, number])[]) => points.map(([x, y]) => ({ x, y }));

  it('reads the other curves between their points, so that places that differ a little make no zigzag', () => {
    const [one, other] = [line([0, 4], [10, 2], [20, 1]), line([0, 6], [8, 3], [16, 2])];
    // At 10 the other one is a quarter of the way from 3 to 2, at 20 it is past its end.
    expect(meanCurve([one, other])).toEqual(line([0, 5], [10, (2 + 2.75) / 2], [20, 1.5]));
  });

  it('is the curve itself for repeats that agree, and lies between repeats that do not', () => {
    const heights = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(heights, heights, (first, second) => {
        const [one, other] = [first, second].map((values) => values.map((y, x) => ({ x, y })));
        meanCurve([one, one, one]).forEach(({ x, y }, at) => {
          expect(x).toBe(at);
          expect(y).toBeCloseTo(first[at], 12);
        });
        const all = [...first, ...second];
        for (const { y } of meanCurve([one, other])) {
          expect(y).toBeGreaterThanOrEqual(Math.min(...all) - 1e-12);
          expect(y).toBeLessThanOrEqual(Math.max(...all) + 1e-12);
        }
      }),
    );
    expect(meanCurve([])).toEqual([]);
  });
});
