import { createHash } from 'node:crypto';
import { createRegistry, type AnyEmbeddingTransfer, type Registry, type StrategyLoaders } from '@lexigraft/core';
import { isPath } from './plugins/import-module.ts';
import { importPlugin, makePlugin, PLUGIN_PREFIX, readPlugin } from './plugins/import-plugin.ts';
import { readConfig } from './plugins/read-config.ts';
import { chainedNames, makeChain, type NamedOptions } from './strategy-chain.ts';

/** Every strategy that comes with the program, imported when first used. */
const loaders: StrategyLoaders = {
  salt: async () => (await import('@lexigraft/salt')).salt,
  'trans-tokenization': async () => (await import('@lexigraft/trans-tokenization')).transTokenization,
  mosecrot: async () => (await import('@lexigraft/mosecrot')).mosecrot,
  lens: async () => (await import('@lexigraft/lens')).lens,
  copy: async () => (await import('@lexigraft/baselines')).copy,
  random: async () => (await import('@lexigraft/baselines')).random,
  mean: async () => (await import('@lexigraft/baselines')).mean,
  multivariate: async () => (await import('@lexigraft/baselines')).multivariate,
  subtokens: async () => (await import('@lexigraft/baselines')).subtokens,
  focus: async () => (await import('@lexigraft/baselines')).focus,
  clp: async () => (await import('@lexigraft/baselines')).clp,
  'clp-plus': async () => (await import('@lexigraft/baselines')).clpPlus,
  omp: async () => (await import('@lexigraft/baselines')).omp,
  knn: async () => (await import('@lexigraft/baselines')).knn,
  'global-linear': async () => (await import('@lexigraft/baselines')).globalLinear,
  wechsel: async () => (await import('@lexigraft/baselines')).wechsel,
  ofa: async () => (await import('@lexigraft/baselines')).ofa,
  ramen: async () => (await import('@lexigraft/baselines')).ramen,
  merge: async () => (await import('@lexigraft/baselines')).merge,
  align: async () => (await import('@lexigraft/baselines')).align,
  'unks-everywhere': async () => (await import('@lexigraft/baselines')).unksEverywhere,
};

/** One line on each strategy, for screens. */
export const strategySummaries: Readonly<Record<string, string>> = {
  salt: 'rows rebuilt by least squares in a helper model, from neighbours by word vectors',
  'trans-tokenization': 'mixtures of the source tokens that its words are translated by in parallel text',
  mosecrot: 'words placed by their similarity to words with known translations',
  lens: 'the vocabulary stays: hidden states are moved along directions between languages',
  copy: 'shared tokens copied, the rest drawn around the mean of the source',
  random: 'new tokens drawn from N(0, 0.02²): the floor of any comparison',
  mean: 'new tokens get the mean of the source rows',
  multivariate: 'new tokens drawn from the source rows’ multivariate normal distribution',
  subtokens: 'new tokens get the average of the source pieces they split into',
  focus: 'convex combinations of shared tokens, weighted by word vectors',
  clp: 'combinations of all shared tokens, weighted by cosines in a helper model',
  'clp-plus': 'sparse convex combinations of shared tokens, weighted in a helper model',
  omp: 'sums of up to 64 shared tokens, chosen one by one to rebuild the helper’s row',
  knn: 'interpolation between the nearest shared tokens in a helper model',
  'global-linear': 'one linear map from a helper model to the source, fitted on shared tokens',
  wechsel: 'means of the nearest source tokens by word vectors that a lexicon aligns',
  ofa: 'means of the nearest source tokens by multilingual word vectors',
  ramen: 'sparse means of source tokens by word vectors of both languages',
  merge: 'new tokens get the mean of the two tokens they were merged from',
  align: 'new tokens get the mean of the source tokens that stand in their place in text',
  'unks-everywhere': 'shared tokens copied, the rest drawn within the span of a few source rows',
};

