import { expect, it } from 'vitest';
import { roofOf } from './bench-charts.ts';

const falling = { higherIsBetter: false };

it('the frame of a chart leaves out what is out of all bounds, and nothing else', () => {
  expect(roofOf([2.0, 2.5, 3.1, 365], falling)).toBeCloseTo(3.1 * 1.05);
  expect(roofOf([2.0, 2.5, 3.1, 6.0], falling)).toBeUndefined();
  expect(roofOf([], falling)).toBeUndefined();
  expect(roofOf([0, 0, 0], falling)).toBeUndefined();
});

it('the frame of a chart leaves nothing out where the median is not positive', () => {
  expect(roofOf([-5, -4, -1, 2, 3], falling)).toBeUndefined();
  expect(roofOf([0, 0, 0, 5], falling)).toBeUndefined();
});

it('the frame of a chart leaves nothing out where that would be the best', () => {
  expect(roofOf([2.0, 2.5, 3.1, 365], { higherIsBetter: true })).toBeUndefined();
});
