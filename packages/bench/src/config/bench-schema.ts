import type { Json } from '@lexigraft/core';
import { z } from 'zod';
import type { BenchFile } from './bench-config.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'letters, digits and . _ + - only, beginning with a letter or digit');
const path = z.string().min(1);
const json: z.ZodType<Json> = z.json();
const options = z.record(z.string(), json);

const named = z.union([z.string().min(1), z.strictObject({ id: z.string().min(1), name: name.optional(), options: options.optional() })]);

const pairs = z.union([
  path,
  z.strictObject({
    pairs: path.optional(),
    source: path.optional(),
    target: path.optional(),
    format: z.enum(['bars', 'tsv', 'tmx', 'jsonl']).optional(),
    columns: z.tuple([z.int().min(0), z.int().min(0)]).optional(),
    keyColumns: z.array(z.int().min(0)).optional(),
    languages: z.tuple([z.string(), z.string()]).optional(),
    fields: z.tuple([z.string(), z.string()]).optional(),
  }),
]);

const lexicon = z.union([path, z.strictObject({ path, order: z.enum(['source-first', 'target-first']).optional() })]);
const column = z.union([z.string(), z.int().min(0)]);
const nli = z.union([
  path,
  z.strictObject({
    path: z.union([path, z.array(path).min(1)]),
    format: z.enum(['tsv', 'jsonl', 'parquet']).optional(),
    columns: z.strictObject({ premise: column, hypothesis: column, label: column, language: column.optional() }).optional(),
    labels: z.record(z.string(), z.enum(['entailment', 'neutral', 'contradiction'])).optional(),
    language: z.string().optional(),
    limit: z.int().min(1).optional(),
  }),
]);
/** Texts of several languages by their names. */
const texts = z.record(z.string().min(1), path);
const text = z.union([path, z.strictObject({ path, limit: z.int().min(1).optional() })]);

const datasets = z.strictObject({
  nli: nli.optional(),
  nliTraining: nli.optional(),
  nliSelection: nli.optional(),
  heldOut: text.optional(),
  text: text.optional(),
  parallel: pairs.optional(),
  lexicon: lexicon.optional(),
});

const language = z.strictObject({
  target: path.optional(),
  helper: path.optional(),
  vectors: path.optional(),
  sourceVectors: path.optional(),
  lexicon: lexicon.optional(),
  text: path.optional(),
  texts: texts.optional(),
  pairs: pairs.optional(),
  /** Sentence pairs with what each stretch stands for, as synthetic languages have them. */
  gold: path.optional(),
  datasets: datasets.default({}),
});

const model = z.union([path, z.strictObject({ path })]);

/** What a configuration may hold. Paths start from its folder. */
export const benchSchema: z.ZodType<BenchFile> = z.strictObject({
  name: name.optional(),
  /** Folder of results. */
  out: path.optional(),
  sourceLanguage: z.string().min(1).default('en'),
  models: z.record(name, model).refine((models) => Object.keys(models).length > 0, 'at least one model'),
  languages: z.record(name, language).refine((languages) => Object.keys(languages).length > 0, 'at least one language'),
  /** What every language is given where it gives no other. */
  shared: z.strictObject({ sourceVectors: path.optional(), texts: texts.optional(), datasets: datasets.optional() }).default({}),
  strategies: z.array(named).min(1),
  tasks: z.array(named).min(1),
  seeds: z
    .array(z.int().min(0))
    .min(1)
    .refine((seeds) => new Set(seeds).size === seeds.length, 'every seed once')
    .default([0]),
  /** The strategy that others are compared with. */
  baseline: z.string().optional(),
  device: z.enum(['auto', 'cpu', 'wasm', 'webgpu', 'cuda']).default('auto'),
  /** Processes that work at once. */
  workers: z.int().min(0).max(256).optional(),
  /** Seconds after which a cell is given up. */
  timeLimit: z.number().positive().optional(),
});

/** Says in a clause what is wrong, and where. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const key = issue.path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('');
  if (issue.code === 'unrecognized_keys')
    return `${key === '' ? '' : `${key}: `}unknown key${issue.keys.length > 1 ? 's' : ''} ${issue.keys.map((one) => `\`${one}\``).join(', ')}`;
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors
      .flat()
      .sort((a, b) => b.path.length - a.path.length)
      .at(0);
    if (deepest !== undefined && (deepest.path.length > 0 || deepest.code === 'unrecognized_keys'))
      return describeIssue({ ...deepest, path: [...issue.path, ...deepest.path] });
    return `${key}: not of the expected form`;
  }
  return `${key === '' ? 'the configuration' : key}: ${issue.message.replace(/^Invalid input: /, '').replace(/^Invalid string: /, '')}`;
}
