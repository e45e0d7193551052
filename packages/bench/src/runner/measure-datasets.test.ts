import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adaptation } from '../tasks/language-modelling/adaptation.ts';
import { bitsPerByteTask } from '../tasks/language-modelling/bits-per-byte.ts';
import { measureDatasets } from './measure-datasets.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measure-datasets-'));
  await writeFile(at('plain.txt'), 'a'.repeat(5000));
  await writeFile(at('packed.txt.gz'), gzipSync('a'.repeat(70_000)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('measureDatasets', () => {
  it('knows how long packed files are unpacked', async () => {
    const bytesOf = await measureDatasets({ datasets: { text: at('plain.txt'), heldOut: at('packed.txt.gz') } }, ['text', 'heldOut']);
    expect([bytesOf('text'), bytesOf('heldOut')]).toEqual([5000, 70_000]);
  });

  it('takes both sides of parallel text together', async () => {
    const bytesOf = await measureDatasets({ datasets: { parallel: { source: at('plain.txt'), target: at('packed.txt.gz') } } }, [
      'parallel',
    ]);
    expect(bytesOf('parallel')).toBe(75_000);
  });

  it('counts no more than the lines that are taken, by the configuration or by the task', async () => {
    const bytesOf = await measureDatasets({ datasets: { heldOut: { path: at('packed.txt.gz'), limit: 100 } } }, ['heldOut']);
    expect(bytesOf('heldOut')).toBeLessThan(20_000);
    expect(bytesOf('heldOut', 10)).toBe(bytesOf('heldOut') / 10);
  });

  it('counts nothing for what is not there', async () => {
    const bytesOf = await measureDatasets({ datasets: { text: at('nothing.txt.gz') } }, ['text', 'nli']);
    expect([bytesOf('text'), bytesOf('nli')]).toEqual([0, 0]);
  });
});

describe('the work of a task', () => {
  const bytesOf = (_name: string, items = 1000): number => 100 * items;

  it('of adaptation grows with its budget, and with how often it looks', () => {
    const work = (bytes: number, looks: number): number => adaptation({ bytes, looks, lines: 50 }).work?.({ kind: 'causal', bytesOf }) ?? 0;
    expect(work(2e6, 1) - work(1e6, 1)).toBe(3e6);
    expect(work(1e6, 4) - work(1e6, 3)).toBe(5000);
  });

  it('of bits per byte is seven passes for a masked model', () => {
    const task = bitsPerByteTask({ lines: 20 });
    expect(task.work?.({ kind: 'masked', bytesOf })).toBe(14_000);
    expect(task.work?.({ kind: 'causal', bytesOf })).toBe(2000);
  });
});
