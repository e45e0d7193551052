import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { writeWorld, type LanguageFiles, type TargetFiles } from '@lexigraft/bench';
import type { EncoderOrder } from './train-encoder.ts';

/** Updates of the source model, which has to learn an inference task from nothing, and of a helper, which fills gaps in sentences. */
const SOURCE_STEPS = 1200;
const HELPER_STEPS = 250;

/** Everything that comes with the project, and the bound that only a synthetic language has. */
export const strategies: readonly (string | { readonly id: string; readonly options: object })[] = [
  'oracle',
  'trans-tokenization',
  'wechsel',
  'mosecrot',
  'ramen',
  'ofa',
  'salt',
  'focus',
  'clp',
  'clp-plus',
  // There are few shared words to choose from.
  { id: 'omp', options: { atoms: 16 } },
  'knn',
  'global-linear',
  'subtokens',
  'merge',
  'align',
  'unks-everywhere',
  'multivariate',
  'mean',
  'copy',
  'random',
];

/**
 * Makes two languages that are derived from a third, trains a small encoder of the source language on inference and a helper model for each target language, and writes the
 * configuration of a bench over them.
 *
 * @returns the path of the configuration
 */
export async function makeWorld(folder: string, seed: number): Promise<string> {
  const world = await writeWorld({ folder, seed });
  const source: EncoderOrder = { kind: 'nli', data: world.source.nliTraining, ...placeOf(world.source), steps: SOURCE_STEPS, seed };
  const helpers = world.targets.map((target): EncoderOrder => ({
    kind: 'text',
    data: target.text,
    ...placeOf(target),
    steps: HELPER_STEPS,
    seed,
  }));
  await Promise.all([train([source]), train(helpers)]);
  const config = join(folder, 'bench.json');
  const at = (path: string): string => relative(folder, path);
  await writeFile(
    config,
    `${JSON.stringify(
      {
        name: 'demo',
        out: 'results',
        sourceLanguage: 'source',
        models: { source: at(source.folder) },
        shared: { sourceVectors: at(world.source.vectors) },
        languages: Object.fromEntries(world.targets.map((target) => [target.id, languageOf(target, at)])),
        strategies,
        // A process for every strategy, to measure its memory, would take longer than all the rest.
        tasks: ['xnli/finetuned', 'lexicon', 'retrieval', 'coverage', { id: 'cost', options: { memory: false } }],
        seeds: [0],
        baseline: 'random',
        device: 'cpu',
      },
      null,
      2,
    )}\n`,
  );
  return config;
}

function placeOf({ tokenizer }: LanguageFiles): Pick<EncoderOrder, 'folder' | 'tokenizer'> {
  return { folder: join(tokenizer, '..', 'model'), tokenizer };
}

function languageOf(target: TargetFiles, at: (path: string) => string): object {
  return {
    helper: at(placeOf(target).folder),
    vectors: at(target.vectors),
    lexicon: at(target.lexicon),
    text: at(target.text),
    pairs: at(target.parallel),
    gold: at(target.gold),
    datasets: { nli: at(target.nliTest), lexicon: at(target.lexiconTest), parallel: at(target.parallelTest), heldOut: at(target.heldOut) },
  };
}

/** Trains in a process of its own, so that both processors work. */
async function train(orders: readonly EncoderOrder[]): Promise<void> {
  const child = fork(join(import.meta.dirname, 'train-encoder.ts'), [JSON.stringify(orders)]);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The training of ${orders.map(({ folder }) => folder).join(', ')} ended with code ${String(code)}.`);
}
