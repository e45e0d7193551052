import type { CellRecord } from '../runner/cell.ts';
import type { BenchOutcome } from '../runner/run-bench.ts';
import { groupBy } from '../statistics/group-by.ts';
import { compareWithBaseline } from './compare-with-baseline.ts';
import { measureRows } from './measure-rows.ts';
import type { BenchReport, ReportPlace } from './report.ts';
import { seenDataWarnings } from './seen-data.ts';

/**
 * Makes a report of what a run found: means over seeds, intervals, and paired comparisons with the baseline on the same items.
 *
 * @param date ISO 8601
 */
export function buildReport(outcome: BenchOutcome, date: string): BenchReport {
  const { config, records } = outcome;
  const rows = compareWithBaseline(measureRows(records), config.baseline);
  const tasks = new Map(records.map(({ cell, task }) => [cell.task, task]));
  return {
    schemaVersion: 1,
    name: config.name,
    date,
    sourceLanguage: config.sourceLanguage,
    models: Object.keys(config.models),
    languages: Object.keys(config.languages),
    strategies: config.strategies.map(({ name, id, options }) => ({ name, id, options })),
    tasks: config.tasks.flatMap(({ name, id }) => {
      const task = tasks.get(name);
      return task === undefined ? [] : [{ name, id, version: task.version, settings: task.settings }];
    }),
    seeds: config.seeds,
    ...(config.baseline !== undefined && { baseline: config.baseline }),
    versions: Object.assign({}, ...records.map(({ versions }) => versions)) as Record<string, string>,
    machines: unique(records.map(({ machine }) => machine)),
    inputs: collectInputs(records),
    rows,
    curves: records.flatMap(({ cell, result }) => (result.curves ?? []).map((curve) => ({ ...placeOf(cell), seed: cell.seed, curve }))),
    costs: records.map(({ cell, seconds, stages, peakBytes }) => ({ ...placeOf(cell), seed: cell.seed, seconds, stages, peakBytes })),
    facts: commonFacts(records),
    warnings: [...seenDataWarnings(records), ...collectWarnings(records)],
    failures: outcome.failures,
    skipped: outcome.skipped,
  };
}

function placeOf({ model, strategy, language, task }: CellRecord['cell']): ReportPlace {
  return { model, strategy, language, task };
}

function collectInputs(records: readonly CellRecord[]): Record<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { inputs } of records) {
    for (const [role, digest] of Object.entries(inputs)) found.set(role, (found.get(role) ?? new Set()).add(digest));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([role, digests]) => [role, [...digests].sort()]));
}

function commonFacts(records: readonly CellRecord[]): BenchReport['facts'] {
  return [...groupBy(records, ({ cell }) => `${cell.task}\0${cell.language}`).values()].flatMap((group) => {
    const [{ cell, result }] = group;
    const agreed = Object.entries(result.facts ?? {}).filter(([key, value]) =>
      group.every((other) => JSON.stringify(other.result.facts?.[key]) === JSON.stringify(value)),
    );
    return agreed.length === 0 ? [] : [{ task: cell.task, language: cell.language, facts: Object.fromEntries(agreed) }];
  });
}

function collectWarnings(records: readonly CellRecord[]): BenchReport['warnings'] {
  const all = records.flatMap(({ result }) => result.warnings ?? []);
  return [...groupBy(all, ({ code, message }) => `${code}\0${message}`).values()].map((group) => ({
    code: group[0].code,
    message: group[0].message,
    cells: group.length,
  }));
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
