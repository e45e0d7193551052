import { assertNoLeak, withoutLeaks } from '../../data/leaks.ts';
import { loadNli, requireDataset } from '../../data/load-datasets.ts';
import { nliLabels, type NliItem, type NliLabel } from '../../data/nli-item.ts';
import { defineTask, type Task } from '../task.ts';
import { accuracyOf, digestPairs, predictedShares } from './accuracy.ts';
import { classifyPairs, classLabels } from './classify-pairs.ts';
import { fineTuning, xtremeSettings, type FineTuning } from './fine-tune.ts';

/** How {@link xnliFinetuned} trains and tests. */
export interface XnliFinetunedOptions {
  /**
   * `checkpoint`: the source model is a classifier already. Otherwise it is trained on `nliTraining` in its own vocabulary first, by these settings.
   *
   * @default 'checkpoint'
   */
  readonly training?: 'checkpoint' | FineTuning;
  /** Longest pair, special tokens included. @default 128 */
  readonly maximumLength?: number;
  /** The labels of the model's classes in order, where its configuration does not name them. */
  readonly labels?: readonly NliLabel[];
  /** What happens to training pairs with a tested premise. @default 'refuse' */
  readonly leaks?: 'refuse' | 'leave-out';
}

interface XnliData {
  readonly test: readonly NliItem[];
  readonly training?: readonly NliItem[];
  readonly selection?: readonly NliItem[];
  readonly leftOut: number;
}

/**
 * Accuracy on XNLI of a classifier that learned the task in its own language and had its vocabulary exchanged afterwards: zero-shot transfer.
 *
 * @reference google-research/xtreme scripts/train_xnli.sh
 */
export function xnliFinetuned(options: XnliFinetunedOptions = {}): Task {
  const { training = 'checkpoint', maximumLength = 128, labels, leaks = 'refuse' } = options;
  const settings = training === 'checkpoint' ? undefined : { ...xtremeSettings, ...training };
  const id = 'xnli/finetuned';
  return defineTask<XnliData>({
    id,
    version: '2',
    models: settings ? ['classification', 'masked'] : ['classification'],
    needs: settings ? ['nli', 'nliTraining'] : ['nli'],
    uses: settings ? ['nliSelection'] : [],
    settings: {
      training: settings ? { ...settings } : 'checkpoint',
      maximumLength,
      labels: labels ? [...labels] : null,
      leaks,
    },
    // The training is done once, for all strategies.
    work: ({ bytesOf }) => bytesOf('nli'),
    async load({ datasets, language, sourceLanguage, signal }) {
      const test = await loadNli(requireDataset(datasets, 'nli', id), language, signal);
      if (settings === undefined) return { test, leftOut: 0 };
      const all = await loadNli(requireDataset(datasets, 'nliTraining', id), sourceLanguage, signal);
      if (leaks === 'refuse') assertNoLeak(all, test);
      const { items, leftOut } = withoutLeaks(all, test);
      const selection = datasets.nliSelection && (await loadNli(datasets.nliSelection, sourceLanguage, signal));
      return { test, training: items, ...(selection && { selection }), leftOut };
    },
    async evaluate({ subject, data, ...context }) {
      // A model without classes gets them from the training, in their usual order.
      const classes = subject.kind === 'classification' ? classLabels(subject.labels, labels) : (labels ?? nliLabels);
      const longest = Math.min(maximumLength, subject.maximumLength);
      const model =
        settings && data.training
          ? await subject.trainedBefore(
              fineTuning(settings, {
                training: data.training,
                ...(data.selection && { selection: data.selection }),
                labels: classes,
                maximumLength: longest,
              }),
              context,
            )
          : await subject.model();
      const { predictions, truncated, unknownShare } = await classifyPairs(id, model, subject.target, data.test, classes, longest, context);
      return {
        metrics: [accuracyOf(data.test, predictions)],
        facts: {
          protocol: settings ? 'xtreme/ft' : 'checkpoint',
          items: digestPairs(data.test),
          truncated,
          unknownShare,
          predicted: predictedShares(predictions),
          ...(data.leftOut > 0 && { leakingTrainingPairsLeftOut: data.leftOut }),
        },
      };
    },
  });
}
