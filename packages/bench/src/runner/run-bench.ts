import { randomUUID } from 'node:crypto';
import type { Cell, CellFailure, CellRecord, Job, SkippedCell } from './cell.ts';
import type { BenchConfig } from '../config/bench-config.ts';
import type { BenchHost } from './host.ts';
import { knownOn, prepareRun, readStored, workersOf } from './prepare-run.ts';
import { createProcessPool, type WorkerLauncher } from './process-pool.ts';
import { writeRepetition } from './repetition.ts';
import type { ResultsFolder } from './results-folder.ts';
import { runJob, type JobEvent } from './run-job.ts';
import { createTimeLeft, workersSeen } from './time-left.ts';

/** Which cells are run: those without a result, all of them, or none. */
export type RunMode = 'only-missing' | 'always' | 'never';

/** How far the bench has come. */
export interface BenchProgress {
  readonly cell: Cell;
  readonly state: 'started' | 'working' | 'done' | 'failed';
  readonly done: number;
  readonly total: number;
  /** Share of the cell's current stage that is done. */
  readonly share?: number;
  readonly stage?: string;
  readonly headline?: number | null;
  readonly message?: string;
  /** What a reader should know of a cell that is done, e.g. why another device than the one asked for did the work. */
  readonly notes?: readonly string[];
  /** Seconds that are left, once a cell of each kind was seen. */
  readonly secondsLeft?: number;
}

/** Does jobs somewhere: in this process, in others, on other machines. */
export interface JobRunner {
  /** Runs one job; rejects when its process dies. */
  run(job: Job): Promise<void>;
  /** Ends what runs jobs. */
  close(): void | Promise<void>;
}

/** Makes a {@link JobRunner} once it is known where results and events go. */
export type JobRunnerFactory = (tools: {
  readonly results: ResultsFolder;
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal;
  /** Seconds after which a cell is given up. */
  readonly timeLimit?: number;
}) => JobRunner | Promise<JobRunner>;

