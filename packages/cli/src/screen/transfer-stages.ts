import type { Engine } from '../engines.ts';
import type { StageStyle } from './stage-bars.ts';

/** Stages of the work that the engine's dense products carry. */
const onEngine: ReadonlySet<string> = new Set(['neighbours', 'head neighbours', 'alignment', 'factors']);
/** Stages that are shared out among the worker threads. */
const onWorkers: ReadonlySet<string> = new Set(['fits', 'head fits', 'align', 'pursuit', 'head pursuit']);
const inBytes: ReadonlySet<string> = new Set(['write', 'verify', 'download', 'read', 'lexicon', 'word vectors']);

/** Tells how a stage of a transfer is shown: bytes for what is written or fetched, and what does the work. */
export function transferStageStyle(engine: Pick<Engine, 'compute' | 'workers'> | undefined): (stage: string) => StageStyle {
  return (named) => {
    // Strategies of a chain put their name before their stages.
    const stage = named.slice(named.lastIndexOf(': ') + 1).trim();
    if (inBytes.has(stage)) return { unit: 'bytes' };
    if (engine === undefined) return {};
    if (onEngine.has(stage)) return { note: engine.compute.description };
    return onWorkers.has(stage) ? { note: `workers × ${engine.workers.size}` } : {};
  };
}
