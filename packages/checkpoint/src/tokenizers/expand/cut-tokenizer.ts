import type { OpenTokenizer } from '../open-tokenizer.ts';
import { isJsonRecord, type JsonRecord, type TokenizerJson, type TokenizerModel } from '../tokenizer-json.ts';

/** The files of a tokenizer as plain data. */
export interface TokenizerData {
  readonly json: TokenizerJson;
  readonly tokenizerConfig: JsonRecord;
  readonly specialTokensMap: JsonRecord;
}

/**
 * Returns the files of a tokenizer without the tokens behind its vocabulary: one that was fitted to its table (`fitTokenizer`) still has the control tokens
 * without a row in its files, under ids that new tokens are to take.
 */
export function cutTokenizer({ json, tokenizerConfig, specialTokensMap, vocabulary }: OpenTokenizer): TokenizerData {
  const { size } = vocabulary;
  const gone = new Set(json.added_tokens.filter(({ id }) => id >= size).map(({ content }) => content));
  const model = cutModel(json.model, size, gone);
  if (gone.size === 0 && model === json.model) return { json, tokenizerConfig, specialTokensMap };
  const { added_tokens_decoder: decoder, ...config } = tokenizerConfig;
  return {
    json: { ...json, added_tokens: json.added_tokens.filter(({ id }) => id < size), model },
    tokenizerConfig: {
      ...(withoutNames(config, gone) as JsonRecord),
      ...(isJsonRecord(decoder) && {
        added_tokens_decoder: Object.fromEntries(Object.entries(decoder).filter(([id]) => Number(id) < size)),
      }),
    },
    specialTokensMap: withoutNames(specialTokensMap, gone) as JsonRecord,
  };
}

/** Adds what it takes out to `gone`. */
function cutModel(model: TokenizerModel, size: number, gone: Set<string>): TokenizerModel {
  if (model.type === 'Unigram') {
    if (model.vocab.length <= size) return model;
    for (const [token] of model.vocab.slice(size)) gone.add(token);
    return { ...model, vocab: model.vocab.slice(0, size) };
  }
  const beyond = Object.entries(model.vocab).filter(([, id]) => id >= size);
  if (beyond.length === 0) return model;
  for (const [token] of beyond) gone.add(token);
  return { ...model, vocab: Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < size)) };
}

/** A name that stays in a setting would make transformers add the token again, behind the last row. */
function withoutNames(value: unknown, gone: ReadonlySet<string>): unknown {
  const isGone = (one: unknown): boolean => {
    const name = isJsonRecord(one) ? one.content : one;
    return typeof name === 'string' && gone.has(name);
  };
  if (Array.isArray(value)) return value.filter((one) => !isGone(one)).map((one) => withoutNames(one, gone));
  if (!isJsonRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (isGone(one) ? [] : [[key, withoutNames(one, gone)]])));
}
