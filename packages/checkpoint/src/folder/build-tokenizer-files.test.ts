import { createMixtureBuilder, findOverlap, type TokenMixture, type Vocabulary } from '@lexigraft/core';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../../test/support/temporary-folder.ts';
import { templateOf, writeWordTokenizer, type WordTokenizer } from '../../test/support/word-tokenizer.ts';
import { openTokenizer } from '../tokenizers/open-tokenizer.ts';
import { buildTokenizerFiles, type TemplateSide, type TokenizerFiles } from './build-tokenizer-files.ts';
import { translateSpecials } from './special-translation.ts';

const inFolder = useTemporaryFolder();

const bertTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'b'];
const bert: WordTokenizer = {
  tokens: bertTokens,
  specials: { pad_token: '[PAD]', unk_token: '[UNK]', cls_token: '[CLS]', sep_token: '[SEP]', mask_token: '[MASK]' },
  postProcessor: templateOf(bertTokens, '[CLS]:0 A:0 [SEP]:0', '[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1'),
  config: { tokenizer_class: 'BertTokenizer', do_lower_case: true, model_max_length: 77, padding_side: 'left' },
};
const robertaTokens = ['<s>', '<pad>', '</s>', '<unk>', 'b', 'a', '<mask>'];
const roberta: WordTokenizer = {
  tokens: robertaTokens,
  specials: {
    bos_token: '<s>',
    eos_token: '</s>',
    cls_token: '<s>',
    sep_token: '</s>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    mask_token: '<mask>',
  },
  postProcessor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: false },
  config: { tokenizer_class: 'RobertaTokenizer', model_max_length: 512 },
};
const llamaTokens = ['<unk>', '<s>', '</s>', 'a', 'b'];
const llama: WordTokenizer = {
  tokens: llamaTokens,
  specials: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
  postProcessor: templateOf(llamaTokens, '<s>:0 A:0', '<s>:0 A:0 <s>:1 B:1'),
  config: { tokenizer_class: 'LlamaTokenizer', add_bos_token: true, add_eos_token: false },
};

/** Copies what overlaps. */
function recipeOf(source: Vocabulary, target: Vocabulary): TokenMixture {
  const { sourceIds, origins } = findOverlap(source, target);
  const builder = createMixtureBuilder({ rows: target.size, columns: source.size, sampling: { distribution: 'mean' } });
  sourceIds.forEach((id, row) => {
    if (id >= 0) builder.setCopied(row, id, origins[row] as 0);
    else builder.setSampled(row);
  });
  return builder.build();
}

async function build(
  from: WordTokenizer,
  to: WordTokenizer,
  template: TemplateSide = 'source',
  modelConfig: object = { type_vocab_size: 2 },
): Promise<TokenizerFiles> {
  await writeWordTokenizer(inFolder('source'), from);
  await writeWordTokenizer(inFolder('target'), to);
  const [source, target] = [await openTokenizer(inFolder('source')), await openTokenizer(inFolder('target'))];
  const translation = translateSpecials(source.vocabulary, target.vocabulary, recipeOf(source.vocabulary, target.vocabulary));
  return buildTokenizerFiles({ source, target, modelConfig: { ...modelConfig }, translation, template });
}

const json = (built: TokenizerFiles, name: string): Record<string, unknown> =>
  JSON.parse(built.files.get(name) ?? '') as Record<string, unknown>;

/** The tokens of a pair as the library writes them, with their types. */
async function pairOf(built: TokenizerFiles, first = 'a', second = 'b'): Promise<string> {
  const encoding = await Tokenizer.fromString(built.files.get('tokenizer.json') ?? '').encode(first, second);
  return `${encoding.getTokens().join(' ')} | ${encoding.getTypeIds().join(' ')}`;
}

