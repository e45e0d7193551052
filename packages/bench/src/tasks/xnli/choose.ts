import { LexigraftError } from '@lexigraft/core';

/**
 * Returns the index of the largest score, the lowest among equals, as numpy's argmax.
 *
 * With `lengths`, scores are divided by them first: `acc_norm` of lm-evaluation-harness by code points, `acc_bytes` by bytes.
 */
export function chooseLargest(scores: ArrayLike<number>, lengths?: ArrayLike<number>): number {
  let best = 0;
  for (let choice = 1; choice < scores.length; choice++) {
    const [score, leader] = lengths ? [scores[choice] / lengths[choice], scores[best] / lengths[best]] : [scores[choice], scores[best]];
    if (score > leader) best = choice;
  }
  return best;
}

/**
 * Refuses scores that say nothing: compared with NaN every choice loses, and the first would be the answer to everything.
 *
 * @param perItem scores of each item, which stand one after another
 * @throws {LexigraftError} `not-finite` naming the task and the first item with such a score, counted from 1
 */
export function assertFiniteScores(task: string, scores: ArrayLike<number>, perItem: number): void {
  for (let at = 0; at < scores.length; at++) {
    if (Number.isFinite(scores[at])) continue;
    const item = Math.floor(at / perItem) + 1;
    throw new LexigraftError(
      'not-finite',
      `${task}: the model gives item ${item} the score ${scores[at]}, which chooses nothing; check its weights for values that are not finite.`,
      { task, item, score: String(scores[at]) },
    );
  }
}