/** What {@link runBench} does, and with what. */
export interface BenchRequest {
  readonly config: BenchConfig;
  readonly host: BenchHost;
  /** Starts worker processes; without it cells are evaluated in this one. */
  readonly launch?: WorkerLauncher;
  /** Another way to do jobs, e.g. a queue; takes the place of processes. */
  readonly runner?: JobRunnerFactory;
  /** @default 'only-missing' */
  readonly mode?: RunMode;
  readonly signal?: AbortSignal;
  /** Called as cells begin, go on and end. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** What came out of a run. */
export interface BenchOutcome {
  readonly config: BenchConfig;
  readonly records: readonly CellRecord[];
  readonly failures: readonly CellFailure[];
  readonly skipped: readonly SkippedCell[];
  readonly reused: number;
  readonly run: number;
  readonly seconds: number;
  /** Seconds of the run that no cell was under way, by worker: starting processes, hashing, writing. */
  readonly overheadSeconds: number;
}

/**
 * Runs the cells of a configuration that have no result yet and returns all of them.
 *
 * Results are written cell by cell into `config.out`; a run that was killed goes on where it was. A cell that fails is reported and the others go on.
 *
 * @throws {LexigraftError} what `planCells` says, and `worker-failed` if nothing can be started; the abort reason if aborted
 */
export async function runBench(request: BenchRequest): Promise<BenchOutcome> {
  const { config, host, mode = 'only-missing', onProgress } = request;
  const signal = request.signal ?? new AbortController().signal;
  const started = performance.now();
  const repetition = mode === 'always' ? randomUUID() : undefined;
  const { results, digests, plan } = await prepareRun(config, host, repetition);
  await digests.save();
  if (repetition !== undefined) await writeRepetition(results, repetition);
  const stored = await readStored(plan.jobs, results);
  const known = knownTo(mode, config.device, stored);
  const missing = mode === 'never' ? [] : withoutKnown(plan.jobs, known);
  for (const job of missing) for (const { cell } of job.cells) if (stored.has(cell.key)) await results.forget(cell.key);

  const cells = new Map(missing.flatMap((job) => job.cells.map(({ cell }) => [cell.key, cell] as const)));
  const times = createTimeLeft();
  for (const record of known.values()) times.done(record.cell, record.seconds);
  const failures = new Map<string, CellFailure>();
  const pending = new Set(cells.keys());
  let busySeconds = 0;
  const began = performance.now();
  const workers = request.launch === undefined ? 1 : Math.max(1, Math.min(workersOf(config), missing.length));

  const onEvent = (event: JobEvent): void => {
    const key = event.type === 'failed' ? event.failure.cell.key : event.key;
    const cell = cells.get(key);
    if (cell === undefined) return;
    if (event.type === 'done') {
      // None: somebody else had measured it by the time its turn came.
      if (event.seconds > 0) times.done(cell, event.seconds);
      busySeconds += event.seconds;
      failures.delete(key);
    }
    if (event.type === 'failed') failures.set(key, event.failure);
    if (event.type === 'done' || event.type === 'failed') pending.delete(key);
    const secondsLeft = times.left(
      Array.from(pending).flatMap((one) => cells.get(one) ?? []),
      // How many processes a queue has nobody says; how much they do can be seen.
      request.runner === undefined ? workers : workersSeen(busySeconds, (performance.now() - began) / 1000),
    );
    onProgress?.({
      cell,
      state: event.type === 'progress' ? 'working' : event.type,
      done: cells.size - pending.size,
      total: cells.size,
      ...(event.type === 'progress' && {
        stage: event.progress.stage,
        share: event.progress.total > 0 ? event.progress.done / event.progress.total : 0,
      }),
      ...(event.type === 'done' && { headline: event.headline, ...(event.notes && { notes: event.notes }) }),
      ...(event.type === 'failed' && { message: event.failure.error.message }),
      ...(secondsLeft !== undefined && { secondsLeft }),
    });
  };

  if (missing.length > 0)
    await runAll(missing, request, workers, {
      results,
      inputs: plan.inputs,
      onEvent,
      signal,
      ...(config.timeLimit !== undefined && { timeLimit: config.timeLimit }),
    });
  const records = await readStored(plan.jobs, results);
  const seconds = (performance.now() - started) / 1000;
  // What failed before and was not tried again stays a failure.
  for (const job of plan.jobs) {
    for (const { cell } of job.cells) {
      if (records.has(cell.key) || failures.has(cell.key)) continue;
      const failure = await results.readFailure(cell.key);
      if (failure !== undefined) failures.set(cell.key, { ...failure, cell });
    }
  }
  return {
    config,
    records: [...records.values()],
    failures: [...failures.values()],
    skipped: plan.skipped,
    reused: known.size,
    run: cells.size - pending.size,
    seconds,
    overheadSeconds: Math.max(0, seconds - busySeconds / workers),
  };
}

/** The results a run takes as they are. A report takes all there are, and says of each what it was made on. */
function knownTo(mode: RunMode, device: string, stored: ReadonlyMap<string, CellRecord>): ReadonlyMap<string, CellRecord> {
  if (mode === 'always') return new Map();
  return mode === 'never' ? stored : knownOn(device, stored);
}

function withoutKnown(jobs: readonly Job[], known: ReadonlyMap<string, CellRecord>): Job[] {
  return jobs
    .map((job) => ({ ...job, cells: job.cells.filter(({ cell }) => !known.has(cell.key)) }))
    .filter(({ cells }) => cells.length > 0);
}

async function runAll(
  jobs: readonly Job[],
  { host, launch, runner }: BenchRequest,
  workers: number,
  tools: Parameters<JobRunnerFactory>[0],
): Promise<void> {
  const { signal } = tools;
  signal.throwIfAborted();
  const own =
    runner === undefined ? (launch === undefined ? await inProcess(host, tools) : processes(launch, workers, tools)) : await runner(tools);
  const stop = (): void => {
    void own.close();
  };
  signal.addEventListener('abort', stop, { once: true });
  const queue = [...jobs];
  // A queue spreads the jobs itself; one process does one after another.
  const lanes = runner !== undefined ? jobs.length : launch === undefined ? 1 : workers;
  const lane = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      signal.throwIfAborted();
      await own.run(job);
    }
  };
  try {
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
    signal.throwIfAborted();
    const broken = ended.find((one) => one.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
  } finally {
    signal.removeEventListener('abort', stop);
    await own.close();
  }
}

function processes(
  launch: WorkerLauncher,
  size: number,
  { results, inputs, timeLimit, onEvent }: Parameters<JobRunnerFactory>[0],
): JobRunner {
  return createProcessPool({ launch, size, results, inputs, timeLimit, onEvent });
}

async function inProcess(
  host: BenchHost,
  { results, inputs, onEvent, signal, timeLimit }: Parameters<JobRunnerFactory>[0],
): Promise<JobRunner> {
  const workshop = await host.openWorkshop(results);
  return {
    run: (job) => runJob(job, { host, workshop, results, inputs, signal, timeLimit, onEvent }),
    close: () => workshop.dispose(),
  };
}
