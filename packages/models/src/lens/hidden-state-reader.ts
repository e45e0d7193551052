import { LexigraftError, zeros, type HiddenStateReader, type Matrix, type Pooling } from '@lexigraft/core';
import { padBatch, type Batch } from '../batch.ts';
import { lengthBatches } from '../scoring/length-batches.ts';
import type { Tensor2D, Tfjs } from '../tfjs.ts';
import type { Transformer } from '../transformer.ts';

/** Options of {@link createHiddenStateReader}. */
export interface HiddenStateReaderOptions {
  /**
   * Most tokens, padding included, of one forward pass.
   *
   * @default 4096
   */
  readonly batchTokens?: number;
}

/**
 * Gives a strategy the hidden states of a model, pooled on the device: what leaves it is one vector for each sequence and layer.
 *
 * @throws {LexigraftError} from `read`: `empty-input` for a sequence without a token, `invalid-option` for one that is too long or a layer that does not
 * exist; the abort reason
 */
export function createHiddenStateReader(model: Transformer, { batchTokens }: HiddenStateReaderOptions = {}): HiddenStateReader {
  const { tf, config, graph } = model;
  const { layers: count, dimension, maximumLength } = config;
  return {
    layers: count,
    dimension,
    maximumLength,
    async read(sequences, { pooling, layers: asked, signal }) {
      const layers = [...new Set(asked ?? Array.from({ length: count + 1 }, (_, layer) => layer))].sort((a, b) => a - b);
      for (const layer of layers) assertLayer(layer, count);
      sequences.forEach((sequence, index) => {
        assertLength(sequence, index, maximumLength);
      });
      const results = new Map<number, Matrix>(layers.map((layer) => [layer, zeros(sequences.length, dimension)]));
      const limits = { ...(batchTokens !== undefined && { batchTokens }), ...(signal && { signal }) };
      for await (const indexes of lengthBatches(
        sequences.map(({ length }) => length),
        limits,
      )) {
        const batch = padBatch(indexes.map((index) => sequences[index]));
        const pooled = tf.tidy(() => {
          const found: Tensor2D[] = [];
          graph.forward(batch, {
            lastLayer: layers[layers.length - 1],
            onHiddenState: (layer, state) => {
              if (layers.includes(layer)) found.push(poolStates(tf, batch, state, pooling));
            },
          });
          return found;
        });
        try {
          for (const [place, layer] of layers.entries()) {
            const values = await pooled[place].data();
            const { data } = results.get(layer) ?? zeros(0, 0);
            indexes.forEach((index, row) => {
              data.set(values.subarray(row * dimension, (row + 1) * dimension), index * dimension);
            });
          }
        } finally {
          tf.dispose(pooled);
        }
      }
      return results;
    },
  };
}

/** Returns one vector `[rows, dimension]` for each sequence of `states` `[rows · length, dimension]`; padding has no part in it. */
export function poolStates(tf: Tfjs, { rows, length, mask }: Batch, states: Tensor2D, pooling: Pooling): Tensor2D {
  // A product with a matrix that chooses or averages: its gradient is a product as well, on every backend.
  const weights = new Float32Array(rows * rows * length);
  for (let row = 0; row < rows; row++) {
    const own = mask.subarray(row * length, (row + 1) * length);
    const tokens = own.reduce((sum, value) => sum + value, 0);
    const start = row * rows * length + row * length;
    if (pooling === 'last') weights[start + own.lastIndexOf(1)] = 1;
    else own.forEach((value, position) => (weights[start + position] = value / tokens));
  }
  return tf.matMul(tf.tensor2d(weights, [rows, rows * length]), states);
}

function assertLayer(layer: number, count: number): void {
  if (Number.isInteger(layer) && layer >= 0 && layer <= count) return;
  throw new LexigraftError('invalid-option', `\`layers\` must hold numbers of 0 (the embeddings) to ${count}, received ${layer}.`, {
    option: 'layers',
    layers: count,
  });
}

function assertLength({ length }: ArrayLike<number>, index: number, maximum: number): void {
  if (length === 0)
    throw new LexigraftError('empty-input', `Sequence ${index} has no token, so it has no hidden state.`, { sequence: index });
  if (length <= maximum) return;
  throw new LexigraftError('invalid-option', `Sequence ${index} has ${length} tokens; the model takes ${maximum}.`, {
    sequence: index,
    length,
    maximum,
  });
}
