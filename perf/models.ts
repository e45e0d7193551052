import {
  causalLanguageLoss,
  describeWeights,
  embeddingParameters,
  loadTransformer,
  maskedLanguageLoss,
  trainModel,
  type Batch,
  type ModelSource,
  type Tfjs,
  type Transformer,
} from '@lexigraft/models';
import { openDevice, type DeviceName } from '@lexigraft/models/node';
import type { Benchmark, Figure } from './benchmark.ts';
import { Xorshift } from './synthetic/random.ts';

/** The encoder of the development models: 256 wide, 4 layers. */
const encoder: Readonly<Record<string, unknown>> = {
  model_type: 'bert',
  vocab_size: 14_576,
  hidden_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  intermediate_size: 1024,
  max_position_embeddings: 256,
};

/** GPT-2 small: 124M parameters. */
const gpt2: Readonly<Record<string, unknown>> = {
  model_type: 'gpt2',
  vocab_size: 50_257,
  n_embd: 768,
  n_layer: 12,
  n_head: 12,
  n_positions: 1024,
};

/** A model of random weights, drawn as it is read. */
function randomModel(config: Readonly<Record<string, unknown>>): ModelSource {
  const random = new Xorshift(5);
  const tensors = new Map(describeWeights(config).map(({ name, shape }) => [name, { shape }]));
  return {
    config,
    weights: {
      tensors,
      readFloat32: (name) => {
        const shape = tensors.get(name)?.shape ?? [];
        const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
        for (let i = 0; i < values.length; i++) values[i] = shape.length === 1 ? 1 : 0.02 * random.normal();
        return Promise.resolve(values);
      },
    },
  };
}

function randomBatch(vocabulary: number, rows: number, length: number): Batch {
  const random = new Xorshift(6);
  const ids = Int32Array.from({ length: rows * length }, () => (random.next() >>> 0) % vocabulary);
  return { rows, length, ids, mask: new Uint8Array(rows * length).fill(1) };
}

/** Seconds since some moment. */
type Clock = () => number;

const wallClock: Clock = () => performance.now() / 1000;

/** Processor time of this process. On wasm one thread does all the work, and other programs on the machine do not count. */
const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function secondsOf(clock: Clock, work: () => Promise<unknown>): Promise<number> {
  const start = clock();
  await work();
  return clock() - start;
}

/** Operations of one forward pass without the head: two per weight of a linear layer and token, four per pair of tokens and dimension. */
function operations({ config, parameters }: Transformer, { rows, length }: Batch): number {
  let weights = 0;
  for (const [name, { shape, size }] of parameters) if (shape.length === 2 && /\.(layer|h|layers)\.\d+\./.test(name)) weights += size;
  return 2 * weights * rows * length + 4 * config.layers * rows * length * length * config.dimension;
}

/**
 * Trains on one batch in micro-batches of `micro` rows and returns the seconds of the fastest update after the first, which warms up.
 *
 * The gradient of a product is two products, or one where its weight is frozen, so an update takes three or two times the operations of the forward pass;
 * the head, at 15 % of the positions or all of them, and AdamW come on top.
 */
async function updateSeconds(
  model: Transformer,
  { rows, length, ids }: Batch,
  { micro, updates, clock, frozen }: { readonly micro: number; readonly updates: number; readonly clock: Clock; readonly frozen: boolean },
): Promise<number> {
  const { vocabularySize, causal } = model.config;
  const special = new Set([0, 1, 2, 3, 4]);
  const data = Array.from({ length: rows }, (_, row) => ({ ids: ids.subarray(row * length, (row + 1) * length) }));
  let [best, last] = [Infinity, NaN];
  await trainModel({
    model,
    data,
    loss: causal ? causalLanguageLoss() : maskedLanguageLoss({ maskId: 4, specialIds: special, vocabularySize }),
    budget: { steps: updates + 1 },
    optimizer: { learningRate: 1e-6 },
    batchSize: rows,
    microBatchSize: micro,
    seed: 1,
    ...(frozen && { trainable: embeddingParameters(model.config) }),
    onProgress: ({ step }) => {
      const now = clock();
      if (step > 1) best = Math.min(best, now - last);
      last = now;
    },
  });
  return best;
}

