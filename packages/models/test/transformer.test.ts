import { buildVocabulary, createMixtureBuilder, matrixFromRows, type Matrix, type TokenMixture } from '@lexigraft/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeModel, describeWeights, loadTransformer, padBatch, type LoadOptions, type Tfjs, type Transformer } from '../src/index.ts';
import { loadWasm } from './support/load-tfjs.ts';
import { randomModel, type RandomModel } from './support/random-model.ts';

const bert = {
  model_type: 'bert',
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 10,
};
const llama = {
  model_type: 'llama',
  vocab_size: 11,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 10,
};
const batch = padBatch([
  [1, 2, 3, 4],
  [5, 6],
]);

let tf: Tfjs;
const open: Transformer[] = [];

async function load(source: RandomModel, options: Omit<LoadOptions, 'tf'> = {}): Promise<Transformer> {
  const model = await loadTransformer(source, { tf, ...options });
  open.push(model);
  return model;
}

beforeAll(async () => {
  tf = await loadWasm();
});
afterEach(() => {
  for (const model of open.splice(0).reverse()) model.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const hiddenOf = async (model: Transformer, layer: number): Promise<number[]> =>
  Array.from((await model.hiddenStates(batch, { layers: [layer] })).layers.get(layer) ?? []);

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i], 5);
}

