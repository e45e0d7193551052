import {
  checkOutput,
  estimateRewrite,
  openModel,
  rewriteModel,
  verifyModel,
  type ModelFolder,
  type RewriteResult,
} from '@lexigraft/checkpoint';
import { createInlinePool, LexigraftError, planTransfer, type ResourceName, type TransferPlan } from '@lexigraft/core';
import type { CommandIo } from '../io.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import type { Screen } from '../screen/screen.ts';
import { transferStageStyle } from '../screen/transfer-stages.ts';
import { readSteeringJob, type SteeringJob } from '../steer/request.ts';
import { showEstimate, showOpening, showOutcome } from '../steer/show.ts';
import { locateInput } from '../transfer/inputs.ts';
import { assertOutputFree } from '../transfer/output.ts';
import type { TransferFlags } from '../transfer/request.ts';
import { failedChecks } from '../transfer/show.ts';
import { openSteeringResources, type SteeringResources } from '../transfer/steering-resources.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';

/**
 * `lexigraft transfer` with strategies that leave the vocabulary: opens the source and the texts, plans, writes, checks.
 *
 * @throws {LexigraftError} whatever is wrong with flags, files or the written model; the abort reason when interrupted
 */
export async function steer(flags: TransferFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const job = await readSteeringJob(flags, io);
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
  showEstimate(screen, job, estimate);
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
