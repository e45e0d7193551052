import { resolve } from 'node:path';
import {
  checkOutput,
  estimateRewrite,
  openModel,
  rewriteModel,
  verifyModel,
  type ModelFolder,
  type RewriteResult,
  type Verification,
} from '@lexigraft/checkpoint';
import {
  createInlinePool,
  LexigraftError,
  planTransfer,
  type AnyEmbeddingTransfer,
  type Json,
  type ResourceName,
  type TransferPlan,
} from '@lexigraft/core';
import { requiredFlag } from '../arguments/required-flag.ts';
import { parseStrategyOptions } from '../arguments/strategy-options.ts';
import type { CommandIo } from '../io.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import { architectureName } from '../screen/describe-model.ts';
import { formatBytes, formatCountOf, formatSeconds } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import { transferStageStyle } from '../screen/transfer-stages.ts';
import { chainedNames } from '../strategy-chain.ts';
import { makeStrategy, registry } from '../strategies.ts';
import { locateInput } from '../transfer/inputs.ts';
import { assertResourcesGiven } from '../transfer/missing-resources.ts';
import { assertOutputFree } from '../transfer/output.ts';
import type { TransferFlags } from '../transfer/request.ts';
import { describeChecks, failedChecks } from '../transfer/show.ts';
import { madeResources, openSteeringResources, parseLanguageTexts, type SteeringResources } from '../transfer/steering-resources.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';

/** Strategies that leave the vocabulary as it is. */
const steering: ReadonlySet<string> = new Set(['lens']);

/** Tells whether `--strategy` names only strategies that leave the vocabulary as it is, so that there is no target. */
export function steersOnly(strategy: string | undefined): boolean {
  return strategy !== undefined && chainedNames(strategy).every((name) => steering.has(name));
}

/** Checked flags. */
interface SteeringJob {
  readonly strategy: AnyEmbeddingTransfer;
  readonly options: Readonly<Record<string, Json>>;
  readonly texts: ReturnType<typeof parseLanguageTexts>;
  readonly source: string;
  readonly out: string | undefined;
  readonly outLabel: string;
}

/**
 * `lexigraft transfer` with strategies that leave the vocabulary: opens the source and the texts, plans, writes, checks.
 *
 * @throws {LexigraftError} whatever is wrong with flags, files or the written model; the abort reason when interrupted
 */
export async function steer(flags: TransferFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const job = await readJob(flags, io);
  if (job.out !== undefined) await assertOutputFree(job.out, job.outLabel, flags.force === true);
  const stages = screen.stages(transferStageStyle(undefined));
  const locate = async (flag: string, label: string): Promise<string> => {
    const path = await locateInput(flag, label, { files: 'model', offline: flags.offline === true }, io, stages);
    stages.finish();
    return path;
  };
  const source = await openModel(await locate('--source', job.source), { signal: io.signal });
  let opened: SteeringResources | undefined;
  try {
    opened = await openSteeringResources({
      needs: job.strategy.needs as readonly ResourceName[],
      texts: job.texts,
      source,
      device: flags.device,
      locate,
      rehearsal: flags.dryRun === true,
      signal: io.signal,
      onProgress: stages.update,
    });
    stages.finish();
    const inputs = [
      { what: 'the source model', path: source.path },
      ...opened.recorded.map(({ role, path }) => ({ what: `the ${role}`, path })),
    ];
    if (job.out !== undefined) await checkOutput(job.out, { force: flags.force === true, inputs });
    showOpening(screen, job, source, opened);
    const summary = summaryOf(job, source, opened);
    if (flags.dryRun === true) {
      await rehearse(screen, job, source, summary);
      return;
    }
    const plan = await planTransfer({
      strategy: job.strategy,
      source,
      resources: opened.resources,
      seed: flags.seed,
      signal: io.signal,
      onProgress: stages.update,
    });
    stages.finish();
    const out = job.out ?? '';
    const result = await write({ job, source, opened, flags, io }, plan, out, stages.update);
    stages.finish();
    const verification = await verifyModel(out, { signal: io.signal, onProgress: stages.update });
    stages.finish();
    const seconds = (screen.clock() - started) / 1000;
    showOutcome(screen, job, { plan, result, verification, seconds });
    if (!verification.ok) {
      const failed = failedChecks(verification.checks);
      throw new LexigraftError('verification-failed', `${job.outLabel} was written and did not pass its checks: ${failed.join('; ')}.`, {
        path: out,
        failed,
      });
    }
    screen.result({
      ...summary,
      dryRun: false,
      seed: flags.seed,
      steering: result.steering ?? null,
      tensors: [...(plan.tensors?.keys() ?? [])],
      warnings: result.warnings,
      out,
      bytes: result.bytes,
      files: result.files,
      checks: verification.checks,
      stages: stages.times,
      seconds,
      peakMemoryBytes: peakMemoryBytes(),
    });
  } finally {
    opened?.close();
    await source.close();
  }
}

