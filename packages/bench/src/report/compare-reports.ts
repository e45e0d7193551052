import { readFile } from 'node:fs/promises';
import { LexigraftError } from '@lexigraft/core';
import type { BenchReport, ReportRow } from './report.ts';

/** A number that two reports have in common. */
export interface ComparedRow {
  readonly row: Pick<ReportRow, 'model' | 'strategy' | 'language' | 'task' | 'metric' | 'unit' | 'higherIsBetter'>;
  readonly before: number | null;
  readonly after: number | null;
  readonly difference?: number;
  /** Of the difference, taking the two as independent. */
  readonly standardError?: number;
}

/** What two reports have in common and what only one has. */
export interface ReportComparison {
  readonly rows: readonly ComparedRow[];
  readonly onlyBefore: number;
  readonly onlyAfter: number;
}

/**
 * Reads a report that a bench wrote.
 *
 * @throws {LexigraftError} `file-not-found`, `format`
 */
export async function readReport(path: string): Promise<BenchReport> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LexigraftError('file-not-found', `There is no report at ${path}; \`lexigraft bench run\` writes one.`, { path }, cause);
  }
  let parsed: Partial<BenchReport> | null;
  try {
    parsed = JSON.parse(text) as Partial<BenchReport> | null;
  } catch (cause) {
    throw new LexigraftError('format', `${path} is not JSON.`, { path }, cause);
  }
  if (parsed?.schemaVersion === 1 && Array.isArray(parsed.rows) && Array.isArray(parsed.tasks)) return parsed as BenchReport;
  throw new LexigraftError('format', `${path} is no report of schema version 1.`, { path });
}

/**
 * Compares the numbers of two reports.
 *
 * @throws {LexigraftError} `invalid-option` when a task has another version or other settings: such numbers measure different things
 */
export function compareReports(before: BenchReport, after: BenchReport): ReportComparison {
  for (const task of after.tasks) {
    const other = before.tasks.find(({ name }) => name === task.name);
    if (
      other === undefined ||
      (other.version === task.version && other.id === task.id && JSON.stringify(other.settings) === JSON.stringify(task.settings))
    )
      continue;
    const what = other.version === task.version ? 'other settings' : `version ${other.version} before and ${task.version} after`;
    throw new LexigraftError('invalid-option', `The reports cannot be compared: the task ${task.name} has ${what}.`, {
      task: task.name,
      before: other.version,
      after: task.version,
    });
  }
  const keyOf = ({ model, strategy, language, task, metric }: ReportRow): string => [model, strategy, language, task, metric].join('\0');
  const earlier = new Map(before.rows.map((row) => [keyOf(row), row]));
  const rows = after.rows.flatMap((row): ComparedRow[] => {
    const old = earlier.get(keyOf(row));
    if (old === undefined) return [];
    const { model, strategy, language, task, metric, unit, higherIsBetter } = row;
    const difference = old.value === null || row.value === null ? undefined : row.value - old.value;
    return [
      {
        row: { model, strategy, language, task, metric, unit, higherIsBetter },
        before: old.value,
        after: row.value,
        ...(difference !== undefined && { difference }),
        ...(difference !== undefined &&
          old.standardError !== undefined &&
          row.standardError !== undefined && { standardError: Math.hypot(old.standardError, row.standardError) }),
      },
    ];
  });
  return { rows, onlyBefore: before.rows.length - rows.length, onlyAfter: after.rows.length - rows.length };
}
