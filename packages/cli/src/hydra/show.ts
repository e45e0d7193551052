import type { HydraResult, HydraVerification, ModelFolder } from '@lexigraft/checkpoint';
import type { RowOriginName } from '@lexigraft/core';
import type { Engine } from '../engines.ts';
import { architectureName, describeTables, kindNames } from '../screen/describe-model.ts';
import { formatBytes, formatCount, formatCountOf, formatPercent, formatSeconds } from '../screen/numbers.ts';
import { describeOrigins } from '../screen/origins.ts';
import { printable, shellArgument } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import type { Comparison } from '../transfer/compare.ts';
import type { TransferInputs } from '../transfer/inputs.ts';
import { flagOf } from '../transfer/missing-resources.ts';
import type { TransferJob } from '../transfer/request.ts';
import type { LanguageJob } from './request.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import { failedChecks } from '../transfer/show.ts';

/** Prints the model that gets a second vocabulary. */
export function showSource(screen: Screen, languages: readonly LanguageJob[], source: ModelFolder, engine: Engine): void {
  const jobs = languages.map(({ job }) => job);
  const [{ source: label, strategy }] = jobs;
  screen.line();
  screen.fact('source', `${printable(label)}   ${architectureName(source)}   ${describeTables(source)}`);
  for (const note of engine.notes) screen.warning(note);
  for (const name of new Set(jobs.flatMap(({ unused }) => unused))) screen.warning(`${strategy.id} makes no use of ${flagOf(name)}.`);
}

/** Prints one target language, before its rows are planned. */
export function showLanguage(
  screen: Screen,
  language: string,
  job: TransferJob,
  { target, notes }: TransferInputs,
  { tokens, shared }: Comparison,
): void {
  const kind = kindNames[target.vocabulary.kind];
  screen.fact(
    language,
    `${printable(job.target)}   ${kind}   ${formatCountOf(tokens, 'token')}, ${formatPercent(shared / tokens)} shared with the source`,
  );
  for (const note of notes) screen.warning(note);
}

/** What there is to say when a checkpoint is made. */
export interface HydraOutcome {
  readonly result: HydraResult;
  readonly verification: HydraVerification;
  readonly origins: readonly { readonly language: string; readonly origins: Readonly<Record<RowOriginName, number>> }[];
  readonly seconds: number;
}

/** Prints what was made. */
export function showHydra(screen: Screen, out: string, { result, verification, origins, seconds }: HydraOutcome): void {
  const { record, warnings, bytes, files } = result;
  screen.line();
  for (const { language, origins: counts } of origins) screen.fact(language, describeOrigins(counts));
  screen.fact(
    'checked',
    verification.ok
      ? `${formatCountOf(verification.checks.length, 'check')} passed`
      : `failed: ${failedChecks(verification.checks).join(' · ')}`,
  );
  for (const { message } of warnings) screen.warning(message);
  const active = record.targets.find(({ language }) => language === record.active);
  const rows = active?.rows ?? 0;
  screen.fact(
    'input ids',
    `0 to ${formatCount(rows - 1)}: ${record.active}, which the model also writes; from ${formatCount(rows)} on: the source tokenizer’s ids + ${formatCount(rows)}`,
  );
  screen.line();
  const folder = printable(out);
  screen.line(
    `  wrote ${screen.palette.strong(folder)} (${formatBytes(bytes)}, ${formatCountOf(files.length, 'file')}) in ${formatSeconds(seconds)}, peak memory ${formatBytes(peakMemoryBytes())}`,
  );
  const other = record.targets.find(({ language }) => language !== record.active);
  screen.line(
    other === undefined
      ? `  next: how to load and prompt it is in ${folder}/README.md`
      : `  next: lexigraft hydra swap ${shellArgument(out)} --to ${shellArgument(other.language)}`,
  );
}
