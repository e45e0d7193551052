import { writeFile } from 'node:fs/promises';
import { mixtureStatistics, type MixtureStatistics } from '@lexigraft/core';
import { copyWholeFile } from '../safetensors/copy.ts';
import { diskFull, writeError } from '../safetensors/write-error.ts';
import { filesOf, freeBytesOf } from './estimate-rewrite.ts';
import { hashFile } from './hash-file.ts';
import { jobOf } from './job.ts';
import { MODEL_CARD_FILE, writeModelCard } from './model-card.ts';
import { assertApart, assertReplaceable, placeOutput, type OutputPlace, type ProtectedInput } from './output-path.ts';
import { prepareRewrite, type PreparedRewrite } from './prepare-rewrite.ts';
import { RECIPE_FILE, writeRecipe } from './recipe-file.ts';
import type { FileMethod, RewriteRequest, RewriteResult, WrittenFile } from './rewrite-request.ts';
import { STEERING_EXPORT_FILE } from './steering-export.ts';
import { STEERING_FILE, writeSteering } from './steering-file.ts';
import { openStage, type Stage, type StageStep } from './stage.ts';
import { sourceLabel, targetLabel, TRANSFER_RECORD_FILE, writeTransferRecord, type HashedFile } from './transfer-record.ts';
import type { PlannedWeightFile } from './weight-layout.ts';
import { writeWeightFile, type WeightSources } from './write-weights.ts';

