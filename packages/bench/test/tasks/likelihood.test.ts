import type { ContinuationRequest, Transformer } from '@lexigraft/models';
import { describe, expect, it } from 'vitest';
import { createTask, labelWords, xnliChoices, xnliLanguages, type NliItem } from '../../src/index.ts';
import { byteSide } from '../../src/tasks/encoding/byte-side.ts';
import { surroundings, subjectOf, tinyLlama } from './tiny-world.ts';

const items: readonly NliItem[] = [
  { premise: 'Es regnet.', hypothesis: 'Es ist nass.', label: 'entailment' },
  { premise: 'Es regnet.', hypothesis: 'Es ist Montag.', label: 'neutral' },
  { premise: 'Es regnet.', hypothesis: 'Es ist trocken.', label: 'contradiction' },
];

/** A model whose score of a request is what `score` says of its text, and which remembers what it was asked. */
function scorer(score: (text: string) => number): { readonly model: Transformer; readonly asked: ContinuationRequest[] } {
  const asked: ContinuationRequest[] = [];
  const model = {
    logLikelihoods(requests: readonly ContinuationRequest[]) {
      asked.push(...requests);
      const texts = requests.map(({ continuation }) => Buffer.from(Array.from(continuation, (id) => id - 4)).toString('utf8'));
      return Promise.resolve({ logLikelihoods: Float64Array.from(texts, score), isGreedy: new Uint8Array(requests.length) });
    },
  } as unknown as Transformer;
  return { model, asked };
}

async function evaluate(model: Transformer, id = 'xnli/likelihood@lm-eval-1.0', maximumLength = 512) {
  const task = createTask(id);
  const context = surroundings();
  const data = await task.load({ ...context, datasets: { nli: { items } } });
  return task.evaluate({ ...context, data, subject: subjectOf(tinyLlama(), model, 'causal', { maximumLength }) });
}

describe('XNLI by likelihood', () => {
  it('asks for the three sentences with one leading space after the start token alone', async () => {
    const { model, asked } = scorer(() => 0);
    await evaluate(model);
    expect(asked).toHaveLength(9);
    expect(asked.every(({ context }) => [...Array.from(context)].join() === '1')).toBe(true);
    const [first] = asked;
    expect(Buffer.from(Array.from(first.continuation, (id) => id - 4)).toString('utf8')).toBe(' Es regnet., richtig? Ja, Es ist nass.');
  });

  it('takes the largest raw sum, and the first of equals', async () => {
    const equal = await evaluate(scorer(() => -1).model);
    expect(equal.metrics[0]).toMatchObject({ id: 'acc', value: 1 / 3, n: 3, outcomes: { values: [1, 0, 0] } });
    expect(equal.facts).toMatchObject({ prefix: '<s>', numFewShot: 0, predicted: { entailment: 1, neutral: 0, contradiction: 0 } });
    const right = await evaluate(
      scorer((text) => (/(Ja, Es ist nass|Auch, Es ist Montag|Nein, Es ist trocken)/.test(text) ? -1 : -2)).model,
    );
    expect(right.metrics[0].value).toBe(1);
  });

  it('refuses scores that choose nothing, and names the first item', async () => {
    await expect(evaluate(scorer((text) => (text.includes('trocken') ? Number.NaN : -1)).model)).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(/^xnli\/likelihood@lm-eval-1\.0: the model gives item 3 the score NaN/) as string,
    });
  });

  it('normalises beside it by code points and by bytes, which raw sums do not', async () => {
    // The longest sentence has the least sum and the best mean.
    const { metrics } = await evaluate(scorer((text) => -100 - text.length).model);
    const byId = new Map(metrics.map(({ id, outcomes }) => [id, outcomes?.values]));
    expect(byId.get('acc')).toEqual([1, 0, 0]);
    expect(byId.get('acc_norm')).toEqual([0, 1, 0]);
    expect(byId.get('acc_bytes')).toEqual([0, 1, 0]);
  });

  it('does not double a start token that the text begins with', async () => {
    const side = byteSide();
    const { model, asked } = scorer(() => 0);
    const tokenizer = {
      ...side.tokenizer,
      async encodeBatch(texts: readonly string[]) {
        const encodings = await side.tokenizer.encodeBatch(texts);
        const ids = encodings.ids.slice();
        for (let text = 0; text < texts.length; text++) ids[encodings.textOffsets[text]] = 1;
        return { ...encodings, ids };
      },
    };
    const task = createTask('xnli/likelihood@lm-eval-1.0');
    const context = surroundings();
    const target = { ...side, tokenizer };
    await task.evaluate({ ...context, data: items, subject: subjectOf(tinyLlama(), model, 'causal', { target, maximumLength: 512 }) });
    expect(asked.every(({ context: start, continuation }) => start.length === 1 && start[0] === 1 && continuation[0] !== 1)).toBe(true);
  });

  it('refuses sentences the model cannot read whole, and languages without words, before any model is made', async () => {
    await expect(evaluate(scorer(() => 0).model, undefined, 20)).rejects.toMatchObject({ code: 'too-large' });
    const task = createTask('xnli/likelihood@fixed');
    expect(() => task.load({ ...surroundings(), language: 'ha', datasets: { nli: { items } } })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('not for `ha`') as string }),
    );
    const own = createTask('xnli/likelihood@own-words', {
      words: { question: 'ko', entailment: 'Ee', neutral: 'Kuma', contradiction: "A'a" },
    });
    await expect(own.load({ ...surroundings(), language: 'ha', datasets: { nli: { items } } })).resolves.toBe(items);
  });

  it('has words for fifteen languages, and corrects two of them', () => {
    expect(xnliLanguages).toHaveLength(15);
    const differing = xnliLanguages.filter(
      (language) =>
        xnliChoices(items[0], labelWords(language, 'fixed')).join('\n') !==
        xnliChoices(items[0], labelWords(language, 'lm-eval-1.0')).join('\n'),
    );
    expect(differing).toEqual(['ar', 'es']);
  });
});
