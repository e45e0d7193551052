import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeSafetensors } from '@lexigraft/checkpoint';
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

const common = ['--source', 'source', '--out', 'out'];
const salt = ['transfer', ...common, '--strategy', 'salt', '--helper', 'helper', '--vectors', 'words.vec.gz'];
const mean = ['transfer', ...common, '--strategy', 'mean', '--target', 'helper'];

/** Replaces a flag's value in a command line. */
const but = (argv: readonly string[], flag: string, value: string): readonly string[] =>
  argv.map((word, index) => (argv[index - 1] === flag ? value : word));

type Case = readonly [title: string, argv: readonly string[], sentence: RegExp, prepare?: (folder: string) => Promise<unknown>];

/** Makes `name` a copy of a folder of the world that one change has damaged. */
const damaged =
  (name: string, original: 'source' | 'helper', change: (folder: string) => Promise<unknown>) =>
  async (world: string): Promise<void> => {
    await rm(join(world, name), { recursive: true, force: true });
    await cp(join(world, original), join(world, name), { recursive: true });
    await change(join(world, name));
  };
const file =
  (name: string, content: string | Uint8Array) =>
  (folder: string): Promise<void> =>
    writeFile(join(folder, name), content);
const withoutFile =
  (name: string) =>
  (folder: string): Promise<void> =>
    rm(join(folder, name));
/** Changes a JSON file. */
const json =
  (name: string, change: (root: Record<string, unknown>) => unknown) =>
  async (folder: string): Promise<void> => {
    const root = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, name), JSON.stringify(change(root)));
  };
/** A safetensors file whose header is `header`, followed by `bytes` zeros. */
const rawWeights =
  (header: string, bytes: number, length = Buffer.byteLength(header)) =>
  async (folder: string): Promise<void> => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(length));
    await writeFile(join(folder, 'model.safetensors'), Buffer.concat([size, Buffer.from(header), Buffer.alloc(bytes)]));
  };

const flags: readonly Case[] = [
  ['no strategy', ['transfer', ...common, '--target', 'helper'], /--strategy is missing/],
  ['no source', ['transfer', '--out', 'out', '--strategy', 'mean', '--target', 'helper'], /--source is missing/],
  ['an empty source', but(mean, '--source', ''), /--source is missing/],
  ['no output', ['transfer', '--source', 'source', '--strategy', 'mean', '--target', 'helper'], /--out is missing/],
  ['no target', ['transfer', ...common, '--strategy', 'mean'], /--target is missing: the tokenizer the model shall get/],
  ['a strategy that does not exist', but(mean, '--strategy', 'means'), /There is no strategy `means`\. Did you mean `mean`/],
  [
    'a missing helper',
    ['transfer', ...common, '--target', 'helper', '--strategy', 'clp'],
    /clp needs a helper model of the target language\.\n {2}--helper DIR .*\nStrategies that do without: copy, mean, multivariate, subtokens.*\. See docs/,
  ],
  [
    'two missing resources',
    ['transfer', ...common, '--target', 'helper', '--strategy', 'salt'],
    /salt needs a helper model and word vectors of the target language\.\n {2}--helper DIR .*\n {2}--vectors FILE .*\nStrategies that need neither: copy, mean/,
  ],
  ['an option the strategy has not', [...salt, '--option', 'rigde=1'], /`salt` has no option `rigde`; did you mean `ridge`/],
  ['an option out of range', [...salt, '--option', 'ridge=-1'], /option `ridge` must be a finite number, at least 0, received -1/],
  ['an option of the wrong type', [...salt, '--option', 'ridge=strong'], /option `ridge` must be a finite number.*received 'strong'/],
  ['an option without a value', [...salt, '--option', 'ridge'], /--option must look like name=value/],
  ['a flag without a value', [...mean, '--seed'], /option '--seed <n>' argument missing/],
  ['an unknown flag', [...mean, '--devise', 'cpu'], /unknown option '--devise'\. Did you mean --device/],
  ['an unknown device', [...mean, '--device', 'tpu'], /--device must be auto, cpu, webgpu or cuda, received `tpu`/],
  ['a seed that is no whole number', [...mean, '--seed', '1.5'], /--seed must be a whole number/],
  ['too many threads', [...mean, '--threads', '100000'], /--threads must be a whole number from 1 to 256/],
  ['an unknown overlap', [...mean, '--overlap', 'loose'], /--overlap must be auto, exact or fuzzy/],
  ['an unknown template', [...mean, '--template', 'both'], /--template must be source or target/],
  ['an override without a source token', [...mean, '--override', '▁haus'], /--override must look like TARGET=SOURCE/],
  ['an override of a token that does not exist', [...mean, '--override', '▁hausboot=house'], /target vocabulary has no token "▁hausboot"/],
  ['an override to a token that does not exist', [...mean, '--override', '▁haus=palace'], /source vocabulary has no token "palace"/],
  ['an argument too many', [...mean, 'more'], /too many arguments/],
  ['an unknown command', ['graft'], /unknown command 'graft'/],
  [
    'an order of a lexicon that is not given',
    [...mean, '--lexicon-order', 'source-first'],
    /--lexicon-order .*, and --lexicon is missing\./,
  ],
  ...[
    ['--pairs-format', 'tsv'],
    ['--columns', '1,2'],
    ['--languages', 'en,de'],
    ['--fields', 'source,target'],
  ].map(([flag, value]): Case => [
    `${flag} without pairs`,
    [...mean, flag, value],
    new RegExp(`${flag} tells how --pairs is laid out, and --pairs is missing\\.`),
  ]),
  ['key columns without parallel text', [...mean, '--key-columns', '1'], /--key-columns .*needs --parallel-source and --parallel-target\./],
  ['no folder to inspect', ['inspect'], /missing required argument 'dir'/],
  [
    'a sample text for single tokens',
    ['inspect', 'source', '--token', 'house', '--sample-text', 'text.txt'],
    /--sample-text weighs the tokens of the whole model, .* leave one of them out, or add --html FILE\./,
  ],
  ['no such token', ['inspect', 'source', '--token', 'hausboot'], /--token: this vocabulary has no token `hausboot`/],
];

