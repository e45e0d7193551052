import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkBenchConfig, readBenchConfig, type BenchConfig, type LanguageSpec } from '@lexigraft/bench';
import { LexigraftError } from '@lexigraft/core';
import type { CommonFlags } from '../commands/common-flags.ts';
import type { CommandIo } from '../io.ts';

/** Flags of `lexigraft bench run` and `report` as the command line reads them. */
export interface BenchRunFlags extends CommonFlags {
  readonly model?: readonly string[];
  readonly language?: readonly string[];
  readonly strategy?: readonly string[];
  readonly task?: readonly string[];
  readonly seeds?: string;
  readonly baseline?: string;
  readonly out?: string;
  readonly device?: BenchConfig['device'];
  readonly workers?: number;
  readonly queue?: string;
  readonly repeat?: boolean;
  readonly dryRun?: boolean;
  readonly offline?: boolean;
}

/**
 * Reads the configuration and puts in place of its parts what flags name.
 *
 * @throws {LexigraftError} `invalid-option` naming the key or flag, `file-not-found`, `format`
 */
export async function readBenchRequest(file: string | undefined, flags: BenchRunFlags, io: CommandIo): Promise<BenchConfig> {
  const given = {
    ...(flags.model && { models: named('--model', flags.model, (path) => path) }),
    ...(flags.language && { languages: await languagesOf(flags.language, io.cwd) }),
    ...(flags.strategy && { strategies: [...flags.strategy] }),
    ...(flags.task && { tasks: [...flags.task] }),
    ...(flags.seeds !== undefined && { seeds: readSeeds(flags.seeds) }),
  };
  const small = {
    ...(flags.baseline !== undefined && { baseline: flags.baseline }),
    ...(flags.device !== undefined && { device: flags.device }),
    ...(flags.workers !== undefined && { workers: flags.workers }),
    ...(flags.out !== undefined && { out: resolve(io.cwd, flags.out) }),
  };
  if (flags.queue !== undefined && flags.workers !== undefined)
    throw new LexigraftError(
      'invalid-option',
      '--workers says nothing with --queue: `lexigraft bench worker --workers` sets how many cells a machine does at once.',
      { option: '--workers' },
    );
  const origin = { folder: io.cwd, label: 'the flags', name: 'bench' };
  if (file === undefined) {
    const missing = (['model', 'language', 'strategy', 'task'] as const)
      .filter((flag) => flags[flag] === undefined)
      .map((flag) => `--${flag}`);
    if (missing.length > 0)
      throw new LexigraftError(
        'invalid-option',
        `Without a configuration, such as german.yaml in \`lexigraft bench run german.yaml\`, a bench also needs ${missing.join(', ')}.`,
        { option: missing[0], missing },
      );
    return checkBenchConfig({ ...given, ...small }, origin);
  }
  const path = resolve(io.cwd, file);
  if ((await stat(path).catch(() => undefined))?.isFile() !== true)
    throw new LexigraftError('file-not-found', `The configuration ${file} does not exist.`, { path });
  const config = await readBenchConfig(path);
  const flagged = checkBenchConfig(
    {
      models: { x: 'x' },
      languages: { x: { target: 'x' } },
      strategies: config.strategies.map(({ name, id, options }) => ({ name, id, options })),
      tasks: ['x'],
      ...given,
      ...small,
    },
    origin,
  );
  const taken = Object.fromEntries([...Object.keys(given), ...Object.keys(small)].map((key) => [key, flagged[key as keyof BenchConfig]]));
  // A language that the configuration describes keeps its description; the flag names its tokenizer, and its helper where it has none.
  const described = (id: string, given: LanguageSpec): LanguageSpec => {
    const { helper } = { ...given, ...config.languages[id] };
    return {
      ...(config.languages[id] ?? given),
      ...(given.target !== undefined && { target: given.target }),
      ...(helper !== undefined && { helper }),
    };
  };
  const languages = flags.language && Object.fromEntries(Object.entries(flagged.languages).map(([id, spec]) => [id, described(id, spec)]));
  const merged: BenchConfig = { ...config, ...taken, ...(languages && { languages }) };
  const { baseline } = merged;
  if (baseline !== undefined && !merged.strategies.some(({ name }) => name === baseline))
    throw new LexigraftError(
      'invalid-option',
      `The strategies named by --strategy leave out ${baseline}, the baseline of ${file}; name it too, or another one with --baseline.`,
      { option: '--strategy', baseline },
    );
  return merged;
}

/** A tokenizer of each language; where that is part of a model, the model can help. What is on the Hub is taken for a model. */
async function languagesOf(entries: readonly string[], cwd: string): Promise<Record<string, Omit<LanguageSpec, 'datasets'>>> {
  const targets = named('--language', entries, (target) => target);
  const specs = Object.entries(targets).map(async ([id, target]): Promise<[string, Omit<LanguageSpec, 'datasets'>]> => {
    const isModel = target.startsWith('hf:') || (await stat(resolve(cwd, target, 'config.json')).catch(() => undefined)) !== undefined;
    return [id, { target, ...(isModel && { helper: target }) }];
  });
  return Object.fromEntries(await Promise.all(specs));
}

/** Reads `name=path` flags. @throws {LexigraftError} `invalid-option`, also for a name that is given twice */
function named<Value>(flag: string, entries: readonly string[], read: (path: string) => Value): Record<string, Value> {
  const values = new Map<string, Value>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, Math.max(0, at));
    if (name === '' || at === entry.length - 1)
      throw new LexigraftError('invalid-option', `${flag} must be of the form name=path, received ${entry}.`, {
        option: flag,
        received: entry,
      });
    if (values.has(name))
      throw new LexigraftError('invalid-option', `${flag} ${name}=… was given twice; every name stands for one path.`, {
        option: flag,
        name,
      });
    values.set(name, read(entry.slice(at + 1)));
  }
  return Object.fromEntries(values);
}

function readSeeds(text: string): number[] {
  const seeds = text.split(',').map((one) => Number(one.trim() === '' ? NaN : one));
  if (seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0) && new Set(seeds).size === seeds.length) return seeds;
  throw new LexigraftError('invalid-option', `--seeds must be whole numbers with commas between them, every one once, received ${text}.`, {
    option: '--seeds',
    received: text,
  });
}
