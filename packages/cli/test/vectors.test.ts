import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openWordVectors } from '@lexigraft/checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/run.ts';
import { fakeIo } from './fake-io.ts';
import { runProgram, type ProgramRun } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lexigraft-vectors-'));
  await writeFile(join(cwd, 'text.txt'), text);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** Animals stand beside animals, and trees beside trees. */
const animals = ['hund', 'katze', 'pferd', 'kuh', 'maus'];
const trees = ['eiche', 'linde', 'fichte', 'birke', 'tanne'];
const text = Array.from({ length: 400 }, (_, i) => {
  const words = i % 2 === 0 ? animals : trees;
  return [0, 1, 2, 3].map((place) => words[(i * 7 + place * (1 + (i % 4))) % words.length]).join(' ');
}).join('\n');

const train = (...argv: readonly string[]): Promise<ProgramRun> => runProgram(['vectors', 'train', '--threads', '1', ...argv], { cwd });
const small = ['--text', 'text.txt', '--dimension', '16', '--bucket', '1000'];

describe('lexigraft vectors train', () => {
  it('writes vectors in which words of one kind are near each other', async () => {
    const { code, stdout, stderr } = await train(...small, '--out', 'words.vec', '--epochs', '20', '--subsampling', '1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('text         1,999 words, with line ends; 11 of 11 different ones are common enough');
    expect(stdout).toMatch(/wrote words\.vec \(11 words, .* kB\) in .*, peak memory/);
    const vectors = await openWordVectors(join(cwd, 'words.vec'));
    const { data } = await vectors.vectorsOf([...animals, ...trees]);
    await vectors.close();
    const rows = Array.from({ length: 10 }, (_, i) => data.subarray(i * 16, (i + 1) * 16));
    const cosine = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i], 0) / (Math.hypot(...a) * Math.hypot(...b));
    rows.forEach((row, i) => {
      const others = rows.map((_, j) => j).filter((j) => j !== i);
      others.sort((a, b) => cosine(row, rows[b]) - cosine(row, rows[a]));
      expect(others.slice(0, 4).every((j) => Math.floor(j / 5) === Math.floor(i / 5))).toBe(true);
    });
  });

  it('writes a fastText model where the name says so, and tells everything as JSON', async () => {
    await writeFile(join(cwd, 'text.gz'), gzipSync(text));
    const argv = ['--out', 'words.bin', '--json', '--model', 'cbow', '--min-count', '100', '--seed', '3'];
    const { code, stdout } = await train('--text', 'text.gz', '--dimension', '16', '--bucket', '1000', ...argv);
    expect(code).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      command: 'vectors train',
      text: 'text.gz',
      out: 'words.bin',
      format: 'bin',
      options: { model: 'cbow', dimension: 16, buckets: 1000, seed: 3, mode: 'exact', minimumLength: 3, maximumLength: 6, epochs: 5 },
      minimumCount: 100,
      threads: 1,
      words: 11,
      wordsOfText: 1999,
      differentWordsOfText: 11,
    });
    const vectors = await openWordVectors(join(cwd, 'words.bin'));
    expect(vectors).toMatchObject({ format: 'fasttext', composes: true, dimension: 16 });
    await vectors.close();
  });

  it('repeats itself for a seed and any number of threads', async () => {
    const files: Buffer[] = [];
    for (const threads of ['1', '3']) {
      await runProgram(['vectors', 'train', ...small, '--threads', threads, '--out', 'words.vec', '--force'], { cwd });
      files.push(await readFile(join(cwd, 'words.vec')));
    }
    expect(files[0].equals(files[1])).toBe(true);
    await train(...small, '--out', 'words.vec', '--force', '--seed', '1');
    expect(files[0].equals(await readFile(join(cwd, 'words.vec')))).toBe(false);
  });

  it('leaves an old file as it was, and nothing new, when interrupted', async () => {
    await writeFile(join(cwd, 'words.vec'), 'old');
    const stop = new AbortController();
    const { io, stderr } = fakeIo({ cwd, signal: stop.signal });
    const stdout = {
      write: (line: string): void => {
        if (line.includes('prepare')) stop.abort();
      },
    };
    const argv = ['vectors', 'train', ...small, '--out', 'words.vec', '--force', '--epochs', '10000', '--threads', '2'];
    expect(await run(argv, { ...io, stdout })).toBe(130);
    expect(stderr()).toBe('lexigraft: interrupted; nothing was left half-written.\n');
    expect((await readdir(cwd)).sort()).toEqual(['text.txt', 'words.vec']);
    expect(await readFile(join(cwd, 'words.vec'), 'utf8')).toBe('old');
  });

  it.each([
    ['no text', ['--out', 'a.vec'], '--text is missing: the text to learn from. See lexigraft vectors train --help'],
    ['no output', ['--text', 'text.txt'], '--out is missing: the file to write. See lexigraft vectors train --help'],
    ['a text that is not there', ['--text', 'none.txt', '--out', 'a.vec'], '--text: none.txt does not exist.'],
    ['a folder for a text', ['--text', '.', '--out', 'a.vec'], '--text: . is a folder; a file was expected.'],
    ['an empty text', ['--text', 'empty.txt', '--out', 'a.vec'], 'empty.txt is empty.'],
    ['a text of blanks', ['--text', 'blanks.txt', '--out', 'a.vec'], 'blanks.txt holds no words to train on.'],
    [
      'words too rare',
      ['--text', 'text.txt', '--out', 'a.vec', '--min-count', '9999'],
      'text.txt has no word that occurs 9999 times or more, among 11 different ones',
    ],
    ['a binary text', ['--text', 'binary', '--out', 'a.vec'], 'binary, line 1, holds a zero byte: it is binary'],
    ['a text in another encoding', ['--text', 'latin1.txt', '--out', 'a.vec'], 'latin1.txt, line 1, is not UTF-8; convert the file'],
    [
      'an output that is there',
      ['--text', 'text.txt', '--out', 'binary'],
      '--out: binary exists already; pass --force to replace it once the new one is complete.',
    ],
    [
      'an output that is the text',
      ['--text', 'text.txt', '--out', 'text.txt', '--force'],
      '--out and --text name the same file, text.txt.',
    ],
    ['an output in no folder', ['--text', 'text.txt', '--out', 'no/a.vec'], '--out: the folder of no/a.vec does not exist.'],
    [
      'a packed output',
      ['--text', 'text.txt', '--out', 'a.vec.gz'],
      '--out: a.vec.gz ends in .gz, but vectors are written unpacked; leave the ending out.',
    ],
    [
      'a name that belies the format',
      ['--text', 'text.txt', '--out', 'a.vec', '--format', 'bin'],
      '--out: a.vec ends in .vec, and --format is bin',
    ],
    [
      'n-grams the wrong way round',
      ['--text', 'text.txt', '--out', 'a.vec', '--min-n', '4', '--max-n', '3'],
      '--min-n is 4 and --max-n is 3',
    ],
    [
      'a step of nothing',
      ['--text', 'text.txt', '--out', 'a.vec', '--learning-rate', '0'],
      '--learning-rate must be a number above 0 and at most 1, received `0`.',
    ],
    [
      'a width of nothing',
      ['--text', 'text.txt', '--out', 'a.vec', '--dimension', '0'],
      '--dimension must be a whole number from 1 to 4096, received `0`.',
    ],
    ['a tokenizer that is not there', ['--text', 'text.txt', '--out', 'a.vec', '--tokenizer', 'none'], '--tokenizer: none does not exist.'],
  ])('answers %s with one sentence', async (_, argv, sentence) => {
    await writeFile(join(cwd, 'empty.txt'), '');
    await writeFile(join(cwd, 'blanks.txt'), ' \n\n');
    await writeFile(join(cwd, 'binary'), Buffer.of(1, 0, 2));
    await writeFile(join(cwd, 'latin1.txt'), Buffer.from('schön\n', 'latin1'));
    const before = (await readdir(cwd)).sort();
    const { code, stdout, stderr } = await train(...argv);
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 });
    expect(stderr).toContain(sentence);
    expect(stdout).not.toContain('wrote');
    expect((await readdir(cwd)).sort()).toEqual(before);
  });
});

