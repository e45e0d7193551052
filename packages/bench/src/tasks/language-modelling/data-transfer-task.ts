import { LexigraftError, randomStream, type Json } from '@lexigraft/core';
import { quantileSorted } from 'simple-statistics';
import { digestTexts } from '../../data/digest.ts';
import { loadLines, openText, requireDataset } from '../../data/load-datasets.ts';
import { dataTransfer, publishedDataTransfer, type DataTransfer, type ScratchPoint } from '../../metrics/data-transfer.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import type { Subject, TextSide } from '../subject.ts';
import { defineTask, TRAINING_PASSES, type Task, type TaskInput, type WorkContext } from '../task.ts';
import type { MetricValue } from '../task-result.ts';
import { byteSide } from '../encoding/byte-side.ts';
import { freshModel } from './scratch-model.ts';
import { passesOf, textLosses, type Masking } from './text-losses.ts';
import { takeTrainingText, trainLanguage, type LanguageTraining, type Trainable, type TrainingText } from './train-language.ts';

/** How {@link dataTransferTask} trains. */
export interface DataTransferOptions {
  /** D_F: bytes of different text the transferred model is trained on. @default 262144 */
  readonly bytes?: number;
  /** Sizes of the curve from nothing, in bytes of different text. @default bytes × 1, 2, 4, 8 */
  readonly sizes?: readonly number[];
  /** Most passes over a text; training ends before when held-out text gains nothing more. @default 10 */
  readonly epochs?: number;
  /** Passes without a gain after which training ends. @default 2 */
  readonly patience?: number;
  /** Vocabulary of the models from nothing: the one under test, or single bytes as in the paper. @default 'target' */
  readonly scratchTokenizer?: 'target' | 'bytes';
  /** `published` computes as the paper's notebook, for comparison with its tables. @default 'clean' */
  readonly estimator?: 'clean' | 'published';
  /** Weights of the transferred model that are trained. @default 'all' */
  readonly trainable?: Trainable;
  /** Of the transferred model. @default 5e-4 */
  readonly learningRate?: number;
  /** Of the models from nothing. @default 1e-3 */
  readonly scratchLearningRate?: number;
  /** @default 16 */
  readonly batchSize?: number;
  /** @default 128 */
  readonly maximumLength?: number;
  /** @default 'constant' */
  readonly schedule?: 'linear' | 'constant';
  /** @default 0 */
  readonly warmUp?: number;
  /** Held-out lines. @default 200 */
  readonly lines?: number;
  /** @default 'strided' */
  readonly masking?: Masking;
}

interface DataTransferData {
  readonly heldOut: readonly string[];
  readonly text: TrainingText;
}

/** The least loss of a training run over its passes, line by line. */
interface BestLoss {
  readonly bytes: number;
  /** `[lines]` nats */
  readonly nats: readonly number[];
}

const defaults = {
  bytes: 262_144,
  epochs: 10,
  patience: 2,
  scratchTokenizer: 'target',
  estimator: 'clean',
  trainable: 'all',
  learningRate: 5e-4,
  scratchLearningRate: 1e-3,
  batchSize: 16,
  maximumLength: 128,
  schedule: 'constant',
  warmUp: 0,
  lines: 200,
  masking: 'strided',
} as const;

/** Resamples of held-out lines behind the interval. */
const RESAMPLES = 1000;

/**
 * What transfer is worth in bytes of the new language: how much text a model from nothing needs to become as good as the transferred one
 * (D_E), less what the transferred one was given (D_T). The bench trains the curve from nothing itself, on nested parts of the same text, until
 * held-out text gains nothing more. The interval comes from resampling held-out lines.
 *
 * @reference de Souza et al. 2024, Measuring Cross-lingual Transfer in Bytes, arXiv:2404.08191; settings are the caller's, the estimator see `dataTransfer`
 */
