import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  openModel,
  openPlainText,
  openWordVectors,
  readRecipe,
  readSteering,
  RECIPE_FILE,
  STEERING_FILE,
  type OpenPlainText,
} from '@lexigraft/checkpoint';
import { compose, planTransfer, type MultilingualText, type SteeringPlan } from '@lexigraft/core';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';
import { useToyWorld } from './toy-world.ts';

/** What the tests read of the JSON document. */
interface SteeringDocument {
  readonly steering: { readonly folded: readonly number[]; readonly edits: number; readonly exported: boolean };
  readonly tensors: readonly string[];
  readonly checks: readonly { readonly ok: boolean }[];
  readonly estimate?: { readonly bytes: number };
}

const LINES = 20;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexigraft-steer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const run = (...more: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram(['transfer', '--json', '--device', 'cpu', ...more], { cwd: folder });
const document = (stdout: string): SteeringDocument => JSON.parse(stdout) as SteeringDocument;

describeWith('shared', 'steering on the command line', () => {
  const [decoder, encoder] = [sharedPath('lab', 'en-decoder'), sharedPath('lab', 'multi-encoder')];
  const texts = ['--texts', 'en=en.txt', '--texts', 'de=de.txt'];
  beforeAll(async () => {
    for (const language of ['en', 'de']) {
      const text = gunzipSync(await readFile(sharedPath('lab', 'heldout', `${language}.heldout.txt.gz`))).toString('utf8');
      await writeFile(at(`${language}.txt`), text.split('\n').slice(0, LINES).join('\n'));
    }
  });

  it('folds a shift into a Llama and a BERT, which then compute what steering computes', async () => {
    for (const [model, out] of [
      [decoder, 'decoder'],
      [encoder, 'encoder'],
    ] as const) {
      const { code, stdout } = await run('--source', model, '--strategy', 'lens', ...texts, '--option', 'strength=0.5', '--out', out);
      expect(code).toBe(0);
      expect(document(stdout).steering).toEqual({ folded: [2], edits: 0, exported: false });
      expect(document(stdout).checks.every(({ ok }) => ok)).toBe(true);
      const [before, after] = [await statesOf(model), await statesOf(at(out))];
      const shift = difference(after, before, 2);
      // Every position is moved by the same vector, as far as bfloat16 tells.
      const size = Math.max(...shift[0].map(Math.abs));
      expect(size).toBeGreaterThan(0.01);
      for (const moved of shift)
        moved.forEach((value, index) => {
          expect(Math.abs(value - shift[0][index])).toBeLessThan(0.02 * size + 1e-3);
        });
      expect(
        difference(after, before, 1)
          .flat()
          .every((value) => Math.abs(value) < 1e-6),
      ).toBe(true);
    }
  });

  it('writes projections beside the weights, says that other programs ignore them, and keeps them applicable', async () => {
    const options = ['--option', 'mode=project', '--option', 'layers=[1,2]', '--option', 'strength=1'];
    const { code, stdout, stderr } = await run('--source', decoder, '--strategy', 'lens', ...texts, ...options, '--out', 'projected');
    expect(code).toBe(0);
    expect(document(stdout).steering).toEqual({ folded: [], edits: 2, exported: true });
    expect(stderr).toContain('2 edits in steering.safetensors');
    const inspected = await runProgram(['inspect', 'projected'], { cwd: folder });
    expect(inspected.stdout).toContain('hidden states 1, 2 edited by steering.safetensors');
    const plan = await readSteering(join(at('projected'), STEERING_FILE));
    if (plan === undefined) throw new Error('Nothing was written.');
    const steered = await statesOf(at('projected'), plan);
    for (const { layer, basis } of plan.edits) {
      const states = steered.get(layer) ?? [];
      for (const state of states) {
        const along = state.reduce((sum, value, index) => sum + value * basis.data[index], 0);
        expect(Math.abs(along)).toBeLessThan(1e-3 * Math.hypot(...state));
      }
    }
  });

  it('trains the last layers', async () => {
    const options = ['--option', 'mode=train', '--option', 'examples=8', '--option', 'accumulate=1', '--option', 'learningRate=0.001'];
    const { code, stdout } = await run('--source', decoder, '--strategy', 'lens', ...texts, ...options, '--out', 'trained');
    expect(code).toBe(0);
    const { tensors } = document(stdout);
    expect(tensors.length).toBeGreaterThan(10);
    expect(tensors.every((name) => /layers\.[23]\./.test(name))).toBe(true);
  });

  it('goes with a new vocabulary: rows and biases in one model', async () => {
    const { code, stdout } = await run(
      ...['--source', encoder, '--target', sharedPath('lab', 'de-encoder'), '--strategy', 'subtokens,lens', ...texts, '--out', 'both'],
    );
    expect(code).toBe(0);
    expect(document(stdout).steering.folded).toEqual([2]);
    const recipe = await readRecipe(join(at('both'), RECIPE_FILE));
    expect(recipe?.input.rows).toBe(8002);
  });

  it('goes with salt, and then computes what the composition computes in memory', { timeout: 240_000 }, async () => {
    const { code, stdout } = await run(
      ...['--source', encoder, '--helper', sharedPath('lab', 'de-encoder'), '--vectors', sharedPath('lab', 'vectors', 'de.vec.gz')],
      ...['--strategy', 'salt,lens', ...texts, '--option', 'lens.language=de', '--option', 'lens.pooling=mean', '--out', 'salted'],
    );
    expect(code).toBe(0);
    expect(document(stdout).steering).toEqual({ folded: [2], edits: 0, exported: false });
    expect(document(stdout).checks.every(({ ok }) => ok)).toBe(true);
    const { plain, steered } = await composedInMemory(encoder, { en: at('en.txt'), de: at('de.txt') });
    const found = await logitsOf(at('salted'));
    expect(found.length).toBe(5 * 8002);
    expect(Math.max(...steered.map((value, index) => Math.abs(value - plain[index])))).toBeGreaterThan(1);
    // The saved weights are bfloat16: eight bits of rows, biases and shift.
    expect(Math.max(...steered.map((value, index) => Math.abs(value - found[index])))).toBeLessThan(0.25);
  });

  it('trains on lines side by side, and says where one text ends before another', async () => {
    await writeFile(at('short.txt'), 'Ein Satz.\n\nNoch einer.\n');
    const { code, stderr } = await run(
      ...['--source', decoder, '--strategy', 'lens', '--texts', 'en=en.txt', '--texts', 'de=short.txt', '--option', 'mode=train'],
      ...['--out', 'uneven'],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('the texts of `de` end after line 3, those of `en` go on');
  });

  it(
    'says what cannot be: a language the tokenizer cannot write, a layer the model has not, a language without text',
    { timeout: 180_000 },
    async () => {
      await writeFile(at('am.txt'), 'ሰላም ለዓለም ሁሉ\n'.repeat(5));
      await writeFile(at('empty.txt'), ' \n\n');
      const english = sharedPath('lab', 'en-encoder');
      for (const [source, more, message] of [
        [english, ['--texts', 'am=am.txt'], /cannot write `am`: \d+ % of the tokens of its texts are \[UNK\]/],
        [decoder, ['--texts', 'de=de.txt', '--option', 'layers=[2,9]'], /`layers` ends at 9; the model has hidden states 0 to 4/],
        [decoder, ['--texts', 'de=de.txt', '--option', 'language=fr'], /'fr'; there are texts of en, de/],
        [decoder, ['--texts', 'de=empty.txt'], /no text of `de`/],
        [decoder, [], /two or more .*it has en alone/],
      ] as const) {
        const { code, stderr } = await run('--source', source, '--strategy', 'lens', '--texts', 'en=en.txt', ...more, '--out', 'wrong');
        expect(stderr).toMatch(message);
        expect(stderr.split('\n').filter((line) => line.startsWith('lexigraft:'))).toHaveLength(1);
        expect(code).toBe(2);
      }
    },
  );

  it('can be rehearsed without running the model', async () => {
    const { code, stdout } = await run('--source', decoder, '--strategy', 'lens', ...texts, '--dry-run');
    expect(code).toBe(0);
    expect(document(stdout).estimate?.bytes).toBeGreaterThan(13e6);
    const chain = await run(
      '--source',
      encoder,
      '--target',
      sharedPath('lab', 'de-encoder'),
      '--strategy',
      'copy,lens',
      ...texts,
      '--dry-run',
    );
    expect(chain.code).toBe(0);
  });
});

describe('steering on the command line, where something is missing or too much,', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['texts', [], /lens needs texts of several languages\.[\s\S]*--texts LANGUAGE=FILE/],
    ['a language', ['--texts', 'de.txt'], /--texts must look like language=file/],
    ['twice a language', ['--texts', 'de=a', '--texts', 'de=b'], /--texts de was given twice/],
    ['a target', ['--texts', 'de=a', '--texts', 'en=b', '--target', 'x'], /--target makes no sense with --strategy lens/],
    ...[
      ['--target-words', '5'],
      ['--outside-words', 'letters'],
      ['--override', 'a=b'],
      ['--overlap', 'fuzzy'],
      ['--template', 'target'],
      ['--keep-source-vocabulary'],
      ['--add-tokens', '5'],
      ['--pad-to-multiple-of', '64'],
      ['--sample-text', 'x'],
    ].map((flags): [string, readonly string[], RegExp] => [flags[0], flags, new RegExp(`${flags[0]} makes no sense with --strategy lens`)]),
    ['a lexicon', ['--texts', 'de=a', '--texts', 'en=b', '--lexicon-order', 'source-first'], /--lexicon is missing/],
    ['pairs', ['--texts', 'de=a', '--texts', 'en=b', '--columns', '1,2'], /--pairs is missing/],
    ['a source', ['--texts', 'de=a', '--texts', 'en=b', '--source', 'nowhere'], /nowhere does not exist/],
  ])('says so: %s', async (_, more, message) => {
    const { code, stderr } = await run('--source', '.', '--strategy', 'lens', '--out', 'out', ...more);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('steering on the command line', () => {
  const world = useToyWorld();

  it('names what it makes no use of, and goes on', async () => {
    const unused = ['--vectors', '--source-vectors', '--lexicon', '--text', '--pairs'].flatMap((flag) => [flag, 'nothing']);
    const { code, stdout, stderr } = await runProgram(
      ['transfer', '--strategy', 'lens', '--source', 'source', '--texts', 'en=text.txt', '--dry-run', '--threads', '1', ...unused],
      { cwd: world().folder },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const flag of ['--vectors', '--source-vectors', '--lexicon', '--text', '--pairs', '--threads'])
      expect(stdout).toMatch(new RegExp(`lens makes no use of ${flag}[.;]`));
    expect(stdout).not.toContain('lens makes no use of --texts');
  });
});

/** Logits of a model with the vocabulary of `compose(salt(), lens())`, and steered by it as well; nothing is written. */
async function composedInMemory(
  path: string,
  files: Readonly<Record<string, string>>,
): Promise<Readonly<Record<'plain' | 'steered', Float32Array>>> {
  const { createHiddenStateReader, loadTransformer, padBatch } = await import('@lexigraft/models');
  const [{ lens }, { salt }] = await Promise.all([import('@lexigraft/lens'), import('@lexigraft/salt')]);
  const { openDevice } = await import('@lexigraft/models/node');
  const { tf } = await openDevice('wasm');
  const [source, helper] = [await openModel(path), await openModel(sharedPath('lab', 'de-encoder'))];
  const vectors = await openWordVectors(sharedPath('lab', 'vectors', 'de.vec.gz'));
  const model = await loadTransformer(source, { tf });
  const opened = new Map<string, OpenPlainText>();
  for (const [language, file] of Object.entries(files)) opened.set(language, await openPlainText(file, { emptyLines: 'keep' }));
  const texts: MultilingualText = { languages: Object.keys(files), lines: (language) => opened.get(language)?.lines() ?? noLines() };
  const { vocabulary, steering } = await planTransfer({
    strategy: compose(salt(), lens({ language: 'de', pooling: 'mean' })),
    source,
    target: helper.tokenizer,
    resources: { helper, vectors, texts, hiddenStates: createHiddenStateReader(model) },
    seed: 0,
  });
  if (vocabulary === undefined || steering === undefined) throw new Error('The plan is not whole.');
  const german = await model.withEmbeddings({ ...vocabulary, target: helper.tokenizer.vocabulary, seed: 0 });
  const steered = german.withSteering(steering);
  const batch = padBatch([[5, 100, 200, 300, 17]]);
  try {
    return { plain: (await german.logits(batch)).data, steered: (await steered.logits(batch)).data };
  } finally {
    steered.dispose();
    german.dispose();
    model.dispose();
    await vectors.close();
    await helper.close();
    await source.close();
  }
}

async function* noLines(): AsyncGenerator<string> {
  // No language without a file is asked for.
}

/** Logits of a few tokens at every position. */
async function logitsOf(path: string): Promise<Float32Array> {
  const { loadTransformer, padBatch } = await import('@lexigraft/models');
  const { openDevice } = await import('@lexigraft/models/node');
  const { tf } = await openDevice('wasm');
  const source = await openModel(path);
  const model = await loadTransformer(source, { tf });
  try {
    return (await model.logits(padBatch([[5, 100, 200, 300, 17]]))).data;
  } finally {
    model.dispose();
    await source.close();
  }
}

/** Hidden states of a few tokens by layer, one list per position. */
async function statesOf(path: string, plan?: SteeringPlan): Promise<ReadonlyMap<number, readonly (readonly number[])[]>> {
  const { loadTransformer, padBatch } = await import('@lexigraft/models');
  const { openDevice } = await import('@lexigraft/models/node');
  const { tf } = await openDevice('wasm');
  const source = await openModel(path);
  const model = await loadTransformer(source, { tf, head: 'none' });
  const steered = plan === undefined ? model : model.withSteering(plan);
  try {
    const { layers, dimension } = await steered.hiddenStates(padBatch([[5, 100, 200, 300, 17]]));
    return new Map(
      [...layers].map(([layer, values]) => [
        layer,
        Array.from({ length: 5 }, (_, position) => [...values.subarray(position * dimension, (position + 1) * dimension)]),
      ]),
    );
  } finally {
    if (steered !== model) steered.dispose();
    model.dispose();
    await source.close();
  }
}

function difference(
  after: ReadonlyMap<number, readonly (readonly number[])[]>,
  before: ReadonlyMap<number, readonly (readonly number[])[]>,
  layer: number,
): number[][] {
  const plain = before.get(layer) ?? [];
  return (after.get(layer) ?? []).map((state, position) => state.map((value, index) => value - plain[position][index]));
}
