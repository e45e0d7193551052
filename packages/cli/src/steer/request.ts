import { resolve } from 'node:path';
import { LexigraftError, type AnyEmbeddingTransfer, type Json, type ResourceName } from '@lexigraft/core';
import { requiredFlag } from '../arguments/required-flag.ts';
import { parseStrategyOptions } from '../arguments/strategy-options.ts';
import type { CommandIo } from '../io.ts';
import { chainedNames } from '../strategy-chain.ts';
import { makeStrategy, registry } from '../strategies.ts';
import { assertResourcesGiven } from '../transfer/missing-resources.ts';
import type { TransferFlags } from '../transfer/request.ts';
import { madeResources, parseLanguageTexts, type LanguageText } from '../transfer/steering-resources.ts';

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
}

/** Checks the flags and makes the strategy. @throws {LexigraftError} `invalid-option`, `missing-resource`, or what making the strategy throws */
export async function readSteeringJob(flags: TransferFlags, io: CommandIo): Promise<SteeringJob> {
  const source = requiredFlag('--source', flags.source, 'the model to change', 'transfer');
  if (flags.dryRun !== true) requiredFlag('--out', flags.out, 'the folder to write', 'transfer');
  for (const [flag, value] of [
    ['--target', flags.target],
    ['--helper', flags.helper],
    ['--body', flags.body],
    ['--rebased-source', flags.rebasedSource],
  ] as const) {
    if (value === undefined) continue;
    throw new LexigraftError(
      'invalid-option',
      `${flag} makes no sense with --strategy ${flags.strategy ?? ''}, which leaves the vocabulary as it is; to change it too, chain: --strategy salt,lens.`,
      { option: flag },
    );
  }
  const options = parseStrategyOptions(flags.option ?? []);
  const strategy = await makeStrategy(flags.strategy ?? '', options, io.cwd);
  const texts = parseLanguageTexts(flags.texts ?? []);
  const given = new Set<ResourceName>([...madeResources, ...(texts.length > 0 ? (['texts'] as const) : [])]);
  const others = registry.ids.filter((id) => id !== 'random' && !steering.has(id));
  const free: string[] = [];
  for (const id of others) if ((await registry.loadByName(id)).needs.length === 0) free.push(id);
  assertResourcesGiven(strategy.id, strategy.needs as readonly ResourceName[], given, free);
  return {
    strategy,
    options,
    texts,
    source,
    out: flags.out === undefined ? undefined : resolve(io.cwd, flags.out),
    outLabel: flags.out ?? '',
  };
}
