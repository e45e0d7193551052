import { digestTexts } from '../../data/digest.ts';
import { loadLines, requireDataset } from '../../data/load-datasets.ts';
import { estimateWeightedMean } from '../../statistics/standard-error.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import { defineTask, type Task } from '../task.ts';
import type { MetricValue } from '../task-result.ts';

/** How {@link fertility} counts. */
export interface FertilityOptions {
  /** The first so many lines. */
  readonly lines?: number;
}

/**
 * How many tokens a text takes in the vocabulary under test: per byte, which compares across languages and scripts, and per word where words stand
 * between spaces; and the same for the source's vocabulary.
 */
export function fertility({ lines }: FertilityOptions = {}): Task {
  const id = 'fertility';
  return defineTask<readonly string[]>({
    id,
    version: '1',
    models: ['causal', 'masked', 'classification'],
    needs: ['heldOut'],
    uses: [],
    settings: { lines: lines ?? null },
    work: () => 0,
    async load({ datasets, signal }) {
      const all = await loadLines(requireDataset(datasets, 'heldOut', id), signal);
      return lines === undefined ? all : all.slice(0, lines);
    },
    async evaluate({ subject, data, signal }) {
      const items = digestTexts(data);
      const [target, source] = [await encodeBare(subject.target, data, signal), await encodeBare(subject.source, data, signal)];
      const bytes = data.map((text) => Buffer.byteLength(text, 'utf8'));
      const words = data.map((text) => text.trim().split(/\s+/u).length);
      const rate = (metric: string, unit: MetricValue['unit'], encoded: readonly Uint32Array[], units: readonly number[]): MetricValue => {
        const values = encoded.map((ids, text) => ids.length / units[text]);
        const { value, standardError, n } = estimateWeightedMean(values, units);
        return { id: metric, value, standardError, n, higherIsBetter: false, unit, outcomes: { items, values, weights: units } };
      };
      return {
        metrics: [
          rate('tokens-per-byte', 'tokens-per-byte', target, bytes),
          rate('tokens-per-word', 'tokens-per-word', target, words),
          rate('source-tokens-per-byte', 'tokens-per-byte', source, bytes),
        ],
        facts: { items, unknownShare: unknownShare(target, subject.target.tokenizer.vocabulary.roles.unknown) },
      };
    },
  });
}

function unknownShare(encoded: readonly Uint32Array[], unknown: number | undefined): number {
  let [count, total] = [0, 0];
  for (const ids of encoded)
    for (const id of ids) {
      total++;
      if (id === unknown) count++;
    }
  return total === 0 ? 0 : count / total;
}
