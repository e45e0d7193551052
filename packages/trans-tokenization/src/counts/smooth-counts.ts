import { createCheckpoint, hasToken, type Vocabulary } from '@lexigraft/core';
import { CountTable, type CountRows } from './count-table.ts';
import { createSmoothingIndex } from './smoothing-index.ts';

/** Mass every relative brings: more for source tokens that start a word. */
const wordStartMass = 2000;
const innerMass = 1000;
/** Tokens between two looks at the signal. */
const tokensPerCheck = 64;

/** What {@link smoothCounts} works on. */
export interface SmoothingInput {
  readonly source: Vocabulary;
  readonly target: Vocabulary;
  /** N after all evidence; rows are target tokens. */
  readonly counts: CountRows;
  readonly signal: AbortSignal;
  /** Called with the tokens done, and all of them. */
  readonly onTokens?: (done: number, total: number) => void;
}

/**
 * Returns N for target tokens without evidence, borrowed from mapped tokens that begin with them or stand in them; rows of other tokens are empty.
 *
 * Each relative t′ gives ω·N[t′][s]/ΣN[t′], ω = 2000 for source tokens that start a word and 1000 for others. Only tokens with evidence of their
 * own are borrowed from, so the order of the vocabulary plays no part.
 *
 * @reference Remy et al. 2024; LAGoM-NLP/transtokenizer@a4882b2 smooth_mapping, which also borrows from rows it has just smoothed
 */
export async function smoothCounts({ source, target, counts, signal, onTokens }: SmoothingInput): Promise<CountRows> {
  const { offsets, columns, counts: masses } = counts;
  const isMapped = (id: number): boolean => offsets[id + 1] > offsets[id];
  const index = createSmoothingIndex(target, isMapped);
  const open: number[] = [];
  for (let id = 0; id < target.size; id++) if (hasToken(target, id) && target.special[id] === 0 && !isMapped(id)) open.push(id);
  const table = new CountTable();
  const checkpoint = createCheckpoint(signal);
  for (const [done, id] of open.entries()) {
    if (done % tokensPerCheck === 0) {
      await checkpoint();
      onTokens?.(done, open.length);
    }
    for (const relative of index.relativesOf(id)) {
      const [start, end] = [offsets[relative], offsets[relative + 1]];
      let total = 0;
      for (let at = start; at < end; at++) total += masses[at];
      for (let at = start; at < end; at++)
        table.add(id, columns[at], ((source.startsWord[columns[at]] === 1 ? wordStartMass : innerMass) * masses[at]) / total);
    }
  }
  onTokens?.(open.length, open.length);
  return table.toRows(target.size);
}
