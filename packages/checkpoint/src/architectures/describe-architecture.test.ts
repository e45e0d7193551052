import { describe, expect, it } from 'vitest';
import { publishedLayouts, type Shapes } from '../../test/support/published-layouts.ts';
import type { Architecture } from './architecture.ts';
import { describeArchitecture } from './describe-architecture.ts';
import { families } from './families.ts';
import type { ModelConfig } from './model-config.ts';

const shapesOf = (shapes: Shapes): Map<string, { shape: readonly number[] }> =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));

const understand = (config: ModelConfig, shapes: Shapes, differing: readonly string[] = []): Architecture =>
  describeArchitecture(config, shapesOf(shapes), { differing: new Set(differing) });

const roles = ({ perToken }: Architecture): Record<string, string> =>
  Object.fromEntries(perToken.map(({ name, role, side }) => [name, `${role}/${side}`]));

describe('layouts', () => {
  it.each(publishedLayouts)('understands %s', (_, config, shapes, expected, tied) => {
    const architecture = understand(config, shapes);
    expect(roles(architecture)).toEqual(expected);
    expect(architecture.tied).toBe(tied);
    expect(architecture.warnings).toEqual([]);
    expect(architecture.perToken.map(({ name }) => name)).toEqual(Object.keys(shapes).filter((name) => name in expected));
  });

  it('names every model type once', () => {
    const types = families.flatMap(({ modelTypes }) => modelTypes);
    expect(types).toEqual([...new Set(types)]);
  });

  it('finds every family under each of its input names', () => {
    for (const { modelTypes, input } of families) {
      for (const name of input) {
        for (const type of modelTypes)
          expect(understand({ model_type: type, vocab_size: 5 }, { [name]: [5, 2] })).toMatchObject({
            inputEmbedding: name,
            rows: 5,
            columns: 2,
            known: true,
          });
      }
    }
  });

  it('gives head, bias and the rest by name', () => {
    const [, config, shapes] = publishedLayouts[0];
    const { outputHead, outputBias, otherPerToken } = understand(config, shapes);
    expect({ outputHead, outputBias, otherPerToken }).toEqual({
      outputHead: undefined,
      outputBias: 'cls.predictions.bias',
      otherPerToken: ['cls.predictions.decoder.weight', 'cls.predictions.decoder.bias'],
    });
  });

  it('tells rows and columns of every table, biases being one column', () => {
    const shapes = { 'model.language_model.embed_tokens.weight': [9, 4], 'model.language_model.embed_tokens_per_layer.weight': [8, 6] };
    const architecture = understand(
      { model_type: 'gemma3n', vocab_size: 9, text_config: { model_type: 'gemma3n_text', vocab_size: 9 } },
      shapes,
    );
    expect(architecture.perToken.map(({ rows, columns }) => [rows, columns])).toEqual([
      [9, 4],
      [8, 6],
    ]);
    expect(architecture.vocabularySizePath).toEqual(['text_config', 'vocab_size']);
    expect(architecture.otherSizePaths).toEqual([['vocab_size'], ['text_config', 'vocab_size_per_layer_input']]);
    expect(
      understand({ model_type: 'mbart', vocab_size: 9 }, { 'shared.weight': [9, 4], final_logits_bias: [1, 9] }).perToken[1],
    ).toMatchObject({ rows: 9, columns: 1 });
  });

  it('takes the size of the vocabulary from where the configuration has it, or from the table', () => {
    const embeddings = { 'model.language_model.embed_tokens.weight': [9, 4] };
    expect(understand({ model_type: 'gemma3', text_config: { model_type: 'gemma3_text' } }, embeddings)).toMatchObject({
      vocabularySize: 9,
      vocabularySizePath: ['text_config', 'vocab_size'],
    });
    expect(understand({ model_type: 'qwen2_vl', vocab_size: 9, text_config: {} }, embeddings)).toMatchObject({
      vocabularySize: 9,
      vocabularySizePath: ['vocab_size'],
      otherSizePaths: [],
    });
  });
});

