import type { ChildProcess } from 'node:child_process';
import { LexigraftError } from '@lexigraft/core';
import type { CellFailure, Job } from './cell.ts';
import { haveChanged, placesOf } from './job-inputs.ts';
import type { ResultsFolder } from './results-folder.ts';
import type { JobEvent } from './run-job.ts';
import type { WorkerReply, WorkerRequest } from './serve-jobs.ts';
import { followProcess, type WorkerProcess } from './worker-process.ts';

/** Starts a process that serves jobs over its channel, a `fork` of something that calls `serveJobs`; `size` of them share the machine. */
export type WorkerLauncher = (size: number) => ChildProcess;

/** How jobs are spread over processes. */
export interface ProcessPoolOptions {
  readonly launch: WorkerLauncher;
  readonly size: number;
  readonly results: ResultsFolder;
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Seconds after which a cell is given up and its process ended. */
  readonly timeLimit?: number | undefined;
  readonly onEvent: (event: JobEvent) => void;
}

/** Processes that do jobs, one each at a time. */
export interface ProcessPool {
  /**
   * Does a job. A process that dies in a cell is replaced and the cell begun once more; the second time the cell counts as failed and the rest goes on. A job that
   * reads a file which has changed since a process read it is done by another.
   *
   * @throws {LexigraftError} `worker-failed` if processes die before they begin anything
   */
  run(job: Job): Promise<void>;
  /** Ends the processes, at once. */
  close(): void;
}

/** How a job went in one process. */
interface Followed {
  /** Keys of the cells that were measured or failed. */
  readonly ended: ReadonlySet<string>;
  /** Key of the cell in which the process died, empty between two cells; absent if the job came to its end. */
  readonly diedIn?: string;
  readonly reason?: string;
}

const MOST_ATTEMPTS = 2;

/** Creates a pool; processes start when first needed. */
export function createProcessPool({ launch, size, results, inputs, timeLimit, onEvent }: ProcessPoolOptions): ProcessPool {
  const idle = new Set<WorkerProcess>();
  const all = new Set<ChildProcess>();
  /** Jobs whose turn it is not yet. */
  const waiting: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  function start(): WorkerProcess {
    const worker = followProcess(launch(size));
    all.add(worker.child);
    void worker.gone.then(() => {
      all.delete(worker.child);
      idle.delete(worker);
    });
    return worker;
  }

  /** Ends a process that waits for work, and starts another. */
  function replace({ child }: WorkerProcess): WorkerProcess {
    if (child.connected) child.disconnect();
    return start();
  }

  /** Waits until fewer than `size` jobs are under way, so that a process is idle or may be started; returns whether the pool is open still. */
  async function takeTurn(): Promise<boolean> {
    if (busy < size) busy++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return !closed;
  }

  function passTurn(): void {
    const next = waiting.shift();
    if (next === undefined) busy--;
    else next();
  }

  function takeProcess(job: Job): WorkerProcess {
    const free = [...idle].findLast(({ alive }) => alive);
    if (free === undefined) return start();
    idle.delete(free);
    // What a process has read it keeps: files, and the modules of plugins.
    const isUnfit = (job.ownProcess === true && free.used) || haveChanged(free.read, placesOf(job, inputs));
    return isUnfit ? replace(free) : free;
  }

  /** Sends a job and follows it; tells the cell that was under way when the process died, and those that had ended. */
  function follow(worker: WorkerProcess, job: Job, attempts: ReadonlyMap<string, number>): Promise<Followed> {
    return new Promise((resolve, reject) => {
      const ended = new Set<string>();
      let current: string | undefined;
      let timer: NodeJS.Timeout | undefined;
      let reason: string | undefined;
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        worker.child.off('message', onMessage);
        settle();
      };
      const watch = (): void => {
        clearTimeout(timer);
        if (timeLimit === undefined) return;
        timer = setTimeout(() => {
          reason = `it took more than ${timeLimit} seconds`;
          worker.child.kill('SIGKILL');
        }, timeLimit * 1000);
      };
      const onMessage = (reply: WorkerReply): void => {
        if (reply.type === 'event') {
          const { event } = reply;
          if (event.type === 'started') {
            current = event.key;
            watch();
          } else if (event.type !== 'progress') {
            ended.add(event.type === 'failed' ? event.failure.cell.key : event.key);
            current = undefined;
            clearTimeout(timer);
          }
          onEvent(event);
        } else if (reply.type === 'job-done') {
          finish(() => {
            resolve({ ended });
          });
        } else if (reply.type === 'job-failed') {
          finish(() => {
            reject(new LexigraftError('worker-failed', reply.error.message, { code: reply.error.code }));
          });
        }
      };
      worker.child.on('message', onMessage);
      void worker.gone.then((how) => {
        finish(() => {
          resolve({ ended, diedIn: current ?? '', reason: reason ?? `its process ended: ${how}` });
        });
      });
      const request: WorkerRequest = {
        type: 'job',
        results: results.path,
        job,
        inputs: job.cells.flatMap(({ cell }) => (inputs.has(cell.key) ? [[cell.key, inputs.get(cell.key) ?? {}] as const] : [])),
        attempts: [...attempts],
      };
      worker.used = true;
      for (const [place, digest] of placesOf(job, inputs)) worker.read.set(place, digest);
      // Where it cannot be sent, the process counts as gone.
      if (worker.alive) worker.child.send(request);
    });
  }

  async function run(job: Job): Promise<void> {
    const isOpen = await takeTurn();
    let worker: WorkerProcess | undefined;
    try {
      if (!isOpen) return;
      worker = takeProcess(job);
      const attempts = new Map<string, number>();
      let left = job;
      for (let idleDeaths = 0; left.cells.length > 0;) {
        if (!worker.alive) worker = start();
        await worker.ready;
        const { ended, diedIn, reason } = await follow(worker, left, attempts);
        // A process that ended because the pool was closed has no successor.
        if (diedIn === undefined || closed) return;
        left = { ...left, cells: left.cells.filter(({ cell }) => !ended.has(cell.key)) };
        if (left.cells.length === 0) return;
        if (diedIn === '' && ++idleDeaths >= MOST_ATTEMPTS)
          throw new LexigraftError('worker-failed', `A worker process died ${MOST_ATTEMPTS} times between cells: ${reason ?? ''}.`, {
            reason: reason ?? '',
          });
        const tried = (attempts.get(diedIn) ?? 0) + 1;
        attempts.set(diedIn, tried);
        if (diedIn === '' || tried < MOST_ATTEMPTS) continue;
        const lost = left.cells.find(({ cell }) => cell.key === diedIn);
        left = { ...left, cells: left.cells.filter(({ cell }) => cell.key !== diedIn) };
        if (lost === undefined) continue;
        const failure: CellFailure = {
          cell: lost.cell,
          error: { code: 'worker-failed', message: `Given up after ${tried} attempts: ${reason ?? ''}.` },
          attempts: tried,
        };
        await results.writeFailure(failure);
        onEvent({ type: 'failed', failure });
      }
    } finally {
      if (worker?.alive === true) idle.add(worker);
      passTurn();
    }
  }

  return {
    run,
    close() {
      closed = true;
      for (const child of all) child.kill('SIGKILL');
    },
  };
}
