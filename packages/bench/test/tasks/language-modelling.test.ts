import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transformer } from '@lexigraft/models';
import { createTask } from '../../src/index.ts';
import { byteSide } from '../../src/tasks/encoding/byte-side.ts';
import { keptLengths } from '../../src/tasks/encoding/encode-sequences.ts';
import { unfinishedWarning } from '../../src/tasks/language-modelling/data-transfer-result.ts';
import { freshModel, inputsOf } from '../../src/tasks/language-modelling/scratch-model.ts';
import { textLosses } from '../../src/tasks/language-modelling/text-losses.ts';
import { takeTrainingText } from '../../src/tasks/language-modelling/train-language.ts';
import { cutWindows } from '../../src/tasks/language-modelling/windows.ts';
import { load, subjectOf, surroundings, tinyBert, tinyLlama } from './tiny-world.ts';

const context = surroundings();
const heldOut = ['Der Hund schläft.', 'Die Katze auch.', 'Äpfel sind rot, Birnen grün.'];
const lines = Array.from({ length: 60 }, (_, i) => `Satz ${i}: der Hund und die Katze und die Äpfel.`);
const plainText = (texts: readonly string[]) => ({
  async *lines() {
    for (const text of texts) yield await Promise.resolve(text);
  },
});

let llama: Transformer;
let bert: Transformer;

beforeAll(async () => {
  llama = await load(tinyLlama());
  bert = await load(tinyBert('masked'));
});
afterAll(() => {
  llama.dispose();
  bert.dispose();
});

describe('byteSide', () => {
  it('gives every byte a token, covers the text it stands for, and comes back', async () => {
    const { tokenizer } = byteSide();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), async (texts) => {
        const { textOffsets, ids, starts, ends } = await tokenizer.encodeBatch(texts);
        texts.forEach((text, i) => {
          const [from, to] = [textOffsets[i], textOffsets[i + 1]];
          expect(to - from).toBe(Buffer.byteLength(text));
          for (let at = from; at < to; at++) expect(starts[at]).toBeLessThan(ends[at]);
          if (to > from) expect(ends[to - 1]).toBe(text.length);
        });
        expect(await tokenizer.decodeBatch(texts.map((_, i) => ids.subarray(textOffsets[i], textOffsets[i + 1])))).toEqual(texts);
      }),
    );
  });
});

describe('cutWindows', () => {
  it('scores every token once, within the room, with half of it as context', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300)), fc.integer({ min: 2, max: 64 }), (lengths, room) => {
        const seen = lengths.map((length) => new Uint8Array(length));
        for (const { text, start, end, scoredFrom } of cutWindows(lengths, room)) {
          expect(end - start).toBeLessThanOrEqual(room);
          if (scoredFrom > 0) expect(scoredFrom - start).toBeGreaterThanOrEqual(Math.floor(room / 2));
          for (let token = scoredFrom; token < end; token++) seen[text][token]++;
        }
        expect(seen.every((tokens) => tokens.every((times) => times === 1))).toBe(true);
      }),
    );
  });
});

describe('keptLengths', () => {
  it('cuts token by token from the longer side, from the second of equals', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 80 }), (first, second, room) => {
        let [a, b] = [first, second];
        while (a + b > room)
          if (a > b) a--;
          else b--;
        expect(keptLengths(first, second, room)).toEqual([a, b]);
      }),
    );
  });
});

describe('textLosses', () => {
  it("adds up the causal model's scores after the start token", async () => {
    const side = byteSide();
    const { nats, tokens } = await textLosses(llama, side, heldOut, { masking: 'strided', maximumLength: 64 }, context);
    for (const [text, line] of heldOut.entries()) {
      const bytes = [...Buffer.from(line)];
      const { logLikelihoods } = await llama.logLikelihoods([{ context: [1], continuation: bytes.map((byte) => byte + 4) }]);
      expect(nats[text]).toBeCloseTo(-logLikelihoods[0], 3);
    }
    expect(tokens).toBe(heldOut.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  });

  it('is the sum of single masked tokens one by one, and hides one in seven in strides', async () => {
    const side = byteSide();
    const ids = heldOut.map((text) => [1, ...[...Buffer.from(text)].map((byte) => byte + 4), 2]);
    const { offsets, logLikelihoods } = await bert.pseudoLogLikelihoods(ids, { maskId: 3, skipIds: new Set([0, 1, 2, 3]) });
    const { nats } = await textLosses(bert, side, heldOut, { masking: 'one-by-one', maximumLength: 64 }, context);
    heldOut.forEach((_, text) => {
      const expected = -logLikelihoods.subarray(offsets[text], offsets[text + 1]).reduce((sum, value) => sum + value, 0);
      expect(nats[text]).toBeCloseTo(expected, 3);
    });
    const strided = await textLosses(bert, side, heldOut, { masking: 'strided', maximumLength: 64 }, context);
    expect(strided.nats.every((value) => value > 0)).toBe(true);
    expect(strided.nats).not.toEqual(nats);
  });
});

describe('bits per byte', () => {
  it('are ln 260 / ln 2 for a model that knows nothing: it is the text that is divided by, not its tokens', async () => {
    const flat = await load(tinyLlama());
    flat.writeParameter('lm_head.weight', new Float32Array(260 * 16));
    const task = createTask('bits-per-byte');
    const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut) } });
    const { metrics, facts } = await task.evaluate({ ...context, data, subject: subjectOf(tinyLlama(), flat, 'causal') });
    expect(metrics[0].value).toBeCloseTo(Math.log2(260), 4);
    expect(metrics[0].outcomes?.weights).toEqual(heldOut.map((text) => Buffer.byteLength(text)));
    expect(facts).toMatchObject({ likelihood: 'exact', unknownShare: 0 });
    flat.dispose();
  });

  it('are not to be had from a classifier', async () => {
    const task = createTask('bits-per-byte');
    await expect(
      task.evaluate({ ...context, data: heldOut, subject: subjectOf(tinyLlama(), llama, 'classification') }),
    ).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });
});

