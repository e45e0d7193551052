import { createProcessPool, type WorkerLauncher } from '../runner/process-pool.ts';
import { openResultsFolder } from '../runner/results-folder.ts';
import type { JobEvent } from '../runner/run-job.ts';
import { loadQueuePackages, QUEUE_NAME, readQueueUrl, type QueuedJob } from './load-queue-packages.ts';
import { createPoolShelf } from './pool-shelf.ts';

/** How a queue's work is done. */
export interface ServeQueueOptions {
  readonly url: string;
  /** Jobs at once, a process each. */
  readonly workers: number;
  readonly launch: WorkerLauncher;
  readonly signal: AbortSignal;
  /**
   * Milliseconds after which a job whose worker is silent belongs to another one.
   *
   * @default 15000
   */
  readonly lockMilliseconds?: number;
  /** Called as jobs begin and end. */
  readonly onEvent?: (event: JobEvent) => void;
}

const MOST_DEATHS = 3;

/**
 * Does the jobs of a queue until `signal` is aborted. Cells are evaluated in processes of their own, so that this one always answers the queue; if it dies, the queue gives
 * its job to another worker, which does the cells that have no result yet.
 *
 * @throws {LexigraftError} `missing-engine`, `invalid-option`
 */
export async function serveQueue({
  url,
  workers,
  launch,
  signal,
  lockMilliseconds = 15_000,
  onEvent = () => undefined,
}: ServeQueueOptions): Promise<void> {
  const connection = readQueueUrl(url);
  const { Worker } = await loadQueuePackages();
  const pools = createPoolShelf(({ results, timeLimit }, inputs) =>
    createProcessPool({ launch, size: workers, results: openResultsFolder(results), inputs, timeLimit, onEvent }),
  );
  const worker = new Worker<QueuedJob>(
    QUEUE_NAME,
    async ({ data }) => {
      const done = pools.run(data);
      // A job that this process was stopped in has neither succeeded nor failed: it stays with the queue, which gives it to another.
      await done.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (signal.aborted) await new Promise(() => undefined);
    },
    { connection, concurrency: workers, lockDuration: lockMilliseconds, stalledInterval: lockMilliseconds, maxStalledCount: MOST_DEATHS },
  );
  worker.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
  pools.close();
  await worker.close(true);
}
