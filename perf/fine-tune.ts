import { gunzipSync } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';
import { openModel, type ModelFolder } from '@lexigraft/checkpoint';
import {
  classificationLoss,
  configuredDropout,
  evaluateLoss,
  linearSchedule,
  loadTransformer,
  trainModel,
  type Transformer,
  type TrainingExample,
} from '@lexigraft/models';
import { openDevice } from '@lexigraft/models/node';
import { sharedPath } from '../tools/test-support/src/shared-data.ts';
import type { Benchmark, Figure } from './benchmark.ts';

const classes = ['entailment', 'neutral', 'contradiction'];

/** Reads `count` pairs of one part of LingNLI. */
function readPairs(
  part: 'train' | 'val',
  count: number,
): { readonly premise: string; readonly hypothesis: string; readonly label: string }[] {
  const folder = sharedPath('data', 'nli-train-en', 'lingnli');
  const files = readdirSync(folder).filter((name) => name.startsWith(part));
  const pairs = files.map((name) =>
    gunzipSync(readFileSync(`${folder}/${name}`))
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { premise: string; hypothesis: string; label: string }),
  );
  // Evenly over all rounds of collection, whose lists are sorted by label in places.
  const all = pairs.flat();
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor((i * all.length) / count)]);
}

/** Puts both sides of each pair between the special tokens, cut to the model's length on the longer side. */
async function encode({ tokenizer, config }: ModelFolder, pairs: ReturnType<typeof readPairs>): Promise<TrainingExample[]> {
  const limit = Math.min(128, Number(config.max_position_embeddings));
  const sidesOf = async (texts: readonly string[]): Promise<number[][]> => {
    const { ids, textOffsets } = await tokenizer.encodeBatch(texts);
    return texts.map((_, i) => [...ids.subarray(textOffsets[i], textOffsets[i + 1])]);
  };
  const [premises, hypotheses] = [
    await sidesOf(pairs.map(({ premise }) => premise)),
    await sidesOf(pairs.map(({ hypothesis }) => hypothesis)),
  ];
  const { classification: cls, separator: sep } = tokenizer.vocabulary.roles;
  if (cls === undefined || sep === undefined) throw new Error('The tokenizer has no [CLS] and [SEP].');
  return pairs.map(({ label }, i) => {
    const [left, right] = [premises[i], hypotheses[i]];
    while (left.length + right.length + 3 > limit) (left.length > right.length ? left : right).pop();
    const ids = [cls, ...left, sep, ...right, sep];
    return { ids, tokenTypes: ids.map((_, position) => (position < left.length + 2 ? 0 : 1)), label: classes.indexOf(label) };
  });
}

async function accuracy(model: Transformer, examples: readonly TrainingExample[]): Promise<number> {
  const { data, columns } = await model.classify(examples);
  const right = examples.filter(({ label }, row) => {
    const logits = data.subarray(row * columns, (row + 1) * columns);
    return logits.indexOf(Math.max(...logits)) === label;
  });
  return right.length / examples.length;
}

/** What a short fine-tuning of the English development encoder on LingNLI does to loss and accuracy, and how fast it is on wasm. */
export const fineTune: Benchmark = {
  name: 'fine-tune',
  what: 'loss and accuracy of the development encoder on LingNLI before and after a short fine-tuning, on wasm',
  sizes: { pairs: 2000, heldout: 300, epochs: 5, batch: 32, micro: 8, rate: 0.0003, seed: 42 },
  async run({ pairs, heldout, epochs, batch: batchSize, micro, rate, seed }, note) {
    const folder = await openModel(sharedPath('lab', 'en-encoder'));
    const { tf } = await openDevice('wasm');
    const model = await loadTransformer(folder, { tf, newHead: { labels: classes.length, seed } });
    const data = await encode(folder, readPairs('train', pairs));
    const test = await encode(folder, readPairs('val', heldout));
    const loss = classificationLoss();
    const measure = async (moment: string): Promise<Figure[]> => [
      { name: `training loss ${moment}`, value: (await evaluateLoss({ model, data, loss })).loss, unit: 'nats' },
      { name: `held-out loss ${moment}`, value: (await evaluateLoss({ model, data: test, loss })).loss, unit: 'nats' },
      { name: `held-out accuracy ${moment}`, value: await accuracy(model, test), unit: 'share' },
    ];
    const figures = await measure('before');
    const start = performance.now();
    const { losses, tokens, step } = await trainModel({
      model,
      data,
      loss,
      budget: { epochs },
      optimizer: { learningRate: rate },
      schedule: linearSchedule({ warmUp: { share: 0.1 } }),
      batchSize,
      microBatchSize: micro,
      dropout: configuredDropout(folder.config),
      seed,
      onProgress: ({ done, total, loss: value }) => {
        if (done % 10 === 0) note(`update ${done} of ${total}: loss ${value.toFixed(3)}`);
      },
    });
    const elapsed = (performance.now() - start) / 1000;
    const perEpoch = Math.ceil(losses.length / epochs);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const part = losses.slice(epoch * perEpoch, (epoch + 1) * perEpoch);
      figures.push({
        name: `mean loss of pass ${epoch + 1}`,
        value: part.reduce((sum, value) => sum + value, 0) / part.length,
        unit: 'nats',
      });
    }
    figures.push(
      ...(await measure('after')),
      { name: 'training, tokens without padding', value: tokens / elapsed, unit: 'tokens/s' },
      { name: 'updates', value: step, unit: 'updates' },
    );
    model.dispose();
    await folder.close();
    return figures;
  },
};
