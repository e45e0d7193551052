import { LexigraftError } from '@lexigraft/core';
import { nextTurn } from '../training/next-turn.ts';
import type { ForwardLimits } from '../transformer.ts';

const DEFAULT_TOKENS = 4096;

/**
 * Yields the indexes of sequences batch by batch, long ones first, so that a batch holds sequences of like length and at most `batchTokens` tokens with
 * its padding, or one sequence. Before each it lets other work have its turn and looks at the signal; it reports after it.
 *
 * @yields {number[]} indexes into `lengths`
 */
export async function* lengthBatches(
  lengths: readonly number[],
  { batchTokens = DEFAULT_TOKENS, signal, onProgress }: ForwardLimits = {},
): AsyncGenerator<number[], void, undefined> {
  if (!Number.isInteger(batchTokens) || batchTokens < 1)
    throw new LexigraftError('invalid-option', `\`batchTokens\` must be a whole number above 0, received ${batchTokens}.`, {
      option: 'batchTokens',
    });
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b] - lengths[a] || a - b);
  onProgress?.({ done: 0, total: lengths.length });
  for (let start = 0; start < order.length;) {
    await nextTurn();
    signal?.throwIfAborted();
    const rows = Math.max(1, Math.floor(batchTokens / Math.max(1, lengths[order[start]])));
    const end = Math.min(start + rows, order.length);
    yield order.slice(start, end);
    start = end;
    onProgress?.({ done: end, total: lengths.length });
  }
}
