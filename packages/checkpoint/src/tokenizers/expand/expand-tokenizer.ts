import { expandVocabulary, LexigraftError, tokenText, type ExpandedVocabulary, type Vocabulary } from '@lexigraft/core';
import { assembleTokenizer } from '../assemble-tokenizer.ts';
import type { OpenTokenizer } from '../open-tokenizer.ts';
import type { TokenizerJson, TokenizerModel } from '../tokenizer-json.ts';
import { cutTokenizer } from './cut-tokenizer.ts';
import { expandBytePairs } from './expand-byte-pairs.ts';
import { expandUnigram } from './expand-unigram.ts';
import type { ModelExpansion } from './model-expansion.ts';

/** How {@link expandTokenizer} chooses what to add. */
export interface TokenizerExpansionOptions {
  /** Most target tokens that are added, those of lowest id; all by default. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A source tokenizer that knows tokens of another beside its own; what `expandPlan` needs of it. */
export interface ExpandedTokenizer {
  /** Its ids are those of the source, then the added ones. */
  readonly tokenizer: OpenTokenizer;
  /** `[added ids]` the target id of each; −1 for tokens that byte-pair encoding needs on the way to others */
  readonly targetIds: Int32Array;
  /** Source ids that the tokens on the way are made of, by their own id. */
  readonly pieces: ReadonlyMap<number, Uint32Array>;
  /** Target tokens the source tokenizer cannot be given: parts of characters, letters it does not have, and what it would never cut out of a text. */
  readonly left: number;
}

/** Texts encoded at a time. */
const BLOCK_TEXTS = 4096;

/**
 * Adds the tokens of `target` that `source` lacks to the source tokenizer, behind its own, whose ids stay. Text is cut by the same rules; where an added token
 * fits, it is taken.
 *
 * WordPiece and word lists take tokens as they are; byte-pair encoding needs merges, and tokens on the way to them; Unigram needs scores. A token that the
 * tokenizer does not find in its own text afterwards (a rule cuts through it) is left out again.
 *
 * @throws {LexigraftError} `empty-input` if there is nothing to add, `unsupported-tokenizer` if ids of the source have no token where the form needs one;
 *   the abort reason if `signal` is aborted
 */
export async function expandTokenizer(
  source: OpenTokenizer,
  target: Vocabulary,
  { limit, signal }: TokenizerExpansionOptions = {},
): Promise<ExpandedTokenizer> {
  const wanted = expandVocabulary(source.vocabulary, target, { ...(limit !== undefined && { limit }) });
  const names = wanted.vocabulary.tokens.slice(source.vocabulary.size) as string[];
  const targetIdOf = new Map(names.map((token, index) => [token, wanted.targetIds[index]]));
  const first = await build(source, names);
  signal?.throwIfAborted();
  const reached = await reachable(first, wanted, source.vocabulary, signal);
  const kept = names.filter((token) => reached.has(token));
  const { tokenizer, expansion } = kept.length === names.length ? first : await build(source, kept);
  if (expansion.accepted.length === 0) {
    throw new LexigraftError(
      'empty-input',
      'The target vocabulary has no token that the source tokenizer could be given and does not have.',
      {
        wanted: names.length,
      },
    );
  }
  const idOf = new Map(source.vocabulary.tokens.map((token, id) => [token, id]));
  const firstJoint = source.vocabulary.size + expansion.accepted.length;
  return {
    tokenizer,
    targetIds: Int32Array.from([...expansion.accepted.map((token) => targetIdOf.get(token) ?? -1), ...expansion.joints.map(() => -1)]),
    pieces: new Map(
      expansion.joints.map(({ pieces }, index) => [firstJoint + index, Uint32Array.from(pieces, (piece) => idOf.get(piece) ?? 0)] as const),
    ),
    left: wanted.left + names.length - expansion.accepted.length,
  };
}

interface BuiltTokenizer {
  readonly tokenizer: OpenTokenizer;
  readonly expansion: ModelExpansion;
}

async function build(source: OpenTokenizer, tokens: readonly string[]): Promise<BuiltTokenizer> {
  const cut = cutTokenizer(source);
  const expansion = expandModel(source, cut.json, tokens);
  const json: TokenizerJson = { ...cut.json, model: expansion.withTokens(source.vocabulary.size) };
  const tokenizer = await assembleTokenizer({
    path: source.path,
    format: source.format,
    json,
    tokenizerConfig: cut.tokenizerConfig,
    specialTokensMap: cut.specialTokensMap,
    ...(source.chatTemplateIsFile && { chatTemplateFile: source.chatTemplate }),
    vocabularyText: expandVocabularyText(source, [...expansion.accepted, ...expansion.joints.map(({ token }) => token)]),
    adapter: source.adapter,
  });
  return { tokenizer, expansion };
}

function expandModel({ vocabulary, path }: OpenTokenizer, json: TokenizerJson, tokens: readonly string[]): ModelExpansion {
  const { model } = json;
  switch (model.type) {
    case 'BPE':
      return expandBytePairs({ ...json, model }, tokens);
    case 'Unigram': {
      const hole = vocabulary.tokens.findIndex((token, id) => token === undefined && id >= model.vocab.length);
      if (hole >= 0)
        throw new LexigraftError(
          'unsupported-tokenizer',
          `${path} has no token under id ${hole}, and a Unigram model with more tokens needs one under every id before them.`,
          { path, id: hole },
        );
      const controls = new Set(vocabulary.tokens.filter((_, id) => vocabulary.special[id] === 1).map((token) => token ?? ''));
      return expandUnigram(model, controls, vocabulary.tokens, tokens);
    }
    case 'WordPiece':
    case 'WordLevel':
      return {
        accepted: tokens,
        joints: [],
        withTokens: (firstId): TokenizerModel => ({
          ...model,
          vocab: { ...model.vocab, ...Object.fromEntries(tokens.map((token, index) => [token, firstId + index])) },
        }),
      };
  }
}

/** `vocab.txt` with more lines, where the source has one with a line for every id. */
function expandVocabularyText({ files, vocabulary }: OpenTokenizer, tokens: readonly string[]): string | undefined {
  const bytes = files.get('vocab.txt');
  if (bytes === undefined) return undefined;
  const lines = new TextDecoder()
    .decode(bytes)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  return lines.length === vocabulary.size ? `${[...lines, ...tokens].join('\n')}\n` : undefined;
}

/** What may stand before a token inside a word, for it to be found there: nothing, a digit, a full stop, and a few short words of the source. */
function contextsOf(source: Vocabulary): readonly string[] {
  const words: string[] = [];
  for (let length = 1; length <= 4 && words.length < CONTEXT_WORDS; length++) {
    for (let id = 0; id < source.size && words.length < CONTEXT_WORDS; id++) {
      const word = source.startsWord[id] === 1 && source.special[id] === 0 ? tokenText(source, id) : '';
      if (word.length === length && /^\p{L}+$/u.test(word)) words.push(word);
    }
  }
  return ['', '1', '.', ...words];
}

const CONTEXT_WORDS = 4;

/** The tokens that are found in a text of their own: after a blank if they start a word, else behind one of a few others. */
async function reachable(
  { tokenizer }: BuiltTokenizer,
  wanted: ExpandedVocabulary,
  source: Vocabulary,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const { vocabulary } = tokenizer;
  const firstId = source.size;
  const reached = new Set<string>();
  const open = new Set<number>();
  for (let id = firstId; id < vocabulary.size; id++) open.add(id);
  for (const context of contextsOf(source)) {
    const ids = [...open].filter((id) => vocabulary.startsWord[id] === 0 || context === '');
    for (let start = 0; start < ids.length; start += BLOCK_TEXTS) {
      signal?.throwIfAborted();
      const block = ids.slice(start, start + BLOCK_TEXTS);
      const texts = block.map((id) => `${vocabulary.startsWord[id] === 1 ? ' ' : context}${tokenText(vocabulary, id)}`);
      const { textOffsets, ids: found } = await tokenizer.encodeBatch(texts);
      block.forEach((id, index) => {
        if (!found.subarray(textOffsets[index], textOffsets[index + 1]).includes(id)) return;
        reached.add(vocabulary.tokens[id] ?? '');
        open.delete(id);
      });
    }
  }
  const asked = new Set(wanted.vocabulary.tokens.slice(firstId));
  return new Set([...reached].filter((token) => asked.has(token)));
}
