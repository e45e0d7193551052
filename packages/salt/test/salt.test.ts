import {
  matrix,
  matrixFromRows,
  mixtureRow,
  planTransfer,
  row,
  RowOrigin,
  zeros,
  type EmbeddingModel,
  type Matrix,
  type TransferPlan,
  type WordVectors,
} from '@lexigraft/core';
import {
  installMatchers,
  tableOf,
  toyModel,
  toyRows,
  toySourceTokens,
  toyTargetTokens,
  toyTokenizer,
  toyWords,
  toyWordVectors,
} from '@lexigraft/core/testing';
import { salt, type SaltOptions } from '@lexigraft/salt';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(installMatchers);

const DIMENSION = 48;
const source = toyModel(toySourceTokens, { untied: true });
const target = toyTokenizer(toyTargetTokens);
const helperRows = toyRows('helper', toyTargetTokens, DIMENSION);
const idOf = (token: string): number => toyTargetTokens.indexOf(token);

function helperOf(rows: Matrix, output?: Matrix): EmbeddingModel {
  return { tokenizer: target, input: tableOf(rows), ...(output && { output: tableOf(output) }) };
}

function planWith(
  options: SaltOptions,
  given: { readonly helper?: EmbeddingModel; readonly vectors?: WordVectors; readonly source?: EmbeddingModel } = {},
): Promise<TransferPlan> {
  return planTransfer({
    strategy: salt(options),
    source: given.source ?? source,
    target,
    resources: { helper: given.helper ?? helperOf(helperRows), vectors: given.vectors ?? toyWordVectors(toyWords) },
  });
}

async function recipeOf(...request: Parameters<typeof planWith>): Promise<NonNullable<TransferPlan['vocabulary']>> {
  return (await planWith(...request)).vocabulary ?? expect.unreachable();
}

/** Vectors on the unit circle: which tokens are neighbours is plain to see. */
function circle(degrees: Readonly<Record<string, number>>): WordVectors {
  return {
    dimension: 2,
    words: Object.keys(degrees),
    vectorsOf: (words) => {
      const vectors = zeros(words.length, 2);
      words.forEach((word, index) => {
        if (Object.hasOwn(degrees, word))
          row(vectors, index).set([Math.cos((degrees[word] * Math.PI) / 180), Math.sin((degrees[word] * Math.PI) / 180)]);
      });
      return Promise.resolve(vectors);
    },
  };
}