export function dataTransferTask(options: DataTransferOptions = {}): Task {
  const given = { ...defaults, ...options };
  const sizes = [...(options.sizes ?? [1, 2, 4, 8].map((factor) => factor * given.bytes))].sort((a, b) => a - b);
  const settings = { ...given, sizes };
  const id = 'data-transfer';
  return defineTask<DataTransferData>({
    id,
    version: '1',
    models: ['causal', 'masked'],
    needs: ['heldOut', 'text'],
    uses: [],
    settings,
    // Where training ends is not known before: at half of the passes, say.
    work({ kind, bytesOf }) {
      const passes = given.epochs / 2;
      const looks = passes * (sizes.length + 1) * passesOf(kind, given.masking) * bytesOf('heldOut', given.lines);
      return passes * TRAINING_PASSES * sizes.reduce((sum, size) => sum + size, given.bytes) + looks;
    },
    async load({ datasets, signal }) {
      const all = await loadLines(requireDataset(datasets, 'heldOut', id), signal);
      const largest = Math.max(settings.bytes, ...sizes);
      const text = await takeTrainingText(await openText(requireDataset(datasets, 'text', id)), largest, all, signal);
      if (text.bytes < largest)
        throw new LexigraftError(
          'empty-input',
          `The curve from nothing asks for ${largest} bytes of different text; there are ${text.bytes}. Give more text or smaller \`sizes\`.`,
          { wanted: largest, bytes: text.bytes },
        );
      return { heldOut: all.slice(0, settings.lines), text };
    },
    async evaluate(input) {
      const { subject, data, seed } = input;
      if (subject.kind === 'classification')
        throw new LexigraftError('invalid-option', 'A classifier has no language head to be trained further with.', {});
      const weights = data.heldOut.map((text) => Buffer.byteLength(text, 'utf8'));
      const key = JSON.stringify({
        task: id,
        settings: scratchSettings(settings),
        seed,
        text: digestTexts(data.text.lines),
        heldOut: digestTexts(data.heldOut),
        vocabulary: vocabularyKey(settings.scratchTokenizer, subject),
      });
      const make = async (): Promise<Json> => (await scratchCurve(input, sizes, settings)) as unknown as Json;
      const curve = (await (input.remember ? input.remember(key, make) : make())) as unknown as readonly BestLoss[];
      const model = await subject.copy();
      let tuned: BestLoss;
      try {
        tuned = await trainToBest(model, subject.target, settings.bytes, settings.learningRate, data, settings, input, 'transferred');
      } finally {
        model.dispose();
      }
      return resultOf(curve, tuned, weights, settings, digestTexts(data.heldOut), seed);
    },
  });
}

type Settings = Required<Omit<DataTransferOptions, 'sizes'>> & { readonly sizes: readonly number[] };

/** What the curve from nothing depends on; the transferred model's own settings are not among it. */
function scratchSettings(settings: Settings): Json {
  const { sizes, epochs, patience, scratchTokenizer, scratchLearningRate, batchSize, maximumLength, schedule, warmUp, lines, masking } =
    settings;
  return { sizes, epochs, patience, scratchTokenizer, scratchLearningRate, batchSize, maximumLength, schedule, warmUp, lines, masking };
}

function vocabularyKey(kind: Settings['scratchTokenizer'], { target, kind: model }: Subject): string {
  return kind === 'bytes' ? `${model} bytes` : `${model} ${digestTexts(target.tokenizer.vocabulary.tokens.map((token) => token ?? ''))}`;
}

async function scratchCurve(
  input: TaskInput<DataTransferData>,
  sizes: readonly number[],
  settings: Settings,
): Promise<readonly BestLoss[]> {
  const { subject, data, seed } = input;
  const side = settings.scratchTokenizer === 'bytes' ? byteSide() : subject.target;
  const curve: BestLoss[] = [];
  for (const bytes of sizes) {
    const fresh = await freshModel(await subject.copy(), side.tokenizer.vocabulary.size, seed);
    try {
      curve.push(
        await trainToBest(fresh.model, side, bytes, settings.scratchLearningRate, data, settings, input, `from nothing, ${bytes} bytes`),
      );
    } finally {
      fresh.dispose();
    }
  }
  return curve;
}

