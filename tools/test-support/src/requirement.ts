import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'vitest';
import { sharedPath } from './shared-data.ts';

/** Something a test needs that a user's machine may lack. */
export type Requirement = 'shared' | 'webgpu' | 'browser' | 'redis' | 'native';

const present: Record<Requirement, () => boolean> = {
  shared: () => existsSync(sharedPath('golden')),
  webgpu: () => existsSync('/usr/lib/chromium/vk_swiftshader_icd.json') || process.env.LEXIGRAFT_WEBGPU === '1',
  browser: () => existsSync('/usr/bin/chromium'),
  redis: () => existsSync('/usr/bin/redis-server'),
  native: () => resolves('@tensorflow/tfjs-node'),
};

function resolves(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells whether a test may use `requirement`.
 *
 * @throws {Error} if it is absent although `LEXIGRAFT_REQUIRE` (a comma-separated list) names it: absence is then a failure, not a skip
 */
export function available(requirement: Requirement): boolean {
  if (present[requirement]()) return true;
  if ((process.env.LEXIGRAFT_REQUIRE ?? '').split(',').includes(requirement))
    throw new Error(`This run requires \`${requirement}\`, which is absent.`);
  return false;
}

/** `describe` for tests that need `requirement`; the skipped title says so when it is absent. */
export function describeWith(requirement: Requirement, title: string, body: () => void): void {
  const usable = available(requirement);
  describe.skipIf(!usable)(usable ? title : `${title} (skipped: needs ${requirement})`, body);
}

/** `it` for tests that need `requirement`; the skipped title says so when it is absent. */
export function itWith(requirement: Requirement, title: string, body: () => void | Promise<void>): void {
  const usable = available(requirement);
  it.skipIf(!usable)(usable ? title : `${title} (skipped: needs ${requirement})`, body);
}