describe('salt', () => {
  it('gives a token with one neighbour (e·a / a·a) of that neighbour', async () => {
    const rows = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    // At cosine 1 against −1 the far anchor falls out of the support.
    const { input, diagnostics = {} } = await recipeOf({}, { helper: helperOf(rows), vectors: circle({ haus: 0, hand: 0, arm: 180 }) });
    const [e, a] = [row(rows, idOf('haus')), row(rows, idOf('hand'))];
    const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, index) => sum + value * y[index], 0);
    const { sourceIds, weights } = mixtureRow(input, idOf('haus'));
    expect([...sourceIds]).toEqual([toySourceTokens.indexOf('hand')]);
    expect(weights).toBeAllClose([dot(e, a) / dot(a, a)], { rtol: 1e-6, atol: 0 });
    expect(diagnostics.captured[idOf('haus')]).toBeCloseTo(Math.abs(dot(e, a)) / Math.sqrt(dot(e, e) * dot(a, a)), 5);
    expect(diagnostics.supportSize[idOf('haus')]).toBe(1);
  });

  it('chooses neighbours by word vectors and weighs them by the helper alone', async () => {
    const vectors = circle({ haus: 0, hand: 5, arm: -5, wind: 90 });
    const plain = mixtureRow((await recipeOf({}, { vectors })).input, idOf('haus'));
    const scaled = mixtureRow(
      (
        await recipeOf(
          {},
          {
            vectors,
            helper: helperOf(
              matrix(
                helperRows.rows,
                DIMENSION,
                helperRows.data.map((value) => 7 * value),
              ),
            ),
          },
        )
      ).input,
      idOf('haus'),
    );
    expect([...plain.sourceIds]).toEqual(['hand', 'arm'].map((token) => toySourceTokens.indexOf(token)).sort((a, b) => a - b));
    expect(scaled.weights).toBeAllClose(plain.weights, { rtol: 1e-5, atol: 1e-7 });
    expect(plain.weights.reduce((sum, weight) => sum + weight, 0)).not.toBeCloseTo(1, 3);
  });

  it('does not change when the helper is rotated', async () => {
    const rotated = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    for (let id = 0; id < rotated.rows; id++) {
      const values = row(rotated, id);
      for (let j = 0; j < DIMENSION; j += 2)
        [values[j], values[j + 1]] = [0.6 * values[j] - 0.8 * values[j + 1], 0.8 * values[j] + 0.6 * values[j + 1]];
    }
    const [plain, turned] = [await recipeOf({}), await recipeOf({}, { helper: helperOf(rotated) })];
    expect(turned.input.sourceIds).toEqual(plain.input.sourceIds);
    expect(turned.input.weights).toBeAllClose(plain.input.weights, { rtol: 1e-4, atol: 1e-5 });
  });

  it('gives a token that equals one of its neighbours in the helper that neighbour’s row', async () => {
    const rows = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    row(rows, idOf('haus')).set(row(rows, idOf('hand')));
    const { sourceIds, weights } = mixtureRow(
      (await recipeOf({}, { helper: helperOf(rows), vectors: circle({ haus: 0, hand: 10, arm: -10, wind: 20 }) })).input,
      idOf('haus'),
    );
    expect(sourceIds.length).toBe(3);
    expect(weights).toBeAllClose(
      Array.from(sourceIds, (id) => (toySourceTokens[id] === 'hand' ? 1 : 0)),
      { rtol: 1e-6, atol: 1e-6 },
    );
  });

  it('maps by the projection on the anchors where the source is a linear image of the helper', async () => {
    // E_s = E_t·M on the anchors, so a row must be proj(e)·M; with as many anchors as dimensions the projection is e itself.
    const small = toyRows('small helper', toyTargetTokens, 2);
    const map = [
      [1, 2, 3],
      [-1, 0.5, 4],
    ];
    const image = (values: ArrayLike<number>): number[] => [0, 1, 2].map((c) => values[0] * map[0][c] + values[1] * map[1][c]);
    const rows = matrixFromRows(
      toySourceTokens.map((token) => (toyTargetTokens.includes(token) ? image(row(small, idOf(token))) : [0, 0, 0])),
    );
    const linear: EmbeddingModel = { tokenizer: source.tokenizer, input: tableOf(rows) };
    const { input } = await recipeOf(
      {},
      { source: linear, helper: helperOf(small), vectors: circle({ haus: 0, hand: 10, arm: -10, wind: 20 }) },
    );
    const { sourceIds, weights } = mixtureRow(input, idOf('haus'));
    const result = [0, 1, 2].map((c) => sourceIds.reduce((sum, id, index) => sum + weights[index] * row(rows, id)[c], 0));
    expect(result).toBeAllClose(image(row(small, idOf('haus'))), { rtol: 1e-5, atol: 1e-5 });
  });

  it('samples tokens without a word vector and says how many', async () => {
    const plan = await planWith({}, { vectors: circle({ haus: 0, hand: 0 }) });
    const { origins } = plan.vocabulary?.input ?? expect.unreachable();
    expect(origins[idOf('baum')]).toBe(RowOrigin.sampled);
    expect(origins[idOf('haus')]).toBe(RowOrigin.mixed);
    expect(plan.warnings.map(({ code }) => code)).toContain('no-vector');
  });

  it('samples every new token where nothing can be an anchor', async () => {
    const plan = await planWith({}, { vectors: circle({ haus: 0 }) });
    const { origins } = plan.vocabulary?.input ?? expect.unreachable();
    expect([...origins]).not.toContain(RowOrigin.mixed);
    expect(plan.warnings.map(({ code }) => code)).toContain('no-anchors');
  });

  it('samples a token whose helper row is orthogonal to its anchors, instead of giving it a zero row', async () => {
    const rows = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    row(rows, idOf('hand')).fill(0).fill(1, 0, 1);
    row(rows, idOf('haus')).fill(0).fill(1, 1, 2);
    const { input } = await recipeOf({}, { helper: helperOf(rows), vectors: circle({ haus: 0, hand: 0, arm: 180 }) });
    expect(input.origins[idOf('haus')]).toBe(RowOrigin.sampled);
  });

  it('keeps special tokens out of the anchors even if they have a vector', async () => {
    const { input } = await recipeOf({}, { vectors: circle({ haus: 0, hand: 90, '[MASK]': 0 }) });
    expect([...mixtureRow(input, idOf('haus')).sourceIds]).toEqual([toySourceTokens.indexOf('hand')]);
  });

  it('reports figures only where it fitted', async () => {
    const { input, diagnostics = {} } = await recipeOf({});
    expect(Object.keys(diagnostics)).toEqual(['supportSize', 'rank', 'conditionNumber', 'captured', 'weightNorm']);
    for (const figures of Object.values(diagnostics))
      expect(Array.from(figures, (figure) => !Number.isNaN(figure))).toEqual(
        Array.from(input.origins, (origin) => origin === RowOrigin.mixed),
      );
  });

  it('reports no figures of rows that have too few anchors to be fitted, and does not warn of them', async () => {
    const vectors = circle({ haus: 0, baum: 180, hand: 5, arm: -5, wind: 180 });
    const { diagnostics = {} } = await recipeOf({ minimumAnchors: 2 }, { vectors });
    for (const figures of Object.values(diagnostics)) {
      expect(figures[idOf('baum')]).toBeNaN();
      expect(figures[idOf('haus')]).not.toBeNaN();
    }
    // Of what is fitted nothing is lost, so a warning could only come from what is not.
    const orthogonal = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    for (const [token, column] of [
      ['baum', 0],
      ['wind', 1],
    ] as const)
      row(orthogonal, idOf(token))
        .fill(0)
        .fill(1, column, column + 1);
    const codes = async (minimumAnchors: number): Promise<readonly string[]> =>
      (await planWith({ minimumAnchors }, { helper: helperOf(orthogonal), vectors: circle({ baum: 180, wind: 180 }) })).warnings.map(
        ({ code }) => code,
      );
    expect(await codes(1)).toContain('little-captured');
    expect(await codes(2)).not.toContain('little-captured');
  });

  it('never captures more than the whole of a token, whatever ridge and cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 0, max: 0.9, noNaN: true }), async (ridge, rcond) => {
        const { diagnostics = {} } = await recipeOf({ ridge, rcond });
        expect(diagnostics.captured.every((share) => Number.isNaN(share) || share <= 1 + 1e-6)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a deviation', () => {
  it('ridge makes coefficients smaller', async () => {
    const norm = async (ridge: number): Promise<number> => {
      const { diagnostics = {} } = await recipeOf({ ridge });
      return diagnostics.weightNorm.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
    };
    expect(await norm(0.1)).toBeLessThan(await norm(0));
    expect(await norm(1)).toBeLessThan(await norm(0.1));
  });

  it('rcond drops directions, and the rank says so', async () => {
    const vectors = circle({ haus: 0, hand: 10, arm: -10 });
    const rows = matrix(helperRows.rows, DIMENSION, helperRows.data.slice());
    row(rows, idOf('arm')).set(row(rows, idOf('hand')).map((value, index) => value + (index === 0 ? 1e-3 : 0)));
    const rank = async (rcond: number): Promise<number | undefined> => {
      const { diagnostics } = await recipeOf({ rcond }, { vectors, helper: helperOf(rows) });
      return diagnostics?.rank[idOf('haus')];
    };
    expect(await rank(1e-6)).toBe(2);
    expect(await rank(1e-2)).toBe(1);
  });

  it('minimumAnchors gives tokens with fewer anchors convex weights', async () => {
    const vectors = circle({ haus: 0, baum: 180, hand: 5, arm: -5, wind: 180 });
    const { input } = await recipeOf({ minimumAnchors: 2 }, { vectors });
    const [haus, baum] = [mixtureRow(input, idOf('haus')), mixtureRow(input, idOf('baum'))];
    expect([...baum.weights]).toEqual([1]);
    expect(haus.weights.reduce((sum, weight) => sum + weight, 0)).not.toBeCloseTo(1, 3);
    const all = await recipeOf({ minimumAnchors: 1000 }, { vectors });
    expect(mixtureRow(all.input, idOf('haus')).weights).toBeAllClose([0.5, 0.5], { rtol: 1e-5, atol: 0 });
  });

  it('normMatching restores in the helper what the projection lost', async () => {
    const [plain, matched] = [await recipeOf({}), await recipeOf({ normMatching: 'helper' })];
    const captured = plain.diagnostics?.captured ?? expect.unreachable();
    for (const token of ['haus', 'baum', '##ung']) {
      const id = idOf(token);
      expect(mixtureRow(matched.input, id).weights).toBeAllClose(
        mixtureRow(plain.input, id).weights.map((weight) => weight / captured[id]),
        { rtol: 1e-5, atol: 0 },
      );
    }
  });

  it('caseFallback finds vectors under another case', async () => {
    const vectors = circle({ Haus: 0, hand: 0 });
    expect((await recipeOf({}, { vectors })).input.origins[idOf('haus')]).toBe(RowOrigin.sampled);
    expect((await recipeOf({ caseFallback: true }, { vectors })).input.origins[idOf('haus')]).toBe(RowOrigin.mixed);
  });

  it('selectionSpace helper needs no vectors and leaves no token unexplained', async () => {
    const strategy = salt({ selectionSpace: 'helper' });
    expect(strategy.needs).toEqual(['helper']);
    const { vocabulary, warnings } = await planTransfer({ strategy, source, target, resources: { helper: helperOf(helperRows) } });
    expect(vocabulary?.input.origins[idOf('ж')]).toBe(RowOrigin.mixed);
    expect(warnings).toEqual([]);
  });

  it('a refitted head has the same anchors and coefficients of the helper’s own head', async () => {
    const helperHead = toyRows('helper head', toyTargetTokens, DIMENSION);
    const { input, output } = await recipeOf({ head: 'refit' }, { helper: helperOf(helperRows, helperHead) });
    const asInput = await recipeOf({}, { helper: helperOf(helperHead) });
    expect(output?.sourceIds).toEqual(input.sourceIds);
    expect(output?.weights).toEqual(asInput.input.weights);
    expect(output?.weights).not.toEqual(input.weights);
  });

  it('a head that cannot be refitted is told of', async () => {
    const codes = async (given: Parameters<typeof planWith>[1]): Promise<readonly string[]> =>
      (await planWith({ head: 'refit' }, given)).warnings.map(({ code }) => code);
    expect(await codes({})).toContain('tied-helper');
    expect(await codes({ source: toyModel(toySourceTokens), helper: helperOf(helperRows, helperRows) })).toContain('tied-head');
    expect((await recipeOf({ head: 'refit' })).output).toBeUndefined();
  });
});

