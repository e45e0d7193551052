import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOnnxRuntimeCompute } from '../../src/compute/onnxruntime/index.ts';
import { zeros } from '../../src/index.ts';
import { normalMatrix } from '../support/random-matrix.ts';
import { describeCompute } from './describe-compute.ts';

describeCompute(
  'onnxruntime on the CPU',
  () => createOnnxRuntimeCompute({ threads: 2 }),
  (engine) => {
    it('names its provider and threads', () => {
      expect(engine().description).toBe('onnxruntime cpu × 2');
    });

    it('looks at the signal between its own blocks', async () => {
      const controller = new AbortController();
      const reason = new Error('Enough.');
      // 140,000 keys: 64 queries fill a block of scores.
      const index = await engine().openKeys(normalMatrix(1, 140_000, 1));
      const search = index.topProducts(zeros(640, 1), 1, { signal: controller.signal });
      controller.abort(reason);
      await expect(search).rejects.toBe(reason);
      await index.dispose();
    });
  },
);

type OnnxRuntime = NonNullable<NonNullable<Parameters<typeof createOnnxRuntimeCompute>[0]>['ort']>;

/** A package whose products round their left factor to so many bits of mantissa, and what was released of it. */
function roundingTo(bits: number): { readonly ort: OnnxRuntime; readonly released: () => number } {
  class Tensor {
    readonly data: Float32Array;
    readonly dims: readonly number[];
    constructor(_type: string, data: Float32Array, dims: readonly number[]) {
      [this.data, this.dims] = [data, dims];
    }
  }
  let released = 0;
  const round = (value: number): number => Math.round(value * 2 ** bits) / 2 ** bits;
  const run = ({ a, b }: Record<'a' | 'b', Tensor>): Promise<unknown> => {
    const [[rows, inner], [, columns]] = [a.dims, b.dims];
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < inner; c++) {
        for (let j = 0; j < columns; j++) data[i * columns + j] += round(a.data[i * inner + c]) * b.data[c * columns + j];
      }
    }
    return Promise.resolve({ product: { data } });
  };
  const release = (): Promise<void> => {
    released++;
    return Promise.resolve();
  };
  const session = { run, release };
  const ort = { Tensor, InferenceSession: { create: () => Promise.resolve(session) } };
  return { ort: ort as unknown as OnnxRuntime, released: () => released };
}

describe('on CUDA', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('turns TF32 off before it starts, unless the user has decided', async () => {
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined);
    const { ort } = roundingTo(23);
    expect((await createOnnxRuntimeCompute({ ort, provider: 'cuda' })).description).toBe('onnxruntime cuda');
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBe('0');
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', '1');
    await createOnnxRuntimeCompute({ ort, provider: 'cuda' });
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBe('1');
  });

  it('refuses a provider that computes in TF32 all the same', async () => {
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', '1');
    const { ort, released } = roundingTo(10);
    const error: unknown = await createOnnxRuntimeCompute({ ort, provider: 'cuda' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'missing-engine', details: { engine: 'onnxruntime', provider: 'cuda' } });
    expect((error as Error).message).toContain('set the environment variable `NVIDIA_TF32_OVERRIDE` to 0');
    expect(released()).toBe(1);
  });
});

describe('createOnnxRuntimeCompute', () => {
  it('refuses a number of threads that is none', async () => {
    for (const threads of [0, 1.5, Number.NaN])
      await expect(createOnnxRuntimeCompute({ threads })).rejects.toMatchObject({ code: 'invalid-option', details: { option: 'threads' } });
  });

  it('says what a provider that does not start needs', async () => {
    const ort = {
      Tensor: Object,
      InferenceSession: { create: () => Promise.reject(new Error('Failed to load shared library\nat somewhere')) },
    } as unknown as NonNullable<Parameters<typeof createOnnxRuntimeCompute>[0]>['ort'] & object;
    for (const provider of ['cpu', 'webgpu', 'cuda'] as const) {
      const error: unknown = await createOnnxRuntimeCompute({ ort, provider }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'missing-engine', details: { engine: 'onnxruntime', provider } });
      expect((error as Error).message).toMatch(
        new RegExp(`\`${provider}\` does not start: .*(install|GPU).*Failed to load shared library\\)\\.$`),
      );
    }
  });
});
