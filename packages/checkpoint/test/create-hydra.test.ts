import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInlinePool, matrix } from '@lexigraft/core';
import {
  describeHydra,
  openModel,
  openTokenizer,
  openWeights,
  rewriteModel,
  verifyHydra,
  verifyModel,
  type Weights,
} from '@lexigraft/checkpoint';
import { describe, expect, it } from 'vitest';
import { contentOf } from './support/folder-content.ts';
import { makeHydra, targetsOf, words, writeHydraWorld } from './support/hydra-world.ts';
import type { SmallModel } from './support/small-model.ts';
import { useTemporaryFolder } from './support/temporary-folder.ts';

const inFolder = useTemporaryFolder();
const text = (...parts: readonly string[]): Promise<string> => readFile(inFolder(...parts), 'utf8');
const json = async (...parts: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await text(...parts)) as Record<string, unknown>;

/** The rows a rewrite of the same plan and seed makes, for comparison. */
async function rewriteTo(language: string): Promise<void> {
  const source = await openModel(inFolder('source'));
  const [{ tokenizer, plan, record }] = await targetsOf(source, [language], inFolder);
  await rewriteModel({ source, target: tokenizer, plan, record, out: inFolder(`alone-${language}`), seed: 7, pool: createInlinePool() });
  await source.close();
}

async function withWeights<T>(folder: string, use: (weights: Weights) => Promise<T>): Promise<T> {
  const weights = await openWeights(inFolder(folder));
  try {
    return await use(weights);
  } finally {
    await weights.close();
  }
}

const kinds: readonly (readonly [string, Partial<SmallModel>])[] = [
  ['tied', {}],
  ['tied and sharded', { shards: 3 }],
  ['tied with a stored head', { head: 'stored' }],
  ['untied', { head: 'untied' }],
  ['untied with a bias, in bfloat16 shards', { head: 'untied', bias: true, dtype: 'BF16', shards: 2 }],
  ['padded', { head: 'untied', rows: 64 }],
  ['an encoder with a bias, in float16', { family: 'bert', dtype: 'F16', modelConfig: { architectures: ['BertForMaskedLM'] } }],
];

describe.each(kinds)('a Hydra checkpoint of a model that is %s', (_title, model) => {
  it('has the rows of a rewrite and behind them those of the source, and every other tensor as it was, byte for byte', async () => {
    await writeHydraWorld(inFolder, model);
    const { record } = await makeHydra(inFolder, ['de', 'ru']);
    await rewriteTo('de');
    const perToken = new Map(record.tensors.map(({ name, rows }) => [name, rows]));
    const [before, alone] = [await openWeights(inFolder('source')), await openWeights(inFolder('alone-de'))];
    await withWeights('hydra', async (after) => {
      expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
      for (const [name, { dtype }] of before.tensors) {
        const [old, made, expected] = [await before.readBytes(name), await after.readBytes(name), await alone.readBytes(name)];
        const wanted = perToken.get(name) === 'target-and-source' ? Buffer.concat([expected, old]) : expected;
        expect(Buffer.compare(made, wanted)).toBe(0);
        expect(after.tensors.get(name)?.dtype).toBe(dtype);
      }
    });
    expect(perToken.size).toBeGreaterThan(0);
    await Promise.all([before.close(), alone.close()]);
  });

  it('passes its checks, and says how ids are shifted', async () => {
    await writeHydraWorld(inFolder, model);
    const { warnings } = await makeHydra(inFolder, ['de', 'ru', 'sw']);
    const { checks } = await verifyHydra(inFolder('hydra'));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'opens',
      'sizes',
      'finite',
      'source-tokenizer',
      'language de',
      'language ru',
      'language sw',
    ]);
    expect(warnings.every(({ message }) => message !== '')).toBe(true);
    const sourceRows = model.rows ?? 8;
    const rows = model.rows === undefined ? 9 : 64;
    expect(await json('hydra', 'hydra.json')).toMatchObject({
      active: 'de',
      outputRows: rows,
      sourceOffset: rows,
      inputRows: rows + sourceRows,
      ignoredLabel: -100,
      source: { label: 'source', tokens: 8, rows: sourceRows, tokenizer: 'source-tokenizer' },
    });
    expect(await json('hydra', 'config.json')).toMatchObject({
      vocab_size: rows,
      output_vocab_size: rows,
      input_vocab_size: rows + sourceRows,
    });
  });
});

