import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mean, random } from '@lexigraft/baselines';
import {
  compose,
  createInlinePool,
  createPlainCompute,
  type AnyEmbeddingTransfer,
  type EmbeddingTransfer,
  type Matrix,
} from '@lexigraft/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkBenchConfig,
  createModelWorkshop,
  createTask,
  oracle,
  runBench,
  writeTinyEncoder,
  writeWorld,
  type BenchConfig,
  type BenchHost,
  type Subject,
  type Task,
  type World,
} from '../../src/index.ts';

/** Distances that `shift` found, in the order it was asked. */
const measured: number[] = [];

/** Moves the states behind the first block from where the first text has them to where the second has them, far enough to be seen. */
const shift = (): EmbeddingTransfer<'hiddenStates' | 'texts'> => ({
  specificationVersion: 1,
  id: 'shift',
  needs: ['hiddenStates', 'texts'],
  citation: { title: 'toy', url: '' },
  async plan({ resources: { hiddenStates, texts }, source }) {
    const means: Float32Array[] = [];
    for (const language of texts.languages) {
      const lines: string[] = [];
      for await (const line of texts.lines(language)) lines.push(line);
      const { ids } = await source.tokenizer.encodeBatch(lines.slice(0, 1));
      const states = await hiddenStates.read([ids], { pooling: 'mean', layers: [1] });
      means.push(Float32Array.from(states.get(1)?.data ?? []));
    }
    const offset = means[1].map((value, index) => 5 * (value - means[0][index]));
    measured.push(Math.hypot(...offset));
    const none = (rows: number): Matrix => ({ rows, columns: 0, data: new Float32Array(0) });
    return { steering: { edits: [{ layer: 1, basis: none(offset.length), matrix: none(0), offset }] }, warnings: [] };
  },
});

const idle = (): EmbeddingTransfer => ({ ...mean(), id: 'idle', needs: [], plan: () => Promise.resolve({ warnings: [] }) });

const strategies: Readonly<Record<string, () => AnyEmbeddingTransfer>> = {
  oracle,
  mean,
  random,
  shift,
  idle,
  'mean,shift': () => compose(mean(), shift()),
};

const host: BenchHost = {
  versions: { test: '1' },
  makeStrategy: ({ id }) => Promise.resolve(strategies[id]()),
  makeTask: ({ id, options }) => Promise.resolve(createTask(id, options)),
  openWorkshop: (results) =>
    Promise.resolve(
      createModelWorkshop({
        host,
        results,
        openEngine: () => Promise.resolve({ compute: createPlainCompute(), workers: createInlinePool(), dispose: () => Promise.resolve() }),
      }),
    ),
};

