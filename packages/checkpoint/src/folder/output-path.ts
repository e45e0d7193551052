import { lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { LexigraftError } from '@lexigraft/core';

/** Where an output folder will be, links resolved. */
export interface OutputPlace {
  readonly path: string;
  /** The folder it lies in. */
  readonly parent: string;
  /** Its own name there. */
  readonly name: string;
}

/** A path the output must leave alone. */
export interface ProtectedInput {
  /** What it is, for messages, e.g. `the source model`. */
  readonly what: string;
  readonly path: string;
}

/** Files one of which an existing folder must hold before it may be replaced: what a model or an earlier output has. */
const marks = /^(config\.json|lexigraft\.json|tokenizer\.json|.*\.safetensors)$/;

/** Resolves an output path as far as it exists; creates nothing. */
export async function placeOutput(out: string): Promise<OutputPlace> {
  const missing: string[] = [];
  let existing = resolve(out);
  for (;;) {
    const real = await realpath(existing).catch(() => undefined);
    if (real !== undefined) {
      const path = join(real, ...missing);
      return { path, parent: dirname(path), name: basename(path) };
    }
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
}

/** @throws {LexigraftError} `invalid-option` when the output is one of the inputs, lies inside one, or holds one */
export async function assertApart(place: OutputPlace, inputs: readonly ProtectedInput[]): Promise<void> {
  for (const input of inputs) {
    const real = await realpath(input.path).catch(() => resolve(input.path));
    const relation =
      real === place.path
        ? 'is'
        : folderContains(real, place.path)
          ? 'lies inside'
          : folderContains(place.path, real)
            ? 'holds'
            : undefined;
    if (relation === undefined) continue;
    throw new LexigraftError(
      'invalid-option',
      `The output ${place.path} ${relation} ${input.what}, which must stay as it is; choose another folder.`,
      {
        option: 'out',
        out: place.path,
        input: real,
      },
    );
  }
}

/**
 * Checks that a folder may appear at the place: it is free, an empty folder, or, with `force`, a model folder.
 *
 * @throws {LexigraftError} `output-exists`
 */
export async function assertReplaceable({ path, parent }: OutputPlace, force: boolean): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  const refuse = (sentence: string): never => {
    throw new LexigraftError('output-exists', `${path} ${sentence}`, { path });
  };
  if (!found.isDirectory()) refuse('exists and is not a folder; choose another output.');
  if (found.dev !== (await stat(parent)).dev) refuse('is a mount point, which cannot be replaced in one step; choose a folder inside it.');
  const names = await readdir(path);
  if (names.length === 0) return;
  if (!force) refuse('exists already; pass `force` to replace it once the new one is complete.');
  if (!names.some((name) => marks.test(name)))
    refuse('holds something other than a model and will not be replaced; choose another output.');
}

/** Returns the innermost folder above the output that exists. */
export async function existingFolder({ parent }: OutputPlace): Promise<string> {
  for (let folder = parent; ; folder = dirname(folder)) {
    if ((await stat(folder).catch(() => undefined)) || folder === dirname(folder)) return folder;
  }
}

/** Makes the folder the output will appear in. */
export async function makeParent({ parent }: OutputPlace): Promise<void> {
  await mkdir(parent, { recursive: true });
}

/** Tells whether `path` lies inside `folder`; both resolved, as {@link placeOutput} does. */
export function folderContains(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
