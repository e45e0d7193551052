import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { useRawFile } from '../../test/support/raw-file.ts';
import { entry, rawSafetensors } from '../../test/support/raw-safetensors.ts';
import { openSafetensors } from './safetensors-file.ts';

const fileOf = useRawFile();

it.each([
  [
    'F64',
    8,
    (view: DataView, i: number) => {
      view.setFloat64(8 * i, i / 4, true);
    },
  ],
  [
    'F32',
    4,
    (view: DataView, i: number) => {
      view.setFloat32(4 * i, i / 4, true);
    },
  ],
  [
    'F16',
    2,
    (view: DataView, i: number) => {
      view.setUint16(2 * i, [0, 0x3400, 0x3800, 0x3a00, 0x3c00, 0x3d00][i], true);
    },
  ],
  [
    'BF16',
    2,
    (view: DataView, i: number) => {
      view.setUint16(2 * i, [0, 0x3e80, 0x3f00, 0x3f40, 0x3f80, 0x3fa0][i], true);
    },
  ],
  [
    'F8_E4M3',
    1,
    (view: DataView, i: number) => {
      view.setUint8(i, [0, 0x28, 0x30, 0x34, 0x38, 0x3a][i]);
    },
  ],
  [
    'F8_E5M2',
    1,
    (view: DataView, i: number) => {
      view.setUint8(i, [0, 0x34, 0x38, 0x3a, 0x3c, 0x3d][i]);
    },
  ],
] as const)('decodes %s rows to float32', async (dtype, width, set) => {
  const data = new Uint8Array(6 * width);
  const view = new DataView(data.buffer);
  for (let i = 0; i < 6; i++) set(view, i);
  const file = await openSafetensors(await fileOf(rawSafetensors({ t: entry(dtype, [3, 2], 0, data.length) }, data)));
  expect([...(await file.readFloat32('t'))]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
  expect([...(await file.readFloat32('t', 1, 3))]).toEqual([0.5, 0.75, 1, 1.25]);
  expect(await file.readFloat32('t', 3, 3)).toHaveLength(0);
  await file.close();
});

it.each([
  [
    'I64',
    8,
    (view: DataView) => {
      view.setBigInt64(0, -3n, true);
    },
    -3,
  ],
  [
    'U64',
    8,
    (view: DataView) => {
      view.setBigUint64(0, 5n, true);
    },
    5,
  ],
  [
    'I32',
    4,
    (view: DataView) => {
      view.setInt32(0, -3, true);
    },
    -3,
  ],
  [
    'U32',
    4,
    (view: DataView) => {
      view.setUint32(0, 4_000_000_000, true);
    },
    4_000_000_000,
  ],
  [
    'I16',
    2,
    (view: DataView) => {
      view.setInt16(0, -3, true);
    },
    -3,
  ],
  [
    'U16',
    2,
    (view: DataView) => {
      view.setUint16(0, 60_000, true);
    },
    60_000,
  ],
  [
    'I8',
    1,
    (view: DataView) => {
      view.setInt8(0, -3);
    },
    -3,
  ],
  [
    'U8',
    1,
    (view: DataView) => {
      view.setUint8(0, 200);
    },
    200,
  ],
  [
    'BOOL',
    1,
    (view: DataView) => {
      view.setUint8(0, 1);
    },
    1,
  ],
] as const)('decodes %s', async (dtype, width, set, value) => {
  const data = new Uint8Array(width);
  set(new DataView(data.buffer));
  const file = await openSafetensors(await fileOf(rawSafetensors({ t: entry(dtype, [1], 0, width) }, data)));
  expect([...(await file.readFloat32('t'))]).toEqual([value]);
  await file.close();
});

it('follows the definition of the 8-bit formats at their edges', async () => {
  // OCP 8-bit floating point specification, tables 1 and 2: largest, smallest subnormal, infinities and NaN.
  const e4m3 = Uint8Array.of(0x7e, 0x01, 0x7f, 0xff, 0xfe, 0x80);
  const e5m2 = Uint8Array.of(0x7b, 0x01, 0x7c, 0xfc, 0x7d, 0x80);
  const header = { a: entry('F8_E4M3', [6], 0, 6), b: entry('F8_E5M2', [6], 6, 12) };
  const file = await openSafetensors(await fileOf(rawSafetensors(header, Uint8Array.of(...e4m3, ...e5m2))));
  expect([...(await file.readFloat32('a'))]).toEqual([448, 2 ** -9, NaN, NaN, -448, -0]);
  expect([...(await file.readFloat32('b'))]).toEqual([57344, 2 ** -16, Infinity, -Infinity, NaN, -0]);
  await file.close();
});

it('decodes the same whether rows come at once or one by one, also beyond one block', async () => {
  const [rows, columns] = [1500, 1500];
  const data = new Uint8Array(rows * columns * 2);
  for (let i = 0; i < data.length; i++) data[i] = (i * 37) & 0x3f;
  const file = await openSafetensors(await fileOf(rawSafetensors({ t: entry('BF16', [rows, columns], 0, data.length) }, data)));
  const whole = await file.readFloat32('t');
  for (const row of [0, 1, 1398, 1399, 1499])
    expect(await file.readFloat32('t', row, row + 1)).toEqual(whole.slice(row * columns, (row + 1) * columns));
  await file.close();
});

describeWith('shared', 'golden cases', () => {
  it.each([
    ['BF16', 'from_bf16_f32_bits'],
    ['F16', 'from_f16_f32_bits'],
  ] as const)('widens every pattern of %s as numpy does', async (dtype, name) => {
    const golden = sharedPath('golden', 'dtype', 'widen');
    const inputs = await openSafetensors(join(golden, 'inputs.safetensors'));
    const expected = await openSafetensors(join(golden, 'expected.safetensors'));
    const patterns = await inputs.readBytes('bits16');
    const file = await openSafetensors(await fileOf(rawSafetensors({ t: entry(dtype, [65536], 0, 131072) }, patterns)));
    const widened = new Uint32Array((await file.readFloat32('t')).buffer).map((bits) =>
      (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits,
    );
    expect(widened).toEqual(new Uint32Array((await expected.readBytes(name)).buffer));
    await Promise.all([inputs.close(), expected.close(), file.close()]);
  });
});