describe('tying', () => {
  const twice = { 'model.embed_tokens.weight': [9, 4], 'lm_head.weight': [9, 4] };

  it('follows the configuration, the text part before the root, before the default of the family', () => {
    expect(understand({ model_type: 'gemma', tie_word_embeddings: false }, twice)).toMatchObject({
      tied: false,
      outputHead: 'lm_head.weight',
    });
    expect(understand({ model_type: 'llama', tie_word_embeddings: true }, twice)).toMatchObject({ tied: true });
    const nested = { model_type: 'llava', tie_word_embeddings: true, text_config: { model_type: 'llama', tie_word_embeddings: false } };
    expect(
      understand(nested, { 'language_model.model.embed_tokens.weight': [9, 4], 'language_model.lm_head.weight': [9, 4] }),
    ).toMatchObject({ tied: false, outputHead: 'language_model.lm_head.weight' });
  });

  it('gives up tying, with a warning, when a head with values of its own is stored', () => {
    const architecture = understand({ model_type: 'gemma' }, twice, ['lm_head.weight']);
    expect(architecture).toMatchObject({ tied: false, outputHead: 'lm_head.weight', warnings: [{ code: 'untied-head' }] });
    expect(roles(architecture)).toEqual({ 'model.embed_tokens.weight': 'input/input', 'lm_head.weight': 'head/output' });
  });

  it('keeps a differing copy of the input embedding as a table of its own', () => {
    const architecture = understand({ model_type: 't5' }, { 'shared.weight': [9, 4], 'decoder.embed_tokens.weight': [9, 4] }, [
      'decoder.embed_tokens.weight',
    ]);
    expect(roles(architecture)).toEqual({ 'shared.weight': 'input/input', 'decoder.embed_tokens.weight': 'extra/input' });
    expect(architecture.tied).toBe(true);
  });

  it('warns when an untied model that predicts tokens lacks its head', () => {
    const { warnings } = understand({ model_type: 'llama', architectures: ['LlamaForCausalLM'] }, { 'model.embed_tokens.weight': [9, 4] });
    expect(warnings).toEqual([
      {
        code: 'missing-head',
        message: 'config.json names a model with an output head of its own (["LlamaForCausalLM"]), but the checkpoint holds none.',
      },
    ]);
  });
});

describe('rows', () => {
  it('warns when the table is longer than vocab_size says', () => {
    const { warnings, rows, vocabularySize } = understand({ model_type: 'llama', vocab_size: 8 }, { 'model.embed_tokens.weight': [9, 4] });
    expect([rows, vocabularySize]).toEqual([9, 8]);
    expect(warnings).toEqual([
      {
        code: 'rows-exceed-vocab-size',
        message: '"model.embed_tokens.weight" has 9 rows, but config.json gives a vocab_size of 8; transformers would refuse to load it.',
      },
    ]);
  });

  it('warns of tensors outside the blocks that have as many entries as the vocabulary, unless another setting has that number', () => {
    const shapes = { 'model.embed_tokens.weight': [9, 4], 'copy_gate.weight': [1, 9], 'model.layers.0.mlp.up_proj.weight': [9, 4] };
    const message =
      '"copy_gate.weight" of shape [1, 9] has as many entries as the vocabulary, but this version does not know what it is for; it is left as it is.';
    expect(understand({ model_type: 'llama', vocab_size: 9 }, shapes).warnings).toEqual([{ code: 'unknown-per-token-tensor', message }]);
    expect(understand({ model_type: 'llama', vocab_size: 9, intermediate_size: 9 }, shapes).warnings).toEqual([]);
  });
});