describe('createModelWorkshop', () => {
  let folder: string;
  let world: World;
  const configOf = (parts: Readonly<Record<string, unknown>>): BenchConfig =>
    checkBenchConfig(
      {
        sourceLanguage: 'source',
        models: { tiny: join(folder, 'model') },
        languages: {
          near: {
            target: world.targets[0].tokenizer,
            gold: world.targets[0].gold,
            datasets: {
              nli: world.targets[0].nliTest,
              nliTraining: world.source.nliTraining,
              heldOut: world.targets[0].heldOut,
              text: world.targets[0].text,
              lexicon: world.targets[0].lexiconTest,
            },
          },
        },
        strategies: ['oracle', 'mean', 'random'],
        tasks: ['lexicon', 'coverage', 'bits-per-byte', 'cost'],
        device: 'wasm',
        ...parts,
      },
      { folder, label: 'test', name: 'test' },
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workshop-'));
    world = await writeWorld({
      folder,
      sizes: { text: 800, heldOut: 20, parallel: 400, training: 128, validation: 10, test: 40, dimension: 8 },
    });
    await writeTinyEncoder({
      folder: join(folder, 'model'),
      tokenizer: world.source.tokenizer,
      size: { layers: 1, dimension: 16, heads: 2, inner: 32 },
      seed: 0,
    });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('makes the model of each strategy, judges it with every task, and leaves no model behind', { timeout: 120_000 }, async () => {
    const config = configOf({});
    const { records, failures } = await runBench({ config, host });
    expect(failures).toEqual([]);
    expect(records).toHaveLength(12);
    const value = (strategy: string, task: string): number =>
      records.find(({ cell }) => cell.strategy === strategy && cell.task === task)?.result.metrics[0].value ?? NaN;
    // The bound knows every word; the others know none.
    expect(value('oracle', 'lexicon')).toBeGreaterThan(0.7);
    expect(value('random', 'lexicon')).toBeLessThan(0.1);
    expect(value('oracle', 'coverage')).toBeGreaterThan(value('mean', 'coverage'));
    for (const strategy of config.strategies) expect(value(strategy.name, 'bits-per-byte')).toBeGreaterThan(0);
    const first = records.find(({ cell }) => cell.strategy === 'oracle' && cell.task === 'lexicon');
    expect(Object.keys(first?.stages ?? {})).toEqual(['plan', 'write', 'load', 'evaluate']);
    expect(await readdir(join(config.out, 'models'))).toEqual([]);
  });

  it('judges tokens of models that cannot be run, and says of the rest which can', { timeout: 120_000 }, async () => {
    const other = join(folder, 'other');
    await cp(join(folder, 'model'), other, { recursive: true });
    const config = JSON.parse(await readFile(join(other, 'config.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(other, 'config.json'), JSON.stringify({ ...config, model_type: 'roberta-prelayernorm' }));
    const { records, failures } = await runBench({
      config: configOf({
        out: 'other-results',
        models: { other },
        strategies: ['mean'],
        baseline: 'mean',
        tasks: ['coverage', 'bits-per-byte'],
      }),
      host,
    });
    expect(records.map(({ cell }) => cell.task)).toEqual(['coverage']);
    expect(failures.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('models of type `roberta-prelayernorm` cannot be run'),
    ]);
  });

  it('trains the source once before the exchange, and gives every strategy its own table of it', { timeout: 120_000 }, async () => {
    const config = configOf({
      out: 'trained',
      strategies: ['oracle', 'random', 'none'],
      tasks: [{ id: 'xnli/finetuned', options: { training: { epochs: 1, learningRate: 0.001, batchSize: 64 }, maximumLength: 48 } }],
    });
    const { records, failures } = await runBench({ config, host });
    expect(failures).toEqual([]);
    expect(records.map(({ result }) => result.metrics[0].n)).toEqual([40, 40, 40]);
    expect(await readdir(join(config.out, 'trained'))).toHaveLength(1);
    // Reading a damaged or half-written folder would fail here.
    expect(
      await runBench({
        config: configOf({ out: 'trained', strategies: ['mean'], tasks: config.tasks.map(({ id, options }) => ({ id, options })) }),
        host,
      }),
    ).toMatchObject({ run: 1, failures: [] });
    expect(await readdir(join(config.out, 'trained'))).toHaveLength(1);
  });

  it(
    'steers models by texts of languages, alone and behind an exchange, also one that is trained before',
    { timeout: 120_000 },
    async () => {
      const { languages } = configOf({});
      const near = { ...languages.near, texts: { source: world.source.text, near: world.targets[0].text } };
      const config = configOf({
        out: 'steered',
        languages: { near, silent: languages.near },
        strategies: ['none', 'shift', 'mean', 'mean,shift', 'idle'],
        baseline: 'none',
        tasks: [
          'coverage',
          'bits-per-byte',
          { id: 'xnli/finetuned', options: { training: { epochs: 1, learningRate: 0.001, batchSize: 64 }, maximumLength: 48 } },
        ],
      });
      const { records, failures, skipped } = await runBench({ config, host });
      expect([...new Set(failures.map(({ error }) => error.message))]).toEqual(['idle plans neither a vocabulary nor edits of the model.']);
      expect(skipped).toContainEqual({
        model: 'tiny',
        strategy: 'shift',
        language: 'silent',
        task: 'coverage',
        reason: 'needs texts, which languages.silent does not give',
      });
      const value = (strategy: string, task: string): number =>
        records.find(({ cell }) => cell.strategy === strategy && cell.task === task && cell.language === 'near')?.result.metrics[0].value ??
        NaN;
      // What steers alone leaves the vocabulary as it is, and the rows of an exchange as they came.
      expect(value('shift', 'coverage')).toBe(value('none', 'coverage'));
      expect(value('mean+shift', 'coverage')).toBe(value('mean', 'coverage'));
      for (const [steered, plain] of [
        ['shift', 'none'],
        ['mean+shift', 'mean'],
      ])
        expect(Math.abs(value(steered, 'bits-per-byte') - value(plain, 'bits-per-byte'))).toBeGreaterThan(0.001);
      // Both are measured in the source as it is, and again in the source that was trained for the last task.
      expect(measured).toHaveLength(4);
      expect(new Set(measured).size).toBe(2);
      for (const strategy of ['shift', 'mean+shift']) expect(value(strategy, 'xnli/finetuned')).toBeGreaterThan(0);
      expect(await readdir(join(config.out, 'models'))).toEqual([]);
    },
  );

  it('makes the model again where another process that did the same job has removed it', { timeout: 120_000 }, async () => {
    const judging = (judge: (subject: Subject) => Promise<unknown>): Task => ({
      id: 'judging',
      version: '1',
      models: ['masked'],
      needs: [],
      uses: [],
      settings: {},
      load: () => Promise.resolve(undefined),
      evaluate: async ({ subject }) => {
        await judge(subject);
        return { metrics: [{ id: 'none', value: null, n: 0, higherIsBetter: true, unit: 'share' }] };
      },
    });
    const context = { signal: new AbortController().signal, report: () => undefined };
    const config = configOf({ out: 'twice', strategies: ['mean'], baseline: 'mean', tasks: ['coverage'] });
    await runBench({
      config,
      host,
      runner: async ({ results }) => {
        const [first, second] = [await host.openWorkshop(results), await host.openWorkshop(results)];
        return {
          async run(job) {
            await first.evaluate(
              job,
              judging(() => Promise.resolve()),
              context,
            );
            await second.evaluate(
              job,
              judging(() => Promise.resolve()),
              context,
            );
            await first.endJob(job);
            expect(await readdir(join(config.out, 'models'))).toEqual([]);
            await second.evaluate(
              job,
              judging(async (subject) => {
                (await subject.copy()).dispose();
              }),
              context,
            );
            expect(await readdir(join(config.out, 'models'))).toHaveLength(1);
            await second.endJob(job);
            expect(await readdir(join(config.out, 'models'))).toEqual([]);
          },
          async close() {
            await first.dispose();
            await second.dispose();
          },
        };
      },
    });
  });

  it('trains a curve from nothing once for all strategies, and one of its own for another tokenizer', { timeout: 120_000 }, async () => {
    const options = { bytes: 1000, sizes: [500, 2000], epochs: 2, patience: 1, lines: 5, batchSize: 8, maximumLength: 48 };
    const config = configOf({ out: 'transfer', strategies: ['oracle', 'random', 'none'], tasks: [{ id: 'data-transfer', options }] });
    const { records, failures } = await runBench({ config, host });
    expect(failures).toEqual([]);
    const curve = (strategy: string): unknown => records.find(({ cell }) => cell.strategy === strategy)?.result.curves;
    expect(curve('oracle')).toEqual(curve('random'));
    expect(curve('none')).not.toEqual(curve('random'));
    expect(await readdir(join(config.out, 'remembered'))).toHaveLength(2);
  });
});
