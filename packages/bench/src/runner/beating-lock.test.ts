import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readBeat, tryBeatingLock, watchLock } from './beating-lock.ts';

describe('watchLock', () => {
  it('takes a holder for dead that says the same at as many looks', () => {
    const watch = watchLock(2);
    expect(['a 0', 'a 0', 'a 0'].map((beat) => watch.look(beat))).toEqual([false, false, true]);
  });

  it('begins to count anew at every other beat, and where there is no lock', () => {
    const watch = watchLock(2);
    expect(['a 0', 'a 0', 'a 1', 'a 1', undefined, undefined, undefined, 'b 0', 'b 0'].some((beat) => watch.look(beat))).toBe(false);
  });
});

describe('tryBeatingLock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives a sign of life every two seconds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'beating-'));
    const path = join(folder, 'lock');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const lock = await tryBeatingLock(path);
      const first = await readBeat(path);
      vi.advanceTimersByTime(2000);
      await vi.waitFor(async () => {
        expect(await readBeat(path)).not.toBe(first);
      });
      await lock?.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is held by one at a time, and leaves the lock of whoever took it over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'beating-'));
    const path = join(folder, 'lock');
    try {
      const lock = await tryBeatingLock(path);
      expect(await tryBeatingLock(path)).toBeUndefined();
      await lock?.release();
      expect(await readBeat(path)).toBeUndefined();
      const late = await tryBeatingLock(path);
      await rm(path);
      await writeFile(path, 'other 0');
      await late?.release();
      expect(await readFile(path, 'utf8')).toBe('other 0');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
