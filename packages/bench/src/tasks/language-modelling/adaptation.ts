import { LexigraftError } from '@lexigraft/core';
import { digestTexts } from '../../data/digest.ts';
import { loadLines, openText, requireDataset } from '../../data/load-datasets.ts';
import { meanHeight } from '../../metrics/curve-area.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import { defineTask, TRAINING_PASSES, type Task } from '../task.ts';
import type { MetricValue } from '../task-result.ts';
import { unknownWarning } from './bits-per-byte.ts';
import { bitsPerByte } from './bits-per-byte-metric.ts';
import { passesOf, textLosses, type Masking } from './text-losses.ts';
import { takeTrainingText, trainLanguage, type LanguageTraining, type Trainable, type TrainingText } from './train-language.ts';

/** How {@link adaptation} trains and looks. */
export interface AdaptationOptions {
  /** Bytes of text the model sees. @default 1048576 */
  readonly bytes?: number;
  /** `embeddings`: per-token tables; `2x2`: these and two layers at either end; `all`. @default 'all' */
  readonly trainable?: Trainable;
  /** @default 5e-4 */
  readonly learningRate?: number;
  /** Sequences of one update. @default 16 */
  readonly batchSize?: number;
  /** Longest sequence, special tokens included. @default 128 */
  readonly maximumLength?: number;
  /** @default 'linear' */
  readonly schedule?: 'linear' | 'constant';
  /** Share of the budget in which the rate rises. @default 0.1 */
  readonly warmUp?: number;
  /** Points of the curve after its start. @default 5 */
  readonly looks?: number;
  /** Held-out lines behind each point. @default 200 */
  readonly lines?: number;
  /** Masked models. @default 'strided' */
  readonly masking?: Masking;
}

interface AdaptationData {
  readonly heldOut: readonly string[];
  readonly text: TrainingText;
}

const defaults: Required<AdaptationOptions> = {
  bytes: 1_048_576,
  trainable: 'all',
  learningRate: 5e-4,
  batchSize: 16,
  maximumLength: 128,
  schedule: 'linear',
  warmUp: 0.1,
  looks: 5,
  lines: 200,
  masking: 'strided',
};

/** Most text that is taken: more than one look at the same lines comes after it. */
const MOST_BYTES = 1 << 30;

/**
 * Continued training in the new language: bits per byte of held-out text against bytes of text seen. The budget is in bytes, so that a vocabulary
 * with long tokens is not favoured.
 *
 * The headline is the mean height of the curve, its area over its width; the start and the end are beside it.
 */
export function adaptation(options: AdaptationOptions = {}): Task {
  const settings = { ...defaults, ...options };
  const { bytes, lines, masking, looks, ...training } = settings;
  const id = 'adaptation';
  return defineTask<AdaptationData>({
    id,
    version: '1',
    models: ['causal', 'masked'],
    needs: ['heldOut', 'text'],
    uses: [],
    settings: { ...settings },
    work: ({ kind, bytesOf }) => TRAINING_PASSES * bytes + (looks + 1) * passesOf(kind, masking) * bytesOf('heldOut', lines),
    async load({ datasets, signal }) {
      if (!(Number.isSafeInteger(bytes) && bytes > 0 && bytes <= MOST_BYTES))
        throw new LexigraftError('invalid-option', `\`bytes\` of adaptation must be a whole number up to ${MOST_BYTES}; got ${bytes}.`, {
          bytes,
        });
      const all = await loadLines(requireDataset(datasets, 'heldOut', id), signal);
      const text = await takeTrainingText(await openText(requireDataset(datasets, 'text', id)), bytes, all, signal);
      if (text.lines.length === 0)
        throw new LexigraftError('empty-input', 'Text to train on needs at least one line that is not held out.', {});
      return { heldOut: all.slice(0, lines), text };
    },
    async evaluate({ subject, data, seed, signal, report }) {
      if (subject.kind === 'classification')
        throw new LexigraftError('invalid-option', 'A classifier has no language head to be trained further with.', {});
      const longest = Math.min(training.maximumLength, subject.maximumLength);
      const plan: LanguageTraining = { ...training, bytes, maximumLength: longest };
      const encoded = await encodeBare(subject.target, data.heldOut, signal);
      const model = await subject.copy();
      const points: { readonly bytes: number; readonly value: MetricValue }[] = [];
      let unknown: readonly [count: number, tokens: number] = [0, 1];
      const look = async ({ bytes: seen }: { readonly bytes: number }): Promise<void> => {
        if (points.at(-1)?.bytes === seen) return;
        const losses = await textLosses(
          model,
          subject.target,
          data.heldOut,
          { masking, maximumLength: longest, encoded },
          { signal, report: () => undefined },
        );
        unknown = [losses.unknown, losses.tokens];
        points.push({ bytes: seen, value: bitsPerByte(data.heldOut, losses.nats) });
      };
      try {
        await look({ bytes: 0 });
        await trainLanguage(model, subject.target, data.text.lines, plan, { seed, signal, report }, looks, look);
      } finally {
        model.dispose();
      }
      return {
        metrics: [areaOf(points), { ...points[points.length - 1].value, id: 'end' }, { ...points[0].value, id: 'start' }],
        curves: [
          {
            id: 'bits-per-byte',
            xUnit: 'bytes',
            yUnit: 'bits-per-byte',
            higherIsBetter: false,
            points: points.map(({ bytes: x, value: { value, standardError } }) => ({
              x,
              y: value ?? Number.NaN,
              ...(standardError !== undefined && { standardError }),
            })),
          },
        ],
        warnings: unknownWarning(...unknown),
        facts: {
          likelihood: subject.kind === 'causal' ? 'exact' : `pseudo, ${masking}`,
          items: digestTexts(data.heldOut),
          textBytes: data.text.bytes,
          passes: bytes / data.text.bytes,
          heldOutLinesLeftOut: data.text.leftOut,
        },
      };
    },
  });
}

/** The mean height, with that of every item's own curve, so that models can be compared line by line. */
function areaOf(points: readonly { readonly bytes: number; readonly value: MetricValue }[]): MetricValue {
  const [first] = points;
  const height = (of: (value: MetricValue) => number): number => meanHeight(points.map(({ bytes, value }) => ({ x: bytes, y: of(value) })));
  const outcomes = first.value.outcomes;
  return {
    ...first.value,
    id: 'mean-bits-per-byte',
    value: height(({ value }) => value ?? Number.NaN),
    standardError: height(({ standardError = 0 }) => standardError),
    ...(outcomes && {
      outcomes: { ...outcomes, values: outcomes.values.map((_, item) => height((value) => value.outcomes?.values[item] ?? Number.NaN)) },
    }),
  };
}