describe('a helper of another tokenizer', () => {
  const tokens = ['[UNK]', 'ha', '##us', 'hand', 'arm'];
  const rows = matrixFromRows([
    [9, 9, 9],
    [1, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [0, 1, 0],
  ]);
  const helper: EmbeddingModel = { tokenizer: toyTokenizer(tokens), input: tableOf(rows) };

  it('represents a token by the mean of its pieces', async () => {
    const plan = await planWith({}, { helper, vectors: circle({ haus: 0, hand: 10, arm: -10 }) });
    const { sourceIds, weights } = mixtureRow(plan.vocabulary?.input ?? expect.unreachable(), idOf('haus'));
    // e = (½, ½, 0) = ½·hand + ½·arm
    expect([...sourceIds].map((id) => toySourceTokens[id]).sort()).toEqual(['arm', 'hand']);
    expect(weights).toBeAllClose([0.5, 0.5], { rtol: 1e-6, atol: 0 });
    expect(plan.warnings.map(({ code }) => code)).toContain('other-tokenizer');
  });

  it('has only anchors that all three vocabularies hold', async () => {
    const { input } = await recipeOf({}, { helper, vectors: circle({ haus: 0, wind: 0, hand: 80 }) });
    expect([...mixtureRow(input, idOf('haus')).sourceIds].map((id) => toySourceTokens[id])).toEqual(['hand']);
  });

  it('falls back to convex weights for a token it has no piece of', async () => {
    const { input, diagnostics = {} } = await recipeOf({}, { helper, vectors: circle({ baum: 0, hand: 10, arm: -10 }) });
    expect(mixtureRow(input, idOf('baum')).weights).toBeAllClose([0.5, 0.5], { rtol: 1e-5, atol: 0 });
    // The README promises NaN where nothing was fitted; 0 would say that a fit was made and captured nothing.
    expect(diagnostics.captured[idOf('baum')]).toBeNaN();
  });
});

it.each<[object, string]>([
  [{ rcond: -1 }, 'rcond'],
  [{ rcond: 1 }, 'rcond'],
  [{ ridge: -0.1 }, 'ridge'],
  [{ minimumAnchors: 0 }, 'minimumAnchors'],
  [{ minimumAnchors: 1.5 }, 'minimumAnchors'],
  [{ head: 'none' }, 'head'],
  [{ normMatching: true }, 'normMatching'],
  [{ selectionSpace: 'plm' }, 'selectionSpace'],
  [{ caseFallback: 'yes' }, 'caseFallback'],
  [{ anchors: 3 }, 'anchors'],
])('refuses %j before any work', (options, option) => {
  expect(() => salt(options as SaltOptions)).toThrow(
    expect.objectContaining({ code: 'invalid-option', details: expect.objectContaining({ option }) as object }),
  );
});
