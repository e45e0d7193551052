import { openModel, readPostProcessor } from '@lexigraft/checkpoint';
import { loadTransformer } from '@lexigraft/models';
import { openDevice } from '@lexigraft/models/node';
import { describeWith, sharedPath } from '@lexigraft/test-support';
import { expect, it } from 'vitest';
import { createTask, type ModelKind, type Subject } from '../../src/index.ts';
import { surroundings } from './tiny-world.ts';

const context = { ...surroundings(), language: 'en' };

/** A lab model in its own vocabulary. */
async function lab(name: string, kind: ModelKind): Promise<{ readonly subject: Subject; readonly dispose: () => Promise<void> }> {
  const folder = await openModel(sharedPath('lab', name));
  const { tf } = await openDevice('auto');
  const model = await loadTransformer(folder, { tf });
  const side = { tokenizer: folder.tokenizer, template: readPostProcessor(folder.tokenizer.json.post_processor).template };
  const labels = folder.config.id2label as Readonly<Record<string, string>> | undefined;
  const give = (): Promise<typeof model> => Promise.resolve(model);
  return {
    subject: {
      kind,
      source: side,
      target: side,
      maximumLength: model.config.maximumLength,
      ...(labels && { labels: Object.values(labels) }),
      cost: { stages: [] },
      model: give,
      sourceModel: give,
      copy: give,
      trainedBefore: give,
    },
    async dispose() {
      model.dispose();
      await folder.close();
    },
  };
}

describeWith('shared', 'on real data', () => {
  it('a fine-tuned encoder gets 0.5562 on the English development set', async () => {
    const { subject, dispose } = await lab('en-nli', 'classification');
    const task = createTask('xnli/finetuned');
    const data = await task.load({ ...context, datasets: { nli: { path: sharedPath('data', 'xnli', 'xnli.dev.en.tsv.gz') } } });
    const { metrics } = await task.evaluate({ ...context, data, subject });
    expect(metrics[0].value).toBeCloseTo(0.5562, 4);
    expect(metrics[0]).toMatchObject({ n: 2490 });
    expect(metrics[0].standardError).toBeCloseTo(0.00996, 5);
    await dispose();
  }, 600_000);

  it('a decoder has 1.618 bits per byte on held-out text it never saw, the end of lines not counted', async () => {
    const { subject, dispose } = await lab('en-decoder', 'causal');
    const task = createTask('bits-per-byte');
    const data = await task.load({ ...context, datasets: { heldOut: { path: sharedPath('lab', 'heldout', 'en.heldout.txt.gz') } } });
    const { metrics, facts } = await task.evaluate({ ...context, data, subject });
    expect(metrics[0].value).toBeCloseTo(1.618, 2);
    expect(facts).toMatchObject({ likelihood: 'exact' });
    await dispose();
  }, 600_000);

  it('shared beginnings change no score of the likelihood protocol', async () => {
    const { subject, dispose } = await lab('en-decoder', 'causal');
    const task = createTask('xnli/likelihood@lm-eval-1.0');
    const data = await task.load({ ...context, datasets: { nli: { path: sharedPath('data', 'xnli', 'xnli.dev.en.tsv.gz'), limit: 24 } } });
    const together = await task.evaluate({ ...context, data, subject });
    const model = await subject.model();
    const apart: Subject = {
      ...subject,
      model: () =>
        Promise.resolve({
          ...model,
          async logLikelihoods(requests) {
            const scores: number[] = [];
            // One request at a time has nothing to share.
            for (const request of requests) scores.push((await model.logLikelihoods([request])).logLikelihoods[0]);
            return { logLikelihoods: Float64Array.from(scores), isGreedy: new Uint8Array(scores.length) };
          },
        }),
    };
    expect((await task.evaluate({ ...context, data, subject: apart })).metrics).toEqual(together.metrics);
    await dispose();
  }, 600_000);
});
