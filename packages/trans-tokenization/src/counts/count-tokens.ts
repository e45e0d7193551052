import { createCheckpoint, hasToken, RowOrigin, type Overlap, type Tokenizer } from '@lexigraft/core';
import { countNumbers } from './count-numbers.ts';
import { countPieces, isEvidence, type PieceRules, type UnitPair } from './count-pieces.ts';
import { CountTable, type CountRows } from './count-table.ts';
import { smoothCounts } from './smooth-counts.ts';

/** N after each stage; rows are target tokens, columns source tokens. */
export interface TokenCounts {
  /** Evidence of text, lexicon, numerals and shared tokens. */
  readonly evidence: CountRows;
  /** What tokens without evidence borrow; rows of the others are empty. */
  readonly borrowed: CountRows;
}

/** What {@link countTokens} works on. */
export interface CountTokensInput {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
  readonly overlap: Overlap;
  readonly pairs: Iterable<UnitPair>;
  /** @default true */
  readonly smoothing?: boolean;
  /** Let the source's unknown token explain others, as the released code does. @default false */
  readonly keepUnknown?: boolean;
  readonly signal: AbortSignal;
  /** Called with the tokens that smoothing is done with, and all of them. */
  readonly onSmoothed?: (done: number, total: number) => void;
}

/** Units between two looks at the signal. */
const pairsPerCheck = 1024;

/**
 * Turns evidence for pairs of units into evidence for pairs of tokens: stages C to E of trans-tokenization, in real numbers.
 *
 * Special tokens have no rows: they go by role.
 */
export async function countTokens(input: CountTokensInput): Promise<TokenCounts> {
  const { source, target, overlap, pairs, smoothing = true, keepUnknown = false, signal, onSmoothed } = input;
  const rules: PieceRules = { source: source.vocabulary, target: target.vocabulary, keepUnknown };
  const table = new CountTable();
  const checkpoint = createCheckpoint(signal);
  let done = 0;
  for (const pair of pairs) {
    if (done++ % pairsPerCheck === 0) await checkpoint();
    countPieces(table, pair, rules);
  }
  await countNumbers(table, source, target, rules);
  signal.throwIfAborted();
  countShared(table, overlap, rules);
  const evidence = table.toRows(target.vocabulary.size);
  const borrowed = smoothing
    ? await smoothCounts({
        source: source.vocabulary,
        target: target.vocabulary,
        counts: evidence,
        signal,
        ...(onSmoothed && { onTokens: onSmoothed }),
      })
    : new CountTable().toRows(target.vocabulary.size);
  return { evidence, borrowed };
}

/** Adds 1 for every ordinary token both vocabularies hold. */
function countShared(table: CountTable, { sourceIds, origins }: Overlap, rules: PieceRules): void {
  for (let id = 0; id < sourceIds.length; id++) {
    const isShared = origins[id] === RowOrigin.copied || origins[id] === RowOrigin.fuzzy;
    if (isShared && hasToken(rules.target, id) && isEvidence(sourceIds[id], rules)) table.add(id, sourceIds[id], 1);
  }
}