describe('a Hydra checkpoint', () => {
  it('keeps both tokenizers, the target’s at the root', async () => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['ru', 'de'], { active: 'de' });
    const tokens = async (...parts: string[]): Promise<unknown> => (await openTokenizer(inFolder('hydra', ...parts))).vocabulary.tokens;
    expect(await tokens()).toEqual(words.de);
    expect(await tokens('tables', 'ru')).toEqual(words.ru);
    const source = await openModel(inFolder('source'));
    expect(await tokens('source-tokenizer')).toEqual(source.tokenizer.vocabulary.tokens);
    await source.close();
  });

  it('holds rows, tokenizer, settings, recipe and record of every other language in a folder of its own', async () => {
    await writeHydraWorld(inFolder, { head: 'untied', bias: true });
    await makeHydra(inFolder, ['de', 'ru']);
    expect(await readdir(inFolder('hydra', 'tables'))).toEqual(['ru']);
    expect(await readdir(inFolder('hydra', 'tables', 'ru'))).toEqual([
      'README.md',
      'lexigraft.json',
      'recipe.safetensors',
      'rows.safetensors',
      'settings.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { languages } = await describeHydra(inFolder('hydra'));
    expect(languages).toEqual([
      { language: 'de', label: 'de', tokens: 9, rows: 9, active: true },
      { language: 'ru', label: 'ru', tokens: 6, rows: 6, active: false, bytes: expect.any(Number) as number },
    ]);
  });

  it('names the ids of the active vocabulary in its configuration', async () => {
    await writeHydraWorld(inFolder, { generationConfig: { eos_token_id: [2], suppress_tokens: [0] } });
    await makeHydra(inFolder, ['de']);
    expect(await json('hydra', 'config.json')).toMatchObject({ model_type: 'llama', bos_token_id: 2, eos_token_id: 1 });
    expect(await json('hydra', 'generation_config.json')).toEqual({ eos_token_id: [1], suppress_tokens: [0] });
  });

  it('puts both sizes where a nested configuration has its size', async () => {
    await writeHydraWorld(inFolder, {
      modelConfig: {
        model_type: 'gemma3',
        vocab_size: undefined,
        text_config: { model_type: 'gemma3_text', vocab_size: 8, hidden_size: 4 },
      },
    });
    await makeHydra(inFolder, ['de', 'ru']);
    expect(await json('hydra', 'config.json')).toMatchObject({
      text_config: { vocab_size: 9, output_vocab_size: 9, input_vocab_size: 17 },
    });
    expect((await verifyHydra(inFolder('hydra'))).ok).toBe(true);
  });

  it('says in its card that transformers needs help, gives that help, and how to prompt it', async () => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['de', 'ru']);
    const card = await text('hydra', 'README.md');
    expect(card).toContain('**transformers cannot load it by itself**');
    expect(card).toContain('config.tie_word_embeddings = False');
    expect(card).toContain('| 9 to 16 | `source-tokenizer/` | source: its ids + 9, read only |');
    expect(card).toContain('labels at shifted ids must be -100');
    expect(card).toContain('`lexigraft hydra swap . --to ru`');
    expect(card).not.toContain('library_name');
    expect(await text('hydra', 'tables', 'ru', 'README.md')).toContain('| 6 to 13 | `source-tokenizer/`');
  });

  it('records how the rows of every language came about', async () => {
    await writeHydraWorld(inFolder, { shards: 2 });
    await makeHydra(inFolder, ['de', 'ru']);
    const records = [await json('hydra', 'lexigraft.json'), await json('hydra', 'tables', 'ru', 'lexigraft.json')];
    expect(records.map(({ language, strategy, seed }) => ({ language, strategy, seed }))).toEqual([
      { language: 'de', strategy: 'simple', seed: 7 },
      { language: 'ru', strategy: 'simple', seed: 7 },
    ]);
    const inputs = records[1].inputs as { role: string; files: { name: string; sha256: string }[] }[];
    expect(inputs.find(({ role }) => role === 'source')?.files.map(({ name }) => name)).toContain('model-00002-of-00002.safetensors');
  });

  it('has its per-token tensors in a file of their own, so that a swap leaves the body alone', async () => {
    await writeHydraWorld(inFolder, { head: 'untied', shards: 3 });
    const { record } = await makeHydra(inFolder, ['de']);
    await withWeights('hydra', (weights) => {
      for (const { name } of record.tensors) expect(weights.shardOf(name)).toBe('model-tables.safetensors');
      expect(weights.shards.get('model-tables.safetensors')?.tensors.size).toBe(2);
      return Promise.resolve();
    });
    const [before, after] = [await contentOf(inFolder('source')), await contentOf(inFolder('hydra'))];
    expect(after['model-00002-of-00003.safetensors']).toBe(before['model-00002-of-00003.safetensors']);
    expect(await verifyIndex()).toBe(true);
  });

  async function verifyIndex(): Promise<boolean> {
    const index = (await json('hydra', 'model.safetensors.index.json')) as {
      metadata: { total_size: number };
      weight_map: Record<string, string>;
    };
    return withWeights('hydra', (weights) => {
      const total = [...weights.tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
      return Promise.resolve(total === index.metadata.total_size && Object.keys(index.weight_map).length === weights.tensors.size);
    });
  }

  it('is the same for any number of runs', async () => {
    await writeHydraWorld(inFolder, { head: 'untied', shards: 2 });
    await makeHydra(inFolder, ['de', 'ru']);
    await makeHydra(inFolder, ['de', 'ru'], { out: inFolder('again') });
    expect(await contentOf(inFolder('again'))).toEqual(await contentOf(inFolder('hydra')));
  });

  it('is no model to open, and says what it is', async () => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['de']);
    await expect(openModel(inFolder('hydra'))).rejects.toMatchObject({
      code: 'unsupported-format',
      message: expect.stringContaining('is a Hydra checkpoint') as string,
    });
    expect(await verifyModel(inFolder('hydra'))).toMatchObject({ ok: false, checks: [{ name: 'opens' }] });
  });

  it('reports its progress in bytes, rising to the end', async () => {
    await writeHydraWorld(inFolder, { head: 'untied' });
    const seen: number[] = [];
    let whole = 0;
    await makeHydra(inFolder, ['de', 'ru'], {
      onProgress: ({ stage, done, total }) => {
        expect(stage).toBe('write');
        seen.push(done);
        whole = total;
      },
    });
    expect(seen.every((done, index) => index === 0 || done >= seen[index - 1])).toBe(true);
    expect(seen.at(-1)).toBe(whole);
  });
});

