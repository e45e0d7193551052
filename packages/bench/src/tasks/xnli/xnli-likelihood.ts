import { LexigraftError } from '@lexigraft/core';
import { loadNli, requireDataset } from '../../data/load-datasets.ts';
import { nliLabels, type NliItem } from '../../data/nli-item.ts';
import { encodeBare } from '../encoding/encode-sequences.ts';
import { prefixToken } from '../encoding/special-ids.ts';
import { defineTask, type Task } from '../task.ts';
import { accuracyOf, digestPairs, predictedShares } from './accuracy.ts';
import { codePoints, TARGET_DELIMITER, utf8Bytes, xnliChoices } from './choices.ts';
import { assertFiniteScores, chooseLargest } from './choose.ts';
import { labelWords, type LabelWords, type XnliWording } from './label-words.ts';

/** How {@link xnliLikelihood} asks. */
export interface XnliLikelihoodOptions {
  /** @default 'lm-eval-1.0' */
  readonly wording?: XnliWording;
  /** Words for a language that has none; makes the results comparable with nothing but themselves. */
  readonly words?: LabelWords;
}

/**
 * Accuracy on XNLI of a causal model, zero-shot: of the three sentences that a premise, a word for each label and a hypothesis make, the likeliest is
 * the answer. As lm-evaluation-harness 1.0 has it: empty context, a space before the premise, raw sums, the start token once. Requests with the same
 * beginning share its computation, which changes nothing.
 *
 * @reference EleutherAI/lm-evaluation-harness@4e7e0d4 lm_eval/tasks/xnli, lm_eval/api/model.py: TemplateLM.loglikelihood
 */
export function xnliLikelihood(options: XnliLikelihoodOptions = {}): Task {
  const { wording = 'lm-eval-1.0', words } = options;
  const id = words ? 'xnli/likelihood@own-words' : `xnli/likelihood@${wording}`;
  return defineTask<readonly NliItem[]>({
    id,
    version: '1.0',
    models: ['causal'],
    needs: ['nli'],
    uses: [],
    settings: { wording: words ? { ...words } : wording },
    load({ datasets, language, signal }) {
      // Known before any model is made.
      if (!words) labelWords(language, wording);
      return loadNli(requireDataset(datasets, 'nli', id), language, signal);
    },
    async evaluate({ subject, data, language, signal, report }) {
      const prefix = prefixToken(subject.target.tokenizer.vocabulary);
      const spoken = words ?? labelWords(language, wording);
      const choices = data.flatMap((item) => xnliChoices(item, spoken));
      const encoded = await encodeBare(
        subject.target,
        choices.map((choice) => TARGET_DELIMITER + choice),
        signal,
      );
      const longest = encoded.reduce((most, ids) => Math.max(most, ids.length), 0);
      if (longest > subject.maximumLength)
        throw new LexigraftError(
          'too-large',
          `A pair has ${longest} tokens in this vocabulary; the model reads at most ${subject.maximumLength}, and a sentence that is cut has no score.`,
          { longest, maximumLength: subject.maximumLength },
        );
      const requests = encoded.map((ids) =>
        ids[0] === prefix.id ? { context: ids.subarray(0, 1), continuation: ids.subarray(1) } : { context: [prefix.id], continuation: ids },
      );
      const model = await subject.model();
      const { logLikelihoods } = await model.logLikelihoods(requests, {
        signal,
        onProgress: ({ done, total }) => {
          report({ stage: 'score', done, total });
        },
      });
      assertFiniteScores(id, logLikelihoods, nliLabels.length);
      const predict = (lengthOf?: (choice: string) => number): (typeof nliLabels)[number][] =>
        data.map((_, item) => {
          const three = [0, 1, 2].map((choice) => 3 * item + choice);
          return nliLabels[
            chooseLargest(
              three.map((at) => logLikelihoods[at]),
              lengthOf && three.map((at) => lengthOf(choices[at])),
            )
          ];
        });
      const predictions = predict();
      return {
        metrics: [
          accuracyOf(data, predictions),
          // Not metrics of version 1.0; the first is free of the words' different lengths.
          accuracyOf(data, predict(codePoints), 'acc_norm'),
          accuracyOf(data, predict(utf8Bytes), 'acc_bytes'),
        ],
        facts: {
          protocol: id.replace('/likelihood', ''),
          items: digestPairs(data),
          prefix: prefix.token,
          numFewShot: 0,
          predicted: predictedShares(predictions),
        },
      };
    },
  });
}
