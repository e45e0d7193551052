import { LexigraftError, type Json } from '@lexigraft/core';
import { classificationLoss, linearSchedule, trainModel, type Transformer, type TrainingExample } from '@lexigraft/models';
import type { NliItem, NliLabel } from '../../data/nli-item.ts';
import { encodePairs } from '../encoding/encode-sequences.ts';
import type { SourceTraining, TextSide } from '../subject.ts';
import type { WorkContext } from '../task.ts';
import { digestPairs } from './accuracy.ts';
import { classifyPairs } from './classify-pairs.ts';

/** How a source model learns the task; the defaults are those of XTREME's `train_xnli.sh`, but for `selectEvery`, which is 100 there. */
export interface FineTuning {
  /** @default 2e-5 */
  readonly learningRate?: number;
  /** Pairs of one update. @default 32 */
  readonly batchSize?: number;
  /** @default 5 */
  readonly epochs?: number;
  /** Of the optimizer's denominator. @default 1e-8 */
  readonly epsilon?: number;
  /** On matrices alone. @default 0 */
  readonly weightDecay?: number;
  /** Share of the updates in which the rate rises. @default 0 */
  readonly warmUp?: number;
  /** Largest norm of a gradient. @default 1 */
  readonly clipNorm?: number;
  /** @default 0.1 */
  readonly dropout?: number;
  /** Updates between two looks at the pairs to choose by, `nliSelection`; the weights that do best there are kept. @default 100 */
  readonly selectEvery?: number;
}

/** The settings of XTREME. @reference google-research/xtreme scripts/train_xnli.sh */
export const xtremeSettings: Required<FineTuning> = {
  learningRate: 2e-5,
  batchSize: 32,
  epochs: 5,
  epsilon: 1e-8,
  weightDecay: 0,
  warmUp: 0,
  clipNorm: 1,
  dropout: 0.1,
  selectEvery: 100,
};

/** Pairs of the source language to learn from, and to choose the best weights by. */
export interface TrainingPairs {
  readonly training: readonly NliItem[];
  readonly selection?: readonly NliItem[];
  readonly labels: readonly NliLabel[];
  readonly maximumLength: number;
}

/** Returns the training of a classifier in its own vocabulary. */
export function fineTuning(settings: Required<FineTuning>, pairs: TrainingPairs): SourceTraining {
  const { training, selection, labels, maximumLength } = pairs;
  const id: Json = {
    task: 'xnli',
    settings: { ...settings },
    training: digestPairs(training),
    selection: selection ? digestPairs(selection) : null,
    labels: [...labels],
    maximumLength,
  };
  return {
    id: JSON.stringify(id),
    classes: labels.length,
    train: (model, side, context) => train(model, side, context, settings, pairs),
  };
}

async function train(
  model: Transformer,
  side: TextSide,
  context: WorkContext,
  settings: Required<FineTuning>,
  { training, selection, labels, maximumLength }: TrainingPairs,
): Promise<void> {
  if (model.config.labels !== labels.length)
    throw new LexigraftError('invalid-option', `The model has ${model.config.labels} classes; training on pairs needs a classifier of 3.`, {
      classes: model.config.labels,
    });
  const { signal, seed, report } = context;
  const texts = training.map(({ premise, hypothesis }) => [premise, hypothesis] as const);
  const { sequences } = await encodePairs(side, texts, maximumLength, signal);
  const data: TrainingExample[] = sequences.map((sequence, item) => ({ ...sequence, label: labels.indexOf(training[item].label) }));
  const best = selection && createSelection(model, async () => await accuracyNow(model, side, selection, labels, maximumLength, signal));
  const { learningRate, epsilon, weightDecay, batchSize, epochs, clipNorm, dropout, warmUp, selectEvery } = settings;
  await trainModel({
    model,
    data,
    loss: classificationLoss(),
    budget: { epochs },
    optimizer: { learningRate, epsilon, weightDecay },
    schedule: linearSchedule({ warmUp: { share: warmUp } }),
    batchSize,
    clipNorm,
    dropout,
    seed,
    signal,
    onProgress: ({ done, total }) => {
      report({ stage: 'train-source', done, total });
    },
    ...(best && { checkpoint: { every: selectEvery, save: () => best.look() } }),
  });
  best?.restore();
}

async function accuracyNow(
  model: Transformer,
  side: TextSide,
  items: readonly NliItem[],
  labels: readonly NliLabel[],
  maximumLength: number,
  signal: AbortSignal,
): Promise<number> {
  const { predictions } = await classifyPairs('xnli/finetuned', model, side, items, labels, maximumLength, {
    signal,
    report: () => undefined,
  });
  return predictions.reduce((sum, label, item) => sum + (label === items[item].label ? 1 : 0), 0) / items.length;
}

/** Keeps the weights that did best, in the checkpoint's layout. */
function createSelection(model: Transformer, score: () => Promise<number>): { look(): Promise<void>; restore(): void } {
  let best = -1;
  let kept: ReadonlyMap<string, Float32Array> | undefined;
  return {
    async look() {
      const now = await score();
      if (now <= best) return;
      best = now;
      const values = new Map<string, Float32Array>();
      for (const name of model.parameters.keys()) values.set(name, (await model.readParameter(name)).data);
      kept = values;
    },
    restore() {
      for (const [name, values] of kept ?? []) model.writeParameter(name, values);
    },
  };
}
