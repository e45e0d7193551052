import { compareOutcomes } from '../statistics/compare-outcomes.ts';
import { holm } from '../statistics/holm.ts';
import { summarizeRepeats } from '../statistics/repeats.ts';
import type { ItemOutcomes } from '../tasks/task-result.ts';
import { groupBy } from './group-by.ts';
import type { MeasuredRow } from './measure-rows.ts';
import type { Comparison, ReportRow } from './report.ts';

/** Where the bootstrap gives the p-value, correction for many comparisons asks for small ones; where McNemar does, it gives an interval alone. */
const RESAMPLES = 10_000;
const RESAMPLES_FOR_INTERVAL = 2000;

/**
 * Gives each row its difference to the row of `baseline` in the same place, on the same items and the seeds that both have: where one strategy has
 * been run with fewer seeds than another, what a seed adds to both must not count as a difference of the two.
 */
export function compareWithBaseline(measured: readonly MeasuredRow[], baseline: string | undefined): ReportRow[] {
  const baselines = new Map(measured.filter(({ row }) => row.strategy === baseline).map((one) => [placeKey(one.row), one]));
  const compared = measured.map((one) => {
    const base = baselines.get(placeKey(one.row));
    return base === undefined || base === one ? undefined : compareRows(one, base);
  });
  // One family of comparisons for each metric of a task: that is what a reader looks over at once.
  const adjusted = new Map<number, number>();
  for (const family of groupBy([...measured.keys()], (index) => `${measured[index].row.task}\0${measured[index].row.metric}`).values()) {
    const corrected = holm(family.map((index) => compared[index]?.pValue ?? NaN));
    family.forEach((index, position) => adjusted.set(index, corrected[position]));
  }
  return measured.map(({ row }, index) => {
    const found = compared[index];
    return found === undefined ? row : { ...row, comparison: { ...found, adjusted: adjusted.get(index) ?? found.pValue } };
  });
}

function placeKey({ model, language, task, metric }: ReportRow): string {
  return [model, language, task, metric].join('\0');
}

function compareRows(one: MeasuredRow, base: MeasuredRow): Omit<Comparison, 'adjusted'> | undefined {
  const seeds = [...one.outcomes.keys()].filter((seed) => base.outcomes.has(seed)).sort((a, b) => a - b);
  const [first, second] = [one, base].map(({ outcomes }) => averageOutcomes(seeds.flatMap((seed) => outcomes.get(seed) ?? [])));
  if (first === undefined || second?.items !== first.items) return undefined;
  const { bootstrap, pValue, n } = compareOutcomes(first, second, {
    resamples: isRightOrWrong(first) && isRightOrWrong(second) ? RESAMPLES_FOR_INTERVAL : RESAMPLES,
  });
  return { baseline: base.row.strategy, seeds, difference: bootstrap.difference, interval: bootstrap.interval, pValue, n };
}

/** Outcomes of an item over several seeds are no independent items: they are averaged. Nothing where seeds have other items. */
function averageOutcomes(given: readonly ItemOutcomes[]): ItemOutcomes | undefined {
  if (given.length < 2) return given[0];
  if (given.some(({ items }) => items !== given[0].items)) return undefined;
  return { ...given[0], values: given[0].values.map((_, item) => summarizeRepeats(given.map(({ values }) => values[item])).mean) };
}

function isRightOrWrong({ values, weights }: ItemOutcomes): boolean {
  return weights === undefined && values.every((value) => value === 0 || value === 1);
}