const paths: readonly Case[] = [
  ['a source that does not exist', but(mean, '--source', 'nowhere'), /--source: nowhere does not exist/],
  ['a target that does not exist', but(mean, '--target', 'nowhere'), /--target: nowhere does not exist/],
  ['a helper that does not exist', but(salt, '--helper', 'nowhere'), /--helper: nowhere does not exist/],
  ['word vectors that do not exist', but(salt, '--vectors', 'nowhere.vec'), /--vectors: nowhere\.vec does not exist/],
  ['a sample text that does not exist', [...mean, '--sample-text', 'nowhere.txt'], /--sample-text: nowhere\.txt does not exist/],
  ['a folder as sample text', [...mean, '--sample-text', 'source'], /--sample-text: .*source is not a file/],
  ['an output that is a file', but(mean, '--out', 'text.txt'), /--out: text\.txt exists and is not a folder/],
  [
    'the source as output',
    [...but(mean, '--out', 'source'), '--force'],
    /The output .*source is the source model, which must stay as it is/,
  ],
  ['an output inside the source', but(mean, '--out', 'source/new'), /lies inside the source model/],
  ['an output that holds the source', [...but(mean, '--out', '.'), '--force'], /holds the source model/],
  [
    'a folder of other things as output, even forced',
    [...but(mean, '--out', 'other'), '--force'],
    /holds something other than a model/,
    async (folder) => {
      await mkdir(join(folder, 'other'), { recursive: true });
      await writeFile(join(folder, 'other', 'thesis.tex'), 'x');
    },
  ],
  [
    'the re-expressed source inside the output',
    [...but(mean, '--out', 'new'), '--rebased-source', 'new/source', '--force'],
    /--rebased-source new\/source lies inside --out new; they hold two models, so choose folders apart\./,
  ],
  [
    'the output inside the re-expressed source',
    [...but(mean, '--out', 'new/german'), '--rebased-source', 'new'],
    /--out new\/german lies inside --rebased-source new;/,
  ],
  [
    'the re-expressed source inside the output by way of a link',
    [...but(mean, '--out', 'new'), '--rebased-source', 'elsewhere/new/source'],
    /--rebased-source elsewhere\/new\/source lies inside --out new;/,
    (folder) => symlink(folder, join(folder, 'elsewhere')),
  ],
  [
    'a re-expressed source where there is a model',
    [...mean, '--rebased-source', 'helper'],
    /--rebased-source: helper exists already; pass --force to replace it/,
  ],
  [
    'a re-expressed source where there is a file',
    [...mean, '--rebased-source', 'text.txt'],
    /--rebased-source: text\.txt exists and is not a folder/,
  ],
  [
    'a hub id while the network is off',
    [...but(mean, '--source', 'hf:nobody/nothing'), '--offline'],
    /cannot be fetched while the network is switched off/,
  ],
  ['a malformed hub id', [...but(mean, '--source', 'hf:../etc'), '--offline'], /is no model on the Hub; write hf:organisation\/name/],
  ['a folder to verify that does not exist', ['verify', 'nowhere'], /nowhere does not exist/],
  ['a folder to inspect that does not exist', ['inspect', 'nowhere'], /nowhere does not exist/],
  [
    'a page in a folder that does not exist',
    ['inspect', 'nowhere', '--html', 'missing/page.html'],
    /--html: the folder of missing\/page\.html does not exist/,
  ],
  [
    'a file that is no page as the page',
    ['inspect', 'nowhere', '--html', 'text.txt'],
    /--html: text\.txt exists and is no page; choose another name/,
  ],
  ['a folder as the page', ['inspect', 'nowhere', '--html', 'source'], /--html: source exists and is not a file/],
  [
    'the sample text as the page',
    ['inspect', 'source', '--sample-text', 'text.txt', '--html', 'text.txt'],
    /--html and --sample-text name the same file, text\.txt/,
  ],
  ['a source to compare with that does not exist', ['inspect', 'helper', '--source', 'nowhere'], /--source: nowhere does not exist/],
];

