import { readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { openTokenizer } from '../src/index.ts';
import { parseSentencePieceModel } from '../src/tokenizers/sentencepiece-model.ts';
import { useTemporaryFolder } from './support/temporary-folder.ts';
import { toyGguf } from './support/toy-gguf.ts';
import { byteLetter, toyPieces } from './support/toy-tokenizers.ts';

const inFolder = useTemporaryFolder();

async function put(bytes: Uint8Array, name = 'vocabulary.gguf'): Promise<string> {
  await writeFile(inFolder(name), bytes);
  return inFolder(name);
}

async function tokensOf(path: string, text: string, addSpecialTokens = false): Promise<(string | undefined)[]> {
  const tokenizer = await openTokenizer(path);
  const { ids } = await tokenizer.encodeBatch([text], { addSpecialTokens });
  return Array.from(ids, (id) => tokenizer.vocabulary.tokens[id]);
}

const sentencePiece = (model: string, pieces: readonly (readonly [string, number?, number?])[]): Record<string, unknown> => ({
  'tokenizer.ggml.model': model,
  'tokenizer.ggml.tokens': pieces.map(([piece]) => piece),
  'tokenizer.ggml.scores': pieces.map(([, score = 0]) => score),
  'tokenizer.ggml.token_type': pieces.map(([, , type = 1]) => type),
});

const letters = Array.from({ length: 256 }, (_, byte) => byteLetter(byte));
const byteLevel = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'gpt-2',
  'tokenizer.ggml.tokens': [...letters, 'th', 'the', 'Ġthe', '<|endoftext|>'],
  'tokenizer.ggml.token_type': [...letters.map(() => 1), 1, 1, 1, 3],
  'tokenizer.ggml.merges': ['t h', 'th e', 'Ġ the'],
  'tokenizer.ggml.eos_token_id': 259,
};

