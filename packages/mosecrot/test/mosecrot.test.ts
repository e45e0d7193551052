import {
  buildVocabulary,
  matrix,
  mixtureRow,
  planTransfer,
  row,
  RowOrigin,
  zeros,
  type EmbeddingModel,
  type Matrix,
  type Tokenizer,
  type TokenMixture,
  type TransferPlan,
  type WordVectors,
} from '@lexigraft/core';
import { tableOf, toyRows, toyTokenizer, toyWordVectors } from '@lexigraft/core/testing';
import { anchorWeights, mosecrot, nearestAnchors, relativeRepresentation, type MosecrotOptions } from '@lexigraft/mosecrot';
import { createPlainCompute } from '@lexigraft/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lexiconOf, sourceModel, targetVectors, toyLexicon } from './worlds.ts';
import { toyModel, toyTargetTokens } from '@lexigraft/core/testing';

const WIDTH = 6;
const words = Array.from({ length: 24 }, (_, index) => String.fromCharCode(97 + index).repeat(3));
const sourceTokens = ['[UNK]', '[CLS]', ...words];
const sourceRows = toyRows('world', sourceTokens, WIDTH);
/** Words whose translation is known; the others are to be found. */
const known = words.slice(0, 16);
const german = (word: string): string => `${word}x`;

/** A source, and a target whose word vectors are `vectorOf` the row of the word they translate. */
function world(vectorOf: (sourceRow: Float32Array) => ArrayLike<number>): {
  readonly source: EmbeddingModel;
  readonly target: Tokenizer;
  readonly vectors: WordVectors;
} {
  const targetWords = words.map(german);
  const rows = words.map((_, index) => Float32Array.from(vectorOf(row(sourceRows, index + 2))));
  const vectors: WordVectors = {
    dimension: rows[0].length,
    words: targetWords,
    vectorsOf: (asked) => {
      const result = zeros(asked.length, rows[0].length);
      asked.forEach((word, index) => {
        const position = targetWords.indexOf(word);
        if (position >= 0) row(result, index).set(rows[position]);
      });
      return Promise.resolve(result);
    },
  };
  return {
    source: { tokenizer: toyTokenizer(sourceTokens), input: tableOf(matrix(sourceRows.rows, WIDTH, sourceRows.data.slice())) },
    target: toyTokenizer(['[UNK]', '[CLS]', ...targetWords]),
    vectors,
  };
}

async function planned(
  made: ReturnType<typeof world>,
  options: MosecrotOptions,
): Promise<{ readonly input: TokenMixture; readonly rebasedSource?: TokenMixture; readonly plan: TransferPlan }> {
  const { source, target, vectors } = made;
  const lexicon = lexiconOf(known.map((word) => [word, german(word)] as const));
  const plan = await planTransfer({ strategy: mosecrot(options), source, target, resources: { vectors, lexicon } });
  if (plan.vocabulary === undefined) throw new Error('The plan has no vocabulary.');
  return { ...plan.vocabulary, plan };
}

/** Multiplies a recipe with the source rows. */
function rowsOf(recipe: TokenMixture): readonly Float64Array[] {
  return Array.from({ length: recipe.rows }, (_, id) => {
    const { sourceIds, weights } = mixtureRow(recipe, id);
    const sum = new Float64Array(WIDTH);
    sourceIds.forEach((sourceId, entry) => {
      for (let c = 0; c < WIDTH; c++) sum[c] += weights[entry] * sourceRows.data[sourceId * WIDTH + c];
    });
    return sum;
  });
}

/** A rotation built from turns in random planes. */
const rotations = fc
  .array(fc.record({ i: fc.nat(WIDTH - 1), j: fc.nat(WIDTH - 1), angle: fc.double({ min: -3, max: 3, noNaN: true }) }), {
    minLength: 8,
    maxLength: 16,
  })
  .map((turns) => (vector: ArrayLike<number>): Float64Array => {
    const turned = Float64Array.from(vector);
    for (const { i, j, angle } of turns) {
      if (i === j) continue;
      const [a, b] = [turned[i], turned[j]];
      turned[i] = Math.cos(angle) * a - Math.sin(angle) * b;
      turned[j] = Math.sin(angle) * a + Math.cos(angle) * b;
    }
    return turned;
  });

function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void {
  for (let c = 0; c < expected.length; c++) expect(Math.abs(received[c] - expected[c])).toBeLessThan(tolerance);
}

