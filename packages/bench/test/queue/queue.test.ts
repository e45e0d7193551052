import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describeWith } from '@lexigraft/test-support';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { assertQueueAnswers, createQueueRunner, runBench } from '../../src/index.ts';
import { toyHost } from '../runner/toy-host.ts';
import { useToyBench } from '../runner/toy-bench.ts';

/** Returns a port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describeWith('redis', 'a bench over a queue', () => {
  let redis: ChildProcess;
  let url: string;
  const workers: ChildProcess[] = [];
  const bench = useToyBench();

  beforeAll(async () => {
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    redis = spawn('/usr/bin/redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    });
    await vi.waitFor(() => assertQueueAnswers(url, 2000), { timeout: 20_000 });
  }, 60_000);
  // Workers note what they do where the test that started them looks.
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  });
  afterAll(async () => {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
  });

  const startWorkers = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const execArgv = ['--import', import.meta.resolve('tsx'), '--conditions=@lexigraft/source'];
      workers.push(
        fork(join(import.meta.dirname, 'toy-queue-worker.ts'), [url], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
      );
    }
  };
  const overQueue = (parts: Readonly<Record<string, unknown>>) =>
    runBench({ config: bench().config(parts), host: toyHost, runner: (tools) => createQueueRunner({ url, ...tools }) });

  it('is done by three processes, also when one of them is killed in the middle of a cell', { timeout: 300_000 }, async () => {
    startWorkers(3);
    const running = overQueue({ tasks: ['plain', 'hang-once'], strategies: ['random', 'mean', 'copy'], seeds: [0] });
    await vi.waitFor(
      async () => {
        const pid = (await bench().notes()).find((line) => line.startsWith('pid '));
        if (pid === undefined) throw new Error('nobody is in the middle of the cell');
        process.kill(Number(pid.slice(4)), 'SIGKILL');
      },
      { timeout: 120_000, interval: 100 },
    );
    const { records, failures, run } = await running;
    expect(failures).toEqual([]);
    expect(records).toHaveLength(6);
    expect(run).toBe(6);
    const evaluated = (await bench().notes()).filter((line) => !line.startsWith('pid '));
    // What was done before its worker died is not done again; what was under way is.
    expect(evaluated.filter((line) => line.startsWith('plain'))).toEqual(['plain copy 0', 'plain mean 0', 'plain random 0']);
    expect(evaluated.filter((line) => line.startsWith('hang-once'))).toHaveLength(4);
  });

  it('has another worker do what one was in the middle of when it was stopped', { timeout: 200_000 }, async () => {
    startWorkers(1);
    const [first] = workers;
    const ended = once(first, 'exit');
    const running = overQueue({ tasks: ['hang-once'], strategies: ['mean'], seeds: [0], out: 'stopped' });
    await vi.waitFor(
      async () => {
        expect(await bench().notes()).toContain(`pid ${first.pid ?? 0}`);
      },
      { timeout: 60_000, interval: 100 },
    );
    first.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    startWorkers(1);
    const { records, failures } = await running;
    expect(failures).toEqual([]);
    expect(records).toHaveLength(1);
    expect((await bench().notes()).filter((line) => line === 'hang-once mean 0')).toHaveLength(2);
  });

  it('says that no Redis answers', async () => {
    const port = await freePort();
    await expect(assertQueueAnswers(`redis://127.0.0.1:${port}`, 500)).rejects.toMatchObject({
      code: 'missing-engine',
      message: `No Redis answers at 127.0.0.1:${port}.`,
    });
  });

  it('reports a cell that fails, and the rest goes on', { timeout: 200_000 }, async () => {
    startWorkers(1);
    const { records, failures } = await overQueue({ tasks: ['fail', 'plain'], strategies: ['random'], seeds: [0], out: 'other' });
    expect(failures).toMatchObject([{ error: { code: 'empty-input' } }]);
    expect(records).toHaveLength(1);
  });

  it('gives a cell up that takes longer than it may, and has none done by a worker of another version', { timeout: 200_000 }, async () => {
    startWorkers(1);
    const slow = await overQueue({ tasks: ['hang', 'plain'], strategies: ['random'], seeds: [0], out: 'slow', timeLimit: 0.5 });
    expect(slow.failures.map(({ error }) => error.message)).toEqual(['Given up after 2 attempts: it took more than 0.5 seconds.']);
    expect(slow.records).toHaveLength(1);
    const { failures, records } = await runBench({
      config: bench().config({ strategies: ['random'], seeds: [0], out: 'newer' }),
      host: { ...toyHost, versions: { toy: '2' } },
      runner: (tools) => createQueueRunner({ url, ...tools }),
    });
    expect(failures.map(({ error }) => error.message)).toEqual([
      'The cell was planned by toy 2; this worker is toy 1. Use the same version everywhere.',
    ]);
    expect(records).toEqual([]);
  });
});