const asSource = but(mean, '--source', 'damaged');
const asTarget = but(mean, '--target', 'damaged');
const asVectors = but(salt, '--vectors', 'damaged.vec');
const header = (entries: Readonly<Record<string, unknown>>): string => JSON.stringify(entries);
const words = 'bert.embeddings.word_embeddings.weight';

const files: readonly Case[] = [
  ['a model folder without config.json', asSource, /holds no config\.json/, damaged('damaged', 'source', withoutFile('config.json'))],
  [
    'a config.json that is not JSON',
    asSource,
    /config\.json is not valid JSON/,
    damaged('damaged', 'source', file('config.json', '{"vocab_size": ')),
  ],
  [
    'a config.json that is a list',
    asSource,
    /config\.json must hold a JSON object, found a list/,
    damaged('damaged', 'source', file('config.json', '[]')),
  ],
  [
    'a vocab_size below zero',
    asSource,
    /must give vocab_size as a positive whole number, found -5/,
    damaged(
      'damaged',
      'source',
      json('config.json', (root) => ({ ...root, vocab_size: -5 })),
    ),
  ],
  [
    'a vocab_size above the rows',
    asSource,
    /vocab_size 7000/,
    damaged(
      'damaged',
      'source',
      json('config.json', (root) => ({ ...root, vocab_size: 7000 })),
    ),
  ],
  [
    'an architecture nobody knows, without embeddings',
    asSource,
    /architecture "abacus" is unknown and its input embedding cannot be told/,
    damaged('damaged', 'source', async (folder) => {
      await json('config.json', (root) => ({ ...root, model_type: 'abacus' }))(folder);
      await writeSafetensors(join(folder, 'other.safetensors'), { beads: { dtype: 'F32', shape: [2], data: new Float32Array(2) } });
      await rm(join(folder, 'model.safetensors'));
      await cp(join(folder, 'other.safetensors'), join(folder, 'model.safetensors'));
    }),
  ],
  ['no weights', asSource, /holds no weights: expected model\.safetensors/, damaged('damaged', 'source', withoutFile('model.safetensors'))],
  [
    'weights cut off in the middle',
    asSource,
    /ends at byte 544 .* it is truncated/,
    damaged('damaged', 'source', (folder) => truncate(join(folder, 'model.safetensors'), 500)),
  ],
  ['weights of no bytes', asSource, /model\.safetensors is empty/, damaged('damaged', 'source', file('model.safetensors', ''))],
  [
    'a header that claims a terabyte',
    asSource,
    /declares a header of 1000000000000 bytes but has only 10/,
    damaged('damaged', 'source', rawWeights('{}', 0, 1e12)),
  ],
  [
    'tensors that overlap',
    asSource,
    /begins at byte 8 and overlaps/,
    damaged(
      'damaged',
      'source',
      rawWeights(
        header({ [words]: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] }, b: { dtype: 'F32', shape: [2], data_offsets: [8, 16] } }),
        16,
      ),
    ),
  ],
  [
    'a tensor beyond the end of the file',
    asSource,
    /ends at byte 8000 of the data/,
    damaged('damaged', 'source', rawWeights(header({ [words]: { dtype: 'F32', shape: [1000, 2], data_offsets: [0, 8000] } }), 16)),
  ],
  [
    'a Git LFS pointer in place of the weights',
    asSource,
    /is a Git LFS pointer, not the file itself/,
    damaged('damaged', 'source', file('model.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n')),
  ],
  [
    'weights pickled by torch',
    asSource,
    /holds only pickled weights/,
    damaged('damaged', 'source', async (folder) => {
      await withoutFile('model.safetensors')(folder);
      await writeFile(join(folder, 'pytorch_model.bin'), 'PK');
    }),
  ],
  [
    'NaN in a row that is copied',
    ['transfer', ...common, '--strategy', 'copy', '--target', 'helper'].map((word) => (word === 'source' ? 'damaged' : word)),
    /not finite/,
    damaged('damaged', 'source', async (folder) => {
      const path = join(folder, 'model.safetensors');
      const content = await readFile(path);
      const begin = 8 + Number(content.readBigUInt64LE());
      content.fill(0xff, begin);
      await writeFile(path, content);
    }),
  ],
  [
    'a tokenizer.json that is not JSON',
    asTarget,
    /tokenizer\.json is not valid JSON/,
    damaged('damaged', 'helper', file('tokenizer.json', 'tokens!')),
  ],
  [
    'a tokenizer.json without a model',
    asTarget,
    /has no `model` object/,
    damaged(
      'damaged',
      'helper',
      json('tokenizer.json', (root) => ({ ...root, model: undefined })),
    ),
  ],
  [
    'a tokenizer of an unknown kind',
    asTarget,
    /has a model of type "Quipu"/,
    damaged(
      'damaged',
      'helper',
      json('tokenizer.json', (root) => ({ ...root, model: { type: 'Quipu', vocab: [] } })),
    ),
  ],
  [
    'a tokenizer without tokens',
    asTarget,
    /has a vocabulary without tokens/,
    damaged(
      'damaged',
      'helper',
      json('tokenizer.json', (root) => ({ ...root, added_tokens: [], model: { type: 'WordPiece', unk_token: '[UNK]', vocab: {} } })),
    ),
  ],
  [
    'a folder without a tokenizer',
    asTarget,
    /holds no tokenizer: none of/,
    damaged('damaged', 'helper', async (folder) => {
      for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) await withoutFile(name)(folder);
    }),
  ],
  [
    'a tokenizer with more tokens than the model has rows',
    asSource,
    /the tokenizer has ids up to 569 .* has only 70 rows/,
    damaged('damaged', 'source', async (folder) => {
      await json('tokenizer.json', (root) => {
        const model = root.model as { readonly vocab: Readonly<Record<string, number>> };
        return {
          ...root,
          model: {
            ...model,
            vocab: { ...model.vocab, ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`token${i}`, 70 + i])) },
          },
        };
      })(folder);
    }),
  ],
  [
    'word vectors that are text of another kind',
    asVectors,
    /damaged\.vec, line 1, .* is not a number/,
    (folder) => writeFile(join(folder, 'damaged.vec'), 'once upon a time\nthere was a file\n'),
  ],
  ['word vectors without a line', asVectors, /damaged\.vec is empty/, (folder) => writeFile(join(folder, 'damaged.vec'), '')],
  [
    'word vectors with a line too short',
    asVectors,
    /line 3, has 2 values .* 3 were expected/,
    (folder) => writeFile(join(folder, 'damaged.vec'), '2 3\nhaus 1 2 3\nhund 1 2\n'),
  ],
  [
    'word vectors with a word for a number',
    asVectors,
    /line 2, holds "eins"/,
    (folder) => writeFile(join(folder, 'damaged.vec'), '1 2\nhaus eins zwei\n'),
  ],
  [
    'word vectors of absurd size',
    asVectors,
    /300 were expected/,
    (folder) => writeFile(join(folder, 'damaged.vec'), '99999999999 300\nhaus 1\n'),
  ],
  [
    'word vectors that only claim to be gzip',
    but(salt, '--vectors', 'damaged.vec.gz'),
    /is not a whole gzip file/,
    (folder) =>
      writeFile(join(folder, 'damaged.vec.gz'), Buffer.concat([gzipSync('2 2\nhaus 1 2\n').subarray(0, 20), Buffer.from('rubbish')])),
  ],
  [
    'a fastText model without dimensions',
    asVectors,
    /damaged\.vec declares vectors of dimension 0/,
    (folder) => {
      const bytes = Buffer.alloc(200);
      bytes.writeInt32LE(793712314, 0);
      bytes.writeInt32LE(12, 4);
      return writeFile(join(folder, 'damaged.vec'), bytes);
    },
  ],
  [
    'a sample text of zero bytes',
    [...mean, '--sample-text', 'damaged.txt'],
    /holds zero bytes/,
    (folder) => writeFile(join(folder, 'damaged.txt'), Buffer.from('ab\0cd')),
  ],
  [
    'an empty sample text',
    [...mean, '--sample-text', 'damaged.txt'],
    /holds no text/,
    (folder) => writeFile(join(folder, 'damaged.txt'), '\n \n'),
  ],
  [
    'a sample text that is not the gzip it claims to be',
    [...mean, '--sample-text', 'damaged.txt.gz'],
    /cannot be read as gzipped text/,
    (folder) => writeFile(join(folder, 'damaged.txt.gz'), 'plain'),
  ],
  [
    'a link that leads nowhere',
    but(mean, '--source', 'dangling'),
    /--source: dangling does not exist/,
    async (folder) => {
      await rm(join(folder, 'dangling'), { force: true });
      await symlink('/nowhere/at/all', join(folder, 'dangling'));
    },
  ],
  [
    'a record of a transfer that is not JSON',
    ['inspect', 'damaged'],
    /lexigraft\.json is not JSON/,
    damaged('damaged', 'source', file('lexigraft.json', '{')),
  ],
  [
    'a recipe that is none',
    ['inspect', 'damaged'],
    /recipe\.safetensors: .*lexigraft-recipe/,
    damaged('damaged', 'source', async (folder) => {
      await writeFile(join(folder, 'lexigraft.json'), '{}');
      await writeSafetensors(join(folder, 'recipe.safetensors'), { beads: { dtype: 'F32', shape: [2], data: new Float32Array(2) } });
    }),
  ],
];

