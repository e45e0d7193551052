import {
  checkOutput,
  openModel,
  rewriteModel,
  verifyModel,
  type OpenTokenizer,
  type RewriteResult,
  type Verification,
} from '@lexigraft/checkpoint';
import { LexigraftError, mixtureStatistics, planTransfer, type TransferPlan, type VocabularyPlan } from '@lexigraft/core';
import { startEngine, type Engine } from '../engines.ts';
import { measureTable } from '../inspect/measure-table.ts';
import { measureSource, sourceFiguresToJson, type SourceFigures } from '../inspect/source-figures.ts';
import { verdictFacts } from '../inspect/verdict-facts.ts';
import type { CommandIo } from '../io.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import type { Coverage } from '../report/coverage.ts';
import { tolerantTable } from '../report/tolerant-table.ts';
import { judge, type VerdictFacts } from '../report/verdict.ts';
import type { Screen } from '../screen/screen.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { transferStageStyle } from '../screen/transfer-stages.ts';
import { steersOnly } from '../steer/request.ts';
import { compareVocabularies, type Comparison } from '../transfer/compare.ts';
import { estimateTransfer } from '../transfer/estimate.ts';
import { openExpansion, type Expansion } from '../transfer/expansion.ts';
import { openInputs, type TransferInputs } from '../transfer/inputs.ts';
import { assertOutputFree } from '../transfer/output.ts';
import { writeRebasedSource } from '../transfer/rebased-source.ts';
import { readTransferJob, type TransferFlags, type TransferJob } from '../transfer/request.ts';
import { failedChecks, showEstimate, showOpening, showOutcome } from '../transfer/show.ts';
import { expansionFigures, protectedInputs, summaryOf } from '../transfer/summary.ts';
import { readTextLines } from '../transfer/text-lines.ts';
import { ordinaryWords, weighedCoverage, weighTokens, type WeighingMaterial } from '../transfer/weigh-tokens.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';
import { steer } from './steer.ts';

/** Texts that are encoded and decoded to check the written tokenizer. */
const ROUND_TRIPS = 1000;

/** One transfer under way. */
interface Run {
  readonly flags: TransferFlags;
  readonly job: TransferJob;
  readonly inputs: TransferInputs;
  /** Set if the source's vocabulary is kept. */
  readonly expansion?: Expansion;
  /** Tokenizer of the new model. */
  readonly tokenizer: OpenTokenizer;
  readonly comparison: Comparison;
  readonly engine: Engine;
  readonly material: WeighingMaterial;
  readonly screen: Screen;
  readonly stages: StageBars;
  readonly signal: AbortSignal;
}

/** What is measured before anything is written, and kept with it. */
interface Figures {
  readonly coverage: Coverage;
  readonly source: SourceFigures;
}

/**
 * `lexigraft transfer`: opens everything, plans, writes, checks, judges.
 *
 * @throws {LexigraftError} whatever is wrong with flags, files or the written model; the abort reason when interrupted
 */
export async function transfer(flags: TransferFlags, io: CommandIo): Promise<void> {
  if (steersOnly(flags.strategy)) {
    await steer(flags, io);
    return;
  }
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const job = await readTransferJob(flags, io);
  if (job.out !== undefined) await assertOutputFree(job.out, job.outLabel, flags.force === true);
  if (job.rebasedSource !== undefined)
    await assertOutputFree(job.rebasedSource, flags.rebasedSource ?? '', flags.force === true, '--rebased-source');
  const texts = flags.sampleText === undefined ? undefined : await readTextLines('--sample-text', flags.sampleText, io);
  const downloads = screen.stages(transferStageStyle(undefined));
  const inputs = await openInputs(job, flags, io, downloads);
  let engine: Engine | undefined;
  try {
    for (const out of [job.out, job.rebasedSource]) {
      if (out !== undefined) await checkOutput(out, { force: flags.force === true, inputs: protectedInputs(inputs) });
    }
    const comparison = compareVocabularies(inputs.source.tokenizer.vocabulary, inputs.target.vocabulary, job.overlap);
    const expansion = await openExpansion(flags, job, inputs, io.signal);
    const { tokenizer } = expansion ?? { tokenizer: inputs.target };
    engine = await startEngine(flags.device, flags.threads);
    showOpening(screen, { job, inputs, comparison, engine, ...(expansion && { expansion }) });
    const stages = screen.stages(transferStageStyle(engine));
    const material: WeighingMaterial = {
      ...(texts === undefined ? {} : { texts }),
      ...(inputs.vectors === undefined ? {} : { words: ordinaryWords(tokenizer.vocabulary, inputs.vectors.words) }),
    };
    const run: Run = {
      flags,
      job,
      inputs,
      ...(expansion && { expansion }),
      tokenizer,
      comparison,
      engine,
      material,
      screen,
      stages,
      signal: io.signal,
    };
    if (flags.dryRun === true) await rehearse(run);
    else await perform(run, started);
  } finally {
    await engine?.dispose();
    await inputs.close();
  }
}

async function rehearse(run: Run): Promise<void> {
  const { job, screen } = run;
  const estimate = await estimateTransfer({ ...run, clock: screen.clock });
  showEstimate(screen, job, estimate);
  screen.result({ ...summaryOf(run), dryRun: true, estimate });
}

