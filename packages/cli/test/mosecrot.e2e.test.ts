import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel, readRecipe } from '@lexigraft/checkpoint';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram, type ProgramRun } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

/** The tables of a model, and one tensor of its body. */
async function contentOf(folder: string): Promise<{ readonly rows: Float32Array; readonly tokens: readonly (string | undefined)[] }> {
  const model = await openModel(folder);
  try {
    const { data } = await model.input.readRange(0, model.tokenizer.vocabulary.size);
    return { rows: data, tokens: model.tokenizer.vocabulary.tokens };
  } finally {
    await model.close();
  }
}

describe('mosecrot on the command line', () => {
  const world = useToyWorld();
  let out = '';
  beforeAll(async () => {
    const pairs = ['house haus', 'dog hund', 'the die', 'hotel hotel', 'taxi taxi', 'park park', 'wind wind', 'tiger tiger'];
    await writeFile(join(world().folder, 'words.txt'), `${pairs.join('\n')}\n`);
  });
  beforeEach(async () => {
    out = await mkdtemp(join(world().folder, 'case-'));
  });

  const run = (...more: readonly string[]): Promise<ProgramRun> =>
    runProgram(
      [
        'transfer',
        '--source',
        world().source,
        '--target',
        `words:${world().vectors}`,
        '--lexicon',
        'words.txt',
        '--strategy',
        'mosecrot',
        '--option',
        'neighbours=3',
        '--out',
        join(out, 'german'),
        ...more,
      ],
      { cwd: world().folder },
    );

  it('gives a model the words of a vector file, and says that the source has to be re-expressed', async () => {
    const { code, stderr, stdout } = await run();
    expect(stderr).not.toContain('lexigraft:');
    expect(code).toBe(0);
    const { tokens } = await contentOf(join(out, 'german'));
    expect(tokens).toEqual(expect.arrayContaining(['[CLS]', 'haus', 'hund', 'hotel']));
    expect(stdout).toContain('The re-expressed source table was not written; --rebased-source DIR writes it.');
  });

  it('writes the re-expressed source with its own tokenizer, and takes the trained body from there', async () => {
    const source = join(out, 'source');
    expect(await run('--rebased-source', source)).toMatchObject({ code: 0 });
    const [before, rebased, german] = [await contentOf(world().source), await contentOf(source), await contentOf(join(out, 'german'))];
    expect(rebased.tokens).toEqual(before.tokens);
    expect(rebased.rows).not.toEqual(before.rows);
    // Special tokens stay.
    expect(rebased.rows.subarray(0, 5 * 8)).toEqual(before.rows.subarray(0, 5 * 8));
    const recipe = await readRecipe(join(source, 'recipe.safetensors'));
    expect(recipe?.input.rows).toBe(before.tokens.length);

    const swapped = join(out, 'swapped');
    expect(await run('--body', source, '--out', swapped)).toMatchObject({ code: 0 });
    expect((await contentOf(swapped)).rows).toEqual(german.rows);
  });

  it('limits the words, and cuts other text into letters when asked to', async () => {
    expect(await run('--target-words', '3', '--outside-words', 'letters')).toMatchObject({ code: 0 });
    const { tokens } = await contentOf(join(out, 'german'));
    expect(tokens.slice(5, 8)).toEqual(['hotel', 'taxi', 'museum']);
    expect(tokens).toContain('##u');
  });

  it('rehearses without writing', async () => {
    const { code, stdout } = await run('--dry-run', '--rebased-source', join(out, 'source'));
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was written');
    expect(await readdir(out)).toEqual([]);
  });

  it.each([
    [['--option', 'rebase=false', '--rebased-source', 'elsewhere'], 'leaves the source table as it is with these options'],
    [['--rebased-source', 'same', '--out', 'same'], '--rebased-source and --out name the same folder'],
    [['--rebased-source', 'same/source', '--out', 'same', '--force'], '--rebased-source same/source lies inside --out same'],
    [['--target-words', '0'], '--target-words'],
    [['--target', 'helper', '--target-words', '5'], '--target-words is for a target that is made of words'],
    [['--target', 'helper', '--outside-words', 'letters'], '--outside-words is for a target that is made of words'],
    [['--target', 'words:nothing.vec'], '--target: nothing.vec does not exist'],
    [['--body', 'nothing'], '--body: nothing does not exist'],
    [['--body', 'helper'], 'have different vocabularies'],
    [['--lexicon-order', 'sideways'], '--lexicon-order'],
    [['--option', 'weights=hard'], 'option `weights` must be'],
  ])('refuses %j in a sentence', async (flags, sentence) => {
    const { code, stderr } = await run(
      ...flags,
      ...(flags.includes('helper') && flags.includes('--target') ? ['--vectors', 'words.vec.gz'] : []),
    );
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(await readdir(out)).toEqual([]);
  });
});

describeWith('shared', 'mosecrot on a real model', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'lexigraft-mosecrot-'));
    for (const name of ['en-encoder', 'vectors']) await symlink(sharedPath('lab', name), join(cwd, name));
    for (const name of ['muse', 'wechsel']) await symlink(sharedPath('data', 'lexicons', name), join(cwd, name));
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  // 1,000 of a model's words can be words by accident; a translation by accident is 1 in 14,576.
  it.each([
    ['de', 'muse/en-de.dict.gz', 'wasser', 'water'],
    ['ru', 'muse/en-ru.dict.gz', 'город', 'city'],
    ['sw', 'wechsel/swahili.txt.gz', 'mtu', 'person'],
  ])('maps words of %s onto their translations', async (language, lexicon, word, translation) => {
    const flags = [
      '--source',
      'en-encoder',
      '--target',
      `words:vectors/${language}.vec.gz`,
      '--target-words',
      '2000',
      '--lexicon',
      lexicon,
    ];
    const { code, stdout } = await runProgram(['transfer', ...flags, '--strategy', 'mosecrot', '--out', language, '--json'], { cwd });
    expect(code).toBe(0);
    const { recipe } = JSON.parse(stdout) as { readonly recipe: { readonly origins: Readonly<Record<string, number>> } };
    expect(recipe.origins).toMatchObject({ role: 5, sampled: 0 });
    expect(recipe.origins.mixed).toBeGreaterThan(1900);
    const shown = await runProgram(['inspect', language, '--token', word, '--top', '1'], { cwd });
    expect(shown.stdout).toMatch(new RegExp(`fitted by mosecrot from \\d+ anchors\\n +\\S+ +▁${translation} `));
  });
});
