import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openInputs } from '../src/transfer/inputs.ts';
import { readTransferJob, type TransferFlags } from '../src/transfer/request.ts';
import { fakeIo } from './fake-io.ts';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

/** More than is read at once. */
const LINES = 200_000;

describe('word vectors of a transfer', () => {
  const world = useToyWorld();

  it('are shown in bytes while they are read, apart from the tokens that strategies count', async () => {
    const flags = ['--source', 'source', '--target', 'helper', '--vectors', 'words.vec.gz', '--strategy', 'focus', '--out', 'german'];
    const { code, stdout, stderr } = await runProgram(['transfer', ...flags], { cwd: world().folder });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^ {2}word vectors \d+ B /m);
    expect(stdout).toMatch(/^ {2}vectors {6}(\d+) \/ \1 /m);
  });

  it.each(['--vectors', '--target'])('stop being read at an interrupt: %s', async (flag) => {
    await writeFile(join(world().folder, 'many.vec'), 'haus 1 2 3\n'.repeat(LINES));
    const many = flag === '--vectors' ? { target: 'helper', vectors: 'many.vec' } : { target: 'words:many.vec' };
    const flags: TransferFlags = {
      source: 'source',
      strategy: 'focus',
      out: 'out',
      overlap: 'auto',
      template: 'source',
      seed: 0,
      device: 'cpu',
      ...many,
    };
    const interrupt = new AbortController();
    const { io } = fakeIo({ cwd: world().folder, signal: interrupt.signal });
    const seen: number[] = [];
    const stages = {
      update: ({ stage, done, total }: { readonly stage: string; readonly done: number; readonly total: number }) => {
        if (stage !== 'word vectors') return;
        seen.push(done / total);
        interrupt.abort();
      },
      finish: () => undefined,
      halt: () => undefined,
      times: [],
    };
    await expect(openInputs(await readTransferJob(flags, io), flags, io, stages)).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBeLessThan(1);
  });
});
