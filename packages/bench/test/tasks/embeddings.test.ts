import { buildVocabulary, createMixtureBuilder, RowOrigin, type TokenMixture } from '@lexigraft/core';
import type { Transformer } from '@lexigraft/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTask, type TextSide } from '../../src/index.ts';
import { byteSide } from '../../src/tasks/encoding/byte-side.ts';
import { load, subjectOf, surroundings, tinyBert } from './tiny-world.ts';

const context = surroundings();
const source = tinyBert('masked');
let model: Transformer;

beforeAll(async () => {
  model = await load(source);
});
afterAll(() => {
  model.dispose();
});

/** Every token takes the row of the token `shift` further on, but for special ones. */
function shifted(shift: number): TokenMixture {
  const builder = createMixtureBuilder({ rows: 260, columns: 260, sampling: { distribution: 'normal', scale: 1 } });
  for (let id = 0; id < 260; id++) {
    if (id < 4) builder.setCopied(id, id, RowOrigin.role);
    else if (id === 100) builder.setSampled(id);
    else builder.setMixed(id, [4 + ((id - 4 + shift) % 256)], [1]);
  }
  return builder.build();
}

/** A byte-level vocabulary of these tokens; a text that is none of them is unknown. */
function byteLevelSide(tokens: readonly string[]): TextSide {
  const all = ['<unk>', ...tokens, ...Array.from({ length: 259 - tokens.length }, (_, index) => `filler${index}`)];
  const encode = (texts: readonly string[]) => ({
    textOffsets: Uint32Array.from({ length: texts.length + 1 }, (_, text) => text),
    ids: Uint32Array.from(texts, (text) => Math.max(0, all.indexOf(text.replaceAll(' ', 'Ġ')))),
    starts: new Uint32Array(texts.length),
    ends: Uint32Array.from(texts, ({ length }) => length),
  });
  return {
    ...byteSide(),
    tokenizer: {
      vocabulary: buildVocabulary({ kind: 'byte-bpe', tokens: all, specialIds: [0], roles: { unknown: 0 } }),
      encodeBatch: (texts) => Promise.resolve(encode(texts)),
      decodeBatch: (lists) => Promise.resolve(lists.map((ids) => Array.from(ids, (id) => all[id]).join(''))),
    },
  };
}

describe('retrieval', () => {
  it('finds a sentence that is its own translation, and not one that is scrambled', async () => {
    const texts = ['the dog sleeps', 'a cat', 'apples and pears are green', 'no', 'where is it?'];
    const task = createTask('retrieval', { layer: 1 });
    const evaluate = async (pairs: readonly (readonly [string, string])[]) => {
      const corpus = {
        async *pairs() {
          for (const pair of pairs) yield await Promise.resolve(pair);
        },
      };
      const data = await task.load({ ...context, datasets: { parallel: corpus } });
      return task.evaluate({ ...context, data, subject: subjectOf(source, model, 'masked') });
    };
    const same = await evaluate(texts.map((text) => [text, text]));
    expect(same.metrics.map(({ id, value }) => [id, value])).toEqual([
      ['acc', 1],
      ['acc-reverse', 1],
      ['acc-centred', 1],
    ]);
    expect(same.facts).toMatchObject({ layer: 1, candidates: 5 });
    const rotated = await evaluate(texts.map((text, i) => [text, texts[(i + 1) % texts.length]]));
    expect(rotated.metrics[0].value).toBe(0);
    // The first pair twice: each of the two sentences is the other's text.
    const twice = await evaluate([texts[0], ...texts].map((text) => [text, text]));
    expect(twice.metrics.map(({ value }) => value)).toEqual([1, 1, 1]);
  });

  it('says how many sentences were cut', async () => {
    const task = createTask('retrieval', { layer: 1, maximumLength: 8 });
    const data = [
      ['longer than eight', 'kurz'],
      ['short', 'auch zu lang'],
      ['no', 'zu lang auch das'],
    ];
    const { facts } = await task.evaluate({ ...context, data, subject: subjectOf(source, model, 'masked') });
    expect(facts).toMatchObject({ truncated: 2, sourceTruncated: 1 });
  });
});

