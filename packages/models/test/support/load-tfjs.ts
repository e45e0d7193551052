import type { Tfjs } from '../../src/index.ts';
import { openBackend } from '../../src/node/index.ts';

/** TensorFlow.js on wasm with our kernels. */
export async function loadWasm(): Promise<Tfjs> {
  return (await openBackend('wasm')).tf;
}

/** TensorFlow.js on WebGPU: SwiftShader, the renderer in software that chromium ships, unless the machine is told to use its own GPU. */
export async function loadWebgpu(): Promise<Tfjs> {
  if (process.env.LEXIGRAFT_WEBGPU !== '1') process.env.VK_ICD_FILENAMES ??= '/usr/lib/chromium/vk_swiftshader_icd.json';
  return (await openBackend('webgpu')).tf;
}

/** TensorFlow.js on TensorFlow itself, on the processor. */
export async function loadNative(): Promise<Tfjs> {
  return (await openBackend('native')).tf;
}