describe('the written tokenizer', () => {
  it.each([
    ['an encoder and a target that ends sequences twice', bert, roberta, '<s> a </s> b </s> | 0 0 0 1 1'],
    [
      'an encoder and a decoder: the beginning stands for the classification, the end for the separator',
      bert,
      llama,
      '<s> a </s> b </s> | 0 0 0 1 1',
    ],
    ['a decoder and an encoder', llama, bert, '[CLS] a [CLS] b | 0 0 1 1'],
    ['RoBERTa and BERT: two separators in a row, one type', roberta, bert, '[CLS] a [SEP] [SEP] b [SEP] | 0 0 0 0 0 0'],
    ['a source that adds nothing', { ...llama, postProcessor: null }, bert, 'a b | 0 1'],
  ])('keeps the template of the source between %s', async (_, from, to, expected) => {
    expect(await pairOf(await build(from, to))).toBe(expected);
  });

  it('keeps the template of the target when asked, and says what the model had learned', async () => {
    const built = await build(bert, roberta, 'target');
    expect(await pairOf(built)).toBe('<s> a </s> </s> b </s> | 0 0 0 0 0 0');
    expect(built.warnings).toEqual([expect.objectContaining({ code: 'template-changed' })]);
    expect(json(built, 'tokenizer_config.json').tokenizer_class).toBe('RobertaTokenizer');
  });

  it('keeps the trimming of offsets of a byte-level target, which is a matter of its tokens', async () => {
    expect(json(await build(bert, roberta), 'tokenizer.json').post_processor).toMatchObject({
      type: 'Sequence',
      processors: [{ type: 'ByteLevel', trim_offsets: true, add_prefix_space: false }, { type: 'TemplateProcessing' }],
    });
  });

  it('is read by the one class that takes tokenizer.json as it stands, without the flags that make others rebuild the template', async () => {
    const config = json(await build(bert, llama), 'tokenizer_config.json');
    expect(config.tokenizer_class).toBe('PreTrainedTokenizerFast');
    expect(config).not.toHaveProperty('add_bos_token');
    expect(config).not.toHaveProperty('add_eos_token');
    expect(config).not.toHaveProperty('do_lower_case');
  });

  it('repeats whether a space is put before the text, which the class otherwise forgets', async () => {
    const byteLevel = { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true } };
    const built = await build(bert, { ...roberta, json: byteLevel });
    expect(json(built, 'tokenizer_config.json').add_prefix_space).toBe(true);
  });

  it('passes token types exactly when the model has a table for them', async () => {
    const names = async (modelConfig: object): Promise<unknown> =>
      json(await build(bert, roberta, 'source', modelConfig), 'tokenizer_config.json').model_input_names;
    expect(await names({ type_vocab_size: 2 })).toEqual(['input_ids', 'token_type_ids', 'attention_mask']);
    expect(await names({ type_vocab_size: 1 })).toEqual(['input_ids', 'attention_mask']);
    expect(await names({})).toEqual(['input_ids', 'attention_mask']);
  });

  it('has the lengths and sides of the source model', async () => {
    const truncation = { direction: 'Right', max_length: 10, strategy: 'LongestFirst', stride: 0 };
    const padding = {
      strategy: 'BatchLongest',
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '[PAD]',
    };
    const built = await build(
      { ...bert, json: { padding } },
      { ...roberta, json: { truncation, padding: { ...padding, pad_id: 1, pad_token: '<pad>' } } },
    );
    expect(json(built, 'tokenizer_config.json')).toMatchObject({ model_max_length: 77, padding_side: 'left' });
    expect(json(built, 'tokenizer.json')).toMatchObject({ truncation: null, padding: { pad_id: 1, pad_token: '<pad>' } });
  });

  it.each([
    [{ max_position_embeddings: 514, model_type: 'xlm-roberta', pad_token_id: 1 }, 512],
    [{ max_position_embeddings: 512, model_type: 'bert', pad_token_id: 0 }, 512],
    [{ n_positions: 1024, model_type: 'gpt2' }, 1024],
    [{}, undefined],
  ])('takes the longest input from the model where its tokenizer does not name it: %o', async (modelConfig, longest) => {
    const built = await build(llama, bert, 'source', modelConfig);
    expect(json(built, 'tokenizer_config.json').model_max_length).toBe(longest);
  });

  it('names special tokens as the target does, and in the names the source model needs', async () => {
    expect(json(await build(bert, llama), 'special_tokens_map.json')).toEqual({
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      cls_token: '<s>',
      sep_token: '</s>',
    });
    expect(json(await build(llama, bert), 'special_tokens_map.json')).toEqual({
      ...bert.specials,
      bos_token: '[CLS]',
      eos_token: '[SEP]',
    });
  });

  it('keeps how a special token matches', async () => {
    const mask = {
      __type: 'AddedToken',
      content: '<mask>',
      lstrip: true,
      rstrip: false,
      normalized: false,
      single_word: false,
      special: true,
    };
    const built = await build(bert, { ...roberta, config: { mask_token: mask } });
    expect(json(built, 'tokenizer_config.json').mask_token).toEqual(mask);
    // transformers 4 gives the objects of the map `special=True` itself, and stops when it is there already.
    expect(json(built, 'special_tokens_map.json').mask_token).not.toHaveProperty('__type');
    expect(json(built, 'special_tokens_map.json').mask_token).not.toHaveProperty('special');
  });

  it('leaves out a token of the template the target has nothing for, and warns of every missing role', async () => {
    const bare: WordTokenizer = { tokens: ['<unk>', 'a', 'b', '</s>'], specials: { unk_token: '<unk>', eos_token: '</s>' } };
    const built = await build(bert, bare);
    expect(await pairOf(built)).toBe('a </s> b </s> | 0 0 1 1');
    expect(built.warnings.map(({ code }) => code)).toEqual([
      'template-token-missing',
      'special-token-missing',
      'special-token-missing',
      'special-token-missing',
    ]);
    expect(built.warnings.map(({ message }) => message).join(' ')).toMatch(
      /classification token \(\[CLS\]\).*padding token \(\[PAD\]\).*mask token \(\[MASK\]\)/,
    );
  });

  it('follows what the user matched by hand before roles', async () => {
    await writeWordTokenizer(inFolder('source'), bert);
    const tokens = [...robertaTokens, '<start>'];
    await writeWordTokenizer(inFolder('target'), { ...roberta, tokens, additional: ['<start>'] });
    const [source, target] = [await openTokenizer(inFolder('source')), await openTokenizer(inFolder('target'))];
    const { sourceIds, origins } = findOverlap(source.vocabulary, target.vocabulary, { overrides: { '<start>': '[CLS]' } });
    const builder = createMixtureBuilder({ rows: tokens.length, columns: bertTokens.length, sampling: { distribution: 'mean' } });
    sourceIds.forEach((id, row) => {
      if (id >= 0) builder.setCopied(row, id, origins[row] as 0);
      else builder.setSampled(row);
    });
    const translation = translateSpecials(source.vocabulary, target.vocabulary, builder.build());
    const built = buildTokenizerFiles({ source, target, modelConfig: {}, translation, template: 'source' });
    expect(await pairOf(built)).toBe('<start> a </s> b </s> | 0 0 0 1 1');
  });
});

