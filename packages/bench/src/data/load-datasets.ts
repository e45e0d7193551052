import { LexigraftError, type Lexicon, type ParallelText, type PlainText, type SentencePair } from '@lexigraft/core';
import { openLexicon, openParallelCorpus, openPlainText } from '@lexigraft/checkpoint';
import type { DatasetName, DatasetSources } from './dataset-sources.ts';
import type { NliItem } from './nli-item.ts';
import { readNli } from './read-nli.ts';

/** Longest text that is held in memory whole, in UTF-16 units. */
const MOST_TEXT = 256 * 1024 * 1024;

/**
 * Reads pairs from a file or takes those that were given; of a file with rows of several languages those of `language`, unless it names another.
 *
 * @throws {LexigraftError} as `readNli` does; `empty-input`
 */
export async function loadNli(
  source: NonNullable<DatasetSources['nli']>,
  language: string,
  signal: AbortSignal,
): Promise<readonly NliItem[]> {
  if (!('items' in source)) return (await readNli(source, signal, language)).items;
  if (source.items.length === 0)
    throw new LexigraftError('empty-input', 'A data set of pairs needs at least one pair; the list is empty.', {});
  return source.items;
}

/** Opens text for streaming. @throws {LexigraftError} `file-not-found`, `file-unreadable`, `empty-input` */
export async function openText(source: NonNullable<DatasetSources['text']>): Promise<PlainText> {
  return 'lines' in source ? source : openPlainText(source.path);
}

/** Reads held-out text as lines. @throws {LexigraftError} `empty-input`, `too-large` and what reading throws */
export async function loadLines(source: NonNullable<DatasetSources['heldOut']>, signal: AbortSignal): Promise<readonly string[]> {
  const limit = 'path' in source ? (source.limit ?? Infinity) : Infinity;
  const lines: string[] = [];
  let characters = 0;
  for await (const line of (await openText(source)).lines({ signal })) {
    if (lines.length >= limit) break;
    characters += line.length;
    if (characters > MOST_TEXT)
      throw new LexigraftError(
        'too-large',
        `Held-out text of more than ${MOST_TEXT} characters is not read; give \`limit\` lines of it.`,
        {},
      );
    lines.push(line);
  }
  if (lines.length === 0)
    throw new LexigraftError('empty-input', 'Held-out text needs at least one line that is not blank; there is none.', {});
  return lines;
}

/** Reads up to `limit` sentence pairs. @throws {LexigraftError} `empty-input` and what reading throws */
export async function loadPairs(
  source: NonNullable<DatasetSources['parallel']>,
  limit: number,
  signal: AbortSignal,
): Promise<readonly SentencePair[]> {
  const corpus: ParallelText = isParallelText(source) ? source : await openParallelCorpus(source);
  const pairs: SentencePair[] = [];
  for await (const pair of corpus.pairs({ signal })) {
    if (pairs.length >= limit) break;
    if (pair[0].trim() !== '' && pair[1].trim() !== '') pairs.push(pair);
  }
  if (pairs.length === 0) throw new LexigraftError('empty-input', 'Parallel text needs at least one pair of sentences; there is none.', {});
  return pairs;
}

/** Opens a lexicon or takes the one that was given. @throws {LexigraftError} what reading throws */
export async function loadLexicon(source: NonNullable<DatasetSources['lexicon']>, signal: AbortSignal): Promise<Lexicon> {
  if (!('path' in source)) return source;
  const { path, ...options } = source;
  return openLexicon(path, { ...options, signal });
}

/** Returns a dataset that a task cannot do without. @throws {LexigraftError} `missing-resource` */
export function requireDataset<Name extends DatasetName>(
  datasets: DatasetSources,
  name: Name,
  task: string,
): NonNullable<DatasetSources[Name]> {
  const source = datasets[name];
  if (source === undefined)
    throw new LexigraftError('missing-resource', `The task ${task} needs the dataset \`${name}\` for this language; name a file for it.`, {
      task,
      dataset: name,
    });
  return source;
}

function isParallelText(source: NonNullable<DatasetSources['parallel']>): source is ParallelText {
  return typeof (source as ParallelText).pairs === 'function';
}
