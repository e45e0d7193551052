import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { LexigraftError } from '@lexigraft/core';
import type { CommandIo } from '../io.ts';

/**
 * Looks at the output before the work begins, so that a taken name is known at once; writing checks it again, and more closely.
 *
 * @throws {LexigraftError} `output-exists`
 */
export async function assertOutputFree(out: string, label: string, force: boolean, flag = '--out'): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory())
    throw new LexigraftError('output-exists', `${flag}: ${label} exists and is not a folder; choose another name.`, { path: out });
  if (force || (await readdir(out)).length === 0) return;
  throw new LexigraftError('output-exists', `${flag}: ${label} exists already; pass --force to replace it once the new one is complete.`, {
    path: out,
  });
}

/**
 * Checks that the folders of `--out` and `--rebased-source` are apart: replacing one that holds the other would remove the other's model.
 *
 * @throws {LexigraftError} `invalid-option`
 */
export async function assertOutputsApart(out: string, rebasedSource: string, { cwd }: Pick<CommandIo, 'cwd'>): Promise<void> {
  const [place, rebasedPlace] = [await placeOf(resolve(cwd, out)), await placeOf(resolve(cwd, rebasedSource))];
  const refuse = (sentence: string): never => {
    throw new LexigraftError('invalid-option', sentence, { option: 'rebased-source', out: place, rebasedSource: rebasedPlace });
  };
  if (place === rebasedPlace) refuse('--rebased-source and --out name the same folder; they hold two models.');
  const lies = (inner: string, outer: string): never =>
    refuse(`${inner} lies inside ${outer}; they hold two models, so choose folders apart.`);
  if (isWithin(rebasedPlace, place)) lies(`--rebased-source ${rebasedSource}`, `--out ${out}`);
  if (isWithin(place, rebasedPlace)) lies(`--out ${out}`, `--rebased-source ${rebasedSource}`);
}

/** Resolves the links of a path as far as it exists. */
async function placeOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const parent = dirname(path);
  return parent === path ? path : join(await placeOf(parent), basename(path));
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
