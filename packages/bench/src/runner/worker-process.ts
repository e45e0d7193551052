import type { ChildProcess } from 'node:child_process';
import { LexigraftError } from '@lexigraft/core';
import type { WorkerReply } from './serve-jobs.ts';

/** A process that serves jobs. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Settles when it can be sent a job. @throws {LexigraftError} `worker-failed` if it ends before */
  readonly ready: Promise<void>;
  /** Says why there is no such process any more, once that is so. */
  readonly gone: Promise<string>;
  /** Whether it can still be asked for anything. */
  alive: boolean;
  /** Whether it was sent a job. */
  used: boolean;
  /** Digests of what its jobs read, by place. */
  readonly read: Map<string, string>;
}

/** Follows a process from its start to its end, whichever way it comes to it. */
export function followProcess(child: ChildProcess): WorkerProcess {
  let end: (reason: string) => void;
  const gone = new Promise<string>((resolve) => (end = resolve));
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (reply: WorkerReply) => {
      if (reply.type === 'ready') resolve();
    });
    void gone.then((reason) => {
      reject(new LexigraftError('worker-failed', `A worker process of the bench ended before it was ready: ${reason}.`, { reason }));
    });
  });
  ready.catch(() => undefined);
  const worker: WorkerProcess = { child, ready, gone, alive: true, used: false, read: new Map() };
  child.once('exit', (code, signal) => {
    worker.alive = false;
    end(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);
  });
  // It could not be started, which has no `exit`, or nothing can be sent to it any more.
  child.on('error', (error) => {
    if (!worker.alive) return;
    worker.alive = false;
    end(error.message);
    child.kill('SIGKILL');
  });
  return worker;
}
