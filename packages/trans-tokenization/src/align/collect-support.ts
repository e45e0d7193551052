import type { WorkerContext, WorkerTask } from '@lexigraft/core';
import type { EmState } from './em-state.ts';
import { withScratch } from './scratch.ts';
import type { TypeIds } from './translation-table.ts';

/** Input of {@link collectSupport}: source types `[start, end)`. */
export interface SupportInput {
  readonly state: Pick<EmState, 'corpus' | 'occurrences'>;
  readonly start: number;
  readonly end: number;
  /** NULL stands in every sentence. */
  readonly useNull: boolean;
  /** Where to write; absent in the counting run. */
  readonly fill?: { readonly rowOffsets: Uint32Array; readonly targetIds: TypeIds };
}

/** Counts, and with `fill` writes ascending, the target types that share a sentence with each source type. @returns `[end - start]` sizes */
export function collectSupport(input: SupportInput, context: WorkerContext): Promise<Uint32Array> {
  const { types } = input.state.corpus.target;
  return withScratch(8 * types, (buffer) =>
    collectRows(input, new Int32Array(buffer, 0, types).fill(-1), new Uint32Array(buffer, 4 * types, types), context),
  );
}

async function collectRows(
  { state: { corpus, occurrences }, start, end, useNull, fill }: SupportInput,
  seen: Int32Array,
  found: Uint32Array,
  context: WorkerContext,
): Promise<Uint32Array> {
  const { target, sentences } = corpus;
  const { offsets, sentences: sentencesOf } = occurrences;
  const sizes = new Uint32Array(end - start);
  for (let type = start; type < end; type++) {
    if ((type & 63) === 0) await context.checkpoint();
    let count = 0;
    const visit = (sentence: number): void => {
      for (let token = target.offsets[sentence]; token < target.offsets[sentence + 1]; token++) {
        const id = target.ids[token];
        if (seen[id] === type) continue;
        seen[id] = type;
        found[count++] = id;
      }
    };
    if (type === 0 && useNull) for (let sentence = 0; sentence < sentences; sentence++) visit(sentence);
    else {
      let last = -1;
      for (let at = offsets[type]; at < offsets[type + 1]; at++) {
        const sentence = sentencesOf[at];
        if (sentence !== last) visit(sentence);
        last = sentence;
      }
    }
    sizes[type - start] = count;
    fill?.targetIds.subarray(fill.rowOffsets[type], fill.rowOffsets[type + 1]).set(found.subarray(0, count).sort());
  }
  return sizes;
}

/** {@link collectSupport} as a task for workers. */
export const collectSupportTask: WorkerTask<SupportInput, Uint32Array> = {
  url: import.meta.url,
  name: 'collectSupport',
  run: collectSupport,
};
