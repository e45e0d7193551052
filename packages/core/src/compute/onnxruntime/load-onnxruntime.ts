import type { InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common';
import { LexigraftError } from '../../errors/index.ts';

/** Where the products run. */
export type OnnxRuntimeProvider = 'cpu' | 'webgpu' | 'cuda';

/** The part of an onnxruntime package that is used here: `onnxruntime-node`, `onnxruntime-web` and `onnxruntime-common` have it. */
export interface OnnxRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** Not a literal in the import, so that bundlers for browsers, where another package is passed in, do not follow it into native code. */
const nativePackage = 'onnxruntime-node';

/** What each provider needs besides the package. */
const requirements: Record<OnnxRuntimeProvider, string> = {
  cpu: 'install `onnxruntime-node` again for this platform',
  webgpu: 'it needs a GPU with a Vulkan, Metal or Direct3D 12 driver',
  cuda: 'it needs an NVIDIA GPU, CUDA 12, cuDNN 9 and the libraries that `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` fetches',
};

/**
 * Loads `onnxruntime-node`.
 *
 * @throws {LexigraftError} `missing-engine`
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ nativePackage)) as OnnxRuntime & {
      readonly default?: OnnxRuntime;
    };
    return module.default ?? module;
  } catch (error) {
    throw new LexigraftError(
      'missing-engine',
      '`onnxruntime-node` is not installed or does not load here; run `npm install onnxruntime-node`.',
      { engine: 'onnxruntime' },
      error,
    );
  }
}

/** The answer when a provider does not start. */
export function providerMissing(provider: OnnxRuntimeProvider, cause: unknown): LexigraftError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
  return new LexigraftError(
    'missing-engine',
    `The onnxruntime provider \`${provider}\` does not start: ${requirements[provider]} (it says: ${reason}).`,
    { engine: 'onnxruntime', provider },
    cause,
  );
}

/** The answer when a provider multiplies in a narrower format than float32. */
export function providerImprecise(provider: OnnxRuntimeProvider): LexigraftError {
  return new LexigraftError(
    'missing-engine',
    `The onnxruntime provider \`${provider}\` multiplies in fewer digits than float32 has, as NVIDIA GPUs do in TF32; set the environment variable \`NVIDIA_TF32_OVERRIDE\` to 0 before the program starts.`,
    { engine: 'onnxruntime', provider },
  );
}
