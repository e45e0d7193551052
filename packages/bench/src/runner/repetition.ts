import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole, type ResultsFolder } from './results-folder.ts';

const REPETITION_FILE = 'repetition.json';

/**
 * Returns the name of the last repetition of all cells in a results folder; nothing before the first.
 *
 * What is kept beside cells, as trained models, is kept under that name: a repetition finds nothing of what was made before it, runs after it find what it
 * made, and those that are at work meanwhile keep theirs.
 */
export async function readRepetition({ path }: Pick<ResultsFolder, 'path'>): Promise<string | undefined> {
  try {
    const { repetition } = JSON.parse(await readFile(join(path, REPETITION_FILE), 'utf8')) as { readonly repetition?: unknown };
    return typeof repetition === 'string' ? repetition : undefined;
  } catch {
    return undefined;
  }
}

/** Makes `repetition` the last one of a results folder. */
export async function writeRepetition({ path }: Pick<ResultsFolder, 'path'>, repetition: string): Promise<void> {
  await writeWhole(join(path, REPETITION_FILE), { repetition });
}
