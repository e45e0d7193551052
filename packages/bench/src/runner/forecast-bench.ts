import type { Cell, SkippedCell } from './cell.ts';
import { estimateCells, type CellEstimate } from './estimate-cells.ts';
import { knownOn, prepareRun, readStored, workersOf } from './prepare-run.ts';
import type { BenchRequest } from './run-bench.ts';

/** What a run would do. */
export interface BenchForecast {
  readonly cells: readonly (CellEstimate & { readonly cell: Cell; readonly known: boolean })[];
  readonly skipped: readonly SkippedCell[];
  /** Seconds expected for what is missing. */
  readonly seconds: number;
  readonly peakBytes: number;
  readonly workers: number;
}

/** Lists the cells of a run with the time and memory each is expected to take; runs nothing. In the mode `always` none counts as known. */
export async function forecastBench({
  config,
  host,
  mode = 'only-missing',
}: Pick<BenchRequest, 'config' | 'host' | 'mode'>): Promise<BenchForecast> {
  const { plan, results } = await prepareRun(config, host);
  const known = knownOn(config.device, await readStored(plan.jobs, results));
  const cells = await estimateCells(plan, [...known.values()]);
  const listed = plan.jobs.flatMap((job) =>
    job.cells.flatMap(({ cell }) => {
      const estimate = cells.get(cell.key);
      return estimate === undefined ? [] : [{ ...estimate, cell, known: mode !== 'always' && known.has(cell.key) }];
    }),
  );
  const missing = listed.filter((one) => !one.known);
  const workers = Math.max(1, workersOf(config));
  return {
    cells: listed,
    skipped: plan.skipped,
    seconds: missing.reduce((sum, { seconds }) => sum + seconds, 0) / workers,
    peakBytes: Math.max(0, ...missing.map(({ peakBytes }) => peakBytes)) * Math.min(workers, plan.jobs.length),
    workers,
  };
}
