import type { WorkerContext, WorkerTask } from '@lexigraft/core';
import type { EmState, PassSettings } from './em-state.ts';
import { PositionWeights } from './position-weights.ts';
import { withScratch } from './scratch.ts';
import { lowerBound } from './translation-table.ts';

/** Input of {@link sumTotals}: sentences `[start, end)`. */
export interface TotalsInput {
  readonly state: EmState;
  readonly settings: PassSettings;
  readonly start: number;
  readonly end: number;
  /** Find the best source position of every target token as well. */
  readonly viterbi: boolean;
}

/**
 * For every target token f_i of the range: S_i = Σ_j t(f_i | e_j)·δ(j | i), and with `viterbi` the best j (ties keep the lowest, NULL first).
 *
 * Goes through the table row by row (source type by source type) and not sentence by sentence: the row in hand is laid out by target type once, so a
 * pair costs two array reads instead of a search. S_i is summed in the order of source types whatever the range, so ranges do not change it.
 */
export async function sumTotals(input: TotalsInput, context: WorkerContext): Promise<void> {
  const { types, offsets } = input.state.corpus.target;
  const tokens = input.viterbi ? offsets[input.end] - offsets[input.start] : 0;
  await withScratch(8 * (types + tokens), (buffer) =>
    sumRows(input, new Float64Array(buffer, 0, types), new Float64Array(buffer, 8 * types, tokens).fill(-1), context),
  );
}

/** `row` `[target types]` may hold anything, `bestProbability` `[target tokens of the range]` holds −1. */
async function sumRows(
  { state, settings, start, end, viterbi }: TotalsInput,
  row: Float64Array,
  bestProbability: Float64Array,
  context: WorkerContext,
): Promise<void> {
  const { corpus, occurrences, table, totals, priorScales, priorOffsets, best } = state;
  const { source, target } = corpus;
  const { rowOffsets, targetIds, probabilities } = table;
  const { tension, nullProbability } = settings;
  const useNull = nullProbability !== undefined;
  const [firstToken, endToken] = [target.offsets[start], target.offsets[end]];
  totals.fill(0, firstToken, endToken);
  best.fill(-1, firstToken, endToken);
  const weights = new PositionWeights(tension ?? 0);
  for (let type = 0; type < source.types; type++) {
    if ((type & 63) === 0) await context.checkpoint();
    const firstOccurrence = lowerBound(occurrences.sentences, start, occurrences.offsets[type], occurrences.offsets[type + 1]);
    const endOccurrence = lowerBound(occurrences.sentences, end, firstOccurrence, occurrences.offsets[type + 1]);
    if (firstOccurrence === endOccurrence && !(type === 0 && useNull)) continue;
    for (let at = rowOffsets[type]; at < rowOffsets[type + 1]; at++) row[targetIds[at]] = probabilities[at];
    if (type === 0 && useNull) {
      for (let sentence = start; sentence < end; sentence++) {
        const prior = tension === undefined ? 1 / (source.offsets[sentence + 1] - source.offsets[sentence] + 1) : nullProbability;
        for (let token = target.offsets[sentence]; token < target.offsets[sentence + 1]; token++) {
          const value = row[target.ids[token]] * prior;
          totals[token] += value;
          if (viterbi) bestProbability[token - firstToken] = value;
        }
      }
    }
    for (let occurrence = firstOccurrence; occurrence < endOccurrence; occurrence++) {
      const sentence = occurrences.sentences[occurrence];
      // One by one: this runs for every word of the corpus, where even small arrays would be garbage to collect.
      const first = target.offsets[sentence];
      const last = target.offsets[sentence + 1];
      const n = source.offsets[sentence + 1] - source.offsets[sentence];
      const m = last - first;
      const j = occurrences.places[occurrence] + 1;
      const uniform = useNull ? 1 / (n + 1) : 1 / n;
      const along = weights.risingOf(n)[j];
      const against = weights.fallingOf(n)[j];
      const rising = weights.risingOf(m);
      const falling = weights.fallingOf(m);
      const scales = tension === undefined ? 0 : priorOffsets[sentence] - 1;
      if (viterbi) {
        // Positions at equal distance from the diagonal tie up to rounding: the choice is made on the textbook expression, as released.
        for (let token = first, i = 1; token < last; token++, i++) {
          const value =
            row[target.ids[token]] *
            (tension === undefined ? uniform : Math.exp(-tension * Math.abs(j / n - i / m)) * priorScales[scales + i]);
          totals[token] += value;
          const at = token - firstToken;
          if (value > bestProbability[at] || (value === bestProbability[at] && best[token] >= j)) {
            bestProbability[at] = value;
            best[token] = j - 1;
          }
        }
        continue;
      }
      for (let token = first, i = 1; token < last; token++, i++) {
        // exp(−λ·|j/n − i/m|): j·m < i·n is left of the diagonal
        const value =
          tension === undefined
            ? row[target.ids[token]] * uniform
            : row[target.ids[token]] * (j * m < i * n ? along * falling[i] : against * rising[i]) * priorScales[scales + i];
        totals[token] += value;
      }
    }
  }
}

/** {@link sumTotals} as a task for workers. */
export const sumTotalsTask: WorkerTask<TotalsInput, void> = { url: import.meta.url, name: 'sumTotals', run: sumTotals };
