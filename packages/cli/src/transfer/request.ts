import { resolve } from 'node:path';
import {
  LexigraftError,
  resourcesOfModel,
  type AnyEmbeddingTransfer,
  type Json,
  type OverlapOptions,
  type ResourceName,
} from '@lexigraft/core';
import { parseOverrides } from '../arguments/overrides.ts';
import { requiredFlag } from '../arguments/required-flag.ts';
import { parseStrategyOptions } from '../arguments/strategy-options.ts';
import type { CommonFlags } from '../commands/common-flags.ts';
import type { Device } from '../engines.ts';
import type { CommandIo } from '../io.ts';
import { makeStrategy, registry } from '../strategies.ts';
import { assertResourcesGiven } from './missing-resources.ts';
import { assertExpansionFlags, type ExpansionFlags } from './expansion.ts';
import { assertLaidOutFilesGiven, givenResources } from './given-resources.ts';
import { assertOutputsApart } from './output.ts';
import { parseLanguageTexts, type LanguageText, type LanguageTextFlags } from './steering-resources.ts';
import { assertWordFlags, wordFileOf, type TargetWordFlags } from './target-words.ts';
import { locateParallelText, type ParallelTextFlags, type ParallelTextJob } from './parallel-text.ts';

/** Flags of `lexigraft transfer` as the command line reads them. */
export interface TransferFlags extends CommonFlags, ParallelTextFlags, TargetWordFlags, ExpansionFlags, LanguageTextFlags {
  readonly source?: string;
  readonly target?: string;
  readonly strategy?: string;
  readonly helper?: string;
  readonly vectors?: string;
  readonly sourceVectors?: string;
  readonly lexicon?: string;
  readonly lexiconOrder?: 'source-first' | 'target-first';
  readonly text?: string;
  readonly option?: readonly string[];
  readonly override?: readonly string[];
  readonly overlap: 'auto' | 'exact' | 'fuzzy';
  readonly template: 'source' | 'target';
  readonly padToMultipleOf?: number;
  readonly sampleText?: string;
  readonly out?: string;
  readonly rebasedSource?: string;
  readonly body?: string;
  readonly seed: number;
  readonly device: Device;
  readonly threads?: number;
  readonly offline?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** Checked flags of a transfer; nothing has been opened yet. */
export interface TransferJob {
  readonly strategy: AnyEmbeddingTransfer;
  readonly options: Readonly<Record<string, Json>>;
  /** As the user wrote them. */
  readonly source: string;
  readonly target: string;
  readonly helper?: string;
  readonly vectors?: string;
  readonly sourceVectors?: string;
  readonly lexicon?: string;
  readonly lexiconOrder?: 'source-first' | 'target-first';
  readonly text?: string;
  /** Texts by language. */
  readonly texts: readonly LanguageText[];
  /** How the words of a target `words:FILE` become tokens. */
  readonly words: TargetWordFlags;
  readonly parallelText?: ParallelTextJob;
  readonly overlap: OverlapOptions;
  /** Absolute; absent only in a dry run. */
  readonly out?: string;
  /** As the user wrote it. */
  readonly outLabel: string;
  /** A model that was trained further on other rows, as the user wrote it; its body is kept. */
  readonly body?: string;
  /** Absolute; where the re-expressed source goes. */
  readonly rebasedSource?: string;
  /** What was given and is of no use to the strategy. */
  readonly unused: readonly ResourceName[];
}

/**
 * Checks the flags of a transfer against each other and makes the strategy.
 *
 * @throws {LexigraftError} `invalid-option`, `unknown-strategy`, `missing-resource`, `missing-target`, `file-not-found`
 */
export async function readTransferJob(flags: TransferFlags, io: CommandIo): Promise<TransferJob> {
  const id = requiredFlag('--strategy', flags.strategy, 'how the new rows are made; `lexigraft strategies` lists them', 'transfer');
  const source = requiredFlag('--source', flags.source, 'the model to change', 'transfer');
  if (flags.dryRun !== true) requiredFlag('--out', flags.out, 'the folder to write', 'transfer');
  const options = parseStrategyOptions(flags.option ?? []);
  const overrides = parseOverrides(flags.override ?? []);
  const strategy = await makeStrategy(id, options, io.cwd);
  const needs = strategy.needs as readonly ResourceName[];
  const target = flags.target ?? flags.helper;
  // A strategy that needs vectors takes those the words came with.
  const vectors = flags.vectors ?? (needs.includes('vectors') ? wordFileOf(target ?? '') : undefined);
  const given = givenResources({ ...flags, ...(vectors !== undefined && { vectors }) });
  const texts = parseLanguageTexts(flags.texts ?? []);
  const available = new Set<ResourceName>([...given, ...resourcesOfModel]);
  assertResourcesGiven(strategy.id, needs, available, await alternativesFor(available));
  if (target === undefined) {
    throw new LexigraftError(
      'missing-target',
      '--target is missing: the tokenizer the model shall get, a folder, a file or hf:organisation/name. With --helper, the helper’s tokenizer is taken.',
      { option: 'target' },
    );
  }
  assertLaidOutFilesGiven(flags);
  assertWordFlags(target, flags);
  assertExpansionFlags(flags, flags);
  if (flags.rebasedSource !== undefined && flags.out !== undefined) await assertOutputsApart(flags.out, flags.rebasedSource, io);
  const outLabel = flags.out ?? '';
  return {
    strategy,
    options,
    source,
    target,
    ...(flags.helper === undefined ? {} : { helper: flags.helper }),
    ...(vectors === undefined ? {} : { vectors }),
    ...(flags.sourceVectors === undefined ? {} : { sourceVectors: flags.sourceVectors }),
    ...(flags.lexicon === undefined ? {} : { lexicon: flags.lexicon }),
    ...(flags.lexiconOrder === undefined ? {} : { lexiconOrder: flags.lexiconOrder }),
    ...(flags.text === undefined ? {} : { text: flags.text }),
    texts,
    words: {
      ...(flags.targetWords === undefined ? {} : { targetWords: flags.targetWords }),
      ...(flags.outsideWords === undefined ? {} : { outsideWords: flags.outsideWords }),
    },
    ...(given.has('parallelText') ? { parallelText: await locateParallelText(flags, io) } : {}),
    overlap: { mode: flags.overlap, overrides },
    ...(flags.out === undefined ? {} : { out: resolve(io.cwd, flags.out) }),
    outLabel,
    ...(flags.body === undefined ? {} : { body: flags.body }),
    ...(flags.rebasedSource === undefined ? {} : { rebasedSource: resolve(io.cwd, flags.rebasedSource) }),
    unused: [...given].filter((name) => !needs.includes(name)),
  };
}

/** The strategies that what was given suffices for; `random` is a control and not advised. */
async function alternativesFor(given: ReadonlySet<ResourceName>): Promise<readonly string[]> {
  const all = await Promise.all(registry.ids.filter((id) => id !== 'random').map((id) => registry.loadByName(id)));
  return all.filter(({ needs }) => (needs as readonly ResourceName[]).every((name) => given.has(name))).map(({ id }) => id);
}
