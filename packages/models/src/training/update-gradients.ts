import type { NamedTensorMap, Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { LayerHooks } from '../graph.ts';
import type { Tfjs } from '../tfjs.ts';
import { addUp, normOver } from './add-up.ts';
import type { PreparedLoss } from './training-loss.ts';

/** Loss and gradients of one update. */
export interface UpdateGradients {
  /** By the names of the variables; those the loss does not depend on are absent. The caller disposes of them. */
  readonly gradients: Map<string, Tensor>;
  /** Mean over all predictions, in nats. */
  readonly loss: number;
  /** Euclidean norm over all gradients. */
  readonly norm: number;
}

/** What {@link computeGradients} works on. */
export interface GradientRequest {
  readonly tf: Tfjs;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly parts: readonly PreparedLoss[];
  /** Hooks of the forward pass of part `index`. */
  readonly hooksOf: (index: number) => LayerHooks;
  /** Called before each part; may throw. */
  readonly beforePart: () => Promise<void>;
}

/** Adds up the gradients of micro-batches, each weighted by its share of the predictions, so that any split gives those of the whole batch. */
export async function computeGradients({ tf, variables, parts, hooksOf, beforePart }: GradientRequest): Promise<UpdateGradients> {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const list = [...variables.values()];
  const gradients = new Map<string, Tensor>();
  const losses: Scalar[] = [];
  try {
    for (const [index, part] of parts.entries()) {
      await beforePart();
      if (part.count === 0) continue;
      const { value, grads } = tf.variableGrads(() => tf.mul<Scalar>(part.sum(hooksOf(index)), 1 / count), list);
      losses.push(value);
      accumulate(tf, variables, gradients, grads);
    }
    const figures = tf.tidy(() => tf.stack([addUp(tf, losses), normOver(tf, gradients.values())]));
    const [loss, norm] = await figures.data<'float32'>();
    figures.dispose();
    return { gradients, loss, norm };
  } catch (error) {
    for (const gradient of gradients.values()) gradient.dispose();
    throw error;
  } finally {
    for (const loss of losses) loss.dispose();
  }
}

function accumulate(tf: Tfjs, variables: ReadonlyMap<string, Variable>, sums: Map<string, Tensor>, added: NamedTensorMap): void {
  for (const [name, variable] of variables) {
    if (!Object.hasOwn(added, variable.name)) continue;
    const gradient = added[variable.name];
    const sum = sums.get(name);
    if (!sum) {
      sums.set(name, gradient);
      continue;
    }
    sums.set(name, tf.add(sum, gradient));
    sum.dispose();
    gradient.dispose();
  }
}
