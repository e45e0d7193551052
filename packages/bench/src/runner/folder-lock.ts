import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readBeat, tryBeatingLock, watchLock } from './beating-lock.ts';

/** How long it is waited for another process. */
export interface Patience {
  /** Milliseconds between two looks at a lock. */
  readonly lookMilliseconds: number;
  /** Looks without a sign of life after which the holder of a lock counts as dead. */
  readonly looks: number;
}

/** Half a minute: a holder that computes without a pause gives no sign of life meanwhile. */
const PATIENCE: Patience = { lookMilliseconds: 200, looks: 150 };

/**
 * Makes `folder` once, however many processes ask for it at a time: one of them makes it beside its place and moves it there, the others wait. A process that dies while it
 * makes the folder is taken over from. Where one was only taken for dead, both make a folder of their own; that of the first to be done is used.
 *
 * @param make makes the folder whose path it is given; what lies beside that path is this call's alone
 * @returns whether this call made it
 */
export async function makeFolderOnce(
  folder: string,
  signal: AbortSignal,
  make: (beside: string) => Promise<void>,
  { lookMilliseconds, looks }: Patience = PATIENCE,
): Promise<boolean> {
  const path = `${folder}.lock`;
  const watch = watchLock(looks);
  await mkdir(dirname(folder), { recursive: true });
  for (;;) {
    signal.throwIfAborted();
    if (await exists(folder)) return false;
    const lock = await tryBeatingLock(path);
    if (lock === undefined) {
      if (watch.look(await readBeat(path))) await rm(path, { recursive: true, force: true });
      else await wait(lookMilliseconds, undefined, { signal });
      continue;
    }
    const attempt = besidePath(folder);
    try {
      if (await exists(folder)) return false;
      await mkdir(attempt);
      if (await makeIn(attempt, folder, signal, make)) return true;
    } finally {
      await rm(attempt, { recursive: true, force: true });
      await lock.release();
    }
  }
}

/** Makes a folder in `attempt` and moves it to its place; returns false where another process was done before. */
async function makeIn(attempt: string, folder: string, signal: AbortSignal, make: (beside: string) => Promise<void>): Promise<boolean> {
  const beside = join(attempt, basename(folder));
  const mark = join(attempt, 'begun');
  await writeFile(mark, '');
  try {
    await make(beside);
    await access(mark);
    await rename(beside, folder);
  } catch (error) {
    // One that took this process for dead and was done before removes what is under way here; of that, part may have been made anew.
    if (signal.aborted || ((await exists(mark)) && !(await exists(folder)))) throw error;
    return false;
  }
  // What cannot be removed now is removed the next time.
  await removeLeftovers(folder).catch(() => undefined);
  return true;
}

/** Removes a folder, which is there as a whole until it is gone. */
export async function removeFolder(folder: string): Promise<void> {
  const aside = besidePath(folder);
  try {
    await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/**
 * Does `work` with a folder that another process may remove at any time: one that is gone is made again, and the work begun anew.
 *
 * @throws {unknown} what `work` throws where the folder is there, and what `make` throws
 */
export async function workInFolder<Value>(folder: string, make: () => Promise<unknown>, work: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (await exists(folder)) throw error;
      await make();
    }
  }
}

/** Whether there is such a file or folder. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const BESIDE = '.beside';

/** A place beside a folder that no other process and no other call uses. */
function besidePath(folder: string): string {
  return `${folder}.${randomUUID()}${BESIDE}`;
}

/** Removes what killed processes left beside a folder. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  const left = (await readdir(parent)).filter((name) => name.startsWith(`${basename(folder)}.`) && name.endsWith(BESIDE));
  for (const name of left) await removeFolder(join(parent, name));
}
