import { LexigraftError } from '@lexigraft/core';
import type { NliItem } from './nli-item.ts';

/** Letters and digits alone, in one case: what is left of a text when spacing, punctuation and case are ignored. */
export function essence(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '');
}

/** What two premises have in common where they are the same: the essence, or the text itself where it is of signs alone, which have none. */
function premiseKey({ premise }: NliItem): string {
  return essence(premise) || premise.trim();
}

/**
 * Refuses training pairs that share a premise with test pairs, whatever their case, spacing and punctuation. A premise
 * in translation is another text, and is not seen.
 *
 * @throws {LexigraftError} `data-leak`
 */
export function assertNoLeak(training: readonly NliItem[], test: readonly NliItem[]): void {
  const tested = new Set(test.map(premiseKey));
  const leaking = training.filter((item) => tested.has(premiseKey(item)));
  if (leaking.length === 0) return;
  const [{ premise }] = leaking;
  const shown = premise.length > 80 ? `${premise.slice(0, 79)}…` : premise;
  throw new LexigraftError(
    'data-leak',
    `${leaking.length} of ${training.length} training pairs have a premise that is also tested, the first “${shown}”; leave them out, or the result means nothing.`,
    { leaking: leaking.length, training: training.length, example: shown },
  );
}

/** Returns the pairs whose premise is not tested, and how many were left out. */
export function withoutLeaks(
  training: readonly NliItem[],
  test: readonly NliItem[],
): { readonly items: readonly NliItem[]; readonly leftOut: number } {
  const tested = new Set(test.map(premiseKey));
  const items = training.filter((item) => !tested.has(premiseKey(item)));
  return { items, leftOut: training.length - items.length };
}
