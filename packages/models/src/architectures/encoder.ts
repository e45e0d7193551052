import { findActivation, type Activation } from '../layers/activation.ts';
import { attention } from '../layers/attention.ts';
import type { LayerContext } from '../layers/layer-context.ts';
import { linear, tableProduct } from '../layers/linear.ts';
import { layerNorm } from '../layers/normalisation.ts';
import type { PreparedBatch } from '../layers/prepared-batch.ts';
import { LARGEST_DEPTH, readConfig, type ConfigReader } from '../config-reader.ts';
import { LexigraftError } from '@lexigraft/core';
import type { Tensor2D } from '../tfjs.ts';
import { layerNormWeights, linearWeights, type Architecture, type ArchitectureRequest, type WeightDescription } from './architecture.ts';

/** The body BERT and RoBERTa share. */
export interface Encoder extends Pick<Architecture, 'embed' | 'layer' | 'finish'> {
  readonly weights: readonly WeightDescription[];
  readonly reader: ConfigReader;
  readonly layers: number;
  readonly dimension: number;
  readonly heads: number;
  readonly vocabularySize: number;
  readonly maximumLength: number;
  readonly tokenTypes: number;
  readonly epsilon: number;
  readonly activation: Activation;
}

const WORDS = 'embeddings.word_embeddings.weight';

/**
 * Describes the bidirectional, post-norm encoder of BERT.
 *
 * @param firstPosition position of the first token in its table: 0 in BERT, one behind the padding id in RoBERTa
 * @reference Devlin et al. 2019, arXiv:1810.04805; parameter names of huggingface/transformers `models/bert/modeling_bert.py`
 */
export function describeEncoder(request: ArchitectureRequest, firstPosition: (reader: ConfigReader) => number): Encoder {
  const { config, where } = request;
  const reader = readConfig(config, where);
  const dimension = reader.integer('hidden_size');
  const layers = reader.integer('num_hidden_layers', { maximum: LARGEST_DEPTH });
  const heads = reader.integer('num_attention_heads');
  const inner = reader.integer('intermediate_size');
  const vocabularySize = reader.integer('vocab_size');
  const positions = reader.integer('max_position_embeddings');
  const types = reader.integer('type_vocab_size', { fallback: 2 });
  const epsilon = reader.number('layer_norm_eps', 1e-12);
  const first = firstPosition(reader);
  const activation = findActivation(reader.text('hidden_act', 'gelu'), where);
  if (dimension % heads !== 0)
    throw new LexigraftError('format', `${where}: \`hidden_size\` ${dimension} is no multiple of \`num_attention_heads\` ${heads}.`, {
      dimension,
      heads,
    });
  const kind = reader.text('position_embedding_type', 'absolute');
  if (kind !== 'absolute')
    throw new LexigraftError('unsupported-architecture', `${where}: positions of type \`${kind}\` are not supported, only \`absolute\`.`, {
      positionType: kind,
    });
  for (const setting of ['is_decoder', 'add_cross_attention'])
    if (reader.boolean(setting, false))
      throw new LexigraftError(
        'unsupported-architecture',
        `${where}: \`${setting}\` is not supported: encoders run bidirectionally and by themselves.`,
        { setting },
      );
  const headDimension = dimension / heads;

  const square = { in: dimension, out: dimension };
  const weights: WeightDescription[] = [
    { name: WORDS, shape: [vocabularySize, dimension] },
    { name: 'embeddings.position_embeddings.weight', shape: [positions, dimension] },
    { name: 'embeddings.token_type_embeddings.weight', shape: [types, dimension] },
    ...layerNormWeights('embeddings.LayerNorm', dimension),
    ...Array.from({ length: layers }, (_, index) => `encoder.layer.${index}`).flatMap((name) => [
      ...linearWeights(`${name}.attention.self.query`, square),
      ...linearWeights(`${name}.attention.self.key`, square),
      ...linearWeights(`${name}.attention.self.value`, square),
      ...linearWeights(`${name}.attention.output.dense`, square),
      ...layerNormWeights(`${name}.attention.output.LayerNorm`, dimension),
      ...linearWeights(`${name}.intermediate.dense`, { in: dimension, out: inner }),
      ...linearWeights(`${name}.output.dense`, { in: inner, out: dimension }),
      ...layerNormWeights(`${name}.output.LayerNorm`, dimension),
    ]),
  ];

  const dropHidden = ({ hooks }: LayerContext, x: Tensor2D): Tensor2D => (hooks.dropout ? hooks.dropout('hidden', x) : x);

  return {
    weights,
    reader,
    layers,
    dimension,
    heads,
    vocabularySize,
    maximumLength: positions - first,
    tokenTypes: types,
    epsilon,
    activation,
    embed(context, batch) {
      const { tf, hooks } = context;
      const words = tf.gather(context.matrix(WORDS), batch.ids);
      const places = tf.tensor1d(
        batch.positions.map((position) => position + first),
        'int32',
      );
      const placed = tf.add(words, tf.gather(context.matrix('embeddings.position_embeddings.weight'), places));
      const typed: Tensor2D = tf.add(placed, tf.gather(context.matrix('embeddings.token_type_embeddings.weight'), batch.tokenTypes));
      const states: Tensor2D = layerNorm(context, 'embeddings.LayerNorm', typed, epsilon);
      return hooks.dropout ? hooks.dropout('embedding', states) : states;
    },
    layer(context, batch, index, states) {
      const { tf } = context;
      const name = `encoder.layer.${index}`;
      const mixed = attendToAll(context, batch, `${name}.attention.self`, states, heads, headDimension);
      const attended = dropHidden(context, linear(context, `${name}.attention.output.dense`, mixed));
      const middle = layerNorm(context, `${name}.attention.output.LayerNorm`, tf.add<Tensor2D>(states, attended), epsilon);
      const wide = activation(tf, linear(context, `${name}.intermediate.dense`, middle));
      const narrow = dropHidden(context, linear(context, `${name}.output.dense`, wide));
      return layerNorm(context, `${name}.output.LayerNorm`, tf.add<Tensor2D>(middle, narrow), epsilon);
    },
    finish: (_, states) => states,
  };
}