describe('lexigraft vectors check', () => {
  const files = ['--vectors', 'de.vec', '--source-vectors', 'en.vec', '--lexicon', 'en-de.txt'];
  const check = (...argv: readonly string[]): Promise<ProgramRun> => runProgram(['vectors', 'check', '--threads', '1', ...argv], { cwd });
  /** Sixty words on a spiral; the target's have their first two numbers swapped. */
  const points = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(i), i / 30 - 1]);
  const vec = (rows: readonly (readonly number[])[], name: string): string =>
    [`${rows.length} 3`, ...rows.map((row, i) => `${name}${i} ${row.map((value) => value.toFixed(5)).join(' ')}`)].join('\n');

  beforeEach(async () => {
    await writeFile(join(cwd, 'en.vec'), vec(points, 'word'));
    await writeFile(
      join(cwd, 'de.vec'),
      vec(
        points.map(([x, y, z]) => [y, x, z]),
        'wort',
      ),
    );
    await writeFile(join(cwd, 'en-de.txt'), points.map((_, i) => `word${i} wort${i}`).join('\n'));
  });

  it('says how many translations a rotation finds that it was not told', async () => {
    const { code, stdout, stderr } = await check(...files);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('target       de.vec   60 words, 3 numbers each');
    expect(stdout).toContain('lexicon      en-de.txt   60 pairs');
    expect(stdout.replace(/ +/g, ' ')).toContain(
      [
        ' translation found words nearest among 5 among 10',
        ' kept from the rotation 12 100.0 % 100.0 % 100.0 %',
        ' told to the rotation 48 100.0 % 100.0 % 100.0 %',
      ].join('\n'),
    );
  });

  it('tells the same as JSON, and warns where pairs are too few for a rotation', async () => {
    const { code, stdout } = await check(...files, '--json', '--held-out', '0.5', '--seed', '7');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'vectors check',
      vectors: 'de.vec',
      lexicon: 'en-de.txt',
      heldOut: 0.5,
      seed: 7,
      words: 60,
      pairs: 30,
      leftOut: { words: 30, found: [1, 5, 10].map((nearest) => ({ nearest, share: 1 })) },
    });
    const wide = (name: string): string =>
      vec(
        points.slice(0, 12).map(([x, y, z]) => [...Array<number>(10).fill(x * y), x, z]),
        name,
      ).replace(' 3', ' 12');
    await writeFile(join(cwd, 'en.vec'), wide('word'));
    await writeFile(join(cwd, 'de.vec'), wide('wort'));
    expect((await check(...files, '--held-out', '0.5')).stdout).toContain(
      '6 pairs do not fix a rotation of 12 dimensions; a larger lexicon is needed.',
    );
  });

  it.each([
    ['no vectors', files.slice(2), '--vectors is missing: word vectors of the target language. See lexigraft vectors check --help'],
    ['no lexicon', files.slice(0, 4), '--lexicon is missing: words of the source language with translations.'],
    ['a file that is not there', [...files.slice(0, 5), 'none.txt'], '--lexicon: none.txt does not exist.'],
    [
      'a list the wrong way round',
      [...files, '--lexicon-order', 'target-first'],
      'too few to set a share of 0.2 aside; check that its first column is the source',
    ],
    [
      'tables of other widths',
      ['--vectors', 'wide.vec', ...files.slice(2)],
      'en.vec has vectors 3 wide and wide.vec 4; both must have the same width.',
    ],
    ['a share of all', [...files, '--held-out', '1'], '--held-out must be a number above 0 and at most 0.9, received `1`.'],
  ])('answers %s with one sentence', async (_, argv, sentence) => {
    await writeFile(
      join(cwd, 'wide.vec'),
      vec(
        points.map((row) => [...row, 1]),
        'wort',
      ).replace(' 3', ' 4'),
    );
    const { code, stderr } = await check(...argv);
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 });
    expect(stderr).toContain(sentence);
  });
});

