import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel, STEERING_FILE, writeSafetensors, writeSteering } from '@lexigraft/checkpoint';
import { zeros } from '@lexigraft/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSteeringResources } from '../src/transfer/steering-resources.ts';

const tokens = ['[UNK]', '[MASK]', 'ein', 'haus'];
const config = {
  model_type: 'bert',
  vocab_size: tokens.length,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
  type_vocab_size: 2,
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexigraft-steered-source-'));
  const { describeWeights } = await import('@lexigraft/models');
  const weights = describeWeights(config).map(({ name, shape }, place) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return [name, { dtype: 'F32' as const, shape, data: Float32Array.from({ length: size }, (_, i) => Math.sin(place + 3 * i)) }] as const;
  });
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(weights), { format: 'pt' });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  await writeFile(
    join(folder, 'tokenizer.json'),
    JSON.stringify({
      version: '1.0',
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The last hidden states a strategy is given of the folder's model. */
async function lastStates(): Promise<Float32Array> {
  const source = await openModel(folder);
  const opened = await openSteeringResources({
    needs: ['hiddenStates'],
    texts: [],
    source,
    device: 'cpu',
    locate: (_, label) => Promise.resolve(label),
    rehearsal: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  try {
    const states = await opened.resources.hiddenStates?.read([[2, 3], [3]], { pooling: 'last', layers: [1] });
    return states?.get(1)?.data ?? new Float32Array(0);
  } finally {
    opened.close();
    await source.close();
  }
}

it('a strategy measures a source that came steered as it runs, edits included', async () => {
  const plain = await lastStates();
  // A shift alone: every state of layer 1 moves by the same vector.
  const offset = Float32Array.of(1, -2, 0.5, 0, 0, 3, 0, -1);
  await writeSteering(join(folder, STEERING_FILE), { edits: [{ layer: 1, basis: zeros(8, 0), matrix: zeros(0, 0), offset }] });
  const steered = await lastStates();
  expect(steered).toHaveLength(16);
  steered.forEach((value, index) => {
    expect(value).toBeCloseTo(plain[index] + offset[index % 8], 5);
  });
});
