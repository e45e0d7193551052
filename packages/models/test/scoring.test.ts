import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTransformer, padBatch, type ContinuationRequest, type ForwardLimits, type Tfjs, type Transformer } from '../src/index.ts';
import { loadWasm } from './support/load-tfjs.ts';
import { softmax } from './support/naive-math.ts';
import { naiveLlama, naiveRoberta, naiveRobertaVocabulary } from './support/naive-models.ts';
import { randomModel } from './support/random-model.ts';

const source = randomModel({
  model_type: 'llama',
  vocab_size: 19,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 12,
});
const facts = { d: 8, heads: 2, groups: 1, perHead: 4, layers: 2, epsilon: 1e-6, frequency: (pair: number) => 10_000 ** (-pair / 2) };

/** Log-probabilities of the tokens of a sequence from the second on, and whether each was the likeliest. */
function naiveScores(ids: readonly number[]): { readonly log: number; readonly greedy: boolean }[] {
  const { logits } = naiveLlama(source.values, source.has, ids.slice(0, -1), facts);
  return logits.map((row, i) => ({ log: Math.log(softmax(row)[ids[i + 1]]), greedy: row.every((value) => value <= row[ids[i + 1]]) }));
}

const masked = randomModel({
  model_type: 'roberta',
  vocab_size: 17,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 14,
  type_vocab_size: 1,
  layer_norm_eps: 1e-5,
});

