import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { buildVocabulary, expandPlan, validateMixture, createMixtureBuilder, type Vocabulary } from '@lexigraft/core';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { describe, expect, it } from 'vitest';
import { fitTokenizer } from '../src/folder/open-vocabulary.ts';
import { expandTokenizer, openTokenizer, type Architecture, type OpenTokenizer } from '../src/index.ts';
import { toyByteLevel, toyUnigram, toyWordPiece } from './support/toy-tokenizers.ts';
import { useTemporaryFolder } from './support/temporary-folder.ts';

const inFolder = useTemporaryFolder();

async function open(name: string, content: unknown): Promise<OpenTokenizer> {
  const path = inFolder(name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return openTokenizer(path);
}

/** A target vocabulary as SentencePiece writes it. */
const targetOf = (...tokens: readonly string[]): Vocabulary => buildVocabulary({ kind: 'unigram', tokens, byteFallback: true });

async function pieces(tokenizer: OpenTokenizer, text: string): Promise<(string | undefined)[]> {
  return Array.from((await tokenizer.encodeBatch([text])).ids, (id) => tokenizer.vocabulary.tokens[id]);
}

const addedTo = (source: OpenTokenizer, { vocabulary }: OpenTokenizer): readonly (string | undefined)[] =>
  vocabulary.tokens.slice(source.vocabulary.size);

describe('a tokenizer with more tokens', () => {
  it('of WordPiece takes them whole, as its normaliser sees them', async () => {
    const source = await open('wordpiece.json', toyWordPiece());
    const { tokenizer, targetIds, left } = await expandTokenizer(source, targetOf('▁Haus', '▁house', 'haus', '▁ça', '<0xC3>', '▁x.y'));
    expect(addedTo(source, tokenizer)).toEqual(['haus', '##haus', 'ca']);
    expect([...targetIds]).toEqual([0, 2, 3]);
    expect(await pieces(tokenizer, 'Haus, househaus ça')).toEqual(['haus', ',', 'house', '##haus', 'ca']);
    expect(await pieces(source, 'the houses.')).toEqual(await pieces(tokenizer, 'the houses.'));
    // A byte, and a token that punctuation cuts through.
    expect(left).toBe(2);
  });

  it('of byte-pair encoding joins them by merges behind its own, with tokens on the way', async () => {
    const source = await open('bytes.json', toyByteLevel());
    const { tokenizer, targetIds, pieces: madeOf } = await expandTokenizer(source, targetOf('▁them', '▁haus', 'us'));
    const size = source.vocabulary.size;
    expect(addedTo(source, tokenizer)).toEqual(['Ġthem', 'Ġhaus', 'us', 'Ġh', 'Ġha']);
    expect([...targetIds]).toEqual([0, 1, 2, -1, -1]);
    const tokens = source.vocabulary.tokens;
    expect([...madeOf].map(([id, ids]) => [id - size, Array.from(ids, (piece) => tokens[piece])])).toEqual([
      [3, ['Ġ', 'h']],
      [4, ['Ġ', 'h', 'a']],
    ]);
    expect(await pieces(tokenizer, ' them haus thus')).toEqual(['Ġthem', 'Ġhaus', 'Ġ', 'th', 'us']);
    expect(tokenizer.merges?.slice(0, 3)).toEqual(source.merges);
  });

  it('of Unigram gives them a score a little above that of their parts', async () => {
    const source = await open('unigram.json', toyUnigram());
    const { tokenizer, pieces: madeOf } = await expandTokenizer(source, targetOf('▁houses', '▁hut', 'ü'));
    expect(addedTo(source, tokenizer)).toEqual(['▁houses', '▁hut', 'ü']);
    expect(madeOf.size).toBe(0);
    const { model } = tokenizer.json;
    const scores = new Map(model.type === 'Unigram' ? model.vocab : []);
    expect(scores.get('▁houses')).toBeCloseTo(-5 - 4 + 0.1, 12);
    expect(scores.get('▁hut')).toBeCloseTo(-3 - 8 - 8 - 8 + 0.1, 12);
    expect(await pieces(tokenizer, 'the houses hüt')).toEqual(['▁the', '▁houses', '▁', 'h', 'ü', 't']);
    expect(await tokenizer.decodeBatch([(await tokenizer.encodeBatch(['the houses hut'])).ids])).toEqual(['the houses hut']);
  });

  it('of Unigram keeps the ids of tokens that only added_tokens names', async () => {
    const base = toyUnigram();
    const extra = { id: 12, content: '<mask>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
    const source = await open('masked.json', { ...base, added_tokens: [...(base.added_tokens as unknown[]), extra] });
    const { tokenizer } = await expandTokenizer(source, targetOf('▁houses'));
    expect(tokenizer.vocabulary.tokens.slice(12)).toEqual(['<mask>', '▁houses']);
    expect(tokenizer.vocabulary.special[12]).toBe(1);
    expect(await pieces(tokenizer, 'the <mask>houses')).toContain('<mask>');
  });

  it.each([
    ['WordPiece', toyWordPiece],
    ['byte-pair encoding', toyByteLevel],
    ['Unigram', toyUnigram],
  ])('of %s takes the ids of control tokens that have no row', async (_, toy) => {
    const base = toy();
    const { size } = (await open('base.json', base)).vocabulary;
    const image = { id: size, content: '<image>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
    await writeFile(inFolder('tokenizer.json'), JSON.stringify({ ...base, added_tokens: [...(base.added_tokens as unknown[]), image] }));
    const settings = {
      added_tokens_decoder: { [size]: { content: '<image>' } },
      extra_special_tokens: { image_token: '<image>' },
      model_max_length: 64,
    };
    await writeFile(inFolder('tokenizer_config.json'), JSON.stringify(settings));
    const whole = await openTokenizer(inFolder());
    expect(whole.vocabulary.size).toBe(size + 1);
    const { tokenizer: source } = fitTokenizer(inFolder(), whole, { rows: size, inputEmbedding: 'table' } as Architecture);
    const { tokenizer } = await expandTokenizer(source, targetOf('▁houses', '▁haus', '▁them'));
    expect(tokenizer.vocabulary.tokens.slice(0, size)).toEqual(source.vocabulary.tokens);
    expect(tokenizer.vocabulary.size).toBeGreaterThan(size);
    for (const [name, content] of tokenizer.files) expect(`${name} ${String(content)}`).not.toContain('<image>');
    expect(tokenizer.tokenizerConfig).toMatchObject({ extra_special_tokens: {}, model_max_length: 64 });
  });

  it('keeps vocab.txt a line for each id', async () => {
    const source = await open('vocab.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nh\n##o\n');
    const { tokenizer } = await expandTokenizer(source, targetOf('▁haus'));
    expect(new TextDecoder().decode(tokenizer.files.get('vocab.txt'))).toBe('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nh\n##o\nhaus\n');
  });

  it('adds no more than it is told to, and says so when there is nothing to add', async () => {
    const source = await open('wordpiece.json', toyWordPiece());
    expect(addedTo(source, (await expandTokenizer(source, targetOf('▁haus', '▁baum'), { limit: 1 })).tokenizer)).toEqual(['haus']);
    await expect(expandTokenizer(source, targetOf('▁house', '<0xC3>'))).rejects.toMatchObject({ code: 'empty-input' });
    await expect(expandTokenizer(source, targetOf('▁haus'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is what a plan is expanded over', async () => {
    const source = await open('bytes.json', toyByteLevel());
    const target = targetOf('▁them', '▁haus');
    const { tokenizer, targetIds, pieces: madeOf } = await expandTokenizer(source, target);
    const builder = createMixtureBuilder({ rows: 2, columns: source.vocabulary.size, sampling: { distribution: 'mean' } });
    builder.setMixed(0, [1, 2], [0.5, 0.5]);
    builder.setSampled(1);
    const plan = expandPlan(
      { vocabulary: { target, input: builder.build() }, warnings: [] },
      { source: source.vocabulary, vocabulary: tokenizer.vocabulary, targetIds, pieces: madeOf },
    );
    expect(plan.vocabulary?.input.rows).toBe(tokenizer.vocabulary.size);
    validateMixture(plan.vocabulary?.input ?? expect.unreachable());
  });
});

describeWith('shared', 'a real tokenizer with the tokens of a German one', () => {
  const lines = (language: string): string[] =>
    gunzipSync(readFileSync(sharedPath('lab', 'heldout', `${language}.heldout.txt.gz`)))
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, 200);

  it.each([
    ['WordPiece', ['data', 'tokenizers', 'bert-base-uncased.vocab.txt.gz']],
    ['byte-level BPE', ['data', 'tokenizers', 'roberta-base.tokenizer.json.gz']],
    ['SentencePiece BPE', ['data', 'tokenizers', 'llama2.tokenizer.model.gz']],
    ['Unigram', ['lab', 'multi-encoder']],
  ])('of %s cuts German into fewer tokens, English into no more, and keeps its ids', async (_kind, path) => {
    const source = await openTokenizer(sharedPath(...path));
    const target = await openTokenizer(sharedPath('lab', 'de-encoder'));
    const { tokenizer } = await expandTokenizer(source, target.vocabulary, { limit: 3000 });
    expect(tokenizer.vocabulary.tokens.slice(0, source.vocabulary.size)).toEqual(source.vocabulary.tokens);
    expect(tokenizer.vocabulary.special.subarray(0, source.vocabulary.size)).toEqual(source.vocabulary.special);
    const count = async (by: OpenTokenizer, text: readonly string[]): Promise<number> => (await by.encodeBatch(text)).ids.length;
    const [german, english] = [lines('de'), lines('en')];
    expect(await count(tokenizer, german)).toBeLessThan(0.9 * (await count(source, german)));
    expect(await count(tokenizer, english)).toBeLessThanOrEqual(await count(source, english));
  });
});
