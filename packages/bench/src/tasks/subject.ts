import type { Tokenizer, TokenMixture } from '@lexigraft/core';
import type { SequenceTemplate } from '@lexigraft/checkpoint';
import type { Transformer } from '@lexigraft/models';
import type { ModelKind, WorkContext } from './task.ts';

/** A tokenizer with what the model expects around its texts. */
export interface TextSide {
  readonly tokenizer: Tokenizer;
  /** Special tokens around a text and a pair, in ids of this tokenizer; the source model's own template, translated. */
  readonly template: SequenceTemplate;
}

/** What a stage before the task cost. */
export interface StageCost {
  /** e.g. `plan`, `apply`, `train-source` */
  readonly stage: string;
  readonly seconds: number;
  /** Largest resident set of the process from its start to the end of the stage, so that of an earlier stage where that took more. */
  readonly peakBytes?: number;
}

/** Training of the source model in its own vocabulary, before that vocabulary is exchanged. */
export interface SourceTraining {
  /** Says everything that decides the outcome but model and seed: settings and digests of data. Equal ids share one training. */
  readonly id: string;
  /** Number of classes the model must have; a model without a classifier is given a new one before it is trained. */
  readonly classes?: number;
  /** Trains `model`, which is the caller's to keep. */
  train(model: Transformer, side: TextSide, context: WorkContext): Promise<void>;
}

/**
 * The model of a cell: the source model with the strategy's plan applied. Whoever builds one decides how much it keeps and shares.
 */
export interface Subject {
  readonly kind: ModelKind;
  /** The source model's own side. */
  readonly source: TextSide;
  /** The side under test; equal to `source` for the untouched source model. */
  readonly target: TextSide;
  /** Recipe of the input embeddings; absent for the untouched source model. */
  readonly recipe?: TokenMixture;
  /** Length beyond which the model has no positions. */
  readonly maximumLength: number;
  /** Names of the classes by their number, from `id2label` of config.json; classification models. */
  readonly labels?: readonly string[];
  /** What was spent before the task, and what was written. */
  readonly cost: { readonly stages: readonly StageCost[]; readonly bytesWritten?: number };
  /** Returns the source model in its own vocabulary, shared like {@link model}. */
  sourceModel(): Promise<Transformer>;
  /** Returns the model under test, shared with other tasks: not to be trained, changed or disposed. */
  model(): Promise<Transformer>;
  /** Returns a copy of the model under test, the caller's to train and to dispose. */
  copy(): Promise<Transformer>;
  /** Returns the model under test as it is when the source model was trained by `training` before the exchange; shared like {@link model}. */
  trainedBefore(training: SourceTraining, context: WorkContext): Promise<Transformer>;
}
