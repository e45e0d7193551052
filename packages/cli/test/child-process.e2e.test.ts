import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, open, readdir, readFile, rm, truncate, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { openWeights, writeSafetensors, type TensorData } from '@lexigraft/checkpoint';
import { workspaceRoot } from '@lexigraft/test-support';
import { describe, expect, it } from 'vitest';
import { useToyWorld } from './toy-world.ts';

const main = join(workspaceRoot, 'packages', 'cli', 'src', 'main.ts');

/** Starts the program from its sources as a process of its own; its stdout goes to the file `stdout`, if one is given. */
function start(
  argv: readonly string[],
  cwd: string,
  stdout: number | 'pipe' = 'pipe',
): {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
  readonly saw: (text: string) => Promise<void>;
} {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--conditions=@lexigraft/source', main, ...argv], {
    cwd,
    stdio: ['ignore', stdout, 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const text = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, ...text }));
  const saw = (wanted: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (text.stdout.includes(wanted)) resolve();
      };
      waiting.push(look);
      look();
      void ended.then(({ stdout, stderr }) => {
        reject(new Error(`the program ended before it printed ${wanted}: ${stdout}${stderr}`));
      });
    });
  return { child, ended, saw };
}

describe('the program as a process', () => {
  const world = useToyWorld();
  const salt = (out: string): readonly string[] => [
    'transfer',
    '--source',
    'source',
    '--helper',
    'helper',
    '--vectors',
    'words.vec.gz',
    '--strategy',
    'salt',
    '--out',
    out,
  ];

  it('transfers, and ends with 0 by itself', async () => {
    const { code, stdout, stderr } = await start(salt('german'), world().folder).ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('wrote german');
    expect(JSON.parse(await readFile(join(world().folder, 'german', 'lexigraft.json'), 'utf8'))).toMatchObject({ strategy: 'salt' });
  });

  it('ends with 2 and one message for bad input', async () => {
    const { code, stdout, stderr } = await start(['transfer', '--strategy', 'salt'], world().folder).ended;
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'lexigraft: --source is missing: the model to change. See lexigraft transfer --help\n',
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 on %s and leaves nothing', async (signal) => {
    const { child, ended, saw } = start(salt('interrupted'), world().folder);
    await saw('shared');
    child.kill(signal);
    const { code, stderr } = await ended;
    // On so small a model the work may be done before the signal is seen; then everything is there.
    if (code === 0) {
      expect(await readdir(join(world().folder, 'interrupted'))).toContain('model.safetensors');
    } else {
      expect({ code, stderr }).toEqual({ code: 130, stderr: 'lexigraft: interrupted; nothing was left half-written.\n' });
      expect(await readdir(world().folder)).not.toContain('interrupted');
    }
    expect((await readdir(world().folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a process whose output is cut short', () => {
  const world = useToyWorld();
  const transfer = (out: string): readonly string[] => [
    ...['transfer', '--source', 'source', '--target', 'helper', '--strategy', 'subtokens', '--out', out],
  ];

  it('still ends with 1 for a damaged model', async () => {
    const { folder } = world();
    await cp(join(folder, 'source'), join(folder, 'damaged'), { recursive: true });
    await truncate(join(folder, 'damaged', 'model.safetensors'), 2000);
    expect(await start(['verify', 'damaged'], folder).ended).toMatchObject({ code: 1 });
    const { child, ended } = start(['verify', 'damaged'], folder);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 1, stderr: '' });
  });

  it('still completes its model', async () => {
    const { folder } = world();
    const { child, ended } = start(transfer('german'), folder);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await start(['verify', 'german'], folder).ended).code).toBe(0);
  });

  it('prints its document when nobody reads stderr', async () => {
    const { child, ended } = start([...transfer('unread'), '--json'], world().folder);
    child.stderr?.destroy();
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'transfer', strategy: 'subtokens' });
  });

  it.runIf(existsSync('/dev/full'))('ends with 1 when its output finds no room', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const { code, stderr } = await start(['strategies', '--json', '--quiet'], world().folder, full.fd).ended;
      expect(stderr).toMatch(/^lexigraft: stdout could not be written, so what stands there is not complete: .*ENOSPC.*\.\n$/);
      expect(code).toBe(1);
    } finally {
      await full.close();
    }
  });
});

describe('a process that is killed', () => {
  const world = useToyWorld();

  it('leaves the old model as it was, and the next run completes', async () => {
    const { folder } = world();
    await makeLarge(join(folder, 'source'));
    const salt = (seed: number): readonly string[] => [
      ...['transfer', '--source', 'source', '--helper', 'helper', '--vectors', 'words.vec.gz', '--strategy', 'salt'],
      ...['--out', 'german', '--force', '--seed', String(seed)],
    ];
    expect((await start(salt(1), folder).ended).code).toBe(0);
    const before = await hashes(join(folder, 'german'));

    const stop = new AbortController();
    const changes = watch(folder, { signal: stop.signal });
    const { child, ended } = start(salt(2), folder);
    for await (const { filename } of changes) {
      if (filename?.endsWith('.lexigraft-stage') !== true) continue;
      child.kill('SIGKILL');
      break;
    }
    stop.abort();
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await hashes(join(folder, 'german'))).toEqual(before);

    const { code, stderr } = await start(salt(2), folder).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await hashes(join(folder, 'german'))).not.toEqual(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await start(['verify', 'german'], folder).ended).code).toBe(0);
  });
});

/** Adds a tensor of 40 MB to a model, so that writing takes a while. */
async function makeLarge(folder: string): Promise<void> {
  const weights = await openWeights(folder);
  const tensors: Record<string, TensorData> = {};
  for (const [name, { dtype, shape }] of weights.tensors) tensors[name] = { dtype, shape, data: await weights.readBytes(name) };
  await weights.close();
  tensors['bert.encoder.filler'] = { dtype: 'F32', shape: [10_000_000], data: new Float32Array(10_000_000) };
  await rm(join(folder, 'model.safetensors'));
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
}

async function hashes(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder);
  const entries = names.map(
    async (name) =>
      [
        name,
        createHash('sha256')
          .update(await readFile(join(folder, name)))
          .digest('hex'),
      ] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
