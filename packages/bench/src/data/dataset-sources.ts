import type { Lexicon, ParallelText, PlainText } from '@lexigraft/core';
import type { LexiconOptions, ParallelCorpusOptions } from '@lexigraft/checkpoint';
import type { NliItem, NliLabel } from './nli-item.ts';

/** Columns of a file of premise–hypothesis pairs: names of fields, of which the first line of a table is the header, or 0-based positions. */
export interface NliColumns {
  readonly premise: string | number;
  readonly hypothesis: string | number;
  readonly label: string | number;
  /** Only rows of the wanted language are read. Told from the header when absent, where it has a usual name. */
  readonly language?: string | number;
}

/** A file of premise–hypothesis pairs. */
export interface NliFile {
  /** Or several files, read one after another. */
  readonly path: string | readonly string[];
  /** Told from the name when absent. */
  readonly format?: 'tsv' | 'jsonl' | 'parquet';
  /** Told from the header or the first row when absent. */
  readonly columns?: NliColumns;
  /** Names of labels beside the usual ones, e.g. `{ 2: 'entailment' }`. Numbers are never guessed. */
  readonly labels?: Readonly<Record<string, NliLabel>>;
  /** Rows of this language alone, which a column must tell. When absent and the file has rows of several, the language under test is meant, or the source language for training. */
  readonly language?: string;
  /** The first so many items. */
  readonly limit?: number;
}

/** Where the data of a language lies, by what it is for. Files or values. */
export interface DatasetSources {
  /** Premise–hypothesis pairs of the language under test. */
  readonly nli?: NliFile | { readonly items: readonly NliItem[] };
  /** Pairs of the source language to train on; must share no premise with `nli`. */
  readonly nliTraining?: NliFile | { readonly items: readonly NliItem[] };
  /** Pairs of the source language to choose the best checkpoint by. */
  readonly nliSelection?: NliFile | { readonly items: readonly NliItem[] };
  /** Text of the language under test that nothing was trained on. */
  readonly heldOut?: { readonly path: string; readonly limit?: number } | PlainText;
  /** Text of the language under test to train on. */
  readonly text?: { readonly path: string } | PlainText;
  /** Translated sentences, source language first. */
  readonly parallel?: ParallelCorpusOptions | ParallelText;
  /** Words of the source language with their translations, held out from strategies. */
  readonly lexicon?: ({ readonly path: string } & LexiconOptions) | Lexicon;
}

/** Name of a dataset. */
export type DatasetName = keyof DatasetSources;
