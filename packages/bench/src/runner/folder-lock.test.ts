import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolderOnce, removeFolder, workInFolder } from './folder-lock.ts';

/** Waits as long as it takes. */
const patient = { lookMilliseconds: 1, looks: Infinity };
/** Takes a holder for dead at the third look, long before it gives its next sign of life. */
const rash = { lookMilliseconds: 1, looks: 3 };

describe('makeFolderOnce', () => {
  const { signal } = new AbortController();
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'folder-lock-'));
    folder = join(parent, 'key');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const writing =
    (text: string) =>
    async (beside: string): Promise<void> => {
      await mkdir(beside);
      await writeFile(join(beside, 'value'), text);
    };
  const value = (): Promise<string> => readFile(join(folder, 'value'), 'utf8');

  /** Begins to make the folder and stops in the middle. */
  async function beginMaking(text: string) {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let made: Promise<boolean> | undefined;
    const beside = await new Promise<string>((resolve) => {
      made = makeFolderOnce(
        folder,
        signal,
        async (path) => {
          resolve(path);
          await gate;
          await writing(text)(path);
        },
        patient,
      );
    });
    return { beside, end: (): Promise<boolean> | undefined => (goOn(), made) };
  }

  it('makes it once for all who ask', async () => {
    const texts = ['a', 'b', 'c'];
    const made = await Promise.all(texts.map((text) => makeFolderOnce(folder, signal, writing(text), patient)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await value()).toBe(texts[made.indexOf(true)]);
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('takes over from a holder that is dead, whose locks elsewhere are in nobody’s way, and removes what it left', async () => {
    const { beside } = await beginMaking('never');
    await writeFile(join(dirname(beside), `.${basename(beside)}.lexigraft-lock`), '{"host":"dead"}');
    let other = '';
    const made = await makeFolderOnce(
      folder,
      signal,
      async (path) => {
        other = path;
        await writing('ours')(path);
      },
      rash,
    );
    expect(made).toBe(true);
    expect(dirname(other)).not.toBe(dirname(beside));
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('takes over from a lock that is a folder, or empty', async () => {
    await mkdir(`${folder}.lock`);
    expect(await makeFolderOnce(folder, signal, writing('a'), rash)).toBe(true);
    await removeFolder(folder);
    await writeFile(`${folder}.lock`, '');
    expect(await makeFolderOnce(folder, signal, writing('b'), rash)).toBe(true);
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('uses what another has made that took this one for dead', async () => {
    const late = await beginMaking('late');
    expect(await makeFolderOnce(folder, signal, writing('first'), rash)).toBe(true);
    expect(await late.end()).toBe(false);
    expect(await value()).toBe('first');
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('makes it anew where what another made is gone again, and uses nothing of its own that was removed', async () => {
    const late = await beginMaking('late');
    await makeFolderOnce(folder, signal, writing('first'), rash);
    await removeFolder(folder);
    // As one that makes missing folders does.
    await mkdir(dirname(late.beside));
    await writeFile(join(dirname(late.beside), 'part'), '');
    expect(await late.end()).toBe(true);
    expect(await value()).toBe('late');
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('uses its own where the one that took it for dead is not done yet', async () => {
    const first = await beginMaking('first');
    const made = await makeFolderOnce(
      folder,
      signal,
      async (path) => {
        await first.end();
        await writing('second')(path);
      },
      rash,
    );
    expect(made).toBe(false);
    expect(await first.end()).toBe(true);
    expect(await value()).toBe('first');
    expect(await readdir(parent)).toEqual(['key']);
  });

  it('throws what making it threw, and lets the next one try', async () => {
    const broken = makeFolderOnce(folder, signal, () => Promise.reject(new Error('no space')), patient);
    await expect(broken).rejects.toThrow('no space');
    expect(await readdir(parent)).toEqual([]);
    expect(await makeFolderOnce(folder, signal, writing('a'), patient)).toBe(true);
  });
});

describe('workInFolder', () => {
  it('makes a folder that was removed and begins anew, and throws what fails in one that is there', async () => {
    const there = await mkdtemp(join(tmpdir(), 'folder-lock-'));
    const folder = join(there, 'key');
    try {
      const read = (): Promise<string> => readFile(join(folder, 'value'), 'utf8');
      const make = async (): Promise<void> => {
        await mkdir(folder);
        await writeFile(join(folder, 'value'), 'made');
      };
      expect(await workInFolder(folder, make, read)).toBe('made');
      await rm(join(folder, 'value'));
      await expect(workInFolder(folder, make, read)).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(there, { recursive: true });
    }
  });
});
