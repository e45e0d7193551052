import process from 'node:process';
import type { Job } from './cell.ts';
import type { BenchHost, Workshop } from './host.ts';
import { openResultsFolder, type ResultsFolder } from './results-folder.ts';
import { describeError, runJob, type JobEvent } from './run-job.ts';

/** What a worker process is told. */
export interface WorkerRequest {
  readonly type: 'job';
  readonly results: string;
  readonly job: Job;
  readonly inputs: readonly (readonly [string, Readonly<Record<string, string>>])[];
  /** How often cells were begun before, by key. */
  readonly attempts: readonly (readonly [string, number])[];
}

/** What a worker process tells. */
export type WorkerReply =
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'job-done' }
  | { readonly type: 'job-failed'; readonly error: { readonly code: string; readonly message: string } };

/** The part of a forked process that is used. */
export interface WorkerChannel {
  /** Sends an answer. */
  send(reply: WorkerReply): void;
  /** Calls `listener` with each request. */
  onRequest(listener: (request: WorkerRequest) => void): void;
  /** Calls `listener` when the other side is gone. */
  onDisconnect(listener: () => void): void;
}

/** Returns the channel of a process started with `fork`, or nothing in one that was not. */
export function processChannel(): WorkerChannel | undefined {
  if (process.send === undefined) return undefined;
  // The process that reads may die at any moment, long before `disconnect` is heard of by one that computes: what nobody reads is dropped without a word.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    send: (reply) => process.send?.(reply, undefined, undefined, () => undefined),
    onRequest: (listener) => {
      process.on('message', listener);
    },
    onDisconnect: (listener) => {
      process.on('disconnect', listener);
    },
  };
}

/**
 * Does the jobs that the process which started this one sends, until that one goes away; then ends the process.
 *
 * Models, data and devices are kept from job to job.
 */
export async function serveJobs(host: BenchHost, channel: WorkerChannel): Promise<void> {
  const gone = new AbortController();
  const workshops = new Map<string, { readonly results: ResultsFolder; readonly workshop: Workshop }>();
  const closed = new Promise<void>((resolve) => {
    channel.onDisconnect(() => {
      gone.abort();
      resolve();
    });
  });
  const toolsFor = async (path: string): Promise<{ readonly results: ResultsFolder; readonly workshop: Workshop }> => {
    const known = workshops.get(path);
    if (known !== undefined) return known;
    const results = openResultsFolder(path);
    const opened = { results, workshop: await host.openWorkshop(results) };
    workshops.set(path, opened);
    return opened;
  };
  channel.onRequest(({ results, job, inputs, attempts }) => {
    void (async () => {
      try {
        const tools = await toolsFor(results);
        const onEvent = (event: JobEvent): void => {
          channel.send({ type: 'event', event });
        };
        await runJob(job, { host, ...tools, inputs: new Map(inputs), signal: gone.signal, attempts: new Map(attempts), onEvent });
        channel.send({ type: 'job-done' });
      } catch (error) {
        if (!gone.signal.aborted) channel.send({ type: 'job-failed', error: describeError(error) });
      }
    })();
  });
  channel.send({ type: 'ready' });
  await closed;
  // Whoever asked is gone: nothing that is still computed would be read.
  process.exit(0);
}