/** Which new tokens a strategy finds source rows for: none, those with a word vector, or all. */
const explanations: Readonly<Record<string, 'none' | 'vectors' | 'all'>> = {
  salt: 'vectors',
  'trans-tokenization': 'all',
  mosecrot: 'vectors',
  lens: 'none',
  copy: 'none',
  random: 'none',
  mean: 'none',
  multivariate: 'none',
  subtokens: 'all',
  focus: 'vectors',
  clp: 'all',
  'clp-plus': 'all',
  omp: 'all',
  knn: 'all',
  'global-linear': 'all',
  wechsel: 'vectors',
  ofa: 'all',
  ramen: 'all',
  merge: 'all',
  align: 'all',
  'unks-everywhere': 'all',
};

/**
 * Tells which new tokens strategy `id`, or a chain, is expected to find source rows for; nothing is expected of one the program does not know.
 */
export function explanationOf(id: string): 'none' | 'vectors' | 'all' {
  const all = id.split('-then-').map((name) => (registry.has(name) ? explanations[name] : 'none'));
  return all.includes('all') ? 'all' : all.includes('vectors') ? 'vectors' : 'none';
}

/** The strategies that come with the program. */
export const registry: Registry<StrategyLoaders> = createRegistry(loaders);

const isTaken = (id: string): boolean => registry.has(id);

/** The strategies that can be called by id in a folder. */
export interface StrategiesHere {
  /** Those of the program, and those of the configuration. */
  readonly registry: Registry<StrategyLoaders>;
  /** Ids that come from the configuration, and its file. */
  readonly configured: { readonly file: string; readonly ids: readonly string[] } | undefined;
}

/**
 * Returns the strategies of the program and of the configuration file of folder `cwd`.
 *
 * @throws {LexigraftError} `invalid-config`
 */
export async function strategiesOf(cwd: string): Promise<StrategiesHere> {
  const config = await readConfig(cwd, isTaken);
  if (config === undefined) return { registry, configured: undefined };
  return {
    registry: createRegistry({ ...loaders, ...config.loaders }),
    configured: { file: config.file, ids: Object.keys(config.loaders) },
  };
}

/**
 * Makes the strategy called `id` with `options`: one of the program's own, one of the configuration file, or after `npm:` a package, folder or file that
 * exports one; of several ids with commas between them, a chain.
 *
 * @param cwd folder of the configuration, from which a plugin's name is resolved too
 * @param start folder that a plugin's path starts from, where that is another one
 * @throws {LexigraftError} `unknown-strategy`, `invalid-plugin`, `invalid-config`, and whatever the strategy says about its options
 */
export async function makeStrategy(id: string, options: NamedOptions, cwd: string, start: string = cwd): Promise<AnyEmbeddingTransfer> {
  const { registry: known } = await strategiesOf(cwd);
  return makeChain(id, options, async (name, own) => {
    if (!name.startsWith(PLUGIN_PREFIX)) return known.loadByName(name, own);
    const plugin = name.slice(PLUGIN_PREFIX.length);
    return makePlugin(plugin, await importPlugin(plugin, folderOf(plugin, cwd, start)), own, isTaken);
  });
}

/** Where a plugin is looked for: a package as everything in `cwd` finds it, a path from `start`. */
function folderOf(plugin: string, cwd: string, start: string): string {
  return isPath(plugin) ? start : cwd;
}

/**
 * Returns a digest of the plugins among the strategies that `id` names, which changes when their files do: the file a plugin is imported from and, of a
 * package, its package.json. What that file imports in turn is not looked at. Nothing where there is no plugin.
 *
 * @throws {LexigraftError} as {@link makeStrategy} does
 */
export async function digestPlugins(id: string, cwd: string, start: string = cwd): Promise<string | undefined> {
  const plugins = chainedNames(id).flatMap((name) => (name.startsWith(PLUGIN_PREFIX) ? name.slice(PLUGIN_PREFIX.length) : []));
  if (plugins.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const plugin of plugins) for (const part of await readPlugin(plugin, folderOf(plugin, cwd, start))) hash.update(part);
  return hash.digest('hex');
}
