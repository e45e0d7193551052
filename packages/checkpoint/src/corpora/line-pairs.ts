import { LexigraftError, type SentencePair } from '@lexigraft/core';
import { quoteName } from '../safetensors/quote-name.ts';
import type { ByteSource, PassOptions } from '../vectors/byte-source.ts';
import { readLines } from './text-lines.ts';

const barSeparator = /(?:^|[ \t])\|\|\|(?=[ \t]|$)|\t/;

/**
 * Reads `source ||| target` lines: the first `|||` that stands alone, or the first tab, parts the sides.
 *
 * @throws {LexigraftError} `format` naming the first line without either, or with more than two tab-separated columns
 */
export async function* readLinePairs(file: ByteSource, pass?: PassOptions): AsyncGenerator<SentencePair> {
  let number = 0;
  for await (const lines of readLines(file, pass)) {
    for (const line of lines) {
      number++;
      const separator = barSeparator.exec(line);
      if (separator !== null) {
        const target = line.slice(separator.index + separator[0].length).trimEnd();
        if (separator[0] === '\t' && target.includes('\t')) throw tooManyColumns(file.path, number, line.trimEnd().split('\t').length);
        yield [line.slice(0, separator.index).trim(), target.trim()];
      } else if (line.trim() === '') yield ['', ''];
      else
        throw new LexigraftError(
          'format',
          `${file.path}, line ${number}, has no \`|||\` between two sides; for two files of lines give them separately.`,
          { path: file.path, line: number },
        );
    }
  }
}

/** What stands behind a second tab, such as a licence, is no part of the target. */
function tooManyColumns(path: string, line: number, columns: number): LexigraftError {
  return new LexigraftError(
    'format',
    `${path}, line ${line}, has ${columns} tab-separated columns; two were expected. Give the format \`tsv\` and the \`columns\` of the two sides (on the command line \`--columns 1,2\`).`,
    { path, line, columns },
  );
}

/**
 * Reads two columns of a tab-separated file.
 *
 * @throws {LexigraftError} `format` naming the first line with too few columns
 */
export async function* readTableColumns(
  file: ByteSource,
  columns: readonly [number, number] | undefined,
  pass?: PassOptions,
): AsyncGenerator<SentencePair> {
  let chosen = columns;
  let number = 0;
  for await (const lines of readLines(file, pass)) {
    for (const line of lines) {
      number++;
      if (line === '') {
        yield ['', ''];
        continue;
      }
      const cells = line.split('\t');
      chosen ??= [cells.length - 2, cells.length - 1];
      const [source, target] = [cells[chosen[0]] as string | undefined, cells[chosen[1]] as string | undefined];
      if (source === undefined || target === undefined) {
        const needed = Math.max(2, ...chosen.map((column) => column + 1));
        throw new LexigraftError(
          'format',
          `${file.path}, line ${number}, has ${cells.length} tab-separated columns; at least ${needed} are needed.`,
          { path: file.path, line: number, columns: cells.length },
        );
      }
      yield [source.trim(), target.trim()];
    }
  }
}

/**
 * Reads two files line by line, or with `keyColumns` joins two tables on the columns that name a sentence.
 *
 * @throws {LexigraftError} `format` if one file has more lines than the other, a table lacks a key column, or a key occurs twice in the target table
 */
export async function* readTwoFiles(
  source: ByteSource,
  target: ByteSource,
  keyColumns: readonly number[] | undefined,
  pass?: PassOptions,
): AsyncGenerator<SentencePair> {
  if (keyColumns !== undefined && keyColumns.length > 0) {
    yield* joinTables(source, target, keyColumns, pass);
    return;
  }
  const [left, right] = [flatten(readLines(source, pass)), flatten(readLines(target, quiet(pass)))];
  let number = 0;
  for (;;) {
    const [a, b] = [await left.next(), await right.next()];
    if (a.done === true && b.done === true) return;
    if (a.done === true || b.done === true) {
      await Promise.all([left.return(undefined), right.return(undefined)]);
      const [short, long] = a.done === true ? [source.path, target.path] : [target.path, source.path];
      throw new LexigraftError('format', `${short} has ${number} lines and ${long} has more; line-aligned files have equally many.`, {
        path: short,
        lines: number,
      });
    }
    number++;
    yield [a.value.trim(), b.value.trim()];
  }
}

async function* joinTables(
  source: ByteSource,
  target: ByteSource,
  keyColumns: readonly number[],
  pass?: PassOptions,
): AsyncGenerator<SentencePair> {
  const split = (file: ByteSource, line: string, number: number): readonly [key: string, text: string] => {
    const cells = line.split('\t');
    if (cells.length <= Math.max(...keyColumns)) {
      throw new LexigraftError(
        'format',
        `${file.path}, line ${number}, has ${cells.length} tab-separated columns; the key needs ${Math.max(...keyColumns) + 1}.`,
        { path: file.path, line: number },
      );
    }
    return [keyColumns.map((column) => cells[column]).join('\t'), cells[cells.length - 1].trim()];
  };
  const texts = new Map<string, string>();
  let number = 0;
  for await (const lines of readLines(target, quiet(pass))) {
    for (const line of lines) {
      number++;
      if (line === '') continue;
      const [key, text] = split(target, line, number);
      if (texts.has(key)) {
        throw new LexigraftError(
          'format',
          `${target.path}, line ${number}, has the key ${quoteName(key)} of an earlier line; each key names one sentence of the target. Take one of the lines out, or name more \`keyColumns\` (on the command line \`--key-columns\`).`,
          { path: target.path, line: number, key },
        );
      }
      texts.set(key, text);
    }
  }
  number = 0;
  for await (const lines of readLines(source, pass)) {
    for (const line of lines) {
      number++;
      if (line === '') continue;
      const [key, text] = split(source, line, number);
      const other = texts.get(key);
      if (other !== undefined) yield [text, other];
    }
  }
}

async function* flatten(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string, undefined> {
  for await (const lines of batches) yield* lines;
  return undefined;
}

/** The second file of two is read in step with the first, which alone reports progress. */
function quiet(pass?: PassOptions): PassOptions {
  return { ...(pass?.signal && { signal: pass.signal }) };
}
