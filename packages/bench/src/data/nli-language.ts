import { LexigraftError } from '@lexigraft/core';
import type { NliColumns, NliFile } from './dataset-sources.ts';
import type { RawRecords } from './nli-records.ts';

/** Usual names of a column of languages, in the order they are tried; `-` and blanks count as `_`. */
const usualNames = ['language', 'lang', 'locale', 'iso', 'language_code', 'lang_code', 'iso_code', 'language_id', 'lang_id'];

/** Returns `columns` with the column of languages, where they name none and the file has one of a usual name. */
export function withLanguageColumn(columns: NliColumns, { names = [] }: RawRecords): NliColumns {
  if (columns.language !== undefined) return columns;
  const written = names.map((name) => name.toLowerCase().replaceAll(/[-\s]+/g, '_'));
  const at = usualNames.map((name) => written.indexOf(name)).find((place) => place >= 0);
  return at === undefined ? columns : { ...columns, language: names[at] };
}

/**
 * Returns the language whose rows are to be read of a file: the one that was named, else as {@link languageAmongSeveral} says.
 *
 * @throws {LexigraftError} `invalid-option` if a language was named and nothing tells which rows are of it. A table without a header that is read by its
 *   form is of one language, as XTREME's are.
 */
export async function languageToRead(
  path: string,
  { language, columns: given }: NliFile,
  records: RawRecords,
  columns: NliColumns,
  meant: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (language === undefined) return languageAmongSeveral(path, records, columns, meant, signal);
  if (columns.language !== undefined || (records.names === undefined && given === undefined)) return language;
  throw new LexigraftError(
    'invalid-option',
    `${path} has no column that tells the language, so rows of ${language} cannot be chosen; leave \`language\` out if all are of it, or name the column with \`columns.language\`.`,
    { path, language, ...(records.names && { columns: records.names.slice(0, 20) }) },
  );
}

/**
 * Returns the language whose rows are to be read from a file for which none was named: `meant` where the file has rows of several, for mixed they would
 * measure nothing; none where all rows are of one, whatever it is called.
 *
 * @throws {LexigraftError} `invalid-option` if there are several and `meant` is not among them
 */
async function languageAmongSeveral(
  path: string,
  records: RawRecords,
  { language: column }: NliColumns,
  meant: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (column === undefined || meant === undefined) return undefined;
  const found = new Set<string>();
  for await (const record of records.rows(signal)) {
    const language = record.get(column);
    if (typeof language === 'string') found.add(language);
  }
  if (found.size < 2) return undefined;
  if (found.has(meant)) return meant;
  const names = [...found].sort();
  throw new LexigraftError(
    'invalid-option',
    `${path} has rows of ${names.length} languages, and none is called ${meant}; say with \`language\` which is meant: ${names.slice(0, 20).join(', ')}.`,
    { path, languages: names.slice(0, 20) },
  );
}
