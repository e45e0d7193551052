import { matrix, type LayerTrainer, type LayerTrainingRequest } from '@lexigraft/core';
import { createLayerTrainer, loadTransformer, type Tfjs } from '@lexigraft/models';
import { describeWith } from '@lexigraft/test-support';
import { expect, it } from 'vitest';
import { loadWasm, loadWebgpu } from '../support/load-tfjs.ts';
import { randomModel } from '../support/random-model.ts';

const DIMENSION = 8;
const source = randomModel(
  {
    model_type: 'bert',
    vocab_size: 20,
    hidden_size: DIMENSION,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 12,
    max_position_embeddings: 16,
    type_vocab_size: 2,
  },
  { head: 'none' },
);
const axis = (index: number): Float32Array => new Float32Array(DIMENSION).fill(1, index, index + 1);
/** More than a stage of a shader has buffers for; a layer has more weights still. */
const others = Array.from({ length: 9 }, (_, index) => `language-${index}`);
const request: LayerTrainingRequest = {
  sequences: new Map(['en', ...others].map((language, index) => [language, [[1 + index, 2]]])),
  trainedLayers: 1,
  specific: matrix(DIMENSION, 1, axis(0)),
  agnostic: axis(1),
  displacements: new Map(others.map((language) => [language, axis(0)])),
  retain: 1,
  pull: 0.1,
  epochs: 1,
  batch: 1,
  accumulate: 1,
  learningRate: 5e-3,
  weightDecay: 0,
  warmup: 0,
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

async function train(tf: Tfjs): Promise<Awaited<ReturnType<LayerTrainer['train']>> & { readonly kept: number }> {
  const before = tf.memory().numTensors;
  const model = await loadTransformer(source, { tf, head: 'none' });
  const result = await createLayerTrainer(model).train(request);
  model.dispose();
  return { ...result, kept: tf.memory().numTensors - before };
}

describeWith('webgpu', 'on a GPU in software', () => {
  // A GPU in software compiles every shader anew.
  it('the last layers are trained as on wasm, with more languages and weights than a stage has buffers', { timeout: 300_000 }, async () => {
    const expected = await train(await loadWasm());
    const tf = await loadWebgpu();
    expect(tf.getBackend()).toBe('webgpu');
    const found = await train(tf);
    expect(found.kept).toBe(0);
    expect(expected.after.specific).toBeLessThan(0.999 * expected.before.specific);
    for (const part of ['retain', 'specific', 'agnostic'] as const) {
      expect(Math.abs(found.before[part] - expected.before[part]), part).toBeLessThan(2e-3);
      expect(Math.abs(found.after[part] - expected.after[part]), part).toBeLessThan(2e-3);
    }
  });
});
