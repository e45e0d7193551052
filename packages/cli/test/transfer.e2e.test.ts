import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@lexigraft/checkpoint';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

/** What the tests read of the JSON document of `transfer`. */
interface TransferDocument {
  readonly source: { readonly rows: number; readonly tied: boolean };
  readonly overlap: { readonly shared: number; readonly byRole: number };
  readonly recipe: { readonly origins: Readonly<Record<string, number>> };
  readonly coverage: { readonly basis: string; readonly explained: number };
  readonly normRatio: number;
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
  readonly verdict: { readonly grade: string; readonly reasons: readonly { readonly rule: string }[] };
  readonly stages: readonly { readonly stage: string; readonly seconds: number; readonly peakMemoryBytes: number }[];
  readonly peakMemoryBytes: number;
  readonly bytes: number;
}

describeWith('shared', 'a transfer of real checkpoints', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'lexigraft-lab-'));
    for (const name of ['multi-encoder', 'en-encoder', 'en-decoder', 'de-encoder', 'vectors', 'heldout'])
      await symlink(sharedPath('lab', name), join(cwd, name));
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  const salt = (source: string, out: string, ...more: readonly string[]): readonly string[] => [
    'transfer',
    '--source',
    source,
    '--helper',
    'de-encoder',
    '--vectors',
    'vectors/de.vec.gz',
    '--strategy',
    'salt',
    '--out',
    out,
    ...more,
  ];

  // Shared tokens: 2,327 is the number the checkpoint's own notes give; the rest follow from the vocabularies alone.
  describe.each([
    { source: 'multi-encoder', shared: 2327, byRole: 5, tied: true, shards: 1 },
    { source: 'en-encoder', shared: undefined, byRole: 5, tied: true, shards: 1 },
    { source: 'en-decoder', shared: undefined, byRole: 3, tied: false, shards: 2 },
  ])('$source to German with salt', ({ source, shared, byRole, tied, shards }) => {
    const out = `german-${source}`;
    let document: TransferDocument;

    it('runs, checks what it wrote and says how good it is, in one document', async () => {
      const { code, stdout, stderr } = await runProgram(salt(source, out, '--json'), { cwd });
      expect(stderr.split('\n').filter((line) => line.startsWith('lexigraft:'))).toEqual([]);
      expect(code).toBe(0);
      document = JSON.parse(stdout) as TransferDocument;
      const { origins } = document.recipe;
      expect(document.overlap.byRole).toBe(byRole);
      if (shared !== undefined) expect(document.overlap.shared).toBe(shared);
      expect(origins.copied).toBe(document.overlap.shared);
      expect(origins.role).toBe(byRole);
      expect(Object.values(origins).reduce((a, b) => a + b)).toBe(8002);
      expect(origins.mixed).toBeGreaterThan(5000);
      expect(document.coverage).toMatchObject({ basis: 'words' });
      expect(document.coverage.explained).toBeGreaterThan(0.8);
      // The projection on a few anchors loses length: the paper's method shortens rows, and the verdict says so.
      expect(document.normRatio).toBeLessThan(0.7);
      expect(document.verdict.reasons.map(({ rule }) => rule)).toContain('norms');
      expect(document.checks.every(({ ok }) => ok)).toBe(true);
      expect(document.stages.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['neighbours', 'fits', 'write', 'verify']));
      const peaks = document.stages.map(({ peakMemoryBytes }) => peakMemoryBytes);
      expect(peaks).toEqual([...peaks].sort((a, b) => a - b));
      expect(peaks[0]).toBeGreaterThan(0);
      expect(peaks[peaks.length - 1]).toBeLessThanOrEqual(document.peakMemoryBytes);
      expect(document.source.tied).toBe(tied);
      expect(stderr).toContain(`${document.overlap.shared.toLocaleString('en-US')} tokens by their bytes`);
    });

    it('leaves a folder of the source’s layout with the helper’s vocabulary, and no scaffolding beside it', async () => {
      const model = await openModel(join(cwd, out));
      expect(model.architecture).toMatchObject({ tied, rows: 8002, columns: 256 });
      expect(model.input.dtype).toBe('BF16');
      expect(model.weights.shards.size).toBe(shards);
      await model.close();
      expect((await readdir(cwd)).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    it('passes verify', async () => {
      const { code, stdout } = await runProgram(['verify', out, '--json', '--quiet'], { cwd });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ command: 'verify', ok: true });
    });

    it('is inspected against the source its record names', async () => {
      const { code, stdout, stderr } = await runProgram(['inspect', out, '--json', '--html', `${out}.html`], { cwd });
      expect(code).toBe(0);
      const report = JSON.parse(stdout) as {
        source?: { rows: number };
        target: { notFiniteRows: unknown[]; zeroRows: unknown[] };
        verdict: object;
        coverage: object;
        recipe: object;
      };
      expect(report.source?.rows).toBe(document.source.rows);
      expect(report.target).toMatchObject({ notFiniteRows: [], zeroRows: [] });
      expect(report.recipe).toEqual(document.recipe);
      expect(report.coverage).toEqual(document.coverage);
      expect(report.verdict).toEqual(document.verdict);
      expect(stderr).toContain('wrote german-');
      const page = await readFile(join(cwd, `${out}.html`), 'utf8');
      expect(page).toMatch(/^<!doctype html>/);
      expect(page.match(/<svg/g)).toHaveLength(8);
    });

    it('shows the recipe of one token', async () => {
      const { code, stdout } = await runProgram(['inspect', out, '--token', '▁Hauses', '--top', '3'], { cwd });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^ {2}▁Hauses {3}id 623 {3}fitted by salt from \d+ anchors\n {4}\S+ {2}\S+ {4}.*… \d+ more\n {4}norm \d\.\d\d \(source median \d\.\d\d\) {3}nearest rows: /,
      );
    });
  });

  it('gives the same bytes twice, whatever the number of threads', async () => {
    await runProgram(salt('multi-encoder', 'one', '--seed', '7', '--threads', '1'), { cwd });
    await runProgram(salt('multi-encoder', 'two', '--seed', '7', '--threads', '2'), { cwd });
    // Compared as a whole: matchers that walk through a buffer take minutes for a model.
    for (const name of await readdir(join(cwd, 'one')))
      expect((await readFile(join(cwd, 'two', name))).equals(await readFile(join(cwd, 'one', name))), name).toBe(true);
  });

  it('measures coverage and round trips on a sample text', async () => {
    const { code, stdout, stderr } = await runProgram(
      salt('multi-encoder', 'sampled', '--sample-text', 'heldout/de.heldout.txt.gz', '--json'),
      { cwd },
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as TransferDocument).coverage.basis).toBe('text');
    expect(stderr).toMatch(/of the sample text is made of copied or fitted rows/);
  });
});

