import type { BenchConfig } from '@lexigraft/bench';
import { resolveModelPath, type ResolveModelOptions } from '@lexigraft/checkpoint';

/** Begins a reference to the Hub. */
const HUB = 'hf:';

/** Of what is a model all files are fetched, of a tokenizer or another input none of the weights. */
const modelKeys = new Set(['models', 'helper']);

/**
 * Returns a configuration whose references to the Hub, `hf:…` among models and languages, are the places in the cache that they were fetched to. What
 * is a model in one place and a tokenizer in another is fetched once, as a model.
 *
 * @throws {LexigraftError} what `resolveModelPath` says
 */
export async function fetchInputs(config: BenchConfig, options: Omit<ResolveModelOptions, 'files'>): Promise<BenchConfig> {
  const models = new Set<string>();
  const others = new Set<string>();
  const collect = (value: unknown, key: string): void => {
    if (typeof value === 'string' && value.startsWith(HUB)) (modelKeys.has(key) ? models : others).add(value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) collect(one, key === 'models' ? key : name);
  };
  collect(config.models, 'models');
  collect(config.languages, 'languages');
  const places = new Map<string, string>();
  for (const reference of models) places.set(reference, await resolveModelPath(reference, { ...options, files: 'model' }));
  for (const reference of others)
    if (!places.has(reference)) places.set(reference, await resolveModelPath(reference, { ...options, files: 'tokenizer' }));
  const placed = <Value>(value: Value): Value => {
    if (typeof value === 'string') return (places.get(value) ?? value) as Value;
    if (Array.isArray(value)) return value.map(placed) as Value;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, placed(one)])) as Value;
  };
  return places.size === 0 ? config : { ...config, models: placed(config.models), languages: placed(config.languages) };
}
