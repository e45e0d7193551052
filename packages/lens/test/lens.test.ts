import {
  compose,
  planTransfer,
  row,
  type HiddenStateReader,
  type LayerTrainingRequest,
  type MultilingualText,
  type Tokenizer,
  type TransferPlan,
} from '@lexigraft/core';
import {
  toyHiddenStates,
  toyLayerTrainer,
  toyModel,
  toySourceTokens,
  toyTexts,
  toyTokenizer,
  type ToyReading,
} from '@lexigraft/core/testing';
import { applyEdit, encodeSequences, findSubspace, lens, meanOf, probe, specificPart, type LensOptions } from '@lexigraft/lens';
import { describe, expect, it } from 'vitest';

const source = toyModel(toySourceTokens);
const { tokenizer } = source;

async function plan(
  options: LensOptions,
  {
    texts = toyTexts(60),
    hiddenStates = toyHiddenStates(),
    requests = [] as LayerTrainingRequest[],
  }: {
    texts?: MultilingualText;
    hiddenStates?: HiddenStateReader;
    requests?: LayerTrainingRequest[];
  } = {},
): Promise<TransferPlan> {
  return planTransfer({ strategy: lens(options), source, resources: { texts, hiddenStates, layerTrainer: toyLayerTrainer(requests) } });
}

