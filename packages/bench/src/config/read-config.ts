import { readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LexigraftError } from '@lexigraft/core';
import { createJiti } from 'jiti';
import { parse as parseYaml } from 'yaml';
import type { BenchConfig } from './bench-config.ts';
import { checkBenchConfig } from './check-config.ts';

/**
 * Reads a configuration from a YAML, JSON, TypeScript or JavaScript file.
 *
 * @throws {LexigraftError} `file-not-found`, `format`, and `invalid-option` naming the key that is wrong
 */
export async function readBenchConfig(file: string): Promise<BenchConfig> {
  const stem = basename(file, extname(file));
  return checkBenchConfig(await readRaw(file), {
    folder: dirname(file),
    label: basename(file),
    name: stem.replace(/[^A-Za-z0-9._+-]+/g, '-'),
  });
}

async function readRaw(file: string): Promise<unknown> {
  const extension = extname(file).toLowerCase();
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) {
    const jiti = createJiti(pathToFileURL(file).href);
    try {
      return await jiti.import(file, { default: true });
    } catch (cause) {
      throw new LexigraftError('format', `${file} cannot be loaded: ${messageOf(cause)}`, { path: file }, cause);
    }
  }
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw new LexigraftError('file-not-found', `The configuration ${file} cannot be read.`, { path: file }, cause);
  }
  try {
    // YAML holds JSON.
    return parseYaml(content) as unknown;
  } catch (cause) {
    throw new LexigraftError(
      'format',
      `${file} is not valid ${extension === '.json' ? 'JSON' : 'YAML'}: ${messageOf(cause).split('\n')[0]}`,
      { path: file },
      cause,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
