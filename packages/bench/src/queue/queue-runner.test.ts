import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toyCell, toyJob } from '../../test/runner/toy-job.ts';
import type { Cell, CellRecord } from '../runner/cell.ts';
import { openResultsFolder, type ResultsFolder } from '../runner/results-folder.ts';
import type { JobEvent } from '../runner/run-job.ts';
import { createQueueRunner } from './queue-runner.ts';

/** A queue whose Redis is told by the test what it knows of each job that was added. */
const redis = vi.hoisted(() => ({
  added: [] as string[],
  /** Does what a worker would and returns what the queue then says of the job. */
  stateOf: (index: number): Promise<string> => Promise.resolve(index < 0 ? 'unknown' : 'waiting'),
}));
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));
vi.mock('bullmq', () => ({
  Queue: class {
    on = (): this => this;
    add = (_: string, __: unknown, { jobId }: { jobId: string }): Promise<unknown> => {
      redis.added.push(jobId);
      return Promise.resolve({ id: jobId });
    };
    getJobState = (id: string): Promise<string> => redis.stateOf(redis.added.indexOf(id));
    getJob = (): Promise<undefined> => Promise.resolve(undefined);
    close = (): Promise<void> => Promise.resolve();
  },
}));

const job = toyJob({ cells: ['first', 'second'].map(toyCell) });
const cells = job.cells.map(({ cell }) => cell);
const record = (cell: Cell): CellRecord => ({
  format: 1,
  cell,
  strategy: job.strategy,
  task: { id: 'plain', version: '1', settings: {}, options: {} },
  result: { metrics: [{ id: 'acc', value: 1, n: 1, higherIsBetter: true, unit: 'share' }] },
  seconds: 1,
  stages: {},
  peakBytes: 0,
  machine: { device: 'toy', cpus: 1, node: '', platform: '' },
  versions: {},
  inputs: {},
});

describe('createQueueRunner', () => {
  let folder: string;
  let results: ResultsFolder;
  const events: JobEvent[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queue-runner-'));
    results = openResultsFolder(folder);
    redis.added.length = 0;
    events.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = async (): Promise<void> => {
    const runner = await createQueueRunner({
      url: 'redis://host',
      results,
      inputs: new Map(),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
    });
    await runner.run(job);
  };

  it('adds a job again that the queue has forgotten, until its cells have ended', async () => {
    redis.stateOf = async (index) => {
      if (index === 0) await results.write(record(cells[0]));
      else await results.write(record(cells[1]));
      return index === 0 ? 'unknown' : 'completed';
    };
    await run();
    expect(redis.added).toHaveLength(2);
    expect(events.map((event) => event.type === 'done' && event.key)).toEqual(['first', 'second']);
  });

  it('ends where the queue has forgotten a job whose cells were measured or have failed', async () => {
    redis.stateOf = async () => {
      await results.write(record(cells[0]));
      await results.writeFailure({ cell: cells[1], error: { code: 'empty-input', message: 'nothing in it' }, attempts: 1 });
      return 'unknown';
    };
    await run();
    expect(redis.added).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['done', 'failed']);
  });
});
