import { alignByLexicon, factorizeTable, measureFactors, ofa, ramen, wechsel } from '@lexigraft/baselines';
import {
  createPlainCompute,
  matrix,
  matrixFromRows,
  mixtureRow,
  planTransfer,
  RowOrigin,
  row,
  sparsemax,
  zeros,
  type Lexicon,
  type TransferPlan,
  type VocabularyPlan,
  type WordVectors,
} from '@lexigraft/core';
import { tableOf, toyModel, toyRows } from '@lexigraft/core/testing';
import { describe, expect, it } from 'vitest';

const compute = createPlainCompute();

function vectorsOf(entries: Readonly<Record<string, readonly number[]>>): WordVectors {
  const dimension = Object.values(entries)[0].length;
  return {
    dimension,
    words: Object.keys(entries),
    vectorsOf: (words) => {
      const result = zeros(words.length, dimension);
      words.forEach((word, index) => {
        if (Object.hasOwn(entries, word)) row(result, index).set(entries[word]);
      });
      return Promise.resolve(result);
    },
  };
}

function lexiconOf(...pairs: readonly (readonly [string, string])[]): Lexicon {
  return { pairs: pairs.map(([source, target]) => ({ source, target, weight: 1 })) };
}

// Target vectors are source vectors turned by 90 degrees.
const source = toyModel(['[PAD]', '[UNK]', 'cat', 'dog', 'sun', 'in']);
const target = toyModel(['[UNK]', '[PAD]', '[NEW]', 'katze', 'hund', 'in', 'nichts']).tokenizer;
const [katze, hund, shared, nothing, unknownSpecial] = [3, 4, 5, 6, 2];
const sourceVectors = vectorsOf({ cat: [1, 0], dog: [0.6, 0.8], sun: [0, 1], in: [-1, 0] });
const vectors = vectorsOf({ katze: [0, 2], hund: [-0.8, 0.6], in: [0, -1], sonne: [-1, 0] });
const lexicon = lexiconOf(['cat', 'katze'], ['dog', 'hund'], ['sun', 'sonne']);

function vocabularyOf({ vocabulary }: TransferPlan): VocabularyPlan {
  if (vocabulary === undefined) throw new Error('The plan has no vocabulary.');
  return vocabulary;
}

function weightsOf(plan: TransferPlan, id: number): Readonly<Record<string, number>> {
  const { sourceIds, weights } = mixtureRow(vocabularyOf(plan).input, id);
  const { tokens } = source.tokenizer.vocabulary;
  return Object.fromEntries(Array.from(sourceIds, (sourceId, index) => [tokens[sourceId] ?? '', weights[index]]));
}

describe('wechsel', () => {
  const resources = { vectors, sourceVectors, lexicon };

  it('weighs source tokens by the softmax of their cosines in the space of the lexicon', async () => {
    const plan = await planTransfer({ strategy: wechsel({ neighbours: 2, temperature: 0.5 }), source, target, resources });
    const powers = [Math.exp(1 / 0.5), Math.exp(0.6 / 0.5)];
    const weights = weightsOf(plan, katze);
    expect(Object.keys(weights)).toEqual(['cat', 'dog']);
    expect(weights.cat).toBeCloseTo(powers[0] / (powers[0] + powers[1]), 6);
    expect(weights.dog).toBeCloseTo(powers[1] / (powers[0] + powers[1]), 6);
    expect(vocabularyOf(plan).diagnostics?.nearestCosine[katze]).toBeCloseTo(1, 6);
  });

  it('makes shared tokens anew, takes over special ones and samples what has no vector', async () => {
    const plan = await planTransfer({ strategy: wechsel(), source, target, resources });
    const { origins } = vocabularyOf(plan).input;
    expect([...origins]).toEqual(
      [RowOrigin.role, RowOrigin.role, RowOrigin.sampled, RowOrigin.mixed, RowOrigin.mixed, RowOrigin.mixed, RowOrigin.sampled].map(Number),
    );
    expect(origins[unknownSpecial]).toBe(RowOrigin.sampled);
    expect(Object.keys(weightsOf(plan, shared))).toEqual(['cat', 'dog', 'sun', 'in']);
    expect(plan.warnings).toMatchObject([
      { code: 'no-vector', message: '1 of 4 new tokens have no vector to find source tokens by; their rows are sampled.' },
    ]);
    expect(origins[nothing]).toBe(RowOrigin.sampled);
  });

  it('does not move source vectors that are aligned already', async () => {
    const strategy = wechsel({ alignment: 'none', neighbours: 1 });
    const plan = await planTransfer({ strategy, source, target, resources: { vectors, sourceVectors } });
    expect(weightsOf(plan, katze)).toEqual({ sun: 1 });
    expect(weightsOf(plan, hund)).toEqual({ in: 1 });
  });

  it('says so when the lexicon is too small, strange to the vectors or the vectors do not fit together', async () => {
    const few = await planTransfer({
      strategy: wechsel(),
      source,
      target,
      resources: { ...resources, lexicon: lexiconOf(['cat', 'katze']) },
    });
    expect(few.warnings.map(({ code }) => code)).toContain('few-pairs');
    const strange = planTransfer({
      strategy: wechsel(),
      source,
      target,
      resources: { ...resources, lexicon: lexiconOf(['katze', 'cat']) },
    });
    await expect(strange).rejects.toMatchObject({ code: 'empty-input' });
    const narrow = planTransfer({
      strategy: wechsel(),
      source,
      target,
      resources: { ...resources, sourceVectors: vectorsOf({ cat: [1] }) },
    });
    await expect(narrow).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: expect.stringContaining('(`sourceVectors`) are 1 wide and those of the target language (`vectors`) 2') as string,
    });
  });

  it.each([{ temperature: 0 }, { neighbours: 0 }, { subwords: 'pieces' }, { neighbors: 10 }])('refuses %j', (options) => {
    expect(() => wechsel(options as object)).toThrow(/^`wechsel`/);
  });
});

