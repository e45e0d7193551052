import { findActivation } from '../layers/activation.ts';
import { linear } from '../layers/linear.ts';
import { firstTokens } from '../layers/token-states.ts';
import type { Tensor2D } from '../tfjs.ts';
import { linearWeights, type Architecture, type ArchitectureRequest } from './architecture.ts';
import { describeEncoder, describeMaskedHead } from './encoder.ts';

/**
 * Describes RoBERTa and XLM-R: BERT's encoder with positions that start behind the padding id, and heads of their own.
 *
 * @reference Liu et al. 2019, arXiv:1907.11692; Conneau et al. 2020, arXiv:1911.02116; parameter names of huggingface/transformers
 * `models/roberta/modeling_roberta.py`
 */
export function describeRoberta(request: ArchitectureRequest): Architecture {
  const encoder = describeEncoder(request, (reader) => reader.integer('pad_token_id', { fallback: 1, minimum: 0 }) + 1);
  const { dimension, layers, heads, vocabularySize, maximumLength, tokenTypes, reader } = encoder;
  const { head, labels } = request;
  const masked =
    head === 'masked-language'
      ? describeMaskedHead(encoder, {
          // Whatever `hidden_act` says of the layers.
          activation: findActivation('gelu', request.where),
          dense: 'lm_head.dense',
          norm: 'lm_head.layer_norm',
          bias: 'lm_head.bias',
          biasAlias: 'lm_head.decoder.bias',
          decoder: 'lm_head.decoder',
        })
      : undefined;
  const classifies = head === 'classification';
  return {
    config: {
      modelType: reader.text('model_type', 'roberta'),
      head,
      causal: false,
      layers,
      dimension,
      heads,
      vocabularySize,
      maximumLength,
      tokenTypes,
      labels: classifies ? labels : 0,
      source: request.config,
    },
    weights: [
      ...encoder.weights,
      ...(masked?.weights ?? []),
      ...(classifies
        ? [
            ...linearWeights('classifier.dense', { in: dimension, out: dimension }, { ofNewHead: true }),
            ...linearWeights('classifier.out_proj', { in: dimension, out: labels }, { ofNewHead: true }),
          ]
        : []),
    ],
    windows: [undefined],
    perToken: { input: 'embeddings.word_embeddings.weight', ...(masked && { head: masked.head, bias: 'lm_head.bias' }) },
    embed: encoder.embed,
    layer: encoder.layer,
    finish: encoder.finish,
    ...(masked && { vocabularyLogits: masked.logits }),
    ...(classifies && {
      classLogits(context, states, batch) {
        const { tf, hooks } = context;
        const drop = (x: Tensor2D): Tensor2D => (hooks.dropout ? hooks.dropout('classifier', x) : x);
        const first: Tensor2D = tf.gather(states, tf.tensor1d(firstTokens(batch), 'int32'));
        const pooled = tf.tanh(linear(context, 'classifier.dense', drop(first)));
        return linear(context, 'classifier.out_proj', drop(pooled));
      },
    }),
  };
}
