import { open, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { countUp, useRawFile } from '../../test/support/raw-file.ts';
import { entry, rawSafetensors } from '../../test/support/raw-safetensors.ts';
import { openSafetensors } from './safetensors-file.ts';

const fileOf = useRawFile();

describe('reading', () => {
  it('returns exactly the bytes of a range, in whatever order tensors are asked for', async () => {
    const header = {
      b: entry('U8', [4], 2, 6),
      a: entry('U8', [2], 0, 2),
      none: entry('F32', [0, 3], 6, 6),
      scalar: entry('I16', [], 6, 8),
    };
    const file = await openSafetensors(await fileOf(rawSafetensors(header, countUp(8))));
    expect([...file.tensors.keys()]).toEqual(['a', 'b', 'none', 'scalar']);
    expect([...(await file.readBytes('b'))]).toEqual([2, 3, 4, 5]);
    expect([...(await file.readBytes('b', 1, 3))]).toEqual([3, 4]);
    expect(await file.readBytes('none')).toHaveLength(0);
    expect([...(await file.readFloat32('scalar'))]).toEqual([0x0706]);
    const into = new Uint8Array(2);
    await file.readBytesInto(into, 'b', 2);
    expect([...into]).toEqual([4, 5]);
    await file.close();
  });

  it('keeps the metadata', async () => {
    const file = await openSafetensors(await fileOf(rawSafetensors({ __metadata__: { format: 'pt', __proto__x: 'é' } })));
    expect(file.metadata).toEqual({ format: 'pt', __proto__x: 'é' });
    expect(file.tensors.size).toBe(0);
    await file.close();
  });

  it('counts brackets and quotes inside names as text', async () => {
    const name = `${'[{'.repeat(100)}\\"}]`;
    const file = await openSafetensors(await fileOf(rawSafetensors({ [name]: entry('U8', [1], 0, 1) }, countUp(1))));
    expect([...file.tensors.keys()]).toEqual([name]);
    await file.close();
  });

  it('accepts the densest header there can be', async () => {
    const header = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [String.fromCharCode(0x100 + i), entry('U8', [0], 0, 0)]));
    const file = await openSafetensors(await fileOf(rawSafetensors(header)));
    expect(file.tensors.size).toBe(5000);
    await file.close();
  });

  it('reads a tensor whose name is `__proto__` like any other', async () => {
    const file = await openSafetensors(
      await fileOf(rawSafetensors('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', countUp(1))),
    );
    expect([...file.tensors.keys()]).toEqual(['__proto__']);
    await file.close();
  });

  it('refuses names, bytes and rows that do not exist, and dtypes that are not plain numbers', async () => {
    const path = await fileOf(rawSafetensors({ t: entry('F32', [2, 2], 0, 16), scale: entry('F8_E8M0', [1], 16, 17) }, countUp(17)));
    const file = await openSafetensors(path);
    await expect(file.readBytes('x')).rejects.toMatchObject({ code: 'invalid-option', message: `${path} has no tensor "x".` });
    await expect(file.readBytes('t', 8, 17)).rejects.toMatchObject({
      code: 'invalid-option',
      message: `${path}: bytes 8 to 17 of tensor "t" do not exist; it has 16 bytes.`,
    });
    await expect(file.readFloat32('t', 1, 3)).rejects.toMatchObject({
      code: 'id-out-of-range',
      message: `${path}: rows 1 to 3 of tensor "t" do not exist; it has 2 rows.`,
    });
    await expect(file.readFloat32('t', -1, 1)).rejects.toMatchObject({ code: 'id-out-of-range' });
    await expect(file.readFloat32('scale')).rejects.toMatchObject({
      code: 'unsupported-format',
      message: `${path}: tensor "scale" has dtype F8_E8M0, whose elements are not plain numbers.`,
    });
    await file.close();
  });

  it('reads beyond 4 GiB, from a file that is never loaded', async () => {
    const size = 5 * 2 ** 30;
    const header = rawSafetensors({ large: entry('BF16', [size / 4096, 2048], 0, size) });
    const path = await fileOf(header);
    const handle = await open(path, 'r+');
    await handle.write(Uint8Array.of(0x80, 0x3f, 0x00, 0x40), 0, 4, header.length + size - 4);
    await handle.close();
    const file = await openSafetensors(path);
    const last = await file.readFloat32('large', size / 4096 - 1);
    expect([...last.slice(0, 1), ...last.slice(-2)]).toEqual([0, 1, 2]);
    await expect(file.readFloat32('large', 0, 1e6, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await file.close();
  });

  it('stops reading when asked to', async () => {
    const file = await openSafetensors(await fileOf(rawSafetensors({ t: entry('F32', [2], 0, 8) }, countUp(8))));
    await expect(file.readFloat32('t', 0, 2, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await file.close();
  });

  it('refuses to read after it was closed, and closes twice without complaint', async () => {
    const path = await fileOf(rawSafetensors({ t: entry('F32', [2], 0, 8) }, countUp(8)));
    const file = await openSafetensors(path);
    await file.close();
    await file.close();
    await expect(file.readBytes('t')).rejects.toMatchObject({ code: 'file-unreadable', message: `${path} was closed before this read.` });
  });

  it('says so when a file becomes shorter while it is read', async () => {
    const path = await fileOf(rawSafetensors({ t: entry('U8', [100], 0, 100) }, countUp(100)));
    const file = await openSafetensors(path);
    await writeFile(path, rawSafetensors({ t: entry('U8', [100], 0, 100) }, countUp(60)));
    await expect(file.readBytes('t')).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining('it became shorter while it was read') as string,
    });
    await file.close();
  });
});
