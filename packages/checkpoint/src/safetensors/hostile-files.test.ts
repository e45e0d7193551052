import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countUp } from '../../test/support/raw-file.ts';
import { entry, rawSafetensors } from '../../test/support/raw-safetensors.ts';
import { useTemporaryFolder } from '../../test/support/temporary-folder.ts';
import { openSafetensors } from './safetensors-file.ts';

const inFolder = useTemporaryFolder();

const a = entry('F32', [2], 0, 8);
const data8 = countUp(8);

/** What is wrong, the bytes, the code and the sentence after the path. */
const hostile: readonly [string, Uint8Array, string, string][] = [
  ['an empty file', new Uint8Array(), 'empty-input', ' is empty; a safetensors file was expected.'],
  ['a file shorter than the length field', countUp(5), 'format', ' has 5 bytes; a safetensors file starts with an 8-byte header length.'],
  ['a header length of 0', new Uint8Array(8), 'format', ': the safetensors header length is 0; even a file without tensors holds "{}".'],
  [
    'a header longer than the file',
    rawSafetensors('{}', data8, 5000n),
    'format',
    ' declares a header of 5000 bytes but has only 18 bytes in all; it is truncated or not a safetensors file.',
  ],
  [
    'a header length of 2^64 - 1',
    rawSafetensors('{}', data8, 2n ** 64n - 1n),
    'format',
    ' declares a header of 18446744073709551615 bytes but has only 18 bytes in all; it is truncated or not a safetensors file.',
  ],
  [
    'a Git LFS pointer',
    new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    'format',
    ' is a Git LFS pointer, not the file itself; run `git lfs pull` in that clone, or download the file.',
  ],
  ['bytes that are not UTF-8', rawSafetensors(Uint8Array.of(0x7b, 0xff, 0x7d)), 'format', ': the safetensors header is not valid UTF-8.'],
  ['text that is not JSON', rawSafetensors('{"a": '), 'format', ': the safetensors header is not JSON; it starts with "{\\"a\\": ".'],
  ['a byte order mark', rawSafetensors('\ufeff{}'), 'format', ': the safetensors header is not JSON; it starts with "\ufeff{}".'],
  ['a list', rawSafetensors('[1]'), 'format', ': the safetensors header must be a JSON object, found a list.'],
  ['null', rawSafetensors('null'), 'format', ': the safetensors header must be a JSON object, found null.'],
  [
    'a duplicate tensor',
    rawSafetensors(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      countUp(1),
    ),
    'format',
    ': the name "a" occurs twice in the safetensors header; names must be unique.',
  ],
  [
    'a duplicate key inside a tensor',
    rawSafetensors('{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data8),
    'format',
    ': the name "dtype" occurs twice in the safetensors header; names must be unique.',
  ],
  [
    'metadata that is a list',
    rawSafetensors({ __metadata__: ['pt'] }),
    'format',
    ': `__metadata__` must be an object of strings, found a list.',
  ],
  [
    'metadata with a number',
    rawSafetensors({ __metadata__: { step: 7 } }),
    'format',
    ': `__metadata__` must map to strings, but "step" holds the number 7.',
  ],
  [
    'a tensor that is not an object',
    rawSafetensors({ a: 7 }),
    'format',
    ': tensor "a" must be described by an object, found the number 7.',
  ],
  [
    'an unknown dtype',
    rawSafetensors({ a: entry('F128', [1], 0, 8) }, data8),
    'format',
    ': tensor "a" has dtype "F128"; known are BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64.',
  ],
  [
    'a dtype named like a method',
    rawSafetensors({ a: entry('toString', [1], 0, 8) }, data8),
    'format',
    ': tensor "a" has dtype "toString"; known are ',
  ],
  ['no dtype', rawSafetensors({ a: { shape: [2], data_offsets: [0, 8] } }, data8), 'format', ': tensor "a" has dtype nothing; known are '],
  [
    'no shape',
    rawSafetensors({ a: { dtype: 'F32', data_offsets: [0, 8] } }, data8),
    'format',
    ': tensor "a" must have a list as its shape, found nothing.',
  ],
  [
    'a negative dimension',
    rawSafetensors({ a: entry('F32', [-2], 0, 8) }, data8),
    'format',
    ': tensor "a" has -2 in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'two negative dimensions whose product fits',
    rawSafetensors({ a: entry('F32', [-1, -2], 0, 8) }, data8),
    'format',
    ': tensor "a" has -1 in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'a fractional dimension',
    rawSafetensors({ a: entry('F32', [0.5, 4], 0, 8) }, data8),
    'format',
    ': tensor "a" has 0.5 in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'a dimension beyond 2^53',
    rawSafetensors('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', data8),
    'format',
    ': tensor "a" has 9007199254740992 in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'a dimension that is text',
    rawSafetensors({ a: entry('F32', ['2'], 0, 8) }, data8),
    'format',
    ': tensor "a" has "2" in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'a dimension that is null',
    rawSafetensors({ a: entry('F32', [null], 0, 8) }, data8),
    'format',
    ': tensor "a" has null in its shape; every dimension must be a whole number from 0 to 2^53 - 1.',
  ],
  [
    'a shape whose product overflows',
    rawSafetensors({ a: entry('F32', [2 ** 32, 2 ** 32], 0, 8) }, data8),
    'format',
    ': tensor "a" of shape [4294967296, 4294967296] and dtype F32 does not amount to a whole number of bytes below 2^53.',
  ],
  [
    'a shape that overflows before it becomes empty',
    rawSafetensors({ a: entry('F32', [2 ** 52, 2 ** 52, 0], 0, 0) }),
    'format',
    ': tensor "a" of shape [4503599627370496, 4503599627370496, 0] and dtype F32 does not amount to a whole number of bytes below 2^53.',
  ],
  [
    'packed elements that fill no whole byte',
    rawSafetensors({ a: entry('F4', [3], 0, 2) }, countUp(2)),
    'format',
    ': tensor "a" of shape [3] and dtype F4 does not amount to a whole number of bytes below 2^53.',
  ],
  [
    'no offsets',
    rawSafetensors({ a: { dtype: 'F32', shape: [2] } }, data8),
    'format',
    ': tensor "a" must have two whole numbers as its data_offsets, found nothing.',
  ],
  [
    'three offsets',
    rawSafetensors({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4, 8] } }, data8),
    'format',
    ': tensor "a" must have two whole numbers as its data_offsets, found [0,4,8].',
  ],
  [
    'negative offsets',
    rawSafetensors({ a: entry('F32', [2], -8, 0) }, data8),
    'format',
    ': tensor "a" must have two whole numbers as its data_offsets, found [-8,0].',
  ],
  [
    'offsets that are text',
    rawSafetensors({ a: entry('F32', [2], '0', '8') }, data8),
    'format',
    ': tensor "a" must have two whole numbers as its data_offsets, found ["0","8"].',
  ],
  [
    'reversed offsets',
    rawSafetensors({ a: entry('F32', [2], 8, 0) }, data8),
    'format',
    ': tensor "a" has reversed data_offsets: it begins at 8 and ends at 0.',
  ],
  [
    'fewer bytes than shape and dtype need',
    rawSafetensors({ a: entry('F32', [2], 0, 4) }, countUp(4)),
    'format',
    ': tensor "a" of shape [2] and dtype F32 needs 8 bytes, but its data_offsets [0, 4] span 4.',
  ],
  [
    'a truncated file',
    rawSafetensors({ a: entry('F32', [100], 0, 400) }, data8),
    'format',
    ': tensor "a" ends at byte 400 of the data, but the file holds only 8 bytes of data; it is truncated or its header is wrong.',
  ],
  [
    'overlapping tensors',
    rawSafetensors({ a, b: entry('F32', [2], 4, 12) }, countUp(12)),
    'format',
    ': tensor "b" begins at byte 4 and overlaps tensor "a", which ends at 8.',
  ],
  [
    'two tensors on the same bytes',
    rawSafetensors({ a, b: a }, data8),
    'format',
    ': tensor "b" begins at byte 0 and overlaps tensor "a", which ends at 8.',
  ],
  [
    'a gap between tensors',
    rawSafetensors({ a, b: entry('F32', [2], 12, 20) }, countUp(20)),
    'format',
    ': bytes 8 to 12 between tensor "a" and tensor "b" belong to no tensor; the format allows no gaps.',
  ],
  [
    'a gap before the first tensor',
    rawSafetensors({ a: entry('F32', [2], 4, 12) }, countUp(12)),
    'format',
    ': bytes 0 to 4 between the start of the data and tensor "a" belong to no tensor; the format allows no gaps.',
  ],
  [
    'bytes after the last tensor',
    rawSafetensors({ a }, countUp(11)),
    'format',
    ': the file holds 11 bytes of data, but its tensors end at byte 8; the format allows nothing after the last tensor.',
  ],
  [
    'data without a tensor',
    rawSafetensors('{}', data8),
    'format',
    ': the file holds 8 bytes of data, but its tensors end at byte 0; the format allows nothing after the last tensor.',
  ],
  [
    'control characters in a name',
    rawSafetensors({ '\u001b[31m\n': 7 }),
    'format',
    ': tensor "\\u001b[31m\\n" must be described by an object, found the number 7.',
  ],
  [
    'a very long name',
    rawSafetensors({ [`n${'a'.repeat(10_000)}`]: 7 }),
    'format',
    `: tensor "n${'a'.repeat(118)}… must be described by an object, found the number 7.`,
  ],
  [
    'brackets nested a million deep',
    rawSafetensors(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`),
    'too-large',
    ': its JSON is nested more than 16 levels deep.',
  ],
  [
    'a million empty lists',
    rawSafetensors(`{"a":[${'[],'.repeat(1e6)}[]]}`),
    'too-large',
    ': its JSON holds more than 187516 objects and lists.',
  ],
];

describe('hostile files', () => {
  it.each(hostile)('refuses %s', async (_, bytes, code, sentence) => {
    const path = inFolder('model.safetensors');
    await writeFile(path, bytes);
    const failure: unknown = await openSafetensors(path).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, details: { path } });
    expect((failure as Error).message.slice(0, path.length + sentence.length)).toBe(path + sentence);
  });

  it('refuses a header above 100 MB before reading it', async () => {
    const path = inFolder('model.safetensors');
    await writeFile(path, rawSafetensors('{}', new Uint8Array(), 100_000_001n));
    await truncate(path, 100_000_100);
    await expect(openSafetensors(path)).rejects.toMatchObject({
      code: 'too-large',
      message: `${path} declares a header of 100000001 bytes; the format allows at most 100000000.`,
    });
  });

  it('says what is missing or not a file', async () => {
    await expect(openSafetensors(inFolder('none'))).rejects.toMatchObject({
      code: 'file-not-found',
      message: `${inFolder('none')} does not exist.`,
    });
    await expect(openSafetensors(inFolder())).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it.skipIf(process.platform === 'win32')('does not wait for a pipe', async () => {
    const path = inFolder('pipe');
    execFileSync('mkfifo', [path]);
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: 'file-unreadable', message: `${path} is not a file.` });
  });

  it('answers any bytes with a file or one of its codes, never with another error', async () => {
    const path = inFolder('model.safetensors');
    const valid = rawSafetensors({ a, b: entry('BF16', [2, 2], 8, 16) }, countUp(16));
    const mutation = fc.record({ at: fc.nat(valid.length - 1), value: fc.nat(255), cut: fc.option(fc.nat(valid.length), { freq: 8 }) });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, value, cut }) => {
        const bytes = valid.slice(0, cut ?? undefined);
        if (at < bytes.length) bytes[at] = value;
        await writeFile(path, bytes);
        try {
          await (await openSafetensors(path)).close();
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(format|empty-input|too-large)$/) as string });
        }
      }),
      { numRuns: 300 },
    );
  });
});
