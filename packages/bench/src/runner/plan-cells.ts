import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LexigraftError, type AnyEmbeddingTransfer, type ResourceName } from '@lexigraft/core';
import type { ModelKind, Task } from '../tasks/task.ts';
import type { Cell, Job, SkippedCell } from './cell.ts';
import type { BenchConfig, NamedSpec } from '../config/bench-config.ts';
import { digestOf, type Digests } from './digests.ts';
import type { BenchHost } from './host.ts';
import {
  datasetOptions,
  datasetPaths,
  missingResources,
  resourceFiles,
  resourceOptions,
  targetPath,
  withoutPlaces,
} from './language-data.ts';

/** All cells of a configuration, by the model under test they share. */
export interface BenchPlan {
  readonly jobs: readonly Job[];
  readonly skipped: readonly SkippedCell[];
  /** What went into the key of each cell, by role. */
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly tasks: ReadonlyMap<string, Task>;
}

/** Strategy that leaves the model as it is: the source language's own row. */
export const UNTOUCHED = 'none';

/**
 * Lists the cells of `config`: every model, strategy, language, task and seed that fit together.
 *
 * @param repetition sets apart what jobs keep for one another from what they kept before it; cells stay at their address
 * @throws {LexigraftError} `unknown-strategy`, `invalid-option`, `file-not-found`, `missing-target`
 */
export async function planCells(config: BenchConfig, host: BenchHost, digests: Digests, repetition?: string): Promise<BenchPlan> {
  const strategies = new Map<string, AnyEmbeddingTransfer | undefined>();
  const strategyDigests = new Map<string, string>();
  for (const spec of config.strategies) {
    strategies.set(spec.name, spec.id === UNTOUCHED ? undefined : await host.makeStrategy(spec));
    const digest = await host.digestStrategy?.(spec);
    if (digest !== undefined) strategyDigests.set(spec.name, digest);
  }
  const tasks = new Map<string, Task>();
  const listed: { readonly spec: NamedSpec; readonly task: Task }[] = [];
  for (const spec of config.tasks) {
    const task = await host.makeTask(spec);
    tasks.set(spec.name, task);
    listed.push({ spec, task });
  }
  const jobs: Job[] = [];
  const skipped: SkippedCell[] = [];
  const inputs = new Map<string, Readonly<Record<string, string>>>();

  for (const [model, { path }] of Object.entries(config.models)) {
    const kind = await modelKind(path);
    const modelDigest = await digests.of(path);
    for (const [language, spec] of Object.entries(config.languages)) {
      for (const strategySpec of config.strategies) {
        const strategy = strategies.get(strategySpec.name);
        const place = { model, strategy: strategySpec.name, language };
        const needs = (strategy?.needs ?? []) as readonly ResourceName[];
        const missing = missingResources(spec, needs);
        if (missing.length > 0) {
          const reason = `needs ${missing.join(' and ')}, which languages.${language} does not give`;
          skipped.push(...config.tasks.map((task) => ({ ...place, task: task.name, reason })));
          continue;
        }
        const used: Record<string, string> = { model: modelDigest };
        if (strategy !== undefined) used.tokenizer = await digests.of(targetPath(language, spec));
        const strategyDigest = strategyDigests.get(strategySpec.name);
        if (strategyDigest !== undefined) used.strategy = strategyDigest;
        for (const [role, files] of resourceFiles(spec, needs))
          used[role] = digestOf(await Promise.all(files.map((file) => digests.of(file))));
        for (const seed of config.seeds) {
          const identity = {
            inputs: used,
            resourceOptions: resourceOptions(spec, needs),
            strategy: { id: strategySpec.id, options: strategySpec.options },
            seed,
            versions: host.versions,
            device: deviceClass(config.device),
          };
          const cells: { cell: Cell; task: NamedSpec }[] = [];
          for (const { spec: taskSpec, task } of listed) {
            const reason = unfit(task, kind, language, spec);
            if (reason !== undefined) {
              if (seed === config.seeds[0]) skipped.push({ ...place, task: taskSpec.name, reason });
              continue;
            }
            const data: Record<string, string> = {};
            for (const name of [...task.needs, ...task.uses]) {
              const paths = datasetPaths(spec, name);
              if (paths.length > 0) data[`data ${name}`] = digestOf(await Promise.all(paths.map((file) => digests.of(file))));
            }
            const key = digestOf({
              ...identity,
              task: { id: task.id, version: task.version, settings: task.settings },
              data,
              language,
              sourceLanguage: config.sourceLanguage,
              limits: task.needs.map((name) => withoutPlaces(spec.datasets[name]) ?? null),
              usedOptions: datasetOptions(spec, task.uses),
            });
            inputs.set(key, { ...used, ...data });
            cells.push({ cell: { key, ...place, task: taskSpec.name, seed }, task: taskSpec });
          }
          if (cells.length > 0)
            jobs.push({
              key: digestOf({ ...identity, place, repetition }),
              model: { name: model, path, digest: repetition === undefined ? modelDigest : digestOf([modelDigest, repetition]) },
              strategy: strategySpec,
              language: { id: language, spec },
              sourceLanguage: config.sourceLanguage,
              seed,
              device: config.device,
              versions: host.versions,
              ...(cells.some(({ cell }) => tasks.get(cell.task)?.measuresProcess === true) && { ownProcess: true }),
              cells,
            });
        }
      }
    }
  }
  return { jobs, skipped, inputs, tasks };
}

/** What `auto` takes is known where the work is done: its cells lie where those of `cpu` do, and say themselves what they were made on. */
function deviceClass(device: string): string {
  return device === 'auto' ? 'cpu' : device;
}

function unfit(task: Task, kind: ModelKind | undefined, language: string, spec: Parameters<typeof datasetPaths>[0]): string | undefined {
  if (kind !== undefined && !task.models.includes(kind)) return `is for ${task.models.join(' or ')} models, and this one is ${kind}`;
  const missing = task.needs.filter((name) => datasetPaths(spec, name).length === 0);
  return missing.length === 0 ? undefined : `needs datasets.${missing.join(' and datasets.')}, which languages.${language} does not give`;
}

/** Tells from config.json what a model can be asked; nothing where its architecture says nothing. @throws {LexigraftError} `file-not-found` */
export async function modelKind(path: string): Promise<ModelKind | undefined> {
  let config: { readonly architectures?: readonly string[] };
  try {
    config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8')) as typeof config;
  } catch (cause) {
    throw new LexigraftError('file-not-found', `${path} is no model folder: it has no readable config.json.`, { path }, cause);
  }
  const architecture = config.architectures?.[0] ?? '';
  if (architecture.endsWith('ForSequenceClassification')) return 'classification';
  if (architecture.endsWith('ForMaskedLM')) return 'masked';
  return architecture.endsWith('ForCausalLM') || architecture.endsWith('LMHeadModel') ? 'causal' : undefined;
}
