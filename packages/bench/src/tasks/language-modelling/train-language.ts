import type { PlainText } from '@lexigraft/core';
import {
  causalLanguageLoss,
  linearSchedule,
  constantSchedule,
  embeddingParameters,
  maskedLanguageLoss,
  outerLayerParameters,
  allParameters,
  trainModel,
  type ParameterSelection,
  type Transformer,
  type TransformerConfig,
  type TrainingExample,
} from '@lexigraft/models';
import { essence } from '../../data/leaks.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import { maskToken, prefixToken, specialIds } from '../encoding/special-ids.ts';
import type { TextSide } from '../subject.ts';
import type { WorkContext } from '../task.ts';

/** Which weights are trained: the per-token tables, those with two layers at either end, or all. */
export type Trainable = 'embeddings' | '2x2' | 'all';

/** How a language is learned; the budget is counted in bytes of text, the same for every vocabulary. */
export interface LanguageTraining {
  /** Bytes of text seen, repeats counted. */
  readonly bytes: number;
  readonly trainable: Trainable;
  readonly learningRate: number;
  /** Sequences of one update. */
  readonly batchSize: number;
  /** Longest sequence, special tokens included. */
  readonly maximumLength: number;
  readonly schedule: 'linear' | 'constant';
  /** Share of the budget in which the rate rises. */
  readonly warmUp: number;
}

/** Text to learn from, ready for a model: the same lines whatever the tokenizer. */
export interface TrainingText {
  readonly lines: readonly string[];
  readonly bytes: number;
  /** Lines that are held out as well and were left out. */
  readonly leftOut: number;
}

/** Takes lines from the start of `text` until `bytes` are full; held-out lines are left out, whatever their case and punctuation. */
export async function takeTrainingText(
  text: PlainText,
  bytes: number,
  heldOut: readonly string[],
  signal: AbortSignal,
): Promise<TrainingText> {
  const forbidden = new Set(heldOut.map(essence));
  const lines: string[] = [];
  let [taken, leftOut] = [0, 0];
  for await (const line of text.lines({ signal })) {
    if (taken >= bytes) break;
    if (forbidden.has(essence(line))) {
      leftOut++;
      continue;
    }
    lines.push(line);
    taken += Buffer.byteLength(line, 'utf8');
  }
  return { lines, bytes: taken, leftOut };
}

/** Encodes lines as examples; a line longer than the model is cut into several. */
export async function languageExamples(
  model: Transformer,
  side: TextSide,
  lines: readonly string[],
  maximumLength: number,
  signal: AbortSignal,
): Promise<TrainingExample[]> {
  const { causal } = model.config;
  const { vocabulary } = side.tokenizer;
  const { single } = side.template;
  const place = single.findIndex((piece) => 'sequence' in piece);
  const around = (from: number, to: number): number[] =>
    single.slice(from, to).flatMap((piece) => ('special' in piece ? [...piece.ids] : []));
  const head = causal ? [prefixToken(vocabulary).id] : around(0, place);
  const tail = causal ? (vocabulary.roles.end === undefined ? [] : [vocabulary.roles.end]) : around(place + 1, single.length);
  const room = maximumLength - head.length - tail.length;
  const examples: TrainingExample[] = [];
  const encoded = await encodeBare(side, lines, signal);
  encoded.forEach((ids, line) => {
    const bytes = Buffer.byteLength(lines[line], 'utf8');
    for (let start = 0; start < ids.length; start += room) {
      const part = ids.subarray(start, start + room);
      examples.push({ ids: [...head, ...part, ...tail], bytes: Math.round((bytes * part.length) / ids.length) });
    }
  });
  return examples;
}

/**
 * Sequences that are computed at once. The parts of an update hold lines of like lengths, so that little is padded; the update is the same. Measured:
 * on wasm arithmetic decides, so less padding wins; on TensorFlow the price of each operation does. Other backends are taken to be like the latter.
 */
const partSize = (backend: string): number => (backend === 'wasm' ? 4 : 8);

/** A look at the model after so many bytes. */
export interface TrainingLook {
  readonly bytes: number;
  readonly step: number;
}

/**
 * Trains a language model on lines until the budget of bytes is used, and calls `look` at about `looks` evenly spaced moments and at the end.
 *
 * The order of the lines is decided by the seed alone, so models with other vocabularies see the same text, but for lines too long for one of them.
 */
export async function trainLanguage(
  model: Transformer,
  side: TextSide,
  lines: readonly string[],
  training: LanguageTraining,
  { seed, signal, report }: WorkContext,
  looks: number,
  look: (moment: TrainingLook) => Promise<void>,
): Promise<void> {
  const examples = await languageExamples(model, side, lines, training.maximumLength, signal);
  const { vocabulary } = side.tokenizer;
  const perUpdate = (examples.reduce((sum, { bytes = 0 }) => sum + bytes, 0) / examples.length) * training.batchSize;
  const every = Math.max(1, Math.round(training.bytes / perUpdate / looks));
  await trainModel({
    model,
    data: examples,
    loss: model.config.causal
      ? causalLanguageLoss()
      : maskedLanguageLoss({ maskId: maskToken(vocabulary), specialIds: specialIds(vocabulary), vocabularySize: vocabulary.size }),
    budget: { bytes: training.bytes },
    optimizer: { learningRate: training.learningRate, weightDecay: 0.01 },
    schedule:
      training.schedule === 'linear'
        ? linearSchedule({ warmUp: { share: training.warmUp } })
        : constantSchedule({ warmUp: { share: training.warmUp } }),
    batchSize: training.batchSize,
    microBatchSize: Math.min(partSize(model.tf.getBackend()), training.batchSize),
    trainable: selectionOf(training.trainable, model.config),
    seed,
    signal,
    onProgress: ({ done, total }) => {
      report({ stage: 'train', done, total });
    },
    checkpoint: { every, save: ({ position: { bytes, step } }) => look({ bytes, step }) },
  });
}

function selectionOf(trainable: Trainable, config: TransformerConfig): ParameterSelection {
  if (trainable === 'all') return allParameters();
  return trainable === 'embeddings' ? embeddingParameters(config) : outerLayerParameters(config, Math.min(2, config.layers));
}
