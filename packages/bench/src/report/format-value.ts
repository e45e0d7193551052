import type { MetricUnit } from '../tasks/task-result.ts';

const MINUS = '\u2212';

/** Returns a value as a table shows it, e.g. `0.512`, `1.2 s`, `26.1 MB`; an en dash where there is none. */
export function formatValue(value: number | null, unit: MetricUnit): string {
  if (value === null) return '–';
  switch (unit) {
    case 'bytes':
      return bytes(value);
    case 'seconds':
      return signed(`${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} s`);
    case 'count':
      return signed(value.toLocaleString('en-US', { maximumFractionDigits: 0 }));
    default:
      return signed(Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3));
  }
}

/** Returns a difference with its sign. */
export function formatDifference(value: number, unit: MetricUnit): string {
  return value >= 0 ? `+${formatValue(value, unit)}` : formatValue(value, unit);
}

/** Returns a p-value: `p < 0.001`, `p = 0.032`. */
export function formatPValue(value: number): string {
  return value < 0.001 ? 'p < 0.001' : `p = ${value.toFixed(3)}`;
}

function signed(text: string): string {
  return text.replace(/^-/, MINUS);
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [Math.abs(value), 0];
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const sign = value < 0 ? MINUS : '';
  return `${sign}${unit > 0 && size < 100 ? size.toFixed(1) : size.toFixed(0)} ${units[unit]}`;
}
