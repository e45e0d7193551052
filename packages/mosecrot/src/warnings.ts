import type { Warning } from '@lexigraft/core';
import type { AnchorCounts } from './anchors.ts';
import type { MosecrotSettings } from './options.ts';
import type { RowCounts } from './write-rows.ts';

/** With fewer anchors than this the paper's own results fall to those of chance. */
const FEW_ANCHORS = 1000;

/** What the warnings are drawn from. */
export interface MosecrotOutcome {
  readonly settings: MosecrotSettings;
  /** Rows that were to be explained. */
  readonly open: number;
  readonly counts: RowCounts;
  readonly anchors: AnchorCounts;
}

/** Returns what the user should know about a plan. */
export function mosecrotWarnings({ settings, open, counts, anchors }: MosecrotOutcome): readonly Warning[] {
  const warnings: Warning[] = [];
  if (anchors.anchors < FEW_ANCHORS) {
    warnings.push({
      code: 'few-anchors',
      message: `Only ${anchors.anchors} of the ${anchors.lexicon} pairs of the lexicon are anchors (${anchors.singleToken} have a source word that is one token, ${anchors.listed} of them a target word with a vector); tokens are described badly by so few.`,
    });
  }
  // Shared tokens that are taken over in any case are not asked for a vector.
  const unexplained = settings.copyShared ? { ...counts, shared: 0 } : counts;
  const outside = unexplained.shared + unexplained.unknown + unexplained.sampled - counts.weightless;
  if (outside > 0) {
    warnings.push({
      code: 'no-vector',
      message: `${outside} of ${open} tokens have no vector; ${fates(unexplained)}.`,
    });
  }
  if (counts.weightless > 0) {
    warnings.push({
      code: 'signed-sum',
      message: `${counts.weightless} of ${open} tokens have similarities that nearly cancel, so no weights come from them; they are treated as tokens without a vector. Softmax weights exist for every token.`,
    });
  }
  if (settings.rebase) {
    warnings.push({
      code: 'rebased-source',
      message:
        'The new rows belong to a body that was trained with the re-expressed source table; train it on that first, or plan with `rebase: false` to keep the source as it is.',
    });
  }
  return warnings;
}

function fates({ shared, unknown, sampled }: RowCounts): string {
  const parts = [
    [shared, 'take the row of the same source token'],
    [unknown, 'take the row of the unknown token'],
    [sampled, 'are sampled'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, fate]) => `${count} ${fate}`)
    .join(', ');
}
