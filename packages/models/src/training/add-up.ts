import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tfjs } from '../tfjs.ts';

/**
 * Returns the sum of tensors of one shape, at least one; differentiable. Call it inside `tf.tidy`.
 *
 * One after another: `addN` takes more buffers at once than a WebGPU stage may have.
 */
export function addUp<T extends Tensor>(tf: Tfjs, tensors: readonly T[]): T {
  return tensors.reduce((sum, tensor) => tf.add<T>(sum, tensor));
}

/** Returns the Euclidean norm over all values of all tensors, as a scalar. Call it inside `tf.tidy`. */
export function normOver(tf: Tfjs, tensors: Iterable<Tensor>): Tensor {
  return tf.sqrt(
    addUp(
      tf,
      Array.from(tensors, (tensor) => tf.sum(tf.square(tensor))),
    ),
  );
}
