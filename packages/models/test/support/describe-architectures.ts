import { beforeAll, describe, expect, it } from 'vitest';
import { loadTransformer, padBatch, type Tfjs, type Transformer } from '../../src/index.ts';
import { affine } from './naive-math.ts';
import {
  naiveGpt2,
  naiveLlama,
  naiveRoberta,
  naiveRobertaClasses,
  naiveRobertaVocabulary,
  type NaiveLlamaShape,
  type NaiveResult,
} from './naive-models.ts';
import { randomModel, type RandomModel } from './random-model.ts';

const sequences = [
  [3, 7, 1, 15, 9, 22, 4, 4, 8, 2, 19],
  [5, 0, 21, 6],
  [11, 12, 13, 14, 10, 2, 3],
];

const decoder = {
  vocab_size: 23,
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  max_position_embeddings: 32,
  rms_norm_eps: 1e-5,
};
const plainFrequency = (base: number) => (pair: number) => base ** (-pair / 3);
const shape = { d: 12, heads: 4, groups: 2, perHead: 6, layers: 3, epsilon: 1e-5 };

interface LlamaCase {
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly shape: Omit<NaiveLlamaShape, keyof typeof shape> & { readonly perHead?: number; readonly groups?: number };
}

const llamaCases: readonly LlamaCase[] = [
  { title: 'Llama 2', config: { model_type: 'llama', rope_theta: 10_000 }, shape: { frequency: plainFrequency(10_000) } },
  {
    title: 'Llama with biases everywhere, and as many key heads as heads',
    config: { model_type: 'llama', attention_bias: true, mlp_bias: true, num_key_value_heads: 4 },
    shape: { frequency: plainFrequency(10_000), groups: 4 },
  },
  {
    title: 'Llama with linear scaling',
    config: { model_type: 'llama', rope_scaling: { type: 'linear', factor: 4 } },
    shape: { frequency: (pair) => plainFrequency(10_000)(pair) / 4 },
  },
  {
    title: 'Llama with dynamic scaling',
    config: {
      model_type: 'llama',
      max_position_embeddings: 6,
      // Of no account, as in transformers: the trained length is `max_position_embeddings`.
      rope_scaling: { rope_type: 'dynamic', factor: 3, original_max_position_embeddings: 4 },
    },
    // Bases are stretched by the longest sequence of the batch, 11 tokens.
    shape: { frequency: plainFrequency(10_000 * ((3 * 11) / 6 - 2) ** (6 / 4)) },
  },
  {
    title: 'Llama 3',
    config: {
      model_type: 'llama',
      rope_theta: 50,
      tie_word_embeddings: true,
      rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 20 },
    },
    shape: {
      tied: true,
      frequency: (pair) => {
        const own = plainFrequency(50)(pair);
        const wavelength = (2 * Math.PI) / own;
        if (wavelength < 20 / 4) return own;
        if (wavelength > 20) return own / 8;
        const smooth = (20 / wavelength - 1) / 3;
        return ((1 - smooth) * own) / 8 + smooth * own;
      },
    },
  },
  {
    title: 'Qwen2 with YaRN',
    config: {
      model_type: 'qwen2',
      rope_theta: 50,
      // Pairs turn 3.82, 1.04 and 0.28 times in 24 tokens: the first stays, the others slow down by a half and whole.
      rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 24, beta_fast: 4, beta_slow: 0.5 },
    },
    shape: { frequency: (pair) => plainFrequency(50)(pair) * [1, 1 / 2 + 1 / 8, 1 / 4][pair], amplitude: 1 + Math.log(4) / 10 },
  },
  {
    title: 'Llama with YaRN whose scale is given',
    config: {
      model_type: 'llama',
      rope_scaling: { type: 'yarn', factor: 8, original_max_position_embeddings: 24, truncate: false, attention_factor: 0.7 },
    },
    // Rotations per 24 tokens lie between 1 and 32 up to pair 3·ln(24/2π)/ln 10⁴ ≈ 0.4365, from pair 0 on.
    shape: {
      frequency: (pair) => plainFrequency(10_000)(pair) * (pair === 0 ? 1 : 1 / 8),
      amplitude: 0.7,
    },
  },
  {
    title: 'Mistral with a sliding window',
    config: { model_type: 'mistral', sliding_window: 3 },
    shape: { frequency: plainFrequency(10_000), window: () => 3 },
  },
  { title: 'Qwen2', config: { model_type: 'qwen2', rope_theta: 1e6, sliding_window: 3 }, shape: { frequency: plainFrequency(1e6) } },
  {
    title: 'Qwen2 whose upper layers slide',
    config: { model_type: 'qwen2', use_sliding_window: true, sliding_window: 4, max_window_layers: 1 },
    shape: { frequency: plainFrequency(10_000), window: (layer) => (layer >= 1 ? 4 : Infinity) },
  },
  {
    title: 'Qwen3, in the newer form of rotary parameters',
    config: { model_type: 'qwen3', tie_word_embeddings: true, rope_parameters: { rope_type: 'default', rope_theta: 5000 } },
    shape: { frequency: plainFrequency(5000), tied: true },
  },
  {
    title: 'Gemma, whose `hidden_act` does not mean the exact gelu',
    config: { model_type: 'gemma', hidden_act: 'gelu' },
    shape: { tied: true, frequency: plainFrequency(10_000), gemma: {} },
  },
  {
    title: 'Gemma 2',
    config: {
      model_type: 'gemma2',
      sliding_window: 3,
      query_pre_attn_scalar: 9,
      attn_logit_softcapping: 2,
      final_logit_softcapping: 3,
    },
    shape: {
      tied: true,
      frequency: plainFrequency(10_000),
      window: (layer) => (layer % 2 === 0 ? 3 : Infinity),
      gemma: { second: { scalar: 9, scoreCap: 2, logitCap: 3 } },
    },
  },
];

