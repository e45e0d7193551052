import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { LexigraftError } from '@lexigraft/core';
import { registerWasmKernels } from '../devices/kernels/register-wasm-kernels.ts';
import type { Tfjs } from '../tfjs.ts';
import { isAbsent, loadPackage, type PackageLoader } from './load-package.ts';

/** Ways to run TensorFlow.js. */
export type BackendKind = 'cuda' | 'webgpu' | 'native' | 'wasm';

/** TensorFlow.js with a backend that runs. */
export interface OpenBackend {
  readonly tf: Tfjs;
  readonly kind: BackendKind;
  /** e.g. `tfjs webgpu (nvidia, NVIDIA H100)` */
  readonly description: string;
  /** Whether a processor plays the GPU. */
  readonly isSoftware: boolean;
}

/** How to get the packages a backend needs. */
const installs: Readonly<Record<BackendKind, string>> = {
  cuda: '@tensorflow/tfjs-node-gpu',
  webgpu: '@tensorflow/tfjs @tensorflow/tfjs-backend-webgpu webgpu',
  native: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs @tensorflow/tfjs-backend-wasm',
};

/**
 * Starts one backend, or says in one sentence why it does not start.
 *
 * TensorFlow.js has one active backend per process: opening another makes that one active for the copy of TensorFlow.js they share.
 *
 * @throws {LexigraftError} `missing-engine`
 */
export async function openBackend(kind: BackendKind, load: PackageLoader = loadPackage): Promise<OpenBackend> {
  try {
    switch (kind) {
      case 'cuda':
      case 'native':
        return await openNative(kind, load);
      case 'webgpu':
        return await openWebgpu(load);
      case 'wasm':
        return await openWasm(load);
    }
  } catch (error) {
    if (error instanceof LexigraftError) throw error;
    throw unusable(kind, reasonOf(kind, error), error);
  }
}

async function openNative(kind: 'cuda' | 'native', load: PackageLoader): Promise<OpenBackend> {
  // Warnings and what is worse are for the reader; which instructions the library was compiled for is not.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  const tf = load(installs[kind]) as Tfjs;
  tf.enableProdMode();
  if (!(await tf.setBackend('tensorflow'))) throw unusable(kind, 'its backend does not start');
  await tf.ready();
  const { isUsingGpuDevice } = tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean };
  if (kind === 'cuda' && isUsingGpuDevice !== true)
    throw unusable(kind, 'TensorFlow found no GPU: it needs the NVIDIA driver, CUDA 11.2 and cuDNN 8.1, see docs/gpu.md');
  return { tf, kind, description: kind === 'cuda' ? 'tfjs-node-gpu' : 'tfjs-node', isSoftware: false };
}

async function openWasm(load: PackageLoader): Promise<OpenBackend> {
  const tf = load('@tensorflow/tfjs') as Tfjs;
  load('@tensorflow/tfjs-backend-wasm');
  tf.enableProdMode();
  if (!(await tf.setBackend('wasm'))) throw unusable('wasm', 'its backend does not start');
  await tf.ready();
  registerWasmKernels(tf);
  return { tf, kind: 'wasm', description: 'tfjs wasm', isSoftware: false };
}

/** What WebGPU tells of the device it chose. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

async function openWebgpu(load: PackageLoader): Promise<OpenBackend> {
  if (process.platform === 'linux' && !hasVulkan()) throw unusable('webgpu', 'no Vulkan driver is installed');
  useWebgpu(load);
  const tf = load('@tensorflow/tfjs') as Tfjs;
  load('@tensorflow/tfjs-backend-webgpu');
  tf.enableProdMode();
  // A backend that failed to start once is not tried again unless it is forgotten first.
  if (!(await tf.setBackend('webgpu'))) throw unusable('webgpu', 'no GPU answers');
  await tf.ready();
  const { adapterInfo } = tf.backend() as unknown as { readonly adapterInfo?: { readonly gpuVendor?: string } };
  const gpu = (globalThis.navigator as unknown as { gpu: { requestAdapter(): Promise<{ readonly info?: AdapterInfo } | null> } }).gpu;
  const info = (await gpu.requestAdapter())?.info;
  const names = [info?.vendor ?? adapterInfo?.gpuVendor, info?.architecture, info?.device, info?.description].filter(
    (name) => name !== undefined && name !== '',
  );
  const isSoftware = info?.isFallbackAdapter === true || /swiftshader|llvmpipe|software/i.test(names.join(' '));
  const which = names.length === 0 ? '' : ` (${[...new Set(names)].join(', ')})`;
  return { tf, kind: 'webgpu', description: `tfjs webgpu${which}`, isSoftware };
}

/** Gives this process what TensorFlow.js expects of a browser, once. */
function useWebgpu(load: PackageLoader): void {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator?.gpu !== undefined) return;
  const { create, globals } = load('webgpu') as { create: (flags: readonly string[]) => unknown; globals: object };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]), userAgent: 'node' }, configurable: true });
  // The backend asks whether it runs in a worker, by a name Node does not have.
  if (!('WorkerGlobalScope' in globalThis)) Object.assign(globalThis, { WorkerGlobalScope: Object });
}

const vulkanFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

function hasVulkan(): boolean {
  return (
    [process.env.VK_ICD_FILENAMES, process.env.VK_DRIVER_FILES].some((value) => (value ?? '') !== '') ||
    vulkanFolders.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')))
  );
}

function unusable(kind: BackendKind, reason: string, cause?: unknown): LexigraftError {
  return new LexigraftError(
    'missing-engine',
    `TensorFlow.js on \`${kind}\` is not usable here: ${reason}.`,
    { engine: 'tfjs', backend: kind, reason },
    cause,
  );
}

function reasonOf(kind: BackendKind, error: unknown): string {
  for (const name of installs[kind].split(' '))
    if (isAbsent(error, name)) return `${name} is not installed (npm install ${installs[kind]})`;
  const message = error instanceof Error ? error.message : String(error);
  return `it does not load (${message.split('\n')[0].replace(/\.$/, '')})`;
}