describe('making a Hydra checkpoint', () => {
  it('that is aborted leaves nothing, and an old one as it was', async () => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['de']);
    const old = await contentOf(inFolder('hydra'));
    const abort = new AbortController();
    const seams = {
      afterStep: (step: string) => {
        if (step.includes('rows.safetensors')) abort.abort();
      },
    };
    await expect(makeHydra(inFolder, ['ru', 'de'], { force: true, signal: abort.signal }, seams)).rejects.toThrow('abort');
    expect(await contentOf(inFolder('hydra'))).toEqual(old);
    expect((await readdir(inFolder())).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that was cut off goes on after its last finished file', async () => {
    await writeHydraWorld(inFolder, { head: 'untied' });
    const kill = new Error('killed');
    const finished: string[] = [];
    const stop = (step: string): void => {
      if (step === 'finished model-tables.safetensors') throw kill;
    };
    // What a killed process leaves: its stage, and a lock that nobody holds.
    const { stage, lock } = { stage: inFolder('.hydra.lexigraft-stage'), lock: inFolder('.hydra.lexigraft-lock') };
    await makeHydra(
      inFolder,
      ['de', 'ru'],
      {},
      {
        afterStep: async (step) => {
          if (step !== 'finished model-tables.safetensors') return;
          await cp(stage, inFolder('kept'), { recursive: true });
          stop(step);
        },
      },
    ).catch((error: unknown) => {
      expect(error).toBe(kill);
    });
    await rename(inFolder('kept'), stage);
    await writeFile(lock, JSON.stringify({ token: 'gone', pid: process.pid, host: hostname() }));
    const { files } = await makeHydra(
      inFolder,
      ['de', 'ru'],
      {},
      {
        afterStep: (step) => {
          finished.push(step);
        },
      },
    );
    expect(files.filter(({ resumed }) => resumed).map(({ name }) => name)).toEqual(['model-body.safetensors', 'model-tables.safetensors']);
    expect(finished).not.toContain('finished model-tables.safetensors');
    await makeHydra(inFolder, ['de', 'ru'], { out: inFolder('fresh') });
    expect(await contentOf(inFolder('hydra'))).toEqual(await contentOf(inFolder('fresh')));
  });

  it('refuses what cannot be one', async () => {
    await writeHydraWorld(inFolder);
    const source = await openModel(inFolder('source'));
    const [german] = await targetsOf(source, ['de'], inFolder);
    const refused = (changes: Parameters<typeof makeHydra>[2]): Promise<unknown> =>
      makeHydra(inFolder, ['de'], changes).catch((error: unknown) => error);
    const cases: readonly (readonly [Parameters<typeof makeHydra>[2], string])[] = [
      [{ targets: [] }, 'at least one target vocabulary'],
      [{ targets: [german, german] }, 'The language de is given twice'],
      [{ targets: [german, { ...german, language: 'DE' }] }, 'The language DE is given twice'],
      [{ targets: [{ ...german, language: '../de' }] }, 'A language must be named by letters'],
      [{ targets: [{ ...german, language: '' }] }, 'A language must be named by letters'],
      [{ active: 'fr' }, 'The active language must be one of de; received `fr`'],
      [{ targets: [{ ...german, plan: { warnings: [] } }] }, 'changes no vocabulary'],
      [
        {
          targets: [{ ...german, plan: { ...german.plan, tensors: new Map([['model.norm.weight', matrix(1, 4, new Float32Array(4))]]) } }],
        },
        'replaces other tensors too',
      ],
      [
        {
          targets: [
            {
              ...german,
              plan: {
                ...german.plan,
                steering: {
                  edits: [
                    {
                      layer: 0,
                      basis: matrix(4, 0, new Float32Array(0)),
                      matrix: matrix(0, 0, new Float32Array(0)),
                      offset: new Float32Array(4),
                    },
                  ],
                },
              },
            },
          ],
        },
        'steers hidden states too',
      ],
      [{ out: inFolder('source', 'hydra') }, 'lies inside the source model'],
      [{ out: inFolder('de') }, 'holds a target tokenizer'],
    ];
    for (const [changes, sentence] of cases) {
      const error = await refused(changes);
      expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringContaining(sentence) as string });
    }
    await writeFile(inFolder('source', 'steering.safetensors'), 'edits');
    expect(await refused({})).toMatchObject({ message: expect.stringContaining('carries edits of hidden states') as string });
    await rm(inFolder('source', 'steering.safetensors'));
    await mkdir(inFolder('hydra'));
    await writeFile(inFolder('hydra', 'config.json'), 'old');
    expect(await refused({})).toMatchObject({ code: 'output-exists' });
    await source.close();
    expect((await readdir(inFolder())).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await readdir(inFolder('hydra'))).toEqual(['config.json']);
  });

  it('says when a strategy would have moved the source rows too', async () => {
    await writeHydraWorld(inFolder);
    const source = await openModel(inFolder('source'));
    const [german] = await targetsOf(source, ['de'], inFolder);
    await source.close();
    const vocabulary = german.plan.vocabulary;
    if (!vocabulary) throw new Error('unreachable');
    const plan = { ...german.plan, vocabulary: { ...vocabulary, rebasedSource: vocabulary.input } };
    const { warnings } = await makeHydra(inFolder, ['de'], { targets: [{ ...german, plan }] });
    expect(warnings.map(({ code }) => code)).toContain('source-rows-kept');
  });
});

