import type { CellRecord } from '../runner/cell.ts';
import { areRightOrWrong } from '../statistics/compare-outcomes.ts';
import { groupBy } from '../statistics/group-by.ts';
import { summarizeRepeats } from '../statistics/repeats.ts';
import { wilsonInterval, Z_95 } from '../statistics/wilson.ts';
import type { ItemOutcomes, MetricValue } from '../tasks/task-result.ts';
import { hasSeenData, SEEN_DATA_NOTE } from './seen-data.ts';
import type { ReportRow } from './report.ts';

/** A row of the report, and what it was averaged from. */
export interface MeasuredRow {
  readonly row: ReportRow;
  /** Outcomes of each item by seed, of the seeds that kept them. */
  readonly outcomes: ReadonlyMap<number, ItemOutcomes>;
}

/** A row for each metric of each strategy in each place, over the seeds there are. */
export function measureRows(records: readonly CellRecord[]): MeasuredRow[] {
  const groups = groupBy(records, ({ cell }) => [cell.model, cell.language, cell.task, cell.strategy].join('\0'));
  return [...groups.values()].flatMap(rowsOf);
}

function rowsOf(records: readonly CellRecord[]): MeasuredRow[] {
  const { model, strategy, language, task } = records[0].cell;
  const ids = [...new Set(records.flatMap(({ result }) => result.metrics.map(({ id }) => id)))];
  return ids.map((id) => {
    const found = records.flatMap(({ cell, result }) =>
      result.metrics.filter((metric) => metric.id === id).map((metric) => ({ seed: cell.seed, metric })),
    );
    const { metric: first } = found[0];
    const values = found.flatMap(({ metric }) => metric.value ?? []);
    // A mean over those that have one would be of other seeds than the row says.
    const repeats = values.length < found.length ? undefined : summarizeRepeats(values);
    const value = repeats?.mean ?? null;
    const errors = found.flatMap(({ metric }) => metric.standardError ?? []);
    const standardError = value === null || errors.length === 0 ? undefined : summarizeRepeats(errors).mean;
    const interval = intervalOf(
      value,
      standardError,
      found.map(({ metric }) => metric),
    );
    const note =
      withoutValue(found.length - values.length, found.length, found.find(({ metric }) => metric.note !== undefined)?.metric.note) ??
      (records.some(hasSeenData) ? SEEN_DATA_NOTE : undefined);
    return {
      row: {
        model,
        strategy,
        language,
        task,
        metric: id,
        unit: first.unit,
        higherIsBetter: first.higherIsBetter,
        headline: id === records[0].result.metrics[0].id,
        value,
        ...(standardError !== undefined && { standardError }),
        ...(repeats?.deviation !== undefined && { deviation: repeats.deviation }),
        ...(interval && { interval }),
        n: first.n,
        seeds: found
          .map(({ seed, metric: { value: own, standardError: error } }) => ({
            seed,
            value: own,
            ...(error !== undefined && { standardError: error }),
          }))
          .sort((a, b) => a.seed - b.seed),
        ...(note !== undefined && { note }),
      },
      outcomes: new Map(found.flatMap(({ seed, metric }) => (metric.outcomes === undefined ? [] : [[seed, metric.outcomes] as const]))),
    };
  });
}

/** Says in how many of several seeds there is no value, and what is known of the reason. */
function withoutValue(missing: number, seeds: number, reason: string | undefined): string | undefined {
  if (missing === 0 || seeds === 1) return reason;
  return `no value in ${missing} of ${seeds} seeds${reason === undefined ? '' : `: ${reason}`}`;
}

/** What the metric itself says of a single seed; Wilson's interval at the mean of outcomes that are right or wrong; else by the standard error. */
function intervalOf(
  value: number | null,
  standardError: number | undefined,
  metrics: readonly MetricValue[],
): readonly [number, number] | undefined {
  if (value === null) return undefined;
  const [{ interval, n, unit }] = metrics;
  if (metrics.length === 1 && interval !== undefined) return interval;
  // Repeats of an item are no new items, so n stays that of one seed.
  const isShare = unit === 'share' && value >= 0 && value <= 1 && n > 0;
  if (isShare && metrics.every(({ outcomes }) => outcomes !== undefined && areRightOrWrong(outcomes))) return wilsonInterval(value * n, n);
  return standardError === undefined ? undefined : [value - Z_95 * standardError, value + Z_95 * standardError];
}
