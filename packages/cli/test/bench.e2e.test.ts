import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTinyEncoder, writeWorld, type BenchReport } from '@lexigraft/bench';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProgram } from './run-program.ts';

describe('lexigraft bench', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-cli-'));
    const world = await writeWorld({
      folder,
      sizes: { text: 600, heldOut: 20, parallel: 200, training: 10, validation: 10, test: 10, dimension: 8 },
    });
    await writeTinyEncoder({
      folder: join(folder, 'model'),
      tokenizer: world.source.tokenizer,
      size: { layers: 1, dimension: 16, heads: 2, inner: 32 },
      seed: 0,
    });
    await writeFile(
      join(folder, 'small.yaml'),
      `models: { tiny: model }
languages:
  near:
    target: near/tokenizer
    gold: near/gold.jsonl
    datasets: { lexicon: near/lexicon-test.tsv, heldOut: near/held-out.txt }
strategies: [oracle, random]
tasks: [lexicon, coverage]
baseline: random
workers: 0
`,
    );
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));
  const bench = (...words: readonly string[]) => runProgram(['bench', ...words], { cwd: folder });

  it('lists what it would do, and does nothing', async () => {
    const { code, stdout, stderr } = await bench('run', 'small.yaml', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('tiny → near  oracle  lexicon  seed 0');
    expect(stdout).toMatch(/cells +4: 4 to run, 0 with a result/);
    expect(await readdir(folder)).not.toContain('results');
  });

  it('runs, ranks and reports; the second time everything is there', { timeout: 120_000 }, async () => {
    const first = await bench('run', 'small.yaml');
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
    expect(first.stdout.indexOf('  oracle ')).toBeLessThan(first.stdout.indexOf('  random '));
    expect(first.stdout).toMatch(/0 cells reused, 4 run, 0 failed .* report: results\/small\/report\.html/);
    expect((await readdir(join(folder, 'results', 'small'))).sort()).toEqual([
      'cells',
      'digests.json',
      'lm-eval',
      'models',
      'report.html',
      'report.json',
      'report.md',
      'report.tex',
    ]);
    const rehearsed = await bench('run', 'small.yaml', '--repeat', '--dry-run');
    expect(rehearsed.stdout).toMatch(/cells +4: 4 to run, 0 with a result/);
    const again = await bench('run', 'small.yaml', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ command: 'bench', reused: 4, run: 0, report: { schemaVersion: 1 } });
    const turned = await bench('report', 'small.yaml', '--baseline', 'oracle', '--seeds', '0,1');
    expect(turned.stdout).toContain('Δ vs oracle (paired)');
    expect(turned.stdout).toContain('(1 of 2 seeds)');
    expect((await bench('report', 'small.yaml')).stdout).toContain('Δ vs random (paired)');
    const compared = await bench('compare', 'results/small', 'results/small');
    expect(compared.stdout).toContain('+0.000');
  });

  it('does the same in processes of its own', { timeout: 240_000 }, async () => {
    const { code, stderr } = await bench('run', 'small.yaml', '--workers', '2', '--out', 'other', '--quiet');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const values = async (out: string): Promise<unknown> =>
      (JSON.parse(await readFile(join(folder, out, 'report.json'), 'utf8')) as { rows: unknown }).rows;
    expect(await values('other')).toEqual(await values('results/small'));
  });

  it('steers with lens, alone and behind an exchange, and compares both with the model as it is', { timeout: 240_000 }, async () => {
    await writeFile(
      join(folder, 'steered.yaml'),
      `models: { tiny: model }
shared: { texts: { source: source/text.txt } }
languages:
  near: { target: near/tokenizer, texts: { near: near/text.txt }, datasets: { heldOut: near/held-out.txt } }
strategies:
  - none
  - { id: lens, options: { layers: [1, 1], pooling: mean, texts: 50, strength: 3 } }
  - { id: 'subtokens,lens', name: subtokens-lens, options: { lens.layers: [1, 1], lens.pooling: mean, lens.texts: 50 } }
tasks: [bits-per-byte, coverage]
baseline: none
device: wasm
workers: 0
`,
    );
    const { code, stdout } = await bench('run', 'steered.yaml', '--json');
    expect(code).toBe(0);
    const { run, report } = JSON.parse(stdout) as { run: number; report: BenchReport };
    expect(run).toBe(6);
    const value = (strategy: string, task: string) => report.rows.find((row) => row.strategy === strategy && row.task === task)?.value;
    expect(value('lens', 'coverage')).toBe(value('none', 'coverage'));
    expect(value('lens', 'bits-per-byte')).not.toBe(value('none', 'bits-per-byte'));
    expect(value('subtokens-lens', 'bits-per-byte')).toBeGreaterThan(0);
  });

  it('says once which device it had to do without, and what did the work', { timeout: 240_000 }, async () => {
    // Processes of their own, whose words have to come through.
    const { code, stdout } = await bench('run', 'small.yaml', '--device', 'cuda', '--out', 'on-cuda', '--workers', '2');
    expect(code).toBe(0);
    const said = stdout.replace(/\s+/g, ' ');
    expect(said.split('TensorFlow.js on `cuda` is not usable here')).toHaveLength(2);
    expect(said).toMatch(
      /tfjs-node-gpu is not installed \(npm install @tensorflow\/tfjs-node-gpu\); tfjs (wasm|webgpu \(.*\)) does the work\./,
    );
  });

  it('takes flags in place of a configuration', { timeout: 120_000 }, async () => {
    const { code, stdout } = await bench(
      'run',
      '--model',
      'tiny=model',
      '--language',
      'near=near/tokenizer',
      '--strategy',
      'mean',
      '--task',
      'cost',
      '--workers',
      '0',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('report: results/bench/report.html');
  });

  describe('models on the Hub', () => {
    afterEach(() => vi.unstubAllEnvs());
    const commit = 'c'.repeat(40);
    const cached = async (name: string, from: string): Promise<void> => {
      const repository = join(folder, 'hub', `models--lab--${name}`);
      await mkdir(join(repository, 'refs'), { recursive: true });
      await writeFile(join(repository, 'refs', 'main'), commit);
      await cp(join(folder, from), join(repository, 'snapshots', commit), { recursive: true });
    };
    const configure = (model: string): Promise<void> =>
      writeFile(
        join(folder, 'hub.yaml'),
        `models: { tiny: ${model} }
languages: { near: { target: hf:lab/near, datasets: { heldOut: near/held-out.txt } } }
strategies: [random, mean]
tasks: [coverage, bits-per-byte]
workers: 0
`,
      );

    it('are taken from the cache, with the figures of the same models in folders', { timeout: 120_000 }, async () => {
      vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub'));
      await cached('tiny', 'model');
      await cached('near', 'near/tokenizer');
      await configure('hf:lab/tiny');
      const { code, stdout } = await bench('run', 'hub.yaml', '--offline', '--json');
      expect(code).toBe(0);
      const flags = ['--model', 'tiny=model', '--language', 'near=near/tokenizer', '--out', 'folders', '--json'];
      const plain = await bench('run', 'hub.yaml', ...flags);
      const rows = (text: string): unknown => (JSON.parse(text) as { report: { rows: unknown } }).report.rows;
      expect(rows(stdout)).toEqual(rows(plain.stdout));
      expect(await readdir(join(folder, 'results', 'hub', 'models'))).toEqual([]);
    });

    it('are asked for where the cache lacks them', async () => {
      vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub'));
      await configure('hf:lab/absent');
      const { code, stderr } = await bench('run', 'hub.yaml', '--offline', '--dry-run');
      expect(stderr).toContain('hf:lab/absent cannot be fetched while the network is switched off');
      expect(code).not.toBe(0);
    });
  });

  it(
    'takes a plugin from beside its configuration, wherever it is started, and judges it anew when its file changed',
    { timeout: 120_000 },
    async () => {
      await mkdir(join(folder, 'elsewhere'));
      const plugin = (id: string): Promise<void> =>
        writeFile(
          join(folder, 'mine.mjs'),
          `export default () => ({ specificationVersion: 1, id: '${id}', needs: [], citation: { title: 'mine', url: 'https://example.org' }, plan: () => { throw new Error('plans of ${id}'); } });\n`,
        );
      await plugin('mine');
      await writeFile(
        join(folder, 'plugin.yaml'),
        'models: { tiny: model }\nlanguages: { near: { target: near/tokenizer } }\nstrategies: ["npm:./mine.mjs"]\ntasks: [coverage]\nworkers: 0\n',
      );
      const run = async () => {
        const { stdout } = await runProgram(['bench', 'run', '../plugin.yaml', '--json'], { cwd: join(folder, 'elsewhere') });
        return JSON.parse(stdout) as {
          failures: { cell: { key: string }; error: { message: string } }[];
          report: { strategies: object[] };
        };
      };
      const first = await run();
      expect(first.failures[0].error.message).toContain('plans of mine');
      expect(first.report.strategies).toEqual([{ name: 'mine', id: 'npm:./mine.mjs', options: {} }]);
      expect((await run()).failures[0].cell.key).toBe(first.failures[0].cell.key);
      await plugin('other');
      expect((await run()).failures[0].cell.key).not.toBe(first.failures[0].cell.key);
    },
  );

  it('takes a model that is named for a language as its helper, a tokenizer alone not', { timeout: 120_000 }, async () => {
    const forecast = async (target: string): Promise<string> => {
      const flags = [
        '--model',
        'tiny=model',
        '--language',
        `near=${target}`,
        '--strategy',
        'clp',
        '--task',
        'coverage',
        '--strategy',
        'mean',
      ];
      const { stdout } = await bench('run', ...flags, '--dry-run', '--out', 'helped', '--json');
      return stdout;
    };
    expect(JSON.parse(await forecast('model'))).toMatchObject({ skipped: [] });
    expect(JSON.parse(await forecast('near/tokenizer'))).toMatchObject({
      skipped: [{ strategy: 'clp', reason: expect.stringContaining('needs helper') as string }],
    });
  });

  it.each([
    [['run', 'absent.yaml'], 'absent.yaml does not exist'],
    [['run', 'small.yaml', '--strategy', 'slat', '--strategy', 'random'], 'Did you mean `salt`'],
    [['run', 'small.yaml', '--task', 'xnly'], 'There is no task `xnly`'],
    [['run', 'small.yaml', '--seeds', 'a'], '--seeds must be whole numbers'],
    [['run'], 'Without a configuration, such as german.yaml in `lexigraft bench run german.yaml`, a bench also needs --model, --language'],
    [['run', '--model', 'm=x', '--language', 'de=x', '--strategy', 'copy'], 'also needs --task'],
    [['compare', 'nowhere', 'nowhere'], 'There is no report at'],
    [['worker'], '--queue is missing'],
    [['run', 'small.yaml', '--queue', 'redis://127.0.0.1:1', '--workers', '2'], '--workers says nothing with --queue'],
    [['run', 'small.yaml', '--model', 'a=model', '--model', 'a=model'], '--model a=… was given twice'],
    [['run', 'small.yaml', '--strategy', 'mean'], 'The strategies named by --strategy leave out random, the baseline of small.yaml'],
    [['report', 'small.yaml', '--baseline', 'nobody'], 'nobody'],
    [['report', 'small.yaml', '--out', 'empty'], 'There is no result to report'],
  ])('says what is wrong with %j', async (words, expected) => {
    const { code, stderr } = await bench(...words);
    expect(stderr).toContain(expected);
    expect(code).toBe(2);
  });
});
