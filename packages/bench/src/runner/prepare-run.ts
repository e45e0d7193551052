import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BenchConfig } from '../config/bench-config.ts';
import type { CellRecord, Job } from './cell.ts';
import { openDigests, type Digests } from './digests.ts';
import type { BenchHost } from './host.ts';
import { isMadeOn } from './made-on.ts';
import { planCells, type BenchPlan } from './plan-cells.ts';
import { readRepetition } from './repetition.ts';
import { openResultsFolder, type ResultsFolder } from './results-folder.ts';

/** What is known before anything is run. */
export interface PreparedRun {
  readonly results: ResultsFolder;
  readonly digests: Digests;
  readonly plan: BenchPlan;
}

/** Returns how many processes work at once. */
export function workersOf({ workers }: Pick<BenchConfig, 'workers'>): number {
  return workers ?? Math.min(4, availableParallelism());
}

/**
 * Opens the results of a configuration and lists its cells.
 *
 * @param repetition of all cells, where this run begins one; else the plan belongs to the last one
 * @throws {LexigraftError} what `planCells` says
 */
export async function prepareRun(config: BenchConfig, host: BenchHost, repetition?: string): Promise<PreparedRun> {
  const results = openResultsFolder(config.out);
  const digests = await openDigests(join(config.out, 'digests.json'));
  const plan = await planCells(config, host, digests, repetition ?? (await readRepetition(results)));
  return { results, digests, plan };
}

/** Returns the cells of jobs that have a result, whatever device it was made on, by key. */
export async function readStored(jobs: readonly Job[], results: ResultsFolder): Promise<Map<string, CellRecord>> {
  const stored = new Map<string, CellRecord>();
  for (const job of jobs) {
    for (const { cell } of job.cells) {
      const record = await results.read(cell.key);
      // Names are the configuration's, whatever they were when the cell was measured.
      if (record !== undefined) stored.set(cell.key, { ...record, cell });
    }
  }
  return stored;
}

/** Returns those of the results in `stored` that need not be made anew for `device`. */
export function knownOn(device: string, stored: ReadonlyMap<string, CellRecord>): ReadonlyMap<string, CellRecord> {
  return new Map([...stored].filter(([, record]) => isMadeOn(device, record)));
}
