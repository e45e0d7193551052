import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLexigraftError, LexigraftError, type AnyEmbeddingTransfer, type ErrorCode, type StrategyFactory } from '@lexigraft/core';
import { importModule, isPath, locateModule, type ModuleExports } from './import-module.ts';

/** A name that begins so is that of a plugin. */
export const PLUGIN_PREFIX = 'npm:';

/**
 * Imports the strategy factory of a plugin: the default export, the export named after the package in camel case, or the only function there is.
 *
 * @param name package, folder or file
 * @param folder where it is looked for
 * @throws {LexigraftError} `unknown-strategy` when nothing of that name is there, `invalid-plugin` when it cannot be loaded or exports no factory
 */
export async function importPlugin(name: string, folder: string): Promise<StrategyFactory> {
  const url = await locatePlugin(name, folder);
  return factoryOf(name, await attempt(name, 'cannot be loaded', () => importModule(url)));
}

/**
 * Returns what a plugin is known by: the bytes of the file it is imported from and, where that lies in a package, of its package.json.
 *
 * @throws {LexigraftError} `unknown-strategy`, `invalid-plugin`
 */
export async function readPlugin(name: string, folder: string): Promise<readonly Uint8Array[]> {
  const entry = fileURLToPath(await locatePlugin(name, folder));
  const own = await attempt(name, 'cannot be loaded', () => readFile(entry));
  // A file is known by itself, whatever package it happens to lie in.
  if (isPath(name) && extname(name) !== '') return [own];
  for (let place = dirname(entry); ; place = dirname(place)) {
    const manifest = await readFile(join(place, 'package.json')).catch(() => undefined);
    if (manifest !== undefined) return [own, manifest];
    if (place === dirname(place)) return [own];
  }
}

async function locatePlugin(name: string, folder: string): Promise<string> {
  const url = await attempt(name, 'cannot be loaded', () => locateModule(name, folder));
  if (url !== undefined) return url;
  const advice = isPath(name) ? 'Check the path.' : `Run \`npm install ${name}\` there, or give a path that begins with ./`;
  throw problem(
    'unknown-strategy',
    name,
    `The plugin \`${name}\` is not installed: nothing of that name is found from ${folder}. ${advice}`,
  );
}

/**
 * Makes a strategy with the factory of a plugin and holds that it is one.
 *
 * @param isTaken tells whether an id is that of a strategy of the program
 * @throws {LexigraftError} `invalid-plugin`, and what the plugin says about its options
 */
export function makePlugin(
  name: string,
  factory: StrategyFactory,
  options: unknown,
  isTaken: (id: string) => boolean,
): AnyEmbeddingTransfer {
  let made: unknown;
  try {
    made = factory(options);
  } catch (cause) {
    throw failure(name, 'fails when its strategy is made', cause);
  }
  const strategy = (typeof made === 'object' && made !== null ? made : {}) as Partial<Record<keyof AnyEmbeddingTransfer, unknown>>;
  const { specificationVersion, id } = strategy;
  if (specificationVersion !== undefined && specificationVersion !== 1) {
    throw problem(
      'invalid-plugin',
      name,
      `The plugin ${name} makes a strategy of specification version ${JSON.stringify(specificationVersion)}; this program knows version 1. Install versions of both that agree.`,
    );
  }
  const lacking = Object.entries(members)
    .filter(([member, accepts]) => !accepts(strategy[member as keyof AnyEmbeddingTransfer]))
    .map(([member]) => member);
  if (lacking.length > 0) {
    throw problem(
      'invalid-plugin',
      name,
      `What the plugin ${name} makes is not a strategy of specification version 1: ${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} missing or of the wrong kind.`,
    );
  }
  if (isTaken(id as string)) {
    throw problem(
      'invalid-plugin',
      name,
      `The plugin ${name} makes a strategy called \`${id as string}\`, which is the id of one that comes with the program; the plugin must take another.`,
    );
  }
  return made as AnyEmbeddingTransfer;
}

const members: Readonly<Record<keyof AnyEmbeddingTransfer, (value: unknown) => boolean>> = {
  specificationVersion: (value) => value === 1,
  id: (value) => typeof value === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
  needs: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  citation: (value) => {
    const { title, url } = (value ?? {}) as Partial<Record<string, unknown>>;
    return typeof title === 'string' && typeof url === 'string';
  },
  plan: (value) => typeof value === 'function',
};

function factoryOf(name: string, module: ModuleExports): StrategyFactory {
  const word = isPath(name) ? basename(name, extname(name)) : name.replace(/^@[^/]*\//, '');
  const camelCase = word.replace(/[^A-Za-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase());
  const functions = [...new Set(Object.values(module).filter((value) => typeof value === 'function'))];
  // A module of another kind may come with a default export that is the module itself.
  const candidates = [module.default, module[camelCase], ...(functions.length === 1 ? functions : [])];
  const factory = candidates.find((value) => typeof value === 'function');
  if (factory !== undefined) return factory as StrategyFactory;
  const exported = Object.keys(module);
  throw problem(
    'invalid-plugin',
    name,
    `The plugin ${name} exports no strategy factory: expected a default export, \`${camelCase}\`, or a single function; it exports ${exported.length === 0 ? 'nothing' : exported.join(', ')}.`,
  );
}

async function attempt<Result>(name: string, what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    throw failure(name, what, cause);
  }
}

/** What a plugin throws, as `invalid-plugin` unless it is an error of ours. */
function failure(name: string, what: string, cause: unknown): Error {
  if (isLexigraftError(cause)) return cause;
  const message = `The plugin ${name} ${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new LexigraftError('invalid-plugin', message, { plugin: name }, cause);
}

function problem(code: ErrorCode, plugin: string, message: string): LexigraftError {
  return new LexigraftError(code, message, { plugin });
}
