import { isKeptFile } from '../folder/kept-names.ts';
import { STEERING_FILE } from '../folder/steering-file.ts';
import { HYDRA_FILE } from '../hydra/hydra-record.ts';

/** Which files of a repository are wanted: a whole model, its tokenizer alone, or files by name. */
export type HubFiles = 'model' | 'tokenizer' | readonly string[];

/** The list of shards of a sharded checkpoint. */
export const WEIGHT_INDEX = 'model.safetensors.index.json';
/** The weights of a checkpoint in one file. */
export const SINGLE_WEIGHTS = 'model.safetensors';

const tokenizerNames = new Set([
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
]);
const modelNames = new Set(['generation_config.json', WEIGHT_INDEX, SINGLE_WEIGHTS, STEERING_FILE, HYDRA_FILE]);

/**
 * Returns which of the files of one folder are wanted, by name or, in a module of a sentence encoder, by `folder/name`: all that is read of the same folder
 * on disk. Weights only as far as their names tell: the shards that belong to {@link WEIGHT_INDEX} are named in it, and with it {@link SINGLE_WEIGHTS} is
 * not needed.
 */
export function wantedFiles(names: readonly string[], files: HubFiles): string[] {
  if (typeof files !== 'string') return names.filter((name) => files.includes(name));
  const isTokenizer = (name: string): boolean => tokenizerNames.has(name) || /^[\w.-]+\.model$/.test(name);
  if (files === 'tokenizer') return names.filter(isTokenizer);
  const isSharded = names.includes(WEIGHT_INDEX);
  return names.filter((name) => isTokenizer(name) || isKeptFile(name) || (modelNames.has(name) && !(isSharded && name === SINGLE_WEIGHTS)));
}

/** Returns the shards a weight index names, or undefined if it is none. */
export function shardsOf(index: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(index);
  } catch {
    return undefined;
  }
  const map = typeof parsed === 'object' && parsed !== null && 'weight_map' in parsed ? parsed.weight_map : undefined;
  if (typeof map !== 'object' || map === null) return undefined;
  const shards = [...new Set(Object.values(map) as unknown[])];
  // Names become paths: nothing but plain file names may pass.
  return shards.every((name): name is string => typeof name === 'string' && /^\w[\w.-]*\.safetensors$/.test(name)) ? shards : undefined;
}