describe('a GGUF vocabulary', () => {
  it('of the llama kind merges by score, and puts around texts what it says', async () => {
    const pieces = [
      ['<unk>', 0, 2],
      ['<s>', 0, 3],
      ['</s>', 0, 3],
      ['▁a', -1],
      ['▁ab', -2],
      ['ab', -3],
      ['▁', -4],
      ['a', -5],
      ['b', -6],
    ] as const;
    const path = await put(
      toyGguf({
        ...sentencePiece('llama', pieces),
        'tokenizer.ggml.bos_token_id': 1,
        'tokenizer.ggml.eos_token_id': 2,
        'tokenizer.ggml.add_bos_token': true,
        'tokenizer.chat_template': 'T',
      }),
    );
    expect(await tokensOf(path, 'ab ab', true)).toEqual(['<s>', '▁ab', '▁ab']);
    const tokenizer = await openTokenizer(path);
    expect(tokenizer).toMatchObject({
      format: 'gguf',
      chatTemplate: 'T',
      vocabulary: { kind: 'sentencepiece-bpe', roles: { unknown: 0, beginning: 1, end: 2 } },
    });
  });

  it('of the t5 kind is Unigram', async () => {
    const path = await put(
      toyGguf({
        ...sentencePiece('t5', toyPieces),
        'tokenizer.ggml.remove_extra_whitespaces': true,
        'tokenizer.ggml.eos_token_id': 2,
        'tokenizer.ggml.add_eos_token': true,
      }),
    );
    expect(await tokensOf(path, ' ab  b', true)).toEqual(['▁a', 'b', '▁b', '</s>']);
  });

  it('of the gpt2 kind is byte-level BPE', async () => {
    expect(await tokensOf(await put(toyGguf(byteLevel)), 'the the<|endoftext|>')).toEqual(['the', 'Ġthe', '<|endoftext|>']);
  });

  it('of the bert kind is WordPiece, its marks turned round', async () => {
    const path = await put(
      toyGguf({ 'tokenizer.ggml.model': 'bert', 'tokenizer.ggml.tokens': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '▁house', 's'] }),
    );
    expect(await tokensOf(path, 'Houses', true)).toEqual(['[CLS]', 'house', '##s', '[SEP]']);
  });

  it('keeps U+FEFF in its tokens', async () => {
    const marked = ['\ufeff', '\ufeffa', '\ufeff\ufeff'].map((piece) => [piece, -7] as const);
    const path = await put(toyGguf({ 'general.languages': ['en', 'de'], ...sentencePiece('t5', [...toyPieces, ...marked]) }));
    expect((await openTokenizer(path)).vocabulary.tokens.slice(toyPieces.length)).toEqual(marked.map(([piece]) => piece));
  });

  it('may be compressed', async () => {
    expect(await tokensOf(await put(gzipSync(toyGguf(byteLevel)), 'v.gguf.gz'), 'the')).toEqual(['the']);
  });

  it('is read from the header of a file of any size', async () => {
    const bytes = new Uint8Array(9_000_000);
    bytes.set(toyGguf(byteLevel));
    expect(await tokensOf(await put(bytes), 'the')).toEqual(['the']);
  });

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['a text file', () => Buffer.from('GGUF? no, a text about it'), 'format', /not an intact GGUF file/],
    ['a header cut short', () => toyGguf(byteLevel).subarray(0, 2000), 'format', /not an intact GGUF file/],
    [
      'a string that claims to be gigantic',
      () =>
        Uint8Array.from([
          ...Buffer.from('GGUF'),
          3,
          0,
          0,
          0,
          ...new Array<number>(8).fill(0),
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          ...new Array<number>(8).fill(0x7f),
        ]),
      'format',
      /not an intact GGUF file/,
    ],
    ['a file without tokenizer', () => toyGguf({}), 'format', /holds no tokenizer/],
    [
      'a vocabulary of an unknown kind',
      () => toyGguf({ 'tokenizer.ggml.model': 'rwkv' }),
      'unsupported-tokenizer',
      /type "rwkv"; llama, t5, gpt2 and bert are read/,
    ],
    ['no tokens', () => toyGguf({ 'tokenizer.ggml.model': 'llama' }), 'format', /`tokenizer\.ggml\.tokens` is absent/],
    [
      'fewer scores than tokens',
      () => toyGguf({ ...sentencePiece('llama', toyPieces), 'tokenizer.ggml.scores': [1] }),
      'format',
      /one entry for each of the 7 tokens/,
    ],
    ['a token twice', () => toyGguf(sentencePiece('llama', [...toyPieces, ['▁a']])), 'format', /the token "▁a" twice/],
    [
      'an id beyond the vocabulary',
      () => toyGguf({ ...byteLevel, 'tokenizer.ggml.eos_token_id': 1000 }),
      'format',
      /`tokenizer\.ggml\.eos_token_id` is 1000, and there are 260 tokens/,
    ],
    [
      'merges that are none',
      () => toyGguf({ ...byteLevel, 'tokenizer.ggml.merges': [1, 2] }),
      'format',
      /`tokenizer\.ggml\.merges` must be a list of strings/,
    ],
    [
      'an unknown way of cutting text',
      () => toyGguf({ ...byteLevel, 'tokenizer.ggml.pre': 'origami' }),
      'unsupported-tokenizer',
      /in the way "origami"/,
    ],
    [
      'no way of cutting text',
      () => toyGguf(Object.fromEntries(Object.entries(byteLevel).filter(([key]) => key !== 'tokenizer.ggml.pre'))),
      'unsupported-tokenizer',
      /`tokenizer\.ggml\.pre` is absent/,
    ],
    [
      'an embedded tokenizer.json that is damaged',
      () => toyGguf({ 'tokenizer.huggingface.json': '{' }),
      'format',
      /`tokenizer\.huggingface\.json` is not a JSON object/,
    ],
  ])('with %s is refused', async (_, bytes, code, message) => {
    const path = await put(bytes());
    await expect(openTokenizer(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    await expect(openTokenizer(path)).rejects.toThrow(path);
  });
});

/** Bytes that the shared copies lost when they were saved as text, known from what the files' other copies and settings say. */
const lostBytes = {
  'ggml-vocab-bert-bge.gguf.gz': [0x80, 0x8c],
  'ggml-vocab-gpt-2.gguf.gz': [0xac, 0xc5, 0xc4, 0x80, 0xc4, 0xc3, 0x81, 0xc4, 0xc4],
};

async function unpacked(name: string): Promise<Buffer> {
  return gunzipSync(await readFile(sharedPath('data', 'tokenizers', name)));
}

async function repaired(name: keyof typeof lostBytes): Promise<Uint8Array> {
  return restored(await unpacked(name), lostBytes[name]);
}

