import { LexigraftError } from '@lexigraft/core';
import { openByteSource, readLines } from '@lexigraft/checkpoint';
import type { NliFile } from './dataset-sources.ts';
import { readParquetRecords } from './parquet-records.ts';

/** A row of a file before its columns are understood. */
export interface RawRecord {
  /** Where it stands, for messages, e.g. `xnli.tsv, line 3`. */
  readonly place: string;
  /** Value of a column by name, or by 0-based position where the file has no header. */
  get(column: string | number): unknown;
}

/** Rows of a file, with what is known of its columns before the first of them. */
export interface RawRecords {
  /** Names of the columns; absent for a table without a header. */
  readonly names?: readonly string[];
  /** Names of the numbered labels, where the file itself gives them. */
  readonly labelNames?: readonly string[];
  rows(signal?: AbortSignal): AsyncIterable<RawRecord>;
}

/** Column names by which a first line of a table is taken for a header. */
const headerWords = new Set(['premise', 'hypothesis', 'hypo', 'label', 'sentence1', 'sentence2', 'gold_label', 'language']);

/**
 * Opens one file as rows: TSV with or without a header, JSON lines, or Parquet; the first two gzipped or not. The first line of a table is its header where
 * `columns` are given by name, or by its words.
 *
 * @throws {LexigraftError} `file-not-found`, `file-unreadable`, `empty-input`, `format`, `unsupported-format`, `too-large`; later also while rows are read
 */
export async function openRecords(path: string, { format, columns }: Pick<NliFile, 'format' | 'columns'>): Promise<RawRecords> {
  switch (format ?? formatOf(path)) {
    case 'parquet':
      return readParquetRecords(path);
    case 'jsonl':
      return { names: await firstKeys(path), rows: (signal) => readJsonRecords(path, signal) };
    case 'tsv': {
      const first = (await firstLine(path)).split('\t').map((cell) => cell.trim());
      const isNamed = Object.values(columns ?? {}).some((column) => typeof column === 'string');
      const header = isNamed || first.some((cell) => headerWords.has(cell.toLowerCase())) ? first : undefined;
      return { ...(header && { names: header }), rows: (signal) => readTable(path, header, signal) };
    }
  }
}

function formatOf(path: string): NonNullable<NliFile['format']> {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.parquet')) return 'parquet';
  return /\.(jsonl|ndjson|json)$/.test(name) ? 'jsonl' : 'tsv';
}

async function* numberedLines(path: string, signal?: AbortSignal): AsyncGenerator<readonly [number: number, line: string]> {
  let number = 0;
  for await (const lines of readLines(await openByteSource(path), { signal })) {
    for (const line of lines) {
      number++;
      if (line.trim() !== '') yield [number, line];
    }
  }
}

async function firstLine(path: string): Promise<string> {
  for await (const [, line] of numberedLines(path)) return line;
  throw new LexigraftError('empty-input', `${path} holds no lines.`, { path });
}

async function firstKeys(path: string): Promise<readonly string[]> {
  return Object.keys(parseObject(await firstLine(path), path, 1));
}

async function* readTable(path: string, header: readonly string[] | undefined, signal?: AbortSignal): AsyncGenerator<RawRecord> {
  let isHeader = header !== undefined;
  for await (const [number, line] of numberedLines(path, signal)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    const cells = line.split('\t');
    yield {
      place: `${path}, line ${number}`,
      get: (column) => cells[typeof column === 'number' ? column : (header?.indexOf(column) ?? -1)],
    };
  }
}

async function* readJsonRecords(path: string, signal?: AbortSignal): AsyncGenerator<RawRecord> {
  for await (const [number, line] of numberedLines(path, signal)) {
    const record = parseObject(line, path, number);
    yield { place: `${path}, line ${number}`, get: (column) => (Object.hasOwn(record, column) ? record[column] : undefined) };
  }
}

function parseObject(line: string, path: string, number: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new LexigraftError('format', `${path}, line ${number}, is not JSON.`, { path, line: number }, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LexigraftError('format', `${path}, line ${number}, must hold a JSON object with premise, hypothesis and label.`, {
      path,
      line: number,
    });
  return value as Record<string, unknown>;
}
