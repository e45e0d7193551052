import { LexigraftError } from '@lexigraft/core';
import { IdList } from './id-list.ts';
import type { WordPair } from './split-pair.ts';
import type { TypeIds } from './translation-table.ts';
import { WordIndex } from './word-index.ts';

/** One side of a corpus as flat shared arrays: sentence `k` owns `ids[offsets[k], offsets[k + 1])`. */
export interface EncodedSide {
  /** `[sentences + 1]` */
  readonly offsets: Uint32Array;
  /** `[tokens]`, 0 is NULL and never stands in a sentence unless the text holds a literal `<eps>` */
  readonly ids: TypeIds;
  /** Number of word types, NULL included. */
  readonly types: number;
}

/** A parallel corpus in memory that workers share. */
export interface EncodedCorpus {
  readonly sentences: number;
  readonly source: EncodedSide;
  readonly target: EncodedSide;
}

/** An {@link EncodedCorpus} with the words its ids stand for and what was left out. */
export interface IndexedCorpus extends EncodedCorpus {
  readonly sourceWords: readonly string[];
  readonly targetWords: readonly string[];
  /** Pairs left out because a side was empty or longer than the limit; their alignments are empty. */
  readonly skipped: { readonly empty: number; readonly long: number };
  /** `[sentences]` position of each kept pair among the pairs given. */
  readonly positions: Uint32Array;
  /** Pairs given, kept or not. */
  readonly pairs: number;
}

/** fast_align refuses longer sentences: it counts positions in 16 bits. */
export const longestSentence = 32_767;

/**
 * Numbers the words of a stream of pairs.
 *
 * @param longest pairs with a longer side (in words) are left out and counted
 * @throws {LexigraftError} `empty-input` if no usable pair came; `invalid-option` for a limit that positions in 16 bits do not reach
 */
export async function encodeCorpus(
  pairs: Iterable<WordPair> | AsyncIterable<WordPair>,
  longest: number = longestSentence,
): Promise<IndexedCorpus> {
  if (!(Number.isInteger(longest) && longest >= 1 && longest <= longestSentence))
    throw new LexigraftError('invalid-option', `\`longest\` must be a whole number from 1 to ${longestSentence}; it is ${longest}.`, {
      longest,
    });
  const [sourceIndex, targetIndex] = [new WordIndex(), new WordIndex()];
  const [sourceIds, sourceOffsets, targetIds, targetOffsets, positions] = [
    new IdList(),
    new IdList(),
    new IdList(),
    new IdList(),
    new IdList(),
  ];
  const skipped = { empty: 0, long: 0 };
  let count = 0;
  sourceOffsets.push(0);
  targetOffsets.push(0);
  for await (const { source, target } of pairs) {
    const position = count++;
    if (source.length === 0 || target.length === 0) {
      skipped.empty++;
      continue;
    }
    if (source.length > longest || target.length > longest) {
      skipped.long++;
      continue;
    }
    for (const word of source) sourceIds.push(sourceIndex.add(word));
    for (const word of target) targetIds.push(targetIndex.add(word));
    sourceOffsets.push(sourceIds.length);
    targetOffsets.push(targetIds.length);
    positions.push(position);
  }
  if (positions.length === 0) {
    throw new LexigraftError(
      'empty-input',
      `The parallel corpus holds no usable sentence pair (${count} read, ${skipped.empty} with an empty side, ${skipped.long} too long).`,
      { pairs: count, ...skipped },
    );
  }
  const sentences = positions.length;
  return {
    sentences,
    source: { offsets: sourceOffsets.toShared(), ids: sourceIds.toSharedIds(), types: sourceIndex.words.length },
    target: { offsets: targetOffsets.toShared(), ids: targetIds.toSharedIds(), types: targetIndex.words.length },
    sourceWords: sourceIndex.words,
    targetWords: targetIndex.words,
    skipped,
    positions: positions.toShared(),
    pairs: count,
  };
}

/** Leaves out what workers need not be given: words are copied for every task, ids are shared. */
export function withoutWords({ sentences, source, target }: EncodedCorpus): EncodedCorpus {
  return { sentences, source, target };
}

/** Swaps the sides, for the reverse direction. */
export function reverseCorpus({ sentences, source, target }: EncodedCorpus): EncodedCorpus {
  return { sentences, source: target, target: source };
}
