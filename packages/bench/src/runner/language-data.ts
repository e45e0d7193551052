import type { ParallelCorpusOptions } from '@lexigraft/checkpoint';
import { LexigraftError, resourcesOfModel, type ResourceName } from '@lexigraft/core';
import type { DatasetName, DatasetSources } from '../data/dataset-sources.ts';
import type { LanguageSpec } from '../config/bench-config.ts';

/** How files are read, by the name of the dataset or resource; nothing where a place says all of each. */
export type DescribedOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;

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

/** Returns the files that the resources `names` of a language are read from, by role: the resource, for texts each of its languages. What is made of the model has none. */
export function resourceFiles(spec: LanguageSpec, names: readonly ResourceName[]): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, readonly string[]>();
  for (const name of names) {
    if (name === 'texts') for (const [language, path] of Object.entries(spec.texts ?? {})) files.set(`texts ${language}`, [path]);
    else if (!resourcesOfModel.has(name)) files.set(name, pathsOf(resourceOf(spec, name)));
  }
  return files;
}

/** Returns how those of `names` are read that are described by more than a place: their descriptions without their places, by name. */
export function datasetOptions({ datasets }: LanguageSpec, names: readonly DatasetName[]): DescribedOptions {
  return describedOptions(names, (name) => datasets[name]);
}

/** Returns how those resources are read that are described by more than a place: their descriptions without their places, by name. */
export function resourceOptions(spec: LanguageSpec, names: readonly ResourceName[]): DescribedOptions {
  // Which of the texts comes first says which language is the central one.
  return describedOptions(names, (name) => (name === 'texts' ? { languages: Object.keys(spec.texts ?? {}) } : resourceOf(spec, name)));
}

/** Returns a description without where its files lie; nothing for one that is no more than a path. */
export function withoutPlaces(described: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof described !== 'object' || described === null) return undefined;
  return Object.fromEntries(Object.entries(described).filter(([key, value]) => !placeKeys.includes(key) && value !== undefined));
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
  return needs.filter((name) =>
    name === 'texts'
      ? Object.keys(spec.texts ?? {}).length === 0
      : !resourcesOfModel.has(name) && pathsOf(resourceOf(spec, name)).length === 0,
  );
}

function resourceOf(spec: LanguageSpec, name: ResourceName): unknown {
  const keys: Readonly<Record<string, keyof LanguageSpec>> = { parallelText: 'pairs', goldAlignment: 'gold' };
  return spec[keys[name] ?? (name as keyof LanguageSpec)];
}

/** Keys of a description that say where files lie. */
const placeKeys: readonly string[] = ['path', 'pairs', 'source', 'target'];

function pathsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const places = value as Readonly<Record<string, string | readonly string[] | undefined>>;
  return placeKeys.flatMap((key) => places[key] ?? []);
}

function describedOptions<Name extends string>(names: readonly Name[], describe: (name: Name) => unknown): DescribedOptions {
  const options = names.flatMap((name) => {
    const own = withoutPlaces(describe(name)) ?? {};
    return Object.keys(own).length > 0 ? [[name, own] as const] : [];
  });
  return options.length > 0 ? Object.fromEntries(options) : undefined;
}
