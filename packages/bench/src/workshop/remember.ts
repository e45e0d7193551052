import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LexigraftError, type Json } from '@lexigraft/core';
import { makeFolderOnce } from '../runner/folder-lock.ts';

/**
 * Returns the value that `folder` keeps; the first who asks makes it, the others wait, in whatever process they are.
 *
 * @throws {LexigraftError} `format` if the folder is damaged; what `make` throws, and nothing is kept
 */
export async function remember(folder: string, signal: AbortSignal, make: () => Promise<Json>): Promise<Json> {
  await makeFolderOnce(folder, signal, async (beside) => {
    const value = await make();
    await mkdir(beside);
    await writeFile(join(beside, VALUE_FILE), JSON.stringify(value));
  });
  try {
    return JSON.parse(await readFile(join(folder, VALUE_FILE), 'utf8')) as Json;
  } catch (cause) {
    throw new LexigraftError(
      'format',
      `${folder} holds no readable ${VALUE_FILE}; remove the folder and run again.`,
      { path: folder },
      cause,
    );
  }
}

const VALUE_FILE = 'value.json';
