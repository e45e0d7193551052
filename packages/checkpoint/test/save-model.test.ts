import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { openModel, openSafetensors, saveModel, type ModelFolder, type SavedTensor } from '@lexigraft/checkpoint';
import { float32ToBfloat16, bfloat16ToFloat32 } from '@lexigraft/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { contentOf } from './support/folder-content.ts';
import { writeSmallModel } from './support/small-model.ts';
import { useTemporaryFolder } from './support/temporary-folder.ts';

const inFolder = useTemporaryFolder();
const words = {
  tokens: ['<unk>', '<s>', '</s>', 'the', 'house', 'is'],
  specials: { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
};

beforeEach(async () => {
  await mkdir(inFolder('llama'));
  await writeSmallModel(inFolder('llama'), {
    ...words,
    family: 'llama',
    dtype: 'BF16',
    head: 'stored',
    shards: 3,
    modelConfig: { torch_dtype: 'bfloat16', architectures: ['LlamaForCausalLM'] },
    generationConfig: { eos_token_id: 2 },
  });
  await mkdir(inFolder('bert'));
  await writeSmallModel(inFolder('bert'), { ...words, family: 'bert', modelConfig: { architectures: ['BertForMaskedLM'] } });
  await writeFile(inFolder('llama', 'LICENSE'), 'free');
});

async function withModel<T>(name: string, use: (model: ModelFolder) => Promise<T>): Promise<T> {
  const model = await openModel(inFolder(name));
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

function tensor(...shape: number[]): SavedTensor {
  return {
    shape,
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.fround(i / 7 - 1)),
  };
}

const allTensors = ({ weights }: ModelFolder): Promise<[string, string, number[]][]> =>
  Promise.all([...weights.tensors].sort().map(async ([name, { dtype }]) => [name, dtype, [...(await weights.readFloat32(name))]]));

const readJson = async (...path: string[]): Promise<unknown> => JSON.parse(await readFile(inFolder(...path), 'utf8'));
const totalSize = async (): Promise<number> =>
  ((await readJson('out', 'model.safetensors.index.json')) as { metadata: { total_size: number } }).metadata.total_size;

describe('saveModel', () => {
  it('replaces what was trained, rounded to the dtype of the source, and keeps every other byte', async () => {
    const norm = tensor(4);
    const before = await contentOf(inFolder('llama'));
    const source = await withModel('llama', (model) => allTensors(model));
    const result = await withModel('llama', (model) =>
      saveModel({ source: model, tensors: new Map([['model.norm.weight', norm]]), out: inFolder('out') }),
    );
    expect(result.tensors).toEqual({ kept: 4, replaced: 1, added: 0 });
    expect(await contentOf(inFolder('llama'))).toEqual(before);
    const saved = await withModel('out', (model) => allTensors(model));
    const rounded = [...bfloat16ToFloat32(float32ToBfloat16(norm.data))];
    expect(saved).toEqual(source.map(([name, dtype, values]) => [name, dtype, name === 'model.norm.weight' ? rounded : values]));
    const after = await contentOf(inFolder('out'));
    for (const file of ['model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors', 'generation_config.json', 'LICENSE'])
      expect(after[file], file).toBe(before[file]);
    for (const file of ['config.json', 'tokenizer.json']) expect(await readJson('out', file)).toEqual(await readJson('llama', file));
    expect(result.bytes).toBe(await totalSize());
  });

  it('keeps the edits of a steered model', async () => {
    for (const name of ['steering.safetensors', 'steering.pt']) await writeFile(inFolder('llama', name), `edits of ${name}`);
    await withModel('llama', (model) =>
      saveModel({ source: model, tensors: new Map([['model.norm.weight', tensor(4)]]), out: inFolder('out') }),
    );
    for (const name of ['steering.safetensors', 'steering.pt'])
      expect(await readFile(inFolder('out', name), 'utf8')).toBe(`edits of ${name}`);
  });

  it('writes everything as float32 on request, and says so in config.json', async () => {
    const norm = tensor(4);
    const source = await withModel('llama', (model) => allTensors(model));
    await withModel('llama', (model) =>
      saveModel({ source: model, tensors: new Map([['model.norm.weight', norm]]), out: inFolder('out'), dtype: 'float32' }),
    );
    const saved = await withModel('out', (model) => allTensors(model));
    expect(saved).toEqual(source.map(([name, , values]) => [name, 'F32', name === 'model.norm.weight' ? [...norm.data] : values]));
    expect(JSON.parse(await readFile(inFolder('out', 'config.json'), 'utf8'))).toMatchObject({ torch_dtype: 'float32' });
  });

  it('writes trained embeddings wherever the source stores them', async () => {
    const table = tensor(6, 4);
    const result = await withModel('llama', (model) =>
      saveModel({ source: model, tensors: new Map([['model.embed_tokens.weight', table]]), out: inFolder('out'), dtype: 'float32' }),
    );
    expect(result.tensors.replaced).toBe(2);
    await withModel('out', async ({ weights, architecture }) => {
      expect(architecture.tied).toBe(true);
      expect([...(await weights.readFloat32('lm_head.weight'))]).toEqual([...table.data]);
    });
  });

  it('turns a masked model into a classifier: new tensors, no language head, names of classes', async () => {
    const tensors = new Map([
      ['bert.pooler.dense.weight', tensor(4, 4)],
      ['classifier.weight', tensor(3, 4)],
      ['classifier.bias', tensor(3)],
    ]);
    const classes = ['entailment', 'neutral', 'contradiction'];
    const result = await withModel('bert', (model) => saveModel({ source: model, tensors, out: inFolder('out'), classes }));
    expect(result.tensors).toEqual({ kept: 3, replaced: 0, added: 3 });
    await withModel('out', async (model) => {
      expect([...model.weights.tensors.keys()].sort()).toEqual([
        'bert.embeddings.position_embeddings.weight',
        'bert.embeddings.word_embeddings.weight',
        'bert.encoder.layer.0.output.dense.weight',
        'bert.pooler.dense.weight',
        'classifier.bias',
        'classifier.weight',
      ]);
      expect([...(await model.weights.readFloat32('classifier.weight'))]).toEqual([...tensor(3, 4).data]);
      expect(model.config).toMatchObject({
        architectures: ['BertForSequenceClassification'],
        id2label: { 0: 'entailment', 1: 'neutral', 2: 'contradiction' },
        label2id: { entailment: 0, neutral: 1, contradiction: 2 },
        problem_type: 'single_label_classification',
      });
    });
  });

  it('leaves nothing behind when it cannot, and does not touch what is there', async () => {
    const save = (changes: Partial<Parameters<typeof saveModel>[0]>): Promise<unknown> =>
      withModel('llama', (model) =>
        saveModel({ source: model, tensors: new Map([['model.norm.weight', tensor(4)]]), out: inFolder('out'), ...changes }),
      );
    const before = await contentOf(inFolder());
    await expect(save({ tensors: new Map([['model.norm.weight', tensor(2, 2)]]) })).rejects.toMatchObject({ code: 'shape-mismatch' });
    const broken = { shape: [4], data: Float32Array.of(1, 2, NaN, 4) };
    await expect(save({ tensors: new Map([['model.norm.weight', broken]]) })).rejects.toMatchObject({ code: 'not-finite' });
    await expect(save({ out: inFolder('llama') })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(save({ out: inFolder('bert') })).rejects.toMatchObject({ code: 'output-exists' });
    await expect(save({ signal: AbortSignal.abort(new Error('Enough.')) })).rejects.toThrow('Enough.');
    expect(await contentOf(inFolder())).toEqual(before);
    await save({});
    await save({ force: true, tensors: new Map([['model.norm.weight', tensor(4)]]) });
    expect(
      (await openSafetensors(inFolder('out', 'model-00003-of-00003.safetensors')).then((file) => file.close().then(() => file))).metadata,
    ).toEqual({ format: 'pt' });
  });
});
