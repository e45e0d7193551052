import { LexigraftError, type LayerLosses, type LayerTrainer, type LayerTrainingRequest, type Matrix } from '@lexigraft/core';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { normOver } from '../training/add-up.ts';
import { createAdamW } from '../training/adamw.ts';
import { layerOf } from '../training/parameter-selection.ts';
import { nextTurn } from '../training/next-turn.ts';
import { cosineSchedule } from '../training/schedule.ts';
import type { Transformer } from '../transformer.ts';
import { createSteeringLoss, type SteeringLoss } from './steering-loss.ts';

/** Euclidean norm to which gradients are cut, as in the trainer that the released code uses. */
const CLIP_NORM = 1;

/**
 * Trains the last blocks of a model so that languages move along their directions, against its own states before training.
 *
 * The frozen copy of the paper is not kept in memory: what is needed of it, last-token states and means of the central language, is computed once
 * before the first step. AdamW with a cosine schedule; sequences in the order given. The model has its own weights back when this returns or fails.
 *
 * @throws {LexigraftError} from `train`: `invalid-option`, `empty-input`, `not-finite` for a loss that is no number; the abort reason
 * @reference Zhao et al. 2024, arXiv:2410.04407; circle-hit/Lens@2ffa3f0
 */
export function createLayerTrainer(model: Transformer): LayerTrainer {
  const { tf, config } = model;
  return {
    layers: config.layers,
    dimension: config.dimension,
    async train(request) {
      const variables = trainedVariables(model, request.trainedLayers);
      const loss = await createSteeringLoss(model, request);
      const kept = new Map([...variables].map(([name, variable]): [string, Tensor] => [name, tf.keep(tf.clone(variable))]));
      try {
        const before = await meanLosses(loss, request);
        await run(model, request, variables, loss);
        const after = await meanLosses(loss, request);
        const tensors = new Map<string, Matrix>();
        for (const name of variables.keys()) {
          const { shape, data } = await model.readParameter(name);
          const rows = shape.length > 1 ? shape[0] : 1;
          tensors.set(name, { rows, columns: data.length / rows, data });
        }
        return { tensors, before, after };
      } finally {
        for (const [name, value] of kept) {
          variables.get(name)?.assign(value);
          value.dispose();
        }
        loss.dispose();
      }
    },
  };
}

async function run(
  model: Transformer,
  request: LayerTrainingRequest,
  variables: ReadonlyMap<string, Variable>,
  loss: SteeringLoss,
): Promise<void> {
  const { tf } = model;
  const { signal, epochs, accumulate, learningRate, weightDecay, warmup } = request;
  const batches = batchesOf(loss.examples, request.batch);
  const all = Array.from({ length: epochs }, () => batches).flat();
  const total = Math.ceil(all.length / accumulate);
  const optimizer = createAdamW(tf, variables, { learningRate, weightDecay });
  const schedule = cosineSchedule({ warmUp: { share: warmup } });
  try {
    for (let step = 0; step < total; step++) {
      const parts = all.slice(step * accumulate, (step + 1) * accumulate);
      const gradients = new Map<string, Tensor>();
      try {
        for (const part of parts) {
          await nextTurn();
          signal.throwIfAborted();
          const { value, grads } = tf.variableGrads(() => tf.mul<Scalar>(loss.total(part), 1 / parts.length), [...variables.values()]);
          value.dispose();
          for (const [name, variable] of variables) {
            const sum = gradients.get(name);
            const added = grads[variable.name];
            gradients.set(name, sum ? tf.add(sum, added) : added);
            if (sum) tf.dispose([sum, added]);
          }
        }
        const norm = await normOf(tf, gradients);
        if (!Number.isFinite(norm)) {
          throw new LexigraftError('not-finite', `Update ${step + 1} has a gradient of norm ${norm}. Lower the learning rate.`, {
            step: step + 1,
          });
        }
        // In the middle of each step, so that a run of one step is trained at all.
        const factor = schedule({ step, fraction: (step + 0.5) / total });
        const shorten = Math.min(1, CLIP_NORM / (norm + 1e-6));
        tf.tidy(() => {
          optimizer.apply(
            new Map([...gradients].map(([name, gradient]) => [name, shorten < 1 ? tf.mul(gradient, shorten) : gradient])),
            factor,
          );
        });
      } finally {
        for (const gradient of gradients.values()) gradient.dispose();
      }
      request.onProgress({ done: step + 1, total });
    }
  } finally {
    optimizer.dispose();
  }
}

/** Weights of the last blocks; embeddings, final norm and heads stay. */
function trainedVariables({ parameters, config }: Transformer, count: number): ReadonlyMap<string, Variable> {
  if (!(Number.isInteger(count) && count >= 1 && count <= config.layers)) {
    throw new LexigraftError(
      'invalid-option',
      `\`trainedLayers\` must be a number of layers between 1 and ${config.layers}, received ${count}.`,
      {
        option: 'trainedLayers',
        layers: config.layers,
      },
    );
  }
  return new Map([...parameters].filter(([name]) => (layerOf(name) ?? -1) >= config.layers - count));
}

async function meanLosses(loss: SteeringLoss, { batch, signal }: LayerTrainingRequest): Promise<LayerLosses> {
  const sums = { retain: 0, specific: 0, agnostic: 0 };
  for (const part of batchesOf(loss.examples, Math.max(batch, 8))) {
    await nextTurn();
    signal.throwIfAborted();
    const found = await loss.parts(part);
    for (const name of ['retain', 'specific', 'agnostic'] as const) sums[name] += (found[name] * part.length) / loss.examples;
  }
  return sums;
}

function batchesOf(examples: number, size: number): number[][] {
  const all = Array.from({ length: examples }, (_, index) => index);
  return Array.from({ length: Math.ceil(examples / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

async function normOf(tf: Transformer['tf'], gradients: ReadonlyMap<string, Tensor>): Promise<number> {
  const norm = tf.tidy(() => normOver(tf, gradients.values()));
  const [value] = await norm.data();
  norm.dispose();
  return value;
}
