import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTableDtype } from '@lexigraft/core';
import { COPY_BUFFER_BYTES, copyTensorBytes, copyWholeFile } from '../safetensors/copy.ts';
import { tensorBytes } from '../safetensors/dtypes.ts';
import { createSafetensorsWriter, type SafetensorsWriter } from '../safetensors/safetensors-writer.ts';
import { INDEX_FILE } from '../safetensors/shard-index.ts';
import { writeError } from '../safetensors/write-error.ts';
import { classifierConfig } from './classifier-config.ts';
import { encodeValues } from './encode-values.ts';
import { toJsonText } from './json-text.ts';
import { findKeptFiles } from './kept-files.ts';
import { STEERING_EXPORT_FILE } from './steering-export.ts';
import { STEERING_FILE } from './steering-file.ts';
import type { ModelFolder } from './open-model.ts';
import { assertApart, placeOutput } from './output-path.ts';
import { planSavedFiles, type SavedEntry, type SavedFile, type SavedTensor } from './saved-layout.ts';
import { openStage, type Stage } from './stage.ts';

/** What {@link saveModel} writes. */
export interface SaveRequest {
  /** The folder the model was loaded from. */
  readonly source: ModelFolder;
  /** New values by checkpoint name, e.g. what was trained; tensors the source does not have are added. */
  readonly tensors: ReadonlyMap<string, SavedTensor>;
  /** Folder that appears when everything is written. */
  readonly out: string;
  /**
   * Each tensor as the source stores it, rounding new values, or all as float32.
   *
   * @default 'source'
   */
  readonly dtype?: 'source' | 'float32';
  /** Names of classes: the model is saved as a classifier of them, without its language head. */
  readonly classes?: readonly string[];
  /**
   * Replace a model folder that lies at `out`.
   *
   * @default false
   */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** What {@link saveModel} wrote. */
export interface SaveResult {
  readonly path: string;
  readonly bytes: number;
  /** Tensors by what became of them. */
  readonly tensors: { readonly kept: number; readonly replaced: number; readonly added: number };
}

const languageHead = /^(cls\.|lm_head\.)/;

/**
 * Saves a model whose vocabulary is that of the source: weights in shards of the same names, config.json, tokenizer and the files beside them. The
 * folder appears whole or not at all; the source is never written to.
 *
 * @throws {LexigraftError} `shape-mismatch` · `not-finite` · `unsupported-format` · `invalid-option` for an output in or over the source · `output-exists` ·
 * `output-busy` · `disk-full` · `write-failed`; the abort reason when `signal` is aborted
 */
export async function saveModel(request: SaveRequest): Promise<SaveResult> {
  const { source, tensors, classes, force = false, signal } = request;
  const place = await placeOutput(request.out);
  await assertApart(place, [{ what: 'the source model', path: source.path }]);
  const float32 = request.dtype === 'float32';
  const files = planSavedFiles(source, {
    tensors,
    isDropped: (name) => classes !== undefined && languageHead.test(name) && !tensors.has(name),
    float32,
  });
  const stage = await openStage(place, { job: randomUUID(), force });
  try {
    for (const file of files) {
      signal?.throwIfAborted();
      await stage.file(file.name, (path) => writeFileTensors(path, file, signal).then(() => ({})));
    }
    await writeSmallFiles(request, files, stage);
    signal?.throwIfAborted();
    await stage.commit();
  } catch (error) {
    await stage.discard();
    throw isSystemError(error) ? writeError(place.path, undefined, error) : error;
  }
  const entries = files.flatMap((file) => file.entries);
  const added = entries.filter(({ name }) => !source.weights.tensors.has(name)).length;
  const replaced = entries.filter(({ values }) => values).length - added;
  return {
    path: place.path,
    bytes: entries.reduce((sum, entry) => sum + bytesOf(entry), 0),
    tensors: { kept: entries.length - replaced - added, replaced, added },
  };
}

async function writeFileTensors(path: string, { source, entries, metadata }: SavedFile, signal?: AbortSignal): Promise<void> {
  const writer = await createSafetensorsWriter(path, {
    tensors: entries.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    metadata,
  });
  try {
    const buffer = new Uint8Array(COPY_BUFFER_BYTES);
    for (const entry of entries) {
      signal?.throwIfAborted();
      await writeEntry(writer, source, entry, buffer, signal);
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function writeEntry(
  writer: SafetensorsWriter,
  source: SavedFile['source'],
  { name, dtype, values }: SavedEntry,
  buffer: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  if (!values && source.tensors.get(name)?.dtype === dtype)
    return copyTensorBytes(source, name, writer, { buffer, ...(signal && { signal }) });
  const data = values?.data ?? (await source.readFloat32(name, undefined, undefined, signal));
  if (!isTableDtype(dtype)) throw new Error(`${name} has dtype ${dtype}.`);
  const columns = values?.shape.at(-1) ?? data.length;
  await writer.write(name, encodeValues(name, { rows: data.length / columns, columns, data }, dtype));
}

async function writeSmallFiles({ source, classes, dtype }: SaveRequest, files: readonly SavedFile[], stage: Stage): Promise<void> {
  const texts = new Map<string, string | Uint8Array>(source.tokenizer.files);
  const config = classes ? classifierConfig(source.config, classes) : source.config;
  texts.set('config.json', toJsonText(dtype === 'float32' ? withDtype(config) : config));
  if (source.files.includes('generation_config.json') && !classes)
    texts.set('generation_config.json', await readFile(join(source.path, 'generation_config.json')));
  if (source.weights.sharded) texts.set(INDEX_FILE, toJsonText(indexOf(files)));
  for (const [name, content] of texts) await stage.file(name, (path) => writeFile(path, content).then(() => ({})));
  // Edits of hidden states belong to the model as much as its weights.
  const steering = [STEERING_FILE, STEERING_EXPORT_FILE].filter((name) => source.files.includes(name));
  const kept = [...(await findKeptFiles(source.path)), ...steering.map((name) => ({ name, path: join(source.path, name) }))];
  for (const { name, path: from } of kept) await stage.file(name, (path) => copyWholeFile(from, path).then(() => ({})));
}

/** transformers names the field `dtype` since 4.56 and `torch_dtype` before. */
function withDtype(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...config, ['dtype' in config ? 'dtype' : 'torch_dtype']: 'float32' };
}

function indexOf(files: readonly SavedFile[]): unknown {
  const homes = files.flatMap((file) => file.entries.map(({ name }): [string, string] => [name, file.name]));
  homes.sort(([a], [b]) => (a < b ? -1 : 1));
  const size = files.flatMap(({ entries }) => entries).reduce((sum, entry) => sum + bytesOf(entry), 0);
  return { metadata: { total_size: size }, weight_map: Object.fromEntries(homes) };
}

function bytesOf({ dtype, shape }: SavedEntry): number {
  return tensorBytes(dtype, shape) ?? 0;
}

function isSystemError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) && 'syscall' in error
  );
}
