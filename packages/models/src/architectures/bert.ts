import { firstTokens } from '../layers/token-states.ts';
import { linear } from '../layers/linear.ts';
import type { Tensor2D } from '../tfjs.ts';
import { linearWeights, type Architecture, type ArchitectureRequest } from './architecture.ts';
import { describeEncoder, describeMaskedHead } from './encoder.ts';

/** Describes BERT: encoder, masked language head, or classifier over the pooled first token. */
export function describeBert(request: ArchitectureRequest): Architecture {
  const encoder = describeEncoder(request, () => 0);
  const { dimension, layers, heads, vocabularySize, maximumLength, tokenTypes } = encoder;
  const { head, labels } = request;
  const masked =
    head === 'masked-language'
      ? describeMaskedHead(encoder, {
          activation: encoder.activation,
          dense: 'cls.predictions.transform.dense',
          norm: 'cls.predictions.transform.LayerNorm',
          bias: 'cls.predictions.bias',
          biasAlias: 'cls.predictions.decoder.bias',
          decoder: 'cls.predictions.decoder',
        })
      : undefined;
  const classifies = head === 'classification';
  return {
    config: {
      modelType: encoder.reader.text('model_type', 'bert'),
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
            ...linearWeights('pooler.dense', { in: dimension, out: dimension }, { ofNewHead: true }),
            ...linearWeights('classifier', { in: dimension, out: labels }, { ofNewHead: true }),
          ]
        : []),
    ],
    windows: [undefined],
    perToken: { input: 'embeddings.word_embeddings.weight', ...(masked && { head: masked.head, bias: 'cls.predictions.bias' }) },
    embed: encoder.embed,
    layer: encoder.layer,
    finish: encoder.finish,
    ...(masked && { vocabularyLogits: masked.logits }),
    ...(classifies && {
      classLogits(context, states, batch) {
        const { tf, hooks } = context;
        const first: Tensor2D = tf.gather(states, tf.tensor1d(firstTokens(batch), 'int32'));
        const pooled = tf.tanh(linear(context, 'pooler.dense', first));
        return linear(context, 'classifier', hooks.dropout ? hooks.dropout('classifier', pooled) : pooled);
      },
    }),
  };
}
