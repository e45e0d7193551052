import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenizer, openWeights } from '@lexigraft/checkpoint';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/run.ts';
import { fakeIo } from './fake-io.ts';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

/** SHA-256 of every file below a folder, by name. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const hashes = await Promise.all(
    files.map(
      async (file) =>
        [
          file.slice(folder.length + 1),
          createHash('sha256')
            .update(await readFile(file))
            .digest('hex'),
        ] as const,
    ),
  );
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const subtokens = (out: string, ...more: readonly string[]): readonly string[] => [
  'hydra',
  'create',
  '--source',
  'source',
  '--strategy',
  'subtokens',
  '--out',
  out,
  ...more,
];

describe('lexigraft hydra', () => {
  const world = useToyWorld();
  const cli = (...argv: readonly string[]): ReturnType<typeof runProgram> => runProgram(argv, { cwd: world().folder });
  const folder = (...parts: readonly string[]): string => join(world().folder, ...parts);
  const made: string[] = [];
  afterEach(async () => {
    for (const name of made.splice(0)) await rm(folder(name), { recursive: true, force: true });
  });
  /** Makes a checkpoint of two languages that are the same tokenizer under two names. */
  const make = async (out: string, ...more: readonly string[]): Promise<void> => {
    made.push(out);
    const { code, stderr } = await cli(...subtokens(out, '--target', 'de=helper', '--target', 'nl=helper', '--quiet', ...more));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };

  it('create says what was joined, how ids are shifted, and what to do next', async () => {
    made.push('hydra');
    const { code, stdout, stderr } = await cli(...subtokens('hydra', '--target', 'de=helper', '--target', 'nl=helper'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('BertForMaskedLM');
    expect(stdout).toMatch(/ {2}de .*helper.*Unigram/);
    expect(stdout).toMatch(/checked +6 checks passed/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('from 45 on: the source tokenizer’s ids + 45');
    expect(stdout).toContain('next: lexigraft hydra swap hydra --to nl');
    expect((await readdir(world().folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('create, swap and list print one document each under --json', async () => {
    made.push('hydra');
    const document = async (...argv: readonly string[]): Promise<unknown> => JSON.parse((await cli(...argv, '--json')).stdout);
    expect(
      await document(...subtokens('hydra', '--target', 'de=helper', '--target', 'nl=helper', '--active', 'nl', '--seed', '5')),
    ).toMatchObject({
      command: 'hydra create',
      strategy: 'subtokens',
      seed: 5,
      active: 'nl',
      tied: true,
      outputRows: 45,
      sourceOffset: 45,
      inputRows: 45 + 70,
      languages: [{ language: 'de', label: 'helper', recipe: { origins: { role: 5 } } }, { language: 'nl' }],
    });
    expect(await document('hydra', 'swap', 'hydra', '--to', 'de')).toMatchObject({
      command: 'hydra swap',
      from: 'nl',
      to: 'de',
      changed: true,
      finished: null,
      sourceOffset: 45,
    });
    expect(await document('hydra', 'list', 'hydra')).toMatchObject({
      command: 'hydra list',
      active: 'de',
      source: { label: 'source', tokens: 70 },
      languages: [
        { language: 'de', active: true },
        { language: 'nl', active: false },
      ],
      unfinished: null,
    });
  });

  it('swap there and back restores every byte', async () => {
    await make('hydra');
    const before = await contentOf(folder('hydra'));
    expect((await cli('hydra', 'swap', 'hydra', '--to', 'nl')).stdout).toContain('nl instead of de');
    expect(await contentOf(folder('hydra'))).not.toEqual(before);
    expect((await cli('hydra', 'swap', 'hydra', '--to', 'de')).code).toBe(0);
    expect(await contentOf(folder('hydra'))).toEqual(before);
    expect((await cli('hydra', 'swap', 'hydra', '--to', 'de')).stdout).toContain('de, as before');
  });

  it('verify checks both vocabularies, and finds a language that lost its rows', async () => {
    await make('hydra');
    const { code, stdout } = await cli('verify', 'hydra');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok +language nl/);
    await rm(folder('hydra', 'tables', 'nl', 'rows.safetensors'));
    const damaged = await cli('verify', 'hydra');
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(/FAILED +finite/);
  });

  it('list shows a swap that was cut off, and swap finishes it', async () => {
    await make('hydra');
    await cp(folder('hydra'), folder('nl-active'), { recursive: true });
    made.push('nl-active');
    await cli('hydra', 'swap', 'nl-active', '--to', 'nl');
    const after = await contentOf(folder('nl-active'));
    // Everything is where it belongs but the record: the last file that a swap moves.
    const journal = { from: 'de', to: 'nl', files: ['hydra.json'], removed: [] };
    await mkdir(folder('nl-active', '.lexigraft-swap', 'new'), { recursive: true });
    await writeFile(folder('nl-active', '.lexigraft-swap', 'journal.json'), JSON.stringify(journal));
    await cp(folder('nl-active', 'hydra.json'), folder('nl-active', '.lexigraft-swap', 'new', 'hydra.json'));
    await cp(folder('hydra', 'hydra.json'), folder('nl-active', 'hydra.json'));
    expect((await cli('hydra', 'list', 'nl-active')).stdout.replace(/\s+/g, ' ')).toContain('a swap from de to nl was cut off');
    expect((await cli('hydra', 'swap', 'nl-active', '--to', 'nl')).stdout.replace(/\s+/g, ' ')).toContain(
      'a swap from de to nl had been cut off; it was finished first.',
    );
    expect(await contentOf(folder('nl-active'))).toEqual(after);
  });

  it('makes rows with what each language brings: a helper and vectors of its own', async () => {
    made.push('hydra');
    const { code, stdout } = await cli(
      'hydra',
      'create',
      '--source',
      'source',
      '--strategy',
      'salt',
      '--helper',
      'de=helper',
      '--vectors',
      'de=words.vec.gz',
      '--out',
      'hydra',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ active: 'de', languages: [{ language: 'de', label: 'helper' }] });
    const record = JSON.parse(await readFile(folder('hydra', 'lexigraft.json'), 'utf8')) as {
      readonly inputs: readonly { readonly role: string }[];
    };
    expect(record.inputs.map(({ role }) => role)).toEqual(['source', 'target', 'helper', 'vectors']);
  });

  it('takes text for each language, and names the flag that is missing for one', async () => {
    made.push('hydra');
    const align = ['hydra', 'create', '--source', 'source', '--strategy', 'align', '--target', 'de=helper', '--target', 'nl=helper'];
    const text = ['--text', 'de=text.txt'];
    const { code, stderr } = await cli(...align, ...text, '--out', 'hydra');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^lexigraft: align needs text of the target language\./);
    expect(stderr).toContain('\nHere these are given for each language: --text nl=…\n');
    const { code: done, stdout } = await cli(...align, ...text, '--text', 'nl=text.txt', '--out', 'hydra', '--json');
    expect(done).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ strategy: 'align', languages: [{ language: 'de' }, { language: 'nl' }] });
    const record = JSON.parse(await readFile(folder('hydra', 'lexigraft.json'), 'utf8')) as {
      readonly inputs: readonly { readonly role: string }[];
    };
    expect(record.inputs.map(({ role }) => role)).toEqual(['source', 'target', 'text']);
  });

  it('fills the rows of every language up to a multiple', async () => {
    made.push('hydra');
    const { code, stdout } = await cli(
      ...subtokens('hydra', '--target', 'de=helper', '--target', 'nl=helper', '--pad-to-multiple-of', '16', '--json'),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outputRows: 48,
      sourceOffset: 48,
      languages: [
        { tokens: 45, rows: 48 },
        { tokens: 45, rows: 48 },
      ],
    });
    expect((await cli('hydra', 'swap', 'hydra', '--to', 'nl')).code).toBe(0);
    expect((await cli('verify', 'hydra')).code).toBe(0);
  });

  it('names what the strategy makes no use of by its flag, whichever language it was given for', async () => {
    made.push('hydra');
    await writeFile(folder('pairs.txt'), 'the dog ||| der hund\n');
    made.push('pairs.txt');
    const { code, stdout } = await cli(
      ...subtokens(
        'hydra',
        '--target',
        'de=helper',
        '--target',
        'nl=helper',
        '--pairs',
        'nl=pairs.txt',
        '--source-vectors',
        'words.vec.gz',
      ),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('subtokens makes no use of --pairs.');
    expect(stdout).toContain('subtokens makes no use of --source-vectors.');
  });

  it('is interrupted without a trace', async () => {
    const abort = new AbortController();
    const { io, stderr } = fakeIo({ cwd: world().folder, signal: abort.signal });
    const write = (part: string): void => {
      if (part.includes('shared with the source')) abort.abort();
    };
    const before = await readdir(world().folder);
    expect(await run(subtokens('hydra', '--target', 'de=helper'), { ...io, stdout: { write } })).toBe(130);
    expect(stderr()).toBe('lexigraft: interrupted; nothing was left half-written.\n');
    expect(await readdir(world().folder)).toEqual(before);
  });

  it('without a command prints its help', async () => {
    const { code, stdout, stderr } = await cli('hydra');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: lexigraft hydra');
  });

  const target = ['--target', 'de=helper'] as const;
  const refusals: readonly (readonly [title: string, argv: readonly string[], sentence: RegExp])[] = [
    [
      'no source',
      ['hydra', 'create', ...target, '--strategy', 'mean', '--out', 'out'],
      /--source is missing: the model that gets a second vocabulary/,
    ],
    ['no strategy', ['hydra', 'create', ...target, '--source', 'source', '--out', 'out'], /--strategy is missing/],
    ['no output', ['hydra', 'create', ...target, '--source', 'source', '--strategy', 'mean'], /--out is missing/],
    ['no target', subtokens('out'), /--target is missing: LANGUAGE=TOKENIZER, such as de=german-model/],
    [
      'a target without a language',
      subtokens('out', '--target', 'helper'),
      /--target must look like LANGUAGE=VALUE, such as de=…; received `helper`/,
    ],
    ['a target without a tokenizer', subtokens('out', '--target', 'de='), /--target must look like LANGUAGE=VALUE/],
    ['a language given twice', subtokens('out', ...target, ...target), /--target is given twice for de/],
    ['a language that is a path', subtokens('out', '--target', '../de=helper'), /A language must be named by letters/],
    ['a tokenizer that does not exist', subtokens('out', '--target', 'de=none'), /--target: none does not exist/],
    [
      'vectors of another language',
      subtokens('out', ...target, '--vectors', 'ru=words.vec.gz'),
      /--vectors names the language ru, which has no --target; the targets are de/,
    ],
    [
      'an active language that is none',
      subtokens('out', ...target, '--active', 'ru'),
      /--active must be one of the target languages, de; received `ru`/,
    ],
    ['a strategy that does not exist', subtokens('out', ...target, '--strategy', 'men'), /There is no strategy `men`/],
    [
      'a strategy that makes no rows',
      subtokens('out', ...target, '--strategy', 'salt,lens'),
      /--strategy lens makes no rows for a vocabulary, so hydra create has no use for it; leave it out/,
    ],
    ['a strategy that needs more', subtokens('out', ...target, '--strategy', 'salt'), /salt needs a helper model and word vectors/],
    [
      'padding to a multiple of none',
      subtokens('out', ...target, '--pad-to-multiple-of', '0'),
      /--pad-to-multiple-of must be a whole number/,
    ],
    ['languages that are no pair', subtokens('out', ...target, '--languages', 'de=en'), /--languages must be two names parted by a comma/],
    ['an output that is the source', subtokens('source', ...target, '--force'), /is the source model, which must stay as it is/],
    ['an output that is taken', subtokens('helper', ...target), /--out: helper exists already; pass --force/],
    ['a folder that is no checkpoint', ['hydra', 'list', 'source'], /source is no Hydra checkpoint: it holds no hydra\.json/],
    ['a folder that is not there', ['hydra', 'list', 'none'], /none is not a folder/],
    ['a swap without a language', ['hydra', 'swap', 'source'], /source is no Hydra checkpoint/],
    ['a swap in no checkpoint', ['hydra', 'swap', 'source', '--to', 'de'], /source is no Hydra checkpoint/],
    ['an unknown command', ['hydra', 'swop', 'source'], /unknown command 'swop'\. Did you mean swap/],
  ];

  it.each(refusals)('refuses %s with a sentence', async (_title, argv, sentence) => {
    const before = await readdir(world().folder);
    const { code, stdout, stderr } = await cli(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toMatch(sentence);
    expect(stderr).not.toMatch(/unexpected failure|at .*\.ts:\d+/);
    expect(await readdir(world().folder)).toEqual(before);
  });

  it('refuses a swap to a language it does not have, and names those it has', async () => {
    await make('hydra');
    expect((await cli('hydra', 'swap', 'hydra', '--to', 'fr')).stderr).toMatch(/has no vocabulary `fr`; it has de, nl\./);
    expect((await cli('hydra', 'swap', 'hydra')).stderr).toMatch(/--to is missing: the language to make active, one of de, nl\./);
    expect((await cli('transfer', '--source', 'hydra', '--target', 'helper', '--strategy', 'mean', '--out', 'out')).stderr).toMatch(
      /is a Hydra checkpoint/,
    );
  });
});

describeWith('shared', 'a Hydra checkpoint of a trained decoder with German and Russian', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'lexigraft-hydra-'));
    for (const name of ['en-decoder', 'de-encoder', 'ru-encoder']) await symlink(sharedPath('lab', name), join(cwd, name));
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  it('reads both vocabularies with the rows each should have, and swaps there and back to the byte', async () => {
    const create = [
      'hydra',
      'create',
      '--source',
      'en-decoder',
      '--target',
      'de=de-encoder',
      '--target',
      'ru=ru-encoder',
      '--strategy',
      'subtokens',
      '--out',
      'hydra',
      '--quiet',
    ];
    expect(await runProgram(create, { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
    const transfer = [
      'transfer',
      '--source',
      'en-decoder',
      '--target',
      'ru-encoder',
      '--strategy',
      'subtokens',
      '--out',
      'russian',
      '--quiet',
    ];
    expect((await runProgram(transfer, { cwd })).code).toBe(0);
    const german = await contentOf(join(cwd, 'hydra'));

    expect((await runProgram(['hydra', 'swap', 'hydra', '--to', 'ru', '--quiet'], { cwd })).code).toBe(0);
    expect((await runProgram(['verify', 'hydra', '--quiet'], { cwd })).code).toBe(0);
    const [hydra, source, alone] = await Promise.all(['hydra', 'en-decoder', 'russian'].map((name) => openWeights(join(cwd, name))));
    for (const name of source.tensors.keys()) {
      const [rows, own] = [await alone.readBytes(name), await source.readBytes(name)];
      const wanted = name === 'model.embed_tokens.weight' ? Buffer.concat([rows, own]) : rows;
      expect(Buffer.compare(await hydra.readBytes(name), wanted)).toBe(0);
    }
    await Promise.all([hydra.close(), source.close(), alone.close()]);

    // The source tokenizer reads as it did, so that shifted ids name the rows of its tokens.
    const text = ['The house of the Lord is red.'];
    const [kept, original] = [await openTokenizer(join(cwd, 'hydra', 'source-tokenizer')), await openTokenizer(join(cwd, 'en-decoder'))];
    expect((await kept.encodeBatch(text)).ids).toEqual((await original.encodeBatch(text)).ids);

    expect((await runProgram(['hydra', 'swap', 'hydra', '--to', 'de', '--quiet'], { cwd })).code).toBe(0);
    expect(await contentOf(join(cwd, 'hydra'))).toEqual(german);
  });
});