describe('scoring', () => {
  let tf: Tfjs;
  let model: Transformer;
  let encoder: Transformer;
  beforeAll(async () => {
    tf = await loadWasm();
    model = await loadTransformer(source, { tf });
    encoder = await loadTransformer(masked, { tf });
  });
  afterAll(() => {
    model.dispose();
    encoder.dispose();
  });

  const requests: readonly ContinuationRequest[] = [
    // Choices of one question: they share all but a word in the middle.
    { context: [1], continuation: [5, 6, 7, 2, 9, 9] },
    { context: [1], continuation: [5, 6, 7, 3, 9, 9] },
    { context: [1], continuation: [5, 6, 7, 4, 9, 10, 11] },
    { context: [1, 2, 3], continuation: [4] },
    { context: [1, 2, 3], continuation: [5] },
    { context: [1, 2, 3], continuation: [5] },
    { context: [1, 2, 3], continuation: [5, 6] },
    { context: [8, 8], continuation: [18, 0, 3] },
  ];

  it('gives the likelihood of a continuation, whatever runs beside it', async () => {
    for (const batchTokens of [1, 12, 4096]) {
      const { logLikelihoods, isGreedy } = await model.logLikelihoods(requests, { batchTokens });
      requests.forEach(({ context, continuation }, index) => {
        const own = naiveScores([...Array.from(context), ...Array.from(continuation)]).slice(context.length - 1);
        expect(logLikelihoods[index]).toBeCloseTo(
          own.reduce((sum, { log }) => sum + log, 0),
          4,
        );
        expect(isGreedy[index]).toBe(own.every(({ greedy }) => greedy) ? 1 : 0);
      });
    }
  });

  it('knows the likeliest continuation', async () => {
    const { logits } = naiveLlama(source.values, source.has, [1, 2, 3], facts);
    const best = logits[2].indexOf(Math.max(...logits[2]));
    const { isGreedy } = await model.logLikelihoods([
      { context: [1, 2, 3], continuation: [best] },
      { context: [1, 2, 3], continuation: [(best + 1) % 19] },
    ]);
    expect([...isGreedy]).toEqual([1, 0]);
  });

  it('cuts a context on the left until the sequence fits', async () => {
    const context = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
    const { logLikelihoods } = await model.logLikelihoods([{ context, continuation: [3, 2] }]);
    const own = naiveScores([...context, 3, 2].slice(-13)).slice(-2);
    expect(logLikelihoods[0]).toBeCloseTo(own[0].log + own[1].log, 4);
  });

  it('refuses what it cannot score', async () => {
    await expect(model.logLikelihoods([{ context: [], continuation: [1] }])).rejects.toMatchObject({ code: 'empty-input' });
    await expect(model.logLikelihoods([{ context: [1], continuation: [] }])).rejects.toMatchObject({ code: 'empty-input' });
    await expect(model.logLikelihoods([{ context: [1], continuation: new Array<number>(13).fill(2) }])).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(model.logLikelihoods([{ context: [1], continuation: [19, 2] }])).rejects.toMatchObject({ code: 'id-out-of-range' });
    await expect(model.logLikelihoods([{ context: [1], continuation: [2, 19] }])).rejects.toMatchObject({ code: 'id-out-of-range' });
    await expect(encoder.logLikelihoods([{ context: [1], continuation: [1] }])).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.pseudoLogLikelihoods([[1]], { maskId: 2, skipIds: new Set() })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.tokenLogLikelihoods([new Array<number>(14).fill(1)])).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.classify([{ ids: [1] }])).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(model.logLikelihoods(requests, { batchTokens: 0 })).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('scores every token of sequences of any length', async () => {
    const sequences = [[1, 4, 5, 6, 2], [1], [1, 18, 17, 16, 15, 14, 13, 12], []];
    const { offsets, logLikelihoods } = await model.tokenLogLikelihoods(sequences);
    expect([...offsets]).toEqual([0, 4, 4, 11, 11]);
    sequences.slice(0, 3).forEach((ids, index) => {
      naiveScores(ids).forEach(({ log }, at) => {
        expect(logLikelihoods[offsets[index] + at]).toBeCloseTo(log, 4);
      });
    });
  });

  it('scores tokens one by one behind a mask, special ones left out', async () => {
    const sequences = [
      [0, 5, 6, 7, 2],
      [0, 9, 2],
    ];
    const { offsets, logLikelihoods } = await encoder.pseudoLogLikelihoods(sequences, { maskId: 16, skipIds: new Set([0, 2]) });
    expect([...offsets]).toEqual([0, 3, 4]);
    let next = 0;
    for (const ids of sequences)
      for (let at = 1; at < ids.length - 1; at++) {
        const hidden = ids.map((id, index) => (index === at ? 16 : id));
        const states = naiveRoberta(masked.values, hidden, { d: 8, heads: 2, layers: 1, pad: 1, epsilon: 1e-5 }).hidden[1];
        const logits = naiveRobertaVocabulary(masked.values, states, 1e-5)[at];
        expect(logLikelihoods[next++]).toBeCloseTo(Math.log(softmax(logits)[ids[at]]), 4);
      }
  });

  it('scores the targets it is given, in their order', async () => {
    const sequences = [
      [0, 5, 16, 2],
      [0, 3, 4, 16, 16, 2],
      [0, 2],
    ];
    const targets = [
      { sequence: 1, position: 4, target: 8 },
      { sequence: 0, position: 2, target: 3 },
      { sequence: 1, position: 3, target: 1 },
    ];
    const { logLikelihoods } = await encoder.scoreTargets(sequences, targets, { batchTokens: 6 });
    targets.forEach(({ sequence, position, target }, index) => {
      const states = naiveRoberta(masked.values, sequences[sequence], { d: 8, heads: 2, layers: 1, pad: 1, epsilon: 1e-5 }).hidden[1];
      expect(logLikelihoods[index]).toBeCloseTo(
        Math.log(softmax(naiveRobertaVocabulary(masked.values, states, 1e-5)[position])[target]),
        4,
      );
    });
    for (const wrong of [
      { sequence: 3, position: 0, target: 0 },
      { sequence: -1, position: 0, target: 0 },
      { sequence: 0, position: 4, target: 0 },
      { sequence: 0, position: 0, target: 17 },
    ])
      await expect(encoder.scoreTargets(sequences, [wrong])).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('reports progress and stops between batches', async () => {
    const sequences = [
      [1, 4, 5],
      [1, 2],
      [1, 2, 3, 4],
    ];
    const seen: number[] = [];
    await model.tokenLogLikelihoods(sequences, { batchTokens: 1, onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen).toEqual([0, 1 / 3, 2 / 3, 1]);
    const controller = new AbortController();
    const reason = new Error('Enough.');
    const stopped = model.tokenLogLikelihoods(sequences, {
      batchTokens: 1,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 1) controller.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
  });

  it('hears an abort that comes from a timer, although no computation waits', async () => {
    const count = 40;
    const ids = Array.from({ length: count }, () => [1, 2, 3]);
    const targets = ids.map((_, sequence) => ({ sequence, position: 1, target: 4 }));
    const classifier = await loadTransformer(randomModel(masked.config, { head: 'classification', labels: 2 }), { tf });
    const runs: Readonly<Record<string, (limits: ForwardLimits) => Promise<unknown>>> = {
      logLikelihoods: (limits) =>
        model.logLikelihoods(
          ids.map((_, index) => ({ context: [index % 19], continuation: [index % 7] })),
          limits,
        ),
      tokenLogLikelihoods: (limits) => model.tokenLogLikelihoods(ids, limits),
      scoreTargets: (limits) => encoder.scoreTargets(ids, targets, limits),
      pseudoLogLikelihoods: (limits) => encoder.pseudoLogLikelihoods(ids, { maskId: 16, skipIds: new Set(), ...limits }),
      classify: (limits) =>
        classifier.classify(
          ids.map((own) => ({ ids: own })),
          limits,
        ),
    };
    for (const [name, run] of Object.entries(runs)) {
      const controller = new AbortController();
      const reason = new Error('Enough.');
      const shares: number[] = [];
      const stopped = run({
        batchTokens: 1,
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          if (shares.length === 0)
            setTimeout(() => {
              controller.abort(reason);
            });
          shares.push(done / total);
        },
      });
      await expect(stopped, name).rejects.toBe(reason);
      expect(Math.max(...shares), name).toBeLessThan(1);
    }
    classifier.dispose();
  });

  it('keeps no memory over many calls, failed ones included', async () => {
    const batch = padBatch([[1, 2, 3], [4]]);
    const work = async (): Promise<void> => {
      await model.logLikelihoods(requests);
      await model.tokenLogLikelihoods([[1, 2, 3]]);
      await model.hiddenStates(batch, { layers: [1] });
      await model.logits(batch, [0, 3]);
      await encoder.pseudoLogLikelihoods([[0, 4, 2]], { maskId: 16, skipIds: new Set([0]) });
      await model.logits({ ...batch, ids: batch.ids.map(() => 99) }).catch(() => undefined);
      await model.classify([{ ids: [1] }]).catch(() => undefined);
      const steered = model.withSteering({
        edits: [
          {
            layer: 1,
            basis: { rows: 8, columns: 0, data: new Float32Array() },
            matrix: { rows: 0, columns: 0, data: new Float32Array() },
            offset: new Float32Array(8),
          },
        ],
      });
      await steered.hiddenStates(batch);
      steered.dispose();
    };
    await work();
    const { numTensors, numBytes } = tf.memory();
    for (let i = 0; i < 60; i++) await work();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  });
});