/** Returns work that multiplies two `[1024, 1024]` matrices, and the operations of it. */
function productOf(tf: Tfjs): { readonly work: () => Promise<unknown>; readonly operations: number; dispose(): void } {
  const [a, b] = [
    tf.randomNormal<import('@tensorflow/tfjs-core').Rank.R2>([1024, 1024]),
    tf.randomNormal<import('@tensorflow/tfjs-core').Rank.R2>([1024, 1024]),
  ];
  return {
    operations: 2 * 1024 ** 3,
    async work() {
      const sum = tf.tidy(() => tf.slice(tf.matMul(a, b), [0, 0], [1, 1]));
      await sum.data();
      sum.dispose();
    },
    dispose() {
      a.dispose();
      b.dispose();
    },
  };
}

/** How many tokens a second models take, and how near that is to the device's bare matrix product. */
export const models: Benchmark = {
  name: 'models',
  what: 'tokens per second of the forward pass and of training, against the same device’s bare matrix product in the same run',
  sizes: { batch: 32, length: 128, rounds: 5, gpt2: 1, training: 2, micro: 8, trainGpt2: 0, native: 0, webgpu: 0, cuda: 0 },
  async run({ batch: rows, length, rounds, gpt2: withGpt2, training, micro, trainGpt2, native, webgpu, cuda }, note) {
    const figures: Figure[] = [];
    const asked = [native > 0 && 'cpu', webgpu > 0 && 'webgpu', cuda > 0 && 'cuda'] as const;
    const devices: DeviceName[] = ['wasm', ...asked.filter((name) => name !== false)];
    for (const name of devices) {
      const { tf, description, notes } = await openDevice(name);
      for (const line of notes) note(line);
      const clock = name === 'wasm' || name === 'cpu' ? processorClock : wallClock;
      const seconds = (work: () => Promise<unknown>): Promise<number> => secondsOf(clock, work);
      const product = productOf(tf);
      await product.work();
      for (const [title, config] of [['encoder 256 × 4', encoder], ...(withGpt2 > 0 ? ([['GPT-2 124M', gpt2]] as const) : [])] as const) {
        note(`measuring ${title} on ${description}`);
        const model = await loadTransformer(randomModel(config), { tf });
        const batch = randomBatch(model.config.vocabularySize, rows, length);
        const forward = async (): Promise<void> => {
          const first = tf.tidy(() => tf.slice(model.graph.forward(batch), [0, 0], [1, 1]));
          await first.data();
          first.dispose();
        };
        await forward();
        let [bestRate, bestForward] = [0, Infinity];
        for (let round = 0; round < rounds; round++) {
          const own = product.operations / (await seconds(product.work)) / 1e9;
          const elapsed = await seconds(forward);
          const after = product.operations / (await seconds(product.work)) / 1e9;
          bestRate = Math.max(bestRate, own, after);
          bestForward = Math.min(bestForward, elapsed);
        }
        // The best of each: a neighbour on the machine spoils rounds of one or the other.
        const share = operations(model, batch) / bestForward / 1e9 / bestRate;
        figures.push(
          { name: `${description}: matrix product 1024³, best`, value: bestRate, unit: 'GFLOP/s' },
          { name: `${title}: forward, best`, value: (rows * length) / bestForward, unit: 'tokens/s' },
          { name: `${title}: forward, best`, value: operations(model, batch) / bestForward / 1e9, unit: 'GFLOP/s' },
          { name: `${title}: share of the product rate`, value: share, unit: 'share', goal: '≥ 50 %', reached: share >= 0.5 },
        );
        if (training > 0 && (config === encoder || trainGpt2 > 0)) {
          for (const [what, frozen, factor] of [
            ['training', false, 3],
            ['training of embeddings alone', true, 2],
          ] as const) {
            const before = product.operations / (await seconds(product.work)) / 1e9;
            const update = await updateSeconds(model, batch, { micro, updates: training, clock, frozen });
            const rate = (before + product.operations / (await seconds(product.work)) / 1e9) / 2;
            figures.push(
              { name: `${title}: ${what}, best`, value: (rows * length) / update, unit: 'tokens/s' },
              {
                name: `${title}: ${what}, share of the product rate`,
                value: (factor * operations(model, batch)) / update / 1e9 / rate,
                unit: 'share',
              },
            );
          }
        }
        model.dispose();
      }
      product.dispose();
    }
    return figures;
  },
};
