import { LexigraftError } from '@lexigraft/core';
import type { ContinuationRequest, ContinuationScores, ForwardLimits } from '../transformer.ts';
import { lengthBatches } from './length-batches.ts';
import { commonLength, packGroup, packedBatch, type Scored } from './pack-branches.ts';
import { scorePositions, type Scorer } from './score-positions.ts';
import { assertCausal } from './score-tokens.ts';

/** Requests that share a beginning worth sharing are run as one; more would make attention over them dearer than what is saved. */
const LARGEST_GROUP = 8;

/** Scores continuations; neighbours in the list that begin alike, such as the choices of one question, run as branches of one sequence. */
export async function scoreContinuations(
  scorer: Scorer,
  requests: readonly ContinuationRequest[],
  limits?: ForwardLimits,
): Promise<ContinuationScores> {
  assertCausal(scorer);
  const scored = requests.map((request, index) => cut(request, index, scorer.config.maximumLength));
  const packs = groupNeighbours(scored).map(packGroup);
  const logLikelihoods = new Float64Array(requests.length);
  const isGreedy = new Uint8Array(requests.length).fill(1);
  for await (const chosen of lengthBatches(
    packs.map(({ ids }) => ids.length),
    limits,
  )) {
    const rows = chosen.map((index) => packs[index]);
    const batch = packedBatch(rows);
    const asked = rows.flatMap(({ predictions }, row) => predictions.map((prediction) => ({ ...prediction, row })));
    const scores = await scorePositions(
      scorer,
      batch,
      Int32Array.from(asked, ({ row, place }) => row * batch.length + place),
      Int32Array.from(asked, ({ target }) => target),
    );
    asked.forEach(({ request }, at) => {
      logLikelihoods[request] += scores.logLikelihoods[at];
      if (scores.isGreedy[at] === 0) isGreedy[request] = 0;
    });
  }
  return { logLikelihoods, isGreedy };
}

/** Cuts a context from the left until the sequence fits. The last token is only predicted, so one more than the model's length fits. */
function cut({ context, continuation }: ContinuationRequest, index: number, maximumLength: number): Scored {
  if (context.length === 0 || continuation.length === 0)
    throw new LexigraftError(
      'empty-input',
      `\`requests[${index}]\` needs a context and a continuation of at least one token each; the start of sequence will do for a context.`,
      { option: `requests[${index}]` },
    );
  if (continuation.length > maximumLength)
    throw new LexigraftError(
      'invalid-option',
      `The continuation of \`requests[${index}]\` has ${continuation.length} tokens; the model takes ${maximumLength}.`,
      { option: `requests[${index}]`, maximumLength },
    );
  const ids = Int32Array.from([...Array.from(context), ...Array.from(continuation)]).slice(-(maximumLength + 1));
  return { index, ids, scoredFrom: ids.length - continuation.length };
}

/** Puts neighbours together while they share at least half of what is run for each. */
function groupNeighbours(requests: readonly Scored[]): Scored[][] {
  const groups: { members: Scored[]; shared: number }[] = [];
  for (const request of requests) {
    const group = groups.at(-1);
    const shared = group ? Math.min(group.shared, commonLength(group.members[0].ids, request.ids)) : 0;
    if (group && group.members.length < LARGEST_GROUP && 2 * shared >= request.ids.length && 2 * shared >= group.members[0].ids.length) {
      group.members.push(request);
      group.shared = shared;
    } else groups.push({ members: [request], shared: request.ids.length });
  }
  return groups.map(({ members }) => members);
}
