import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import {
  createInlinePool,
  createMixtureBuilder,
  displayToken,
  matrix,
  randomStream,
  RowOrigin,
  type Progress,
  type TableDtype,
  type TransferPlan,
} from '@lexigraft/core';
import {
  estimateRewrite,
  openModel,
  openTokenizer,
  readRecipe,
  rewriteModel,
  verifyModel,
  type ModelFolder,
  type RewriteRequest,
  type RewriteResult,
} from '@lexigraft/checkpoint';
import { describe, expect, it } from 'vitest';
import { contentOf } from './support/folder-content.ts';
import { simplePlan, simpleRecipe } from './support/simple-plan.ts';
import { randomTensor, writeSmallModel, type SmallModel } from './support/small-model.ts';
import { useTemporaryFolder } from './support/temporary-folder.ts';
import { templateOf, writeWordTokenizer } from './support/word-tokenizer.ts';

const inFolder = useTemporaryFolder();

const bertTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'house', 'is', 'red', '.'];
const bert: SmallModel = {
  family: 'bert',
  tokens: bertTokens,
  specials: { pad_token: '[PAD]', unk_token: '[UNK]', cls_token: '[CLS]', sep_token: '[SEP]', mask_token: '[MASK]' },
  postProcessor: templateOf(bertTokens, '[CLS]:0 A:0 [SEP]:0', '[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1'),
  modelConfig: { pad_token_id: 0 },
};
const llamaTokens = ['<unk>', '<s>', '</s>', 'the', 'house', 'is', 'red', '.', 'blue'];
const llama: SmallModel = {
  family: 'llama',
  tokens: llamaTokens,
  specials: { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
  postProcessor: templateOf(llamaTokens, '<s>:0 A:0', '<s>:0 A:0 <s>:1 B:1'),
  modelConfig: { bos_token_id: 1, eos_token_id: 2, pad_token_id: null },
  generationConfig: { bos_token_id: 1, eos_token_id: [2, 7], temperature: 0.5 },
};
/** The tokenizer every test moves to: shares `house`, `is`, `.`; the others are new, and one id has no token. */
const german = ['<s>', '<pad>', '</s>', '<unk>', 'Haus', 'house', 'is', 'rot', '.', 'das', '', '<mask>'];

async function writeTarget(): Promise<void> {
  await writeWordTokenizer(inFolder('target'), {
    tokens: german,
    specials: { bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>', unk_token: '<unk>', mask_token: '<mask>' },
    postProcessor: templateOf(german, '<s>:0 A:0 </s>:0', '<s>:0 A:0 </s>:0 </s>:0 B:0 </s>:0'),
    json: {
      model: {
        type: 'WordLevel',
        unk_token: '<unk>',
        vocab: Object.fromEntries(german.map((token, id) => [token, id] as const).filter(([token]) => token !== '')),
      },
    },
  });
}

interface Case {
  readonly model: SmallModel;
  readonly request?: Partial<RewriteRequest>;
  readonly plan?: (plan: TransferPlan, source: ModelFolder) => TransferPlan;
  readonly out?: string;
}

/** Writes a model, rewrites it, and gives everything a test may ask about. */
async function rewrite({ model, request = {}, plan = (simple) => simple, out = 'out' }: Case): Promise<RewriteResult> {
  await mkdir(inFolder('source'), { recursive: true });
  await writeSmallModel(inFolder('source'), model);
  await writeTarget();
  return again({ request, plan, out });
}

async function again({ request = {}, plan = (simple) => simple, out = 'out' }: Omit<Case, 'model'> = {}): Promise<RewriteResult> {
  const source = await openModel(inFolder('source'));
  try {
    const target = await openTokenizer(inFolder('target'));
    return await rewriteModel({
      source,
      target,
      plan: plan(simplePlan(source.tokenizer.vocabulary, target.vocabulary), source),
      out: inFolder(out),
      seed: 7,
      pool: createInlinePool(),
      record: { strategy: 'simple' },
      ...request,
    });
  } finally {
    await source.close();
  }
}

/** Opens two models for as long as `look` takes. */
async function withModels<T>(look: (source: ModelFolder, out: ModelFolder) => Promise<T>, out = 'out'): Promise<T> {
  const [source, written] = [await openModel(inFolder('source')), await openModel(inFolder(out))];
  try {
    return await look(source, written);
  } finally {
    await Promise.all([source.close(), written.close()]);
  }
}

const json = async (...parts: string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(inFolder(...parts), 'utf8')) as Record<string, unknown>;

/** The numbers of a row, in full precision. */
async function rowOf(table: ModelFolder['input'], id: number): Promise<number[]> {
  if (table.dtype === 'F64') return [...new Float64Array((await table.readRangeBytes(id, id + 1)).slice().buffer)];
  return [...(await table.readRange(id, id + 1)).data];
}

/** Rounding error of one step, relative to the largest number that went into it. */
const tolerance: Record<TableDtype, number> = { F64: 1e-15, F32: 1e-7, F16: 2 ** -11, BF16: 2 ** -8 };

describe('a rewritten model', () => {
  const shapes: [string, SmallModel][] = [
    ['tied with a bias', bert],
    ['tied', llama],
    ['tied and stored twice', { ...llama, head: 'stored' }],
    ['untied', { ...llama, head: 'untied' }],
    ['untied with a bias', { ...llama, head: 'untied', bias: true }],
    ['untied in three shards', { ...llama, head: 'untied', shards: 3 }],
    ['padded', { ...llama, rows: 16 }],
  ];
  const cases = shapes.flatMap(([title, model]) =>
    (['F32', 'BF16', 'F16', 'F64'] as const).map((dtype) => [title, dtype, { ...model, dtype }] as const),
  );

  it('that counts positions from the padding id has them behind the new one', async () => {
    const modelConfig = { model_type: 'xlm-roberta', pad_token_id: 0, max_position_embeddings: 16 };
    const result = await rewrite({ model: { ...bert, modelConfig } });
    expect(result.warnings).toContainEqual(expect.objectContaining({ code: 'positions-moved' }));
    const name = 'bert.embeddings.position_embeddings.weight';
    await withModels(async (source, written) => {
      const [before, after] = [await source.weights.readFloat32(name), await written.weights.readFloat32(name)];
      expect(written.weights.tensors.get(name)?.shape).toEqual([17, 4]);
      expect([...after.subarray(2 * 4)]).toEqual([...before.subarray(4)]);
      expect(written.config).toMatchObject({ pad_token_id: 1, max_position_embeddings: 17 });
    });
    expect((await verifyModel(inFolder('out'))).checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await readFile(inFolder('out', 'README.md'), 'utf8')).toContain(`| replaced tensors | \`${name}\` |`);
    await rewrite({ model: bert, out: 'plain' });
    await withModels(async (source, written) => {
      expect(await written.weights.readFloat32(name)).toEqual(await source.weights.readFloat32(name));
    }, 'plain');
  });

  it.each(cases)('%s in %s has every row as its recipe says and every other tensor byte for byte', async (_, dtype, model) => {
    await rewrite({ model });
    await withModels(async (source, out) => {
      expect([...out.weights.tensors.keys()].sort()).toEqual([...source.weights.tensors.keys()].sort());
      const perToken = new Set(source.architecture.perToken.map(({ name }) => name));
      for (const name of source.weights.tensors.keys()) {
        if (!perToken.has(name)) expect(await out.weights.readBytes(name)).toEqual(await source.weights.readBytes(name));
      }
      const recipe = simpleRecipe(source.tokenizer.vocabulary, out.tokenizer.vocabulary);
      expect(perToken.size).toBe(out.architecture.perToken.length);
      for (const name of perToken) {
        const [before, after] = [source.table(name), out.table(name)];
        expect(after.dtype).toBe(dtype);
        const [five, six] = [await rowOf(before, 5), await rowOf(before, 6)];
        for (let id = 0; id < recipe.rows; id++) {
          const values = await rowOf(after, id);
          if (recipe.origins[id] === RowOrigin.mixed) {
            values.forEach((value, i) => {
              expect(Math.abs(value - (0.75 * five[i] - 0.25 * six[i]))).toBeLessThanOrEqual(2 * tolerance[dtype]);
            });
          } else if (recipe.offsets[id + 1] > recipe.offsets[id]) {
            const from = recipe.sourceIds[recipe.offsets[id]];
            expect(await after.readRangeBytes(id, id + 1)).toEqual(await before.readRangeBytes(from, from + 1));
          }
        }
      }
    });
    expect((await verifyModel(inFolder('out'))).checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('that was tied stays tied, also when its head is stored a second time', async () => {
    await rewrite({ model: { ...llama, head: 'stored' } });
    await withModels(async (_, out) => {
      expect(out.architecture.tied).toBe(true);
      expect(await out.weights.readBytes('lm_head.weight')).toEqual(await out.weights.readBytes('model.embed_tokens.weight'));
    });
  });

  it('fills head and bias from their own recipe when the plan has one', async () => {
    await rewrite({
      model: { ...llama, head: 'untied', bias: true },
      plan: ({ vocabulary, warnings }, source) => {
        if (!vocabulary) throw new Error('unreachable');
        const builder = createMixtureBuilder({
          rows: german.length,
          columns: source.tokenizer.vocabulary.size,
          sampling: { distribution: 'mean' },
        });
        german.forEach((_, id) => {
          builder.setMixed(id, [3], [2]);
        });
        return { vocabulary: { ...vocabulary, output: builder.build() }, warnings };
      },
    });
    await withModels(async (source, out) => {
      for (const name of ['lm_head.weight', 'lm_head.bias']) {
        const [before, after] = [(await source.table(name).readRange(3, 4)).data, (await out.table(name).readRange(4, 5)).data];
        expect(after).toEqual(before.map((value) => 2 * value));
      }
    });
    expect((await readRecipe(inFolder('out', 'recipe.safetensors')))?.output?.weights[0]).toBe(2);
  });

  it('whose source is padded is padded to the same multiple, with rows that are finite and no copies', async () => {
    const result = await rewrite({ model: { ...llama, rows: 16 } });
    expect(result.rows).toBe(16);
    expect(await json('out', 'config.json')).toMatchObject({ vocab_size: 16 });
    const odd = await again({ out: 'odd', request: { padToMultiple: 5 } });
    expect(odd.rows).toBe(15);
    await withModels(async (source, out) => {
      // Rows without a token are the mean of the rows that have one.
      const rows = await source.input.readRange(0, llamaTokens.length);
      const mean = [0, 1, 2, 3].map(
        (column) => rows.data.filter((_, i) => i % 4 === column).reduce((sum, value) => sum + value, 0) / llamaTokens.length,
      );
      for (const id of [10, 12, 15])
        (await out.input.readRange(id, id + 1)).data.forEach((value, i) => {
          expect(value).toBeCloseTo(mean[i], 6);
        });
    });
  });

  it('keeps its shards: names, order, and the bytes of those that do not change', async () => {
    await rewrite({ model: { ...llama, head: 'untied', shards: 4 } });
    const [before, after] = [await contentOf(inFolder('source')), await contentOf(inFolder('out'))];
    for (const untouched of ['model-00002-of-00004.safetensors', 'model-00003-of-00004.safetensors'])
      expect(after[untouched]).toBe(before[untouched]);
    const [old, index] = [await json('source', 'model.safetensors.index.json'), await json('out', 'model.safetensors.index.json')];
    expect(index.weight_map).toEqual(old.weight_map);
    const grown = 2 * 4 * 4 * (german.length - llamaTokens.length);
    expect((index.metadata as { total_size: number }).total_size).toBe((old.metadata as { total_size: number }).total_size + grown);
  });

  it('links files that do not change when asked, and copies them otherwise', async () => {
    const model: SmallModel = { ...llama, head: 'untied', shards: 3 };
    const inode = async (folder: string): Promise<number> => (await stat(inFolder(folder, 'model-00002-of-00003.safetensors'))).ino;
    const copied = await rewrite({ model });
    const linked = await again({ out: 'linked', request: { linkUnchanged: true } });
    expect(await inode('linked')).toBe(await inode('source'));
    expect(await inode('out')).not.toBe(await inode('source'));
    expect(linked.files.filter(({ method }) => method === 'linked').map(({ name }) => name)).toEqual(['model-00002-of-00003.safetensors']);
    expect(copied.files.filter(({ method }) => method === 'copied').map(({ name }) => name)).toEqual(['model-00002-of-00003.safetensors']);
    expect(await contentOf(inFolder('linked'))).toEqual(await contentOf(inFolder('out')));
  });

  it('follows links in the source folder, as the Hub’s cache has them', async () => {
    const model: SmallModel = { ...llama, head: 'untied', shards: 3 };
    await rewrite({ model });
    await mkdir(inFolder('snapshot'));
    for (const name of Object.keys(await contentOf(inFolder('source'))))
      await symlink(inFolder('source', name), inFolder('snapshot', name));
    const source = await openModel(inFolder('snapshot'));
    const target = await openTokenizer(inFolder('target'));
    await rewriteModel({
      source,
      target,
      plan: simplePlan(source.tokenizer.vocabulary, target.vocabulary),
      out: inFolder('from-links'),
      seed: 7,
      linkUnchanged: true,
      pool: createInlinePool(),
      record: { strategy: 'simple', sourceLabel: 'source' },
    });
    await source.close();
    expect(await contentOf(inFolder('from-links'))).toEqual(await contentOf(inFolder('out')));
    expect((await stat(inFolder('from-links', 'model-00002-of-00003.safetensors'))).isFile()).toBe(true);
  });

  it('has the ids of its configurations in the new vocabulary', async () => {
    await rewrite({ model: llama });
    expect(await json('out', 'config.json')).toMatchObject({ vocab_size: 12, bos_token_id: 0, eos_token_id: 2, pad_token_id: null });
    expect(await json('out', 'generation_config.json')).toEqual({ bos_token_id: 0, eos_token_id: [2, 8], temperature: 0.5 });
  });

  it('keeps what does not depend on the vocabulary and leaves the rest behind', async () => {
    await mkdir(inFolder('source', '1_Pooling'), { recursive: true });
    for (const name of ['preprocessor_config.json', 'LICENSE', 'modeling_own.py', 'modules.json', '1_Pooling/config.json'])
      await writeFile(inFolder('source', name), name);
    for (const name of ['pytorch_model.bin', 'model.onnx', 'metrics.json', 'tokenization_own.py', 'README.md'])
      await writeFile(inFolder('source', name), name);
    await rewrite({ model: bert });
    const names = Object.keys(await contentOf(inFolder('out')));
    expect(names).toEqual([
      '1_Pooling/config.json',
      'LICENSE',
      'README.md',
      'config.json',
      'lexigraft.json',
      'model.safetensors',
      'modeling_own.py',
      'modules.json',
      'preprocessor_config.json',
      'recipe.safetensors',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('is the same, byte for byte, whenever and wherever it is written; the seed moves sampled rows alone', async () => {
    await rewrite({ model: { ...llama, head: 'untied' } });
    await again({ out: 'below/again' });
    expect(await contentOf(inFolder('below', 'again'))).toEqual(await contentOf(inFolder('out')));
    await again({ out: 'other', request: { seed: 8 } });
    await withModels(async (source) => {
      const [one, other] = [await openModel(inFolder('out')), await openModel(inFolder('other'))];
      const recipe = simpleRecipe(source.tokenizer.vocabulary, one.tokenizer.vocabulary);
      for (let id = 0; id < recipe.rows; id++) {
        const same = Buffer.compare(await one.input.readRangeBytes(id, id + 1), await other.input.readRangeBytes(id, id + 1)) === 0;
        expect(same).toBe(recipe.origins[id] !== RowOrigin.sampled);
      }
      await Promise.all([one.close(), other.close()]);
    });
  });

  it('tells how it was made: hashes of its inputs, options, counts, and no times', async () => {
    await writeFile(inFolder('vectors.vec'), '1 1\na 1\n');
    const result = await rewrite({
      model: bert,
      request: {
        record: {
          strategy: 'simple',
          options: { k: 3 },
          versions: { cli: '9.9.9' },
          sourceLabel: 'hf:org/name@main',
          targetLabel: '/somewhere/german',
          inputs: [{ role: 'vectors', label: './vectors.vec', path: inFolder('vectors.vec') }],
        },
      },
    });
    const record = await json('out', 'lexigraft.json');
    expect(record).toMatchObject({
      schemaVersion: 1,
      versions: { cli: '9.9.9', '@lexigraft/core': expect.any(String) as string },
      strategy: 'simple',
      options: { k: 3 },
      seed: 7,
      vocabulary: { target: 'german', tokens: 12, rows: 12, template: 'source' },
      origins: { input: result.origins },
      tensors: { kept: 2, remade: ['bert.embeddings.word_embeddings.weight', 'cls.predictions.bias'], replaced: [] },
    });
    const hashes = await contentOf(inFolder('source'));
    const inputs = record.inputs as { role: string; label: string; files: { name: string; sha256: string }[] }[];
    expect(inputs.map(({ role, label }) => [role, label])).toEqual([
      ['source', 'org/name'],
      ['target', 'german'],
      ['vectors', 'vectors.vec'],
    ]);
    expect(Object.fromEntries(inputs[0].files.map(({ name, sha256 }) => [name, sha256]))).toEqual(hashes);
    expect(inputs[2].files).toEqual([{ name: 'vectors.vec', bytes: 8, sha256: createHash('sha256').update('1 1\na 1\n').digest('hex') }]);
    const card = await readFile(inFolder('out', 'README.md'), 'utf8');
    expect(card).toMatch(/^---\nbase_model: "org\/name"\nlibrary_name: transformers\n/);
    expect(card).not.toMatch(/^licen[cs]e:/m);
    expect(card).toContain(`| sampled | ${result.origins?.sampled ?? 0} |`);
    expect(card + JSON.stringify(record)).not.toContain(inFolder());
  });

  it('names the source tokens of the recipe, so that it can be read without the source', async () => {
    await rewrite({ model: llama });
    const recipes = await readRecipe(inFolder('out', 'recipe.safetensors'));
    await withModels((source) => {
      for (const id of recipes?.input.sourceIds ?? [])
        expect(recipes?.sourceTokens?.get(id)).toBe(displayToken(source.tokenizer.vocabulary, id));
      return Promise.resolve();
    });
    expect(recipes?.sourceTokens?.size).toBe(new Set(recipes?.input.sourceIds).size);
  });

  it('keeps the figures of the fit beside the recipe', async () => {
    const captured = Float32Array.from(german, (_, id) => (id < 3 ? NaN : id / 10));
    await rewrite({
      model: llama,
      plan: ({ vocabulary, warnings }) =>
        ({ vocabulary: vocabulary && { ...vocabulary, diagnostics: { captured } }, warnings }) as TransferPlan,
    });
    const recipes = await readRecipe(inFolder('out', 'recipe.safetensors'));
    expect(recipes?.diagnostics).toEqual({ captured });
    expect(recipes?.input.rows).toBe(german.length);
    expect((await verifyModel(inFolder('out'))).ok).toBe(true);
  });

  it('reports its bytes as they are written, up to all of them', async () => {
    const seen: Progress[] = [];
    await rewrite({ model: { ...llama, head: 'untied', shards: 3 }, request: { onProgress: (progress) => seen.push(progress) } });
    expect(seen.every(({ stage, done }, i) => stage === 'write' && (i === 0 || done >= seen[i - 1].done))).toBe(true);
    expect(seen.at(-1)?.done).toBe(seen[0].total);
  });

  it('is what the estimate said', async () => {
    await mkdir(inFolder('source'));
    await writeSmallModel(inFolder('source'), { ...llama, head: 'untied', shards: 3 });
    await writeTarget();
    const [source, target] = [await openModel(inFolder('source')), await openTokenizer(inFolder('target'))];
    const plan = simplePlan(source.tokenizer.vocabulary, target.vocabulary);
    const estimate = await estimateRewrite({ source, target, plan, linkUnchanged: true, out: inFolder('out') });
    const before = await estimateRewrite({ source, target });
    await source.close();
    const result = await again({ request: { linkUnchanged: true } });
    const approximate = new Set(['lexigraft.json', 'README.md', 'recipe.safetensors']);
    const exact = (files: readonly { name: string; bytes: number; method: string }[]): unknown =>
      files
        .filter(({ name }) => !approximate.has(name))
        .map(({ name, bytes, method }) => ({ name, bytes, method }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(exact(estimate.files)).toEqual(exact(result.files));
    expect(estimate.files.map(({ name }) => name).sort()).toEqual(result.files.map(({ name }) => name).sort());
    expect(estimate.bytesTotal).toBeGreaterThanOrEqual(result.bytes);
    expect(estimate.bytesToWrite).toBeLessThan(estimate.bytesTotal);
    expect(estimate.rows).toBe(german.length);
    expect(estimate.freeBytes).toBeGreaterThan(0);
    expect(estimate.memoryBytes).toBeGreaterThan(0);
    expect(before.rows).toBe(german.length);
  });

  it('leaves its source and the target tokenizer as they were', async () => {
    const model: SmallModel = { ...llama, head: 'untied', shards: 3 };
    await mkdir(inFolder('source'));
    await writeSmallModel(inFolder('source'), model);
    await writeTarget();
    const before = [await contentOf(inFolder('source')), await contentOf(inFolder('target'))];
    await again({ request: { linkUnchanged: true } });
    await again({ request: { linkUnchanged: true, force: true, seed: 9 } });
    expect([await contentOf(inFolder('source')), await contentOf(inFolder('target'))]).toEqual(before);
  });
});

describe('replaced tensors', () => {
  const uniform = randomStream(3, new Uint8Array(1));
  const values = (rows: number, columns: number) =>
    matrix(
      rows,
      columns,
      Float32Array.from({ length: rows * columns }, () => uniform() - 0.5),
    );

  it.each(['F32', 'BF16', 'F16', 'F64'] as const)('are written in the dtype of what they replace (%s)', async (dtype) => {
    const tensor = values(8, 4);
    const result = await rewrite({
      model: { ...llama, dtype },
      plan: (plan) => ({
        ...plan,
        tensors: new Map([
          ['model.layers.0.mlp.up_proj.weight', tensor],
          ['model.norm.weight', values(1, 4)],
        ]),
      }),
    });
    expect(result.tensors).toEqual({ kept: 0, remade: 1, replaced: 2 });
    await withModels(async (_, out) => {
      expect(out.weights.tensors.get('model.layers.0.mlp.up_proj.weight')).toMatchObject({ dtype, shape: [8, 4] });
      (await out.weights.readFloat32('model.layers.0.mlp.up_proj.weight')).forEach((value, i) => {
        expect(Math.abs(value - tensor.data[i])).toBeLessThanOrEqual(tolerance[dtype]);
      });
    });
  });

  it('alone change neither tokenizer nor configuration', async () => {
    await rewrite({ model: llama, plan: () => ({ tensors: new Map([['model.norm.weight', values(1, 4)]]), warnings: [] }) });
    const [before, after] = [await json('source', 'config.json'), await json('out', 'config.json')];
    expect(after).toEqual(before);
    expect(await json('out', 'tokenizer.json')).toEqual((await openTokenizer(inFolder('source'))).json);
    expect(Object.keys(await contentOf(inFolder('out')))).not.toContain('recipe.safetensors');
    expect((await verifyModel(inFolder('out'))).ok).toBe(true);
  });

  it.each([
    ['that do not exist', 'nowhere.weight', values(1, 4), 'invalid-option'],
    ['of another shape', 'model.norm.weight', values(2, 4), 'shape-mismatch'],
    ['with a number that is not finite', 'model.norm.weight', matrix(1, 4, Float32Array.of(1, NaN, 1, 1)), 'not-finite'],
  ])('%s are refused and nothing appears', async (_, name, tensor, code) => {
    await expect(rewrite({ model: llama, plan: (plan) => ({ ...plan, tensors: new Map([[name, tensor]]) }) })).rejects.toMatchObject({
      code,
    });
    expect(Object.keys(await contentOf(inFolder('out')))).toEqual([]);
  });

  it('too large for half precision are refused', async () => {
    const plan = (simple: TransferPlan): TransferPlan => ({
      ...simple,
      tensors: new Map([['model.norm.weight', matrix(1, 4, Float32Array.of(1, 1, 1e6, 1))]]),
    });
    await expect(rewrite({ model: { ...llama, dtype: 'F16' }, plan })).rejects.toThrow(
      /"model\.norm\.weight" hold 1000000, which F16 cannot hold at row 0, column 2/,
    );
  });
});

describe('a plan that cannot be written', () => {
  it.each<[string, (plan: TransferPlan) => TransferPlan, string]>([['changes nothing', () => ({ warnings: [] }), 'empty-input']])(
    'because it %s is refused with a sentence',
    async (_, plan, code) => {
      await expect(rewrite({ model: llama, plan })).rejects.toMatchObject({ code });
      expect(await stat(inFolder('out')).catch(() => undefined)).toBeUndefined();
    },
  );

  it('because it was made for another tokenizer is refused, naming the first token that differs', async () => {
    await rewrite({ model: llama });
    await writeWordTokenizer(inFolder('other'), {
      tokens: german.map((token, id) => (id === 4 ? 'Huis' : token === '' ? 'x' : token)),
      specials: { unk_token: '<unk>' },
    });
    const other = await openTokenizer(inFolder('other'));
    await expect(again({ out: 'second', request: { target: other } })).rejects.toThrow('id 4 is "Haus" in the plan and "Huis" in `target`');
  });

  it('because its recipe counts in another source is refused', async () => {
    const plan = ({ vocabulary, warnings }: TransferPlan): TransferPlan => {
      if (!vocabulary) throw new Error('unreachable');
      return { vocabulary: { ...vocabulary, input: { ...vocabulary.input, columns: 99 } }, warnings };
    };
    await expect(rewrite({ model: llama, plan })).rejects.toMatchObject({ code: 'shape-mismatch' });
  });
});

describe('rows of a table', () => {
  it('that is shorter than the vocabulary are looked up as the model does: row 0 for ids behind its end', async () => {
    const short = 'model.embed_tokens_per_layer.weight';
    await rewrite({
      model: {
        ...llama,
        tensors: { [short]: randomTensor(short, 'F32', [6, 3]) },
        modelConfig: { model_type: 'gemma3n_text', vocab_size_per_layer_input: 6 },
      },
    });
    await withModels(async (source, out) => {
      const [before, after] = [source.table(short), out.table(short)];
      const row = async (token: string): Promise<number[]> => rowOf(after, german.indexOf(token));
      expect(after.rows).toBe(out.input.rows);
      expect(await row('house')).toEqual(await rowOf(before, llamaTokens.indexOf('house')));
      expect(await row('.')).toEqual(await rowOf(before, 0));
      expect(out.config.vocab_size_per_layer_input).toBe(out.input.rows);
    });
  });

  it('that would not be finite stop the rewrite and leave nothing', async () => {
    const huge = { dtype: 'F32' as const, shape: [9, 4], data: new Float32Array(36).fill(3e38) };
    await mkdir(inFolder('source'));
    await writeSmallModel(inFolder('source'), { ...llama, tensors: {} });
    const { writeSafetensors } = await import('@lexigraft/checkpoint');
    await writeSafetensors(
      inFolder('source', 'model.safetensors'),
      { 'model.embed_tokens.weight': huge, 'model.norm.weight': randomTensor('n', 'F32', [4]) },
      {},
      { overwrite: true },
    );
    await writeTarget();
    const plan = ({ vocabulary, warnings }: TransferPlan): TransferPlan => {
      if (!vocabulary) throw new Error('unreachable');
      return {
        vocabulary: {
          ...vocabulary,
          input: {
            ...vocabulary.input,
            weights: vocabulary.input.weights.map((weight, entry) => (weight === 0.75 ? 50 : vocabulary.input.weights[entry])),
          },
        },
        warnings,
      };
    };
    const place = inFolder('source', 'model.safetensors');
    await expect(again({ plan })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining(`${place}: tensor "model.embed_tokens.weight": Target row`) as string,
      details: { path: place, tensor: 'model.embed_tokens.weight' },
    });
    await rm(inFolder('source'), { recursive: true });
    await rm(inFolder('target'), { recursive: true });
    expect(Object.keys(await contentOf(inFolder()))).toEqual([]);
  });
});
