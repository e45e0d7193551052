import { LexigraftError, type ResourceName } from '@lexigraft/core';
import { namesParallelText } from './parallel-text.ts';
import type { TransferFlags } from './request.ts';

/** Resources that one flag of the same name gives. */
const ownFlags = ['helper', 'vectors', 'sourceVectors', 'lexicon', 'text'] as const satisfies readonly ResourceName[];

/** Returns the resources that flags of a transfer give. */
export function givenResources(flags: TransferFlags): ReadonlySet<ResourceName> {
  const given = new Set<ResourceName>(ownFlags.filter((name) => flags[name] !== undefined));
  if (namesParallelText(flags)) given.add('parallelText');
  if ((flags.texts ?? []).length > 0) given.add('texts');
  return given;
}

/** @throws {LexigraftError} `invalid-option` for a flag that tells how a file is laid out, without that file */
export function assertLaidOutFilesGiven(flags: TransferFlags): void {
  if (flags.lexiconOrder !== undefined && flags.lexicon === undefined)
    throw invalid('--lexicon-order', '--lexicon-order tells which language a line of --lexicon begins with, and --lexicon is missing.');
  if (namesParallelText(flags)) return;
  const { pairsFormat, columns, languages, fields, keyColumns } = flags;
  for (const [flag, value] of Object.entries({
    '--pairs-format': pairsFormat,
    '--columns': columns,
    '--languages': languages,
    '--fields': fields,
  }))
    if (value !== undefined) throw invalid(flag, `${flag} tells how --pairs is laid out, and --pairs is missing.`);
  if (keyColumns !== undefined)
    throw invalid('--key-columns', '--key-columns joins two tables, so it needs --parallel-source and --parallel-target.');
}

function invalid(option: string, message: string): LexigraftError {
  return new LexigraftError('invalid-option', message, { option });
}
