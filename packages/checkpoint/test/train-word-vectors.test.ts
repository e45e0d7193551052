import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createInlinePool, type WorkerPool } from '@lexigraft/core';
import { createNodeWorkerPool } from '@lexigraft/core/workers';
import {
  openTokenizer,
  openWordVectors,
  readTrainingText,
  readTrainingTokens,
  trainWordVectors,
  writeTrainedVectors,
  type TrainedVectors,
  type TrainingOptions,
} from '@lexigraft/checkpoint';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from './support/temporary-folder.ts';
import { toyUnigram } from './support/toy-tokenizers.ts';

const inFolder = useTemporaryFolder();

const TOPICS = 6;
const WORDS_PER_TOPIC = 12;

/** Sentences that are each about one topic: words of a topic stand beside each other and never beside others. */
function clusteredText(sentences: number): string {
  let state = 1;
  const draw = (limit: number): number => (state = (state * 16807) % 2147483647) % limit;
  return Array.from({ length: sentences }, () => {
    const topic = draw(TOPICS);
    return Array.from({ length: 8 }, () => wordOf(topic, draw(WORDS_PER_TOPIC))).join(' ');
  }).join('\n');
}

/** Letters tell nothing of the topic. */
function wordOf(topic: number, word: number): string {
  return createHash('md5').update(`${topic}/${word}`).digest('hex').slice(0, 7);
}

async function train(text: string, options: TrainingOptions, pool: WorkerPool = createInlinePool()): Promise<TrainedVectors> {
  const path = inFolder('text.txt');
  await writeFile(path, text);
  return trainWordVectors(await readTrainingText(path, { minimumCount: 1 }), options, { pool });
}

const small: TrainingOptions = { dimension: 40, buckets: 5000, epochs: 3, subsampling: 1 };

/** Share of words whose nearest word is of the same topic. */
async function purity(trained: TrainedVectors): Promise<number> {
  const path = inFolder('purity.vec');
  await writeTrainedVectors(trained, path, { overwrite: true });
  const vectors = await openWordVectors(path);
  const words = Array.from({ length: TOPICS * WORDS_PER_TOPIC }, (_, i) => wordOf(i % TOPICS, Math.floor(i / TOPICS)));
  const { data, columns } = await vectors.vectorsOf(words);
  await vectors.close();
  const units = words.map((_, i) => {
    const row = [...data.subarray(i * columns, (i + 1) * columns)];
    const norm = Math.hypot(...row);
    return row.map((value) => value / norm);
  });
  const nearest = units.map((row, i) => {
    const cosines = units.map((other, j) => (i === j ? -2 : row.reduce((sum, value, k) => sum + value * other[k], 0)));
    return cosines.indexOf(Math.max(...cosines));
  });
  return nearest.filter((near, i) => near % TOPICS === i % TOPICS).length / words.length;
}

function digest({ input, output }: TrainedVectors): string {
  return createHash('sha256')
    .update(new Uint8Array(input.data.buffer, input.data.byteOffset, input.data.byteLength))
    .update(new Uint8Array(output.data.buffer, output.data.byteOffset, output.data.byteLength))
    .digest('hex');
}