async function perform(run: Run, started: number): Promise<void> {
  const { job, inputs, screen, stages, signal, flags } = run;
  const out = job.out ?? '';
  const plan = await makePlan(run);
  const vocabulary = vocabularyOf(job, plan);
  const recipe = mixtureStatistics(vocabulary.input);
  const coverage = weighedCoverage(await weighTokens(run.tokenizer, run.material, signal), vocabulary.input.origins);
  const source = await measureSource(inputs.source, stages, signal);
  if (job.rebasedSource !== undefined) await writeRebased(run, plan, job.rebasedSource);
  const result = await write(run, plan, out, { coverage, source });
  const verification = await check(run, out);
  const facts = verification.ok ? await measureRows(run, vocabulary, out, { coverage, source }) : { coverage };
  const verdict = judge({
    ...facts,
    failedChecks: verification.checks.filter(({ ok }) => !ok).map(({ name }) => name),
  });
  const seconds = (screen.clock() - started) / 1000;
  if (vocabulary.rebasedSource !== undefined && job.rebasedSource === undefined && job.body === undefined)
    screen.warning('The re-expressed source table was not written; --rebased-source DIR writes it.');
  showOutcome(screen, job, {
    origins: recipe.origins,
    ...(recipe.mixedMakers && { makers: recipe.mixedMakers }),
    warnings: result.warnings,
    result,
    verification,
    verdict,
    seconds,
  });
  if (!verification.ok) {
    const failed = failedChecks(verification.checks);
    throw new LexigraftError('verification-failed', `${job.outLabel} was written and did not pass its checks: ${failed.join('; ')}.`, {
      path: out,
      failed,
    });
  }
  screen.result({
    ...summaryOf(run),
    dryRun: false,
    seed: flags.seed,
    recipe,
    coverage,
    normRatio: facts.normRatio ?? NaN,
    ...(result.steering && { steering: result.steering }),
    warnings: result.warnings,
    out,
    ...(job.rebasedSource === undefined ? {} : { rebasedSource: job.rebasedSource }),
    bytes: result.bytes,
    files: result.files,
    checks: verification.checks,
    verdict,
    stages: stages.times,
    seconds,
    peakMemoryBytes: peakMemoryBytes(),
  });
}

async function makePlan({ job, inputs, expansion, engine, flags, signal, stages }: Run): Promise<TransferPlan> {
  const { source, resources } = inputs;
  const plan = await planTransfer({
    strategy: job.strategy,
    source,
    ...(expansion?.planned ?? { target: inputs.target, overlap: job.overlap }),
    resources,
    seed: flags.seed,
    compute: engine.compute,
    workers: engine.workers,
    signal,
    onProgress: stages.update,
  });
  stages.finish();
  return expansion === undefined ? plan : expansion.expand(plan);
}

function vocabularyOf({ strategy }: TransferJob, { vocabulary }: TransferPlan): VocabularyPlan {
  if (vocabulary !== undefined) return vocabulary;
  throw new LexigraftError('unknown-strategy', `${strategy.id} plans no vocabulary, so it cannot be used with transfer.`, {
    strategy: strategy.id,
  });
}

async function write(
  { job, inputs, expansion, tokenizer, engine, flags, signal, stages }: Run,
  plan: TransferPlan,
  out: string,
  figures: Figures,
): Promise<RewriteResult> {
  const result = await rewriteModel({
    source: inputs.rewritten,
    target: tokenizer,
    plan,
    out,
    seed: flags.seed,
    template: flags.template,
    ...(flags.padToMultipleOf !== undefined && { padToMultiple: flags.padToMultipleOf }),
    force: flags.force === true,
    pool: engine.workers,
    signal,
    onProgress: stages.update,
    record: {
      strategy: job.strategy.id,
      options: job.options,
      versions: { lexigraft: programVersion() },
      sourceLabel: job.body ?? job.source,
      targetLabel: job.target,
      // The tokenizer that is written has the path of the source's, beside which the target's would go unnamed.
      inputs: [...(expansion === undefined ? [] : [{ role: 'target', label: job.target, path: inputs.target.path }]), ...inputs.recorded],
      figures: {
        coverage: { ...figures.coverage },
        source: sourceFiguresToJson(figures.source),
        ...(expansion && { expansion: expansionFigures(expansion) }),
      },
    },
  });
  stages.finish();
  return result;
}

async function writeRebased({ job, inputs, engine, flags, signal, stages }: Run, plan: TransferPlan, out: string): Promise<void> {
  await writeRebasedSource(plan, flags.rebasedSource ?? '', {
    source: inputs.source,
    out,
    seed: flags.seed,
    force: flags.force === true,
    pool: engine.workers,
    signal,
    onProgress: stages.update,
    record: {
      strategy: job.strategy.id,
      options: job.options,
      versions: { lexigraft: programVersion() },
      sourceLabel: job.source,
      targetLabel: `${job.source} (re-expressed rows)`,
      inputs: inputs.recorded,
    },
  });
  stages.finish();
}

/** Checks what was written, with the sample text or the commonest words for the round trip. */
async function check({ material, stages, signal }: Run, out: string): Promise<Verification> {
  const sampleTexts = (material.texts ?? material.words ?? []).slice(0, ROUND_TRIPS);
  const verification = await verifyModel(out, { sampleTexts, signal, onProgress: stages.update });
  stages.finish();
  return verification;
}

/** Measures the written rows as `inspect` will, so that both reach the same verdict. */
async function measureRows(
  { stages, signal }: Run,
  { input: recipe }: VocabularyPlan,
  out: string,
  { coverage, source }: Figures,
): Promise<VerdictFacts> {
  const written = await openModel(out, { signal });
  try {
    const target = await measureTable('new rows', tolerantTable(written.input), written.tokenizer.vocabulary, stages, signal);
    return verdictFacts({ target, recipe, coverage, source: source.report });
  } finally {
    await written.close();
  }
}
