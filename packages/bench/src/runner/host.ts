import type { AnyEmbeddingTransfer, Progress } from '@lexigraft/core';
import type { Task } from '../tasks/task.ts';
import type { TaskResult } from '../tasks/task-result.ts';
import type { Job } from './cell.ts';
import type { NamedSpec } from '../config/bench-config.ts';
import type { ResultsFolder } from './results-folder.ts';

/** What the bench is given by whoever runs it: it names neither strategies nor tasks. */
export interface BenchHost {
  /** Versions that decide results, by package. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws {LexigraftError} `unknown-strategy`, `invalid-option` */
  makeStrategy(spec: NamedSpec): Promise<AnyEmbeddingTransfer>;
  /** Returns what decides the results of a strategy beside the versions and its options, e.g. a digest of a plugin's file; part of the keys of its cells. */
  digestStrategy?(spec: NamedSpec): Promise<string | undefined>;
  /** @throws {LexigraftError} `invalid-option` */
  makeTask(spec: NamedSpec): Promise<Task>;
  /** Opens what evaluates cells; called once in each worker process. */
  openWorkshop(results: ResultsFolder): Promise<Workshop>;
}

/** What one evaluation gave. */
export interface Evaluation {
  readonly result: TaskResult;
  /** Seconds by stage, the model's making included. */
  readonly stages: Readonly<Record<string, number>>;
  readonly device: string;
  /** A sentence on every device that was asked for and could not be used. */
  readonly notes?: readonly string[];
}

/** Evaluates cells, and keeps what several cells share. */
export interface Workshop {
  /** Evaluates one cell. */
  evaluate(job: Job, task: Task, context: EvaluationContext): Promise<Evaluation>;
  /** Lets go of the model under test of a job. */
  endJob(job: Job): Promise<void>;
  /** Frees models and engines. */
  dispose(): Promise<void>;
}

/** How an evaluation is stopped and followed. */
export interface EvaluationContext {
  readonly signal: AbortSignal;
  /** Tells the caller how far the work has come. */
  readonly report: (progress: Progress) => void;
}
