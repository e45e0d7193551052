import { LexigraftError } from '@lexigraft/core';
import { padBatch, type TokenIds } from '../batch.ts';
import type { ForwardLimits, TokenScores } from '../transformer.ts';
import { lengthBatches } from './length-batches.ts';
import { scorePositions, type Scorer } from './score-positions.ts';

/** Scores every token of each sequence but the first, given those before it. */
export async function scoreTokens(scorer: Scorer, sequences: readonly TokenIds[], limits?: ForwardLimits): Promise<TokenScores> {
  assertCausal(scorer);
  const offsets = new Uint32Array(sequences.length + 1);
  sequences.forEach((sequence, index) => {
    offsets[index + 1] = offsets[index] + Math.max(0, sequence.length - 1);
  });
  const logLikelihoods = new Float32Array(offsets[sequences.length]);
  const inputs = sequences.map((sequence) => Int32Array.from(sequence).subarray(0, -1));
  const filled = inputs.flatMap((input, index) => (input.length > 0 ? [index] : []));
  for await (const chosen of lengthBatches(
    filled.map((index) => inputs[index].length),
    limits,
  )) {
    const indexes = chosen.map((index) => filled[index]);
    const batch = padBatch(indexes.map((index) => inputs[index]));
    const positions = indexes.flatMap((index, row) => Array.from(inputs[index], (_, at) => row * batch.length + at));
    const targets = indexes.flatMap((index) => Array.from(inputs[index], (_, at) => sequences[index][at + 1]));
    const scores = await scorePositions(scorer, batch, Int32Array.from(positions), Int32Array.from(targets));
    let next = 0;
    for (const index of indexes) {
      logLikelihoods.set(scores.logLikelihoods.subarray(next, next + inputs[index].length), offsets[index]);
      next += inputs[index].length;
    }
  }
  return { offsets, logLikelihoods };
}

/** Throws `invalid-option` for a model that sees its sequences whole. */
export function assertCausal({ config }: Scorer): void {
  if (config.causal) return;
  throw new LexigraftError(
    'invalid-option',
    `A model of type ${config.modelType} sees its sequences whole and gives no likelihood of what follows; use \`pseudoLogLikelihoods\`.`,
    { modelType: config.modelType },
  );
}