async function trainToBest(
  model: Parameters<typeof trainLanguage>[0],
  side: TextSide,
  bytes: number,
  learningRate: number,
  { heldOut, text }: DataTransferData,
  settings: Settings,
  context: WorkContext,
  stage: string,
): Promise<BestLoss> {
  const { signal } = context;
  const maximumLength = Math.min(settings.maximumLength, model.config.maximumLength);
  const lines = firstBytes(text.lines, bytes);
  const encoded = await encodeBare(side, heldOut, signal);
  const own = lines.reduce((sum, line) => sum + Buffer.byteLength(line, 'utf8'), 0);
  const plan: LanguageTraining = { ...settings, learningRate, maximumLength, bytes: own * settings.epochs };
  let best: BestLoss = { bytes: own, nats: [] };
  let [least, idle] = [Infinity, 0];
  const enough = new Error('no further gain');
  const report: WorkContext['report'] = ({ done, total }) => {
    context.report({ stage, done, total });
  };
  try {
    await trainLanguage(model, side, lines, plan, { ...context, report }, settings.epochs, async () => {
      const { nats } = await textLosses(
        model,
        side,
        heldOut,
        { masking: settings.masking, maximumLength, encoded },
        { signal, report: () => undefined },
      );
      const total = nats.reduce((sum, value) => sum + value, 0);
      idle = total < least ? 0 : idle + 1;
      if (total < least) [least, best] = [total, { bytes: own, nats: [...nats] }];
      if (idle >= settings.patience) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return best;
}

/** The lines that `bytes` bytes hold; smaller parts lie within larger ones. */
function firstBytes(lines: readonly string[], bytes: number): readonly string[] {
  let taken = 0;
  const end = lines.findIndex((line) => (taken += Buffer.byteLength(line, 'utf8')) >= bytes);
  return end < 0 ? lines : lines.slice(0, end + 1);
}

function resultOf(
  curve: readonly BestLoss[],
  tuned: BestLoss,
  weights: readonly number[],
  settings: Settings,
  items: string,
  seed: number,
): ReturnType<Task['evaluate']> extends Promise<infer Result> ? Result : never {
  const estimate = settings.estimator === 'clean' ? dataTransfer : publishedDataTransfer;
  const at = (lines: readonly number[]): DataTransfer => {
    const loss = (nats: readonly number[]): number => {
      let [sum, bytes] = [0, 0];
      for (const line of lines) [sum, bytes] = [sum + nats[line], bytes + weights[line]];
      return sum / bytes;
    };
    const points: ScratchPoint[] = curve.map(({ bytes, nats }) => ({ bytes, loss: loss(nats) }));
    return estimate(points, loss(tuned.nats), tuned.bytes);
  };
  const all = weights.map((_, line) => line);
  const result = at(all);
  const uniform = randomStream(seed, new TextEncoder().encode('data transfer bootstrap'));
  const resampled = Array.from({ length: RESAMPLES }, () => at(all.map(() => Math.floor(uniform() * all.length))));
  const note = notes[result.position];
  const metric = (id: string, unit: MetricValue['unit'], of: (transfer: DataTransfer) => number | undefined): MetricValue => {
    const value = of(result) ?? null;
    const drawn = resampled.flatMap((transfer) => of(transfer) ?? []).sort((a, b) => a - b);
    // An interval that leaves out resamples beyond the curve would be too narrow.
    const whole = value !== null && drawn.length >= 0.95 * RESAMPLES;
    return {
      id,
      value,
      n: weights.length,
      higherIsBetter: true,
      unit,
      ...(whole && { interval: [quantileSorted(drawn, 0.025), quantileSorted(drawn, 0.975)] as const }),
      ...(note && { note }),
    };
  };
  const totalBytes = weights.reduce((sum, bytes) => sum + bytes, 0);
  const bits = (nats: readonly number[]): number => nats.reduce((sum, value) => sum + value, 0) / Math.LN2 / totalBytes;
  return {
    metrics: [
      metric('transferred-bytes', 'bytes', ({ transferredBytes }) => transferredBytes),
      metric('effective-bytes', 'bytes', ({ effectiveBytes }) => effectiveBytes),
      metric('fraction', 'share', ({ fraction }) => fraction),
      { id: 'bits-per-byte', value: bits(tuned.nats), n: weights.length, higherIsBetter: false, unit: 'bits-per-byte' },
    ],
    curves: [
      {
        id: 'from-nothing',
        xUnit: 'bytes',
        yUnit: 'bits-per-byte',
        higherIsBetter: false,
        points: curve.map(({ bytes, nats }) => ({ x: bytes, y: bits(nats) })),
      },
    ],
    facts: {
      items,
      estimator: settings.estimator,
      trainedBytes: tuned.bytes,
      outOfRange: resampled.filter(({ position }) => position !== 'within').length / RESAMPLES,
    },
  };
}

const notes: Readonly<Record<DataTransfer['position'], string | undefined>> = {
  within: undefined,
  'worse-than-all': 'worse than the smallest model from nothing: out of the range of the curve',
  'better-than-all': 'better than the largest model from nothing: out of the range of the curve',
};