/** Of LLaMA's copy nearly every score lost bytes; its tokens are whole, and the scores are those of the `.model`. */
async function repairedLlama(): Promise<Uint8Array> {
  const [bytes, model] = await Promise.all(['ggml-vocab-llama-spm.gguf.gz', 'llama2.tokenizer.model.gz'].map(unpacked));
  const scores = Float32Array.from(parseSentencePieceModel(model, 'llama2').pieces, ({ score }) => score);
  const [tokensAt, scoresAt, typesAt] = ['tokens', 'scores', 'token_type'].map((key) => bytes.indexOf(`tokenizer.ggml.${key}`));
  return Buffer.concat([
    restored(bytes.subarray(0, tokensAt), [0xac, 0xc5, 0x80]),
    // As far as the name of the scores, their type, that of a score, and their number; behind them stands the length of the next name.
    bytes.subarray(tokensAt, scoresAt + 'tokenizer.ggml.scores'.length + 4 + 4 + 8),
    new Uint8Array(scores.buffer),
    bytes.subarray(typesAt - 8),
  ]);
}

function restored(bytes: Uint8Array, lostBytes: readonly number[]): Uint8Array {
  const lost = lostBytes[Symbol.iterator]();
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) {
      kept.push(lost.next().value ?? 0);
      at += 2;
    } else kept.push(bytes[at]);
  }
  return Uint8Array.from(kept);
}

const sentences = [
  'The committee rejected the proposal last week.',
  '  two  blanks, tabs\tand\nlines',
  "It's 2024, isn't it? Ünïcödé, 日本語 and 😀!",
  'x'.repeat(120),
];

describeWith('shared', 'real GGUF vocabularies', () => {
  it.each(['ggml-vocab-bert-bge.gguf.gz', 'ggml-vocab-gpt-2.gguf.gz', 'ggml-vocab-llama-spm.gguf.gz'])(
    '%s, saved as text once, is refused with the reason',
    async (name) => {
      await expect(openTokenizer(sharedPath('data', 'tokenizers', name))).rejects.toMatchObject({
        code: 'format',
        message: expect.stringContaining('as if it had been saved as text') as string,
      });
    },
  );

  it('of GPT-2 encode as its encoder.json does', async () => {
    const [fromGguf, fromFiles] = await Promise.all([
      openTokenizer(await put(await repaired('ggml-vocab-gpt-2.gguf.gz'))),
      openTokenizer(sharedPath('data', 'tokenizers', 'gpt2.encoder.json.gz')),
    ]);
    expect(fromGguf.vocabulary.tokens).toEqual(fromFiles.vocabulary.tokens);
    expect(await fromGguf.encodeBatch(sentences)).toEqual(await fromFiles.encodeBatch(sentences));
  });

  it('of LLaMA encode as its .model does, and have the token U+FEFF', async () => {
    const [fromGguf, fromModel] = await Promise.all([
      openTokenizer(await put(await repairedLlama())),
      openTokenizer(sharedPath('data', 'tokenizers', 'llama2.tokenizer.model.gz')),
    ]);
    expect(fromGguf.vocabulary.tokens).toContain('\ufeff');
    expect(fromGguf.vocabulary.tokens).not.toContain('');
    expect(fromGguf.vocabulary.tokens).toEqual(fromModel.vocabulary.tokens);
    const texts = [...sentences, '\ufeffThe \ufeff\ufeff mark'];
    expect(await fromGguf.encodeBatch(texts)).toEqual(await fromModel.encodeBatch(texts));
  });

  it('of a BERT with the vocabulary of bert-base-uncased encode as it does', async () => {
    const [fromGguf, fromText] = await Promise.all([
      openTokenizer(await put(await repaired('ggml-vocab-bert-bge.gguf.gz'))),
      openTokenizer(sharedPath('data', 'tokenizers', 'bert-base-uncased.vocab.txt.gz')),
    ]);
    const options = { addSpecialTokens: true };
    expect(fromGguf.vocabulary.size).toBe(fromText.vocabulary.size);
    expect(fromGguf.vocabulary.roles).toEqual(fromText.vocabulary.roles);
    expect(await fromGguf.encodeBatch(sentences, options)).toEqual(await fromText.encodeBatch(sentences, options));
  });
});