/** Compares architectures without a development model with computations written from their papers, in float64, token by token. */
export function describeArchitectures(title: string, open: () => Promise<Tfjs>, tolerance: number): void {
  describe(title, () => {
    let tf: Tfjs;
    beforeAll(async () => {
      tf = await open();
    });

    const check = async (source: RandomModel, naive: (ids: readonly number[]) => NaiveResult): Promise<Transformer> => {
      const model = await loadTransformer(source, { tf });
      for (const side of ['right', 'left'] as const) {
        const batch = padBatch(sequences, { side, padId: 1 });
        const { layers } = await model.hiddenStates(batch);
        const logits = model.config.head === 'classification' ? undefined : (await model.logits(batch)).data;
        sequences.forEach((ids, row) => {
          const expected = naive(ids);
          const start = row * batch.length + (side === 'left' ? batch.length - ids.length : 0);
          expect(expected.hidden.length).toBe(layers.size);
          expected.hidden.forEach((rows, layer) => {
            expectClose(layers.get(layer)?.subarray(start * model.config.dimension), rows.flat(), tolerance);
          });
          if (logits) expectClose(logits.subarray(start * model.config.vocabularySize), expected.logits.flat(), tolerance);
        });
      }
      return model;
    };

    it.each(llamaCases)('runs $title', async ({ config, shape: own }) => {
      const source = randomModel({ ...decoder, ...config });
      const full: NaiveLlamaShape = { ...shape, ...own };
      // The dynamic case depends on the batch; its frequencies are those of the longest sequence.
      const model = await check(source, (ids) => naiveLlama(source.values, source.has, ids, full));
      model.dispose();
    });

    it('runs GPT-2', async () => {
      const source = randomModel({ model_type: 'gpt2', vocab_size: 23, n_embd: 12, n_layer: 3, n_head: 3, n_positions: 16 });
      (await check(source, (ids) => naiveGpt2(source.values, ids, { d: 12, heads: 3, layers: 3, epsilon: 1e-5 }))).dispose();
    });

    it('runs GPT-2 with a head of its own, and scores scaled by layer', async () => {
      const source = randomModel({
        model_type: 'gpt2',
        vocab_size: 23,
        n_embd: 12,
        n_layer: 3,
        n_head: 3,
        n_positions: 16,
        tie_word_embeddings: false,
        scale_attn_by_inverse_layer_idx: true,
      });
      const facts = { d: 12, heads: 3, layers: 3, epsilon: 1e-5, head: 'lm_head.weight', scalesByLayer: true };
      (await check(source, (ids) => naiveGpt2(source.values, ids, facts))).dispose();
    });

    it.each(['gpt2', 'llama'])('runs %s with a classifier over the last token', async (type) => {
      const gpt2 = { model_type: 'gpt2', vocab_size: 23, n_embd: 12, n_layer: 3, n_head: 3, n_positions: 16 };
      const source = randomModel(type === 'gpt2' ? gpt2 : { ...decoder, model_type: type }, { head: 'classification', labels: 3 });
      const model = await loadTransformer(source, { tf });
      const { data } = await model.classify(sequences.map((ids) => ({ ids })));
      sequences.forEach((ids, row) => {
        const { hidden } =
          type === 'gpt2'
            ? naiveGpt2(source.values, ids, { d: 12, heads: 3, layers: 3, epsilon: 1e-5 })
            : naiveLlama(source.values, source.has, ids, { ...shape, frequency: plainFrequency(10_000), tied: true });
        const expected = affine(hidden[3][ids.length - 1], source.values('score.weight'));
        expectClose(data.subarray(3 * row, 3 * row + 3), expected, tolerance);
      });
      model.dispose();
    });

    const roberta = {
      model_type: 'xlm-roberta',
      vocab_size: 23,
      hidden_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      intermediate_size: 20,
      max_position_embeddings: 18,
      type_vocab_size: 1,
      layer_norm_eps: 1e-5,
      pad_token_id: 1,
    };
    const facts = { d: 12, heads: 3, layers: 2, pad: 1, epsilon: 1e-5 };

    it('runs RoBERTa with its masked language head', async () => {
      const source = randomModel(roberta);
      const model = await check(source, (ids) => {
        const { hidden } = naiveRoberta(source.values, ids, facts);
        return { hidden, logits: naiveRobertaVocabulary(source.values, hidden[2], 1e-5) };
      });
      expect(model.config).toMatchObject({ head: 'masked-language', maximumLength: 16, outputHead: model.config.inputEmbedding });
      model.dispose();
    });

    it('runs the masked language head of RoBERTa with the exact gelu, whatever the layers have', async () => {
      const source = randomModel({ ...roberta, hidden_act: 'relu' });
      const model = await loadTransformer(source, { tf });
      for (const ids of sequences) {
        const batch = padBatch([ids]);
        const states = (await model.hiddenStates(batch, { layers: [2] })).layers.get(2) ?? new Float32Array(0);
        // The head alone, from the equations, on the states the model itself came to.
        const rows = ids.map((_, position) => [...states.subarray(12 * position, 12 * (position + 1))]);
        expectClose((await model.logits(batch)).data, naiveRobertaVocabulary(source.values, rows, 1e-5).flat(), tolerance);
      }
      model.dispose();
    });

    it('runs RoBERTa with its classifier', async () => {
      const source = randomModel(roberta, { head: 'classification', labels: 3 });
      const model = await check(source, (ids) => naiveRoberta(source.values, ids, facts));
      const classes = await model.classify(sequences.map((ids) => ({ ids })));
      sequences.forEach((ids, row) => {
        const expected = naiveRobertaClasses(source.values, naiveRoberta(source.values, ids, facts).hidden[2]);
        expectClose(classes.data.subarray(3 * row), expected, tolerance);
      });
      model.dispose();
    });
  });
}

function expectClose(found: Float32Array | undefined, expected: readonly number[], tolerance: number): void {
  expect(found?.length).toBeGreaterThanOrEqual(expected.length);
  let worst = 0;
  expected.forEach((value, i) => {
    const difference = Math.abs((found?.[i] ?? NaN) - value) / Math.max(1, Math.abs(value));
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  });
  expect(worst).toBeLessThan(tolerance);
}
