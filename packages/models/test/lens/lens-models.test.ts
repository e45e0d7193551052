import { matrix, zeros, type LayerTrainingRequest, type SteeringEdit } from '@lexigraft/core';
import { createHiddenStateReader, createLayerTrainer, loadTransformer, padBatch, type Tfjs, type Transformer } from '@lexigraft/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWasm } from '../support/load-tfjs.ts';
import { randomModel } from '../support/random-model.ts';

const LAYERS = 3;
const DIMENSION = 8;
const configs = {
  bert: {
    model_type: 'bert',
    vocab_size: 20,
    hidden_size: DIMENSION,
    num_hidden_layers: LAYERS,
    num_attention_heads: 2,
    intermediate_size: 12,
    max_position_embeddings: 16,
    type_vocab_size: 2,
  },
  llama: {
    model_type: 'llama',
    vocab_size: 20,
    hidden_size: DIMENSION,
    num_hidden_layers: LAYERS,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 12,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-6,
  },
} as const;

let tf: Tfjs;
const models = new Map<string, Transformer>();
beforeAll(async () => {
  tf = await loadWasm();
  for (const [name, config] of Object.entries(configs))
    models.set(name, await loadTransformer(randomModel(config, { head: 'none' }), { tf, head: 'none' }));
});
afterAll(() => {
  for (const model of models.values()) model.dispose();
});
const modelOf = (name: string): Transformer => {
  const model = models.get(name);
  if (!model) throw new Error(`There is no ${name}.`);
  return model;
};
const sequences = [[1, 2, 3], [4], [5, 6, 7, 8, 9], [1, 3]];

