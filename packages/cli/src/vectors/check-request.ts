import { requiredFlag } from '../arguments/required-flag.ts';
import type { CommonFlags } from '../commands/common-flags.ts';

/** Flags of `lexigraft vectors check` as the command line reads them. */
export interface CheckFlags extends CommonFlags {
  readonly vectors?: string;
  readonly sourceVectors?: string;
  readonly lexicon?: string;
  readonly lexiconOrder?: 'source-first' | 'target-first';
  readonly heldOut: number;
  readonly searched: number;
  readonly judged: number;
  readonly seed: number;
  readonly threads?: number;
  readonly offline?: boolean;
}

/** The files of a check, as they were named. */
export interface CheckFiles {
  readonly vectors: string;
  readonly sourceVectors: string;
  readonly lexicon: string;
}

/** Checks that every file is named. @throws {LexigraftError} `invalid-option` */
export function readCheckFiles({ vectors, sourceVectors, lexicon }: CheckFlags): CheckFiles {
  const required = (flag: string, value: string | undefined, what: string): string => requiredFlag(flag, value, what, 'vectors check');
  return {
    vectors: required('--vectors', vectors, 'word vectors of the target language'),
    sourceVectors: required('--source-vectors', sourceVectors, 'word vectors of the source language'),
    lexicon: required('--lexicon', lexicon, 'words of the source language with translations'),
  };
}
