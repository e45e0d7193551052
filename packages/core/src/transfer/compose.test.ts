import { describe, expect, expectTypeOf, it } from 'vitest';
import { matrixFromRows } from '../linalg/matrix.ts';
import { mixtureRow } from '../mixture/mixture-row.ts';
import { RowOrigin } from '../mixture/row-origin.ts';
import { toyModel } from '../testing/toy-model.ts';
import { compose, ensemble, route } from './compose.ts';
import type { EmbeddingTransfer, Progress, TransferPlan } from './embedding-transfer.ts';
import { planTransfer } from './plan-transfer.ts';
import { draftRecipe, withTarget } from './vocabulary-recipe.ts';
import { tokenText } from '../vocabulary/token-text.ts';

const source = toyModel(['[UNK]', '[CLS]', 'in', 'an', 'the', '1']);
const targetTokens = ['[CLS]', '[UNK]', '[NEW]', 'in', 'neu', 'alt', '7', '42', '!', 'жук', '##ж'];
const target = toyModel(targetTokens).tokenizer;

/** A strategy that makes the tokens it is told of out of one source row, and leaves the rest. */
function placing(id: string, made: Readonly<Record<string, number>>, extra: Partial<TransferPlan> = {}): EmbeddingTransfer {
  return {
    specificationVersion: 1,
    id,
    needs: [],
    citation: { title: `Paper on ${id}`, url: `https://example.org/${id}` },
    plan: (given) => {
      const input = withTarget(given);
      const { vocabulary } = input.target;
      const { builder, open } = draftRecipe(input, { sampling: { distribution: 'gaussian', deviation: id.length } });
      for (const token of open) {
        const text = tokenText(vocabulary, token);
        if (Object.hasOwn(made, text)) builder.setMixed(token, [made[text]], [1]);
        else builder.setSampled(token);
      }
      input.report({ stage: 'work', done: 1, total: 1 });
      const figure = Float32Array.from({ length: vocabulary.size }, (_, row) => row + id.length / 10);
      return Promise.resolve({
        vocabulary: { target: vocabulary, input: builder.build(), diagnostics: { [id]: figure } },
        warnings: [{ code: 'noted', message: `says ${id}` }],
        ...extra,
      });
    },
  };
}

const steering: EmbeddingTransfer = {
  specificationVersion: 1,
  id: 'lens',
  needs: [],
  citation: { title: 'Paper on lens', url: 'https://example.org/lens' },
  plan: ({ source: { input } }) =>
    Promise.resolve({
      steering: {
        edits: [
          {
            layer: 3,
            basis: matrixFromRows(Array.from({ length: input.columns }, () => [1])),
            matrix: matrixFromRows([[0.5]]),
            offset: new Float32Array(input.columns),
          },
        ],
      },
      warnings: [],
    }),
};

const plan = (strategy: EmbeddingTransfer): Promise<TransferPlan> => planTransfer({ strategy, source, target });

/** `maker:source ids`, or `maker:` for sampled rows, by token. */
async function rowsOf(strategy: EmbeddingTransfer): Promise<Readonly<Record<string, string>>> {
  const { vocabulary } = await plan(strategy);
  if (vocabulary === undefined) return {};
  return Object.fromEntries(
    targetTokens.map((token, id) => {
      const { maker = '?', sourceIds } = mixtureRow(vocabulary.input, id);
      return [token, `${maker}:${sourceIds.join('+')}`];
    }),
  );
}

