import { buildVocabulary, type TokenizerKind, type Vocabulary } from '@lexigraft/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountTable } from './count-table.ts';
import { smoothCounts } from './smooth-counts.ts';
import { createSmoothingIndex } from './smoothing-index.ts';

const vocabularyOf = (tokens: readonly string[], kind: TokenizerKind = 'sentencepiece-bpe', byteFallback = false): Vocabulary =>
  buildVocabulary({ kind, tokens, byteFallback });

const relatives = (tokens: readonly string[], token: string, kind?: TokenizerKind, byteFallback = false): string[] => {
  const vocabulary = vocabularyOf(tokens, kind, byteFallback);
  const own = tokens.indexOf(token);
  return createSmoothingIndex(vocabulary, (id) => id !== own)
    .relativesOf(own)
    .map((id) => tokens[id])
    .sort();
};

describe('relatives of a token', () => {
  it('begin with it, or are the longest that stand in it', () => {
    const tokens = ['▁brandweerwagen', '▁brandweer', '▁brand', 'weer', 'wagen', 'wa', 'gen', '▁brandweerwagens', '▁wagen', 'x'];
    expect(relatives(tokens, '▁brandweerwagen')).toEqual(['wagen', '▁brandweer', '▁brandweerwagens'].sort());
  });

  it('are those a search through all tokens finds', () => {
    const token = fc
      .tuple(fc.boolean(), fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 }))
      .map(([start, text]) => (start ? '▁' : '') + text);
    fc.assert(
      fc.property(fc.uniqueArray(token, { minLength: 2, maxLength: 40 }), (tokens) => {
        const [own, ...others] = tokens;
        const parts: string[] = [];
        for (const other of [...others].sort((x, y) => y.length - x.length))
          if (own.includes(other) && !parts.some((longer) => longer.includes(other))) parts.push(other);
        expect(relatives(tokens, own)).toEqual([...others.filter((other) => other.startsWith(own)), ...parts].sort());
      }),
    );
  });

  it('are found by bytes, whatever writes the vocabulary', () => {
    expect(relatives(['lösung', '##ung', 'ung', '##lös', 'lös'], 'lösung', 'wordpiece')).toEqual(['##ung', 'lös']);
    expect(relatives(['ĠLÃ¶sung', 'ung', 'Ġung', 'ĠLÃ¶s', 'ĠLÃ¶sungen'], 'ĠLÃ¶sung', 'byte-bpe')).toEqual(
      ['ung', 'ĠLÃ¶s', 'ĠLÃ¶sungen'].sort(),
    );
  });

  it('are no bytes that a character happens to be made of', () => {
    expect(relatives(['é', '<0xC3>', '<0xA9>', '▁é'], 'é', 'sentencepiece-bpe', true)).toEqual([]);
    expect(relatives(['Ã©', 'Ã', '©'], 'Ã©', 'byte-bpe')).toEqual([]);
  });

  it('of half a character are the tokens that begin with it', () => {
    expect(relatives(['Ã', 'Ã©', 'Ãªt', '©'], 'Ã', 'byte-bpe')).toEqual(['Ã©', 'Ãªt']);
  });
});

describe('smoothing', () => {
  const source = vocabularyOf(['▁fire', 'man', '▁car', 's']);

  it('borrows 2000 from source tokens that start a word and 1000 from others, by their share', async () => {
    const target = vocabularyOf(['▁brandweerwagen', '▁brandweer', 'wagen', '▁x']);
    const counts = new CountTable();
    counts.add(1, 0, 3);
    counts.add(1, 1, 1);
    counts.add(2, 2, 7);
    const rows = await smoothCounts({ source, target, counts: counts.toRows(4), signal: new AbortController().signal });
    expect([...rows.offsets]).toEqual([0, 3, 3, 3, 3]);
    expect([...rows.columns]).toEqual([0, 1, 2]);
    expect([...rows.counts]).toEqual([1500, 250, 2000]);
  });

  it('does not borrow from what was borrowed, so that the order of tokens is nothing', async () => {
    const target = vocabularyOf(['▁a', '▁ab', '▁abc']);
    const counts = new CountTable();
    counts.add(0, 0, 1);
    const rows = await smoothCounts({ source, target, counts: counts.toRows(3), signal: new AbortController().signal });
    expect([...rows.counts]).toEqual([2000, 2000]);
  });

  it('stops when aborted', async () => {
    const target = vocabularyOf(['▁a', '▁ab']);
    const input = { source, target, counts: new CountTable().toRows(2), signal: AbortSignal.abort(new Error('no')) };
    await expect(smoothCounts(input)).rejects.toThrow('no');
  });
});