describe('takeTrainingText', () => {
  it('stops at the budget and leaves held-out lines out, whatever their case', async () => {
    const text = await takeTrainingText(plainText(['der hund schläft', 'eins', 'zwei', 'drei']), 8, heldOut, context.signal);
    expect(text).toEqual({ lines: ['eins', 'zwei'], bytes: 8, leftOut: 1 });
  });
});

describe('adaptation', () => {
  it.each([
    ['causal', tinyLlama(), 'all'],
    ['masked', tinyBert('masked'), '2x2'],
    ['causal', tinyLlama(), 'embeddings'],
  ] as const)(
    'lowers the bits per byte of a %s model that learns',
    async (kind, source, trainable) => {
      const task = createTask('adaptation', { bytes: 6000, looks: 3, learningRate: 0.02, trainable, batchSize: 8 });
      const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } });
      const subject = subjectOf(source, kind === 'causal' ? llama : bert, kind);
      const { metrics, curves } = await task.evaluate({ ...context, data, subject });
      const points = curves?.[0].points ?? [];
      const [area, end, start] = metrics.map(({ value }) => value ?? Number.NaN);
      expect(points[0]).toMatchObject({ x: 0, y: start });
      expect(points.at(-1)?.x).toBeGreaterThanOrEqual(6000);
      expect(points.length).toBeGreaterThanOrEqual(3);
      expect(end).toBeLessThan(start - 0.3);
      expect(area).toBeGreaterThan(end);
      expect(area).toBeLessThan(start);
      expect(metrics[0].outcomes?.values).toHaveLength(3);
    },
    120_000,
  );

  it('is the same for the same seed', async () => {
    const task = createTask('adaptation', { bytes: 1500, looks: 1, batchSize: 8 });
    const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } });
    const run = async () => (await task.evaluate({ ...context, data, subject: subjectOf(tinyLlama(), llama, 'causal') })).metrics[1].value;
    expect(await run()).toBe(await run());
  }, 60_000);

  it('needs text that is not held out', async () => {
    const task = createTask('adaptation');
    await expect(task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(heldOut) } })).rejects.toMatchObject({
      code: 'empty-input',
    });
  });
});

describe('freshModel', () => {
  it('knows nothing of its pattern but its build', async () => {
    const pattern = await load(tinyLlama());
    const kept = await pattern.readParameter('model.layers.0.mlp.up_proj.weight');
    const { model, dispose } = await freshModel(pattern, 300, 1);
    expect(model.config.vocabularySize).toBe(300);
    const now = await model.readParameter('model.layers.0.mlp.up_proj.weight');
    expect(now.shape).toEqual(kept.shape);
    expect(now.data).not.toEqual(kept.data);
    expect([...(await model.readParameter('model.norm.weight')).data]).toEqual(Array.from({ length: 16 }, () => 1));
    dispose();
  });
});

