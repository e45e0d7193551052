import { expect, it } from 'vitest';
import { createMixtureBuilder } from './mixture-builder.ts';
import { mixtureRow } from './mixture-row.ts';
import { RowOrigin } from './row-origin.ts';

const sampling = { distribution: 'normal', scale: 1 } as const;

it('writes rows in any order, ids ascending, weights of equal ids added up', () => {
  const builder = createMixtureBuilder({ rows: 5, columns: 9, sampling });
  builder.setAbsent(4);
  builder.setMixed(2, [7, 3, 7, 0], [0.5, -1, 0.25, 2]);
  builder.setCopied(0, 8);
  builder.setCopied(1, 3, RowOrigin.fuzzy);
  builder.setSampled(3);
  const mixture = builder.build();
  expect(mixture).toEqual({
    rows: 5,
    columns: 9,
    offsets: Uint32Array.of(0, 1, 2, 5, 5, 5),
    sourceIds: Uint32Array.of(8, 3, 0, 3, 7),
    weights: Float32Array.of(1, 1, 2, -1, 0.75),
    origins: Uint8Array.of(RowOrigin.copied, RowOrigin.fuzzy, RowOrigin.mixed, RowOrigin.sampled, RowOrigin.absent),
    sampling,
  });
  expect(mixtureRow(mixture, 2)).toEqual({
    sourceIds: Uint32Array.of(0, 3, 7),
    weights: Float32Array.of(2, -1, 0.75),
    origin: RowOrigin.mixed,
  });
});

it('refuses rows that would not fit in memory', () => {
  const builder = createMixtureBuilder({ rows: 2, columns: 9, sampling });
  builder.setCopied(0, 5);
  const endless = { length: 2 ** 27 };
  expect(() => {
    builder.setMixed(1, endless, endless);
  }).toThrow('With row 1 the recipe has 134217729 entries where 134217728 fit; mix each row of fewer source rows.');
  builder.setSampled(1);
  expect(builder.build().sourceIds).toEqual(Uint32Array.of(5));
});

it('keeps the later content of a row that is written twice', () => {
  const builder = createMixtureBuilder({ rows: 1, columns: 9, sampling });
  builder.setMixed(0, [1, 2], [1, 1]);
  builder.setCopied(0, 5);
  expect(builder.build().sourceIds).toEqual(Uint32Array.of(5));
});

it('holds more entries than it made room for at first', () => {
  const builder = createMixtureBuilder({ rows: 100, columns: 1000, sampling });
  for (let row = 0; row < 100; row++)
    builder.setMixed(
      row,
      Array.from({ length: 300 }, (_, i) => 3 * i),
      Array.from({ length: 300 }, () => row + 1),
    );
  const mixture = builder.build();
  expect(mixture.sourceIds).toHaveLength(30000);
  expect(mixtureRow(mixture, 99).weights.every((weight) => weight === 100)).toBe(true);
});

it('names the row that is wrong', () => {
  const builder = createMixtureBuilder({ rows: 3, columns: 4, sampling });
  expect(() => {
    builder.setCopied(3, 0);
  }).toThrow('Target id 3 does not exist: the recipe has 3 rows.');
  expect(() => {
    builder.setCopied(1, 4);
  }).toThrow('Row 1 names source id 4; there are 4 source ids.');
  expect(() => {
    builder.setCopied(1, 0, RowOrigin.sampled);
  }).toThrow('Row 1 cannot be taken over with origin `sampled`.');
  expect(() => {
    builder.setMixed(1, [0, 1], [1]);
  }).toThrow('`weights` must have shape [2], received [1].');
  expect(() => {
    builder.setMixed(1, [0, 1], [1, NaN]);
  }).toThrow('Row 1 gives source id 1 the weight NaN');
  expect(() => {
    builder.setMixed(1, [1, 0], [1, 1e39]);
  }).toThrow(expect.objectContaining({ code: 'not-finite' }) as Error);
  expect(() => {
    builder.setMixed(1, [0, 0], [1, -1]);
  }).toThrow('Row 1 has no weight other than 0');
  expect(() => {
    builder.setMixed(1, [], []);
  }).toThrow(expect.objectContaining({ code: 'invalid-mixture' }) as Error);
});

it('demands every row', () => {
  const builder = createMixtureBuilder({ rows: 2, columns: 4, sampling });
  builder.setSampled(1);
  expect(() => builder.build()).toThrow('Row 0 was never set');
  expect(() => mixtureRow(createMixtureBuilder({ rows: 0, columns: 1, sampling }).build(), 0)).toThrow(
    expect.objectContaining({ code: 'id-out-of-range' }) as Error,
  );
});

it('is not half changed by a row it refused', () => {
  const builder = createMixtureBuilder({ rows: 1, columns: 4, sampling });
  builder.setCopied(0, 2);
  expect(() => {
    builder.setMixed(0, [1, 9], [1, 1]);
  }).toThrow();
  expect(() => {
    builder.setMixed(0, [1, 2], [1, NaN]);
  }).toThrow();
  expect(mixtureRow(builder.build(), 0)).toMatchObject({ sourceIds: Uint32Array.of(2), origin: RowOrigin.copied });
});
