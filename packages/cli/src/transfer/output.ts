import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { folderContains, placeOutput } from '@lexigraft/checkpoint';
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
  const [place, rebasedPlace] = [(await placeOutput(resolve(cwd, out))).path, (await placeOutput(resolve(cwd, rebasedSource))).path];
  const refuse = (sentence: string): never => {
    throw new LexigraftError('invalid-option', sentence, { option: 'rebased-source', out: place, rebasedSource: rebasedPlace });
  };
  if (place === rebasedPlace) refuse('--rebased-source and --out name the same folder; they hold two models.');
  const lies = (inner: string, outer: string): never =>
    refuse(`${inner} lies inside ${outer}; they hold two models, so choose folders apart.`);
  if (folderContains(place, rebasedPlace)) lies(`--rebased-source ${rebasedSource}`, `--out ${out}`);
  if (folderContains(rebasedPlace, place)) lies(`--out ${out}`, `--rebased-source ${rebasedSource}`);
}