describe('loading', () => {
  it('takes checkpoints of the body alone, whose names have no prefix', async () => {
    const whole = await load(randomModel(bert));
    const bare = randomModel(bert, { rename: (name) => name.replace('bert.', '') });
    const body = await load(bare, { head: 'none' });
    expect(body.parameters.has('encoder.layer.0.attention.self.query.weight')).toBe(true);
    expect(await hiddenOf(body, 2)).toEqual(await hiddenOf(whole, 2));
    await expect(body.logits(batch)).rejects.toMatchObject({ code: 'invalid-option', details: { head: 'language' } });
  });

  it('takes the names TensorFlow gave to normalisations', async () => {
    const model = await load(randomModel(bert));
    const old = randomModel(bert, {
      rename: (name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
    });
    const renamed = await load(old);
    expect(renamed.parameters.has('bert.embeddings.LayerNorm.gamma')).toBe(true);
    expect(await hiddenOf(renamed, 2)).toEqual(await hiddenOf(model, 2));
  });

  it('describes its weights under the names of the checkpoint, and gives them back as stored', async () => {
    const source = randomModel(llama);
    const model = await load(source);
    expect([...model.parameters.keys()].sort()).toEqual(
      describeWeights(llama)
        .map(({ name }) => name)
        .sort(),
    );
    for (const { name, shape } of describeWeights(llama)) {
      const stored = await model.readParameter(name);
      expect(stored.shape).toEqual(shape);
      expect(stored.data).toEqual(source.values(name));
    }
    expect(model.config).toMatchObject(describeModel(llama));
    expect(model.config).toMatchObject({
      modelType: 'llama',
      head: 'causal-language',
      causal: true,
      layers: 2,
      dimension: 8,
      vocabularySize: 11,
      maximumLength: 10,
      labels: 0,
      inputEmbedding: 'model.embed_tokens.weight',
      outputHead: 'lm_head.weight',
    });
  });

  it('writes a weight in the layout of the checkpoint', async () => {
    const source = randomModel(llama);
    const model = await load(source);
    const name = 'model.layers.0.mlp.up_proj.weight';
    const changed = source.values(name).map((value, index) => value + index);
    model.writeParameter(name, changed);
    expect((await model.readParameter(name)).data).toEqual(changed);
    expect(() => {
      model.writeParameter(name, [1]);
    }).toThrow(`Weight "${name}" has shape [12, 8]; 1 values were given.`);
    await expect(model.readParameter('nothing')).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('names every weight that is missing or has another shape in one sentence', async () => {
    const source = randomModel(llama);
    const tensors = new Map(source.weights.tensors);
    for (const name of ['model.norm.weight', 'lm_head.weight']) tensors.delete(name);
    await expect(loadTransformer({ ...source, weights: { ...source.weights, tensors } }, { tf })).rejects.toMatchObject({
      code: 'format',
      message:
        'The model: the weights do not fit config.json: "model.norm.weight", "lm_head.weight" are missing. Check that both are of the same model.',
      details: { missing: ['model.norm.weight', 'lm_head.weight'] },
    });
    const wrong = randomModel({ ...llama, intermediate_size: 13 });
    await expect(loadTransformer({ ...wrong, path: 'here', config: llama }, { tf })).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: expect.stringContaining(
        'here: the weights do not fit config.json: "model.layers.0.mlp.gate_proj.weight" must have shape [12, 8], received [13, 8],',
      ) as string,
    });
  });

  it.each([
    [{ model_type: 'mamba' }, 'unsupported-architecture', 'models of type `mamba` cannot be run; bert, '],
    [
      { rope_scaling: { type: 'longrope', factor: 2 } },
      'unsupported-architecture',
      'rotary positions scaled by `longrope` are not supported',
    ],
    [{ hidden_act: 'xielu' }, 'unsupported-architecture', 'the activation `xielu` is unknown'],
    [{ hidden_act: 'toString' }, 'unsupported-architecture', 'the activation `toString` is unknown'],
    [{ partial_rotary_factor: 0.5 }, 'unsupported-architecture', '`partial_rotary_factor` other than 1'],
    [{ hidden_size: 'wide' }, 'format', '`hidden_size` must be a whole number of 1 to 2147483648, received "wide".'],
    [{ num_hidden_layers: 1e9 }, 'format', '`num_hidden_layers` must be a whole number of 1 to 10000'],
    [{ head_dim: 1e9 }, 'format', '`head_dim` must be a whole number'],
    [{ rms_norm_eps: '1e-5' }, 'format', '`rms_norm_eps` must be a number, received "1e-5".'],
    [{ tie_word_embeddings: 'no' }, 'format', '`tie_word_embeddings` must be true or false'],
    [{ num_key_value_heads: 3 }, 'format', 'cannot share 3 key and value heads'],
    [{ rope_scaling: [] }, 'format', '`rope_scaling` must be an object'],
    [{ vocab_size: undefined }, 'format', '`vocab_size` must be a whole number of 1 to 2147483648, received nothing.'],
  ])('refuses %j', async (change, code, sentence) => {
    const source = randomModel(llama);
    const config = { ...llama, ...change };
    await expect(loadTransformer({ ...source, path: 'here', config }, { tf })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(sentence) as string,
    });
  });

  it.each(['bert', 'roberta', 'xlm-roberta'])('refuses a %s that is to run as a decoder', async (type) => {
    const config = {
      model_type: type,
      vocab_size: 17,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 12,
      max_position_embeddings: 14,
    };
    const source = { ...randomModel(config), path: 'here' };
    const loaded = await loadTransformer({ ...source, config: { ...config, is_decoder: false, add_cross_attention: false } }, { tf });
    loaded.dispose();
    for (const setting of ['is_decoder', 'add_cross_attention'])
      await expect(loadTransformer({ ...source, config: { ...config, [setting]: true } }, { tf })).rejects.toMatchObject({
        code: 'unsupported-architecture',
        message: expect.stringContaining(`\`${setting}\` is not supported`) as string,
        details: { setting },
      });
  });

  it('gives back what it read when it is stopped or the weights fail', async () => {
    const source = randomModel(llama);
    const controller = new AbortController();
    const reason = new Error('Enough.');
    const stopped = loadTransformer(source, {
      tf,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 3) controller.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(0);
  });

  it('makes a new classification head, the same for the same seed, and keeps the body', async () => {
    const source = randomModel(bert);
    const [first, second, other] = [
      await load(source, { newHead: { labels: 3, seed: 1 } }),
      await load(source, { newHead: { labels: 3, seed: 1 } }),
      await load(source, { newHead: { labels: 3, seed: 2 } }),
    ];
    const valuesOf = async (model: Transformer, name: string): Promise<number[]> => Array.from((await model.readParameter(name)).data);
    expect(first.config).toMatchObject({ head: 'classification', labels: 3 });
    expect(await valuesOf(first, 'classifier.weight')).toEqual(await valuesOf(second, 'classifier.weight'));
    expect(await valuesOf(first, 'classifier.weight')).not.toEqual(await valuesOf(other, 'classifier.weight'));
    expect(new Set(await valuesOf(first, 'bert.pooler.dense.bias'))).toEqual(new Set([0]));
    expect((await first.classify([{ ids: [1, 2] }])).columns).toBe(3);
    expect(await valuesOf(first, 'bert.embeddings.word_embeddings.weight')).toEqual(
      Array.from(source.values('bert.embeddings.word_embeddings.weight')),
    );
    await expect(load(source, { newHead: { labels: 0, seed: 1 } })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});

describe('the length a model takes', () => {
  it.each<[string, number, Readonly<Record<string, unknown>> | undefined, number]>([
    ['is the one stated without scaling', 12, undefined, 12],
    ['is the one stated with the default', 12, { rope_type: 'default' }, 12],
    // 4.5 · 12 = 54
    ['is the trained one times the factor: linear', 12, { type: 'linear', factor: 4.5 }, 54],
    // As a config that follows transformers' newer form: 4 · 12 = 48, stated already.
    ['is not scaled twice: linear', 48, { rope_type: 'linear', factor: 4, original_max_position_embeddings: 12 }, 48],
    // 2.3 · 11 = 25.3
    ['is the trained one times the factor: dynamic', 11, { type: 'dynamic', factor: 2.3 }, 25],
    // Dynamic scaling knows one length alone: 3 · 12 = 36.
    ['comes from what is stated: dynamic', 12, { rope_type: 'dynamic', factor: 3, original_max_position_embeddings: 6 }, 36],
    // As Qwen2.5 is documented, 32,768 tokens by 4: here 12 by 4.
    ['is the trained one times the factor: yarn', 12, { type: 'yarn', factor: 4, original_max_position_embeddings: 12 }, 48],
    ['is the trained one times the factor where that is stated alone: yarn', 12, { rope_type: 'yarn', factor: 4 }, 48],
    // As Qwen3, which states 40,960 and reaches 131,072 = 4 · 32,768: here 15 and 4 · 12.
    ['is at least what is stated: yarn', 15, { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 12 }, 48],
    // As DeepSeek, which states 163,840 = 40 · 4,096: here 48 = 4 · 12.
    ['is not scaled twice: yarn', 48, { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 12 }, 48],
    ['has its factor from both lengths where none is given: yarn', 48, { rope_type: 'yarn', original_max_position_embeddings: 12 }, 48],
    // As Llama 3.1, which states 131,072 = 16 · 8,192 with a factor of 8: here 192 = 16 · 12.
    [
      'is the one stated: llama3',
      192,
      { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 12 },
      192,
    ],
  ])('%s', async (_, stated, scaling, expected) => {
    const source = randomModel({ ...llama, max_position_embeddings: stated, ...(scaling && { rope_scaling: scaling }) });
    const model = await loadTransformer(source, { tf });
    expect(model.config.maximumLength).toBe(expected);
    const ids = new Array<number>(expected).fill(1);
    const { layers } = await model.hiddenStates(padBatch([ids]), { layers: [1] });
    expect(layers.get(1)?.every(Number.isFinite)).toBe(true);
    await expect(model.hiddenStates(padBatch([[...ids, 1]]))).rejects.toMatchObject({ code: 'invalid-option' });
    model.dispose();
  });
});

describe('batches', () => {
  it('refuses what does not fit the model', async () => {
    const model = await load(randomModel(bert));
    await expect(model.hiddenStates({ ...batch, mask: new Uint8Array(3) })).rejects.toMatchObject({ code: 'shape-mismatch' });
    await expect(model.hiddenStates(padBatch([[1, 11]]))).rejects.toMatchObject({
      code: 'id-out-of-range',
      details: { row: 0, id: 11, vocabularySize: 11 },
    });
    await expect(model.hiddenStates(padBatch([new Array<number>(11).fill(1)]))).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'A sequence of 11 tokens is longer than the 10 the model takes; cut or split it.',
    });
    await expect(model.hiddenStates({ ...batch, tokenTypes: new Int32Array(8).fill(2) })).rejects.toMatchObject({
      code: 'id-out-of-range',
      message: '`batch.tokenTypes` holds 2 in row 0; the model knows 2, counted from 0. Models of one type take pairs without types.',
    });
    await expect(model.hiddenStates({ ...batch, branches: new Int32Array(8) })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.hiddenStates({ ...batch, positions: new Int32Array(8).fill(10) })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.hiddenStates(batch, { layers: [3] })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.logits(batch, [8])).rejects.toMatchObject({ code: 'invalid-option' });
    expect(() => padBatch([])).toThrow('at least one sequence');
  });

  it('gives no weight to padding, whatever id stands there', async () => {
    for (const config of [bert, llama]) {
      const model = await load(randomModel(config));
      const alone = (await model.hiddenStates(padBatch([[5, 6]]))).layers.get(2);
      for (const padId of [0, 9]) {
        const beside = (
          await model.hiddenStates(
            padBatch(
              [
                [1, 2, 3, 4],
                [5, 6],
              ],
              { padId },
            ),
          )
        ).layers.get(2);
        expectClose(beside?.subarray(32, 48) ?? [], alone ?? [1]);
      }
    }
  });

  it('looks at token types', async () => {
    const model = await load(randomModel(bert));
    const typed = padBatch(
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
      {
        tokenTypes: [
          [0, 0, 1, 1],
          [0, 1],
        ],
      },
    );
    const plain = await hiddenOf(model, 0);
    const states = (await model.hiddenStates(typed, { layers: [0] })).layers.get(0) ?? new Float32Array();
    const [first, second] = [0, 1].map((type) => type * 8 * 2);
    expect(Array.from(states.subarray(first, first + 16))).toEqual(plain.slice(first, first + 16));
    expect(Array.from(states.subarray(second, second + 16))).not.toEqual(plain.slice(second, second + 16));
  });
});

describe('steering', () => {
  const empty: Matrix = { rows: 8, columns: 0, data: new Float32Array() };
  const shift = (layer: number, value: number): Parameters<Transformer['withSteering']>[0]['edits'][number] => ({
    layer,
    basis: empty,
    matrix: { rows: 0, columns: 0, data: new Float32Array() },
    offset: new Float32Array(8).fill(value),
  });

  it('moves the states of its layer by h + (h·B)·M·Bᵀ + offset', async () => {
    const model = await load(randomModel(llama));
    const basis = matrixFromRows([
      [1, 0],
      [0, 1],
      [0, 0],
      [0, 0],
      [0, 2],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const matrix = matrixFromRows([
      [0.5, 1],
      [-1, 2],
    ]);
    const offset = Float32Array.from({ length: 8 }, (_, i) => i / 10);
    const before = await hiddenOf(model, 1);
    const steered = model.withSteering({ edits: [{ layer: 1, basis, matrix, offset }] });
    const after = await hiddenOf(steered, 1);
    for (let token = 0; token < 8; token++) {
      const h = before.slice(token * 8, token * 8 + 8);
      const inside = [h[0], h[1] + 2 * h[4]];
      const moved = [0.5 * inside[0] - inside[1], inside[0] + 2 * inside[1]];
      const expected = h.map((value, i) => value + offset[i] + (i === 0 ? moved[0] : i === 1 ? moved[1] : i === 4 ? 2 * moved[1] : 0));
      expectClose(after.slice(token * 8, token * 8 + 8), expected);
    }
    expect(await hiddenOf(steered, 0)).toEqual(await hiddenOf(model, 0));
    expect(await hiddenOf(steered, 2)).not.toEqual(await hiddenOf(model, 2));
    expect(await hiddenOf(model, 1)).toEqual(before);
    steered.dispose();
  });

  it('adds edits up, on the same layer and on a steered model', async () => {
    const model = await load(randomModel(llama));
    const [once, twice] = [model.withSteering({ edits: [shift(0, 1)] }), model.withSteering({ edits: [shift(0, 0.25), shift(0, 0.75)] })];
    const again = model.withSteering({ edits: [shift(0, 0.5)] });
    const both = again.withSteering({ edits: [shift(0, 0.5)] });
    for (const other of [twice, both]) expectClose(await hiddenOf(other, 2), await hiddenOf(once, 2));
    for (const steered of [both, again, twice, once]) steered.dispose();
  });

  it('refuses edits of layers and shapes the model does not have', async () => {
    const model = await load(randomModel(llama));
    expect(() => model.withSteering({ edits: [shift(3, 1)] })).toThrow(
      '`plan.edits[0].layer` must be 0 (the embeddings) to 2, received 3.',
    );
    expect(() => model.withSteering({ edits: [{ ...shift(1, 1), offset: new Float32Array(7) }] })).toThrow('plan.edits[0].offset');
    expect(() => model.withSteering({ edits: [{ ...shift(1, 1), basis: { rows: 7, columns: 0, data: new Float32Array() } }] })).toThrow(
      'plan.edits[0].basis',
    );
    expect(() => model.withSteering({ edits: [{ ...shift(1, 1), matrix: matrixFromRows([[1]]) }] })).toThrow('plan.edits[0].matrix');
  });
});

describe('another vocabulary', () => {
  const permutation = [3, 0, 10, 1, 9, 2, 8, 4, 7, 5, 6];
  const permuted = (): TokenMixture => {
    const builder = createMixtureBuilder({ rows: 11, columns: 11, sampling: { distribution: 'mean' } });
    for (const [id, old] of permutation.entries()) builder.setCopied(id, old);
    return builder.build();
  };
  const translated = { ...batch, ids: batch.ids.map((id) => permutation.indexOf(id)) };

  it.each([
    ['a tied head and its bias', bert],
    ['a head of its own', llama],
  ])('permutes with its ids: %s', async (_, config) => {
    const model = await load(randomModel(config));
    const changed = await model.withEmbeddings({ input: permuted() });
    open.push(changed);
    const [old, found] = [await model.logits(batch), await changed.logits(translated)];
    for (let row = 0; row < old.rows; row++) {
      if (batch.mask[row] === 0) continue;
      permutation.forEach((id, target) => {
        expect(found.data[row * 11 + target]).toBeCloseTo(old.data[row * 11 + id], 5);
      });
    }
    expect(model.config.vocabularySize).toBe(11);
  });

  it('mixes rows, and takes tables as they are', async () => {
    const source = randomModel(llama);
    const model = await load(source);
    const builder = createMixtureBuilder({ rows: 2, columns: 11, sampling: { distribution: 'mean' } });
    builder.setMixed(0, [1, 4], [0.25, 0.75]);
    builder.setCopied(1, 2);
    const mixed = await model.withEmbeddings({ input: builder.build() });
    open.push(mixed);
    expect(mixed.config.vocabularySize).toBe(2);
    for (const name of ['model.embed_tokens.weight', 'lm_head.weight']) {
      const [old, made] = [source.values(name), (await mixed.readParameter(name)).data];
      for (let c = 0; c < 8; c++) {
        expect(made[c]).toBeCloseTo(0.25 * old[8 + c] + 0.75 * old[32 + c], 6);
        expect(made[8 + c]).toBe(old[16 + c]);
      }
      expect(mixed.layouts.get(name)?.shape).toEqual([2, 8]);
    }
    const table: Matrix = { rows: 3, columns: 8, data: Float32Array.from({ length: 24 }, (_, i) => i) };
    const given = await model.withEmbeddings({ input: table, output: table });
    open.push(given);
    expect((await given.readParameter('lm_head.weight')).data).toEqual(table.data);
    expect((await given.logits(padBatch([[2, 0]]))).columns).toBe(3);
    await expect(given.logits(padBatch([[3]]))).rejects.toMatchObject({ code: 'id-out-of-range' });
  });

  it('draws rows by their tokens, as a saved checkpoint has them, and asks for the tokens', async () => {
    const model = await load(randomModel(bert));
    const builder = createMixtureBuilder({ rows: 3, columns: 11, sampling: { distribution: 'gaussian', deviation: 1 } });
    for (let id = 0; id < 3; id++) builder.setSampled(id);
    const input = builder.build();
    const rows = async (tokens: readonly string[], seed: number): Promise<number[][]> => {
      const changed = await model.withEmbeddings({ input, target: buildVocabulary({ kind: 'word-level', tokens }), seed });
      open.push(changed);
      const { data } = await changed.readParameter('bert.embeddings.word_embeddings.weight');
      return tokens.map((_, id) => Array.from(data.subarray(8 * id, 8 * id + 8)));
    };
    const [first, turned, other] = [await rows(['a', 'b', 'c'], 1), await rows(['c', 'a', 'b'], 1), await rows(['a', 'b', 'c'], 2)];
    expect(turned).toEqual([first[2], first[0], first[1]]);
    expect(other).not.toEqual(first);
    await expect(model.withEmbeddings({ input })).rejects.toMatchObject({ code: 'invalid-option', details: { option: 'change.target' } });
  });

  it('refuses tables that do not fit', async () => {
    const [tied, untied] = [await load(randomModel(bert)), await load(randomModel(llama))];
    const table: Matrix = { rows: 3, columns: 8, data: new Float32Array(24) };
    const narrow: Matrix = { rows: 3, columns: 7, data: new Float32Array(21) };
    await expect(tied.withEmbeddings({ input: narrow })).rejects.toMatchObject({ code: 'shape-mismatch' });
    await expect(tied.withEmbeddings({ input: table, output: table })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(tied.withEmbeddings({ input: table, outputBias: new Float32Array(2) })).rejects.toMatchObject({ code: 'shape-mismatch' });
    await expect(untied.withEmbeddings({ input: table })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(
      untied.withEmbeddings({ input: table, output: { rows: 2, columns: 8, data: new Float32Array(16) } }),
    ).rejects.toMatchObject({
      code: 'shape-mismatch',
    });
  });
});
