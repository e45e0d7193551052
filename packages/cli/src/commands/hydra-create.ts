import { checkOutput, createHydra, verifyHydra, type HydraResult, type HydraTarget, type HydraVerification } from '@lexigraft/checkpoint';
import { LexigraftError, mixtureStatistics, planTransfer } from '@lexigraft/core';
import { startEngine, type Engine } from '../engines.ts';
import { readHydraJobs, type HydraCreateFlags, type LanguageJob } from '../hydra/request.ts';
import { showHydra, showLanguage, showSource } from '../hydra/show.ts';
import type { CommandIo } from '../io.ts';
import type { Screen } from '../screen/screen.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { transferStageStyle } from '../screen/transfer-stages.ts';
import { compareVocabularies } from '../transfer/compare.ts';
import { openInputs, type TransferInputs } from '../transfer/inputs.ts';
import { assertOutputFree } from '../transfer/output.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import { failedChecks } from '../transfer/show.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';

/** One checkpoint under way. */
interface Run {
  readonly flags: HydraCreateFlags;
  readonly jobs: readonly LanguageJob[];
  readonly screen: Screen;
  readonly stages: StageBars;
  readonly engine: Engine;
  readonly io: CommandIo;
}

/**
 * `lexigraft hydra create`: plans every language, writes the checkpoint, checks it.
 *
 * @throws {LexigraftError} whatever is wrong with flags, files or the written checkpoint; the abort reason when interrupted
 */
export async function hydraCreate(flags: HydraCreateFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const jobs = await readHydraJobs(flags, io);
  const out = jobs[0].job.out ?? '';
  await assertOutputFree(out, flags.out ?? '', flags.force === true);
  const engine = await startEngine(flags.device, flags.threads);
  const run: Run = { flags, jobs, screen, stages: screen.stages(transferStageStyle(engine)), engine, io };
  let first: TransferInputs | undefined;
  try {
    first = await openInputs(jobs[0].job, flags, io, run.stages);
    await checkOutput(out, { force: flags.force === true, inputs: [{ what: 'the source model', path: first.source.path }] });
    showSource(screen, jobs, first.source, engine);
    const targets = await planLanguages(run, first);
    const result = await createHydra({
      source: first.source,
      targets,
      ...(flags.active !== undefined && { active: flags.active }),
      out,
      seed: flags.seed,
      template: flags.template,
      ...(flags.padToMultipleOf !== undefined && { padToMultiple: flags.padToMultipleOf }),
      force: flags.force === true,
      pool: engine.workers,
      signal: io.signal,
      onProgress: run.stages.update,
    });
    run.stages.finish();
    const verification = await verifyHydra(out, { signal: io.signal, onProgress: run.stages.update });
    run.stages.finish();
    report(run, targets, result, verification, (screen.clock() - started) / 1000);
  } finally {
    await engine.dispose();
    await first?.close();
  }
}

/** Plans one language after the other; what a language alone needs is closed before the next begins. */
async function planLanguages({ flags, jobs, screen, stages, engine, io }: Run, first: TransferInputs): Promise<HydraTarget[]> {
  const targets: HydraTarget[] = [];
  for (const [index, { language, job }] of jobs.entries()) {
    const inputs = index === 0 ? first : await openInputs(job, flags, io, stages);
    try {
      showLanguage(
        screen,
        language,
        job,
        inputs,
        compareVocabularies(inputs.source.tokenizer.vocabulary, inputs.target.vocabulary, job.overlap),
      );
      const plan = await planTransfer({
        strategy: job.strategy,
        source: inputs.source,
        target: inputs.target,
        resources: inputs.resources,
        overlap: job.overlap,
        seed: flags.seed,
        compute: engine.compute,
        workers: engine.workers,
        signal: io.signal,
        onProgress: stages.update,
      });
      stages.finish();
      const record = {
        strategy: job.strategy.id,
        options: job.options,
        versions: { lexigraft: programVersion() },
        sourceLabel: job.source,
        targetLabel: job.target,
        inputs: inputs.recorded,
      };
      targets.push({ language, tokenizer: inputs.target, plan, record });
    } finally {
      if (inputs !== first) await inputs.close();
    }
  }
  return targets;
}

function report(
  { flags, jobs, screen, stages, engine }: Run,
  targets: readonly HydraTarget[],
  result: HydraResult,
  verification: HydraVerification,
  seconds: number,
): void {
  const recipes = targets.map(({ language, plan }) => ({ language, recipe: plan.vocabulary && mixtureStatistics(plan.vocabulary.input) }));
  showHydra(screen, flags.out ?? '', {
    result,
    verification,
    origins: recipes.flatMap(({ language, recipe }) => (recipe ? [{ language, origins: recipe.origins }] : [])),
    seconds,
  });
  if (!verification.ok) {
    const failed = failedChecks(verification.checks);
    throw new LexigraftError('verification-failed', `${flags.out ?? ''} was written and did not pass its checks: ${failed.join('; ')}.`, {
      path: result.path,
      failed,
    });
  }
  const { record } = result;
  const outputRows = record.targets.find(({ language }) => language === record.active)?.rows ?? 0;
  screen.result({
    command: 'hydra create',
    version: programVersion(),
    strategy: jobs[0].job.strategy.id,
    options: jobs[0].job.options,
    seed: flags.seed,
    engine: { compute: engine.compute.description, workers: engine.workers.size, notes: engine.notes },
    out: result.path,
    active: record.active,
    tied: record.tied,
    outputRows,
    sourceOffset: outputRows,
    inputRows: outputRows + record.source.rows,
    source: record.source,
    languages: record.targets.map((target) => ({
      ...target,
      recipe: recipes.find(({ language }) => language === target.language)?.recipe,
    })),
    bytes: result.bytes,
    files: result.files,
    checks: verification.checks,
    warnings: result.warnings,
    stages: stages.times,
    seconds,
    peakMemoryBytes: peakMemoryBytes(),
  });
}
