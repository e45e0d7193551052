import type { EmbeddingModel, Warning } from '@lexigraft/core';
import type { SaltSettings } from './options.ts';
import { wasFitted, type FittedTokens } from './write-rows.ts';

/** Below this share of the helper's norm, fitted rows are so short that the model will hardly notice them. */
const LITTLE_CAPTURED = 0.3;

/** What the warnings are drawn from. */
export interface SaltOutcome extends FittedTokens {
  readonly settings: SaltSettings;
  readonly sameTokenizer: boolean;
  readonly source: EmbeddingModel;
  readonly helper: EmbeddingModel;
}

/** Returns what the user should know about a plan. */
export function saltWarnings(outcome: SaltOutcome): readonly Warning[] {
  const { settings, open, explained, anchors, fits, sameTokenizer, source, helper } = outcome;
  const warnings: Warning[] = [];
  const unexplained = open.length - explained.length;
  if (open.length > 0 && anchors.targetIds.length === 0) {
    warnings.push({
      code: 'no-anchors',
      message: `No shared token can serve as an anchor, so all ${open.length.toLocaleString('en-US')} new rows are sampled.`,
    });
  } else if (unexplained > 0) {
    warnings.push({
      code: 'no-vector',
      message: `${unexplained.toLocaleString('en-US')} of ${open.length.toLocaleString('en-US')} new tokens have no vector to find neighbours by; their rows are sampled.`,
    });
  }
  if (!sameTokenizer) {
    warnings.push({
      code: 'other-tokenizer',
      message: 'The helper has another tokenizer than the target; tokens it lacks are represented by the mean of their pieces in it.',
    });
  }
  const captured = fits.captured.filter((_, index) => wasFitted(outcome, index)).sort();
  const median = captured[captured.length >> 1];
  if (median < LITTLE_CAPTURED && settings.normMatching === 'none') {
    warnings.push({
      code: 'little-captured',
      message: `Half of the fits reproduce less than ${Math.round(median * 100)} % of the helper's norm; \`normMatching: 'helper'\` restores the length of the rows.`,
    });
  }
  if (settings.head === 'refit' && source.output === undefined) {
    warnings.push({ code: 'tied-head', message: 'The source model has no output head of its own, so nothing was refitted.' });
  } else if (settings.head === 'refit' && helper.output === undefined) {
    warnings.push({
      code: 'tied-helper',
      message: 'The helper has no output head of its own, so the head takes the coefficients of the input embeddings.',
    });
  }
  return warnings;
}
