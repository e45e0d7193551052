import type { Progress } from '../transfer/embedding-transfer.ts';
import type { WorkerContext } from './worker-pool.ts';

/** Longest time a function keeps its thread deaf to messages, in milliseconds: short enough that an abort feels instant. */
const DEAF_MILLISECONDS = 10;

/** Builds what a worker function may use of the outside. */
export function createWorkerContext(signal: AbortSignal, report: (progress: Progress) => void): WorkerContext {
  return { signal, report, checkpoint: createCheckpoint(signal) };
}

/**
 * Returns a function for long loops to call often: it yields to the event loop at most once per 10 ms, without which no signal can be heard, and
 * throws the abort reason.
 */
export function createCheckpoint(signal: AbortSignal): () => Promise<void> {
  let heard = performance.now();
  return async () => {
    if (performance.now() - heard >= DEAF_MILLISECONDS) {
      await nextMacrotask();
      heard = performance.now();
    }
    signal.throwIfAborted();
  };
}

/** Resolves after pending messages and timers had their turn; timers alone would be clamped to 4 ms in browsers. */
export function nextMacrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
