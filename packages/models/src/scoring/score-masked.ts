import { LexigraftError } from '@lexigraft/core';
import { padBatch, type TokenIds } from '../batch.ts';
import type { ClassificationInput, ForwardLimits, MaskedTarget, TargetScores, TokenScores } from '../transformer.ts';
import { lengthBatches } from './length-batches.ts';
import { scorePositions, type Scorer } from './score-positions.ts';

/** Scores targets at positions of sequences; sequences without a target are not run. */
export async function scoreMaskedTargets(
  scorer: Scorer,
  sequences: readonly TokenIds[] | readonly ClassificationInput[],
  targets: readonly MaskedTarget[],
  limits?: ForwardLimits,
): Promise<TargetScores> {
  const inputs = sequences.map((sequence): ClassificationInput => ('ids' in sequence ? sequence : { ids: sequence }));
  const wanted = new Map<number, number[]>();
  targets.forEach(({ sequence, position, target }, index) => {
    const length = sequence >= 0 && sequence < inputs.length ? inputs[sequence].ids.length : 0;
    if (!(position >= 0 && position < length) || target < 0 || target >= scorer.config.vocabularySize)
      throw new LexigraftError('invalid-option', `\`targets[${index}]\` lies outside its sequence or the vocabulary.`, {
        option: `targets[${index}]`,
        sequence,
        position,
        target,
      });
    const others = wanted.get(sequence);
    if (others) others.push(index);
    else wanted.set(sequence, [index]);
  });
  const logLikelihoods = new Float32Array(targets.length);
  const isGreedy = new Uint8Array(targets.length);
  const needed = [...wanted.keys()];
  for await (const chosen of lengthBatches(
    needed.map((sequence) => inputs[sequence].ids.length),
    limits,
  )) {
    const rows = chosen.map((index) => needed[index]);
    const batch = padBatch(
      rows.map((sequence) => inputs[sequence].ids),
      { tokenTypes: rows.map((sequence) => inputs[sequence].tokenTypes ?? new Uint8Array(inputs[sequence].ids.length)) },
    );
    const asked = rows.flatMap((sequence, row) => (wanted.get(sequence) ?? []).map((index) => ({ index, row })));
    const scores = await scorePositions(
      scorer,
      batch,
      Int32Array.from(asked, ({ index, row }) => row * batch.length + targets[index].position),
      Int32Array.from(asked, ({ index }) => targets[index].target),
    );
    asked.forEach(({ index }, at) => {
      logLikelihoods[index] = scores.logLikelihoods[at];
      isGreedy[index] = scores.isGreedy[at];
    });
  }
  return { logLikelihoods, isGreedy };
}

/** Copies of sequences made at once, each with one token masked. */
const COPIES = 4096;

/** Scores every token of each sequence with that token alone masked. */
export async function scorePseudo(
  scorer: Scorer,
  sequences: readonly TokenIds[],
  { maskId, skipIds, ...limits }: { readonly maskId: number; readonly skipIds: ReadonlySet<number> } & ForwardLimits,
): Promise<TokenScores> {
  if (scorer.config.causal)
    throw new LexigraftError('invalid-option', 'A causal model predicts no masked tokens; use `tokenLogLikelihoods`.', {
      modelType: scorer.config.modelType,
    });
  const offsets = new Uint32Array(sequences.length + 1);
  const places = sequences.flatMap((sequence, index) => {
    const own = Array.from(sequence, (id, position) => ({ index, position, id })).filter(({ id }) => !skipIds.has(id));
    offsets[index + 1] = offsets[index] + own.length;
    return own;
  });
  const logLikelihoods = new Float32Array(places.length);
  const { onProgress, ...others } = limits;
  onProgress?.({ done: 0, total: places.length });
  for (let start = 0; start < places.length; start += COPIES) {
    const block = places.slice(start, start + COPIES);
    const masked = block.map(({ index, position }) => Int32Array.from(sequences[index]).fill(maskId, position, position + 1));
    const targets = block.map(({ position, id }, sequence) => ({ sequence, position, target: id }));
    logLikelihoods.set((await scoreMaskedTargets(scorer, masked, targets, others)).logLikelihoods, start);
    onProgress?.({ done: start + block.length, total: places.length });
  }
  return { offsets, logLikelihoods };
}