describe('a chain', () => {
  const chain = compose(placing('first', { neu: 2 }), placing('second', { neu: 3, alt: 3 }), placing('third', { '42': 4 }));

  it('passes on what a strategy cannot place', async () => {
    expect(await rowsOf(chain)).toMatchObject({
      in: 'first:2',
      neu: 'first:2',
      alt: 'second:3',
      42: 'third:4',
      жук: 'third:',
      '[CLS]': 'first:1',
    });
  });

  it('samples what is left as the last one says', async () => {
    expect((await plan(chain)).vocabulary?.input.sampling).toEqual({ distribution: 'gaussian', deviation: 'third'.length });
  });

  it('samples what is left as the last one says although it is listed before too', async () => {
    const [often, once] = [placing('often', { neu: 2 }), placing('once', { alt: 3 })];
    const twice = compose(often, once, often);
    expect((await plan(twice)).vocabulary?.input.sampling).toEqual({ distribution: 'gaussian', deviation: 'often'.length });
    expect(await rowsOf(twice)).toMatchObject({ neu: 'often:2', alt: 'once:3', жук: 'often:' });
    expect((await plan(compose(often, once, often, steering))).vocabulary?.input.sampling).toMatchObject({ deviation: 'often'.length });
  });

  it('names itself, its sources and its warnings after its members', async () => {
    expect(chain.id).toBe('first-then-second-then-third');
    expect(chain.citation.title).toBe('a fallback chain of Paper on first; Paper on second; Paper on third');
    expect((await plan(chain)).warnings.map(({ message }) => message)).toEqual([
      'first: says first',
      'second: says second',
      'third: says third',
    ]);
  });

  it('takes the figures of a row from its maker', async () => {
    const { diagnostics = {} } = (await plan(chain)).vocabulary ?? {};
    expect(diagnostics.first[4]).toBeCloseTo(4.5, 6);
    expect(diagnostics.second[4]).toBeNaN();
    expect(diagnostics.second[5]).toBeCloseTo(5.6, 6);
  });

  it('keeps the stages of its members apart', async () => {
    const steps: Progress[] = [];
    const twice = compose(placing('same', {}), placing('same', { neu: 2 }));
    await planTransfer({ strategy: twice, source, target, onProgress: (step) => steps.push(step) });
    expect(steps.map(({ stage }) => stage)).toEqual(['same: work', 'same 2: work']);
    expect(twice.id).toBe('same');
  });

  it('holds chains, whose rows keep their makers', async () => {
    expect(await rowsOf(compose(chain, placing('fourth', { жук: 5 })))).toMatchObject({ neu: 'first:2', alt: 'second:3', жук: 'fourth:5' });
  });

  it('lets a strategy steer that makes no vocabulary', async () => {
    const both = await plan(compose(placing('first', { neu: 2 }), steering));
    expect(both.steering?.edits.map(({ layer }) => layer)).toEqual([3]);
    expect(both.vocabulary?.input.strategies).toEqual(['first']);
    expect(await plan(compose(steering))).toEqual(await plan(steering));
    expect((await planTransfer({ strategy: compose(steering, steering), source })).steering?.edits).toHaveLength(1);
  });

  it('has a head recipe as soon as one member has', async () => {
    const own = placing('own', { alt: 4 });
    const withHead: EmbeddingTransfer = {
      ...own,
      plan: async (input) => {
        const made = await own.plan(input);
        return made.vocabulary === undefined ? made : { ...made, vocabulary: { ...made.vocabulary, output: made.vocabulary.input } };
      },
    };
    const { vocabulary } = await plan(compose(placing('first', { neu: 2 }), withHead));
    expect(vocabulary?.output && mixtureRow(vocabulary.output, 4).maker).toBe('first');
    expect(vocabulary?.output && mixtureRow(vocabulary.output, 5)).toMatchObject({ maker: 'own', sourceIds: Uint32Array.of(4) });
  });

  it('needs what its members need, and passes each its own', async () => {
    const needing = <Need extends 'helper' | 'vectors'>(id: string, need: Need): EmbeddingTransfer<Need> => ({
      ...placing(id, {}),
      needs: [need],
      plan: (input) => {
        expect(Object.keys(input.resources)).toEqual([need]);
        return placing(id, {}).plan(input);
      },
    });
    const strategy = compose(needing('one', 'helper'), needing('two', 'vectors'));
    expect(strategy.needs).toEqual(['helper', 'vectors']);
    expectTypeOf(compose(placing('a', {}), needing('b', 'helper'))).toEqualTypeOf<EmbeddingTransfer<'helper'>>();
    await planTransfer({
      strategy,
      source,
      target,
      resources: { helper: source, vectors: { dimension: 1, words: [], vectorsOf: () => expect.unreachable() } },
    });
  });

  it('refuses what cannot be put together', async () => {
    expect(() => compose()).toThrow('at least one strategy');
    const tensors = new Map([['norm.weight', matrixFromRows([[1]])]]);
    await expect(plan(compose(placing('a', {}, { tensors }), placing('b', {}, { tensors })))).rejects.toThrow(
      'Two strategies of a composition replace the tensor `norm.weight`, the later one `b`.',
    );
    const moved: EmbeddingTransfer = {
      ...placing('moved', {}),
      plan: async (input) => {
        const made = await placing('moved', {}).plan(input);
        return made.vocabulary === undefined ? made : { ...made, vocabulary: { ...made.vocabulary, rebasedSource: made.vocabulary.input } };
      },
    };
    await expect(plan(compose(moved, placing('b', {})))).rejects.toMatchObject({ code: 'invalid-option' });
    expect((await plan(compose(moved, steering))).vocabulary?.rebasedSource).toBeDefined();
  });

  it('blames the member whose plan is broken', async () => {
    const broken: EmbeddingTransfer = {
      ...placing('broken', {}),
      plan: async (input) => {
        const made = await placing('broken', {}).plan(input);
        return {
          ...made,
          vocabulary: made.vocabulary && { ...made.vocabulary, input: { ...made.vocabulary.input, rows: 3 } },
        } as TransferPlan;
      },
    };
    await expect(plan(compose(placing('fine', {}), broken))).rejects.toThrow('broken: vocabulary.input');
  });
});

