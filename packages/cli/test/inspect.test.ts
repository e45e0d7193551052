import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InspectReport } from '../src/report/inspect-report.ts';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

describe('lexigraft inspect', () => {
  const world = useToyWorld();
  const cwd = (): { readonly cwd: string } => ({ cwd: world().folder });
  const report = async (...argv: readonly string[]): Promise<InspectReport> =>
    JSON.parse((await runProgram(['inspect', ...argv, '--json'], cwd())).stdout) as InspectReport;
  let made: { readonly verdict: object };
  beforeAll(async () => {
    const flags = ['--source', 'source', '--helper', 'helper', '--vectors', 'words.vec.gz', '--strategy', 'salt', '--out', 'german'];
    const { code, stdout, stderr } = await runProgram(['transfer', ...flags, '--json'], { cwd: world().folder });
    expect(code, stderr).toBe(0);
    made = JSON.parse(stdout) as typeof made;
  });

  it('tells what the model is, how it was made and what came of it', async () => {
    const { code, stdout, stderr } = await runProgram(['inspect', 'german'], cwd());
    expect([code, stderr]).toEqual([0, '']);
    for (const line of [
      / {2}model {8}german {3}BertForMaskedLM {3}45 × 8 f32, head tied, Unigram\n/,
      / {2}made by {6}salt from source, seed 0\n/,
      / {2}rows {9}.* 3 fitted /,
      / {2}coverage {5}\d.* % of running text \(estimated from the word list\)/,
      / {2}norms {8}median .*, source /,
      / {2}spectrum {5}effective rank \d+ of \d+, source \d+/,
      / {2}verdict {6}/,
    ])
      expect(stdout).toMatch(line);
  });

  it('keeps to 100 columns', async () => {
    const { stdout } = await runProgram(['inspect', 'german', '--top', '9'], cwd());
    for (const line of stdout.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(100);
  });

  it('shows the recipe of a token, by screen form, file form, text or id', async () => {
    const [screen, text] = [
      await runProgram(['inspect', 'german', '--token', '▁haus'], cwd()),
      await runProgram(['inspect', 'german', '--token', 'haus'], cwd()),
    ];
    expect(screen.stdout).toMatch(
      /^ {2}▁haus {3}id (\d+) {3}fitted by salt from \d+ anchors?\n {4}.*▁(hotel|taxi|museum|park|radio|film|tiger|wind)/,
    );
    expect(text).toEqual(screen);
    const id = /id (\d+)/.exec(screen.stdout)?.[1] ?? '';
    expect(await runProgram(['inspect', 'german', '--token', `#${id}`], cwd())).toEqual(screen);
  });

  it('says where copied, role and sampled rows come from', async () => {
    const { stdout } = await runProgram(['inspect', 'german', '--token', '▁hotel', '--token', '<s>', '--token', '▁selten'], cwd());
    expect(stdout).toContain('the row of ▁hotel, copied');
    expect(stdout).toContain('the row of [CLS], matched by role');
    expect(stdout).toContain('sampled: no source row explains it');
  });

  it('weighs tokens by a text that is given, and by what was measured otherwise', async () => {
    expect((await report('german')).coverage?.basis).toBe('words');
    const { coverage } = await report('german', '--sample-text', 'text.txt');
    expect(coverage?.basis).toBe('text');
    expect(coverage?.explained).toBeLessThan(1);
  });

  it('measures a model nobody transferred, and says what is unknown', async () => {
    const { code, stdout } = await runProgram(['inspect', 'helper'], cwd());
    expect(code).toBe(0);
    expect(stdout).toContain('lexigraft.json is absent: how the rows came about is unknown');
    const bare = await report('helper', '--source', 'source');
    expect(bare).not.toHaveProperty('recipe');
    expect(bare.source?.rows).toBe(70);
  });

  it('needs no source: names its tokens, compares with it and judges as the transfer did', async () => {
    const whole = await report('german', '--source', 'source');
    const shown = await runProgram(['inspect', 'german', '--token', '▁haus', '--source', 'source'], cwd());
    await rename(join(world().folder, 'source'), join(world().folder, 'elsewhere'));
    try {
      const alone = await report('german');
      expect(alone).toEqual(whole);
      expect(alone.verdict).toEqual(made.verdict);
      expect(await runProgram(['inspect', 'german', '--token', '▁haus'], cwd())).toMatchObject({ stderr: '', stdout: shown.stdout });
    } finally {
      await rename(join(world().folder, 'elsewhere'), join(world().folder, 'source'));
    }
  });

  it('measures a source that is given anew', async () => {
    expect((await report('german', '--source', 'helper')).source?.rows).toBe((await report('helper')).target.rows);
  });

  it('reads results of versions that kept nothing of the source: with it where it still is the recorded one, else saying what is missing', async () => {
    const folder = join(world().folder, 'early');
    await cp(join(world().folder, 'german'), folder, { recursive: true });
    const note = join(folder, 'lexigraft.json');
    const { figures, ...rest } = JSON.parse(await readFile(note, 'utf8')) as { readonly figures: object };
    expect(figures).toHaveProperty('source');
    await writeFile(note, JSON.stringify(rest));
    await dropTensors(join(folder, 'recipe.safetensors'), /^source_tokens\./);

    expect((await report('early')).source?.rows).toBe(70);
    const config = join(world().folder, 'source', 'config.json');
    const before = await readFile(config, 'utf8');
    try {
      await writeFile(config, `${before}\n`);
      expect(await report('early')).not.toHaveProperty('source');
      const { code, stdout } = await runProgram(['inspect', 'early', '--token', '▁haus'], cwd());
      expect(code).toBe(0);
      expect(stdout.replace(/\s+/g, ' ')).toContain(
        'recipe.safetensors does not name its source tokens and lexigraft.json has no figures of the source, and the source model source is not where it was; give its place with --source.',
      );
      expect(stdout).toMatch(/\d\.\d\d {2}#\d+/);
    } finally {
      await writeFile(config, before);
    }
  });

  it('finds rows that are zero, repeated or not finite, and grades them', async () => {
    const folder = join(world().folder, 'defective');
    await cp(join(world().folder, 'german'), folder, { recursive: true });
    const path = join(folder, 'model.safetensors');
    const content = await readFile(path);
    const size = Number(content.readBigUInt64LE());
    const header = JSON.parse(content.subarray(8, 8 + size).toString()) as Record<string, { data_offsets: readonly [number, number] }>;
    const begin = 8 + size + header['bert.embeddings.word_embeddings.weight'].data_offsets[0];
    const row = (id: number): Buffer => content.subarray(begin + 32 * id, begin + 32 * (id + 1));
    row(40).fill(0);
    row(41).fill(0xff);
    row(39).copy(row(38));
    await writeFile(path, content);
    const { target, verdict } = await report('defective');
    expect(target).toMatchObject({ zeroRows: [40], notFiniteRows: [41], repeatedRows: 1 });
    expect(verdict.grade).toBe('bad');
    expect(verdict.reasons.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['not-finite', 'zero-rows']));
    expect((await runProgram(['verify', 'defective'], cwd())).code).toBe(1);
  });

  it('writes a page that stands alone', async () => {
    const { code, stdout } = await runProgram(['inspect', 'german', '--html', 'report.html'], cwd());
    expect(code).toBe(0);
    expect(stdout).toContain('wrote report.html');
    const page = await readFile(join(world().folder, 'report.html'), 'utf8');
    expect(page).toContain('<code>▁haus</code>');
    expect(page).not.toMatch(/<script|<link|src=/);
    const tokens = ['--token', '▁haus', '--sample-text', 'text.txt'];
    const again = await runProgram(['inspect', 'german', '--html', 'report.html', ...tokens], cwd());
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toContain('% of the text on copied or fitted rows');
  });
});

/** Rewrites a safetensors file without the tensors whose names match. */
async function dropTensors(path: string, dropped: RegExp): Promise<void> {
  const content = await readFile(path);
  const start = 8 + Number(content.readBigUInt64LE());
  const header = JSON.parse(content.subarray(8, start).toString()) as Record<string, { data_offsets: [number, number] }>;
  const kept: [string, object][] = [];
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (dropped.test(name)) continue;
    if (name === '__metadata__') {
      kept.push([name, entry]);
      continue;
    }
    const data = content.subarray(start + entry.data_offsets[0], start + entry.data_offsets[1]);
    parts.push(data);
    kept.push([name, { ...entry, data_offsets: [end, end + data.length] }]);
    end += data.length;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(kept)));
  const padded = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  await writeFile(path, Buffer.concat([size, padded, ...parts]));
}
