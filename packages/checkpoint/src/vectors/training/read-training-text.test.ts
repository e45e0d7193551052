import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrainingText } from './read-training-text.ts';
import type { TrainingCorpus } from './training-corpus.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexigraft-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Uint8Array, minimumCount = 1): Promise<TrainingCorpus> {
  const path = join(folder, 'text');
  await writeFile(path, content);
  return readTrainingText(path, { minimumCount });
}

/** The sentences of a corpus in words. */
function sentencesOf({ words, tokens, sentences }: TrainingCorpus): string[][] {
  return Array.from({ length: sentences.length - 1 }, (_, i) =>
    [...tokens.subarray(sentences[i], sentences[i + 1])].map((word) => words[word]),
  );
}

describe('a text', () => {
  it('is cut at ASCII blanks, and a line break is a word that ends its sentence', async () => {
    const corpus = await read('der  die\tdas\r\n\n\v\fdie\u00a0der die die');
    expect(sentencesOf(corpus)).toEqual([['der', 'die', 'das', '</s>'], ['</s>'], ['die\u00a0der', 'die', 'die']]);
    expect(corpus).toMatchObject({ occurrences: 8, types: 5 });
  });

  it('lists words by how often they occur, then by when they first do', async () => {
    const { words, counts } = await read('c b a b c b\nd a c\n');
    expect(words).toEqual(['c', 'b', '</s>', 'a', 'd']);
    expect([...counts]).toEqual([3, 3, 2, 2, 1]);
  });

  it('loses words below the minimum count', async () => {
    const corpus = await read('a b a c\nb a d\n', 2);
    expect(sentencesOf(corpus)).toEqual([
      ['a', 'b', 'a', '</s>'],
      ['b', 'a', '</s>'],
    ]);
    expect(corpus).toMatchObject({ occurrences: 9, types: 5, minimumCount: 2 });
  });

  it('has its lines even where their ends are too rare to be words', async () => {
    expect(sentencesOf(await read('a a b b\nb b a a', 3))).toEqual([
      ['a', 'a', 'b', 'b'],
      ['b', 'b', 'a', 'a'],
    ]);
  });

  it('is read as splitting it would, wherever the file is cut into pieces, gzipped or not', async () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((text) => !/[\s\0]/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(word, { maxLength: 6 }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (lines, isZipped) => {
          fc.pre(new Set(lines.flat()).size > 1);
          const text = lines.map((line) => line.join(' ')).join('\n');
          const corpus = await read(isZipped ? gzipSync(text) : text);
          const expected = lines.map((line, i) => (i === lines.length - 1 ? line : [...line, '</s>'])).filter((line) => line.length > 0);
          expect(sentencesOf(corpus).flat()).toEqual(expected.flat());
        },
      ),
      { numRuns: 30 },
    );
  });

  it('may be longer than one piece of the file', async () => {
    const line = Array.from({ length: 70_000 }, (_, i) => `wörter${i % 1000}`).join(' ');
    const corpus = await read(`${line}\n${line}\n${line}\n`);
    expect(corpus.words.length).toBe(1001);
    expect([...corpus.counts]).toEqual([...Array.from({ length: 1000 }, () => 210), 3]);
    const sentences = sentencesOf(corpus);
    expect(sentences.flat().join(' ')).toBe(`${line} </s> ${line} </s> ${line} </s>`);
    expect(Math.max(...sentences.map(({ length }) => length))).toBe(1024);
  });

  it('may begin with a byte order mark', async () => {
    expect((await read('\ufeffa b a')).words).toEqual(['a', 'b']);
  });

  it('has U+FEFF in its words everywhere else', async () => {
    expect((await read('\ufeff\ufeffHaus Haus \ufeff Haus')).words).toEqual(['Haus', '\ufeffHaus', '\ufeff']);
  });
});

describe('what is no text', () => {
  it.each([
    ['an empty file', '', 1, { code: 'empty-input', message: expect.stringContaining('is empty') as string }],
    ['blanks alone', ' \n\n \t\n', 1, { code: 'empty-input', message: expect.stringContaining('holds no words') as string }],
    [
      'a file where no word is common enough',
      'a b c',
      2,
      { code: 'empty-input', message: expect.stringContaining('has no word that occurs 2 times or more') as string },
    ],
    ['a file where one word is', 'a a b c', 2, { code: 'empty-input', message: expect.stringContaining('has one word only') as string }],
    [
      'a binary file',
      Uint8Array.of(65, 10, 66, 0, 67),
      1,
      { code: 'format', message: expect.stringContaining('line 2, holds a zero byte') as string },
    ],
    [
      'text in Latin-1',
      Buffer.from('ja\nnein\nschön wär’s\n', 'latin1'),
      1,
      { code: 'format', message: expect.stringContaining('line 3, is not UTF-8') as string },
    ],
    ['a cut gzip file', gzipSync('a b c '.repeat(1000)).subarray(0, 40), 1, { code: 'format' }],
    ['one endless word', Buffer.alloc(18_000_000, 'a'), 1, { code: 'too-large' }],
  ])('is refused: %s', async (_, content, minimumCount, error) => {
    await expect(read(content, minimumCount)).rejects.toMatchObject(error);
  });

  it('a line is named even late in the file', async () => {
    const good = 'so weit so gut\n'.repeat(200_000);
    await expect(read(Buffer.concat([Buffer.from(good), Buffer.of(0xff, 10)]))).rejects.toMatchObject({
      code: 'format',
      details: { line: 200_001 },
    });
  });

  it('a file that is not there, and a folder', async () => {
    await expect(readTrainingText(join(folder, 'nothing'), { minimumCount: 1 })).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(readTrainingText(folder, { minimumCount: 1 })).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('reading stops when aborted', async () => {
    const path = join(folder, 'long');
    await writeFile(path, 'a b c d e\n'.repeat(500_000));
    const stop = new AbortController();
    const onProgress = ({ stage }: { readonly stage: string }): void => {
      expect(stage).toBe('read');
      stop.abort(new Error('enough'));
    };
    await expect(readTrainingText(path, { minimumCount: 1, signal: stop.signal, onProgress })).rejects.toThrow('enough');
  });
});
