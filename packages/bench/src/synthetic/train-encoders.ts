import { readFile, rm } from 'node:fs/promises';
import { openModel, readPostProcessor, type ModelFolder } from '@lexigraft/checkpoint';
import type { Progress } from '@lexigraft/core';
import {
  classificationLoss,
  linearSchedule,
  loadTransformer,
  maskedLanguageLoss,
  trainModel,
  type Tfjs,
  type TrainingExample,
} from '@lexigraft/models';
import { nliLabels, type NliItem } from '../data/nli-item.ts';
import { saveTransformer } from '../workshop/save-transformer.ts';
import { encodePairs, encodeTexts } from '../tasks/encoding/encode-sequences.ts';
import { writeTinyEncoder, type EncoderSize } from './tiny-encoder.ts';

/** How a small encoder is trained. */
export interface EncoderTraining {
  /** Model folder to write. */
  readonly folder: string;
  readonly tokenizer: string;
  /** TensorFlow.js with its backend chosen. */
  readonly tf: Tfjs;
  readonly seed: number;
  /** Updates. */
  readonly steps: number;
  /** @default 64 */
  readonly batchSize?: number;
  /** @default 0.002 */
  readonly learningRate?: number;
  /** @default 2 layers of 64 */
  readonly size?: EncoderSize;
  readonly signal?: AbortSignal;
  /** Called after updates. */
  readonly onProgress?: (progress: Progress) => void;
}

const small: EncoderSize = { layers: 2, dimension: 64, heads: 4, inner: 128 };

/** Trains a classifier of premises and hypotheses from nothing, on JSON lines as synthetic languages have them, and writes it. */
export async function trainNliEncoder(pairs: string, training: EncoderTraining): Promise<void> {
  const items = (await readLines(pairs)).map((line) => JSON.parse(line) as NliItem);
  await trainEncoder(training, async (folder, side) => {
    const { sequences } = await encodePairs(
      side,
      items.map(({ premise, hypothesis }) => [premise, hypothesis] as const),
      64,
      signalOf(training),
    );
    return {
      model: await loadTransformer(folder, { tf: training.tf, newHead: { labels: nliLabels.length, seed: training.seed } }),
      data: sequences.map((sequence, index): TrainingExample => ({ ...sequence, label: nliLabels.indexOf(items[index].label) })),
      loss: classificationLoss(),
      config: {
        ...folder.config,
        architectures: ['BertForSequenceClassification'],
        id2label: Object.fromEntries(nliLabels.map((label, id) => [id, label])),
        label2id: Object.fromEntries(nliLabels.map((label, id) => [label, id])),
      },
    };
  });
}

/** Trains a masked language model from nothing, on a text of a line a sentence, and writes it. */
export async function trainTextEncoder(text: string, training: EncoderTraining): Promise<void> {
  const lines = await readLines(text);
  await trainEncoder(training, async (folder, side) => {
    const { sequences } = await encodeTexts(side, lines, 64, signalOf(training));
    const { vocabulary } = folder.tokenizer;
    return {
      model: await loadTransformer(folder, { tf: training.tf }),
      data: sequences,
      loss: maskedLanguageLoss({
        maskId: vocabulary.roles.mask ?? 0,
        specialIds: new Set(specialIdsOf(vocabulary.special)),
        vocabularySize: vocabulary.size,
      }),
      config: folder.config,
    };
  });
}

type Prepared = Pick<Parameters<typeof trainModel>[0], 'model' | 'loss'> & {
  readonly data: readonly TrainingExample[];
  readonly config: Readonly<Record<string, unknown>>;
};

async function trainEncoder(
  training: EncoderTraining,
  prepare: (
    folder: ModelFolder,
    side: { readonly tokenizer: ModelFolder['tokenizer']; readonly template: ReturnType<typeof readPostProcessor>['template'] },
  ) => Promise<Prepared>,
): Promise<void> {
  const { folder: out, tokenizer, size = small, seed, steps, batchSize = 64, learningRate = 0.002, signal, onProgress } = training;
  const untrained = `${out}.untrained`;
  await writeTinyEncoder({ folder: untrained, tokenizer, size, seed });
  const folder = await openModel(untrained);
  try {
    const { model, data, loss, config } = await prepare(folder, {
      tokenizer: folder.tokenizer,
      template: readPostProcessor(folder.tokenizer.json.post_processor).template,
    });
    try {
      await trainModel({
        model,
        data,
        loss,
        budget: { steps },
        optimizer: { learningRate },
        schedule: linearSchedule({ warmUp: { share: 0.1 } }),
        batchSize,
        seed,
        ...(signal && { signal }),
        ...(onProgress && {
          onProgress: ({ done, total }) => {
            onProgress({ stage: 'train', done, total });
          },
        }),
      });
      await saveTransformer(model, out, config, untrained);
    } finally {
      model.dispose();
    }
  } finally {
    await folder.close();
    await rm(untrained, { recursive: true, force: true });
  }
}

function signalOf({ signal }: EncoderTraining): AbortSignal {
  return signal ?? new AbortController().signal;
}

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
}

function specialIdsOf(special: ArrayLike<number>): number[] {
  return Array.from(special).flatMap((value, id) => (value === 1 ? [id] : []));
}
