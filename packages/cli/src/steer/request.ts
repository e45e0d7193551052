import { resolve } from 'node:path';
import { LexigraftError, resourcesOfModel, type AnyEmbeddingTransfer, type Json, type ResourceName } from '@lexigraft/core';
import { requiredFlag } from '../arguments/required-flag.ts';
import { parseStrategyOptions } from '../arguments/strategy-options.ts';
import type { CommandIo } from '../io.ts';
import { chainedNames } from '../strategy-chain.ts';
import { makeStrategy, registry } from '../strategies.ts';
import { assertLaidOutFilesGiven, givenResources } from '../transfer/given-resources.ts';
import { assertResourcesGiven, flagOf } from '../transfer/missing-resources.ts';
import type { TransferFlags } from '../transfer/request.ts';
import { parseLanguageTexts, type LanguageText } from '../transfer/steering-resources.ts';

/** Strategies that leave the vocabulary as it is. */
const steering: ReadonlySet<string> = new Set(['lens']);

/** Tells whether `--strategy` names only strategies that leave the vocabulary as it is, so that there is no target. */
export function steersOnly(strategy: string | undefined): boolean {
  return strategy !== undefined && chainedNames(strategy).every((name) => steering.has(name));
}

/** Checked flags of a transfer that only steers. */
export interface SteeringJob {
  readonly strategy: AnyEmbeddingTransfer;
  readonly options: Readonly<Record<string, Json>>;
  readonly texts: readonly LanguageText[];
  readonly source: string;
  readonly out: string | undefined;
  readonly outLabel: string;
  /** What was given and is of no use, a sentence each. */
  readonly notes: readonly string[];
}

/** Returns the flags given that say something about a new vocabulary; one that repeats its default says nothing. */
function vocabularyFlagsIn(flags: TransferFlags): readonly string[] {
  const given: Readonly<Record<string, boolean>> = {
    '--target': flags.target !== undefined,
    '--target-words': flags.targetWords !== undefined,
    '--outside-words': flags.outsideWords !== undefined,
    '--helper': flags.helper !== undefined,
    '--body': flags.body !== undefined,
    '--rebased-source': flags.rebasedSource !== undefined,
    '--override': flags.override !== undefined,
    '--overlap': flags.overlap !== 'auto',
    '--template': flags.template !== 'source',
    '--keep-source-vocabulary': flags.keepSourceVocabulary === true,
    '--add-tokens': flags.addTokens !== undefined,
    '--pad-to-multiple-of': flags.padToMultipleOf !== undefined,
    '--sample-text': flags.sampleText !== undefined,
  };
  return Object.keys(given).filter((flag) => given[flag]);
}

/** Checks the flags and makes the strategy. @throws {LexigraftError} `invalid-option`, `missing-resource`, or what making the strategy throws */
export async function readSteeringJob(flags: TransferFlags, io: CommandIo): Promise<SteeringJob> {
  const source = requiredFlag('--source', flags.source, 'the model to change', 'transfer');
  if (flags.dryRun !== true) requiredFlag('--out', flags.out, 'the folder to write', 'transfer');
  const vocabularyFlag = vocabularyFlagsIn(flags).at(0);
  if (vocabularyFlag !== undefined) {
    throw new LexigraftError(
      'invalid-option',
      `${vocabularyFlag} makes no sense with --strategy ${flags.strategy ?? ''}, which leaves the vocabulary as it is; to change it too, chain: --strategy salt,lens.`,
      { option: vocabularyFlag },
    );
  }
  const options = parseStrategyOptions(flags.option ?? []);
  const strategy = await makeStrategy(flags.strategy ?? '', options, io.cwd);
  const texts = parseLanguageTexts(flags.texts ?? []);
  const needs = strategy.needs as readonly ResourceName[];
  const given = givenResources(flags);
  const others = registry.ids.filter((id) => id !== 'random' && !steering.has(id));
  const free: string[] = [];
  for (const id of others) if ((await registry.loadByName(id)).needs.length === 0) free.push(id);
  assertResourcesGiven(strategy.id, needs, new Set([...given, ...resourcesOfModel]), free);
  assertLaidOutFilesGiven(flags);
  const unused = [...given].filter((name) => !needs.includes(name));
  return {
    strategy,
    options,
    texts,
    source,
    out: flags.out === undefined ? undefined : resolve(io.cwd, flags.out),
    outLabel: flags.out ?? '',
    notes: [
      ...unused.map((name) => `${strategy.id} makes no use of ${flagOf(name)}.`),
      // The model runs on TensorFlow.js, which shares it out among threads by itself or not at all.
      ...(flags.threads === undefined
        ? []
        : [`${strategy.id} makes no use of --threads; docs/gpu.md says how many threads a model takes.`]),
    ],
  };
}
