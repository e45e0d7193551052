import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKeptFile, isModuleFolder } from './kept-names.ts';

/** A file of the source folder that is true of the new model as it stands. */
export interface KeptFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** Finds the files of a model folder that are copied as they are, sorted by name. */
export async function findKeptFiles(folder: string): Promise<KeptFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  for (const entry of entries) {
    if (!entry.isDirectory() || !isModuleFolder(entry.name)) continue;
    const inside: Dirent[] = await readdir(join(folder, entry.name), { withFileTypes: true });
    names.push(...inside.filter((file) => !file.isDirectory()).map((file) => `${entry.name}/${file.name}`));
  }
  const found = names.filter(isKeptFile).sort();
  return Promise.all(found.map(async (name) => ({ name, path: join(folder, name), bytes: (await stat(join(folder, name))).size })));
}
