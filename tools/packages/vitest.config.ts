import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['@lexigraft/source', 'import', 'module', 'default'];

/** What needs built packages and a minute or more; run by `npm run check:packages`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    ...(process.env.LEXIGRAFT_TEST_RESULTS
      ? { reporters: ['default', 'json'], outputFile: { json: process.env.LEXIGRAFT_TEST_RESULTS } }
      : {}),
    root: join(import.meta.dirname, '..'),
    include: ['{packages,docs}/*.check.ts'],
    // Every check works in folders of its own.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
