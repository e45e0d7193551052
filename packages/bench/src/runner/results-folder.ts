import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellFailure, CellRecord } from './cell.ts';

/** A folder with a file for each cell. Files appear whole or not at all, so that a process may die at any time. */
export interface ResultsFolder {
  readonly path: string;
  /** Returns a finished cell, or nothing; a file that is damaged or of another format counts as missing. */
  read(key: string): Promise<CellRecord | undefined>;
  /** Writes the result of a cell. */
  write(record: CellRecord): Promise<void>;
  /** Removes a finished cell, so that it is run anew. */
  forget(key: string): Promise<void>;
  /** Reads why a cell failed the last time; undefined if it did not. */
  readFailure(key: string): Promise<CellFailure | undefined>;
  /** Keeps why a cell failed. */
  writeFailure(failure: CellFailure): Promise<void>;
  /** Lets a cell be tried anew. */
  forgetFailure(key: string): Promise<void>;
  /** Where models under test, trained sources and what tasks remember are kept. */
  artefact(kind: 'models' | 'trained' | 'remembered', key: string): string;
}

/** Opens the results in `path`, which is made when something is written. */
export function openResultsFolder(path: string): ResultsFolder {
  const cellFile = (key: string): string => join(path, 'cells', `${key}.json`);
  const failureFile = (key: string): string => join(path, 'failures', `${key}.json`);
  return {
    path,
    artefact: (kind, key) => join(path, kind, key.slice(0, 32)),
    async read(key) {
      const record = await readJson<CellRecord>(cellFile(key));
      return record?.format === 1 && record.cell.key === key ? record : undefined;
    },
    async write(record) {
      await writeWhole(cellFile(record.cell.key), record);
      await rm(failureFile(record.cell.key), { force: true });
    },
    forget: (key) => rm(cellFile(key), { force: true }),
    readFailure: (key) => readJson<CellFailure>(failureFile(key)),
    forgetFailure: (key) => rm(failureFile(key), { force: true }),
    writeFailure: (failure) => writeWhole(failureFile(failure.cell.key), failure),
  };
}

async function readJson<Value>(file: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}

/** Writes beside the file and renames, so that nobody sees half of it. */
export async function writeWhole(file: string, value: unknown): Promise<void> {
  const text = typeof value === 'string' ? value : `${JSON.stringify(value, null, 1)}\n`;
  const beside = `${file}.${randomUUID()}`;
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(beside, text);
  await rename(beside, file);
}
