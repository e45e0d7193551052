import { createCheckpoint, type Encodings, type Tokenizer } from '@lexigraft/core';
import { CountTable, type CountRows } from '../counts/count-table.ts';
import type { TokenCounts } from '../counts/count-tokens.ts';
import { unknownOf } from '../roles.ts';
import {
  countReleasedNumeral,
  countReleasedPair,
  countReleasedShared,
  countReleasedSpecials,
  type ReleasedCounts,
} from './released-counts.ts';
import type { ReleasedVocabulary } from './released-strings.ts';
import { smoothReleased } from './smooth-released.ts';

/** What `countReleased` works on. */
export interface CountReleasedInput {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
  readonly sourceStrings: ReleasedVocabulary;
  readonly targetStrings: ReleasedVocabulary;
  readonly pairs: Iterable<{ readonly source: string; readonly target: string; readonly count: number }>;
  readonly smoothing?: boolean;
  readonly signal: AbortSignal;
  /** Called with the tokens that smoothing is done with, and all of them. */
  readonly onSmoothed?: (done: number, total: number) => void;
}

/** Pairs, and tokens, between two looks at the signal. */
const pairsPerCheck = 1024;
const tokensPerCheck = 32;

/** Returns N[t][s] of the released code before and after smoothing, by strings. */
export async function countReleasedStrings(
  input: CountReleasedInput,
): Promise<{ readonly counts: ReleasedCounts; readonly smoothed: ReleasedCounts }> {
  const { sourceStrings, targetStrings, pairs, smoothing = true, signal, onSmoothed } = input;
  const counts: ReleasedCounts = new Map();
  const checkpoint = createCheckpoint(signal);
  let done = 0;
  for (const pair of pairs) {
    if (done++ % pairsPerCheck === 0) await checkpoint();
    countReleasedPair(counts, pair, sourceStrings, targetStrings);
  }
  await countNumerals(counts, input);
  signal.throwIfAborted();
  countReleasedShared(counts, sourceStrings, targetStrings);
  countReleasedSpecials(counts, sourceStrings, targetStrings);
  const smoothed: ReleasedCounts = new Map([...counts].map(([token, row]) => [token, new Map(row)]));
  if (smoothing)
    await smoothReleased(smoothed, targetStrings.strings, (token, total) => {
      if (token % tokensPerCheck !== 0) return undefined;
      onSmoothed?.(token, total);
      return checkpoint();
    });
  return { counts, smoothed };
}

/** The same by ids: strings that are no source token count for the unknown token, strings that are no target token are dropped. */
export async function countReleased(input: CountReleasedInput): Promise<TokenCounts> {
  const { counts, smoothed } = await countReleasedStrings(input);
  const unknown = unknownOf(input.source.vocabulary);
  const rowsOf = (strings: Iterable<readonly [string, ReadonlyMap<string, number>]>): CountRows => {
    const table = new CountTable();
    for (const [token, row] of strings) {
      const id = input.targetStrings.ids.get(token);
      if (id === undefined) continue;
      for (const [evidence, mass] of row) table.add(id, input.sourceStrings.ids.get(evidence) ?? unknown, mass);
    }
    return table.toRows(input.target.vocabulary.size);
  };
  return { evidence: rowsOf(counts), borrowed: rowsOf([...smoothed].filter(([token]) => !counts.has(token))) };
}

async function countNumerals(counts: ReleasedCounts, { source, target, sourceStrings, targetStrings }: CountReleasedInput): Promise<void> {
  const numerals = releasedNumerals();
  const texts = numerals.flatMap((numeral) => [numeral, ` ${numeral}`]);
  const [sources, targets] = [await source.encodeBatch(texts), await target.encodeBatch(texts)];
  const pieces = (tokenizer: Tokenizer, { textOffsets, ids }: Encodings, index: number): readonly string[] =>
    Array.from(ids.subarray(textOffsets[index], textOffsets[index + 1]), (id) => tokenizer.vocabulary.tokens[id] ?? '');
  numerals.forEach((numeral, index) => {
    const cut = {
      sourceBare: pieces(source, sources, 2 * index),
      sourceLead: pieces(source, sources, 2 * index + 1),
      targetBare: pieces(target, targets, 2 * index),
      targetLead: pieces(target, targets, 2 * index + 1),
    };
    countReleasedNumeral(counts, numeral, cut, sourceStrings, targetStrings);
  });
}

/** 0 to 9998, and 0 to 98 after a zero. */
function releasedNumerals(): readonly string[] {
  return [...Array.from({ length: 9999 }, (_, value) => String(value)), ...Array.from({ length: 99 }, (_, value) => `0${value}`)];
}
