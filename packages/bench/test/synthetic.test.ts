import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLexicon, openTokenizer, openWordVectors } from '@lexigraft/checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deriveLanguage,
  scoreBagOfWords,
  sourceDesign,
  targetDesigns,
  trainTokenizer,
  writeWorld,
  type NliItem,
  type World,
} from '../src/index.ts';

const sizes = { text: 1500, heldOut: 50, parallel: 300, training: 6000, validation: 50, test: 600, dimension: 16 };

const readItems = async (path: string): Promise<NliItem[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as NliItem);
const readLines = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).trim().split('\n');

async function digestFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const content = await readFile(join(folder, name)).catch(() => undefined);
    if (content !== undefined) hash.update(name).update(content);
  }
  return hash.digest('hex');
}

describe('writeWorld', () => {
  let folder: string;
  let world: World;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'world-'));
    world = await writeWorld({ folder: join(folder, 'one'), sizes });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('writes the same bytes for the same seed, and others for another', async () => {
    await writeWorld({ folder: join(folder, 'again'), sizes });
    await writeWorld({ folder: join(folder, 'other'), sizes, seed: 1 });
    const [one, again, other] = await Promise.all(['one', 'again', 'other'].map((name) => digestFolder(join(folder, name))));
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it('keeps premises of the tests out of the training', async () => {
    const trained = new Set((await readItems(world.source.nliTraining)).map(({ premise }) => premise));
    const tested = [...(await readItems(world.source.nliTest)), ...(await readItems(world.source.nliValidation))];
    // Order is drawn anew in each sentence, so a premise may be said alike by chance of another meaning; none is here.
    expect(tested.filter(({ premise }) => trained.has(premise))).toEqual([]);
  });

  it('says the same in every language: labels agree item by item', async () => {
    const labels = await Promise.all(
      [world.source, ...world.targets].map(async ({ nliTest }) => (await readItems(nliTest)).map(({ label }) => label)),
    );
    for (const list of labels) expect(list).toEqual(labels[0]);
  });

  it('has labels that a bag of words does not find', async () => {
    const { accuracy, n } = scoreBagOfWords(await readItems(world.source.nliTraining), await readItems(world.source.nliTest));
    expect(n).toBe(600);
    expect(accuracy).toBeLessThan(0.46);
    expect(accuracy).toBeGreaterThan(0.25);
  });

  it('has tokenizers of three kinds that cut its text without an unknown token and give it back', async () => {
    const kinds = new Set<string>();
    for (const language of [world.source, ...world.targets]) {
      const tokenizer = await openTokenizer(language.tokenizer);
      kinds.add(tokenizer.vocabulary.kind);
      const lines = await readLines(language.heldOut);
      const { ids } = await tokenizer.encodeBatch(lines);
      expect(ids.includes(tokenizer.vocabulary.roles.unknown ?? -1)).toBe(false);
      const { textOffsets, ids: all } = await tokenizer.encodeBatch(lines);
      const decoded = await tokenizer.decodeBatch(lines.map((_, line) => all.subarray(textOffsets[line], textOffsets[line + 1])));
      expect(decoded).toEqual(lines);
    }
    expect(kinds.size).toBe(3);
  });

  it('has word lists and vectors that the readers of the project take, and tests words that are not listed', async () => {
    for (const language of world.targets) {
      const [listed, tested] = [await openLexicon(language.lexicon), await openLexicon(language.lexiconTest)];
      const known = new Set(listed.pairs.map(({ source, target }) => `${source} ${target}`));
      expect(tested.pairs.filter(({ source, target }) => known.has(`${source} ${target}`))).toEqual([]);
      expect(tested.pairs.length / (listed.pairs.length + tested.pairs.length)).toBeCloseTo(0.2, 2);
      expect(tested.pairs.filter(({ source }) => ['some', 'every', 'no', 'not'].includes(source))).toEqual([]);
      expect(listed.pairs.map(({ source }) => source)).toEqual(expect.arrayContaining(['some', 'every', 'no']));
      const vectors = await openWordVectors(language.vectors);
      expect(vectors.dimension).toBe(16);
      const words = new Set(vectors.words);
      const found = listed.pairs.filter(({ target }) => words.has(target)).length / listed.pairs.length;
      expect(found).toBeGreaterThan(0.8);
      await vectors.close();
    }
  });

  it('has sentence pairs to test on that are not among those to work with', async () => {
    for (const { parallel, parallelTest, heldOut } of world.targets) {
      const [known, tested] = [new Set(await readLines(parallel)), await readLines(parallelTest)];
      expect(tested).toHaveLength((await readLines(heldOut)).length);
      expect(new Set(tested).size).toBe(tested.length);
      expect(tested.filter((pair) => known.has(pair))).toEqual([]);
    }
  });

  it('knows what every stretch of a translated sentence stands for', async () => {
    for (const { gold, parallel } of world.targets) {
      const pairs = await readLines(parallel);
      const sentences = (await readLines(gold)).map((line) => JSON.parse(line) as { source: Said; target: Said });
      sentences.forEach(({ source, target }, index) => {
        expect(`${source.text}\t${target.text}`).toBe(pairs[index]);
        const places = (said: Said): string[] => [...new Set(said.segments.map(({ place }) => place))].sort();
        expect(places(target)).toEqual(places(source));
        for (const { text, segments } of [source, target]) {
          const covered = segments.map(({ start, end }) => text.slice(start, end)).join('');
          expect(covered).toBe(text.replaceAll(' ', ''));
        }
      });
    }
  });
});

interface Said {
  readonly text: string;
  readonly segments: readonly { readonly start: number; readonly end: number; readonly place: string }[];
}

describe('deriveLanguage', () => {
  it('shares words as often as its design says, and writes in its script', () => {
    const [near, far] = targetDesigns.map((design) => deriveLanguage(design, 0));
    const source = deriveLanguage(sourceDesign, 0);
    const share = [...near.words].filter(([id, words]) => words.includes(id)).length / near.words.size;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.45);
    expect([...source.words].every(([id, words]) => words.length === 1 && words[0] === id)).toBe(true);
    expect([...far.words].filter(([, words]) => /^[\u10D0-\u10FF]+$/.test(words[0])).length).toBe(far.words.size - 6);
  });

  it('has words of two meanings and meanings of two words', () => {
    const { words } = deriveLanguage(targetDesigns[1], 0);
    const first = [...words.values()].map(([word]) => word);
    expect(new Set(first).size).toBeLessThan(first.length);
    expect([...words.values()].some((list) => list.length === 2)).toBe(true);
  });

  it('refuses a share that is none, naming it', () => {
    expect(() => deriveLanguage({ ...sourceDesign, synonyms: 2 }, 0)).toThrow('`synonyms` of language source must be from 0 to 1');
  });
});

describe('trainTokenizer', () => {
  it.each(['wordpiece', 'bpe', 'unigram'] as const)('depends on how often words occur and not on their order: %s', (kind) => {
    const texts = ['low lower lowest', 'new newer newest', 'low new low'];
    expect(trainTokenizer([...texts].reverse(), kind, 60)).toEqual(trainTokenizer(texts, kind, 60));
  });

  it('joins the commonest pair first', () => {
    const { model } = trainTokenizer(['aab aab aab ac'], 'bpe', 40)['tokenizer.json'] as { model: { merges: string[][] } };
    expect(model.merges[0]).toEqual(['▁', 'a']);
    // `a b` and `▁a a` occur as often: the one that comes first in code points wins.
    expect(model.merges[1]).toEqual(['a', 'b']);
  });
});