/** Where tests take the place of the system. */
export interface RewriteSeams {
  readonly afterStep?: (step: StageStep) => void | Promise<void>;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Writes the model a plan describes: a complete Hugging Face folder that appears at `out` when its last byte is written.
 *
 * Per-token tensors are made row block by row block in their own dtype; every other tensor is copied byte for byte, in shards of the same names.
 * Everything is written beside `out` first (`.<name>.lexigraft-stage`). A run that fails or is aborted removes that and leaves `out` as it was; a
 * run that is killed leaves it, and the next run with the same inputs continues after its last finished file. No input is ever written to.
 *
 * @throws {LexigraftError} `missing-target` · `tokenizer-mismatch` · `shape-mismatch` · `invalid-mixture` · `invalid-option` (also for an output that is,
 * lies in, or holds an input) · `output-exists` · `output-busy` · `disk-full` · `write-failed` · `not-finite`; the abort reason when `signal` is aborted
 */
export function rewriteModel(request: RewriteRequest): Promise<RewriteResult> {
  return rewriteWith(request, {});
}

/**
 * Checks an output before work is spent on what will go there.
 *
 * @throws {LexigraftError} `invalid-option` · `output-exists`
 */
export async function checkOutput(
  out: string,
  options: { readonly force?: boolean; readonly inputs?: readonly ProtectedInput[] } = {},
): Promise<void> {
  const place = await placeOutput(out);
  await assertApart(place, options.inputs ?? []);
  await assertReplaceable(place, options.force ?? false);
}

/** {@link rewriteModel} with the system replaced in places; for tests. */
export async function rewriteWith(request: RewriteRequest, seams: RewriteSeams): Promise<RewriteResult> {
  request.signal?.throwIfAborted();
  const place = await placeOutput(request.out);
  await assertApart(place, inputsOf(request));
  const prepared = await prepareRewrite(request);
  const job = await jobOf(request, prepared);
  const failure = (error: unknown): unknown =>
    isSystemError(error) ? writeError(place.path, plannedBytes(request, prepared), error) : error;
  const { force = false } = request;
  const stage = await openStage(place, { job, force, ...(seams.afterStep && { afterStep: seams.afterStep }) }).catch((error: unknown) => {
    throw failure(error);
  });
  try {
    await assertRoom(request, prepared, place, stage, seams.freeBytes ?? freeBytesOf);
    const result = await writeFiles(request, prepared, place, stage);
    request.signal?.throwIfAborted();
    await stage.commit();
    return result;
  } catch (error) {
    await stage.discard();
    throw failure(error);
  }
}

async function writeFiles(request: RewriteRequest, prepared: PreparedRewrite, place: OutputPlace, stage: Stage): Promise<RewriteResult> {
  const { source, plan, signal } = request;
  const { vocabulary, texts, kept } = prepared;
  const files: WrittenFile[] = [];
  /** Makes one file, or takes over what a killed run made of it. */
  const make = async (
    name: string,
    write: (path: string) => Promise<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> => {
    signal?.throwIfAborted();
    const resumed = stage.finished(name) !== undefined;
    const { bytes, facts } = await stage.file(name, write);
    files.push({ name, bytes, method: (facts.method as FileMethod | undefined) ?? 'written', resumed });
    return facts;
  };
  const makeText = (name: string, content: string | Uint8Array): Promise<unknown> =>
    make(name, async (path) => {
      await writeFile(path, content);
      return {};
    });

  const progress = trackBytes(request, prepared);
  const hashes: HashedFile[] = [];
  for (const file of prepared.weights.files) {
    const facts = await make(file.name, (path) => writeWeights(path, file, request, prepared, progress.add));
    hashes.push({ name: file.name, bytes: file.source.size, sha256: String(facts.sha256) });
    progress.finish(file.bytes);
  }
  for (const { name, path: from, bytes } of kept) {
    await make(name, async (path) => ({ method: await copyWholeFile(from, path) }));
    progress.finish(bytes);
  }
  for (const [name, content] of texts) await makeText(name, content);
  const statistics = vocabulary && {
    input: mixtureStatistics(vocabulary.plan.input),
    ...(vocabulary.plan.output && { output: mixtureStatistics(vocabulary.plan.output) }),
  };
  if (vocabulary) {
    await make(RECIPE_FILE, async (path) => {
      await writeRecipe(path, { ...vocabulary.plan, sourceTokens: vocabulary.sourceTokens });
      return {};
    });
  }
  const { steering } = prepared;
  if (steering && steering.plan.edits.length > 0) {
    await make(STEERING_FILE, async (path) => {
      await writeSteering(path, steering.plan);
      return {};
    });
  }
  if (steering?.exported) await makeText(STEERING_EXPORT_FILE, steering.exported);
  await makeText(TRANSFER_RECORD_FILE, await writeTransferRecord(request, prepared, hashes, statistics));
  await makeText(MODEL_CARD_FILE, modelCard(request, statistics?.input));

  const origins = prepared.weights.files.flatMap(({ tensors }) => tensors.map(({ origin }) => origin.kind));
  const count = (kind: string): number => origins.filter((origin) => origin === kind).length;
  return {
    path: place.path,
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    tensors: { kept: count('kept'), remade: count('remade'), replaced: count('replaced') },
    ...(vocabulary && statistics && { rows: vocabulary.rows, origins: statistics.input.origins }),
    ...(steering && { steering: steering.written }),
    warnings: prepared.warnings,
  };

  function modelCard({ record, seed, template = 'source' }: RewriteRequest, recipe: MixtureStatistics | undefined): string {
    return writeModelCard({
      record,
      sourceLabel: sourceLabel(request),
      targetLabel: targetLabel(request),
      architecture: source.architecture.modelType,
      seed,
      template,
      ...(recipe && { recipe }),
      replaced: [...(plan.tensors?.keys() ?? []), ...prepared.movedTables],
      ...(steering && { steering: steering.written }),
    });
  }
}

/** Writes or copies one weight file, while the file it follows is hashed. */
async function writeWeights(
  path: string,
  file: PlannedWeightFile,
  request: RewriteRequest,
  { vocabulary }: PreparedRewrite,
  onBytes: (bytes: number) => void,
): Promise<Record<string, unknown>> {
  const { source, target, seed, pool, signal, memoryLimitBytes, linkUnchanged = false } = request;
  const sources: WeightSources = {
    source,
    ...(vocabulary && target && { recipes: { ...vocabulary.plan, vocabulary: target.vocabulary, rows: vocabulary.rows } }),
    seed,
    pool,
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    ...(signal && { signal }),
    onBytes,
  };
  const write = file.untouched
    ? copyWholeFile(file.source.path, path, { hardLink: linkUnchanged })
    : writeWeightFile(path, file, sources).then(() => 'written');
  // Both are awaited whatever happens: nothing may still be writing when the stage is removed.
  const [written, hashed] = await Promise.allSettled([write, hashFile(file.source.path, signal, file.untouched ? onBytes : undefined)]);
  if (written.status === 'rejected') throw written.reason;
  if (hashed.status === 'rejected') throw hashed.reason;
  return { method: written.value, sha256: hashed.value };
}

/** Reports stage `write` in bytes of weights and copied files; small files are not worth a step. */
function trackBytes(
  { onProgress }: RewriteRequest,
  prepared: PreparedRewrite,
): { add: (bytes: number) => void; finish: (bytes: number) => void } {
  const total = [...prepared.weights.files, ...prepared.kept].reduce((sum, { bytes }) => sum + bytes, 0);
  let finished = 0;
  let current = 0;
  const report = (): void => onProgress?.({ stage: 'write', done: Math.min(finished + current, total), total });
  report();
  return {
    add(bytes) {
      current += bytes;
      report();
    },
    finish(bytes) {
      finished += bytes;
      current = 0;
      report();
    },
  };
}

async function assertRoom(
  { linkUnchanged = false }: RewriteRequest,
  prepared: PreparedRewrite,
  place: OutputPlace,
  stage: Stage,
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  const missing = filesOf(prepared, linkUnchanged).filter(({ name, method }) => method !== 'linked' && !stage.finished(name));
  const needed = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await freeBytes(place.parent);
  if (needed > free) throw diskFull(place.path, needed, undefined, free);
}

function plannedBytes({ linkUnchanged = false }: RewriteRequest, prepared: PreparedRewrite): number {
  return filesOf(prepared, linkUnchanged).reduce((sum, { bytes }) => sum + bytes, 0);
}

function inputsOf({ source, target, record }: RewriteRequest): ProtectedInput[] {
  return [
    { what: 'the source model', path: source.path },
    ...(target ? [{ what: 'the target tokenizer', path: target.path }] : []),
    ...(record.inputs ?? []).map(({ role, path }) => ({ what: `the ${role}`, path })),
  ];
}

function isSystemError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) && 'syscall' in error
  );
}