describe('inputsOf', () => {
  it('are the columns of a matrix, but the rows where GPT-2 stores it turned', () => {
    expect(inputsOf('model.layers.0.mlp.up_proj.weight', [24, 16], 'llama')).toBe(16);
    expect(inputsOf('h.0.mlp.c_fc.weight', [16, 64], 'gpt2')).toBe(16);
    expect(inputsOf('transformer.h.11.mlp.c_proj.weight', [64, 16], 'gpt2')).toBe(64);
    expect(inputsOf('h.0.attn.c_attn.weight', [16, 48], 'gpt2')).toBe(16);
    expect(inputsOf('score.weight', [3, 16], 'gpt2')).toBe(16);
  });

  it('decide how far the fresh weights of a layer lie apart', async () => {
    const name = 'h.0.mlp.c_fc.weight';
    const shape = [16, 1024];
    const deviationOf = async (modelType: string): Promise<number> => {
      let drawn = new Float32Array();
      const pattern = {
        config: { inputEmbedding: 'wte.weight', outputHead: 'wte.weight', dimension: 16, modelType },
        parameters: new Map([[name, {}]]),
        layouts: new Map([[name, { shape }]]),
        writeParameter: (_: string, values: Float32Array<ArrayBuffer>) => (drawn = values),
        withEmbeddings: () => Promise.resolve({}),
      };
      await freshModel(pattern as unknown as Transformer, 4, 0);
      return Math.sqrt(drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length);
    };
    expect(await deviationOf('gpt2')).toBeCloseTo(1 / 4, 1);
    expect(await deviationOf('llama')).toBeCloseTo(1 / 32, 2);
  });
});

describe('data transfer', () => {
  it('warns where training used its passes before held-out text had stopped gaining', () => {
    const [used, done] = [{ ended: 'all-passes-used' }, { ended: 'no-further-gain' }] as const;
    expect(unfinishedWarning([{ bytes: 300, ...done }], done, 10)).toEqual([]);
    const [{ code, message }] = unfinishedWarning(
      [
        { bytes: 300, ...done },
        { bytes: 600, ...used },
        { bytes: 1200, ...used },
      ],
      used,
      10,
    );
    expect(code).toBe('training-unfinished');
    expect(message).toContain('Training of the transferred model and from nothing on 600, 1200 bytes ended with its 10 passes');
  });

  it('says of each training why it ended', async () => {
    const options = { bytes: 300, sizes: [300, 600], patience: 1, batchSize: 4 };
    const evaluate = async (more: Readonly<Record<string, number>>) => {
      const task = createTask('data-transfer', { ...options, ...more });
      const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } });
      return task.evaluate({ ...context, data, subject: subjectOf(tinyLlama(), llama, 'causal') });
    };
    // The first pass always gains; weights thrown about by a huge rate soon do not.
    const short = await evaluate({ epochs: 1 });
    expect(short.facts?.ended).toEqual({ transferred: 'all-passes-used', fromNothing: ['all-passes-used', 'all-passes-used'] });
    expect(short.warnings).toMatchObject([{ code: 'training-unfinished' }]);
    const wild = await evaluate({ epochs: 30, learningRate: 1, scratchLearningRate: 1 });
    expect(wild.facts?.ended).toEqual({ transferred: 'no-further-gain', fromNothing: ['no-further-gain', 'no-further-gain'] });
    expect(wild.warnings).toEqual([]);
  }, 120_000);

  it('trains the curve from nothing itself, remembers it, and says where the model lies on it', async () => {
    const options = { bytes: 600, sizes: [300, 1200], epochs: 3, patience: 1, learningRate: 0.01, scratchLearningRate: 0.01, batchSize: 4 };
    const task = createTask('data-transfer', { ...options, scratchTokenizer: 'bytes' });
    const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } });
    const remembered = new Map<string, unknown>();
    let made = 0;
    const remember = async <Value>(key: string, make: () => Promise<Value>): Promise<Value> => {
      if (!remembered.has(key)) {
        made++;
        remembered.set(key, await make());
      }
      return remembered.get(key) as Value;
    };
    const evaluate = () => task.evaluate({ ...context, remember, data, subject: subjectOf(tinyLlama(), llama, 'causal') });
    const [first, second] = [await evaluate(), await evaluate()];
    expect(made).toBe(1);
    expect(second.metrics).toEqual(first.metrics);
    expect(first.metrics.map(({ id }) => id)).toEqual(['transferred-bytes', 'effective-bytes', 'fraction', 'bits-per-byte']);
    expect(first.curves?.[0].points.map(({ x }) => x)).toEqual([...new Set(first.curves?.[0].points.map(({ x }) => x))]);
    const [{ value, note }] = first.metrics;
    expect(value === null).toBe(note !== undefined);
  }, 120_000);

  it('trains all weights of a model from nothing, whichever of the transferred one it trains', async () => {
    const options = { bytes: 600, sizes: [300, 1200], epochs: 1, batchSize: 4 };
    const curve = async (trainable: string): Promise<unknown> => {
      const task = createTask('data-transfer', { ...options, trainable });
      const data = await task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } });
      return (await task.evaluate({ ...context, data, subject: subjectOf(tinyLlama(), llama, 'causal') })).curves;
    };
    expect(await curve('embeddings')).toEqual(await curve('all'));
  }, 120_000);

  it('asks for as much text as its largest size', async () => {
    const task = createTask('data-transfer', { bytes: 600, sizes: [300, 1_000_000] });
    await expect(task.load({ ...context, datasets: { heldOut: plainText(heldOut), text: plainText(lines) } })).rejects.toMatchObject({
      code: 'empty-input',
    });
  });
});
