import { describe, expect, it } from 'vitest';
import { classLabels } from '../../src/tasks/xnli/classify-pairs.ts';
import { createTask, type NliItem, type NliLabel } from '../../src/index.ts';
import { load, subjectOf, surroundings, tinyBert } from './tiny-world.ts';

/** A language in which the first letter of the hypothesis tells the label. */
const letters: Readonly<Record<string, NliLabel>> = { a: 'entailment', b: 'neutral', c: 'contradiction' };
const pairs = (premise: string, count: number): NliItem[] =>
  Array.from({ length: count }, (_, i) => {
    const letter = 'abc'[i % 3];
    return { premise: `${premise}${i}`, hypothesis: letter.repeat(3), label: letters[letter] };
  });

const context = surroundings();

describe('XNLI by fine-tuning', () => {
  it('asks a checkpoint as it is, and maps its classes by their names', async () => {
    const source = tinyBert('classification');
    const model = await load(source);
    const task = createTask('xnli/finetuned');
    const items = pairs('p', 12);
    const data = await task.load({ ...context, datasets: { nli: { items } } });
    const inOrder = async (labels: readonly string[]) =>
      (await task.evaluate({ ...context, data, subject: subjectOf(source, model, 'classification', { labels }) })).metrics[0];
    const usual = await inOrder(['entailment', 'neutral', 'contradiction']);
    const others = [await inOrder(['NEUTRAL', 'contradiction', 'entailment']), await inOrder(['contradiction', 'entailment', 'neutral'])];
    // Each item is right under exactly one of the three rotations.
    for (let item = 0; item < items.length; item++)
      expect([usual, ...others].reduce((sum, { outcomes }) => sum + (outcomes?.values[item] ?? 0), 0)).toBe(1);
    expect(usual).toMatchObject({ id: 'acc', n: 12, unit: 'share' });
    model.dispose();
  });

  it('takes no answer from logits that are not finite', async () => {
    const source = tinyBert('classification');
    const model = await load(source);
    model.writeParameter('classifier.bias', Float32Array.of(0, Number.NaN, 0));
    const subject = subjectOf(source, model, 'classification', { labels: ['entailment', 'neutral', 'contradiction'] });
    await expect(
      createTask('xnli/finetuned').evaluate({ ...context, data: { test: pairs('p', 3), leftOut: 0 }, subject }),
    ).rejects.toMatchObject({ code: 'not-finite', details: { task: 'xnli/finetuned', item: 1 } });
    model.dispose();
  });

  it('learns the task in the source vocabulary first, and keeps the weights that did best', async () => {
    const source = tinyBert('classification');
    const model = await load(source);
    const task = createTask('xnli/finetuned', { training: { learningRate: 0.02, epochs: 20, batchSize: 16, dropout: 0, selectEvery: 12 } });
    const datasets = {
      nli: { items: pairs('test', 30) },
      nliTraining: { items: pairs('train', 96) },
      nliSelection: { items: pairs('choose', 30) },
    };
    const data = await task.load({ ...context, datasets });
    const subject = subjectOf(source, model, 'classification', { labels: ['contradiction', 'entailment', 'neutral'] });
    const before = await createTask('xnli/finetuned').evaluate({ ...context, data, subject });
    const { metrics, facts } = await task.evaluate({ ...context, data, subject });
    expect(before.metrics[0].value).toBeLessThan(0.7);
    expect(metrics[0].value).toBeGreaterThan(0.9);
    expect(facts).toMatchObject({ protocol: 'xtreme/ft', truncated: 0 });
    for (const copy of subject.copies) copy.dispose();
    model.dispose();
  }, 120_000);

  it('refuses training pairs with a tested premise, or leaves them out when told to', async () => {
    const datasets = { nli: { items: pairs('p', 6) }, nliTraining: { items: [...pairs('P ', 3), ...pairs('q', 3)] } };
    const training = { epochs: 1 };
    await expect(createTask('xnli/finetuned', { training }).load({ ...context, datasets })).rejects.toMatchObject({ code: 'data-leak' });
    expect(await createTask('xnli/finetuned', { training, leaks: 'leave-out' }).load({ ...context, datasets })).toMatchObject({
      leftOut: 3,
      training: pairs('q', 3),
    });
    await expect(createTask('xnli/finetuned', { training }).load({ ...context, datasets: { nli: datasets.nli } })).rejects.toMatchObject({
      code: 'missing-resource',
    });
  });

  it('has the settings of XTREME by default', () => {
    expect(createTask('xnli/finetuned', { training: {} }).settings).toMatchObject({
      maximumLength: 128,
      training: { learningRate: 2e-5, batchSize: 32, epochs: 5, epsilon: 1e-8, weightDecay: 0, warmUp: 0, clipNorm: 1, selectEvery: 100 },
    });
  });

  it('never guesses what a class stands for', () => {
    expect(() => classLabels(['LABEL_0', 'LABEL_1', 'LABEL_2'])).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => classLabels(['entailment', 'neutral', 'neutral'])).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => classLabels(undefined)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(classLabels(['LABEL_0', 'LABEL_1', 'LABEL_2'], ['neutral', 'entailment', 'contradiction'])[0]).toBe('neutral');
  });
});