describe('the chat template', () => {
  const chatSource: WordTokenizer = {
    tokens: ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>', '<|im_end|>x', 'a'],
    specials: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
    additional: ['<|im_start|>', '<|im_end|>', '<|im_end|>x'],
    config: { chat_template: '{{ bos_token }}<|im_start|>user\n{{ message }}<|im_end|>x<|im_end|></s>' },
  };
  const chatTarget: WordTokenizer = {
    tokens: ['[UNK]', '<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>', 'a'],
    specials: { bos_token: '<bos>', eos_token: '<eos>', unk_token: '[UNK]' },
    additional: ['<start_of_turn>', '<end_of_turn>'],
    config: { chat_template: 'the target’s own' },
  };

  it('is the source’s in the special tokens of the target, the longest name first, and what is lost is named', async () => {
    const built = await build(chatSource, chatTarget, 'source', {});
    expect(json(built, 'tokenizer_config.json').chat_template).toBe(
      '{{ bos_token }}<start_of_turn>user\n{{ message }}<|im_end|>x<end_of_turn><eos>',
    );
    expect(built.warnings).toEqual([
      expect.objectContaining({ code: 'chat-token-missing', message: expect.stringContaining('<|im_end|>x') as string }),
    ]);
  });

  it('is the target’s own with its template', async () => {
    expect(json(await build(chatSource, chatTarget, 'target', {}), 'tokenizer_config.json').chat_template).toBe('the target’s own');
  });

  it('is not invented for a source without one', async () => {
    const built = await build({ ...chatSource, config: {} }, chatTarget, 'source', {});
    expect(json(built, 'tokenizer_config.json')).not.toHaveProperty('chat_template');
    expect(built.files.has('chat_template.jinja')).toBe(false);
  });

  it('in a file of its own stays in a file, and named ones stay named', async () => {
    const named = [{ name: 'tool_use', template: '<|im_start|>' }];
    const built = await build({ ...chatSource, config: { chat_template: named }, chatTemplateFile: '</s>' }, chatTarget, 'source', {});
    expect(built.files.get('chat_template.jinja')).toBe('<eos>');
    expect(json(built, 'tokenizer_config.json').chat_template).toEqual([{ name: 'tool_use', template: '<start_of_turn>' }]);
  });
});
