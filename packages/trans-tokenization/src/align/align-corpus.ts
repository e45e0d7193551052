import { createInlinePool, LexigraftError, type Progress, type WorkerPool } from '@lexigraft/core';
import { reverseCorpus, withoutWords, type EncodedCorpus } from './encoded-corpus.ts';
import type { Links } from './links.ts';
import { sampleLinksTask } from './sample-links.ts';
import { SharedBuffers } from './shared-buffers.ts';
import { symmetrise, type Symmetrisation } from './symmetrise.ts';
import { trainEm, type EmOptions, type EmResult } from './train-em.ts';

/** Models a corpus can be aligned with, from plain to rich. */
export const alignmentModels = ['ibm1', 'diagonal', 'hmm', 'fertility'] as const;

/** One of {@link alignmentModels}. */
export type AlignmentModel = (typeof alignmentModels)[number];

/** Settings of {@link alignCorpus}. */
export interface AlignOptions {
  /**
   * `ibm1`: IBM Model 1 with NULL, maximum likelihood, 7 passes, as trans-tokenization uses it. `diagonal`: fast_align's `-d -o -v`, 5 passes, link for link.
   * `hmm` and `fertility`: Gibbs sampling in the manner of eflomal, far better on small corpora.
   *
   * @default 'fertility'
   */
  readonly model?: AlignmentModel;
  /** Changes only the sampled models. @default 0 */
  readonly seed?: number;
  /** Chains of the sampled models. @default 3 */
  readonly samplers?: number;
  /** Factor on the sweeps of the sampled models, above 0. @default 1 */
  readonly effort?: number;
  /** Keep the translation tables of the fitted models; they are most of the memory. @default false */
  readonly keepTables?: boolean;
  /** Overrides of the fitted models, e.g. `{ tensionGradient: 'corrected' }`. */
  readonly fitting?: Omit<EmOptions, 'pool' | 'signal' | 'onProgress'>;
  readonly pool?: WorkerPool;
  readonly signal?: AbortSignal;
  /** Called as passes over the text end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Both directions of an alignment. */
export interface CorpusAlignment {
  readonly corpus: EncodedCorpus;
  /** `[target tokens]` source position of each target token within its sentence, −1 for NULL */
  readonly forward: Int32Array;
  /** `[source tokens]` target position of each source token within its sentence, −1 for NULL */
  readonly reverse: Int32Array;
  /** What the fitted models hold, when asked to keep it; absent for the sampled ones. */
  readonly fitted?: { readonly forward: EmResult; readonly reverse: EmResult };
}

/** Settings of the fitted models as their names promise. */
export const fittingOf: Readonly<Record<'ibm1' | 'diagonal', EmOptions>> = {
  ibm1: { iterations: 7 },
  diagonal: { diagonal: true, optimizeTension: true, alpha: 0.01 },
};

/**
 * Aligns the words of every sentence pair in both directions.
 *
 * @throws {LexigraftError} `invalid-option`
 */
export async function alignCorpus(corpus: EncodedCorpus, options: AlignOptions = {}): Promise<CorpusAlignment> {
  const { model = 'fertility', seed = 0, samplers = 3, effort = 1, pool = createInlinePool(), signal, onProgress } = options;
  if (!alignmentModels.includes(model)) throw invalid('model', `one of ${alignmentModels.join(', ')}`, model);
  if (!Number.isSafeInteger(seed)) throw invalid('seed', 'a whole number', seed);
  if (!(Number.isInteger(samplers) && samplers >= 1 && samplers <= 64)) throw invalid('samplers', 'a whole number from 1 to 64', samplers);
  if (!(effort > 0 && effort < 101)) throw invalid('effort', 'a number above 0 and below 101', effort);
  signal?.throwIfAborted();
  const [straight, reversed] = [withoutWords(corpus), reverseCorpus(corpus)];
  const progress = joinProgress(onProgress);
  if (model === 'ibm1' || model === 'diagonal') {
    const settings = { ...fittingOf[model], ...options.fitting, pool, ...(signal && { signal }) };
    // One direction after the other: each uses the whole pool, and only one table is being estimated at a time.
    if (options.keepTables === true) {
      const forward = await trainEm(straight, { ...settings, onProgress: progress(0) });
      const reverse = await trainEm(reversed, { ...settings, onProgress: progress(1) });
      return { corpus, forward: forward.best, reverse: reverse.best, fitted: { forward, reverse } };
    }
    const buffers = new SharedBuffers();
    const forward = (await trainEm(straight, { ...settings, buffers, onProgress: progress(0) })).best.slice();
    const reverse = (await trainEm(reversed, { ...settings, buffers, onProgress: progress(1) })).best;
    return { corpus, forward, reverse };
  }
  const sampled = (side: EncodedCorpus, direction: 'forward' | 'reverse', index: 0 | 1): Promise<Int32Array> =>
    pool.run(
      sampleLinksTask,
      { corpus: side, model, seed, direction, samplers, effort },
      { onProgress: progress(index), ...(signal && { signal }) },
    );
  const [forward, reverse] = await Promise.all([sampled(straight, 'forward', 0), sampled(reversed, 'reverse', 1)]);
  return { corpus, forward, reverse };
}

/** Returns the links of one sentence pair: of one direction, or symmetrised. */
export function linksOf(
  { corpus, forward, reverse }: CorpusAlignment,
  sentence: number,
  how: Symmetrisation | 'forward' | 'reverse',
): Links {
  const one = (best: Int32Array, first: number, end: number, flip: boolean): Links => {
    const links: number[] = [];
    for (let token = first; token < end; token++)
      if (best[token] >= 0) links.push(...(flip ? [token - first, best[token]] : [best[token], token - first]));
    return Uint32Array.from(links);
  };
  const { source, target } = corpus;
  const ahead = (): Links => one(forward, target.offsets[sentence], target.offsets[sentence + 1], false);
  const back = (): Links => one(reverse, source.offsets[sentence], source.offsets[sentence + 1], true);
  if (how === 'forward') return ahead();
  return how === 'reverse' ? back() : symmetrise(ahead(), back(), how);
}

function invalid(name: string, expected: string, received: unknown): LexigraftError {
  return new LexigraftError('invalid-option', `\`${name}\` must be ${expected}, received ${JSON.stringify(received)}.`, { option: name });
}

/** Two directions as one bar. */
function joinProgress(onProgress: ((progress: Progress) => void) | undefined): (index: 0 | 1) => (progress: Progress) => void {
  const done: [number, number] = [0, 0];
  return (index) => (progress) => {
    done[index] = progress.done;
    onProgress?.({ stage: 'align', done: done[0] + done[1], total: 2 * progress.total });
  };
}
