import type { BenchReport, ReportRow } from './report.ts';

/** Says so where a number is over fewer seeds than the report, for a run that is not finished, or failed: `1 of 3 seeds`. */
export function seedsSoFar({ seeds: found }: ReportRow, { seeds }: BenchReport): string | undefined {
  return found.length < seeds.length ? `${found.length} of ${seeds.length} seeds` : undefined;
}
