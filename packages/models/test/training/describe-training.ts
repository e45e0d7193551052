import { beforeAll, describe, expect, it } from 'vitest';
import { causalLanguageLoss, classificationLoss, maskedLanguageLoss, trainModel, type TrainingLoss } from '../../src/training/index.ts';
import type { ModelSource } from '../../src/transformer.ts';
import type { Tfjs } from '../../src/tfjs.ts';
import { load, openBackend, tinyBert, tinyExamples, tinyLlama, tinyMasking } from './tiny-models.ts';

const cases: readonly (readonly [string, () => ModelSource, () => TrainingLoss])[] = [
  ['masked language with BERT', () => tinyBert(), () => maskedLanguageLoss(tinyMasking)],
  ['classification with BERT', () => tinyBert('classification'), classificationLoss],
  ['causal language with Llama', tinyLlama, causalLanguageLoss],
];

async function train(tf: Tfjs, source: ModelSource, loss: TrainingLoss): Promise<{ losses: readonly number[]; tensors: number }> {
  const before = tf.memory().numTensors;
  const model = await load(tf, source);
  const { losses } = await trainModel({
    model,
    data: tinyExamples(12),
    loss,
    budget: { steps: 3 },
    optimizer: { learningRate: 0.01, weightDecay: 0.1 },
    batchSize: 6,
    microBatchSize: 3,
    dropout: 0.1,
    seed: 4,
  });
  model.dispose();
  return { losses, tensors: tf.memory().numTensors - before };
}

/** Trains tiny models on a backend and on wasm, whose losses must agree within `tolerance`. */
export function describeTraining(title: string, open: () => Promise<Tfjs>, backend: string, tolerance: number): void {
  describe(title, () => {
    const expected = new Map<string, readonly number[]>();
    let tf: Tfjs;
    beforeAll(async () => {
      // There may be one engine, whose backend changes in between: the same steps are made on wasm first.
      const wasm = await openBackend('wasm');
      for (const [name, source, loss] of cases) expected.set(name, (await train(wasm, source(), loss())).losses);
      tf = await open();
      expect(tf.getBackend()).toBe(backend);
    });

    it.each(cases)(
      'makes the updates that wasm makes, and leaves no tensor: %s',
      async (name, source, loss) => {
        const { losses, tensors } = await train(tf, source(), loss());
        expect(losses).toHaveLength(3);
        losses.forEach((value, step) => {
          expect(Math.abs(value - (expected.get(name)?.[step] ?? NaN)), `update ${step + 1}`).toBeLessThan(tolerance);
        });
        expect(tensors).toBe(0);
        // A GPU in software compiles every shader anew.
      },
      300_000,
    );
  });
}
