import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { float32ToBfloat16 } from '@lexigraft/core';
import { writeSafetensors, type TensorData } from '@lexigraft/checkpoint';
import { flatten, gaussian, project } from './numbers.ts';
import { unigramJson, wordPieceJson } from './tokenizers.ts';
import { fields } from './words.ts';

const MEANING = 24;
const VECTORS = 32;
const bertSpecials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
const germanSpecials = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as const;
const punctuation = Array.from('.,!?-');
const letters = Array.from('abcdefghijklmnopqrstuvwxyzäöüßé0123456789');
const capitals = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ');

/** A word of the world: how each language spells it, and what it means. */
interface Word {
  readonly english: string;
  readonly german: string;
  /** `[24]` */
  readonly meaning: Float32Array;
}

/** Paths of what {@link makeWorld} makes. */
export interface World {
  readonly source: string;
  readonly helper: string;
  readonly vectors: string;
  readonly sourceVectors: string;
}

/**
 * Writes a miniature English model, a miniature German helper model and word vectors of both languages below `folder`.
 *
 * Weights are random but structured: words of one field of meaning lie together, in every space after a different random map. The same bytes every time.
 */
export async function makeWorld(folder: string): Promise<World> {
  const words = fields.flatMap(({ name, shared, pairs }) => [
    ...shared.map((word) => toWord(name, word.toLowerCase(), word)),
    ...pairs.map(([english, german]) => toWord(name, english, german)),
  ]);
  const world = {
    source: join(folder, 'english'),
    helper: join(folder, 'german-helper'),
    vectors: join(folder, 'german.vec.gz'),
    sourceVectors: join(folder, 'english.vec.gz'),
  };
  await writeSource(world.source, words);
  await writeHelper(world.helper, words);
  await writeVectors(world.vectors, words, 'german');
  await writeVectors(world.sourceVectors, words, 'english');
  return world;
}

function toWord(field: string, english: string, german: string): Word {
  const [centre, own] = [gaussian(`field ${field}`, MEANING, 1), gaussian(`word ${english}`, MEANING, 0.6)];
  return { english, german, meaning: centre.map((value, i) => value + own[i]) };
}