describe('alignment by a lexicon', () => {
  const table = vectorsOf({ cat: [1, 0], Cat: [0.9, 0.1], dog: [0.6, 0.8], katze: [0, 1], Katze: [0.2, 0.8], hund: [-0.8, 0.6] });
  const align = (duplicates: 'keep' | 'drop', pairs: Lexicon): ReturnType<typeof alignByLexicon> =>
    alignByLexicon({ compute, lexicon: pairs, source: table, target: table, duplicates });
  const pairs = lexiconOf(['cat', 'katze'], ['dog', 'hund'], ['dog', 'hund']);

  it('counts a pair as often as its variants give it, or once', async () => {
    const [kept, dropped] = [await align('keep', pairs), await align('drop', pairs)];
    const once = await align('drop', lexiconOf(['dog', 'hund'], ['cat', 'katze']));
    expect([kept.pairs, dropped.pairs, kept.usedEntries]).toEqual([5, 5, 3]);
    expect([...dropped.rotation.weights]).toEqual([...once.rotation.weights].map((value) => expect.closeTo(value, 12) as number));
    expect(Math.abs(kept.rotation.weights[0] - dropped.rotation.weights[0])).toBeGreaterThan(1e-3);
  });

  it('is a rotation', async () => {
    const { weights } = (await align('keep', pairs)).rotation;
    expect(weights[0] ** 2 + weights[2] ** 2).toBeCloseTo(1, 12);
    expect(weights[0] * weights[1] + weights[2] * weights[3]).toBeCloseTo(0, 12);
  });
});

describe('ofa', () => {
  it('copies shared tokens and mixes the nearest of all source tokens for the rest', async () => {
    const resources = { vectors, sourceVectors };
    const plan = await planTransfer({ strategy: ofa({ neighbours: 1, subwords: 'composed' }), source, target, resources });
    expect(vocabularyOf(plan).input.origins[shared]).toBe(RowOrigin.copied);
    expect(weightsOf(plan, katze)).toEqual({ sun: 1 });
  });

  it('tells what a factorisation would keep', async () => {
    const strategy = ofa({ factorDimension: 3 });
    const { warnings } = await planTransfer({ strategy, source, target, resources: { vectors, sourceVectors } });
    expect(warnings.at(-1)?.message).toMatch(
      /^3 of 12 dimensions would keep \d+\.\d % of the squared norm of the source table, with 54 parameters instead of 72\.$/,
    );
  });
});

describe('ramen', () => {
  it('weighs all source tokens by sparsemax and draws the rest as wide as the model', async () => {
    const plan = await planTransfer({ strategy: ramen({ subwords: 'composed' }), source, target, resources: { vectors, sourceVectors } });
    const expected = sparsemax([0, 0.8, 1, 0]).weights;
    const weights = weightsOf(plan, katze);
    expect(Object.keys(weights)).toEqual(['dog', 'sun']);
    expect(weights.dog).toBeCloseTo(expected[1], 6);
    expect(vocabularyOf(plan).input.origins[shared]).toBe(RowOrigin.mixed);
    expect(vocabularyOf(plan).input.sampling).toEqual({ distribution: 'gaussian', deviation: 12 ** -0.5 });
  });
});

describe('the factorisation of a table', () => {
  const rows = toyRows(
    'factors',
    Array.from({ length: 40 }, (_, index) => `${index}`),
    6,
  );
  const product = ({ coordinates, primitives }: Awaited<ReturnType<typeof factorizeTable>>): Promise<{ data: Float32Array }> =>
    compute.matmul(coordinates, primitives);

  it('of full width is the table', async () => {
    const factors = await factorizeTable(compute, tableOf(rows), 40, 6);
    expect(factors.keptShare).toBeCloseTo(1, 12);
    (await product(factors)).data.forEach((value, index) => {
      expect(value).toBeCloseTo(rows.data[index], 5);
    });
  });

  it('loses what its measure says, and has orthonormal coordinates', async () => {
    const factors = await factorizeTable(compute, tableOf(rows), 40, 2);
    const { data } = await product(factors);
    const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
    const lost = squares(rows.data.map((value, index) => value - data[index])) / squares(rows.data);
    expect(lost).toBeCloseTo(1 - factors.keptShare, 5);
    const transposedCoordinates = matrix(
      2,
      40,
      Float32Array.from({ length: 80 }, (_, p) => factors.coordinates.data[(p % 40) * 2 + Math.floor(p / 40)]),
    );
    const gram = (await compute.matmul(transposedCoordinates, factors.coordinates)).data;
    expect([...gram]).toEqual([1, 0, 0, 1].map((value) => expect.closeTo(value, 5) as number));
    expect((await measureFactors(compute, tableOf(rows), 40, 2)).keptShare).toBe(factors.keptShare);
  });

  it('leaves directions without extent at zero', async () => {
    const flat = matrixFromRows([
      [1, 2],
      [2, 4],
    ]);
    const { coordinates, keptShare } = await factorizeTable(compute, tableOf(flat), 2, 2);
    expect(keptShare).toBeCloseTo(1, 12);
    expect([coordinates.data[1], coordinates.data[3]]).toEqual([0, 0]);
  });

  it('needs a dimension', async () => {
    await expect(measureFactors(compute, tableOf(rows), 40, 0)).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
