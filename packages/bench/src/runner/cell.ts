import type { Json } from '@lexigraft/core';
import type { TaskResult } from '../tasks/task-result.ts';
import type { LanguageSpec, NamedSpec } from '../config/bench-config.ts';

/** What makes one row of the table: a model, a strategy, a language, a task and a seed. */
export interface Cell {
  /** SHA-256 of everything that decides the result; the name of its file. */
  readonly key: string;
  readonly model: string;
  readonly strategy: string;
  readonly language: string;
  readonly task: string;
  readonly seed: number;
}

/** Cells that share a model under test; what one worker does in one go. */
export interface Job {
  /** SHA-256 of everything that decides the model under test, and of the names it goes by: jobs that run at once share no folder that the first to end removes. */
  readonly key: string;
  readonly model: {
    readonly name: string;
    readonly path: string;
    /** SHA-256 of its files, and of the repetition of all cells that the job is part of: what is kept of work on the model is kept under it. */
    readonly digest: string;
  };
  readonly strategy: NamedSpec;
  readonly language: { readonly id: string; readonly spec: LanguageSpec };
  readonly sourceLanguage: string;
  readonly seed: number;
  readonly device: string;
  /** Of the program that planned the job; part of the keys. */
  readonly versions: Readonly<Record<string, string>>;
  /** The job is done by a process that did no other before it, since it measures it. */
  readonly ownProcess?: boolean;
  readonly cells: readonly { readonly cell: Cell; readonly task: NamedSpec }[];
}

/** A cell that was measured. */
export interface CellRecord {
  readonly format: 1;
  readonly cell: Cell;
  readonly strategy: NamedSpec;
  readonly task: {
    readonly id: string;
    readonly version: string;
    readonly settings: Readonly<Record<string, Json>>;
    readonly options: Readonly<Record<string, Json>>;
  };
  readonly result: TaskResult;
  /** Seconds of the whole cell, and of its stages: the model under test is made in the first cell that needs it. */
  readonly seconds: number;
  readonly stages: Readonly<Record<string, number>>;
  /** Largest resident set of the worker so far. */
  readonly peakBytes: number;
  readonly machine: { readonly device: string; readonly cpus: number; readonly node: string; readonly platform: string };
  readonly versions: Readonly<Record<string, string>>;
  /** What went into the key, by role. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** A cell that could not be measured. */
export interface CellFailure {
  readonly cell: Cell;
  readonly error: { readonly code: string; readonly message: string; readonly details?: Json };
  readonly attempts: number;
}

/** Why a cell of the configuration is not run. */
export interface SkippedCell {
  readonly model: string;
  readonly strategy: string;
  readonly language: string;
  readonly task: string;
  readonly reason: string;
}