describe('checking a Hydra checkpoint', () => {
  const damages: readonly (readonly [string, (folder: string) => Promise<unknown>, RegExp])[] = [
    ['a language without rows', (folder) => rm(join(folder, 'tables', 'ru', 'rows.safetensors')), /rows\.safetensors/],
    ['a record of other sizes', (folder) => edit(folder, 'hydra.json', (root) => ({ ...root, outputRows: 5 })), /contradicts itself/],
    [
      'a configuration of other sizes',
      (folder) => edit(folder, 'config.json', (root) => ({ ...root, input_vocab_size: 5 })),
      /config\.json gives 9 output and 5 input rows instead of 9 and 17/,
    ],
    ['a missing source tokenizer', (folder) => rm(join(folder, 'source-tokenizer'), { recursive: true }), /source-tokenizer/],
    [
      'damaged settings',
      (folder) => writeFile(join(folder, 'tables', 'ru', 'settings.json'), '{"config.json":[{"path":[],"value":"1"}]}'),
      /must list settings/,
    ],
    ['a record of a later version', (folder) => edit(folder, 'hydra.json', (root) => ({ ...root, schemaVersion: 2 })), /later version/],
    [
      'a record without targets',
      (folder) => edit(folder, 'hydra.json', (root) => ({ ...root, targets: [] })),
      /does not say what a Hydra checkpoint must/,
    ],
    [
      'a record that reaches outside',
      (folder) =>
        edit(folder, 'hydra.json', (root) => ({ ...root, targets: [{ language: '..', label: 'x', tokens: 1, rows: 1 }], active: '..' })),
      /does not say what a Hydra checkpoint must/,
    ],
  ];

  async function edit(folder: string, name: string, change: (root: Record<string, unknown>) => unknown): Promise<void> {
    const root = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, name), `${JSON.stringify(change(root), undefined, 2)}\n`);
  }

  it.each(damages)('finds %s', async (_title, damage, sentence) => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['de', 'ru']);
    await damage(inFolder('hydra'));
    const { ok, checks } = await verifyHydra(inFolder('hydra'));
    expect(ok).toBe(false);
    expect(
      checks
        .filter((check) => !check.ok)
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(sentence);
  });

  it('finds numbers that are not finite, in the model and beside it', async () => {
    await writeHydraWorld(inFolder);
    await makeHydra(inFolder, ['de', 'ru']);
    for (const name of ['model-body.safetensors', join('tables', 'ru', 'rows.safetensors')]) {
      const bytes = await readFile(inFolder('hydra', name));
      const damaged = Buffer.from(bytes);
      damaged.writeFloatLE(NaN, bytes.length - 4);
      await writeFile(inFolder('hydra', name), damaged);
      const { checks } = await verifyHydra(inFolder('hydra'));
      expect(checks.filter(({ ok }) => !ok)).toMatchObject([
        { name: 'finite', message: expect.stringContaining('holds NaN or infinite') as string },
      ]);
      await writeFile(inFolder('hydra', name), bytes);
    }
  });

  it('refuses a folder that is none', async () => {
    await mkdir(inFolder('empty'));
    await expect(verifyHydra(inFolder('empty'))).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining('is no Hydra checkpoint') as string,
    });
  });
});