function only(languages: readonly string[], lines: Readonly<Record<string, readonly string[]>> = {}): MultilingualText {
  const all = toyTexts(60);
  return {
    languages,
    lines: (language) => {
      const own = lines[language];
      return language in lines ? linesOf(own) : all.lines(language);
    },
  };
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

describe('edits', () => {
  it('add δ to states at the middle layer, so that the mean of the central language becomes that of the other', async () => {
    const { steering, vocabulary, tensors } = await plan({ language: 'de' });
    expect([vocabulary, tensors]).toEqual([undefined, undefined]);
    expect(steering?.edits.map(({ layer, basis }) => [layer, basis.columns])).toEqual([[2, 0]]);
    const means = await probe({ hiddenStates: toyHiddenStates(), tokenizer, texts: toyTexts(60), layers: [2] });
    const found = means.get(2);
    if (found === undefined || steering === undefined) throw new Error('There are no means.');
    const moved = applyEdit(steering.edits[0], meanOf(found, 'en'));
    moved.forEach((value, index) => {
      expect(value).toBeCloseTo(meanOf(found, 'de')[index], 5);
    });
  });

  it('project by a share of the specific part, with another share above', async () => {
    const { steering } = await plan({ mode: 'project', strength: 0.3, layers: [1, 2], upperStrength: -0.1 });
    expect(steering?.edits.map(({ layer, matrix }) => [layer, matrix.data[0]])).toEqual([
      [1, Math.fround(-0.3)],
      [2, Math.fround(-0.3)],
      [3, Math.fround(0.1)],
      [4, Math.fround(0.1)],
    ]);
    for (const { basis, offset } of steering?.edits ?? []) {
      expect(basis.columns).toBe(2);
      expect(offset.every((value) => value === 0)).toBe(true);
    }
  });

  it('swap the coordinates of any state for those of the language', async () => {
    const { steering } = await plan({ mode: 'swap', language: 'nl', layers: [3, 3] });
    const means = await probe({ hiddenStates: toyHiddenStates(), tokenizer, texts: toyTexts(60), layers: [3] });
    const found = means.get(3);
    if (found === undefined || steering === undefined) throw new Error('There are no means.');
    const subspace = findSubspace(found);
    const state = Float64Array.from({ length: 12 }, (_, index) => Math.sin(index));
    const swapped = specificPart(subspace, applyEdit(steering.edits[0], state));
    specificPart(subspace, meanOf(found, 'nl')).forEach((value, index) => {
      expect(swapped[index]).toBeCloseTo(value, 5);
    });
  });

  it('change nothing at strength 0', async () => {
    const state = Float64Array.from({ length: 12 }, (_, index) => Math.cos(index));
    for (const mode of ['add', 'project', 'swap'] as const) {
      const { steering } = await plan({ mode, strength: 0, language: 'de' });
      for (const edit of steering?.edits ?? []) expect([...applyEdit(edit, state)]).toEqual([...state]);
    }
  });

  it('take the middle layers of deep models where none are given: one to add, 11 to 20 of 28 otherwise', async () => {
    const deep = (): HiddenStateReader => {
      const reader = toyHiddenStates();
      return { ...reader, layers: 28 };
    };
    const layersOf = async (options: LensOptions): Promise<number[]> =>
      (await plan(options, { hiddenStates: deep() })).steering?.edits.map(({ layer }) => layer) ?? [];
    expect(await layersOf({ language: 'de' })).toEqual([14]);
    expect(await layersOf({ mode: 'project' })).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('of two languages need no word on which is meant', async () => {
    const named = await plan({ language: 'de' }, { texts: only(['en', 'de']) });
    expect(await plan({}, { texts: only(['en', 'de']) })).toEqual(named);
    await expect(plan({})).rejects.toThrow(/needs the option `language`, the language to go to: de or nl/);
  });

  it('go the other way from another central language', async () => {
    const texts = only(['en', 'de']);
    const [there, back] = [await plan({}, { texts }), await plan({ central: 'de' }, { texts })];
    const [one, other] = [there.steering?.edits[0].offset ?? [], back.steering?.edits[0].offset ?? []];
    [...one].forEach((value, index) => {
      expect(other[index]).toBeCloseTo(-value, 6);
    });
  });
});

describe('a probe', () => {
  it('reads batches of lines, the first of each language, and leaves empty ones out', async () => {
    const readings: ToyReading[] = [];
    const lines = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? '  ' : 'house'));
    const means = await probe({
      hiddenStates: toyHiddenStates(readings),
      tokenizer,
      texts: only(['en', 'de'], { en: lines }),
      textsPerLanguage: 55,
      layers: [0],
    });
    expect(readings.map(({ sequences, layers }) => [sequences.length, layers])).toEqual([
      [50, [0]],
      [5, [0]],
      [50, [0]],
      [5, [0]],
    ]);
    expect([...(means.get(0)?.counts ?? [])]).toEqual([55, 55]);
  });

  it('tells how many texts it read, of those it asked for', async () => {
    const steps: (readonly [number, number])[] = [];
    const onProgress = (done: number, total: number): number => steps.push([done, total]);
    const texts = only(['en', 'de'], { en: Array(70).fill('house'), de: Array(10).fill('house') });
    await probe({ hiddenStates: toyHiddenStates(), tokenizer, texts, onProgress });
    expect(steps).toEqual([
      [50, 600],
      [70, 600],
      [80, 600],
    ]);
  });

  it('takes no more memory for more lines than it asks for', async () => {
    let read = 0;
    const endless: MultilingualText = {
      languages: ['en', 'de'],
      async *lines() {
        for (;;) {
          read++;
          yield await Promise.resolve('house');
        }
      },
    };
    await probe({ hiddenStates: toyHiddenStates(), tokenizer, texts: endless, textsPerLanguage: 7 });
    expect(read).toBe(14);
  });

  it('cuts the text and never what stands around it', async () => {
    const long = 'house house house house house house';
    const specials = (await encodeSequences(tokenizer, [long, 'tree'], { maximumTokens: 5 })).map((ids) => Array.from(ids));
    const [start, end] = [toySourceTokens.indexOf('[CLS]'), toySourceTokens.indexOf('[SEP]')];
    const [house, tree] = [toySourceTokens.indexOf('house'), toySourceTokens.indexOf('tree')];
    expect(specials).toEqual([
      [start, house, house, house, end],
      [start, tree, end],
    ]);
    const framed = await encodeSequences(tokenizer, [long], { maximumTokens: 5, before: 'the', after: 'is the' });
    const [the, is] = [toySourceTokens.indexOf('the'), toySourceTokens.indexOf('is')];
    expect(Array.from(framed[0])).toEqual([the, house, house, is, the]);
    await expect(encodeSequences(tokenizer, [long], { maximumTokens: 3, before: 'the', after: 'is the' })).rejects.toThrow(
      /has 3 tokens already/,
    );
  });

  it('asks for the pooling and the length it was given, but for no more than the model takes', async () => {
    const readings: ToyReading[] = [];
    await plan(
      { language: 'de', pooling: 'mean', maximumTokens: 1000 },
      { hiddenStates: { ...toyHiddenStates(readings), maximumLength: 3 } },
    );
    expect(readings.every(({ pooling }) => pooling === 'mean')).toBe(true);
    expect(Math.max(...readings.flatMap(({ sequences }) => sequences.map(({ length }) => length)))).toBe(3);
  });
});

describe('training', () => {
  it('asks for the last blocks, parallel lines and displacements in the span of the specific part', async () => {
    const requests: LayerTrainingRequest[] = [];
    const made = await plan({ mode: 'train', trainedLayers: 1, examples: 5, displacement: 2, retain: 3, pull: 0.5 }, { requests });
    expect(made.steering).toBeUndefined();
    expect([...(made.tensors?.keys() ?? [])]).toEqual(['layer.3.bias']);
    const [request] = requests;
    expect([...request.sequences].map(([language, { length }]) => [language, length])).toEqual([
      ['en', 5],
      ['de', 5],
      ['nl', 5],
    ]);
    expect([request.trainedLayers, request.retain, request.pull, request.specific.columns]).toEqual([1, 3, 0.5, 2]);
    const means = await probe({ hiddenStates: toyHiddenStates(), tokenizer, texts: toyTexts(60), layers: [4] });
    const found = means.get(4);
    if (found === undefined) throw new Error('There are no means.');
    const [de, en] = [meanOf(found, 'de'), meanOf(found, 'en')];
    request.displacements.get('de')?.forEach((value, index) => {
      expect(value).toBeCloseTo(2 * (de[index] - en[index]), 4);
    });
    expect(Math.hypot(...request.agnostic)).toBeCloseTo(1, 6);
    for (let i = 0; i < request.specific.columns; i++)
      expect(Array.from({ length: 12 }, (_, c) => row(request.specific, c)[i] * request.agnostic[c]).reduce((a, b) => a + b)).toBeCloseTo(
        0,
        6,
      );
  });

  it('keeps lines side by side: one that is empty in any language is left out in all, so line i still says what line i says', async () => {
    const requests: LayerTrainingRequest[] = [];
    const lines = { en: ['house', 'tree', '', 'is', 'the', ' '], de: ['house', ' ', 'tree', 'is', 'the'] };
    await plan({ mode: 'train', maximumTokens: 5 }, { texts: only(['en', 'de'], lines), requests });
    const [en, de] = ['en', 'de'].map((language) => (requests[0].sequences.get(language) ?? []).map((ids) => Array.from(ids)[1]));
    expect(en).toEqual(['house', 'is', 'the'].map((word) => toySourceTokens.indexOf(word)));
    expect(de).toEqual(en);
  });

  it('moves only the language named', async () => {
    const requests: LayerTrainingRequest[] = [];
    await plan({ mode: 'train', language: 'nl' }, { requests });
    expect([...requests[0].sequences.keys()]).toEqual(['en', 'nl']);
  });

  it('needs parallel lines, blocks that exist, and says when nothing was reached', async () => {
    await expect(plan({ mode: 'train' }, { texts: only(['en', 'de'], { de: ['haus', 'baum'] }) })).rejects.toThrow(
      /the texts of `de` end after line 2, those of `en` go on/,
    );
    await expect(plan({ mode: 'train' }, { texts: only(['en', 'de'], { en: ['house', ''], de: ['house', 'tree'] }) })).rejects.toThrow(
      /trains on 2 parallel lines or more; of en, de there is 1/,
    );
    await expect(plan({ mode: 'train', trainedLayers: 5 })).rejects.toThrow(/the model has 4/);
    const idle = toyLayerTrainer();
    const { warnings } = await planTransfer({
      strategy: lens({ mode: 'train' }),
      source,
      resources: {
        texts: toyTexts(60),
        hiddenStates: toyHiddenStates(),
        layerTrainer: {
          ...idle,
          train: async (request) => ({ ...(await idle.train(request)), after: { retain: 0, specific: 2, agnostic: 0 } }),
        },
      },
    });
    expect(warnings.map(({ code }) => code)).toContain('not-trained');
  });
});

describe('what can go wrong', () => {
  it.each<[LensOptions, RegExp]>([
    [{ mode: 'push' as 'add' }, /'add' or 'project' or 'swap' or 'train'/],
    [{ layers: [3, 2] }, /two whole numbers/],
    [{ rank: 0 }, /`rank`/],
    [{ trainedLayers: 2 } as LensOptions, /no option `trainedLayers`/],
    [{ mode: 'train', strength: 1 } as LensOptions, /no option `strength`/],
  ])('is told when the strategy is made: %j', (options, message) => {
    expect(() => lens(options)).toThrow(message);
  });

  it.each<[LensOptions, RegExp]>([
    [{ language: 'fr' }, /'fr'; there are texts of en, de, nl/],
    [{ language: 'en' }, /central language 'en' itself/],
    [{ mode: 'project', layers: [3, 5] }, /ends at 5; the model has hidden states 0 to 4/],
    [{ mode: 'project', layers: [2, 3], upperLayers: [3, 4], upperStrength: 0.1 }, /both hold 3/],
  ])('is told by the plan: %j', async (options, message) => {
    await expect(plan(options)).rejects.toThrow(message);
  });

  it('are texts of one language, of one language twice, or of none', async () => {
    await expect(plan({}, { texts: only(['en']) })).rejects.toThrow(/two or more .*it has en alone/);
    await expect(plan({ language: 'de' }, { texts: only(['en', 'de', 'de']) })).rejects.toThrow(/names `de` twice/);
    await expect(plan({}, { texts: only(['en', 'de'], { de: ['', ' '] }) })).rejects.toThrow(/no text of `de`/);
  });

  it('are texts of a language that the tokenizer cannot write, at all or in part', async () => {
    const texts = (lines: readonly string[]): MultilingualText => only(['en', 'am'], { en: Array(60).fill('house'), am: lines });
    await expect(plan({}, { texts: texts(['ሰላም ሰላም', 'ቤት house', 'ዛፍ']) })).rejects.toThrow(
      /cannot write `am`: 80 % of the tokens of its texts are \[UNK\]/,
    );
    const { warnings } = await plan({}, { texts: texts(Array(60).fill('house house tree ቤት')) });
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('am (25 %)')]);
  });

  it('are texts without a token, and hidden states that are no numbers', async () => {
    // A tokenizer without special tokens, to which a zero-width space is nothing.
    const silent: Tokenizer = {
      ...tokenizer,
      encodeBatch: (lines) => tokenizer.encodeBatch(lines.map((line) => (line === '\u200b' ? '' : line))),
    };
    const texts = (own: readonly string[]): MultilingualText => only(['en', 'de'], { en: own, de: ['house', 'house', 'house'] });
    const request = { hiddenStates: toyHiddenStates(), tokenizer: silent };
    await expect(probe({ ...request, texts: texts(['\u200b', '\u200b']) })).rejects.toThrow(/no text of `en`/);
    const means = await probe({ ...request, texts: texts(['\u200b', 'house', '\u200b']) });
    expect([...(means.get(0)?.counts ?? [])]).toEqual([1, 3]);
    const training = planTransfer({
      strategy: lens({ mode: 'train' }),
      source: { ...source, tokenizer: silent },
      resources: { texts: texts(['house', '\u200b', 'house']), hiddenStates: toyHiddenStates(), layerTrainer: toyLayerTrainer() },
    });
    await expect(training).rejects.toThrow(/makes no token of the line "\u200b" of `en`/);
    const broken: HiddenStateReader = {
      ...toyHiddenStates(),
      read: async (sequences, options) => {
        const states = await toyHiddenStates().read(sequences, options);
        for (const { data } of states.values()) data[3] = NaN;
        return states;
      },
    };
    await expect(plan({ language: 'de' }, { hiddenStates: broken })).rejects.toThrow(/hidden state of `en` holds NaN/);
  });

  it('is warned of: few texts, languages that are alike', async () => {
    const few = await plan({ language: 'de' }, { texts: toyTexts(6) });
    expect(few.warnings.map(({ code }) => code)).toEqual(['unknown-tokens', 'few-texts']);
    const alike = await plan({ language: 'nl' }, { texts: only(['en', 'de', 'nl'], { de: ['house'], nl: ['house'] }) });
    expect(alike.warnings.map(({ code }) => code)).toEqual(['few-texts', 'low-rank', 'same-means']);
  });
});

it('composes: edits of both, one after the other', async () => {
  const { steering } = await planTransfer({
    strategy: compose(lens({ language: 'de' }), lens({ mode: 'project', layers: [1, 1] })),
    source,
    resources: { texts: toyTexts(60), hiddenStates: toyHiddenStates() },
  });
  expect(steering?.edits.map(({ layer, basis }) => [layer, basis.columns])).toEqual([
    [2, 0],
    [1, 2],
  ]);
});

it('asks for a trainer only where it trains', () => {
  expect(lens().needs).toEqual(['hiddenStates', 'texts']);
  expect(lens({ mode: 'train' }).needs).toEqual(['hiddenStates', 'texts', 'layerTrainer']);
  expect(toyTokenizer(toySourceTokens).vocabulary.size).toBe(toySourceTokens.length);
});
