import { randomUUID } from 'node:crypto';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';

const BEAT_MS = 2000;

/** A lock file whose content changes for as long as its holder lives, whatever its clock says and on whatever machine it is. */
export interface BeatingLock {
  /** Gives the lock free; one that another has taken over stays. */
  release(): Promise<void>;
}

/** Takes the lock file at `path`; returns nothing if there is one. */
export async function tryBeatingLock(path: string): Promise<BeatingLock | undefined> {
  const token = randomUUID();
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  let beats = 0;
  // Through the open file: where somebody took the lock over, nothing of theirs is written to. Another machine sees it when it has reached the disk.
  const beat = async (): Promise<void> => {
    try {
      await file.write(`${token} ${beats++}`, 0);
      await file.sync();
    } catch {
      // A sign of life that others do not get: at worst, what is made under the lock is made twice.
    }
  };
  let beating = beat();
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, BEAT_MS);
  await beating;
  return {
    async release() {
      clearInterval(timer);
      await beating;
      await file.close();
      if ((await readBeat(path))?.startsWith(`${token} `) === true) await rm(path, { force: true });
    },
  };
}

/** Returns what a lock says at this moment: another thing at every beat. Nothing if there is none. */
export async function readBeat(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : code;
  }
}

/** Watches a lock by looking at it now and then. */
export interface LockWatch {
  /** Takes note of what the lock says; returns whether its holder must be dead. */
  look(beat: string | undefined): boolean;
}

/**
 * Watches a lock by the watcher's own looks alone: one that said the same at `most` looks after another has no living holder. Looks and not seconds are counted, so that a
 * watcher which stood still itself does not take the time for the holder's.
 */
export function watchLock(most: number): LockWatch {
  let last: string | undefined;
  let same = 0;
  return {
    look(beat) {
      same = beat !== undefined && beat === last ? same + 1 : 0;
      last = beat;
      return same >= most;
    },
  };
}
