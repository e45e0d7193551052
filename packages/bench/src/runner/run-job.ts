import { cpus } from 'node:os';
import process from 'node:process';
import { isLexigraftError, LexigraftError, type Progress } from '@lexigraft/core';
import type { Task } from '../tasks/task.ts';
import type { CellFailure, CellRecord, Job } from './cell.ts';
import type { BenchHost, Workshop } from './host.ts';
import { isMadeOn } from './made-on.ts';
import type { ResultsFolder } from './results-folder.ts';

/** What happens while a job is done. */
export type JobEvent =
  | { readonly type: 'started'; readonly key: string }
  | { readonly type: 'progress'; readonly key: string; readonly progress: Progress }
  | {
      readonly type: 'done';
      readonly key: string;
      readonly seconds: number;
      readonly stages: Readonly<Record<string, number>>;
      readonly headline: number | null;
      readonly notes?: readonly string[];
    }
  | { readonly type: 'failed'; readonly failure: CellFailure };

/** What a job is done with. */
export interface JobTools {
  readonly host: BenchHost;
  readonly workshop: Workshop;
  readonly results: ResultsFolder;
  /** What went into the keys, for the records. */
  readonly inputs?: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
  /** Seconds after which a cell is told to stop, for work in this process; another process is better ended from outside. */
  readonly timeLimit?: number | undefined;
  /** How often cells were begun before, by key. */
  readonly attempts?: ReadonlyMap<string, number>;
  readonly onEvent: (event: JobEvent) => void;
}

/**
 * Evaluates the cells of a job one after another. Each is written as soon as it is done; one that fails is written as a failure and the next one begins.
 *
 * A cell that is done already is not done again, so that a job may be begun anew after its worker died.
 *
 * @throws {unknown} the abort reason if `signal` is aborted
 */
export async function runJob(job: Job, tools: JobTools): Promise<void> {
  const { host, workshop, results, signal, onEvent } = tools;
  try {
    for (const { cell, task: spec } of job.cells) {
      signal.throwIfAborted();
      const known = await results.read(cell.key);
      if (known !== undefined && isMadeOn(job.device, known)) {
        onEvent({ type: 'done', key: cell.key, seconds: 0, stages: {}, headline: headlineOf(known) });
        continue;
      }
      onEvent({ type: 'started', key: cell.key });
      const started = performance.now();
      const limit = limitTime(signal, tools.timeLimit);
      try {
        assertVersions(job, host);
        const task = await host.makeTask(spec);
        const report = (progress: Progress): void => {
          onEvent({ type: 'progress', key: cell.key, progress });
        };
        const { result, stages, device, notes = [] } = await workshop.evaluate(job, task, { signal: limit.signal, report });
        signal.throwIfAborted();
        assertResult(task, result);
        const seconds = (performance.now() - started) / 1000;
        const record: CellRecord = {
          format: 1,
          cell,
          strategy: { name: job.strategy.name, id: job.strategy.id, options: job.strategy.options },
          task: { id: task.id, version: task.version, settings: task.settings, options: spec.options },
          result,
          seconds,
          stages,
          peakBytes: process.resourceUsage().maxRSS * 1024,
          machine: { device, cpus: cpus().length, node: process.version, platform: `${process.platform} ${process.arch}` },
          versions: host.versions,
          inputs: tools.inputs?.get(cell.key) ?? {},
        };
        await results.write(record);
        onEvent({ type: 'done', key: cell.key, seconds, stages, headline: headlineOf(record), ...(notes.length > 0 && { notes }) });
      } catch (error) {
        signal.throwIfAborted();
        const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
        const failure: CellFailure = { cell, error: describeError(reason), attempts: (tools.attempts?.get(cell.key) ?? 0) + 1 };
        await results.writeFailure(failure);
        onEvent({ type: 'failed', failure });
      } finally {
        limit.clear();
        // What was opened for a cell that was told to stop is stopped as well: the next cell opens its own.
        if (limit.signal.aborted) await workshop.endJob(job);
      }
    }
  } finally {
    await workshop.endJob(job);
  }
}

/** A timer of more milliseconds ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A signal that is aborted when `signal` is, or `seconds` from now unless it is cleared. */
function limitTime(signal: AbortSignal, seconds: number | undefined): { readonly signal: AbortSignal; readonly clear: () => void } {
  if (seconds === undefined) return { signal, clear: () => undefined };
  const late = new AbortController();
  const stop = (): void => {
    late.abort(new LexigraftError('worker-failed', `Given up: it took more than ${seconds} seconds.`, { seconds }));
  };
  const timer = setTimeout(stop, Math.min(seconds * 1000, LONGEST_TIMER_MS));
  return {
    signal: AbortSignal.any([signal, late.signal]),
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function headlineOf({ result }: CellRecord): number | null {
  return result.metrics[0].value;
}

/** A worker of another machine may have another program, whose figures the key of the cell does not stand for. */
function assertVersions({ versions }: Job, host: BenchHost): void {
  const said = (all: Readonly<Record<string, string>>): string =>
    Object.entries(all)
      .map(([name, version]) => `${name} ${version}`)
      .sort()
      .join(', ');
  if (said(versions) === said(host.versions)) return;
  throw new LexigraftError(
    'worker-failed',
    `The cell was planned by ${said(versions)}; this worker is ${said(host.versions)}. Use the same version everywhere.`,
    {
      planned: said(versions),
      worker: said(host.versions),
    },
  );
}

/** A task that returns nothing usable is as broken as one that throws. */
function assertResult(task: Task, { metrics }: CellRecord['result']): void {
  if (metrics.length === 0) throw new LexigraftError('empty-input', `${task.id} returned no metric.`, { task: task.id });
  for (const { id, value } of metrics) {
    if (value === null || Number.isFinite(value)) continue;
    throw new LexigraftError('not-finite', `${task.id}: \`${id}\` is ${value}; a value that does not exist must be null.`, {
      task: task.id,
      metric: id,
    });
  }
}

/** Returns an error as what a reader of the report needs. */
export function describeError(error: unknown): CellFailure['error'] {
  if (isLexigraftError(error)) return { code: error.code, message: error.message, details: error.details };
  return {
    code: 'unexpected',
    message: error instanceof Error ? `${error.message} (${(error.stack ?? '').split('\n')[1]?.trim() ?? ''})` : String(error),
  };
}
