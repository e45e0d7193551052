import { toyTokenizer } from '@lexigraft/core/testing';
import { buildVocabulary, type Encodings } from '@lexigraft/core';
import { describe, expect, it } from 'vitest';
import { countReleasedPair, countReleasedShared, countReleasedSpecials, type ReleasedCounts } from './released-counts.ts';
import { releasedUnits, releasedVocabulary, type ReleasedVocabulary } from './released-strings.ts';
import { smoothReleased } from './smooth-released.ts';

const vocabulary = (strings: readonly string[], firstPrefix: string, continuationPrefix: string, special = {}): ReleasedVocabulary => ({
  ids: new Map(strings.map((token, id) => [token, id])),
  strings,
  firstPrefix,
  continuationPrefix,
  special,
});
const plain = (counts: ReleasedCounts): unknown => Object.fromEntries([...counts].map(([token, row]) => [token, Object.fromEntries(row)]));

/** Encodings of one text whose tokens are all ids in order. */
const inOrder = (size: number): Encodings => ({
  textOffsets: Uint32Array.of(0, size),
  ids: Uint32Array.from({ length: size }, (_, id) => id),
  starts: new Uint32Array(size),
  ends: new Uint32Array(size),
});

describe('units as released', () => {
  const unitsOf = (tokens: readonly string[], firstPrefix: string, continuationPrefix: string): string[] =>
    releasedUnits(
      { firstPrefix, continuationPrefix },
      buildVocabulary({ kind: 'sentencepiece-bpe', tokens }),
      inOrder(tokens.length),
      0,
      'words',
    );

  it('join letters with a dash, Han included, and leave digits and punctuation apart', () => {
    expect(unitsOf(['▁Haus', 'tür', '.', '▁1', '2', '▁中', '国'], '▁', '')).toEqual(['▁Haus—tür', '.', '▁1', '2', '▁中—国']);
  });

  it('join nothing where no mark begins a word, as in WordPiece', () => {
    expect(unitsOf(['Haus', '##tür'], '', '##')).toEqual(['Haus', '##tür']);
  });

  it('find the marks by encoding a row of the letter a', async () => {
    const { firstPrefix, continuationPrefix } = await releasedVocabulary(toyTokenizer(['[UNK]', 'a', '##a']));
    expect([firstPrefix, continuationPrefix]).toEqual(['', '##']);
  });
});

describe('counts as released', () => {
  const [source, target] = [vocabulary(['▁fire', 'man', '▁', 'a'], '▁', ''), vocabulary(['▁brand', 'weer', 'man', '—'], '▁', '')];

  it('keep whole tokens whole, and break a dash that is a token into two empty pieces', () => {
    const counts: ReleasedCounts = new Map();
    countReleasedPair(counts, { source: '▁fire', target: '▁brand', count: 12.9 }, source, target);
    countReleasedPair(counts, { source: 'x', target: '—', count: 10 }, source, target);
    expect(plain(counts)).toEqual({ '▁brand': { '▁fire': 12 }, '': { x: 20 } });
  });

  it('exchange the marks of the two vocabularies to find shared tokens', () => {
    const counts: ReleasedCounts = new Map();
    countReleasedShared(counts, vocabulary(['Ġthe', 'ing'], 'Ġ', ''), vocabulary(['▁the', 'ing', 'the'], '▁', ''));
    expect(plain(counts)).toEqual({ '▁the': { Ġthe: 1 }, ing: { ing: 1 } });
  });

  it('put the new mark between all characters where the old one is empty', () => {
    const counts: ReleasedCounts = new Map();
    countReleasedShared(counts, vocabulary(['##a##', '##'], '', '##'), vocabulary(['a', ''], '', ''));
    expect(plain(counts)).toEqual({ a: { '##a##': 1 }, '': { '##': 1 } });
  });

  it('leave no row where a pair counts less than once', () => {
    const counts: ReleasedCounts = new Map();
    const sides = [vocabulary(['a', 'b'], '', ''), vocabulary(['x', 'y'], '', '')] as const;
    countReleasedPair(counts, { source: 'a', target: 'x', count: 0.5 }, ...sides);
    countReleasedPair(counts, { source: 'a—b', target: 'x—y', count: 0.5 }, ...sides);
    expect(plain(counts)).toEqual({});
    countReleasedPair(counts, { source: 'a', target: 'x', count: 1.5 }, ...sides);
    expect(plain(counts)).toEqual({ x: { a: 1 } });
  });

  it('let special tokens stand in for each other', () => {
    const counts: ReleasedCounts = new Map();
    countReleasedSpecials(
      counts,
      vocabulary(['[CLS]', '[PAD]'], '', '##', { cls: '[CLS]', pad: '[PAD]' }),
      vocabulary(['<s>', '<mask>', '<unk>'], '▁', '', { bos: '<s>', mask: '<mask>', unk: '<unk>' }),
    );
    expect(plain(counts)).toEqual({ '<s>': { '[CLS]': 1e9 }, '<mask>': { '[PAD]': 1e9 }, '<unk>': { '[PAD]': 1e9 } });
  });
});

describe('smoothing as released', () => {
  it('feeds on the rows it has just made, in the order of the vocabulary', async () => {
    const rows = async (order: readonly string[]): Promise<unknown> => {
      const counts: ReleasedCounts = new Map([['▁a', new Map([['s', 4]])]]);
      await smoothReleased(counts, order);
      return plain(counts);
    };
    expect(await rows(['▁a', '▁ab', '▁abc'])).toEqual({ '▁a': { s: 4 }, '▁ab': { s: 1000 }, '▁abc': { s: 1000 } });
    expect(await rows(['▁a', '▁abc', '▁ab'])).toEqual({ '▁a': { s: 4 }, '▁abc': { s: 1000 }, '▁ab': { s: 2000 } });
  });

  it('borrows from counted strings that are no tokens, but not from tokens beyond the vocabulary by their beginning', async () => {
    const counts: ReleasedCounts = new Map([
      [
        'b',
        new Map([
          ['▁x', 2],
          ['y', 1],
        ]),
      ],
      ['abcd', new Map([['z', 1]])],
    ]);
    await smoothReleased(counts, ['abc']);
    expect(plain(counts)).toMatchObject({ abc: { '▁x': 1333, y: 333 } });
  });
});
