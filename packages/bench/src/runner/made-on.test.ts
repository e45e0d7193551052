import { describe, expect, it } from 'vitest';
import { isMadeOn } from './made-on.ts';

const devices = ['auto', 'cpu', 'wasm', 'webgpu', 'cuda'];

describe('isMadeOn', () => {
  it.each([
    ['tfjs-node', ['auto', 'cpu', 'wasm']],
    ['tfjs wasm', ['auto', 'cpu', 'wasm']],
    ['tfjs webgpu', ['auto', 'webgpu']],
    ['tfjs webgpu (nvidia, NVIDIA H100)', ['auto', 'webgpu']],
    ['tfjs-node-gpu', ['auto', 'cuda']],
    ['a device of another host', devices],
  ])('takes what `%s` gave for a result of %j', (device, expected) => {
    const record = { machine: { device, cpus: 1, node: 'v20', platform: 'linux x64' } };
    expect(devices.filter((asked) => isMadeOn(asked, record))).toEqual(expected);
  });
});
