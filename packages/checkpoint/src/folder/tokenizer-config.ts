import { isJsonRecord, type JsonRecord } from '../tokenizers/tokenizer-json.ts';
import { longestSequence } from './longest-sequence.ts';

/** What decides the content of the written `tokenizer_config.json`. */
export interface TokenizerConfigParts {
  readonly source: JsonRecord;
  readonly target: JsonRecord;
  /** config.json of the source model. */
  readonly modelConfig: JsonRecord;
  /** tokenizer.json as it will be written. */
  readonly tokenizerJson: JsonRecord;
  /** `bos_token` and the like as they will be written. */
  readonly specials: JsonRecord;
  readonly template: 'source' | 'target';
  readonly chatTemplate: unknown;
}

/** Settings that describe how the target's tokens become text; they belong to the tokens, so they stay whatever class reads them. */
const aboutTokens = [
  'added_tokens_decoder',
  'additional_special_tokens',
  'extra_special_tokens',
  'clean_up_tokenization_spaces',
  'split_special_tokens',
];
/** Settings that describe what the model can take; they stay those of the source. */
const aboutModel = ['padding_side', 'truncation_side'];

/**
 * Builds `tokenizer_config.json`.
 *
 * With the source's template the class is `PreTrainedTokenizerFast`, the one class that takes `tokenizer.json` as it stands: `LlamaTokenizer`
 * and its kin rebuild the template from `add_bos_token` and `add_eos_token`, others rebuild the normaliser, and later versions of the library
 * do so for any class when one of those flags is present, so they are left out. `add_prefix_space` repeats what `tokenizer.json` says, because
 * the class resets a missing one to false. `model_input_names` follows the model, not the tokenizer: token types are passed exactly when the
 * model has a table for them.
 *
 * @reference huggingface/transformers `tokenization_utils_fast.py`, `models/llama/tokenization_llama_fast.py`, `tokenization_utils_tokenizers.py`
 */
export function buildTokenizerConfig(parts: TokenizerConfigParts): Record<string, unknown> {
  const { source, target, specials, template } = parts;
  const base = template === 'target' ? { ...target } : { tokenizer_class: 'PreTrainedTokenizerFast', ...pick(target, aboutTokens) };
  const written: Record<string, unknown> = { ...base, ...specials, ...pick(source, aboutModel) };
  delete written.chat_template;
  delete written.auto_map;
  const prefixSpace = addsPrefixSpace(parts.tokenizerJson);
  if (prefixSpace !== undefined) written.add_prefix_space = prefixSpace;
  const longest = longestInput(source, parts.modelConfig);
  if (longest === undefined) delete written.model_max_length;
  else written.model_max_length = longest;
  written.model_input_names = inputNames(parts.modelConfig);
  if (parts.chatTemplate !== undefined) written.chat_template = parts.chatTemplate;
  return written;
}

/** What the class will look for: the flag of a pre-tokenizer that has one. */
function addsPrefixSpace(tokenizerJson: JsonRecord): boolean | undefined {
  const step = tokenizerJson.pre_tokenizer;
  return isJsonRecord(step) && typeof step.add_prefix_space === 'boolean' ? step.add_prefix_space : undefined;
}

function longestInput(source: JsonRecord, modelConfig: JsonRecord): unknown {
  return source.model_max_length ?? longestSequence(modelConfig);
}

function inputNames(modelConfig: JsonRecord): string[] {
  const types = modelConfig.type_vocab_size;
  return typeof types === 'number' && types > 1 ? ['input_ids', 'token_type_ids', 'attention_mask'] : ['input_ids', 'attention_mask'];
}

function pick(record: JsonRecord, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])));
}
