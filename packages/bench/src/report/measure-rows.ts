import type { CellRecord } from '../runner/cell.ts';
import { groupBy } from '../statistics/group-by.ts';
import { summarizeRepeats } from '../statistics/repeats.ts';
import { Z_95 } from '../statistics/wilson.ts';
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
    const repeats = values.length === 0 ? undefined : summarizeRepeats(values);
    const value = repeats?.mean ?? null;
    const errors = found.flatMap(({ metric }) => metric.standardError ?? []);
    const standardError = errors.length === 0 ? undefined : summarizeRepeats(errors).mean;
    const interval = intervalOf(value, standardError, found.length === 1 ? first : undefined);
    const note =
      found.find(({ metric }) => metric.note !== undefined)?.metric.note ?? (records.some(hasSeenData) ? SEEN_DATA_NOTE : undefined);
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
        seeds: found.map(({ seed, metric }) => ({ seed, value: metric.value })).sort((a, b) => a.seed - b.seed),
        ...(note !== undefined && { note }),
      },
      outcomes: new Map(found.flatMap(({ seed, metric }) => (metric.outcomes === undefined ? [] : [[seed, metric.outcomes] as const]))),
    };
  });
}

function intervalOf(
  value: number | null,
  standardError: number | undefined,
  single: MetricValue | undefined,
): readonly [number, number] | undefined {
  if (single?.interval !== undefined) return single.interval;
  return value === null || standardError === undefined ? undefined : [value - Z_95 * standardError, value + Z_95 * standardError];
}
