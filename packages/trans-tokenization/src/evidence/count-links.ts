import { createCheckpoint } from '@lexigraft/core';
import { linksOf, type CorpusAlignment } from '../align/align-corpus.ts';
import type { TypeIds } from '../align/translation-table.ts';
import type { Symmetrisation } from '../align/symmetrise.ts';
import { CountTable, type CountRows } from '../counts/count-table.ts';

/** Sentences between two looks at the signal. */
const sentencesPerCheck = 256;

/** The ids that links are counted by, one for every word of the corpus, below `rows` and `columns`. */
export interface LinkIds {
  /** `[source words]` */
  readonly source: TypeIds;
  /** `[target words]` */
  readonly target: TypeIds;
  readonly rows: number;
}

/** Counts how often two ids are linked: rows are source ids, columns target ids. */
export async function countLinks(
  alignment: CorpusAlignment,
  ids: LinkIds,
  how: Symmetrisation | 'forward',
  signal: AbortSignal,
): Promise<CountRows> {
  const { source, target, sentences } = alignment.corpus;
  const table = new CountTable();
  const checkpoint = createCheckpoint(signal);
  for (let sentence = 0; sentence < sentences; sentence++) {
    if (sentence % sentencesPerCheck === 0) await checkpoint();
    const links = linksOf(alignment, sentence, how);
    for (let at = 0; at < links.length; at += 2)
      table.add(ids.source[source.offsets[sentence] + links[at]], ids.target[target.offsets[sentence] + links[at + 1]], 1);
  }
  return table.toRows(ids.rows);
}
