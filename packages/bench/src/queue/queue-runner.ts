import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { LexigraftError } from '@lexigraft/core';
import type { CellFailure, Job } from '../runner/cell.ts';
import type { ResultsFolder } from '../runner/results-folder.ts';
import type { JobRunner } from '../runner/run-bench.ts';
import type { JobEvent } from '../runner/run-job.ts';
import { loadQueuePackages, QUEUE_NAME, readQueueUrl, type QueuedJob } from './load-queue-packages.ts';

/** How jobs are put into a queue. */
export interface QueueRunnerOptions {
  /** e.g. `redis://host:6379` */
  readonly url: string;
  /** The folder that every worker sees under the same path. */
  readonly results: ResultsFolder;
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Seconds after which a cell is given up and its process ended. */
  readonly timeLimit?: number;
  /** Called as cells end. */
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal;
}

const LOOK_MS = 250;

/**
 * Creates a runner that leaves its jobs to `serveQueue` processes, on this machine or others. A job whose worker dies goes to another one; results come through the shared
 * folder.
 *
 * @throws {LexigraftError} `missing-engine`, `invalid-option`
 */
export async function createQueueRunner({ url, results, inputs, timeLimit, onEvent, signal }: QueueRunnerOptions): Promise<JobRunner> {
  const connection = readQueueUrl(url);
  const { Queue } = await loadQueuePackages();
  const queue = new Queue<QueuedJob>(QUEUE_NAME, { connection });
  queue.on('error', () => undefined);

  /** Reports the cells whose files have appeared since the last look. */
  async function look(job: Job, seen: Set<string>): Promise<void> {
    for (const { cell } of job.cells) {
      if (seen.has(cell.key)) continue;
      const record = await results.read(cell.key);
      if (record === undefined) continue;
      seen.add(cell.key);
      onEvent({ type: 'done', key: cell.key, seconds: record.seconds, stages: record.stages, headline: record.result.metrics[0].value });
    }
  }

  async function fail(job: Job, seen: ReadonlySet<string>, reason: string): Promise<void> {
    for (const { cell } of job.cells) {
      if (seen.has(cell.key)) continue;
      const known = await results.readFailure(cell.key);
      const failure: CellFailure = known ?? { cell, error: { code: 'worker-failed', message: reason }, attempts: 1 };
      if (known === undefined) await results.writeFailure(failure);
      onEvent({ type: 'failed', failure });
    }
  }

  /** Whether every cell was measured or has failed. */
  async function hasEnded(job: Job, seen: ReadonlySet<string>): Promise<boolean> {
    for (const { cell } of job.cells) if (!seen.has(cell.key) && (await results.readFailure(cell.key)) === undefined) return false;
    return true;
  }

  return {
    async run(job) {
      // A failure of an earlier run is no failure of this one.
      for (const { cell } of job.cells) await results.forgetFailure(cell.key);
      const data: QueuedJob = {
        results: results.path,
        job,
        inputs: job.cells.map(({ cell }) => [cell.key, inputs.get(cell.key) ?? {}] as const),
        ...(timeLimit !== undefined && { timeLimit }),
      };
      const add = async (): Promise<string> => {
        const jobId = randomUUID();
        await queue.add('job', data, { jobId, removeOnComplete: { age: 3600 }, removeOnFail: { age: 3600 } });
        return jobId;
      };
      let id = await add();
      const seen = new Set<string>();
      for (;;) {
        await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) {
          await queue.remove(id).catch(() => 0);
          signal.throwIfAborted();
        }
        await look(job, seen);
        const state = await queue.getJobState(id);
        if (!['completed', 'failed', 'unknown'].includes(state)) continue;
        // The last cell may have been written between the look and the answer.
        await look(job, seen);
        if (state === 'unknown' && !(await hasEnded(job, seen))) {
          // The Redis was started anew and remembers nothing. A worker that still does the job and one that now begins it write the same results.
          id = await add();
          continue;
        }
        const reason = (await queue.getJob(id))?.failedReason ?? 'The worker left no result and no error.';
        await fail(job, seen, reason);
        return;
      }
    },
    close: () => queue.close(),
  };
}

/** Asserts that a queue answers. @throws {LexigraftError} `missing-engine` */
export async function assertQueueAnswers(url: string, milliseconds: number): Promise<void> {
  const { Queue } = await loadQueuePackages();
  const queue = new Queue(QUEUE_NAME, { connection: { ...readQueueUrl(url), connectTimeout: milliseconds } });
  queue.on('error', () => undefined);
  try {
    const answered = await Promise.race([queue.waitUntilReady().then(() => true), wait(milliseconds).then(() => false)]);
    if (!answered) throw new LexigraftError('missing-engine', `No Redis answers at ${new URL(url).host}.`, { host: new URL(url).host });
  } finally {
    await queue.close().catch(() => undefined);
  }
}
