import { LexigraftError, type Json } from '@lexigraft/core';
import { z } from 'zod';
import { nliLabels } from '../data/nli-item.ts';
import { cost } from './cost.ts';
import { coverage } from './embeddings/coverage.ts';
import { fertility } from './embeddings/fertility.ts';
import { lexicon } from './embeddings/lexicon.ts';
import { retrieval } from './embeddings/retrieval.ts';
import { adaptation } from './language-modelling/adaptation.ts';
import { bitsPerByteTask } from './language-modelling/bits-per-byte.ts';
import { dataTransferTask } from './language-modelling/data-transfer-task.ts';
import type { Task } from './task.ts';
import { xnliFinetuned } from './xnli/xnli-finetuned.ts';
import { xnliLikelihood } from './xnli/xnli-likelihood.ts';

const count = z.int().min(1);
const rate = z.number().positive().max(1);
const share = z.number().min(0).max(1);
const label = z.enum(nliLabels);
const lines = { lines: count.optional() };
const masking = { masking: z.enum(['one-by-one', 'strided']).optional() };
const length = { maximumLength: z.int().min(8).optional() };

const languageTraining = {
  trainable: z.enum(['embeddings', '2x2', 'all']).optional(),
  learningRate: rate.optional(),
  batchSize: count.optional(),
  schedule: z.enum(['linear', 'constant']).optional(),
  warmUp: share.optional(),
};

const fineTuning = z.strictObject({
  learningRate: rate.optional(),
  batchSize: count.optional(),
  epochs: z.number().positive().optional(),
  epsilon: z.number().positive().optional(),
  weightDecay: z.number().min(0).optional(),
  warmUp: share.optional(),
  clipNorm: z.number().positive().optional(),
  dropout: z.number().min(0).max(0.9).optional(),
  selectEvery: count.optional(),
});

/** A task by its id: which options it takes, and how it is made of them. */
interface TaskEntry {
  make(options: unknown): Task;
}

function entry(schema: z.ZodType, make: (options: never) => Task): TaskEntry {
  return { make: (options) => make(withoutUndefined(schema.parse(options)) as never) };
}

/** Optional settings that were not given are absent, not `undefined`. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, withoutUndefined(inner)]])));
}

const words = z.strictObject({ question: z.string(), entailment: z.string(), neutral: z.string(), contradiction: z.string() });

const entries: Readonly<Record<string, TaskEntry>> = {
  'xnli/finetuned': entry(
    z.strictObject({
      training: z.union([z.literal('checkpoint'), fineTuning]).optional(),
      labels: z.tuple([label, label, label]).optional(),
      leaks: z.enum(['refuse', 'leave-out']).optional(),
      ...length,
    }),
    xnliFinetuned,
  ),
  'xnli/likelihood@lm-eval-1.0': entry(z.strictObject({}), () => xnliLikelihood()),
  'xnli/likelihood@fixed': entry(z.strictObject({}), () => xnliLikelihood({ wording: 'fixed' })),
  'xnli/likelihood@own-words': entry(z.strictObject({ words }), xnliLikelihood),
  'bits-per-byte': entry(z.strictObject({ ...lines, ...masking, ...length }), bitsPerByteTask),
  adaptation: entry(
    z.strictObject({ ...languageTraining, ...length, ...masking, ...lines, bytes: count.optional(), looks: count.optional() }),
    adaptation,
  ),
  'data-transfer': entry(
    z.strictObject({
      ...languageTraining,
      ...length,
      ...masking,
      ...lines,
      bytes: count.optional(),
      sizes: z.array(count).min(2).max(20).optional(),
      epochs: count.optional(),
      patience: count.optional(),
      scratchTokenizer: z.enum(['target', 'bytes']).optional(),
      scratchLearningRate: rate.optional(),
      estimator: z.enum(['clean', 'published']).optional(),
    }),
    dataTransferTask,
  ),
  retrieval: entry(z.strictObject({ pairs: count.optional(), layer: z.int().min(0).optional(), ...length }), retrieval),
  lexicon: entry(z.strictObject({ words: count.optional() }), lexicon),
  fertility: entry(z.strictObject(lines), fertility),
  coverage: entry(z.strictObject(lines), coverage),
  cost: entry(z.strictObject({ memory: z.boolean().optional() }), cost),
};

/** The tasks that can be made by id, in the order reports list them. */
export const taskIds: readonly string[] = Object.keys(entries);

/**
 * Returns the task of that id with these options, as a configuration names it.
 *
 * @throws {LexigraftError} `invalid-option` for an unknown id, an unknown option or a value out of its range
 */
export function createTask(id: string, options: Readonly<Record<string, Json>> = {}): Task {
  if (!Object.hasOwn(entries, id))
    throw new LexigraftError('invalid-option', `There is no task \`${id.slice(0, 60)}\`; there are ${taskIds.join(', ')}.`, {
      task: id.slice(0, 60),
      tasks: [...taskIds],
    });
  try {
    return entries[id].make(options);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [{ path, message }] = error.issues;
    const where = path.length > 0 ? `option \`${path.join('.')}\` of ` : '';
    throw new LexigraftError(
      'invalid-option',
      `The ${where}task \`${id}\` is wrong: ${message}.`,
      { task: id, option: path.join('.') },
      error,
    );
  }
}