describe('bad input', () => {
  const world = useToyWorld();

  for (const [kind, cases] of Object.entries({ flags, paths, files })) {
    describe(kind, () => {
      for (const [title, argv, sentence, prepare] of cases) {
        it(`${title} gets a sentence and exit code 2`, async () => {
          await prepare?.(world().folder);
          const { code, stdout, stderr } = await runProgram(argv, { cwd: world().folder });
          expect(stderr).toMatch(sentence);
          expect(code, stderr).toBe(2);
          expect(stderr).toMatch(/^lexigraft: /);
          expect(stderr).not.toMatch(/unexpected failure|^ {4}at |undefined|\[object/m);
          expect(stdout).not.toContain('verdict');
        });
      }
    });
  }

  it('leaves nothing behind', async () => {
    const names = await readdir(world().folder);
    expect(names.filter((name) => name === 'out' || name.startsWith('.'))).toEqual([]);
  });

  it('finds a damaged model damaged, with exit code 1 and the check that failed', async () => {
    await damaged(
      'damaged',
      'source',
      json('tokenizer_config.json', (root) => ({ ...root, mask_token: '[GONE]' })),
    )(world().folder);
    await truncate(join(world().folder, 'damaged', 'model.safetensors'), 600);
    const { code, stdout } = await runProgram(['verify', 'damaged'], { cwd: world().folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED opens .*model\.safetensors/);
    expect(stdout).toContain('damaged does not pass every check');
  });
});