describe('a target space that is the source space turned and stretched', () => {
  it.each([{ weights: 'standard', neighbours: 3 }, {}, { weights: 'sparsemax' }, { importance: 'idf' }] as const)(
    'gives every word the row its translation has in the rebased source: %j',
    async (options) => {
      await fc.assert(
        fc.asyncProperty(rotations, fc.double({ min: 0.1, max: 10, noNaN: true }), async (turn, factor) => {
          const { input, rebasedSource } = await planned(
            world((values) => turn(values).map((value) => factor * value)),
            options,
          );
          if (rebasedSource === undefined) throw new Error('The source was not rebased.');
          const [target, source] = [rowsOf(input), rowsOf(rebasedSource)];
          for (let id = 2; id < input.rows; id++) expectClose(target[id], source[id]);
        }),
        { numRuns: 10 },
      );
    },
  );

  it('is mapped back onto the source space by the inverse, direction by direction', async () => {
    await fc.assert(
      fc.asyncProperty(rotations, async (turn) => {
        const { input, rebasedSource } = await planned(world(turn), { weights: 'inverse', neighbours: 16, ridge: 0 });
        expect(rebasedSource).toBeUndefined();
        const rows = rowsOf(input);
        let mapped = 0;
        for (let id = 2; id < input.rows; id++) {
          if (input.origins[id] !== RowOrigin.mixed) continue;
          const wanted = row(sourceRows, id);
          const cosine = rows[id].reduce((sum, value, c) => sum + value * wanted[c], 0) / (Math.hypot(...rows[id]) * Math.hypot(...wanted));
          expect(cosine).toBeGreaterThan(0.999);
          mapped++;
        }
        // A point whose weights have a negative sum has no place among the anchors.
        expect(mapped).toBeGreaterThan(words.length / 4);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the space of comparison', () => {
  const shift = [3, -1, 2, 0.5, -4, 1];
  it('forgets where the vectors lie when it is centred', async () => {
    const plain = rowsOf(
      (
        await planned(
          world((values) => values),
          { space: 'centred', neighbours: 4 },
        )
      ).input,
    );
    const moved = rowsOf(
      (
        await planned(
          world((values) => values.map((value, c) => value + shift[c])),
          { space: 'centred', neighbours: 4 },
        )
      ).input,
    );
    for (let id = 2; id < plain.length; id++) expectClose(moved[id], plain[id]);
  });
  it('forgets every linear map when it is whitened', async () => {
    const stretch = [1, 2, 0.5, 3, 1, 0.2];
    const skew = (values: Float32Array): Float32Array =>
      values.map((value, c) => stretch[c] * value + 0.7 * values[(c + 1) % WIDTH] + shift[c]);
    const plain = rowsOf(
      (
        await planned(
          world((values) => values),
          { space: 'whitened', neighbours: 4 },
        )
      ).input,
    );
    const skewed = rowsOf((await planned(world(skew), { space: 'whitened', neighbours: 4 })).input);
    for (let id = 2; id < plain.length; id++) expectClose(skewed[id], plain[id], 1e-3);
  });
});

describe('weights of anchors', () => {
  const similarities = Float64Array.of(0.8, 0.4, -0.2);
  it('are R over its signed sum, softmax or sparsemax, and sum to one', () => {
    expectClose(anchorWeights(similarities, 'standard', 7) ?? [], [0.8, 0.4, -0.2], 1e-12);
    const powers = [0.8, 0.4, -0.2].map((value) => Math.exp(value / 0.5));
    const sum = powers.reduce((total, value) => total + value);
    expectClose(
      anchorWeights(similarities, 'softmax', 0.5) ?? [],
      powers.map((value) => value / sum),
      1e-12,
    );
    // z = (1.6, 0.8, −0.4): two survive, τ = (2.4 − 1) / 2 = 0.7.
    expectClose(anchorWeights(similarities, 'sparsemax', 0.5) ?? [], [0.9, 0.1, 0], 1e-12);
  });
  it('do not exist without anchors, nor where similarities nearly cancel', () => {
    expect(anchorWeights(new Float64Array(0), 'softmax', 1)).toBeUndefined();
    expect(anchorWeights(Float64Array.of(0.5, -0.49), 'standard', 1)).toBeUndefined();
    expect(anchorWeights(Float64Array.of(0, 0), 'standard', 1)).toBeUndefined();
    expect(anchorWeights(Float64Array.of(0.5, -0.49), 'softmax', 1)).toBeDefined();
  });
});

describe('nearest anchors', () => {
  const compute = createPlainCompute();
  // The first anchor is near to everything.
  const anchors: Matrix = matrix(3, 2, Float32Array.of(1, 1, 1, 0.2, 0.2, 1));
  const points: Matrix = matrix(4, 2, Float32Array.of(1, 0.45, 0.45, 1, 1, 0.9, 0.9, 1));
  it('are those of largest cosine, whose values are the relative representation', async () => {
    const all = relativeRepresentation(points, anchors);
    const { k, ids, similarities } = await nearestAnchors(compute, points, anchors, { k: 2 });
    expect([...ids]).toEqual([1, 0, 2, 0, 0, 1, 0, 2]);
    ids.forEach((id, entry) => {
      expect(similarities[entry]).toBeCloseTo(all[Math.floor(entry / k) * 3 + id], 12);
    });
  });
  it('leave the hub aside when corrected for hubs', async () => {
    const hubs = matrix(3, 2, Float32Array.of(1, 1, 1, 0.1, 0.1, 1));
    const between = matrix(4, 2, Float32Array.of(1, 0.5, 0.5, 1, 1, 0.95, 0.95, 1));
    const [plain, corrected] = [
      await nearestAnchors(compute, between, hubs, { k: 1 }),
      await nearestAnchors(compute, between, hubs, { k: 1, selection: 'csls' }),
    ];
    expect([...plain.ids]).toEqual([0, 0, 0, 0]);
    expect([...corrected.ids]).not.toEqual([0, 0, 0, 0]);
  });
  it('are equal in order of the list when they are equally near', async () => {
    const twins = matrix(3, 2, Float32Array.of(1, 0, 1, 0, 0, 1));
    const { ids } = await nearestAnchors(compute, matrix(1, 2, Float32Array.of(2, 0)), twins, { k: 2 });
    expect([...ids]).toEqual([0, 1]);
  });
  it('are refused when the widths differ', () => {
    expect(() => relativeRepresentation(points, zeros(2, 3))).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
  });
});

describe('the rebased source', () => {
  it('keeps special tokens, and rows that point nowhere', async () => {
    const made = world((values) => values);
    const data = sourceRows.data.slice();
    data.fill(0, 20 * WIDTH, 21 * WIDTH);
    const { rebasedSource } = await planned(
      { ...made, source: { ...made.source, input: tableOf(matrix(sourceRows.rows, WIDTH, data)) } },
      {},
    );
    expect(rebasedSource?.origins[0]).toBe(RowOrigin.role);
    expect(rebasedSource?.origins[1]).toBe(RowOrigin.role);
    expect(rebasedSource?.origins[20]).toBe(RowOrigin.copied);
    expect(rebasedSource?.origins[19]).toBe(RowOrigin.mixed);
    expect([...(rebasedSource ? mixtureRow(rebasedSource, 20).sourceIds : [])]).toEqual([20]);
  });
  it('is left out on request, and has no place beside the inverse', async () => {
    expect(
      (
        await planned(
          world((values) => values),
          { rebase: false },
        )
      ).rebasedSource,
    ).toBeUndefined();
    expect(() => mosecrot({ weights: 'inverse', rebase: true })).toThrow(/nothing to rebase/);
  });
});

describe('tokens the vectors say nothing about', () => {
  const plan = async (options: MosecrotOptions): Promise<TransferPlan> =>
    planTransfer({
      strategy: mosecrot({ neighbours: 5, ...options }),
      source: sourceModel(),
      target: toyModel(toyTargetTokens).tokenizer,
      resources: { vectors: targetVectors(), lexicon: toyLexicon() },
    });
  const originOf = ({ vocabulary }: TransferPlan, token: string): number | undefined =>
    vocabulary?.input.origins[toyTargetTokens.indexOf(token)];

  it('take the row of the same source token, or are sampled', async () => {
    const kept = await plan({ rebase: false });
    expect(originOf(kept, 'museum')).toBe(RowOrigin.copied);
    expect(originOf(kept, 'ж')).toBe(RowOrigin.sampled);
    expect(originOf(kept, 'hand')).toBe(RowOrigin.mixed);
  });
  it('take the rebased row of that token when the source is rebased', async () => {
    const { vocabulary } = await plan({});
    if (vocabulary?.rebasedSource === undefined) throw new Error('The source was not rebased.');
    const own = mixtureRow(vocabulary.input, toyTargetTokens.indexOf('museum'));
    const theirs = mixtureRow(vocabulary.rebasedSource, sourceModel().tokenizer.vocabulary.tokens.indexOf('museum'));
    expect(own).toEqual({ ...theirs, origin: RowOrigin.mixed });
  });
  it('are all sampled, or given the row of the unknown token, when asked for', async () => {
    expect(originOf(await plan({ rebase: false, outside: 'sampled' }), 'museum')).toBe(RowOrigin.sampled);
    const { vocabulary } = await plan({ outside: 'unknown' });
    if (vocabulary === undefined) throw new Error('The plan has no vocabulary.');
    for (const token of ['museum', 'ж']) {
      const { sourceIds, weights } = mixtureRow(vocabulary.input, toyTargetTokens.indexOf(token));
      expect([[...sourceIds], [...weights]]).toEqual([[1], [1]]);
    }
  });
  it('are joined by shared tokens with a vector when those are to be copied', async () => {
    expect(originOf(await plan({ rebase: false, copyShared: true }), 'hand')).toBe(RowOrigin.copied);
  });
  it('are counted in the warnings, beside few anchors and what the rows presuppose', async () => {
    const { warnings } = await plan({});
    expect(warnings.map(({ code }) => code)).toEqual(['few-anchors', 'no-vector', 'rebased-source']);
    expect(warnings[1].message).toContain('2 of 46 tokens have no vector; 1 take the row of the same source token, 1 are sampled.');
  });

  it('are counted in the warnings without shared tokens where those are taken over in any case', async () => {
    const { warnings } = await plan({ copyShared: true });
    expect(warnings.find(({ code }) => code === 'no-vector')?.message).toBe('1 of 46 tokens have no vector; 1 are sampled.');
  });
});

describe('options', () => {
  it.each([
    [{ neighbours: 0 }, 'neighbours'],
    [{ temperature: 0 }, 'temperature'],
    [{ weights: 'mean' }, 'weights'],
    [{ anchors: 1.5 }, 'anchors'],
    [{ rebase: 'yes' }, 'rebase'],
    [{ neighbors: 5 }, 'neighbors'],
  ] as const)('are refused when wrong: %j', (options, option) => {
    expect(() => mosecrot(options as MosecrotOptions)).toThrow(
      expect.objectContaining({ code: 'invalid-option', details: expect.objectContaining({ option }) as unknown }),
    );
  });
});

it('needs no overlap of letters: words of another script are mapped as well', async () => {
  const made = world((values) => values);
  const cyrillic = words.map((word) => Array.from(word, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x3cf)).join(''));
  const target: Tokenizer = { ...made.target, vocabulary: buildVocabulary({ kind: 'word-level', tokens: cyrillic }) };
  const vectors: WordVectors = {
    ...made.vectors,
    words: cyrillic,
    vectorsOf: (asked) => made.vectors.vectorsOf(asked.map((word) => german(words[cyrillic.indexOf(word)] ?? ''))),
  };
  const plan = await planTransfer({
    strategy: mosecrot(),
    source: made.source,
    target,
    resources: { vectors, lexicon: lexiconOf(known.map((word) => [word, cyrillic[words.indexOf(word)]] as const)) },
  });
  expect(plan.vocabulary?.input.origins.every((origin) => origin === RowOrigin.mixed)).toBe(true);
});

it('refuses more neighbours than fit in memory, before it searches', async () => {
  // Just so many that as many tokens, each of all anchors, make more than 2^27 entries.
  const many = Array.from({ length: 11_600 }, (_, index) => `word${index}`);
  const plan = planTransfer({
    strategy: mosecrot({ neighbours: 20_000, rebase: false }),
    source: toyModel(many, { dimension: 1 }),
    target: toyTokenizer(many),
    resources: { vectors: toyWordVectors(many, { dimension: 1 }), lexicon: lexiconOf(many.map((word) => [word, word])) },
  });
  await expect(plan).rejects.toMatchObject({
    code: 'too-large',
    message: '`mosecrot` needs room for 134560000 entries where 134217728 fit; lower its option `neighbours`.',
  });
});