describe.each(Object.keys(configs))('hidden states of a %s for a strategy', (name) => {
  it('are those of the last token, or the mean of the tokens, whatever stands beside in a batch', async () => {
    const model = modelOf(name);
    for (const batchTokens of [4096, 1]) {
      const reader = createHiddenStateReader(model, { batchTokens });
      const [last, mean] = [await reader.read(sequences, { pooling: 'last' }), await reader.read(sequences, { pooling: 'mean' })];
      expect([...last.keys()]).toEqual([0, 1, 2, 3]);
      for (const [index, sequence] of sequences.entries()) {
        const alone = await model.hiddenStates(padBatch([sequence]));
        for (const [layer, states] of alone.layers) {
          const rows = sequence.map((_, position) => states.subarray(position * DIMENSION, (position + 1) * DIMENSION));
          const wanted = rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
          expectClose(last.get(layer)?.data.subarray(index * DIMENSION, (index + 1) * DIMENSION), rows[rows.length - 1], 1e-5);
          expectClose(mean.get(layer)?.data.subarray(index * DIMENSION, (index + 1) * DIMENSION), wanted, 1e-5);
        }
      }
    }
  });

  it('are read for the layers asked for, and only from sequences the model takes', async () => {
    const reader = createHiddenStateReader(modelOf(name));
    expect([...(await reader.read(sequences, { pooling: 'last', layers: [2] })).keys()]).toEqual([2]);
    for (const [wrong, code] of [
      [[[]], 'empty-input'],
      [[Array(17).fill(1)], 'invalid-option'],
    ] as const)
      await expect(reader.read(wrong, { pooling: 'last' })).rejects.toThrow(expect.objectContaining({ code }));
    await expect(reader.read(sequences, { pooling: 'last', layers: [4] })).rejects.toThrow(/0 \(the embeddings\) to 3/);
    await expect(reader.read(sequences, { pooling: 'last', signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('are no longer read after an abort that comes from a timer, although no computation waits', async () => {
    const controller = new AbortController();
    const reason = new Error('Enough.');
    setTimeout(() => {
      controller.abort(reason);
    });
    const many = Array.from({ length: 200 }, () => [1, 2, 3]);
    const reading = createHiddenStateReader(modelOf(name), { batchTokens: 1 }).read(many, { pooling: 'last', signal: controller.signal });
    await expect(reading).rejects.toBe(reason);
  });

  it('are edited where they are read, at every layer', async () => {
    const model = modelOf(name);
    const plain = await model.hiddenStates(padBatch(sequences));
    for (let layer = 0; layer <= LAYERS; layer++) {
      const edit: SteeringEdit = {
        layer,
        basis: matrix(DIMENSION, 1, Float32Array.of(0.6, 0.8, 0, 0, 0, 0, 0, 0)),
        matrix: matrix(1, 1, Float32Array.of(-0.5)),
        offset: new Float32Array(DIMENSION).fill(0.25),
      };
      const steered = model.withSteering({ edits: [edit] });
      const states = await steered.hiddenStates(padBatch(sequences), { layers: [layer] });
      const before = plain.layers.get(layer) ?? new Float32Array(0);
      const wanted = before.map((value, index) => {
        const start = index - (index % DIMENSION);
        const along = 0.6 * before[start] + 0.8 * before[start + 1];
        return value + 0.25 - 0.5 * along * ([0.6, 0.8][index % DIMENSION] ?? 0);
      });
      expectClose(states.layers.get(layer), wanted, 1e-5);
      steered.dispose();
    }
  });
});

it('edits can be loaded with the model, and go with it', async () => {
  const edit: SteeringEdit = { layer: 2, basis: zeros(DIMENSION, 0), matrix: zeros(0, 0), offset: new Float32Array(DIMENSION).fill(0.5) };
  const source = randomModel(configs.llama, { head: 'none' });
  const memory = tf.memory().numTensors;
  const loaded = await loadTransformer(source, { tf, head: 'none', steering: { edits: [edit] } });
  const steered = modelOf('llama').withSteering({ edits: [edit] });
  const [one, other] = [await loaded.hiddenStates(padBatch(sequences)), await steered.hiddenStates(padBatch(sequences))];
  expect(one.layers).toEqual(other.layers);
  loaded.dispose();
  steered.dispose();
  const wrong = loadTransformer(source, { tf, head: 'none', steering: { edits: [{ ...edit, layer: 9 }] } });
  await expect(wrong).rejects.toThrow(expect.objectContaining({ code: 'invalid-option' }));
  expect(tf.memory().numTensors).toBe(memory);
});

describe('training of the last layers', () => {
  const direction = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  const request = (changes: Partial<LayerTrainingRequest> = {}): LayerTrainingRequest => ({
    sequences: new Map([
      ['en', [[1, 2, 3], [4, 5], [6]]],
      [
        'de',
        [
          [7, 8, 9],
          [10, 11],
          [12, 13],
        ],
      ],
    ]),
    trainedLayers: 1,
    specific: matrix(DIMENSION, 1, direction),
    agnostic: Float32Array.of(0, 1, 0, 0, 0, 0, 0, 0),
    displacements: new Map([['de', direction.map((value) => 0.5 * value)]]),
    retain: 1,
    pull: 0.1,
    epochs: 20,
    batch: 2,
    accumulate: 2,
    learningRate: 5e-3,
    weightDecay: 0,
    warmup: 0.05,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  });

  it.each(Object.keys(configs))('moves a language of a %s, and gives the model its weights back', async (name) => {
    const model = modelOf(name);
    const names = [...model.parameters.keys()];
    const [before] = [await Promise.all(names.map((own) => model.readParameter(own)))];
    const memory = tf.memory().numTensors;
    const steps: number[] = [];
    const {
      tensors,
      before: first,
      after,
    } = await createLayerTrainer(model).train(
      request({
        onProgress: ({ done, total }) => {
          steps.push(done / total);
        },
      }),
    );
    expect(tf.memory().numTensors).toBe(memory);
    expect(await Promise.all(names.map((own) => model.readParameter(own)))).toEqual(before);
    expect([...tensors.keys()].every((own) => own.includes('layer.2.') || own.includes('layers.2.'))).toBe(true);
    expect(after.specific).toBeLessThan(0.3 * first.specific);
    expect(steps.at(-1)).toBe(1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    for (const [own, { rows, columns }] of tensors) {
      const { shape } = await model.readParameter(own);
      expect([rows, columns]).toEqual(shape.length > 1 ? [...shape] : [1, shape[0]]);
    }
  });

  it('starts from losses that are known: nothing to retain, the whole way to go, and the agnostic parts as they are', async () => {
    const model = modelOf('bert');
    const { before } = await createLayerTrainer(model).train(request({ epochs: 1, learningRate: 1e-12 }));
    const reader = createHiddenStateReader(model);
    const { sequences: given } = request();
    const states = await Promise.all(
      ['en', 'de'].map(
        async (language) =>
          (await reader.read(given.get(language) ?? [], { pooling: 'last', layers: [LAYERS] })).get(LAYERS)?.data ?? new Float32Array(0),
      ),
    );
    const agnostic = [0, 1, 2].reduce((sum, index) => sum + (states[0][index * DIMENSION + 1] - states[1][index * DIMENSION + 1]) ** 2, 0);
    expect(before.retain).toBeCloseTo(0, 10);
    expect(before.specific).toBeCloseTo(0.5 ** 2 / DIMENSION, 6);
    expect(before.agnostic).toBeCloseTo(agnostic / (3 * DIMENSION), 5);
  });

  it('keeps the central language where only that is asked', async () => {
    const far = await createLayerTrainer(modelOf('bert')).train(request({ retain: 0 }));
    const near = await createLayerTrainer(modelOf('bert')).train(request({ retain: 100 }));
    expect(near.after.retain).toBeLessThan(far.after.retain);
  });

  it('stops when aborted, and is refused for what cannot be trained', async () => {
    const trainer = createLayerTrainer(modelOf('bert'));
    const bias = [...modelOf('bert').parameters.keys()].find((name) => name.endsWith('layer.2.output.dense.bias')) ?? '';
    const memory = tf.memory().numTensors;
    const before = await modelOf('bert').readParameter(bias);
    const controller = new AbortController();
    const stopped = trainer.train(
      request({
        signal: controller.signal,
        onProgress: () => {
          controller.abort();
        },
      }),
    );
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(await modelOf('bert').readParameter(bias)).toEqual(before);
    await expect(trainer.train(request({ trainedLayers: 4 }))).rejects.toThrow(/between 1 and 3/);
    await expect(trainer.train(request({ sequences: new Map([['en', [[1]]]]) }))).rejects.toThrow(/another/);
    await expect(
      trainer.train(
        request({
          sequences: new Map([
            ['en', [[1]]],
            ['de', [[1], [2]]],
          ]),
        }),
      ),
    ).rejects.toThrow(/parallel/);
    await expect(trainer.train(request({ displacements: new Map() }))).rejects.toThrow(/`de`/);
    expect(tf.memory().numTensors).toBe(memory);
  });

  it('has no direction to pull along where there is no agnostic one', async () => {
    const { before } = await createLayerTrainer(modelOf('bert')).train(request({ agnostic: zeros(1, DIMENSION).data, epochs: 1 }));
    expect(before.agnostic).toBe(0);
  });
});

function expectClose(received: ArrayLike<number> | undefined, expected: ArrayLike<number>, tolerance: number): void {
  expect(received?.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs((received?.[i] ?? NaN) - expected[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i])));
}
