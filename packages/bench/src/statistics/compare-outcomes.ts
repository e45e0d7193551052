import { LexigraftError } from '@lexigraft/core';
import type { ItemOutcomes } from '../tasks/task-result.ts';
import { mcnemar, type McNemar } from './mcnemar.ts';
import { pairedBootstraps, type BootstrapOptions, type PairedBootstrap } from './paired-bootstrap.ts';

/** How the outcomes of two models on the same items differ. */
export interface PairedComparison {
  readonly bootstrap: PairedBootstrap;
  /** Only where every outcome is 0 or 1 and all items weigh the same. */
  readonly mcnemar?: McNemar;
  /** McNemar's mid-p where there is one, else the bootstrap's. */
  readonly pValue: number;
  readonly n: number;
}

/**
 * Compares `outcomes` with those of a baseline over the same items; differences are outcomes less baseline.
 *
 * @throws {LexigraftError} `invalid-option` when the items differ, for such a comparison would mean nothing
 */
export function compareOutcomes(
  outcomes: ItemOutcomes,
  baseline: ItemOutcomes,
  options: Omit<BootstrapOptions, 'weights'> = {},
): PairedComparison {
  return compareAllOutcomes([{ outcomes, baseline }], options)[0];
}

/**
 * Does what {@link compareOutcomes} does for many pairs, with the same results, in less time.
 *
 * @throws {LexigraftError} as {@link compareOutcomes}
 */
export function compareAllOutcomes(
  pairs: readonly { readonly outcomes: ItemOutcomes; readonly baseline: ItemOutcomes }[],
  options: Omit<BootstrapOptions, 'weights'> = {},
): PairedComparison[] {
  for (const { outcomes, baseline } of pairs) assertSameItems(outcomes, baseline);
  const bootstraps = pairedBootstraps(
    pairs.map(({ outcomes: { values, weights }, baseline }) => ({ first: values, second: baseline.values, ...(weights && { weights }) })),
    options,
  );
  return pairs.map(({ outcomes, baseline }, index) => {
    const [bootstrap, n] = [bootstraps[index], outcomes.values.length];
    if (!areRightOrWrong(outcomes, baseline)) return { bootstrap, pValue: bootstrap.pValue, n };
    const better = outcomes.values.reduce((sum, value, item) => sum + (value > baseline.values[item] ? 1 : 0), 0);
    const worse = outcomes.values.reduce((sum, value, item) => sum + (value < baseline.values[item] ? 1 : 0), 0);
    const test = mcnemar(better, worse);
    return { bootstrap, mcnemar: test, pValue: test.midP, n };
  });
}

/** Whether McNemar's test and Wilson's interval fit: every outcome is 0 or 1, and all items weigh the same. */
export function areRightOrWrong(...lists: readonly ItemOutcomes[]): boolean {
  return lists.every(({ values, weights }) => weights === undefined && values.every((value) => value === 0 || value === 1));
}

function assertSameItems(outcomes: ItemOutcomes, baseline: ItemOutcomes): void {
  const n = outcomes.values.length;
  if (outcomes.items === baseline.items && baseline.values.length === n) return;
  throw new LexigraftError(
    'invalid-option',
    `A paired comparison needs the same items on both sides; got ${n} items (${outcomes.items}) and ${baseline.values.length} (${baseline.items}).`,
    { items: outcomes.items, baseline: baseline.items },
  );
}
