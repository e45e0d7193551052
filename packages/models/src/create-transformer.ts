import { LexigraftError, type Matrix, type SteeringPlan } from '@lexigraft/core';
import type { Architecture } from './architectures/architecture.ts';
import { padBatch, type Batch } from './batch.ts';
import { changeEmbeddings } from './change-embeddings.ts';
import { createGraph } from './create-graph.ts';
import type { TransformerGraph } from './graph.ts';
import { lengthBatches } from './scoring/length-batches.ts';
import { scoreContinuations } from './scoring/score-continuations.ts';
import { scoreMaskedTargets, scorePseudo } from './scoring/score-masked.ts';
import { scoreTokens } from './scoring/score-tokens.ts';
import { openSteering, steeringTensors, type SteeringTensors } from './steering.ts';
import type { Tensor, Tensor2D, Tfjs, Variable } from './tfjs.ts';
import type { TransformerConfig } from './transformer-config.ts';
import type { ClassificationInput, ForwardLimits, HiddenStates, ParameterLayout, Transformer } from './transformer.ts';
import { transposeValues } from './transpose-values.ts';

/** What a model is made of. */
export interface ModelParts {
  readonly tf: Tfjs;
  readonly architecture: Architecture;
  readonly config: TransformerConfig;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly layouts: ReadonlyMap<string, ParameterLayout>;
  /** Names in the checkpoint by canonical name. */
  readonly storedNames: ReadonlyMap<string, string>;
  readonly steering: readonly SteeringTensors[];
  /** Tensors this model made and disposes of; the rest belong to the model it was derived from. */
  readonly owned: readonly Tensor[];
}

/** Assembles the public face of a model. */
export function createTransformer(parts: ModelParts): Transformer {
  const { tf, config, parameters, layouts } = parts;
  const graph = createGraph(parts);
  const transformer: Transformer = {
    tf,
    config,
    parameters,
    layouts,
    graph,
    hiddenStates: (batch, options = {}) => readHiddenStates(transformer, batch, options.layers),
    logits: (batch, positions) => readLogits(transformer, batch, positions),
    classify: (sequences, limits) => classify(transformer, sequences, limits),
    logLikelihoods: (requests, limits) => scoreContinuations(transformer, requests, limits),
    tokenLogLikelihoods: (sequences, limits) => scoreTokens(transformer, sequences, limits),
    scoreTargets: (sequences, targets, limits) => scoreMaskedTargets(transformer, sequences, targets, limits),
    pseudoLogLikelihoods: (sequences, options) => scorePseudo(transformer, sequences, options),
    withEmbeddings: async (change) => createTransformer(await changeEmbeddings(parts, change)),
    withSteering: (plan: SteeringPlan) => {
      const steering = openSteering(tf, config, plan);
      return createTransformer({ ...parts, steering: [...parts.steering, ...steering], owned: steeringTensors(steering) });
    },
    async readParameter(name) {
      const { variable, layout } = parameterOf(parts, name);
      const data = (await variable.data()) as Float32Array;
      const { shape, transposed } = layout;
      return { shape, data: transposed ? transposeValues(data, shape[1], shape[0]) : data.slice() };
    },
    writeParameter(name, values) {
      const { variable, layout } = parameterOf(parts, name);
      const { shape, transposed } = layout;
      if (values.length !== variable.size)
        throw new LexigraftError(
          'shape-mismatch',
          `Weight "${name}" has shape [${shape.join(', ')}]; ${values.length} values were given.`,
          {
            argument: name,
            expected: [...shape],
            received: [values.length],
          },
        );
      const data = transposed ? transposeValues(values, shape[0], shape[1]) : Float32Array.from(values);
      const fresh = tf.tensor(data, variable.shape, 'float32');
      variable.assign(fresh);
      fresh.dispose();
    },
    dispose() {
      for (const tensor of parts.owned) tensor.dispose();
    },
  };
  return transformer;
}

function parameterOf({ parameters, layouts }: ModelParts, name: string): { readonly variable: Variable; readonly layout: ParameterLayout } {
  const [variable, layout] = [parameters.get(name), layouts.get(name)];
  if (variable && layout) return { variable, layout };
  throw new LexigraftError('invalid-option', `The model has no weight "${name}"; \`parameters\` lists those it has.`, { tensor: name });
}

async function readHiddenStates({ tf, config, graph }: Runner, batch: Batch, wanted?: readonly number[]): Promise<HiddenStates> {
  const layers = [...new Set(wanted ?? Array.from({ length: config.layers + 1 }, (_, layer) => layer))].sort((a, b) => a - b);
  for (const layer of layers)
    if (!Number.isInteger(layer) || layer < 0 || layer > config.layers)
      throw new LexigraftError(
        'invalid-option',
        `\`layers\` must hold numbers of 0 (the embeddings) to ${config.layers}, received ${layer}.`,
        {
          option: 'layers',
          layers: config.layers,
        },
      );
  const states = tf.tidy(() => {
    const found: Tensor2D[] = [];
    if (layers.length > 0)
      graph.forward(batch, {
        lastLayer: layers[layers.length - 1],
        onHiddenState: (layer, state) => {
          if (layers.includes(layer)) found.push(state);
        },
      });
    return found;
  });
  const values = await readAll(states);
  return {
    rows: batch.rows,
    length: batch.length,
    dimension: config.dimension,
    layers: new Map(layers.map((layer, index) => [layer, values[index]])),
  };
}

interface Runner {
  readonly tf: Tfjs;
  readonly config: TransformerConfig;
  readonly graph: TransformerGraph;
}

async function readLogits({ tf, config, graph }: Runner, batch: Batch, positions?: ArrayLike<number>): Promise<Matrix> {
  const count = batch.rows * batch.length;
  const wanted = positions && Int32Array.from(positions);
  for (const position of wanted ?? [])
    if (position < 0 || position >= count)
      throw new LexigraftError('invalid-option', `\`positions\` must hold numbers of 0 to ${count - 1}, received ${position}.`, {
        option: 'positions',
      });
  const logits = tf.tidy(() => {
    const states = graph.forward(batch);
    return graph.vocabularyLogits(wanted ? tf.gather(states, tf.tensor1d(wanted, 'int32')) : states);
  });
  const [data] = await readAll([logits]);
  return { rows: wanted?.length ?? count, columns: config.vocabularySize, data };
}

async function classify(
  { tf, config, graph }: Runner,
  sequences: readonly ClassificationInput[],
  limits: ForwardLimits = {},
): Promise<Matrix> {
  const result = new Float32Array(sequences.length * config.labels);
  const batches = lengthBatches(
    sequences.map(({ ids }) => ids.length),
    limits,
  );
  for await (const indexes of batches) {
    const chosen = indexes.map((index) => sequences[index]);
    const batch = padBatch(
      chosen.map(({ ids }) => ids),
      { tokenTypes: chosen.map(({ ids, tokenTypes }) => tokenTypes ?? new Uint8Array(ids.length)) },
    );
    const logits = tf.tidy(() => graph.classLogits(graph.forward(batch), batch));
    const [data] = await readAll([logits]);
    indexes.forEach((index, row) => {
      result.set(data.subarray(row * config.labels, (row + 1) * config.labels), index * config.labels);
    });
  }
  return { rows: sequences.length, columns: config.labels, data: result };
}

/** Reads tensors and disposes of them, also when reading fails. */
export async function readAll(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    return (await Promise.all(tensors.map((tensor) => tensor.data()))) as Float32Array[];
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
