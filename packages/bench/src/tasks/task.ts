import type { Json, Progress } from '@lexigraft/core';
import type { DatasetName, DatasetSources } from '../data/dataset-sources.ts';
import type { TaskResult } from './task-result.ts';
import type { Subject } from './subject.ts';

/** What a model can be asked: next tokens, masked tokens, or classes of pairs of texts. */
export type ModelKind = 'causal' | 'masked' | 'classification';

/** How a piece of work is seeded, stopped and followed. */
export interface WorkContext {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Tells the caller how far the work has come. */
  readonly report: (progress: Progress) => void;
}

/** What a task loads its data from. */
export interface LoadRequest {
  /** The language under test, e.g. `de`. */
  readonly language: string;
  /** The language the source model knows, e.g. `en`. */
  readonly sourceLanguage: string;
  /** Everything the configuration gives for this language; the tasks' `needs` are among it. */
  readonly datasets: DatasetSources;
  readonly signal: AbortSignal;
}

/** What a task evaluates: one cell's model, with the data of the task. */
export interface TaskInput<Data> extends WorkContext {
  readonly language: string;
  readonly sourceLanguage: string;
  readonly subject: Subject;
  /** What {@link Task.load} returned; shared between cells, so never changed. */
  readonly data: Data;
  /**
   * Returns what `make` returned before under this key, for work that does not depend on the strategy, e.g. a curve from nothing. The key says
   * everything it depends on but the source model and the tokenizer under test. Absent where nothing is remembered.
   */
  readonly remember?: (key: string, make: () => Promise<Json>) => Promise<Json>;
}

/** Forward passes that a step of training takes as long as. */
export const TRAINING_PASSES = 3;

/** What {@link Task.work} is counted from. */
export interface WorkMeasure {
  /** Kind of the model under test, where its folder tells. */
  readonly kind?: ModelKind;
  /** Returns the bytes of a dataset, unpacked; about those of its first `items` lines or pairs where given; 0 for one that is not there. */
  readonly bytesOf: (name: DatasetName, items?: number) => number;
}

/**
 * One thing to measure, as a plain value. A change of its data or its prompt raises `version`, and results of different versions are never compared.
 */
export interface Task<Data = unknown> {
  /** e.g. `xnli/finetuned`; with the protocol after an `@` where there are several, `xnli/likelihood@lm-eval-1.0`. */
  readonly id: string;
  readonly version: string;
  /** Kinds of model it can judge. */
  readonly models: readonly ModelKind[];
  /** Data without which it cannot run. */
  readonly needs: readonly DatasetName[];
  /** Data it uses where given. */
  readonly uses: readonly DatasetName[];
  /** Measures the process it runs in: its job is given a process that did nothing before, where jobs run in processes. @default false */
  readonly measuresProcess?: boolean;
  /** Every setting that can change a result; part of a cell's address. */
  readonly settings: Readonly<Record<string, Json>>;
  /**
   * Returns how many bytes of text go forward through the model, for the time that `--dry-run` expects; a step of training counts as three. Where
   * absent: all of `needs`, once.
   */
  work?(measure: WorkMeasure): number;
  /** @throws {LexigraftError} `missing-resource` when a needed dataset is absent, or what reading it throws */
  load(request: LoadRequest): Promise<Data>;
  /** @throws {LexigraftError} naming the data or the model; the abort reason when `signal` is aborted */
  evaluate(input: TaskInput<Data>): Promise<TaskResult>;
}

/** Returns `task` with the type of its data hidden, so that tasks fit in one list. */
export function defineTask<Data>(task: Task<Data>): Task {
  return task;
}
