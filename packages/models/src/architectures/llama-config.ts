import { LexigraftError } from '@lexigraft/core';
import { LARGEST_DEPTH, readConfig } from '../config-reader.ts';
import { findActivation, type Activation } from '../layers/activation.ts';
import { readRotary, type RotaryPositions } from '../layers/rotary.ts';

/** Members of the Llama family this version runs. */
export const llamaModelTypes: readonly string[] = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma', 'gemma2'];

/** What distinguishes a member of the Llama family from another. */
export interface LlamaConfig {
  readonly modelType: string;
  readonly dimension: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDimension: number;
  readonly inner: number;
  readonly vocabularySize: number;
  readonly maximumLength: number;
  readonly epsilon: number;
  readonly tied: boolean;
  readonly activation: Activation;
  readonly rotary: RotaryPositions;
  /** Which projections have a bias. */
  readonly biases: { readonly queryKeyValue: boolean; readonly attentionOutput: boolean; readonly feedForward: boolean };
  /** Queries and keys are normalised per head. */
  readonly normalisesHeads: boolean;
  /** Normalisations also stand behind attention and feed-forward. */
  readonly normalisesAfter: boolean;
  /** Added to the weights of every normalisation. */
  readonly normShift: number;
  /** Factor of the embeddings. */
  readonly embeddingScale: number;
  readonly attentionScale: number;
  readonly attentionSoftCap: number | undefined;
  readonly logitSoftCap: number | undefined;
  /** Number of tokens a token of that layer sees; `undefined` for all. */
  readonly windowOf: (layer: number) => number | undefined;
}

/**
 * Reads config.json of Llama, Mistral, Qwen2, Qwen3, Gemma or Gemma 2, each with the defaults of its own class in transformers.
 *
 * @reference huggingface/transformers `models/<type>/configuration_<type>.py` and `modeling_<type>.py`
 * @throws {LexigraftError} `format` · `unsupported-architecture`
 */
export function readLlamaConfig(config: Readonly<Record<string, unknown>>, where: string): LlamaConfig {
  const reader = readConfig(config, where);
  const modelType = reader.text('model_type');
  const isGemma = modelType === 'gemma' || modelType === 'gemma2';
  const dimension = reader.integer('hidden_size');
  const layers = reader.integer('num_hidden_layers', { maximum: LARGEST_DEPTH });
  const heads = reader.integer('num_attention_heads');
  const keyValueHeads = reader.integer('num_key_value_heads', { fallback: heads });
  const headDimension = reader.integer('head_dim', {
    maximum: 65_536,
    fallback: modelType === 'qwen3' ? 128 : isGemma ? 256 : Math.floor(dimension / heads),
  });
  if (heads % keyValueHeads !== 0 || headDimension % 2 !== 0)
    throw new LexigraftError(
      'format',
      `${where}: ${heads} heads of ${headDimension} dimensions cannot share ${keyValueHeads} key and value heads; the numbers must divide and the dimension be even.`,
      { heads, keyValueHeads, headDimension },
    );
  if (reader.number('partial_rotary_factor', 1) !== 1)
    throw new LexigraftError('unsupported-architecture', `${where}: \`partial_rotary_factor\` other than 1 is not supported.`, {});
  const rotary = readRotary(reader, headDimension, where);
  const attentionBias = modelType === 'qwen2' || reader.boolean('attention_bias', false);
  return {
    modelType,
    dimension,
    layers,
    heads,
    keyValueHeads,
    headDimension,
    inner: reader.integer('intermediate_size'),
    vocabularySize: reader.integer('vocab_size'),
    maximumLength: rotary.maximumLength,
    epsilon: reader.number('rms_norm_eps', 1e-6),
    tied: reader.boolean('tie_word_embeddings', isGemma),
    activation: findActivation(
      // Gemma's `hidden_act` says `gelu` in early checkpoints and never meant the exact one.
      isGemma ? reader.text('hidden_activation', 'gelu_pytorch_tanh') : reader.text('hidden_act', 'silu'),
      where,
    ),
    rotary,
    biases: {
      queryKeyValue: attentionBias,
      attentionOutput: attentionBias && modelType !== 'qwen2',
      feedForward: reader.boolean('mlp_bias', false),
    },
    normalisesHeads: modelType === 'qwen3',
    normalisesAfter: modelType === 'gemma2',
    normShift: isGemma ? 1 : 0,
    embeddingScale: isGemma ? Math.sqrt(dimension) : 1,
    attentionScale: 1 / Math.sqrt(modelType === 'gemma2' ? reader.number('query_pre_attn_scalar', 256) : headDimension),
    attentionSoftCap: modelType === 'gemma2' && reader.has('attn_logit_softcapping') ? reader.number('attn_logit_softcapping') : undefined,
    logitSoftCap: modelType === 'gemma2' && reader.has('final_logit_softcapping') ? reader.number('final_logit_softcapping') : undefined,
    windowOf: readWindows(reader, modelType, layers),
  };
}

function readWindows(reader: ReturnType<typeof readConfig>, modelType: string, layers: number): (layer: number) => number | undefined {
  const isQwen = modelType === 'qwen2' || modelType === 'qwen3';
  const usesWindow = isQwen ? reader.boolean('use_sliding_window', false) : modelType === 'mistral' || modelType === 'gemma2';
  if (!usesWindow || !reader.has('sliding_window')) return () => undefined;
  const window = reader.integer('sliding_window');
  const types = reader.values.layer_types;
  if (Array.isArray(types) && types.length === layers) return (layer) => (types[layer] === 'sliding_attention' ? window : undefined);
  const fullUpTo = isQwen ? reader.integer('max_window_layers', { fallback: 28, minimum: 0 }) : 0;
  if (modelType === 'gemma2') return (layer) => (layer % 2 === 0 ? window : undefined);
  return (layer) => (layer >= fullUpTo ? window : undefined);
}