describe('training', () => {
  it.each([
    ['skip-gram', {}],
    ['cbow', { epochs: 6 }],
    ['skip-gram', { maximumLength: 0, minimumLength: 0 }],
    ['skip-gram', { mode: 'hogwild' }],
  ] as const)('%s finds planted clusters: %j', async (model, options) => {
    expect(await purity(await train(clusteredText(3000), { ...small, model, ...options }))).toBeGreaterThan(0.95);
  });

  it('gives the same bits for a seed and any number of threads, and others for another seed', async () => {
    const text = clusteredText(1500);
    const expected = digest(await train(text, { ...small, seed: 5 }));
    for (const size of [1, 2, 5]) {
      const pool = createNodeWorkerPool({ size });
      expect(digest(await train(text, { ...small, seed: 5 }, pool))).toBe(expected);
      await pool.dispose();
    }
    expect(digest(await train(text, { ...small, seed: 6 }))).not.toBe(expected);
  });

  it('goes on side by side in one pool, each with the threads that are left to it', async () => {
    const path = inFolder('text.txt');
    await writeFile(path, clusteredText(600));
    const corpus = await readTrainingText(path, { minimumCount: 1 });
    const expected = digest(await trainWordVectors(corpus, small));
    const pool = createNodeWorkerPool({ size: 3 });
    const both = await Promise.all([trainWordVectors(corpus, small, { pool }), trainWordVectors(corpus, small, { pool })]);
    expect(both.map(digest)).toEqual([expected, expected]);
    await pool.dispose();
  });

  it('threads may write into the same rows without waiting: other bits, the same clusters', async () => {
    const pool = createNodeWorkerPool({ size: 2 });
    expect(await purity(await train(clusteredText(3000), { ...small, mode: 'hogwild' }, pool))).toBeGreaterThan(0.95);
    await pool.dispose();
  });

  it.each(['exact', 'hogwild'] as const)('stops when aborted, and the pool works on: %s', async (mode) => {
    const path = inFolder('text.txt');
    await writeFile(path, clusteredText(3000));
    const corpus = await readTrainingText(path, { minimumCount: 1 });
    for (const pool of [createInlinePool(), createNodeWorkerPool({ size: 2 })]) {
      const stop = new AbortController();
      const stages = new Set<string>();
      const training = trainWordVectors(
        corpus,
        { ...small, mode, epochs: 10_000 },
        {
          pool,
          signal: stop.signal,
          onProgress: ({ stage, done, total }) => {
            stages.add(stage);
            expect(done).toBeLessThanOrEqual(total);
            if (stage === 'train' && done > 0) stop.abort(new Error('enough'));
          },
        },
      );
      await expect(training).rejects.toThrow('enough');
      expect(stages).toEqual(new Set(['prepare', 'train']));
      expect((await trainWordVectors(corpus, { ...small, mode, epochs: 1 }, { pool })).words.length).toBe(TOPICS * WORDS_PER_TOPIC + 1);
      await pool.dispose();
    }
  });

  it('says so when it comes to numbers that are not finite', async () => {
    const pool = createNodeWorkerPool({ size: 2 });
    const training = train(
      'a b\n'.repeat(3000),
      { ...small, learningRate: 1, epochs: 200, negatives: 50, window: 50, maximumLength: 0, minimumLength: 0 },
      pool,
    );
    await expect(training).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining('lower the learning rate') as string,
    });
    await pool.dispose();
  });

  it.each([
    [{ dimension: 0 }, '`dimension` must be a whole number from 1 to 4096, received 0.'],
    [{ epochs: 1.5 }, '`epochs` must be'],
    [{ window: 0 }, '`window` must be'],
    [{ negatives: -1 }, '`negatives` must be'],
    [{ learningRate: 0 }, '`learningRate` must be a number above 0 and at most 1'],
    [{ subsampling: NaN }, '`subsampling` must be'],
    [{ minimumLength: 5, maximumLength: 3 }, '`minimumLength` must be at most maximumLength, which is 3'],
    [{ buckets: 0 }, '`buckets` must be at least 1'],
    [{ seed: -1 }, '`seed` must be'],
  ])('refuses %j', async (options, message) => {
    await expect(train('a b a b', options)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses what does not fit into 4 GiB before it takes memory', async () => {
    const text = Array.from({ length: 300_000 }, (_, i) => `w${i}`).join(' ');
    await expect(train(text, { dimension: 4000, maximumLength: 0, minimumLength: 0 })).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('at most 4 GiB') as string,
    });
  });
});