describe('an ensemble', () => {
  it('averages rows by share and takes special tokens from the first', async () => {
    const strategy = ensemble({ strategy: placing('one', { neu: 2, alt: 2 }), share: 3 }, { strategy: placing('two', { neu: 3 }) });
    expect(await rowsOf(strategy)).toMatchObject({ neu: 'one-with-two:2+3', alt: 'one:2', in: 'one:2', '[CLS]': 'one:1', '!': 'two:' });
    const { vocabulary } = await plan(strategy);
    expect([...(vocabulary ? mixtureRow(vocabulary.input, 4).weights : [])]).toEqual([0.75, 0.25]);
  });

  it('adds up the shares of a strategy that is listed twice, and samples as the last one says', async () => {
    const [often, once] = [placing('often', { neu: 2 }), placing('once', { neu: 3 })];
    const { vocabulary } = await plan(ensemble({ strategy: often }, { strategy: once, share: 2 }, { strategy: often, share: 5 }));
    expect([...(vocabulary ? mixtureRow(vocabulary.input, 4).weights : [])]).toEqual([0.75, 0.25]);
    expect(vocabulary?.input.sampling).toEqual({ distribution: 'gaussian', deviation: 'often'.length });
    expect(vocabulary && mixtureRow(vocabulary.input, 9).maker).toBe('often');
  });

  it.each([0, -1, NaN, Infinity])('refuses the share %s', (share) => {
    expect(() => ensemble({ strategy: placing('one', {}), share })).toThrow('The share of `one` must be a finite number above 0');
  });
});

describe('a route', () => {
  const [numbers, marks, cyrillic, rest] = [
    placing('numbers', { '7': 5, '42': 5 }),
    placing('marks', { '!': 4 }),
    placing('cyrillic', { жук: 3 }),
    placing('rest', { neu: 2, '7': 2 }),
  ];

  it('sends tokens to strategies by what they are', async () => {
    const strategy = route(
      [
        { tokens: 'digits', strategy: numbers },
        { tokens: 'punctuation', strategy: marks },
        { tokens: 'script:Cyrillic', strategy: cyrillic },
      ],
      rest,
    );
    expect(strategy.id).toBe('numbers-or-marks-or-cyrillic-or-rest');
    expect(await rowsOf(strategy)).toEqual({
      '[CLS]': 'rest:1',
      '[UNK]': 'rest:0',
      '[NEW]': 'rest:',
      in: 'rest:2',
      neu: 'rest:2',
      alt: 'rest:',
      '7': 'numbers:5',
      '42': 'numbers:5',
      '!': 'marks:4',
      жук: 'cyrillic:3',
      '##ж': 'cyrillic:',
    });
  });

  it('samples as `otherwise` says although a class is routed to it too', async () => {
    const routes = [
      { tokens: 'digits', strategy: rest },
      { tokens: 'script:Cyrillic', strategy: cyrillic },
    ] as const;
    const strategy = route(routes, rest);
    expect((await plan(strategy)).vocabulary?.input.sampling).toEqual({ distribution: 'gaussian', deviation: 'rest'.length });
    expect(await rowsOf(strategy)).toMatchObject({ '7': 'rest:2', жук: 'cyrillic:3', neu: 'rest:2', alt: 'rest:' });
  });

  it('leads into chains', async () => {
    const strategy = route([{ tokens: 'digits', strategy: compose(placing('none', {}), numbers) }], rest);
    expect(await rowsOf(strategy)).toMatchObject({ '42': 'numbers:5', neu: 'rest:2' });
  });

  it('refuses a class that does not exist', async () => {
    await expect(plan(route([{ tokens: 'letters' as 'digits', strategy: numbers }], rest))).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });

  it('gives rows of origin role to special tokens whatever their class', async () => {
    const { vocabulary } = await plan(route([{ tokens: 'partial', strategy: numbers }], rest));
    expect(vocabulary?.input.origins[0]).toBe(RowOrigin.role);
  });
});
