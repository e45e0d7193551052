import { decodeUtf8 } from '../vocabulary/utf8.ts';
import { indexTokens, type TokenIndex } from '../vocabulary/token-index.ts';
import { isText, tokenText } from '../vocabulary/token-text.ts';
import type { Tokenizer } from '../vocabulary/tokenizer.ts';
import { tokenBytes, type Vocabulary } from '../vocabulary/vocabulary.ts';

/** Texts encoded at a time. */
const BLOCK_TEXTS = 4096;
const WORD_CHARACTER = /^[\p{L}\p{M}\p{N}]/u;

/** How {@link tokenPieces} cuts tokens. */
export interface TokenPieceOptions {
  /**
   * Keep pieces that are the other tokenizer's unknown token.
   *
   * @default false
   */
  readonly keepUnknown?: boolean;
  readonly signal?: AbortSignal;
  /** Told how many tokens are done, of how many. */
  readonly onTokens?: (done: number, total: number) => void;
}

/** Pieces of a list of tokens: token `i` owns entries `[offsets[i], offsets[i + 1])`; a token may have none. */
export interface TokenPieces {
  /** `[tokens + 1]` */
  readonly offsets: Uint32Array;
  /** `[pieces]` ids of the other vocabulary, in reading order, with repetitions */
  readonly ids: Uint32Array;
}

/**
 * Cuts tokens of one vocabulary into pieces of another tokenizer.
 *
 * A token that starts a word is encoded with a blank before it. Pieces without text (the blank a tokenizer puts first) are dropped, and so is
 * the unknown token. A first piece that starts a word although the token does not is exchanged for the same bytes inside a word, where the other
 * vocabulary has them, and the other way round. Tokens that are part of a character are cut into single bytes.
 *
 * @throws {DOMException} the abort reason if `signal` is aborted
 */
export async function tokenPieces(
  other: Tokenizer,
  vocabulary: Vocabulary,
  ids: ArrayLike<number>,
  options: TokenPieceOptions = {},
): Promise<TokenPieces> {
  const { signal, onTokens } = options;
  const index = indexTokens(other.vocabulary);
  const pieces: number[] = [];
  const offsets = new Uint32Array(ids.length + 1);
  for (let start = 0; start < ids.length; start += BLOCK_TEXTS) {
    signal?.throwIfAborted();
    const end = Math.min(start + BLOCK_TEXTS, ids.length);
    const texts = Array.from({ length: end - start }, (_, position) => spelling(vocabulary, ids[start + position]));
    const encodings = await other.encodeBatch(texts);
    for (let position = 0; position < texts.length; position++) {
      const id = ids[start + position];
      const encoded = encodings.ids.subarray(encodings.textOffsets[position], encodings.textOffsets[position + 1]);
      pieces.push(
        ...(texts[position] === ''
          ? bytePieces(index, tokenBytes(vocabulary, id))
          : cleanPieces(other.vocabulary, index, encoded, vocabulary.startsWord[id] === 1, options)),
      );
      offsets[start + position + 1] = pieces.length;
    }
    onTokens?.(end, ids.length);
  }
  signal?.throwIfAborted();
  return { offsets, ids: Uint32Array.from(pieces) };
}

/** The text to encode for a token, empty where it stands for no whole characters. */
function spelling(vocabulary: Vocabulary, id: number): string {
  if (!isText(vocabulary, id)) return '';
  return (vocabulary.startsWord[id] === 1 ? ' ' : '') + tokenText(vocabulary, id);
}

function cleanPieces(
  vocabulary: Vocabulary,
  index: TokenIndex,
  encoded: Uint32Array,
  startsWord: boolean,
  { keepUnknown = false }: TokenPieceOptions,
): readonly number[] {
  const unknown = vocabulary.roles.unknown;
  const pieces = [...encoded].filter((id) => id === unknown || (vocabulary.special[id] === 0 && tokenBytes(vocabulary, id).length > 0));
  // After a first piece that is unknown the next one stands inside the word, and stays as it is.
  if (pieces.length > 0 && pieces[0] !== unknown) pieces[0] = withWordStart(vocabulary, index, pieces[0], startsWord);
  return keepUnknown ? pieces : pieces.filter((id) => id !== unknown);
}

/** The token with the bytes of `id` that stands at (`startsWord`) or after the start of a word; punctuation stays as it is, because it stands alone. */
function withWordStart(vocabulary: Vocabulary, index: TokenIndex, id: number, startsWord: boolean): number {
  if ((vocabulary.startsWord[id] === 1) === startsWord) return id;
  const bytes = tokenBytes(vocabulary, id);
  return WORD_CHARACTER.test(decodeUtf8(bytes) ?? '') ? (index.find(bytes, startsWord) ?? id) : id;
}

/** The single-byte tokens that spell `bytes`; none unless all of them exist. */
function bytePieces(index: TokenIndex, bytes: Uint8Array): readonly number[] {
  const found = Array.from(bytes, (byte) => index.find(Uint8Array.of(byte), false));
  return found.every((id) => id !== undefined) ? found : [];
}
