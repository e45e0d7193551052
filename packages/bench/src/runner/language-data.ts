import type { ParallelCorpusOptions } from '@lexigraft/checkpoint';
import { LexigraftError, type ResourceName } from '@lexigraft/core';
import type { DatasetName, DatasetSources } from '../data/dataset-sources.ts';
import type { LanguageSpec } from '../config/bench-config.ts';

/** Returns what tasks load their data from. */
export function datasetSources({ datasets }: LanguageSpec): DatasetSources {
  const file = <Value>(value: string | Value | undefined): Value | { path: string } | undefined =>
    typeof value === 'string' ? { path: value } : value;
  const { nli, nliTraining, nliSelection, heldOut, text, parallel, lexicon } = datasets;
  const sources = {
    nli: file(nli),
    nliTraining: file(nliTraining),
    nliSelection: file(nliSelection),
    heldOut: file(heldOut),
    text: file(text),
    parallel: parallel === undefined ? undefined : parallelOptions(parallel),
    lexicon: file(lexicon),
  };
  return Object.fromEntries(Object.entries(sources).filter(([, value]) => value !== undefined));
}

/** Returns the options of a parallel corpus that is given by a path or by options. */
export function parallelOptions(given: NonNullable<LanguageSpec['pairs']>): ParallelCorpusOptions {
  if (typeof given !== 'string') return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { pairs: given };
}

/** Returns the files a dataset of `language` is read from. */
export function datasetPaths({ datasets }: LanguageSpec, name: DatasetName): readonly string[] {
  return pathsOf(datasets[name]);
}

/** Keys of the configuration that give a resource, and the files behind it. */
export function resourcePaths(spec: LanguageSpec, name: string): readonly string[] {
  const keys: Readonly<Record<string, keyof LanguageSpec>> = { parallelText: 'pairs', goldAlignment: 'gold' };
  return pathsOf(spec[keys[name] ?? (name as keyof LanguageSpec)]);
}

/** Returns the tokenizer the model under test gets. @throws {LexigraftError} `missing-target` */
export function targetPath(language: string, { target, helper }: LanguageSpec): string {
  const path = target ?? helper;
  if (path !== undefined) return path;
  throw new LexigraftError(
    'missing-target',
    `languages.${language}: give \`target\`, the tokenizer of the language, or \`helper\`, whose tokenizer is then taken.`,
    {
      language,
    },
  );
}

/** Returns the resources a strategy needs and `spec` does not give. */
export function missingResources(spec: LanguageSpec, needs: readonly ResourceName[]): readonly ResourceName[] {
  return needs.filter((name) => resourcePaths(spec, name).length === 0);
}

function pathsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const { path, pairs, source, target } = value as Readonly<Record<string, string | readonly string[] | undefined>>;
  return [path, pairs, source, target].flatMap((one) => one ?? []);
}