describe('vectors of tokens', () => {
  const world = useToyWorld();

  it('are found by strategies under the texts of the tokens', async () => {
    const words = ['haus', 'hund', 'die', 'wind', 'hotel', 'taxi', 'museum', 'park', 'radio', 'film', 'tiger'];
    const lines = Array.from({ length: 300 }, (_, i) => [0, 1, 2, 3].map((place) => words[(i * 5 + place * 3) % words.length]).join(' '));
    await writeFile(join(cwd, 'tokens.txt'), lines.join('\n'));
    const { folder } = world();
    const trained = await train(
      '--text',
      'tokens.txt',
      '--tokenizer',
      join(folder, 'helper'),
      '--out',
      'tokens.vec',
      '--dimension',
      '8',
      '--bucket',
      '100',
    );
    expect({ code: trained.code, stderr: trained.stderr }).toEqual({ code: 0, stderr: '' });
    const vectors = await openWordVectors(join(cwd, 'tokens.vec'));
    expect(new Set(vectors.words)).toEqual(new Set([...words, '</s>']));
    await vectors.close();
    const { code, stdout, stderr } = await runProgram(
      [
        'transfer',
        '--source',
        join(folder, 'source'),
        '--target',
        join(folder, 'helper'),
        '--strategy',
        'focus',
        '--vectors',
        'tokens.vec',
        '--out',
        'model',
        '--json',
      ],
      { cwd },
    );
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ strategy: 'focus', recipe: { origins: { mixed: expect.any(Number) as number } } });
  });
});
