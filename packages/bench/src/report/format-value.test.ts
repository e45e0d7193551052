import { expect, it } from 'vitest';
import { formatDifference, formatValue } from './format-value.ts';

it('values below zero are scaled as those above, with a minus', () => {
  expect(formatValue(5_000_000, 'bytes')).toBe('5.0 MB');
  expect(formatValue(-5_000_000, 'bytes')).toBe('\u22125.0 MB');
  expect(formatValue(-999, 'bytes')).toBe('\u2212999 B');
  expect(formatValue(-120, 'seconds')).toBe('\u2212120 s');
  expect(formatDifference(-250_000, 'bytes')).toBe('\u2212250 kB');
  expect(formatDifference(250_000, 'bytes')).toBe('+250 kB');
});
