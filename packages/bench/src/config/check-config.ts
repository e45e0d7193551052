import { basename, resolve } from 'node:path';
import { LexigraftError } from '@lexigraft/core';
import { absolutePaths } from './absolute-paths.ts';
import type { BenchConfig, LanguageSpec, NamedEntry, NamedSpec } from './bench-config.ts';
import { benchSchema, describeIssue } from './bench-schema.ts';

/** Where a configuration comes from. */
export interface ConfigOrigin {
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** For messages. */
  readonly label: string;
  /** The name it has when it gives none. */
  readonly name: string;
}

/** Checks a configuration and completes it. @throws {LexigraftError} `invalid-option` naming the key */
export function checkBenchConfig(raw: unknown, { folder, label, name: byDefault }: ConfigOrigin): BenchConfig {
  const parsed = benchSchema.safeParse(raw);
  if (!parsed.success) {
    const found = parsed.error.issues.map(describeIssue);
    throw new LexigraftError(
      'invalid-option',
      `${label}: ${found.slice(0, 3).join('; ')}${found.length > 3 ? `; and ${found.length - 3} more` : ''}.`,
      {
        file: label,
        problems: found,
      },
    );
  }
  const { shared, ...config } = parsed.data;
  const at = (relative: string): string => (relative.startsWith('hf:') ? relative : resolve(folder, relative));
  const title = config.name ?? byDefault;
  const languages = Object.fromEntries(
    Object.entries(config.languages).map(([id, own]) => [
      id,
      absolutePaths(
        {
          ...shared,
          ...own,
          ...((shared.texts ?? own.texts) && { texts: { ...shared.texts, ...own.texts } }),
          datasets: { ...shared.datasets, ...own.datasets },
        },
        at,
      ) as LanguageSpec,
    ]),
  );
  const strategies = nameAll(config.strategies, 'strategies', label).map((spec) =>
    spec.id.includes('npm:') ? { ...spec, from: folder } : spec,
  );
  if (config.baseline !== undefined && !strategies.some((strategy) => strategy.name === config.baseline)) {
    throw new LexigraftError(
      'invalid-option',
      `${label}: baseline: \`${config.baseline}\` is none of the strategies (${strategies.map((one) => one.name).join(', ')}).`,
      {
        file: label,
        key: 'baseline',
      },
    );
  }
  return {
    ...config,
    name: title,
    out: resolve(folder, config.out ?? `results/${title}`),
    models: Object.fromEntries(
      Object.entries(config.models).map(([id, one]) => [id, { path: at(typeof one === 'string' ? one : one.path) }]),
    ),
    languages,
    strategies,
    tasks: nameAll(config.tasks, 'tasks', label),
  };
}

function nameAll(list: readonly NamedEntry[], key: string, label: string): NamedSpec[] {
  const specs = list
    .map((one) => (typeof one === 'string' ? { id: one } : one))
    .map(({ id, ...rest }) => ({
      id,
      name: 'name' in rest && rest.name !== undefined ? rest.name : nameOf(id),
      options: ('options' in rest ? rest.options : undefined) ?? {},
    }));
  const twice = specs.find(({ name: own }, index) => specs.findIndex((other) => other.name === own) < index);
  if (twice === undefined) return specs;
  throw new LexigraftError(
    'invalid-option',
    `${label}: ${key}: two of them are called \`${twice.name}\`; give one of them another \`name\`.`,
    {
      file: label,
      key,
      name: twice.name,
    },
  );
}

/** A strategy, a chain of them or a task as a name; of a plugin, what its file or package is called, without what names may not hold. */
function nameOf(id: string): string {
  return id
    .split(',')
    .map((one) => one.trim())
    .map((one) => (one.startsWith(PLUGIN) ? pluginName(one.slice(PLUGIN.length)) : one))
    .join('+');
}

const PLUGIN = 'npm:';

function pluginName(plugin: string): string {
  const name = basename(plugin)
    .replace(/\.[cm]?[jt]s$/, '')
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'plugin' : name;
}