async function writeSource(folder: string, words: readonly Word[]): Promise<void> {
  const pieces = [...punctuation, ...letters, ...letters.map((letter) => `##${letter}`)];
  const known = new Set(pieces);
  const whole = words.filter(({ english }) => !known.has(english));
  const rows = [
    ...[...bertSpecials, ...pieces].map((token) => gaussian(`english ${token}`, 48, 0.5)),
    ...whole.map(({ english, meaning }) => project(meaning, 'english', 48, english, 0.1)),
  ];
  const tokens = [...bertSpecials, ...pieces, ...whole.map(({ english }) => english)];
  const names = { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' };
  await writeModel(folder, {
    name: 'english',
    hidden: 48,
    rows,
    padding: 0,
    tokenizer: wordPieceJson(tokens),
    tokenizerClass: 'BertTokenizerFast',
    names,
  });
}

async function writeHelper(folder: string, words: readonly Word[]): Promise<void> {
  const pieces = [...punctuation, '▁', ...letters, ...capitals, 'en', 'er', 'chen'];
  const rows = [
    ...[...germanSpecials, ...pieces].map((token) => gaussian(`german ${token}`, 32, 0.5)),
    ...words.map(({ german, meaning }) => project(meaning, 'german', 32, german, 0.1)),
  ];
  const scored = [
    ...germanSpecials.map((token) => [token, 0] as const),
    ...pieces.map((token) => [token, -12] as const),
    ...words.map(({ german }, rank) => [`▁${german}`, -3 - Math.log(rank + 1)] as const),
  ];
  const names = {
    bos_token: '<s>',
    eos_token: '</s>',
    sep_token: '</s>',
    cls_token: '<s>',
    unk_token: '<unk>',
    pad_token: '<pad>',
    mask_token: '<mask>',
  };
  await writeModel(folder, {
    name: 'german',
    hidden: 32,
    rows,
    padding: 1,
    tokenizer: unigramJson(scored),
    tokenizerClass: 'XLMRobertaTokenizerFast',
    names,
  });
}

/** All words of a language but one in twelve, which shows what becomes of a token without a vector. */
async function writeVectors(path: string, words: readonly Word[], language: 'english' | 'german'): Promise<void> {
  const space = language === 'german' ? 'vectors' : 'english vectors';
  const lines = words
    .filter((_, index) => index % 12 !== 11)
    .map(
      (word) =>
        `${word[language]} ${Array.from(project(word.meaning, space, VECTORS, word[language], 0.15), (value) => value.toFixed(4)).join(' ')}`,
    );
  await writeFile(path, gzipSync(`${lines.length} ${VECTORS}\n${lines.join('\n')}\n`));
}

interface ModelParts {
  readonly name: string;
  readonly hidden: number;
  readonly rows: readonly Float32Array[];
  readonly padding: number;
  readonly tokenizer: object;
  readonly tokenizerClass: string;
  readonly names: Readonly<Record<string, string>>;
}

/** Writes a BertForMaskedLM of one layer in the layout of Hugging Face transformers. */
async function writeModel(folder: string, { name, hidden, rows, padding, tokenizer, tokenizerClass, names }: ModelParts): Promise<void> {
  await mkdir(folder, { recursive: true });
  const json = async (file: string, value: object): Promise<void> => {
    await writeFile(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
  };
  await json('config.json', {
    architectures: ['BertForMaskedLM'],
    model_type: 'bert',
    vocab_size: rows.length,
    hidden_size: hidden,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 2 * hidden,
    hidden_act: 'gelu',
    max_position_embeddings: 64,
    type_vocab_size: 2,
    initializer_range: 0.02,
    layer_norm_eps: 1e-12,
    pad_token_id: padding,
    position_embedding_type: 'absolute',
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
  });
  await json('tokenizer.json', tokenizer);
  await json('tokenizer_config.json', { tokenizer_class: tokenizerClass, ...names, model_max_length: 64 });
  await json('special_tokens_map.json', names);
  await writeSafetensors(join(folder, 'model.safetensors'), bertTensors(name, hidden, rows), { format: 'pt' });
}

function bertTensors(name: string, hidden: number, rows: readonly Float32Array[]): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  const add = (tensor: string, shape: readonly number[], values: Float32Array): void => {
    tensors[tensor] = { dtype: 'BF16', shape, data: float32ToBfloat16(values) };
  };
  const weight = (tensor: string, ...shape: readonly number[]): void => {
    add(
      tensor,
      shape,
      gaussian(
        `${name} ${tensor}`,
        shape.reduce((a, b) => a * b),
        1 / Math.sqrt(shape[shape.length - 1]),
      ),
    );
  };
  const bias = (tensor: string, size: number): void => {
    add(tensor, [size], new Float32Array(size));
  };
  const norm = (tensor: string): void => {
    add(`${tensor}.weight`, [hidden], new Float32Array(hidden).fill(1));
    bias(`${tensor}.bias`, hidden);
  };
  const dense = (tensor: string, outputs: number, inputs: number): void => {
    weight(`${tensor}.weight`, outputs, inputs);
    bias(`${tensor}.bias`, outputs);
  };
  add('bert.embeddings.word_embeddings.weight', [rows.length, hidden], flatten(rows));
  weight('bert.embeddings.position_embeddings.weight', 64, hidden);
  weight('bert.embeddings.token_type_embeddings.weight', 2, hidden);
  norm('bert.embeddings.LayerNorm');
  const layer = 'bert.encoder.layer.0';
  for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) dense(`${layer}.attention.${part}`, hidden, hidden);
  norm(`${layer}.attention.output.LayerNorm`);
  dense(`${layer}.intermediate.dense`, 2 * hidden, hidden);
  dense(`${layer}.output.dense`, hidden, 2 * hidden);
  norm(`${layer}.output.LayerNorm`);
  dense('cls.predictions.transform.dense', hidden, hidden);
  norm('cls.predictions.transform.LayerNorm');
  bias('cls.predictions.bias', rows.length);
  return tensors;
}
