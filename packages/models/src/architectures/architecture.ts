import type { Batch } from '../batch.ts';
import type { LayerContext } from '../layers/layer-context.ts';
import type { PreparedBatch } from '../layers/prepared-batch.ts';
import type { Tensor2D } from '../tfjs.ts';
import type { Head, ModelDescription } from '../transformer-config.ts';

/** A weight an architecture needs. Plain data. */
export interface WeightDescription {
  /** Canonical name, without the prefix some checkpoints leave out. */
  readonly name: string;
  /** Shape in the checkpoint. */
  readonly shape: readonly number[];
  /** Whether to keep it transposed in memory: `[out, in]` → `[in, out]`. */
  readonly transposed?: boolean;
  /** Older or other names of the same weight. */
  readonly aliases?: readonly string[];
  /** Belongs to a classification head, which may be made anew: 0 for biases, normal for the rest. */
  readonly ofNewHead?: boolean;
}

/** What an architecture is told of the checkpoint beyond config.json. */
export interface ArchitectureRequest {
  readonly config: Readonly<Record<string, unknown>>;
  /** Leads messages. */
  readonly where: string;
  readonly head: Head;
  /** Number of classes of a classification head. */
  readonly labels: number;
}

/** A model as data and four functions. States are `[rows · length, dimension]`. */
export interface Architecture {
  readonly config: ModelDescription;
  readonly weights: readonly WeightDescription[];
  /** Canonical names of the per-token tensors. */
  readonly perToken: { readonly input: string; readonly head?: string; readonly bias?: string };
  /** Number of tokens up to itself that a token sees, each number once; `undefined` for all. */
  readonly windows: readonly (number | undefined)[];
  embed(context: LayerContext, batch: PreparedBatch): Tensor2D;
  /** The `index`th layer, from 0. */
  layer(context: LayerContext, batch: PreparedBatch, index: number, states: Tensor2D): Tensor2D;
  /** What stands behind the last layer, e.g. a normalisation. */
  finish(context: LayerContext, states: Tensor2D): Tensor2D;
  vocabularyLogits?(context: LayerContext, states: Tensor2D): Tensor2D;
  classLogits?(context: LayerContext, states: Tensor2D, batch: Batch): Tensor2D;
}

/** Describes the weight and, where asked for, the bias of a linear layer `[out, in]`. */
export function linearWeights(
  name: string,
  size: { readonly in: number; readonly out: number },
  { bias = true, ofNewHead = false }: { readonly bias?: boolean; readonly ofNewHead?: boolean } = {},
): WeightDescription[] {
  const weight = { name: `${name}.weight`, shape: [size.out, size.in], transposed: true, ofNewHead };
  return bias ? [weight, { name: `${name}.bias`, shape: [size.out], ofNewHead }] : [weight];
}

/** Describes the weights of a layer normalisation; `gamma` and `beta` are what TensorFlow calls them. */
export function layerNormWeights(name: string, dimension: number): WeightDescription[] {
  return [
    { name: `${name}.weight`, shape: [dimension], aliases: [`${name}.gamma`] },
    { name: `${name}.bias`, shape: [dimension], aliases: [`${name}.beta`] },
  ];
}
