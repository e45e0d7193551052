import type { JsonRecord } from '../tokenizers/tokenizer-json.ts';

/** Encoders whose first position is the one behind the padding id. @reference huggingface/transformers `create_position_ids_from_input_ids` */
const paddedTypes = new Set([
  'roberta',
  'xlm-roberta',
  'xlm-roberta-xl',
  'camembert',
  'roberta-prelayernorm',
  'longformer',
  'data2vec-text',
  'xmod',
]);

/** Whether a model counts positions from its padding id. */
export function countsFromPadding({ model_type: type }: JsonRecord): boolean {
  return paddedTypes.has(String(type));
}

/** Returns the length of the longest sequence a model has positions for; `undefined` where its config.json does not say. */
export function longestSequence(config: JsonRecord): number | undefined {
  const positions = [config.max_position_embeddings, config.n_positions].find((value) => typeof value === 'number');
  if (positions === undefined || !countsFromPadding(config)) return positions;
  return positions - (typeof config.pad_token_id === 'number' ? config.pad_token_id : 1) - 1;
}
