import { areRightOrWrong, compareAllOutcomes } from '../statistics/compare-outcomes.ts';
import { groupBy } from '../statistics/group-by.ts';
import { holm } from '../statistics/holm.ts';
import { summarizeRepeats } from '../statistics/repeats.ts';
import type { ItemOutcomes } from '../tasks/task-result.ts';
import type { MeasuredRow } from './measure-rows.ts';
import type { Comparison, ReportRow } from './report.ts';

/** Enough for an interval, where McNemar gives the p-value. */
const RESAMPLES_FOR_INTERVAL = 2000;
const RESAMPLES = 10_000;
/** For each comparison of a family, so that the least p-value that resampling can give, times the family, stays at 0.005. */
const RESAMPLES_PER_COMPARISON = 400;

/**
 * Gives each row its difference to the row of `baseline` in the same place, on the same items and the seeds that both have: where one strategy has
 * been run with fewer seeds than another, what a seed adds to both must not count as a difference of the two.
 */
export function compareWithBaseline(measured: readonly MeasuredRow[], baseline: string | undefined): ReportRow[] {
  const baselines = new Map(measured.filter(({ row }) => row.strategy === baseline).map((one) => [placeKey(one.row), one]));
  const pairs = measured.flatMap((one) => {
    const base = baselines.get(placeKey(one.row));
    return base === undefined || base === one ? [] : pairOf(one, base);
  });
  // One family of comparisons for each metric of a task: that is what a reader looks over at once.
  const comparisons = new Map<ReportRow, Comparison>();
  for (const family of groupBy(pairs, ({ row }) => `${row.task}\0${row.metric}`).values()) {
    for (const [row, comparison] of compareFamily(family)) comparisons.set(row, comparison);
  }
  return measured.map(({ row }) => {
    const comparison = comparisons.get(row);
    return comparison === undefined ? row : { ...row, comparison };
  });
}

function placeKey({ model, language, task, metric }: ReportRow): string {
  return [model, language, task, metric].join('\0');
}

/** A row and its baseline, over the seeds that both have. */
interface Pair {
  readonly row: ReportRow;
  readonly against: string;
  readonly seeds: readonly number[];
  readonly outcomes: ItemOutcomes;
  readonly baseline: ItemOutcomes;
}

function pairOf(one: MeasuredRow, base: MeasuredRow): Pair | [] {
  const seeds = [...one.outcomes.keys()].filter((seed) => base.outcomes.has(seed)).sort((a, b) => a - b);
  const [outcomes, baseline] = [one, base].map((side) => averageOutcomes(seeds.flatMap((seed) => side.outcomes.get(seed) ?? [])));
  if (outcomes === undefined || baseline?.items !== outcomes.items) return [];
  return { row: one.row, against: base.row.strategy, seeds, outcomes, baseline };
}

/** Outcomes of an item over several seeds are no independent items: they are averaged. Nothing where seeds have other items. */
function averageOutcomes(given: readonly ItemOutcomes[]): ItemOutcomes | undefined {
  if (given.length < 2) return given[0];
  if (given.some(({ items }) => items !== given[0].items)) return undefined;
  return { ...given[0], values: given[0].values.map((_, item) => summarizeRepeats(given.map(({ values }) => values[item])).mean) };
}

function compareFamily(family: readonly Pair[]): [ReportRow, Comparison][] {
  const resamples = family.every(({ outcomes, baseline }) => areRightOrWrong(outcomes, baseline))
    ? RESAMPLES_FOR_INTERVAL
    : Math.max(RESAMPLES, RESAMPLES_PER_COMPARISON * family.length);
  const found = compareAllOutcomes(family, { resamples });
  const adjusted = holm(found.map(({ pValue }) => pValue));
  return family.map(({ row, against, seeds }, index) => {
    const { bootstrap, pValue, n } = found[index];
    const { difference, interval } = bootstrap;
    return [row, { baseline: against, seeds, difference, interval, pValue, adjusted: adjusted[index], n }];
  });
}
