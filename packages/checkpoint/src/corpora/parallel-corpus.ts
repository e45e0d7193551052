import { LexigraftError, type SentencePair } from '@lexigraft/core';
import { openByteSource, type PassOptions } from '../vectors/byte-source.ts';
import { readJsonLines } from './json-lines.ts';
import { readLinePairs, readTableColumns, readTwoFiles } from './line-pairs.ts';
import { readTranslationMemory } from './translation-memory.ts';
import { openZippedCorpus } from './zipped-corpus.ts';

/** How the pairs lie in a file. */
export type CorpusFormat = 'bars' | 'tsv' | 'tmx' | 'jsonl';

/** Where a parallel corpus is. */
export interface ParallelCorpusOptions {
  /** One file with both sides: `source ||| target`, TSV, TMX (also zipped) or JSON lines; each also gzipped. */
  readonly pairs?: string;
  /** Two line-aligned files instead. */
  readonly source?: string;
  readonly target?: string;
  /** Told from the name when absent (`.tsv`, `.tmx`, `.jsonl`, `.ndjson`; in a `.zip`, from that of the file inside); other names mean `bars`. */
  readonly format?: CorpusFormat;
  /** TSV: 0-based columns of the two sides. @default the last two columns of the first line */
  readonly columns?: readonly [source: number, target: number];
  /** Two TSV files: 0-based columns that name a sentence; pairs are the rows with equal names. The text is the last column. A name occurs once in the target. */
  readonly keyColumns?: readonly number[];
  /** TMX: language codes of the two sides; a prefix such as `en` matches `en-GB`. @default the first two languages of the file */
  readonly languages?: readonly [source: string, target: string];
  /** JSON lines: names of the two fields, dots reach inside (`translation.en`). @default `source`, `target` */
  readonly fields?: readonly [source: string, target: string];
}

/** Sentence pairs that can be read any number of times. */
export interface ParallelCorpus {
  /** For reports: the paths. */
  readonly paths: readonly string[];
  /** Reads the pairs from the beginning. */
  pairs(options?: PassOptions): AsyncIterable<SentencePair>;
}

/**
 * Opens a parallel corpus for streaming.
 *
 * @throws {LexigraftError} `invalid-option` when the options do not name one file or two; `file-not-found`, `file-unreadable`, `empty-input`, `format`
 */
export async function openParallelCorpus(options: ParallelCorpusOptions): Promise<ParallelCorpus> {
  const { pairs, source, target } = options;
  if (pairs !== undefined) {
    if (source !== undefined || target !== undefined)
      throw new LexigraftError('invalid-option', 'Give either one file of pairs or a source and a target file, not both.', {});
    return openPairFile(pairs, options);
  }
  if (source === undefined || target === undefined)
    throw new LexigraftError('invalid-option', 'A parallel corpus is one file of pairs, or a source file and a target file.', {});
  const [sourceFile, targetFile] = [await openByteSource(source), await openByteSource(target)];
  return { paths: [source, target], pairs: (pass) => readTwoFiles(sourceFile, targetFile, options.keyColumns, pass) };
}

async function openPairFile(path: string, options: ParallelCorpusOptions): Promise<ParallelCorpus> {
  const zipped = await openZippedCorpus(path);
  const file = zipped ?? (await openByteSource(path));
  const format = options.format ?? formatOf(file.path) ?? 'bars';
  const read = (pass?: PassOptions): AsyncIterable<SentencePair> => {
    switch (format) {
      case 'tmx':
        return readTranslationMemory(file, options.languages, pass);
      case 'jsonl':
        return readJsonLines(file, options.fields ?? ['source', 'target'], pass);
      case 'tsv':
        return readTableColumns(file, options.columns, pass);
      case 'bars':
        return readLinePairs(file, pass);
    }
  };
  return { paths: [path], pairs: read };
}

function formatOf(path: string): CorpusFormat | undefined {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.tmx')) return 'tmx';
  if (name.endsWith('.jsonl') || name.endsWith('.ndjson')) return 'jsonl';
  return name.endsWith('.tsv') ? 'tsv' : undefined;
}
