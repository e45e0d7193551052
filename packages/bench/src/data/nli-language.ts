import { LexigraftError } from '@lexigraft/core';
import type { NliColumns } from './dataset-sources.ts';
import type { RawRecords } from './nli-records.ts';

/**
 * Returns the language whose rows are to be read from a file for which none was named: `meant` where the file has rows of several, for mixed they would
 * measure nothing; none where all rows are of one, whatever it is called.
 *
 * @throws {LexigraftError} `invalid-option` if there are several and `meant` is not among them
 */
export async function languageAmongSeveral(
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
