import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { toyCell, toyJob } from '../../test/runner/toy-job.ts';
import type { Job } from './cell.ts';
import { createProcessPool, type ProcessPool } from './process-pool.ts';
import { openResultsFolder } from './results-folder.ts';

type Fate = 'ready' | 'broken' | 'silent';

/** A child that never runs: what it does is said by the test. */
class FakeChild extends EventEmitter {
  connected = true;
  readonly pid = 1;
  jobs = 0;

  constructor(fate: Fate) {
    super();
    queueMicrotask(() => {
      if (fate === 'ready') this.emit('message', { type: 'ready' });
      if (fate === 'broken') this.emit('error', new Error('spawn node EAGAIN'));
    });
  }

  send(): boolean {
    queueMicrotask(() => {
      // As Node does where nobody takes the error of a message.
      if (!this.connected) this.emit('error', new Error('Channel closed'));
      else {
        this.jobs++;
        this.emit('message', { type: 'job-done' });
      }
    });
    return true;
  }

  kill(): boolean {
    return true;
  }

  disconnect(): void {
    this.connected = false;
  }

  /** Dies as by `kill -9`. */
  die(): void {
    this.connected = false;
    this.emit('exit', null, 'SIGKILL');
  }
}

const job = (name: string): Job =>
  toyJob({
    key: name,
    language: { id: 'xx', spec: { target: '/tokenizer.json', vectors: '/vectors.vec', datasets: { nli: '/nli.jsonl' } } },
    cells: [toyCell(`cell of ${name}`)],
  });

describe('createProcessPool', () => {
  const inputs = new Map<string, Readonly<Record<string, string>>>();
  const poolOf = (fates: readonly Fate[], size = 1): { pool: ProcessPool; children: FakeChild[] } => {
    const children: FakeChild[] = [];
    const pool = createProcessPool({
      size,
      results: openResultsFolder('/nowhere'),
      inputs,
      onEvent: () => undefined,
      launch: () => {
        const child = new FakeChild(fates[children.length] ?? 'ready');
        children.push(child);
        return child as unknown as ChildProcess;
      },
    });
    return { pool, children };
  };

  it('starts a new process for the next job where one could not be started', async () => {
    const { pool, children } = poolOf(['broken']);
    const waiting = [pool.run(job('a')), pool.run(job('b'))];
    await expect(waiting[0]).rejects.toMatchObject({ code: 'worker-failed', details: { reason: 'spawn node EAGAIN' } });
    await waiting[1];
    await pool.run(job('c'));
    expect(children.map(({ jobs }) => jobs)).toEqual([0, 2]);
  });

  it('starts a new process where an idle one was killed', async () => {
    const { pool, children } = poolOf([]);
    await pool.run(job('a'));
    children[0].die();
    await pool.run(job('b'));
    expect(children.map(({ jobs }) => jobs)).toEqual([1, 1]);
  });

  it('does the job in another process where one cannot be sent it', async () => {
    const { pool, children } = poolOf([]);
    await pool.run(job('a'));
    // It is dead, and nobody has heard of it yet.
    children[0].connected = false;
    await pool.run(job('b'));
    expect(children.map(({ jobs }) => jobs)).toEqual([1, 1]);
  });

  it.each(['model', 'tokenizer', 'strategy', 'vectors', 'data nli'])(
    'has no job done by a process that read its %s before it changed',
    async (role) => {
      const { pool, children } = poolOf([]);
      inputs.set('cell of a', { [role]: 'as it was' });
      inputs.set('cell of b', { [role]: 'as it is' });
      await pool.run(job('a'));
      await pool.run(job('a'));
      expect(children.map(({ jobs, connected }) => [jobs, connected])).toEqual([[2, true]]);
      await pool.run(job('b'));
      expect(children.map(({ jobs, connected }) => [jobs, connected])).toEqual([
        [2, false],
        [1, true],
      ]);
    },
  );

  it('never has more processes than it may', async () => {
    const { pool, children } = poolOf([], 2);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => pool.run(job(name))));
    expect(children).toHaveLength(2);
  });

  it('lets jobs that wait for their turn end when it is closed', async () => {
    const { pool, children } = poolOf(['silent']);
    const running = Promise.allSettled([pool.run(job('a')), pool.run(job('b'))]);
    await new Promise((resolve) => setImmediate(resolve));
    pool.close();
    children[0].die();
    expect((await running).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(children).toHaveLength(1);
  });
});
