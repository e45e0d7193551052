import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { forecastBench, runBench, type BenchHost, type BenchProgress, type Workshop } from '../../src/index.ts';
import { toyHost } from './toy-host.ts';
import { useToyBench } from './toy-bench.ts';

/** The toy host with parts of its workshop replaced. */
const hostWith = (replace: (workshop: Workshop) => Partial<Workshop>): BenchHost => ({
  ...toyHost,
  openWorkshop: async (results) => {
    const workshop = await toyHost.openWorkshop(results);
    return { ...workshop, ...replace(workshop) };
  },
});

describe('runBench', () => {
  const bench = useToyBench();

  it('runs every cell once, and none of them the second time', async () => {
    const config = bench().config();
    const first = await runBench({ config, host: toyHost });
    expect(first).toMatchObject({ reused: 0, run: 4, failures: [] });
    const second = await runBench({ config, host: toyHost });
    expect(second).toMatchObject({ reused: 4, run: 0 });
    expect(second.records).toEqual(first.records);
    expect(await bench().notes()).toEqual(['plain mean 0', 'plain mean 1', 'plain random 0', 'plain random 1']);
  });

  it('runs a cell anew when anything that decides its result changed, and no other', async () => {
    const { config, folder } = bench();
    await runBench({ config: config(), host: toyHost });
    expect(await runBench({ config: config({ tasks: [{ id: 'plain', options: { version: '2' } }] }), host: toyHost })).toMatchObject({
      run: 4,
    });
    expect(
      await runBench({ config: config({ strategies: ['random', { id: 'mean', options: { jitter: 1 } }] }), host: toyHost }),
    ).toMatchObject({ reused: 2, run: 2 });
    expect(await runBench({ config: config({ seeds: [0, 1, 2] }), host: toyHost })).toMatchObject({ reused: 4, run: 2 });
    await writeFile(join(folder, 'tokenizer.json'), '{"changed": true}');
    expect(await runBench({ config: config(), host: toyHost })).toMatchObject({ reused: 0, run: 4 });
    expect(await runBench({ config: config(), host: { ...toyHost, versions: { toy: '2' } } })).toMatchObject({ reused: 0, run: 4 });
    // A plugin whose file changed is another strategy; where its path starts from is not.
    const digested = (digest: string): BenchHost => ({
      ...toyHost,
      digestStrategy: ({ id }) => Promise.resolve(id === 'mean' ? digest : undefined),
    });
    expect(await runBench({ config: config(), host: digested('a') })).toMatchObject({ reused: 2, run: 2 });
    const moved = config().strategies.map((spec) => ({ ...spec, from: '/elsewhere' }));
    expect(await runBench({ config: { ...config(), strategies: moved }, host: digested('a') })).toMatchObject({ reused: 4, run: 0 });
    expect(await runBench({ config: config(), host: digested('b') })).toMatchObject({ reused: 2, run: 2 });
  });

  it('keeps a result under another name of its strategy', async () => {
    const { config } = bench();
    await runBench({ config: config({ strategies: ['random'] }), host: toyHost });
    const { records, run } = await runBench({ config: config({ strategies: [{ id: 'random', name: 'floor' }] }), host: toyHost });
    expect(run).toBe(0);
    expect(records.map(({ cell }) => cell.strategy)).toEqual(['floor', 'floor']);
  });

  it('takes no result of another device than the one that is asked for', async () => {
    const on = (device: string): BenchHost =>
      hostWith((workshop) => ({ evaluate: async (...cell) => ({ ...(await workshop.evaluate(...cell)), device }) }));
    const { config } = bench();
    const run = (device: string, host: BenchHost) => runBench({ config: config({ device }), host });
    expect(await run('auto', on('tfjs-node-gpu'))).toMatchObject({ run: 4 });
    expect(await run('auto', on('tfjs wasm'))).toMatchObject({ reused: 4 });
    const rehearsed = await forecastBench({ config: config({ device: 'cpu' }), host: toyHost });
    expect(rehearsed.cells.filter(({ known }) => known)).toEqual([]);
    const onCpu = await run('cpu', on('tfjs wasm'));
    expect(onCpu).toMatchObject({ reused: 0, run: 4 });
    expect(new Set(onCpu.records.map(({ machine }) => machine.device))).toEqual(new Set(['tfjs wasm']));
    expect(await run('auto', on('tfjs wasm'))).toMatchObject({ reused: 4, run: 0 });
    // What a processor did in the place of a GPU is reported, and made anew where there is one.
    expect((await run('webgpu', on('tfjs wasm'))).records).toHaveLength(4);
    expect((await runBench({ config: config({ device: 'webgpu' }), host: toyHost, mode: 'never' })).records).toHaveLength(4);
    expect(await run('webgpu', on('tfjs webgpu (nvidia)'))).toMatchObject({ reused: 0, run: 4 });
    expect(await run('webgpu', on('tfjs webgpu (nvidia)'))).toMatchObject({ reused: 4, run: 0 });
  });

  it('reports a cell that fails and goes on, and tries it again the next time', async () => {
    const config = bench().config({ tasks: ['fail', 'nan', 'plain'], seeds: [0], strategies: ['random'] });
    const outcome = await runBench({ config, host: toyHost });
    expect(outcome.records.map(({ cell }) => cell.task)).toEqual(['plain']);
    expect(outcome.failures.map(({ error }) => error.code)).toEqual(['empty-input', 'not-finite']);
    const reported = await runBench({ config, host: toyHost, mode: 'never' });
    expect(reported.failures).toHaveLength(2);
    await runBench({ config, host: toyHost });
    expect(await bench().notes()).toEqual(['fail random 0', 'fail random 0', 'nan random 0', 'nan random 0', 'plain random 0']);
  });

  it('says why a cell is not run', async () => {
    const config = bench().config({ tasks: ['needs-text', 'plain'], strategies: ['random', 'wants-vectors'], seeds: [0] });
    const { skipped, records } = await runBench({ config, host: toyHost });
    expect(records).toHaveLength(1);
    expect(skipped.map(({ task, strategy, reason }) => `${task} ${strategy}: ${reason}`)).toEqual([
      'needs-text random: needs datasets.heldOut, which languages.xx does not give',
      'needs-text wants-vectors: needs vectors, which languages.xx does not give',
      'plain wants-vectors: needs vectors, which languages.xx does not give',
    ]);
  });

  it('repeats everything when told so', async () => {
    const config = bench().config({ seeds: [0], strategies: ['random'] });
    await runBench({ config, host: toyHost });
    expect(await runBench({ config, host: toyHost, mode: 'always' })).toMatchObject({ reused: 0, run: 1 });
    expect(await bench().notes()).toHaveLength(2);
  });

  it('takes nothing that was kept before a repetition, and afterwards what the repetition kept', async () => {
    const seen: string[][] = [];
    const host = hostWith((workshop) => ({
      evaluate: (job, ...rest) => {
        seen.push([job.key, job.model.digest]);
        return workshop.evaluate(job, ...rest);
      },
    }));
    const config = bench().config({ seeds: [0], strategies: ['random'] });
    const first = await runBench({ config, host });
    await forecastBench({ config, host, mode: 'always' });
    await writeFile(join(config.out, 'cells', `${first.records[0].cell.key}.json`), 'damaged');
    await runBench({ config, host });
    const repeated = await runBench({ config, host, mode: 'always' });
    expect(repeated.records[0].cell.key).toBe(first.records[0].cell.key);
    await writeFile(join(config.out, 'cells', `${first.records[0].cell.key}.json`), 'damaged');
    await runBench({ config, host });
    await runBench({ config, host, mode: 'always' });
    for (const part of [0, 1]) {
      const [one, again, repetition, after, second] = seen.map((keys) => keys[part]);
      expect([again, after]).toEqual([one, repetition]);
      expect(new Set([one, repetition, second]).size).toBe(3);
    }
  });

  it('tells how far it is and how long the rest takes', async () => {
    const seen: BenchProgress[] = [];
    await runBench({ config: bench().config(), host: toyHost, onProgress: (progress) => seen.push(progress) });
    const done = seen.filter(({ state }) => state === 'done');
    expect(done.map((one) => one.done)).toEqual([1, 2, 3, 4]);
    expect(done.every(({ secondsLeft, total }) => secondsLeft !== undefined && total === 4)).toBe(true);
    expect(done[3].secondsLeft).toBe(0);
    expect(seen.some(({ state, share }) => state === 'working' && share === 0.5)).toBe(true);
  });

  it('lists what it would do, with measured times where there are any', async () => {
    const { config } = bench();
    await runBench({ config: config({ seeds: [0] }), host: toyHost });
    const forecast = await forecastBench({ config: config(), host: toyHost });
    expect(forecast.cells.map(({ known, basis }) => [known, basis])).toEqual([
      [true, 'measured'],
      [false, 'measured'],
      [true, 'measured'],
      [false, 'measured'],
    ]);
    const repeated = await forecastBench({ config: config(), host: toyHost, mode: 'always' });
    expect(repeated.cells.every(({ known }) => !known)).toBe(true);
    expect(repeated.seconds).toBeGreaterThan(forecast.seconds);
    expect(forecast.seconds).toBeGreaterThan(0);
    expect(forecast.peakBytes).toBeGreaterThan(2 ** 20);
    expect(await bench().notes()).toHaveLength(2);
  });

  it('leaves no half-written file behind and takes none for a result', async () => {
    const config = bench().config({ seeds: [0], strategies: ['random'] });
    const { records } = await runBench({ config, host: toyHost });
    const cells = join(config.out, 'cells');
    expect(await readdir(cells)).toEqual([`${records[0].cell.key}.json`]);
    const file = join(cells, `${records[0].cell.key}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 100));
    expect(await runBench({ config, host: toyHost })).toMatchObject({ reused: 0, run: 1 });
  });

  it('gives a cell up that takes longer than it may, and opens anew for the next what was opened for it', async () => {
    const opened: string[] = [];
    const host = hostWith((workshop) => ({
      evaluate: (job, task, context) => {
        opened.push(task.id);
        return workshop.evaluate(job, task, context);
      },
      endJob: (job) => {
        opened.push('end');
        return workshop.endJob(job);
      },
    }));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { failures, records } = await runBench({
        config: bench().config({ tasks: ['plain', 'hang', 'other'], seeds: [0], strategies: ['random'], timeLimit: 2 }),
        host,
        onProgress: ({ cell, state }) => {
          if (state === 'working') vi.advanceTimersByTime(cell.task === 'hang' ? 2000 : 1999);
        },
      });
      expect(failures).toMatchObject([
        { cell: { task: 'hang' }, attempts: 1, error: { code: 'worker-failed', message: 'Given up: it took more than 2 seconds.' } },
      ]);
      expect(records.map(({ cell }) => cell.task)).toEqual(['plain', 'other']);
      expect(opened).toEqual(['plain', 'hang', 'end', 'other', 'end']);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('rejects with the reason when aborted', async () => {
    const abort = new AbortController();
    const running = runBench({
      config: bench().config({ tasks: ['hang'] }),
      host: toyHost,
      signal: abort.signal,
      onProgress: () => {
        abort.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
  });
});

describe('runBench over processes', () => {
  const bench = useToyBench();

  it('gives the same results as in process', async () => {
    const { config, launch } = bench();
    const over = await runBench({ config: config(), host: toyHost, launch });
    const inside = await runBench({ config: config({ out: 'other' }), host: toyHost });
    expect(over.records.map(({ result, cell }) => ({ result, cell }))).toEqual(
      inside.records.map(({ result, cell }) => ({ result, cell })),
    );
  });

  it.each([
    ['measure-process', 'a process of its own', 3],
    ['tell-process', 'the process that did the one before', 1],
  ])('gives the job of `%s` %s', async (task, _, processes) => {
    const { config, launch, notes } = bench();
    await runBench({
      config: config({ tasks: [task], seeds: [0], strategies: ['random', 'mean', 'copy'], workers: 1 }),
      host: toyHost,
      launch,
    });
    const told = (await notes()).filter((line) => line.startsWith(`${task} in `));
    expect(told).toHaveLength(3);
    expect(new Set(told).size).toBe(processes);
  });

  it('begins a cell once more when its process is killed, and no other cell', async () => {
    const { config, launch, notes } = bench();
    const ended: string[] = [];
    const outcome = await runBench({
      config: config({ tasks: ['plain', 'fail', 'die', 'other'], seeds: [0], strategies: ['random'] }),
      host: toyHost,
      launch,
      onProgress: ({ cell, state }) => {
        if (state === 'done' || state === 'failed') ended.push(`${cell.task} ${state}`);
      },
    });
    expect(outcome.failures.map(({ cell }) => cell.task)).toEqual(['fail']);
    expect(outcome.records).toHaveLength(3);
    expect(await notes()).toEqual(['die random 0', 'die random 0', 'fail random 0', 'other random 0', 'plain random 0']);
    expect(ended).toEqual(['plain done', 'fail failed', 'die done', 'other done']);
  });

  it('counts the times that a cell was begun', async () => {
    const { config, launch } = bench();
    const { failures } = await runBench({
      config: config({ tasks: ['die-then-fail', 'fail'], seeds: [0], strategies: ['random'] }),
      host: toyHost,
      launch,
    });
    expect(failures.map(({ cell, attempts }) => [cell.task, attempts])).toEqual([
      ['die-then-fail', 2],
      ['fail', 1],
    ]);
  });

  it('gives a cell up that kills its process twice, and goes on', async () => {
    const { config, launch } = bench();
    const outcome = await runBench({
      config: config({ tasks: ['die-always', 'plain'], seeds: [0], strategies: ['random'] }),
      host: toyHost,
      launch,
    });
    expect(outcome.failures).toMatchObject([
      { attempts: 2, error: { code: 'worker-failed', message: 'Given up after 2 attempts: its process ended: signal SIGKILL.' } },
    ]);
    expect(outcome.records.map(({ cell }) => cell.task)).toEqual(['plain']);
  });

  it('ends a cell that takes longer than it may', async () => {
    const { config, launch } = bench();
    const outcome = await runBench({
      config: config({ tasks: ['hang', 'plain'], seeds: [0], strategies: ['random'], timeLimit: 0.2 }),
      host: toyHost,
      launch,
    });
    expect(outcome.failures[0].error.message).toContain('it took more than 0.2 seconds');
    expect(outcome.records).toHaveLength(1);
  });

  it('ends its processes when aborted, and starts none in their place', async () => {
    const { config, launch } = bench();
    const children: ReturnType<typeof launch>[] = [];
    const abort = new AbortController();
    const running = runBench({
      config: config({ tasks: ['hang'], seeds: [0], strategies: ['random'] }),
      host: toyHost,
      launch: () => {
        const child = launch();
        children.push(child);
        return child;
      },
      signal: abort.signal,
      onProgress: () => {
        abort.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    const [child] = children;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    // What follows the end of a process has had its turn by now.
    await new Promise((resolve) => setImmediate(resolve));
    expect(children).toHaveLength(1);
  });
});
