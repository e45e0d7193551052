import type { ModelFolder, RewriteEstimate, RewriteResult, Verification } from '@lexigraft/checkpoint';
import type { TransferPlan } from '@lexigraft/core';
import { peakMemoryBytes } from '../peak-memory.ts';
import { architectureName } from '../screen/describe-model.ts';
import { formatBytes, formatCountOf, formatSeconds } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import { describeChecks } from '../transfer/show.ts';
import type { SteeringResources } from '../transfer/steering-resources.ts';
import type { SteeringJob } from './request.ts';

/** Prints what was opened. */
export function showOpening(screen: Screen, job: SteeringJob, source: ModelFolder, { device, notes }: SteeringResources): void {
  screen.line();
  screen.fact('source', `${printable(job.source)}   ${architectureName(source)}`);
  screen.fact('texts', ...job.texts.map(({ language, label }) => `${printable(language)}   ${printable(label)}`));
  if (device !== undefined) screen.fact('runs on', device);
  for (const note of [...notes, ...job.notes]) screen.warning(note);
  screen.line();
}

/** Prints what a steering would take. */
export function showEstimate(screen: Screen, job: SteeringJob, estimate: RewriteEstimate): void {
  screen.fact('writes', `${formatBytes(estimate.bytesToWrite)}${job.outLabel === '' ? '' : ` to ${printable(job.outLabel)}`}`);
  if (estimate.freeBytes !== undefined && estimate.freeBytes < estimate.bytesToWrite)
    screen.warning(`only ${formatBytes(estimate.freeBytes)} are free there.`);
  screen.fact('runs', `the model, over the texts of ${formatCountOf(job.texts.length, 'language')}`);
  screen.line();
  screen.line('  Nothing was written. Leave --dry-run out to do it.');
}

/** What there is to say when a model is steered. */
export interface SteeringOutcome {
  readonly plan: TransferPlan;
  readonly result: RewriteResult;
  readonly verification: Verification;
  readonly seconds: number;
}

/** Prints what was written. */
export function showOutcome(screen: Screen, job: SteeringJob, { plan, result, verification, seconds }: SteeringOutcome): void {
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
