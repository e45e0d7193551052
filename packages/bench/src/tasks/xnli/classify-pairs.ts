import { LexigraftError } from '@lexigraft/core';
import type { Transformer } from '@lexigraft/models';
import { labelOf } from '../../data/nli-labels.ts';
import { nliLabels, type NliItem, type NliLabel } from '../../data/nli-item.ts';
import { encodePairs } from '../encoding/encode-sequences.ts';
import type { TextSide } from '../subject.ts';
import type { WorkContext } from '../task.ts';
import { assertFiniteScores, chooseLargest } from './choose.ts';

/** What a classifier said about pairs. */
export interface PairVerdicts {
  /** `[pairs]` */
  readonly predictions: readonly NliLabel[];
  readonly truncated: number;
  readonly unknownShare: number;
}

/**
 * Returns which label each class of a model stands for, by the names in its configuration or those given.
 *
 * @throws {LexigraftError} `invalid-option` unless the classes name the three labels once each: orders differ from model to model, and are never guessed
 */
export function classLabels(names: readonly string[] | undefined, given?: readonly NliLabel[]): readonly NliLabel[] {
  const labels = given ?? names?.map((name) => labelOf(name, {}));
  if (labels?.length === 3 && nliLabels.every((label) => labels.includes(label))) return labels as readonly NliLabel[];
  throw new LexigraftError(
    'invalid-option',
    `The classes of the model are called ${names?.join(', ') ?? 'nothing'}, which does not say which is entailment, neutral and contradiction; name them in order with \`labels\`.`,
    { classes: [...(names ?? [])] },
  );
}

/**
 * Classifies pairs; equal logits go to the lower class.
 *
 * @param task named where the model fails
 * @throws {LexigraftError} `shape-mismatch` for a model of other classes, `not-finite` for logits that choose nothing
 */
export async function classifyPairs(
  task: string,
  model: Transformer,
  side: TextSide,
  items: readonly NliItem[],
  labels: readonly NliLabel[],
  maximumLength: number,
  { signal, report }: Pick<WorkContext, 'signal' | 'report'>,
): Promise<PairVerdicts> {
  const pairs = items.map(({ premise, hypothesis }) => [premise, hypothesis] as const);
  const { sequences, truncated, unknownShare } = await encodePairs(side, pairs, maximumLength, signal);
  const logits = await model.classify(sequences, {
    signal,
    onProgress: ({ done, total }) => {
      report({ stage: 'classify', done, total });
    },
  });
  if (logits.columns !== labels.length)
    throw new LexigraftError('shape-mismatch', `The model has ${logits.columns} classes; ${labels.length} are named.`, {
      classes: logits.columns,
      labels: labels.length,
    });
  assertFiniteScores(task, logits.data, labels.length);
  const predictions = items.map((_, item) => labels[chooseLargest(logits.data.subarray(item * labels.length, (item + 1) * labels.length))]);
  return { predictions, truncated, unknownShare };
}
