import type { WorkerContext, WorkerTask } from '@lexigraft/core';
import { digamma } from './digamma.ts';
import type { EmState, PassSettings } from './em-state.ts';
import { PositionWeights } from './position-weights.ts';
import { withScratch } from './scratch.ts';

/** Input of {@link reestimate}: source types `[start, end)`. */
export interface ReestimateInput {
  readonly state: EmState;
  readonly settings: PassSettings;
  readonly start: number;
  readonly end: number;
  /** α of the Dirichlet prior for variational Bayes; maximum likelihood when absent */
  readonly alpha?: number;
  /** `[entries]` receives the expected counts the new probabilities come from */
  readonly counts?: Float64Array;
}

/**
 * For every source type e of the range: expected counts C(e, f), then t(f | e) in place: C/ΣC, or exp(ψ(C + α) − ψ(Σ(C + α))) with variational Bayes.
 * A row needs only its own old probabilities and 1/S, so rows are independent and no second table is held.
 */
export async function reestimate(input: ReestimateInput, context: WorkerContext): Promise<void> {
  const { types } = input.state.corpus.target;
  await withScratch(16 * types, (buffer) =>
    reestimateRows(input, new Float64Array(buffer, 0, types), new Float64Array(buffer, 8 * types, types), context),
  );
}

/** `row` and `expected`, `[target types]` each, may hold anything. */
async function reestimateRows(
  { state, settings, start, end, alpha, counts }: ReestimateInput,
  row: Float64Array,
  expected: Float64Array,
  context: WorkerContext,
): Promise<void> {
  const { corpus, occurrences, table, totals, priorScales, priorOffsets, typeSums } = state;
  const { source, target, sentences } = corpus;
  const { rowOffsets, targetIds, probabilities } = table;
  const { tension, nullProbability, releasedTension } = settings;
  const useNull = nullProbability !== undefined;
  const weights = new PositionWeights(tension ?? 0);
  for (let type = start; type < end; type++) {
    if ((type & 1023) === 0) await context.checkpoint();
    const [first, last] = [rowOffsets[type], rowOffsets[type + 1]];
    for (let at = first; at < last; at++) {
      row[targetIds[at]] = probabilities[at];
      expected[targetIds[at]] = 0;
    }
    let [mass, feature] = [0, 0];
    if (type === 0 && useNull) {
      for (let sentence = 0; sentence < sentences; sentence++) {
        const prior = tension === undefined ? 1 / (source.offsets[sentence + 1] - source.offsets[sentence] + 1) : nullProbability;
        for (let token = target.offsets[sentence]; token < target.offsets[sentence + 1]; token++) {
          const posterior = row[target.ids[token]] * prior * totals[token];
          expected[target.ids[token]] += posterior;
          mass += posterior;
        }
      }
    }
    typeSums[2 * type] = mass;
    for (let occurrence = occurrences.offsets[type]; occurrence < occurrences.offsets[type + 1]; occurrence++) {
      const sentence = occurrences.sentences[occurrence];
      // One by one: this runs for every word of the corpus, where even small arrays would be garbage to collect.
      const firstTarget = target.offsets[sentence];
      const endTarget = target.offsets[sentence + 1];
      const n = source.offsets[sentence + 1] - source.offsets[sentence];
      const m = endTarget - firstTarget;
      const j = occurrences.places[occurrence] + 1;
      if (tension === undefined) {
        const prior = useNull ? 1 / (n + 1) : 1 / n;
        for (let token = firstTarget; token < endTarget; token++)
          expected[target.ids[token]] += row[target.ids[token]] * prior * totals[token];
        continue;
      }
      const along = weights.risingOf(n)[j];
      const against = weights.fallingOf(n)[j];
      const rising = weights.risingOf(m);
      const falling = weights.fallingOf(m);
      const scales = priorOffsets[sentence] - 1;
      for (let token = firstTarget, i = 1; token < endTarget; token++, i++) {
        const posterior =
          row[target.ids[token]] * (j * m < i * n ? along * falling[i] : against * rising[i]) * priorScales[scales + i] * totals[token];
        expected[target.ids[token]] += posterior;
        feature -= posterior * Math.abs(j / n - (releasedTension ? i - 1 : i) / m);
      }
    }
    typeSums[2 * type + 1] = feature;
    let total = 0;
    for (let at = first; at < last; at++) {
      total += expected[targetIds[at]] + (alpha ?? 0);
      if (counts !== undefined) counts[at] = expected[targetIds[at]];
    }
    const logTotal = alpha === undefined ? 0 : digamma(total);
    for (let at = first; at < last; at++) {
      const count = expected[targetIds[at]];
      probabilities[at] = alpha === undefined ? (total === 0 ? 0 : count / total) : Math.exp(digamma(count + alpha) - logTotal);
    }
  }
}

/** {@link reestimate} as a task for workers. */
export const reestimateTask: WorkerTask<ReestimateInput, void> = { url: import.meta.url, name: 'reestimate', run: reestimate };