describe('what was trained', () => {
  it('is written as text and as a model, which the reader takes for the same', async () => {
    const trained = await train(clusteredText(300), { ...small, dimension: 20 });
    await writeTrainedVectors(trained, inFolder('v.vec'));
    await writeTrainedVectors(trained, inFolder('v.bin'), { format: 'fasttext' });
    const [text, model] = await Promise.all([openWordVectors(inFolder('v.vec')), openWordVectors(inFolder('v.bin'))]);
    expect(text).toMatchObject({ format: 'text', composes: false, dimension: 20 });
    expect(model).toMatchObject({ format: 'fasttext', composes: true, dimension: 20 });
    expect(text.words).toEqual(trained.words);
    expect(model.words).toEqual(trained.words);
    const [a, b] = await Promise.all([text.vectorsOf(text.words), model.vectorsOf(text.words)]);
    a.data.forEach((value, i) => {
      expect(Math.abs(value - b.data[i])).toBeLessThanOrEqual(6e-5 * Math.max(1e-3, Math.abs(value)));
    });
    await Promise.all([text.close(), model.close()]);
  });

  it('has words with U+FEFF in them, the commonest too, whatever it is written as', async () => {
    const trained = await train('x\n'.repeat(20) + '\ufeff \ufeffHaus Haus '.repeat(50), { ...small, dimension: 8 });
    expect(trained.words).toEqual(['\ufeff', '\ufeffHaus', 'Haus', '</s>', 'x']);
    for (const format of ['text', 'fasttext'] as const) {
      const path = inFolder(format);
      await writeTrainedVectors(trained, path, { format });
      const [vectors, again] = await Promise.all([openWordVectors(path), openWordVectors(path, { residentBytes: 0 })]);
      expect(vectors.words).toEqual(trained.words);
      const { data } = await vectors.vectorsOf(trained.words);
      expect((await again.vectorsOf(trained.words)).data).toEqual(data);
      const [mark, marked, plain] = Array.from({ length: 3 }, (_, i) => [...data.subarray(i * 8, (i + 1) * 8)]);
      expect(marked).not.toEqual(plain);
      expect(mark.some((value) => value !== 0)).toBe(true);
      await Promise.all([vectors.close(), again.close()]);
    }
  });

  it('composes words it has not seen of n-grams it has, and of others nothing', async () => {
    const trained = await train('abcdef abcxyz qbcdef\n'.repeat(200), { ...small, dimension: 8, minimumLength: 3, maximumLength: 3 });
    await writeTrainedVectors(trained, inFolder('v.bin'), { format: 'fasttext' });
    const model = await openWordVectors(inFolder('v.bin'));
    const { data } = await model.vectorsOf(['abcd', 'ööö']);
    await model.close();
    const { words, subwords, input } = trained;
    const rowOfNgram = (word: string, index: number): number[] => {
      const row = subwords.lists[subwords.offsets[words.indexOf(word)] + 1 + index];
      return [...input.data.subarray(row * input.stride, row * input.stride + 8)];
    };
    // Of <ab, abc, bcd and cd>, the last is in no word of the text.
    const known = [rowOfNgram('abcdef', 0), rowOfNgram('abcdef', 1), rowOfNgram('abcdef', 2)];
    for (let j = 0; j < 8; j++) expect(data[j]).toBeCloseTo(known.reduce((sum, row) => sum + row[j], 0) / 4, 6);
    expect([...data.subarray(8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('has in its head what fastText asks for', async () => {
    const trained = await train('a b a b a\n', {
      dimension: 3,
      buckets: 7,
      epochs: 2,
      window: 4,
      negatives: 3,
      subsampling: 0.5,
      model: 'cbow',
    });
    await writeTrainedVectors(trained, inFolder('v.bin'), { format: 'fasttext' });
    const bytes = await readFile(inFolder('v.bin'));
    const integers = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 56));
    // Signature, version, dim, ws, epoch, minCount, neg, wordNgrams, loss (negative sampling), model (cbow), bucket, minn, maxn, lrUpdateRate
    expect([...integers]).toEqual([793712314, 12, 3, 4, 2, 1, 3, 1, 2, 1, 7, 3, 6, 100]);
    expect(bytes.readDoubleLE(56)).toBe(0.5);
    expect([bytes.readInt32LE(64), bytes.readInt32LE(68), bytes.readInt32LE(72)]).toEqual([3, 3, 0]);
    expect([bytes.readBigInt64LE(76), bytes.readBigInt64LE(84)]).toEqual([6n, -1n]);
    expect(bytes.subarray(92, 103).toString('latin1')).toBe('a\0\u0003\0\0\0\0\0\0\0\0');
    const entries = 92 + 11 + 11 + 14;
    expect(bytes.length).toBe(entries + 17 + (3 + 7) * 12 + 17 + 3 * 12);
  });

  it('is not written over a file unless told to, and nothing is left of what fails', async () => {
    const trained = await train('a b a b', { ...small, dimension: 2 });
    await writeFile(inFolder('v.vec'), 'mine');
    await expect(writeTrainedVectors(trained, inFolder('v.vec'))).rejects.toMatchObject({ code: 'output-exists' });
    trained.input.data.fill(NaN);
    for (const format of ['text', 'fasttext'] as const)
      await expect(writeTrainedVectors(trained, inFolder('v.vec'), { format, overwrite: true })).rejects.toMatchObject({
        code: 'not-finite',
      });
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(writeTrainedVectors(trained, inFolder('w.vec'), { signal: aborted })).rejects.toThrow('enough');
    expect(await readFile(inFolder('v.vec'), 'utf8')).toBe('mine');
    expect((await readdir(inFolder())).sort()).toEqual(['text.txt', 'v.vec']);
  });
});

describe('tokens of a tokenizer', () => {
  it('are the words, under the text a strategy looks them up by', async () => {
    await writeFile(inFolder('tokenizer.json'), JSON.stringify(toyUnigram()));
    await writeFile(inFolder('text.txt'), 'the house\nthe houses\nhouse hut\n');
    const tokenizer = await openTokenizer(inFolder('tokenizer.json'));
    const corpus = await readTrainingTokens(inFolder('text.txt'), tokenizer, { minimumCount: 1 });
    const sentences = Array.from({ length: 3 }, (_, i) =>
      [...corpus.tokens.subarray(corpus.sentences[i], corpus.sentences[i + 1])].map((word) => corpus.words[word]).join(' '),
    );
    expect(sentences).toEqual(['the house </s>', 'the house s </s>', 'house h u t </s>']);
    expect((await stat(inFolder('text.txt'))).size).toBeGreaterThan(0);
  });

  it('are trained like words', async () => {
    await writeFile(inFolder('tokenizer.json'), JSON.stringify(toyUnigram()));
    await writeFile(inFolder('text.txt'), 'the house\nthe houses\n'.repeat(50));
    const corpus = await readTrainingTokens(inFolder('text.txt'), await openTokenizer(inFolder('tokenizer.json')), { minimumCount: 5 });
    const { words } = await trainWordVectors(corpus, { ...small, dimension: 4 });
    expect(words).toEqual(['</s>', 'the', 'house', 's']);
  });
});