async function readJob(flags: TransferFlags, io: CommandIo): Promise<SteeringJob> {
  const source = requiredFlag('--source', flags.source, 'the model to change', 'transfer');
  if (flags.dryRun !== true) requiredFlag('--out', flags.out, 'the folder to write', 'transfer');
  for (const [flag, value] of [
    ['--target', flags.target],
    ['--helper', flags.helper],
    ['--body', flags.body],
    ['--rebased-source', flags.rebasedSource],
  ] as const) {
    if (value === undefined) continue;
    throw new LexigraftError(
      'invalid-option',
      `${flag} makes no sense with --strategy ${flags.strategy ?? ''}, which leaves the vocabulary as it is; to change it too, chain: --strategy salt,lens.`,
      { option: flag },
    );
  }
  const options = parseStrategyOptions(flags.option ?? []);
  const strategy = await makeStrategy(flags.strategy ?? '', options, io.cwd);
  const texts = parseLanguageTexts(flags.texts ?? []);
  const given = new Set<ResourceName>([...madeResources, ...(texts.length > 0 ? (['texts'] as const) : [])]);
  const others = registry.ids.filter((id) => id !== 'random' && !steering.has(id));
  const free: string[] = [];
  for (const id of others) if ((await registry.loadByName(id)).needs.length === 0) free.push(id);
  assertResourcesGiven(strategy.id, strategy.needs as readonly ResourceName[], given, free);
  return {
    strategy,
    options,
    texts,
    source,
    out: flags.out === undefined ? undefined : resolve(io.cwd, flags.out),
    outLabel: flags.out ?? '',
  };
}

function showOpening(screen: Screen, job: SteeringJob, source: ModelFolder, { device, notes }: SteeringResources): void {
  screen.line();
  screen.fact('source', `${printable(job.source)}   ${architectureName(source)}`);
  screen.fact('texts', ...job.texts.map(({ language, label }) => `${printable(language)}   ${printable(label)}`));
  if (device !== undefined) screen.fact('runs on', device);
  for (const note of notes) screen.warning(note);
  screen.line();
}

function summaryOf(job: SteeringJob, source: ModelFolder, { device }: SteeringResources): object {
  return {
    command: 'transfer',
    version: programVersion(),
    strategy: job.strategy.id,
    options: job.options,
    source: { label: job.source, path: source.path, rows: source.architecture.rows, columns: source.architecture.columns },
    texts: Object.fromEntries(job.texts.map(({ language, label }) => [language, label])),
    ...(device !== undefined && { engine: { models: device } }),
  };
}

async function rehearse(screen: Screen, job: SteeringJob, source: ModelFolder, summary: object): Promise<void> {
  const dimension = source.architecture.columns;
  // Nothing of the plan is known before the model ran; an edit that does nothing stands for it.
  const edit = {
    layer: 0,
    basis: { rows: dimension, columns: 0, data: new Float32Array(0) },
    matrix: { rows: 0, columns: 0, data: new Float32Array(0) },
    offset: new Float32Array(dimension),
  };
  const estimate = await estimateRewrite({
    source,
    plan: { steering: { edits: [edit] }, warnings: [] },
    ...(job.out !== undefined && { out: job.out }),
  });
  screen.fact('writes', `${formatBytes(estimate.bytesToWrite)}${job.outLabel === '' ? '' : ` to ${printable(job.outLabel)}`}`);
  if (estimate.freeBytes !== undefined && estimate.freeBytes < estimate.bytesToWrite)
    screen.warning(`only ${formatBytes(estimate.freeBytes)} are free there.`);
  screen.fact('runs', `the model, over the texts of ${formatCountOf(job.texts.length, 'language')}`);
  screen.line();
  screen.line('  Nothing was written. Leave --dry-run out to do it.');
  screen.result({ ...summary, dryRun: true, estimate: { bytes: estimate.bytesToWrite, freeBytes: estimate.freeBytes ?? null } });
}

interface Writing {
  readonly job: SteeringJob;
  readonly source: ModelFolder;
  readonly opened: SteeringResources;
  readonly flags: TransferFlags;
  readonly io: CommandIo;
}

function write(
  { job, source, opened, flags, io }: Writing,
  plan: TransferPlan,
  out: string,
  onProgress: (progress: { readonly stage: string; readonly done: number; readonly total: number }) => void,
): Promise<RewriteResult> {
  return rewriteModel({
    source,
    plan,
    out,
    seed: flags.seed,
    force: flags.force === true,
    pool: createInlinePool(),
    signal: io.signal,
    onProgress,
    record: {
      strategy: job.strategy.id,
      options: job.options,
      versions: { lexigraft: programVersion() },
      sourceLabel: job.source,
      inputs: opened.recorded,
    },
  });
}

/** What there is to say when a model is steered. */
interface Outcome {
  readonly plan: TransferPlan;
  readonly result: RewriteResult;
  readonly verification: Verification;
  readonly seconds: number;
}

function showOutcome(screen: Screen, job: SteeringJob, { plan, result, verification, seconds }: Outcome): void {
  const folder = printable(job.outLabel);
  screen.line();
  screen.fact('steering', ...describeSteering(plan, result));
  screen.fact('checked', describeChecks(verification));
  for (const { message } of result.warnings) screen.warning(message);
  screen.line();
  screen.line(
    `  wrote ${screen.palette.strong(folder)} (${formatBytes(result.bytes)}, ${formatCountOf(result.files.length, 'file')}) in ${formatSeconds(seconds)}, peak memory ${formatBytes(peakMemoryBytes())}`,
  );
}

/** Returns what became of edits and trained tensors, a line each. */
export function describeSteering({ tensors }: TransferPlan, { steering: written }: RewriteResult): readonly string[] {
  const lines: string[] = [];
  if (written !== undefined && written.folded.length > 0)
    lines.push(`hidden state ${written.folded.join(', ')} shifted by biases in the weights: no code is needed`);
  if (written !== undefined && written.edits > 0) {
    lines.push(
      `${formatCountOf(written.edits, 'edit')} in steering.safetensors, applied by Lexigraft${written.exported ? '; in steering.pt for lm-evaluation-harness' : ''}`,
    );
  }
  if (tensors !== undefined && tensors.size > 0) lines.push(`${formatCountOf(tensors.size, 'tensor')} of the last layers trained`);
  return lines.length === 0 ? ['nothing: every edit does nothing'] : lines;
}