function attendToAll(
  context: LayerContext,
  batch: PreparedBatch,
  name: string,
  states: Tensor2D,
  heads: number,
  headDimension: number,
): Tensor2D {
  const projections = {
    query: linear(context, `${name}.query`, states),
    key: linear(context, `${name}.key`, states),
    value: linear(context, `${name}.value`, states),
  };
  return attention(context, batch, projections, { heads, keyValueHeads: heads, headDimension, scale: 1 / Math.sqrt(headDimension) });
}

/** Names of the parts of a masked language head, and what stands behind its first. */
export interface MaskedHead {
  readonly activation: Activation;
  readonly dense: string;
  readonly norm: string;
  readonly bias: string;
  readonly biasAlias: string;
  readonly decoder: string;
}

/** Returns weights and function of the masked language head: dense, activation, normalisation, product with the word embeddings. */
export function describeMaskedHead(
  encoder: Encoder,
  { activation, ...names }: MaskedHead,
): {
  readonly weights: readonly WeightDescription[];
  readonly head: string;
  readonly logits: (context: LayerContext, states: Tensor2D) => Tensor2D;
} {
  const { dimension, vocabularySize, epsilon } = encoder;
  const tied = encoder.reader.boolean('tie_word_embeddings', true);
  const weights: WeightDescription[] = [
    ...linearWeights(names.dense, { in: dimension, out: dimension }),
    ...layerNormWeights(names.norm, dimension),
    { name: names.bias, shape: [vocabularySize], aliases: [names.biasAlias] },
    ...(tied ? [] : linearWeights(names.decoder, { in: dimension, out: vocabularySize }, { bias: false })),
  ];
  return {
    weights,
    head: tied ? WORDS : `${names.decoder}.weight`,
    logits(context, states) {
      const { tf } = context;
      const turned = layerNorm(context, names.norm, activation(tf, linear(context, names.dense, states)), epsilon);
      const products = tied ? tableProduct(context, turned, context.matrix(WORDS)) : linear(context, names.decoder, turned);
      return tf.add(products, context.vector(names.bias));
    },
  };
}
