import { createModelWorkshop, createTask, oracle, type BenchHost, type NamedSpec } from '@lexigraft/bench';
import { LexigraftError, type AnyEmbeddingTransfer } from '@lexigraft/core';
import { startEngine } from '../engines.ts';
import { digestPlugins, makeStrategy } from '../strategies.ts';
import { programVersion } from '../version.ts';

/** Name of the bound that synthetic languages have. */
const ORACLE = 'oracle';

/**
 * Returns what the bench is given by this program: its strategies and tasks, and the engines its cells are planned with.
 *
 * Packages that are plugins are found from the folder `cwd`, files from that of their configuration; a worker process plans with one thread, for there are several of them.
 */
export function createBenchHost({ cwd }: { readonly cwd: string }): BenchHost {
  const host: BenchHost = {
    versions: { lexigraft: programVersion() },
    async makeStrategy({ id, options, from }: NamedSpec): Promise<AnyEmbeddingTransfer> {
      if (id !== ORACLE) return makeStrategy(id, options, cwd, from);
      if (Object.keys(options).length === 0) return oracle();
      throw new LexigraftError('invalid-option', 'The strategy `oracle` has no options.', { strategy: ORACLE });
    },
    digestStrategy: ({ id, from }) => digestPlugins(id, cwd, from),
    // A wrong option is a rejection like every other.
    makeTask: ({ id, options }) => Promise.resolve().then(() => createTask(id, options)),
    openWorkshop: (results) => Promise.resolve(createModelWorkshop({ host, results, openEngine: () => startEngine('cpu', 1) })),
  };
  return host;
}
