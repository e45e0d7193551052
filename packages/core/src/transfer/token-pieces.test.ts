import { expect, it } from 'vitest';
import { toyTokenizer } from '../testing/toy-tokenizer.ts';
import { buildVocabulary } from '../vocabulary/build-vocabulary.ts';
import type { Tokenizer } from '../vocabulary/tokenizer.ts';
import { tokenPieces } from './token-pieces.ts';

const other = toyTokenizer(['[UNK]', 'ha', '##us', 'us', '##ha', '.', '##.']);

async function piecesOf(tokens: readonly string[], options = {}, tokenizer: Tokenizer = other): Promise<string[][]> {
  const vocabulary = buildVocabulary({ kind: 'unigram', tokens });
  const ids = tokens.map((_, id) => id);
  const { offsets, ids: pieces } = await tokenPieces(tokenizer, vocabulary, ids, options);
  return ids.map((id) => [...pieces.subarray(offsets[id], offsets[id + 1])].map((piece) => tokenizer.vocabulary.tokens[piece] ?? ''));
}

it('cuts a token that starts a word as a word', async () => {
  expect(await piecesOf(['▁haus', '▁ha'])).toEqual([['ha', '##us'], ['ha']]);
});

it('begins the pieces of a token inside a word inside a word', async () => {
  expect(await piecesOf(['haus', 'us'])).toEqual([['##ha', '##us'], ['##us']]);
});

it('leaves punctuation as it stands, which starts a word in WordPiece', async () => {
  expect(await piecesOf(['.'])).toEqual([['.']]);
});

it('drops unknown pieces unless they are wanted', async () => {
  expect(await piecesOf(['▁x', '▁ha'])).toEqual([[], ['ha']]);
  expect(await piecesOf(['▁x'], { keepUnknown: true })).toEqual([['[UNK]']]);
});

/** A Unigram tokenizer that cuts every text into the same pieces. */
function alwaysCutting(tokens: readonly string[], ids: readonly number[]): Tokenizer {
  return {
    vocabulary: buildVocabulary({ kind: 'unigram', tokens, specialIds: [0], roles: { unknown: 0 } }),
    encodeBatch: (texts) =>
      Promise.resolve({
        textOffsets: Uint32Array.from({ length: texts.length + 1 }, (_, index) => ids.length * index),
        ids: Uint32Array.from(texts.flatMap(() => ids)),
        starts: new Uint32Array(ids.length * texts.length),
        ends: new Uint32Array(ids.length * texts.length),
      }),
    decodeBatch: () => Promise.resolve([]),
  };
}

it('drops the blank a tokenizer puts first', async () => {
  expect(await piecesOf(['▁ha'], {}, alwaysCutting(['<unk>', '▁', 'ha'], [1, 2]))).toEqual([['ha']]);
});

it('leaves a piece after an unknown one inside the word', async () => {
  const withoutBytes = alwaysCutting(['<unk>', '▁', '1', '▁1'], [1, 0, 2]);
  expect(await piecesOf(['▁№1'], {}, withoutBytes)).toEqual([['1']]);
  expect(await piecesOf(['▁№1'], { keepUnknown: true }, withoutBytes)).toEqual([['<unk>', '1']]);
  expect(await piecesOf(['▁1'], {}, alwaysCutting(['<unk>', '▁', '1', '▁1'], [1, 2]))).toEqual([['▁1']]);
});

it('spells parts of characters by bytes, or not at all', async () => {
  const bytes = buildVocabulary({ kind: 'byte-bpe', tokens: ['Ã', '©'] });
  const half = buildVocabulary({ kind: 'byte-bpe', tokens: ['Ã', 'Ã©'] });
  const nothing: Tokenizer = {
    vocabulary: bytes,
    encodeBatch: (texts) =>
      Promise.resolve({
        textOffsets: new Uint32Array(texts.length + 1),
        ids: new Uint32Array(0),
        starts: new Uint32Array(0),
        ends: new Uint32Array(0),
      }),
    decodeBatch: () => Promise.resolve([]),
  };
  expect((await tokenPieces(nothing, half, [0])).ids).toEqual(Uint32Array.of(0));
  const without: Tokenizer = { ...nothing, vocabulary: buildVocabulary({ kind: 'byte-bpe', tokens: ['©'] }) };
  expect((await tokenPieces(without, half, [0])).ids).toEqual(new Uint32Array(0));
});

it('gives no pieces to special tokens', async () => {
  const vocabulary = buildVocabulary({ kind: 'unigram', tokens: ['ha'], specialIds: [0] });
  expect((await tokenPieces(other, vocabulary, [0])).offsets).toEqual(Uint32Array.of(0, 0));
});

it('works through more tokens than one batch', async () => {
  const tokens = Array.from({ length: 5000 }, (_, id) => (id % 2 === 0 ? '▁ha' : '▁haus'));
  const done: number[] = [];
  const pieces = await piecesOf(tokens, { onTokens: (count: number) => done.push(count) });
  expect(pieces[4998]).toEqual(['ha']);
  expect(pieces[4999]).toEqual(['ha', '##us']);
  expect(done).toEqual([4096, 5000]);
});
