import type { Json } from '@lexigraft/core';
import type { NliLabel } from '../data/nli-item.ts';

/** A strategy or task with its options, and the name it goes by. */
export interface NamedSpec {
  readonly name: string;
  readonly id: string;
  readonly options: Readonly<Record<string, Json>>;
  /** Folder that the path of a plugin starts from; no part of a cell's address. */
  readonly from?: string;
}

/** A parallel corpus: a file, or where and how it lies. */
export type PairsSpec =
  | string
  | {
      readonly pairs?: string | undefined;
      readonly source?: string | undefined;
      readonly target?: string | undefined;
      readonly format?: 'bars' | 'tsv' | 'tmx' | 'jsonl' | undefined;
      readonly columns?: readonly [number, number] | undefined;
      readonly keyColumns?: readonly number[] | undefined;
      readonly languages?: readonly [string, string] | undefined;
      readonly fields?: readonly [string, string] | undefined;
    };

/** A word list: a file, and which language its lines begin with. */
export type LexiconSpec = string | { readonly path: string; readonly order?: 'source-first' | 'target-first' | undefined };

/** Premise–hypothesis pairs: a file, or where and how they lie. */
export type NliSpec =
  | string
  | {
      readonly path: string | readonly string[];
      readonly format?: 'tsv' | 'jsonl' | 'parquet' | undefined;
      readonly columns?:
        | {
            readonly premise: string | number;
            readonly hypothesis: string | number;
            readonly label: string | number;
            readonly language?: string | number | undefined;
          }
        | undefined;
      readonly labels?: Readonly<Record<string, NliLabel>> | undefined;
      readonly language?: string | undefined;
      readonly limit?: number | undefined;
    };

/** A text: a file, and how many of its lines count. */
export type TextSpec = string | { readonly path: string; readonly limit?: number | undefined };

/** What a language's tasks are loaded from. */
export interface DatasetSpecs {
  readonly nli?: NliSpec | undefined;
  readonly nliTraining?: NliSpec | undefined;
  readonly nliSelection?: NliSpec | undefined;
  readonly heldOut?: TextSpec | undefined;
  readonly text?: TextSpec | undefined;
  readonly parallel?: PairsSpec | undefined;
  readonly lexicon?: LexiconSpec | undefined;
}

/** What a language comes with; paths are absolute. */
export interface LanguageSpec {
  /** Its tokenizer; the helper's when absent. */
  readonly target?: string | undefined;
  readonly helper?: string | undefined;
  readonly vectors?: string | undefined;
  readonly sourceVectors?: string | undefined;
  readonly lexicon?: LexiconSpec | undefined;
  readonly text?: string | undefined;
  /** Texts of several languages by their names, the one the model knows best first: what strategies that steer compare. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  readonly pairs?: PairsSpec | undefined;
  /** Sentence pairs with what each stretch stands for, as synthetic languages have them. */
  readonly gold?: string | undefined;
  readonly datasets: DatasetSpecs;
}

/** A strategy or task by its id, or with options and a name. */
export type NamedEntry =
  string | { readonly id: string; readonly name?: string | undefined; readonly options?: Readonly<Record<string, Json>> | undefined };

/** What a configuration file says, before it is completed. */
export interface BenchFile {
  readonly name?: string | undefined;
  readonly out?: string | undefined;
  readonly sourceLanguage: string;
  readonly models: Readonly<Record<string, string | { readonly path: string }>>;
  readonly languages: Readonly<Record<string, LanguageSpec>>;
  readonly shared: {
    readonly sourceVectors?: string | undefined;
    readonly texts?: Readonly<Record<string, string>> | undefined;
    readonly datasets?: DatasetSpecs | undefined;
  };
  readonly strategies: readonly NamedEntry[];
  readonly tasks: readonly NamedEntry[];
  readonly seeds: readonly number[];
  /** The strategy that others are compared with. */
  readonly baseline?: string | undefined;
  readonly device: 'auto' | 'cpu' | 'wasm' | 'webgpu' | 'cuda';
  /** Processes that work at once. */
  readonly workers?: number | undefined;
  /** Seconds after which a cell is given up. */
  readonly timeLimit?: number | undefined;
}

/** A checked configuration: every path is absolute, every strategy and task has a name of its own. */
export interface BenchConfig extends Omit<BenchFile, 'name' | 'out' | 'models' | 'strategies' | 'tasks' | 'shared'> {
  readonly name: string;
  readonly out: string;
  readonly models: Readonly<Record<string, { readonly path: string }>>;
  readonly strategies: readonly NamedSpec[];
  readonly tasks: readonly NamedSpec[];
}
