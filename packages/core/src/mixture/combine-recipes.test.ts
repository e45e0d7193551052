import { expect, it } from 'vitest';
import { averageRows, chooseRows } from './combine-recipes.ts';
import { createMixtureBuilder, type MixtureBuilder } from './mixture-builder.ts';
import { mixtureRow } from './mixture-row.ts';
import { RowOrigin } from './row-origin.ts';
import type { Sampling, TokenMixture } from './token-mixture.ts';

function recipe(write: (builder: MixtureBuilder) => void, sampling: Sampling = { distribution: 'mean' }): TokenMixture {
  const builder = createMixtureBuilder({ rows: 5, columns: 8, sampling });
  write(builder);
  return builder.build();
}

const first = recipe((builder) => {
  builder.setCopied(0, 3, RowOrigin.role);
  builder.setMixed(1, [1, 2], [0.25, 0.75]);
  builder.setSampled(2);
  builder.setCopied(3, 7);
  builder.setAbsent(4);
});
const second = recipe(
  (builder) => {
    builder.setCopied(0, 3, RowOrigin.role);
    builder.setMixed(1, [2, 5], [0.5, 0.5]);
    builder.setMixed(2, [6], [2]);
    builder.setMixed(3, [0], [1]);
    builder.setAbsent(4);
  },
  { distribution: 'gaussian', deviation: 0.02 },
);
const recipes = [
  { mixture: first, maker: 'salt' },
  { mixture: second, maker: 'focus' },
];
const makersOf = ({ makers, strategies }: TokenMixture): (string | undefined)[] => Array.from(makers ?? [], (maker) => strategies?.[maker]);

it('takes rows from several recipes, sampled as the last one says', () => {
  const chosen = chooseRows(recipes, (row) => row % 2);
  expect(mixtureRow(chosen, 1)).toMatchObject({ sourceIds: Uint32Array.of(2, 5), maker: 'focus' });
  expect(mixtureRow(chosen, 2)).toMatchObject({ origin: RowOrigin.sampled, maker: 'salt' });
  expect(mixtureRow(chosen, 0)).toMatchObject({ origin: RowOrigin.role, maker: 'salt' });
  expect(chosen.origins[4]).toBe(RowOrigin.absent);
  expect(chosen.sampling).toEqual({ distribution: 'gaussian', deviation: 0.02 });
});

it('samples as the recipe says that it is told', () => {
  expect(chooseRows(recipes, () => 1, 0).sampling).toEqual({ distribution: 'mean' });
  const weighed = recipes.map((made) => ({ ...made, mixture: { ...made.mixture, origins: first.origins }, share: 1 }));
  const mean = averageRows(weighed, { together: 'both', whole: () => false, sampledAs: 0 });
  expect(mean.sampling).toEqual({ distribution: 'mean' });
  expect(mixtureRow(mean, 2)).toMatchObject({ origin: RowOrigin.sampled, maker: 'salt' });
});

it('keeps makers that a recipe tells itself', () => {
  const told = chooseRows([{ mixture: chooseRows(recipes, (row) => (row < 2 ? 0 : 1)), maker: 'both' }, recipes[1]], () => 0);
  expect(makersOf(told)).toEqual(['salt', 'salt', 'focus', 'focus', 'focus']);
});

it('averages rows over the recipes that have them, by share', () => {
  const mean = averageRows(
    [
      { ...recipes[0], share: 3 },
      { ...recipes[1], share: 1 },
    ],
    { together: 'salt-with-focus', whole: () => false },
  );
  expect(mixtureRow(mean, 1)).toMatchObject({ sourceIds: Uint32Array.of(1, 2, 5), weights: Float32Array.of(0.1875, 0.6875, 0.125) });
  expect(mixtureRow(mean, 2)).toMatchObject({ sourceIds: Uint32Array.of(6), weights: Float32Array.of(2), maker: 'focus' });
  expect(mixtureRow(mean, 0).origin).toBe(RowOrigin.role);
  // One takes over what the other mixes: that is a mixture.
  expect(mixtureRow(mean, 3)).toMatchObject({ origin: RowOrigin.mixed, weights: Float32Array.of(0.25, 0.75), maker: 'salt-with-focus' });
  expect(makersOf(mean)).toEqual(['salt', 'salt-with-focus', 'focus', 'salt-with-focus', 'focus']);
});

it('does not average rows that are to stay whole, and samples what cancels', () => {
  const opposite = recipe((builder) => {
    builder.setCopied(0, 1);
    builder.setMixed(1, [1, 2], [-0.25, -0.75]);
    builder.setSampled(2);
    builder.setSampled(3);
    builder.setAbsent(4);
  });
  const mean = averageRows(
    [
      { ...recipes[0], share: 1 },
      { mixture: opposite, maker: 'other', share: 1 },
    ],
    { together: 'both', whole: (row) => row === 0 },
  );
  expect(mixtureRow(mean, 0)).toMatchObject({ sourceIds: Uint32Array.of(3), origin: RowOrigin.role, maker: 'salt' });
  expect([mean.origins[1], mean.origins[2]]).toEqual([RowOrigin.sampled, RowOrigin.sampled].map(Number));
  expect(mixtureRow(mean, 2).maker).toBe('other');
});

it('refuses recipes of different shape, and none', () => {
  const narrow = createMixtureBuilder({ rows: 1, columns: 8, sampling: { distribution: 'mean' } });
  narrow.setSampled(0);
  expect(() => chooseRows([...recipes, { mixture: narrow.build(), maker: 'copy' }], () => 0)).toThrow('the recipe of salt');
  expect(() => chooseRows([], () => 0)).toThrow('no recipe');
});