describe('lexicon', () => {
  const lexicon = {
    pairs: ['a', 'b', 'c', 'dd'].map((word) => ({ source: word, target: String.fromCharCode(word.charCodeAt(0) + 1), weight: 1 })),
  };

  it('asks which source token weighs most, and which source row is nearest', async () => {
    const task = createTask('lexicon');
    const data = await task.load({ ...context, datasets: { lexicon } });
    // The row of b is that of a, its translation, and so on; a word of two tokens is not asked about.
    const recipe = shifted(255);
    const moved = await model.withEmbeddings({ input: recipe, target: byteSide().tokenizer.vocabulary });
    const right = await task.evaluate({
      ...context,
      data,
      subject: subjectOf(source, model, 'masked', { recipe, model: () => Promise.resolve(moved) }),
    });
    expect(right.metrics.map(({ id, value, n }) => [id, value, n])).toEqual([
      ['acc', 1, 3],
      ['nearest-acc', 1, 3],
    ]);
    const untouched = await task.evaluate({ ...context, data, subject: subjectOf(source, model, 'masked') });
    expect(untouched.metrics.map(({ id, value }) => [id, value])).toEqual([['nearest-acc', 0]]);
    moved.dispose();
  });

  it('asks a byte-level vocabulary about a word as it stands in text, and takes either form of its translation', async () => {
    const animals = byteLevelSide(['dog', 'Ġdog', 'cat', 'Ġcat', 'Ġhen', 'Ġ', 'cow']);
    const target = byteLevelSide(['Hund', 'ĠHund', 'ĠKatze', 'Ġ', 'Huhn', 'ĠKuh']);
    const idOf = (side: TextSide, token: string): number => side.tokenizer.vocabulary.tokens.indexOf(token);
    const builder = createMixtureBuilder({ rows: 260, columns: 260, sampling: { distribution: 'normal', scale: 1 } });
    // The bare `Hund` has another row, which nobody asks about; `Huhn` has a bare token alone.
    const rows = [
      ['ĠHund', 'Ġdog'],
      ['ĠKatze', 'cat'],
      ['Huhn', 'Ġhen'],
      ['ĠKuh', 'Ġdog'],
    ];
    const copies = new Map(rows.map(([to, from]) => [idOf(target, to), idOf(animals, from)]));
    for (let id = 0; id < 260; id++) {
      const from = copies.get(id);
      if (from === undefined) builder.setSampled(id);
      else builder.setMixed(id, [from], [1]);
    }
    const words = [
      ['dog', 'Hund'],
      ['cat', 'Katze'],
      ['hen', 'Huhn'],
      ['cow', 'Kuh'],
    ];
    const data = { pairs: words.map(([from, to]) => ({ source: from, target: to, weight: 1 })) };
    const subject = subjectOf(source, model, 'masked', { recipe: builder.build(), source: animals, target });
    const { metrics } = await createTask('lexicon').evaluate({ ...context, data, subject });
    expect(metrics[0]).toMatchObject({ id: 'acc', n: 4, outcomes: { values: [1, 1, 1, 0] } });
  });

  it('has nothing to ask when no word is one token on both sides', async () => {
    const task = createTask('lexicon');
    const data = { pairs: [{ source: 'dog', target: 'Hund', weight: 1 }] };
    await expect(task.evaluate({ ...context, data, subject: subjectOf(source, model, 'masked') })).rejects.toMatchObject({
      code: 'empty-input',
    });
  });
});

describe('fertility, coverage and cost', () => {
  const heldOut = {
    async *lines() {
      yield await Promise.resolve('ab cd');
      yield 'é';
    },
  };

  it('count tokens per byte and per word', async () => {
    const task = createTask('fertility');
    const data = await task.load({ ...context, datasets: { heldOut } });
    const { metrics, facts } = await task.evaluate({ ...context, data, subject: subjectOf(source, model, 'masked') });
    expect(metrics.map(({ id, value }) => [id, value])).toEqual([
      ['tokens-per-byte', 1],
      ['tokens-per-word', 7 / 3],
      ['source-tokens-per-byte', 1],
    ]);
    expect(facts).toMatchObject({ unknownShare: 0 });
  });

  it('count rows and running tokens by their origin', async () => {
    const task = createTask('coverage');
    const data = await task.load({ ...context, datasets: { heldOut } });
    const subject = subjectOf(source, model, 'masked', { recipe: shifted(1) });
    const { metrics, facts } = await task.evaluate({ ...context, data, subject });
    // Token 100 is the letter `, which the text does not hold.
    expect(Object.fromEntries(metrics.map(({ id, value }) => [id, value]))).toEqual({
      'covered-running': 1,
      'copied-running': 0,
      covered: 259 / 260,
      copied: 4 / 260,
    });
    expect(facts?.rows).toMatchObject({ role: 4, mixed: 255, sampled: 1 });
  });

  it('tell what the model cost', async () => {
    const cost = {
      stages: [
        { stage: 'plan', seconds: 2, peakBytes: 10 },
        { stage: 'apply', seconds: 1, peakBytes: 30 },
      ],
      bytesWritten: 7,
    };
    const task = createTask('cost');
    const { metrics } = await task.evaluate({ ...context, data: null, subject: subjectOf(source, model, 'masked', { cost }) });
    expect(Object.fromEntries(metrics.map(({ id, value }) => [id, value]))).toEqual({
      seconds: 3,
      'peak-bytes': 30,
      'bytes-written': 7,
      'seconds-plan': 2,
      'seconds-apply': 1,
    });
    expect(task.measuresProcess).toBe(true);
  });

  it('tell what the model cost without its memory, which then needs no process of its own', async () => {
    const task = createTask('cost', { memory: false });
    const cost = { stages: [{ stage: 'plan', seconds: 2, peakBytes: 10 }] };
    const { metrics } = await task.evaluate({ ...context, data: null, subject: subjectOf(source, model, 'masked', { cost }) });
    expect(metrics.map(({ id }) => id)).toEqual(['seconds', 'seconds-plan']);
    expect(task.measuresProcess).toBe(false);
  });
});
