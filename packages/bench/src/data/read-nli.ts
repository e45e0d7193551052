import { LexigraftError } from '@lexigraft/core';
import type { NliColumns, NliFile } from './dataset-sources.ts';
import { languageToRead, withLanguageColumn } from './nli-language.ts';
import { labelOf, type LabelRule } from './nli-labels.ts';
import type { NliItem } from './nli-item.ts';
import { openRecords, type RawRecord, type RawRecords } from './nli-records.ts';

/** More pairs than any published set has. */
const MOST_ITEMS = 5_000_000;
/** Longest premise or hypothesis, in UTF-16 units. */
const LONGEST_TEXT = 100_000;

/** Pairs that were read. */
export interface NliData {
  readonly items: readonly NliItem[];
  /** Rows whose annotators did not agree (label `-`), which are left out. */
  readonly undecided: number;
  /** Rows of other languages, left out. */
  readonly otherLanguages: number;
}

/** Column names of the known files, in the order they are tried. */
const knownColumns: readonly Readonly<Record<'premise' | 'hypothesis' | 'label', string>>[] = [
  { premise: 'premise', hypothesis: 'hypothesis', label: 'label' },
  { premise: 'premise', hypothesis: 'hypothesis', label: 'gold_label' },
  { premise: 'premise', hypothesis: 'hypo', label: 'label' },
  { premise: 'sentence1', hypothesis: 'sentence2', label: 'gold_label' },
  { premise: 'sentence1', hypothesis: 'sentence2', label: 'label' },
];

/**
 * Reads premise–hypothesis pairs: XNLI as released (TSV with header), in XTREME's form (three or four columns, no header), as JSON lines or Parquet,
 * AmericasNLI, MultiNLI and SNLI, or any other file with `columns`: named ones
 * stand in the first line of a table. Texts are kept as written.
 *
 * Labels are read by name. Numbers are read only where the file names its classes or `labels` does, for published files number them differently.
 *
 * @param meant the language whose rows are read where a file has rows of several and `file.language` is absent; all are where this is absent too
 * @throws {LexigraftError} `file-not-found`, `file-unreadable`, `empty-input`, `format` naming the line, `unsupported-format`, `too-large`, `invalid-option`
 */
export async function readNli(file: NliFile, signal?: AbortSignal, meant?: string): Promise<NliData> {
  const paths = typeof file.path === 'string' ? [file.path] : file.path;
  if (paths.length === 0)
    throw new LexigraftError('empty-input', 'A data set of pairs needs at least one file; `path` is an empty list.', {});
  const limit = file.limit ?? MOST_ITEMS;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_ITEMS)
    throw new LexigraftError('invalid-option', `\`limit\` must be a whole number from 1 to ${MOST_ITEMS}; got ${limit}.`, { limit });
  const items: NliItem[] = [];
  const counts = { undecided: 0, otherLanguages: 0 };
  let wanted: string | undefined;
  for (const path of paths) {
    const records = await openRecords(path, file);
    const columns = withLanguageColumn(file.columns ?? (await findColumns(path, records)), records);
    assertColumns(path, columns, records);
    const rule: LabelRule = { ...(file.labels && { names: file.labels }), ...(records.labelNames && { classes: records.labelNames }) };
    const language = await languageToRead(path, file, records, columns, meant, signal);
    wanted = language ?? wanted;
    for await (const record of records.rows(signal)) {
      if (items.length === limit) break;
      if (isOtherLanguage(record, columns, language)) counts.otherLanguages++;
      else {
        const item = readItem(record, columns, rule);
        if (item === undefined) counts.undecided++;
        else items.push(item);
      }
    }
  }
  if (items.length === 0) throw nothingLeft(paths, wanted, counts);
  return { items, ...counts };
}

async function findColumns(path: string, records: RawRecords): Promise<NliColumns> {
  const { names } = records;
  if (names !== undefined) {
    const known = knownColumns.find(({ premise, hypothesis, label }) => [premise, hypothesis, label].every((name) => names.includes(name)));
    if (known === undefined)
      throw new LexigraftError(
        'format',
        `${path} has the columns ${names.slice(0, 20).join(', ')}; say with \`columns\` which are premise, hypothesis and label.`,
        { path, columns: names.slice(0, 20) },
      );
    return known;
  }
  for await (const record of records.rows()) {
    const label = record.get(2);
    if (typeof label === 'string' && labelOf(label, {}) !== undefined) return { premise: 0, hypothesis: 1, label: 2 };
    break;
  }
  throw new LexigraftError(
    'format',
    `${path} has no header, and its third column holds no label; say with \`columns\` which are premise, hypothesis and label.`,
    { path },
  );
}

function assertColumns(path: string, columns: NliColumns, { names }: RawRecords): void {
  for (const [role, column] of Object.entries(columns) as [string, string | number][]) {
    if (typeof column === 'number' || names?.includes(column)) continue;
    throw new LexigraftError(
      'invalid-option',
      `${path} has no column \`${column}\` for the ${role}; it has ${names?.slice(0, 20).join(', ') ?? 'no header, so columns are numbers from 0'}.`,
      { path, column, columns: names?.slice(0, 20) ?? [] },
    );
  }
}

function isOtherLanguage(record: RawRecord, columns: NliColumns, wanted: string | undefined): boolean {
  if (wanted === undefined || columns.language === undefined) return false;
  return record.get(columns.language) !== wanted;
}

function readItem(record: RawRecord, columns: NliColumns, rule: LabelRule): NliItem | undefined {
  const label = labelOf(record.get(columns.label), rule);
  if (label === 'undecided') return undefined;
  if (label === undefined) throw unknownLabel(record, columns, rule);
  return { premise: textOf(record, columns.premise, 'premise'), hypothesis: textOf(record, columns.hypothesis, 'hypothesis'), label };
}

function textOf(record: RawRecord, column: string | number, role: string): string {
  const value = record.get(column);
  if (typeof value !== 'string' || value.trim() === '')
    throw new LexigraftError('format', `${record.place}, has no ${role} in column \`${column}\`.`, { place: record.place, column });
  if (value.length > LONGEST_TEXT)
    throw new LexigraftError(
      'too-large',
      `${record.place}, has a ${role} of ${value.length} characters; at most ${LONGEST_TEXT} are read.`,
      {
        place: record.place,
        characters: value.length,
      },
    );
  return value;
}

function unknownLabel(record: RawRecord, { label: column }: NliColumns, rule: LabelRule): LexigraftError {
  const value = record.get(column);
  const shown =
    typeof value === 'string' || typeof value === 'number'
      ? JSON.stringify(value).slice(0, 60)
      : value === undefined
        ? 'nothing'
        : 'no text';
  const advice =
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value))
      ? 'published files number their labels differently, so name them with `labels`, e.g. { 0: "entailment" }'
      : 'entailment, neutral or contradiction was expected; name other words with `labels`';
  return new LexigraftError('format', `${record.place}, has ${shown} as its label; ${advice}.`, {
    place: record.place,
    label: shown,
    ...(rule.classes && { classes: [...rule.classes] }),
  });
}

function nothingLeft(
  paths: readonly string[],
  language: string | undefined,
  { undecided, otherLanguages }: { undecided: number; otherLanguages: number },
): LexigraftError {
  const inLanguage = language === undefined ? '' : ` in the language ${language}`;
  const reason = undecided > 0 ? `all ${undecided} rows${inLanguage} are undecided` : `none of its ${otherLanguages} rows is${inLanguage}`;
  return new LexigraftError('empty-input', `${paths.join(', ')} holds no usable pair: ${reason}.`, { paths: [...paths] });
}
