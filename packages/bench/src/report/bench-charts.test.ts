import { expect, it } from 'vitest';
import { roofOf } from './bench-charts.ts';

it('the frame of a chart leaves out what is out of all bounds, and nothing else', () => {
  expect(roofOf([2.0, 2.5, 3.1, 365])).toBeCloseTo(3.1 * 1.05);
  expect(roofOf([2.0, 2.5, 3.1, 6.0])).toBeUndefined();
  expect(roofOf([])).toBeUndefined();
  expect(roofOf([0, 0, 0])).toBeUndefined();
});

it('the frame of a chart leaves nothing out where the median is not positive', () => {
  expect(roofOf([-5, -4, -1, 2, 3])).toBeUndefined();
  expect(roofOf([0, 0, 0, 5])).toBeUndefined();
});
