import { createPlainCompute, matrix, randomStream, zeros, type Lexicon, type Matrix, type WordVectors } from '@lexigraft/core';
import { describe, expect, it } from 'vitest';
import { measureAlignment } from './measure-alignment.ts';

const compute = createPlainCompute();
const DIMENSION = 6;

function drawn(seed: number, rows: number): Matrix {
  const next = randomStream(seed, new Uint8Array());
  return matrix(
    rows,
    DIMENSION,
    Float32Array.from({ length: rows * DIMENSION }, () => next() - 0.5),
  );
}

function table(words: readonly string[], { data }: Matrix): WordVectors {
  return {
    dimension: DIMENSION,
    words,
    vectorsOf: (asked) => {
      const result = zeros(asked.length, DIMENSION);
      asked.forEach((word, index) => {
        const at = words.indexOf(word);
        if (at >= 0) result.data.set(data.subarray(at * DIMENSION, (at + 1) * DIMENSION), index * DIMENSION);
      });
      return Promise.resolve(result);
    },
  };
}

/** The numbers of every row in another order, every second one negated: an orthogonal map that no rotation in the plane is. */
function turned({ rows, data }: Matrix): Matrix {
  return matrix(
    rows,
    DIMENSION,
    data.map((_, at) => (at % 2 === 0 ? 1 : -1) * data[at - (at % DIMENSION) + (((at % DIMENSION) * 5 + 2) % DIMENSION)]),
  );
}

const count = 120;
const sourceWords = Array.from({ length: count }, (_, i) => `word${i}`);
const targetWords = Array.from({ length: count }, (_, i) => `wort${i}`);
const lexicon: Lexicon = { pairs: sourceWords.map((source, i) => ({ source, target: targetWords[i], weight: 1 })) };
const space = drawn(1, count);

const all = [1, 5, 10].map((nearest) => ({ nearest, share: 1 }));

describe('measureAlignment', () => {
  it('finds every translation where the target is the source turned round', async () => {
    const measure = await measureAlignment({
      compute,
      lexicon,
      source: table(sourceWords, space),
      target: table(targetWords, turned(space)),
    });
    expect(measure).toEqual({
      words: count,
      pairs: 96,
      searched: count,
      leftOut: { words: 24, found: all },
      fitted: { words: 96, found: all },
    });
  });

  it('finds translations by chance where the spaces have nothing to do with each other', async () => {
    const request = { compute, lexicon, source: table(sourceWords, space), target: table(targetWords, drawn(2, count)), heldOut: 0.5 };
    const { leftOut } = await measureAlignment(request);
    expect(leftOut.words).toBe(60);
    // Ten of 120 words: 8.3 % is chance, with a standard error of 3.6 %.
    expect(leftOut.found[2].share).toBeLessThan(0.2);
    expect(leftOut.found[0].share).toBeLessThanOrEqual(leftOut.found[1].share);
    expect(leftOut.found[1].share).toBeLessThanOrEqual(leftOut.found[2].share);
  });

  it('does not let the rotation see words that are left out', async () => {
    const scattered = drawn(3, count);
    const measure = await measureAlignment({
      compute,
      lexicon: { pairs: lexicon.pairs.slice(0, 12) },
      source: table(sourceWords, space),
      target: table(targetWords, scattered),
      heldOut: 0.5,
    });
    expect(measure.pairs).toBe(6);
    // Nothing but the pairs themselves connects the two spaces: what was told is found more often than what was not.
    expect(measure.fitted.found[2].share).toBeGreaterThan(measure.leftOut.found[2].share);
  });

  it('takes spellings that differ in case for one word, and any of several translations for found', async () => {
    const source = table([...sourceWords, 'Word0'], matrix(count + 1, DIMENSION, Float32Array.of(...space.data, ...drawn(4, 1).data)));
    const pairs = [...lexicon.pairs, { source: 'word1', target: 'wort0', weight: 1 }, { source: 'Word0', target: 'WORT0', weight: 1 }];
    const measure = await measureAlignment({ compute, lexicon: { pairs }, source, target: table(targetWords, turned(space)) });
    expect(measure).toMatchObject({ words: count, searched: count + 1, leftOut: { found: all } });
  });

  it('looks among the commonest words only, and judges as many as asked', async () => {
    const request = {
      compute,
      lexicon,
      source: table(['</s>', ...sourceWords], matrix(count + 1, DIMENSION, Float32Array.of(...drawn(5, 1).data, ...space.data))),
    };
    const measure = await measureAlignment({ ...request, target: table(targetWords, turned(space)), searched: 50, judged: 7 });
    expect(measure).toMatchObject({ words: 50, searched: 50, leftOut: { words: 7 }, fitted: { words: 7 } });
  });

  it.each([
    [
      'a lexicon the wrong way round',
      { lexicon: { pairs: lexicon.pairs.map(({ source, target }) => ({ source: target, target: source, weight: 1 })) } },
      'empty-input',
      'check that its first column is the source language',
    ],
    [
      'a lexicon that is too short',
      { lexicon: { pairs: lexicon.pairs.slice(0, 8) } },
      'empty-input',
      'Of the 8 entries of the lexicon 8 target words have vectors on both sides, too few',
    ],
    ['a share above one', { heldOut: 20 }, 'invalid-option', '`heldOut` must be a share between 0 and 1, received 20.'],
  ])('refuses %s', async (_, change, code, message) => {
    const request = { compute, lexicon, source: table(sourceWords, space), target: table(targetWords, turned(space)), ...change };
    await expect(measureAlignment(request)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it('stops when it is told to', async () => {
    const request = { compute, lexicon, source: table(sourceWords, space), target: table(targetWords, turned(space)) };
    await expect(measureAlignment({ ...request, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});
