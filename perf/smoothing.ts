import { buildVocabulary, type Vocabulary } from '@lexigraft/core';
import { CountTable, smoothCounts } from '@lexigraft/trans-tokenization';
import type { Benchmark } from './benchmark.ts';
import { Xorshift } from './synthetic/random.ts';

const mark = '\u2581';

/** A vocabulary of words and pieces of one to five syllables, so that tokens begin with each other and stand in each other as those of a language do. */
function syllableVocabulary(size: number, random: Xorshift): Vocabulary {
  const syllables = Array.from('bdfghklmnprstwz').flatMap((onset) =>
    ['a', 'e', 'i', 'o', 'u', 'ei', 'au', 'en', 'er', 'un'].map((rime) => onset + rime),
  );
  const tokens = new Set<string>(['<unk>', mark, ...Array.from('abcdefghijklmnopqrstuvwxyz')]);
  while (tokens.size < size) {
    const length = 1 + Math.min(random.next() % 5, random.next() % 5);
    const word = Array.from({ length }, () => syllables[random.next() % syllables.length]).join('');
    tokens.add(random.next() % 4 === 0 ? word : mark + word);
  }
  return buildVocabulary({ kind: 'unigram', tokens: [...tokens], specialIds: [0], roles: { unknown: 0 } });
}

/** Borrowing for tokens without evidence, at the size the project set itself. */
export const smoothing: Benchmark = {
  name: 'smoothing',
  what: 'trans-tokenization: tokens without evidence borrow from those they begin or stand in',
  sizes: { tokens: 50_000, unmatched: 10_000, sources: 12 },
  async run({ tokens, unmatched, sources }, note) {
    const random = new Xorshift(11);
    const vocabulary = syllableVocabulary(tokens, random);
    const open = new Set<number>();
    while (open.size < unmatched) open.add(2 + (random.next() % (tokens - 2)));
    const table = new CountTable();
    for (let id = 1; id < tokens; id++)
      if (!open.has(id))
        for (let entry = 0; entry < sources; entry++) table.add(id, 1 + (random.next() % (tokens - 1)), 1 + (random.next() % 9));
    const counts = table.toRows(tokens);
    note(`smoothing ${unmatched} of ${tokens} tokens`);
    const start = performance.now();
    const borrowed = await smoothCounts({ source: vocabulary, target: vocabulary, counts, signal: new AbortController().signal });
    const seconds = (performance.now() - start) / 1000;
    let served = 0;
    for (let id = 0; id < tokens; id++) if (borrowed.offsets[id + 1] > borrowed.offsets[id]) served++;
    return [
      { name: 'tokens that found relatives', value: served, unit: 'tokens' },
      { name: 'entries borrowed', value: borrowed.columns.length, unit: 'entries' },
      { name: 'smoothing', value: seconds, unit: 's', goal: '< 2 s', reached: seconds < 2 },
    ];
  },
};
