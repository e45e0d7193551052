import { LexigraftError, type LayerLosses, type LayerTrainingRequest, type Matrix } from '@lexigraft/core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { padBatch } from '../batch.ts';
import type { Tensor, Tensor2D } from '../tfjs.ts';
import { addUp } from '../training/add-up.ts';
import type { Transformer } from '../transformer.ts';
import { createHiddenStateReader, poolStates } from './hidden-state-reader.ts';

/** The losses of a model that is being trained, on examples by index. */
export interface SteeringLoss {
  /** Number of examples; each is a sequence in every language. */
  readonly examples: number;
  /** λ_R·L_R + Σ L_S + λ_A·Σ L_A, differentiable; call it inside `tf.tidy` or `tf.variableGrads`. */
  total(indexes: readonly number[]): Scalar;
  /** The three of them as numbers, without their weights. */
  parts(indexes: readonly number[]): Promise<LayerLosses>;
  dispose(): void;
}

/**
 * Reads what the losses need of the model as it is now, and returns them as functions of its weights.
 *
 * With M_s orthonormal and δ in its span, ‖P_s·h − P_s·h^ref − w·δ‖ is the norm of the difference of coordinates M_sᵀ·(…), so that the projections themselves
 * never appear; likewise with the unit vector a of the agnostic direction. All are means over batch and dimension.
 *
 * @throws {LexigraftError} `empty-input` without examples, `shape-mismatch` for languages with different numbers of them
 */
export async function createSteeringLoss(model: Transformer, request: LayerTrainingRequest): Promise<SteeringLoss> {
  const { tf, config } = model;
  const { layers, dimension } = config;
  const [[central, centralSequences], ...others] = languagesOf(request);
  const examples = centralSequences.length;
  const reader = createHiddenStateReader(model);
  const stateOf = async (sequences: readonly ArrayLike<number>[], pooling: 'last' | 'mean'): Promise<Matrix> => {
    const found = await reader.read(sequences, { pooling, layers: [layers], signal: request.signal });
    return found.get(layers) ?? { rows: 0, columns: 0, data: new Float32Array(0) };
  };
  // Everything that may fail or wait comes before the first tensor is held.
  const displacements = others.map(([language]) => displacementOf(request, language));
  const frozenMeans = await stateOf(centralSequences, 'mean');
  const frozen: Matrix[] = [];
  for (const [, sequences] of others) frozen.push(await stateOf(sequences, 'last'));

  const held: Tensor[] = [];
  const hold = <T extends Tensor>(tensor: T): T => {
    held.push(tf.keep(tensor));
    return tensor;
  };
  const basis = hold(tf.tensor2d(request.specific.data, [dimension, request.specific.columns]));
  const agnostic = hold(tf.tensor2d(request.agnostic, [dimension, 1]));
  /** Coordinates the states of a language shall have: M_sᵀ·(h^ref + w·δ), `[examples, rank]`. */
  const goals = new Map(
    others.map(([language], index): [string, Tensor2D] => [
      language,
      hold(
        tf.tidy(() =>
          tf.matMul<Tensor2D>(tf.add(tf.tensor2d(frozen[index].data, [examples, dimension]), tf.tensor1d(displacements[index])), basis),
        ),
      ),
    ]),
  );
  const goalOf = (language: string): Tensor2D => {
    const goal = goals.get(language);
    if (!goal) throw new Error(`No goal for ${language}.`);
    return goal;
  };
  const forward = (sequences: readonly ArrayLike<number>[], poolings: readonly ('last' | 'mean')[]): Tensor2D[] => {
    const batch = padBatch(sequences);
    const states = model.graph.forward(batch);
    return poolings.map((pooling) => poolStates(tf, batch, states, pooling));
  };
  const chosen = (sequences: readonly ArrayLike<number>[], indexes: readonly number[]): ArrayLike<number>[] =>
    indexes.map((index) => sequences[index]);

  function losses(indexes: readonly number[]): { retain: Scalar; specific: Scalar; agnostic: Scalar } {
    const size = indexes.length * dimension;
    const [last, mean] = forward(chosen(centralSequences, indexes), ['last', 'mean']);
    const means = tf.tensor2d(
      Float32Array.from(indexes.flatMap((index) => [...frozenMeans.data.subarray(index * dimension, (index + 1) * dimension)])),
      [indexes.length, dimension],
    );
    const retain = tf.div<Scalar>(tf.sum(tf.square(tf.sub(mean, means))), size);
    const centralPart = tf.matMul(last, agnostic);
    const specificLosses: Scalar[] = [];
    const agnosticLosses: Scalar[] = [];
    for (const [language, sequences] of others) {
      const [state] = forward(chosen(sequences, indexes), ['last']);
      const goal = tf.gather(goalOf(language), tf.tensor1d([...indexes], 'int32'));
      specificLosses.push(tf.div<Scalar>(tf.sum(tf.square(tf.sub(tf.matMul(state, basis), goal))), size));
      agnosticLosses.push(tf.div<Scalar>(tf.sum(tf.square(tf.sub(centralPart, tf.matMul(state, agnostic)))), size));
    }
    return { retain, specific: addUp(tf, specificLosses), agnostic: addUp(tf, agnosticLosses) };
  }

  return {
    examples,
    total: (indexes) => {
      const found = losses(indexes);
      return addUp(tf, [tf.mul<Scalar>(found.retain, request.retain), found.specific, tf.mul<Scalar>(found.agnostic, request.pull)]);
    },
    async parts(indexes) {
      const found = tf.tidy(() => {
        const { retain, specific, agnostic: pull } = losses(indexes);
        return tf.stack([retain, specific, pull]);
      });
      const [retain, specific, pull] = await found.data();
      found.dispose();
      if (![retain, specific, pull].every((value) => Number.isFinite(value)))
        throw new LexigraftError(
          'not-finite',
          `The losses of \`${central}\` and the other languages are ${retain}, ${specific} and ${pull}.`,
          {},
        );
      return { retain, specific, agnostic: pull };
    },
    dispose() {
      for (const tensor of held) tensor.dispose();
    },
  };
}

function displacementOf({ displacements }: LayerTrainingRequest, language: string): Float32Array {
  const displacement = displacements.get(language);
  if (displacement) return displacement;
  throw new LexigraftError('invalid-option', `\`displacements\` has no entry for \`${language}\`.`, { language });
}

function languagesOf({ sequences }: LayerTrainingRequest): (readonly [string, readonly ArrayLike<number>[]])[] {
  const languages = [...sequences];
  if (languages.length < 2 || languages[0][1].length === 0)
    throw new LexigraftError('empty-input', 'Training needs sequences of the central language and of another.', {
      languages: languages.length,
    });
  const odd = languages.find(([, list]) => list.length !== languages[0][1].length);
  if (!odd) return languages;
  throw new LexigraftError(
    'shape-mismatch',
    `Training needs parallel sequences: \`${languages[0][0]}\` has ${languages[0][1].length}, \`${odd[0]}\` ${odd[1].length}.`,
    { language: odd[0] },
  );
}
