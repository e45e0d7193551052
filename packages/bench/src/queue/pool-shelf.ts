import type { ProcessPool } from '../runner/process-pool.ts';
import type { QueuedJob } from './load-queue-packages.ts';

/** What went into the keys of cells, by key. */
export type CellInputs = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Pools of processes, each for one folder of results: what its processes have loaded, they keep. */
export interface PoolShelf {
  /** Does a job in the pool of its folder. @throws {LexigraftError} `worker-failed` */
  run(queued: QueuedJob): Promise<void>;
  /** Ends all processes. */
  close(): void;
}

interface ShelvedPool {
  readonly pool: ProcessPool;
  readonly inputs: Map<string, Readonly<Record<string, string>>>;
  busy: number;
}

/** Creates a shelf. Beside the pool that was asked for last, it keeps those that still have something to do. */
export function createPoolShelf(open: (queued: QueuedJob, inputs: CellInputs) => ProcessPool): PoolShelf {
  const pools = new Map<string, ShelvedPool>();
  let latest = '';

  const closeOthers = (): void => {
    for (const [key, { pool, busy }] of pools) {
      if (key === latest || busy > 0) continue;
      pool.close();
      pools.delete(key);
    }
  };
  const poolOf = (key: string, queued: QueuedJob): ShelvedPool => {
    const known = pools.get(key);
    if (known !== undefined) return known;
    const inputs = new Map<string, Readonly<Record<string, string>>>();
    const opened = { pool: open(queued, inputs), inputs, busy: 0 };
    pools.set(key, opened);
    return opened;
  };

  return {
    async run(queued) {
      const key = JSON.stringify([queued.results, queued.timeLimit]);
      latest = key;
      closeOthers();
      const shelved = poolOf(key, queued);
      for (const [cell, digests] of queued.inputs) shelved.inputs.set(cell, digests);
      shelved.busy++;
      try {
        await shelved.pool.run(queued.job);
      } finally {
        shelved.busy--;
        closeOthers();
      }
    },
    close() {
      for (const { pool } of pools.values()) pool.close();
    },
  };
}
