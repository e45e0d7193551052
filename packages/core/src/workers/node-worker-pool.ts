import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { LexigraftError } from '../errors/index.ts';
import { createWorkerPool } from './create-worker-pool.ts';
import { nodeWorkerThreads, type NodeWorker } from './node-runtime.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { WorkerThread } from './worker-thread.ts';

/** Options of {@link createNodeWorkerPool}. */
export interface NodeWorkerPoolOptions {
  /** Number of threads; they start when first needed. */
  readonly size: number;
  /** Flags of Node for the threads; those of the process by default. */
  readonly execArgv?: readonly string[];
  /**
   * Megabytes a thread may hold of objects that were just made, before it looks which of them are still needed; Node's own 48 by default. Tasks that
   * work on typed arrays alone need no more than a few.
   */
  readonly youngGenerationMegabytes?: number;
}

/**
 * Creates a pool over Node's `worker_threads`.
 *
 * @throws {LexigraftError} `missing-engine` where there are none: in browsers, and in Node before 20.16
 */
export function createNodeWorkerPool({ size, execArgv = sourceFlags(), youngGenerationMegabytes }: NodeWorkerPoolOptions): WorkerPool {
  const threads = nodeWorkerThreads();
  if (threads === undefined) {
    throw new LexigraftError(
      'missing-engine',
      'This runtime has no `worker_threads` (Node 20.16 or newer); use `createBrowserWorkerPool` in a browser, or `createInlinePool`.',
      { engine: 'worker_threads' },
    );
  }
  const options = {
    name: 'lexigraft',
    ...(execArgv && { execArgv }),
    ...(youngGenerationMegabytes !== undefined && { resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMegabytes } }),
  };
  const spawn = (): WorkerThread => nodeWorkerThread(new threads.Worker(hostUrl(), options));
  return createWorkerPool({ size, spawn });
}

/** Wraps a `worker_threads` Worker for {@link createWorkerPool}. */
export function nodeWorkerThread(worker: NodeWorker): WorkerThread {
  return {
    endpoint: nodeEndpoint(worker),
    onFailure(listener) {
      worker.once('error', (error: Error) => {
        listener(error.message, error);
      });
      worker.once('messageerror', (error: Error) => {
        listener(error.message, error);
      });
      worker.once('exit', (code: number) => {
        listener(`its thread ended with exit code ${code}`);
      });
    },
    terminate: () => worker.terminate(),
    ref: () => {
      worker.ref();
    },
    unref: () => {
      worker.unref();
    },
  };
}

const fromSources = import.meta.url.endsWith('.ts');

function hostUrl(): URL {
  // The built file may be a chunk anywhere below `dist`, so the package's own exports say where the host is.
  return fromSources ? new URL('./host.ts', import.meta.url) : new URL(import.meta.resolve('@lexigraft/core/workers/host'));
}

/** A thread that starts from TypeScript sources needs a loader for them, which worker threads do not inherit on Node 20. */
function sourceFlags(): readonly string[] | undefined {
  if (!fromSources) return undefined;
  const loader = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(loader)}`, '--conditions=@lexigraft/source'];
}
