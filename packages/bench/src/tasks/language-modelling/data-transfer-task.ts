import { LexigraftError, type Json } from '@lexigraft/core';
import { digestTexts } from '../../data/digest.ts';
import { loadLines, openText, requireDataset } from '../../data/load-datasets.ts';
import { byteSide } from '../encoding/byte-side.ts';
import type { Subject } from '../subject.ts';
import { defineTask, TRAINING_PASSES, type Task, type TaskInput } from '../task.ts';
import { dataTransferResult } from './data-transfer-result.ts';
import { freshModel } from './scratch-model.ts';
import { passesOf, type Masking } from './text-losses.ts';
import { takeTrainingText, type Trainable, type TrainingText } from './train-language.ts';
import { trainToBest, type BestLoss, type TrainingRun } from './train-to-best.ts';

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

/**
 * What transfer is worth in bytes of the new language: how much text a model from nothing needs to become as good as the transferred one
 * (D_E), less what the transferred one was given (D_T). The bench trains the curve from nothing itself, on nested parts of the same text, until
 * held-out text gains nothing more, or for `epochs` passes, of which a warning tells. The interval comes from resampling held-out lines.
 *
 * @reference de Souza et al. 2024, Measuring Cross-lingual Transfer in Bytes, arXiv:2404.08191; settings are the caller's, the estimator see `dataTransfer`
 */
export function dataTransferTask(options: DataTransferOptions = {}): Task {
  const given = { ...defaults, ...options };
  const sizes = [...(options.sizes ?? [1, 2, 4, 8].map((factor) => factor * given.bytes))].sort((a, b) => a - b);
  const settings = { ...given, sizes };
  const [id, version] = ['data-transfer', '3'];
  return defineTask<DataTransferData>({
    id,
    version,
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
      const key = JSON.stringify({
        task: id,
        version,
        settings: scratchSettings(settings),
        seed,
        text: digestTexts(data.text.lines),
        heldOut: digestTexts(data.heldOut),
        vocabulary: vocabularyKey(settings.scratchTokenizer, subject),
      });
      const make = async (): Promise<Json> => (await scratchCurve(input, sizes, settings)) as unknown as Json;
      const curve = (await (input.remember ? input.remember(key, make) : make())) as unknown as readonly BestLoss[];
      const model = await subject.copy();
      let transferred: BestLoss;
      try {
        transferred = await trainToBest(model, subject.target, runOf(data, settings.bytes, 'transferred'), settings, input);
      } finally {
        model.dispose();
      }
      const { estimator, epochs } = settings;
      return dataTransferResult({ curve, transferred, heldOut: data.heldOut, estimator, seed, epochs });
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
  const training = { ...settings, trainable: 'all', learningRate: settings.scratchLearningRate } as const;
  const curve: BestLoss[] = [];
  for (const bytes of sizes) {
    const fresh = await freshModel(await subject.copy(), side.tokenizer.vocabulary.size, seed);
    try {
      curve.push(await trainToBest(fresh.model, side, runOf(data, bytes, `from nothing, ${bytes} bytes`), training, input));
    } finally {
      fresh.dispose();
    }
  }
  return curve;
}

function runOf({ heldOut, text }: DataTransferData, bytes: number, stage: string): TrainingRun {
  return { heldOut, text: text.lines, bytes, stage };
}
