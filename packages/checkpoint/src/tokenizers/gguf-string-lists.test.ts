import { GGUFValueType, serializeGgufMetadata, type GGUFTypedMetadata } from '@huggingface/gguf';
import { expect, it } from 'vitest';
import { readStringLists } from './gguf-string-lists.ts';

const { ARRAY, BOOL, FLOAT32, FLOAT64, INT8, INT16, INT32, INT64, STRING, UINT8, UINT16, UINT32, UINT64 } = GGUFValueType;

/** A value of every type and lists of the types that the library writes, around three lists of strings. */
const entries: Readonly<Record<string, unknown>> = {
  marked: { value: ['\ufeff', '\ufeffa', 'a\ufeff', '', 'ä'], type: ARRAY, subType: STRING },
  ...Object.fromEntries(
    [UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, FLOAT64].map((type) => [`number ${type}`, { value: 1, type }]),
  ),
  ...Object.fromEntries([UINT64, INT64].map((type) => [`integer ${type}`, { value: 1n, type }])),
  yes: { value: true, type: BOOL },
  text: { value: '\ufefftext', type: STRING },
  empty: { value: [], type: ARRAY, subType: STRING },
  ...Object.fromEntries(
    [INT8, UINT16, INT16, UINT32, INT32, FLOAT32, FLOAT64].map((subType) => [
      `numbers ${subType}`,
      { value: [1, 2, 3], type: ARRAY, subType },
    ]),
  ),
  ...Object.fromEntries([UINT64, INT64].map((subType) => [`integers ${subType}`, { value: [1n, 2n], type: ARRAY, subType }])),
  last: { value: ['b'], type: ARRAY, subType: STRING },
};

it.each([
  [1, true],
  [2, true],
  [3, true],
  [3, false],
])('finds the lists of strings among values of every type: version %i, little-endian %s', (version, littleEndian) => {
  const counts = {
    version: { value: version, type: UINT32 },
    tensor_count: { value: 0n, type: UINT64 },
    kv_count: { value: BigInt(Object.keys(entries).length), type: UINT64 },
  };
  const header = serializeGgufMetadata({ ...counts, ...entries } as unknown as GGUFTypedMetadata, { littleEndian });
  expect([...readStringLists(header, littleEndian)]).toEqual([
    ['marked', ['\ufeff', '\ufeffa', 'a\ufeff', '', 'ä']],
    ['empty', []],
    ['last', ['b']],
  ]);
});

it('passes over lists of lists', () => {
  const list = (type: number, ...values: readonly number[]): number[] => [type, 0, 0, 0, ...size(values.length), ...values];
  const size = (count: number): number[] => [count, 0, 0, 0];
  const strings = [STRING, 0, 0, 0, ...size(2), ...size(1), 0x61, ...size(0)];
  const header = Uint8Array.from([
    ...[0x47, 0x47, 0x55, 0x46, 1, 0, 0, 0, ...size(0), ...size(2)],
    ...[...size(1), 0x6b, ARRAY, 0, 0, 0, ARRAY, 0, 0, 0, ...size(2), ...strings, ...list(UINT8, 7, 8, 9)],
    ...[...size(1), 0x6c, ARRAY, 0, 0, 0, ...strings],
  ]);
  expect([...readStringLists(header, true)]).toEqual([['l', ['a', '']]]);
});
