import type { CellRecord } from './cell.ts';

/** Devices as `openDevice` describes them, by what they give the same numbers as. */
const descriptions: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['cuda', /^tfjs-node-gpu$/],
  ['webgpu', /^tfjs webgpu( |$)/],
  ['cpu', /^tfjs(-node| wasm)$/],
];

/**
 * Tells whether a result counts for a device: `cpu`, `cuda` or `webgpu` is asked for by name, and what another kind of device gave in its place is no
 * result of it. To `auto` every result is one, and of a device nobody knows nothing is said.
 */
export function isMadeOn(device: string, { machine }: Pick<CellRecord, 'machine'>): boolean {
  const kind = descriptions.find(([, pattern]) => pattern.test(machine.device))?.[0];
  return device === 'auto' || kind === undefined || kind === (device === 'wasm' ? 'cpu' : device);
}