describe('refusals', () => {
  it.each<[string, ModelConfig, Shapes, string, string]>([
    [
      'a table shorter than the vocabulary',
      { model_type: 'llama', vocab_size: 10 },
      { 'model.embed_tokens.weight': [9, 4] },
      'format',
      'The input embedding "model.embed_tokens.weight" has 9 rows, fewer than the vocab_size 10 of config.json.',
    ],
    [
      'a head of another length',
      { model_type: 'llama', vocab_size: 9 },
      { 'model.embed_tokens.weight': [9, 4], 'lm_head.weight': [8, 4] },
      'format',
      'The output head "lm_head.weight" has 8 rows, but the input embedding "model.embed_tokens.weight" has 9; they must agree.',
    ],
    [
      'a bias of another length',
      { model_type: 'bert' },
      { 'bert.embeddings.word_embeddings.weight': [9, 4], 'cls.predictions.bias': [8] },
      'format',
      'The output bias "cls.predictions.bias" of shape [8] must hold 9 numbers, one per row of "bert.embeddings.word_embeddings.weight".',
    ],
    [
      'a table with one dimension',
      { model_type: 'llama' },
      { 'model.embed_tokens.weight': [9] },
      'format',
      'The input embedding "model.embed_tokens.weight" must be a matrix with rows and columns, found shape [9].',
    ],
    [
      'a table without rows',
      { model_type: 'llama' },
      { 'model.embed_tokens.weight': [0, 4] },
      'format',
      'The input embedding "model.embed_tokens.weight" must be a matrix with rows and columns, found shape [0, 4].',
    ],
    [
      'a vocab_size that is text',
      { model_type: 'llama', vocab_size: '9' },
      { 'model.embed_tokens.weight': [9, 4] },
      'format',
      'config.json must give vocab_size as a positive whole number, found "9".',
    ],
    [
      'a negative vocab_size',
      { model_type: 'llama', vocab_size: -1 },
      { 'model.embed_tokens.weight': [9, 4] },
      'format',
      'config.json must give vocab_size as a positive whole number, found -1.',
    ],
    [
      'a checkpoint without the table',
      { model_type: 'llama', vocab_size: 9 },
      { 'transformer.wte.weight': [9, 4] },
      'unsupported-architecture',
      'A "llama" model keeps its input embedding in "model.embed_tokens.weight", which the checkpoint does not hold.',
    ],
    [
      'a model with two vocabularies',
      { model_type: 'llama' },
      { 'model.embed_tokens.weight': [9, 4], 'language_model.model.embed_tokens.weight': [7, 4] },
      'unsupported-architecture',
      'The checkpoint holds 2 input embeddings, "model.embed_tokens.weight" and "language_model.model.embed_tokens.weight"; models with several vocabularies are not supported.',
    ],
    [
      'an unknown type without vocab_size',
      { model_type: 'novel' },
      { 'wte.weight': [9, 4] },
      'unsupported-architecture',
      'The architecture "novel" is unknown, and config.json gives no vocab_size by which to recognise its embeddings.',
    ],
    [
      'no type and no vocab_size',
      {},
      { 'wte.weight': [9, 4] },
      'unsupported-architecture',
      'The architecture without a model_type is unknown, and config.json gives no vocab_size by which to recognise its embeddings.',
    ],
    [
      'an unknown type without a table of that length',
      { model_type: 'novel', vocab_size: 9 },
      { 'wte.weight': [8, 4] },
      'unsupported-architecture',
      'The architecture "novel" is unknown and its input embedding cannot be told: of its tensors, none has vocab_size (9) rows.',
    ],
    [
      'an unknown type with two candidates',
      { model_type: 'novel', vocab_size: 9 },
      { 'a.embed.weight': [9, 4], 'b.embed.weight': [9, 4] },
      'unsupported-architecture',
      'The architecture "novel" is unknown and its input embedding cannot be told: of its tensors, "a.embed.weight", "b.embed.weight" have vocab_size (9) rows.',
    ],
    [
      'an unknown type with a table of unknown purpose',
      { model_type: 'novel', vocab_size: 9 },
      { 'embed.weight': [9, 4], 'mystery.table': [9, 2] },
      'unsupported-architecture',
      'The architecture "novel" is unknown and its input embedding cannot be told: of its tensors, "embed.weight", "mystery.table" have vocab_size (9) rows.',
    ],
  ])('refuses %s', (_, config, shapes, code, message) => {
    expect(() => understand(config, shapes)).toThrow(expect.objectContaining({ code, message }) as Error);
  });
});