describe('a transfer in miniature', () => {
  const world = useToyWorld();
  const salt = (...more: readonly string[]): readonly string[] => [
    'transfer',
    '--source',
    'source',
    '--helper',
    'helper',
    '--vectors',
    'words.vec.gz',
    '--strategy',
    'salt',
    ...more,
  ];
  const cwd = (): { readonly cwd: string } => ({ cwd: world().folder });

  it('prints both ends, the rows by origin, the checks and a verdict', async () => {
    const { code, stdout, stderr } = await runProgram(salt('--out', 'german'), cwd());
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {2}word vectors \d+ B +\d\.\d s\n\n {2}source {7}source {3}BertForMaskedLM {3}70 × 8 f32, head tied\n {2}target {7}helper {3}Unigram {11}45 tokens\n/,
    );
    expect(stdout).toMatch(/ {2}shared {7}\d+ tokens by their bytes \(\d+\.\d %\), 5 special tokens by role\n/);
    for (const stage of ['neighbours', 'fits', 'write', 'verify'])
      expect(stdout).toMatch(new RegExp(`^ {2}${stage} +[\\d,. /kMB]+ +\\d\\.\\d s`, 'm'));
    expect(stdout).toMatch(/ {2}rows {9}\d+ copied · 3 fitted · \d+ sampled · 5 by role\n/);
    expect(stdout).toMatch(/ {2}checked {6}4 tensors, every number finite, \d+ texts round-trip, 10 checks passed\n/);
    expect(stdout).toMatch(/ {2}verdict {6}(good|doubtful): /);
    expect(stdout).toMatch(/ {2}wrote german \(.*\) in .* s, peak memory .*\n {2}next: lexigraft inspect german --html report\.html\n$/);
  });

  it('draws bars on a terminal, in colour unless NO_COLOR is set', async () => {
    const { run } = await import('../src/run.ts');
    const { fakeIo } = await import('./fake-io.ts');
    for (const env of [{}, { NO_COLOR: '1' }]) {
      const { io, stdout } = fakeIo({ terminal: true, env, cwd: world().folder });
      expect(await run(salt('--out', 'coloured', '--force'), io)).toBe(0);
      expect(stdout()).toContain('████████████████████');

      expect(/\u001b\[3\dm/.test(stdout())).toBe(!('NO_COLOR' in env));
    }
  });

  it('prints nothing under --quiet', async () => {
    expect(await runProgram(salt('--out', 'quiet', '--quiet'), cwd())).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('rehearses without writing: rows, coverage, bytes, memory, seconds', async () => {
    const { code, stdout } = await runProgram(salt('--dry-run', '--out', 'rehearsed', '--json'), cwd());
    expect(code).toBe(0);
    const { dryRun, estimate } = JSON.parse(stdout) as {
      dryRun: boolean;
      estimate: { origins: Record<string, number>; bytes: number; memoryBytes: number; seconds: number; coverage: { explained: number } };
    };
    expect(dryRun).toBe(true);
    expect(estimate.origins).toMatchObject({ mixed: 3, role: 5 });
    for (const figure of [estimate.bytes, estimate.memoryBytes, estimate.seconds, estimate.coverage.explained])
      expect(figure).toBeGreaterThan(0);
    expect((await readdir(world().folder)).filter((name) => name.includes('rehearsed'))).toEqual([]);
    expect((await runProgram(salt('--dry-run'), cwd())).stdout).toContain('Nothing was written.');
  });

  it('expects the rows it then makes', async () => {
    const rehearsal = JSON.parse((await runProgram(salt('--dry-run', '--json'), cwd())).stdout) as { estimate: { origins: object } };
    const done = JSON.parse((await runProgram(salt('--out', 'expected', '--json'), cwd())).stdout) as TransferDocument;
    expect(rehearsal.estimate.origins).toEqual(done.recipe.origins);
  });

  it.each(['copy', 'random', 'mean', 'multivariate', 'subtokens'])('needs no resources for %s', async (strategy) => {
    const { code, stdout } = await runProgram(
      ['transfer', '--source', 'source', '--target', 'helper/tokenizer.json', '--strategy', strategy, '--out', `by-${strategy}`, '--json'],
      cwd(),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ strategy, overlap: { byRole: 5 } });
  });

  it.each([
    ['focus', '--vectors', 'words.vec.gz'],
    ['clp', '--helper', 'helper'],
    ['clp-plus', '--helper', 'helper'],
  ])('gives %s what it needs', async (strategy, flag, value) => {
    const { code, stdout } = await runProgram(
      ['transfer', '--source', 'source', '--target', 'helper', '--strategy', strategy, flag, value, '--out', `by-${strategy}`, '--json'],
      cwd(),
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as TransferDocument).recipe.origins.mixed).toBeGreaterThan(0);
  });

  it('passes options to the strategy and overrides to the overlap', async () => {
    const { code, stdout } = await runProgram(
      salt('--out', 'options', '--option', 'ridge=1e-3', '--option', 'normMatching=helper', '--override', '▁haus=house', '--json'),
      cwd(),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      options: { ridge: 0.001, normMatching: 'helper' },
      recipe: { origins: { override: 1, mixed: 2 } },
    });
    const { stdout: card } = await runProgram(['inspect', 'options', '--token', '▁haus'], cwd());
    expect(card).toContain('the row of ▁house, named by the user');
  });

  it('says what it was given for nothing', async () => {
    const { stdout } = await runProgram(
      ['transfer', '--source', 'source', '--helper', 'helper', '--strategy', 'mean', '--out', 'unused'],
      cwd(),
    );
    expect(stdout).toContain('mean makes no use of --helper.');
  });

  it('replaces a model only when forced, and only once the new one is complete', async () => {
    expect((await runProgram(salt('--out', 'again', '--seed', '1'), cwd())).code).toBe(0);
    const before = await readFile(join(world().folder, 'again', 'model.safetensors'));
    const refused = await runProgram(salt('--out', 'again', '--seed', '2'), cwd());
    expect(refused).toMatchObject({
      code: 2,
      stderr: 'lexigraft: --out: again exists already; pass --force to replace it once the new one is complete.\n',
    });
    expect(await readFile(join(world().folder, 'again', 'model.safetensors'))).toEqual(before);
    expect((await runProgram(salt('--out', 'again', '--seed', '2', '--force'), cwd())).code).toBe(0);
    expect(await readFile(join(world().folder, 'again', 'model.safetensors'))).not.toEqual(before);
  });

  it('writes nothing when it is interrupted, at whatever stage', async () => {
    const { run } = await import('../src/run.ts');
    const { fakeIo } = await import('./fake-io.ts');
    for (const moment of ['source', 'neighbours', 'fits', 'write']) {
      const interrupt = new AbortController();
      const { io, stdout, stderr } = fakeIo({ cwd: world().folder, signal: interrupt.signal });
      const watching = {
        ...io,
        stdout: {
          write: (text: string) => {
            if (text.includes(` ${moment} `)) interrupt.abort();
            return io.stdout.write(text);
          },
        },
      };
      expect(await run(salt('--out', 'interrupted'), watching), `${moment}: ${stdout()}`).toBe(130);
      expect(stderr()).toBe('lexigraft: interrupted; nothing was left half-written.\n');
      // The folder appears as the last act of writing: an interruption seen after it finds a complete model.
      if (moment !== 'write') await expect(stat(join(world().folder, 'interrupted'))).rejects.toThrow();
      expect((await readdir(world().folder)).filter((name) => name.startsWith('.'))).toEqual([]);
    }
  });
});
