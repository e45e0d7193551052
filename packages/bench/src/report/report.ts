import type { Json } from '@lexigraft/core';
import type { CellFailure, SkippedCell } from '../runner/cell.ts';
import type { Curve, MetricUnit } from '../tasks/task-result.ts';

/** Where a number of the report was found. */
export interface ReportPlace {
  readonly model: string;
  readonly strategy: string;
  readonly language: string;
  readonly task: string;
}

/** Difference of a row to the baseline's on the same items and seeds. */
export interface Comparison {
  readonly baseline: string;
  /** Seeds that both have; the values of the two rows may be over more. */
  readonly seeds: readonly number[];
  /** Row less baseline, over {@link Comparison.seeds}. */
  readonly difference: number;
  /** 95 % */
  readonly interval: readonly [lower: number, upper: number];
  readonly pValue: number;
  /** Corrected for all comparisons of the same metric, by Holm's rule. */
  readonly adjusted: number;
  readonly n: number;
}

/** One number of the table: a metric of a strategy, over its seeds. */
export interface ReportRow extends ReportPlace {
  readonly metric: string;
  readonly unit: MetricUnit;
  readonly higherIsBetter: boolean;
  /** Whether it is the first metric of its task. */
  readonly headline: boolean;
  /** Mean over the seeds; `null` where one of them has no value, of which `note` tells. */
  readonly value: number | null;
  /** Of the mean over items; averaged over seeds. */
  readonly standardError?: number;
  /** Deviation over the seeds, where there are several. */
  readonly deviation?: number;
  /** 95 %, of the items. */
  readonly interval?: readonly [lower: number, upper: number];
  readonly n: number;
  /** With the standard error over the items of each; reports of earlier versions have none here. */
  readonly seeds: readonly { readonly seed: number; readonly value: number | null; readonly standardError?: number }[];
  readonly comparison?: Comparison;
  readonly note?: string;
}

/** A curve of a strategy, by seed. */
export interface ReportCurve extends ReportPlace {
  readonly seed: number;
  readonly curve: Curve;
}

/** What a cell cost. */
export interface ReportCost extends ReportPlace {
  readonly seed: number;
  readonly seconds: number;
  readonly stages: Readonly<Record<string, number>>;
  /** Largest resident set of the process from its start to the end of the cell. */
  readonly peakBytes: number;
}

/** Everything a bench found. Numbers are numbers. */
export interface BenchReport {
  readonly schemaVersion: 1;
  readonly name: string;
  /** ISO 8601, when the report was written. */
  readonly date: string;
  readonly sourceLanguage: string;
  readonly models: readonly string[];
  readonly languages: readonly string[];
  /** In the order of the configuration. */
  readonly strategies: readonly { readonly name: string; readonly id: string; readonly options: Readonly<Record<string, Json>> }[];
  readonly tasks: readonly {
    readonly name: string;
    readonly id: string;
    readonly version: string;
    readonly settings: Readonly<Record<string, Json>>;
  }[];
  readonly seeds: readonly number[];
  readonly baseline?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machines: readonly { readonly device: string; readonly cpus: number; readonly node: string; readonly platform: string }[];
  /** Digests of everything that was read, by role. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly rows: readonly ReportRow[];
  readonly curves: readonly ReportCurve[];
  readonly costs: readonly ReportCost[];
  /** Facts of the cells that all cells of a task and language agree on, e.g. the split. */
  readonly facts: readonly { readonly task: string; readonly language: string; readonly facts: Readonly<Record<string, Json>> }[];
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly cells: number }[];
  readonly failures: readonly CellFailure[];
  readonly skipped: readonly SkippedCell[];
}
