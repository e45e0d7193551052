import type { WorkerPool, Progress } from '@lexigraft/core';
import { alignCorpus, fittingOf, type CorpusAlignment } from '../align/align-corpus.ts';
import { withoutWords, type EncodedCorpus } from '../align/encoded-corpus.ts';
import { sampleLinksTask } from '../align/sample-links.ts';
import { tableRows } from '../align/table-rows.ts';
import { trainEm, type EmResult } from '../align/train-em.ts';
import { CountTable, type CountRows } from '../counts/count-table.ts';
import type { TransTokenizationSettings } from '../options.ts';
import type { UnitCorpus } from '../units/read-units.ts';
import { countLinks } from './count-links.ts';
import { expectedCounts } from './expected-counts.ts';

/** A corpus and the units its words stand for. */
export type AlignableUnits = Pick<UnitCorpus, 'sourceUnits' | 'targetUnits'> & { readonly corpus: EncodedCorpus };

/** What {@link alignUnits} needs beside the corpus. */
export interface AlignUnitsOptions {
  readonly settings: TransTokenizationSettings;
  /** Of the sampled models. */
  readonly seed: number;
  readonly workers: WorkerPool;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** Aligns the units of a corpus and returns the evidence for each pair that has enough: rows are source units, columns target units. */
export async function alignUnits(units: AlignableUnits, options: AlignUnitsOptions): Promise<CountRows> {
  const { minimumCount, minimumShare } = options.settings;
  return keepEnough(await countPairs(units, options), units.targetUnits.keys.length, minimumCount, minimumShare);
}

async function countPairs({ corpus, sourceUnits, targetUnits }: AlignableUnits, options: AlignUnitsOptions): Promise<CountRows> {
  const ids = { source: sourceUnits.ids, target: targetUnits.ids, rows: sourceUnits.keys.length };
  const { settings, signal } = options;
  const { model, evidence, direction, minimumCount, symmetrisation, fidelity } = settings;
  if (direction === 'both') {
    const alignment = await alignBoth(corpus, options);
    if (evidence === 'links') return countLinks(alignment, ids, symmetrisation, signal);
    const { fitted } = alignment;
    if (fitted === undefined) throw new Error(`The model ${model} kept no counts.`);
    return expectedCounts(fitted.forward, fitted.reverse, minimumCount);
  }
  if (model === 'hmm' || model === 'fertility') return countLinks(await sampleForward(corpus, model, options), ids, 'forward', signal);
  const fitted = await fitForward(corpus, model, options);
  if (evidence === 'links') return countLinks({ corpus, forward: fitted.best, reverse: new Int32Array(0) }, ids, 'forward', signal);
  return fidelity === 'paper' ? exportedCounts(fitted, minimumCount) : expectedCounts(fitted, undefined, minimumCount);
}

function alignBoth(corpus: EncodedCorpus, { settings, seed, workers, signal, report }: AlignUnitsOptions): Promise<CorpusAlignment> {
  const keepCounts = settings.evidence === 'expected';
  return alignCorpus(corpus, {
    model: settings.model,
    effort: settings.effort,
    seed,
    keepTables: keepCounts,
    fitting: { keepCounts },
    pool: workers,
    signal,
    onProgress: report,
  });
}

async function sampleForward(
  corpus: EncodedCorpus,
  model: 'hmm' | 'fertility',
  { settings, seed, workers, signal, report }: AlignUnitsOptions,
): Promise<CorpusAlignment> {
  const input = { corpus: withoutWords(corpus), model, seed, direction: 'forward', samplers: 3, effort: settings.effort } as const;
  const forward = await workers.run(sampleLinksTask, input, { signal, onProgress: report });
  return { corpus, forward, reverse: new Int32Array(0) };
}

function fitForward(
  corpus: EncodedCorpus,
  model: 'ibm1' | 'diagonal',
  { settings, workers, signal, report }: AlignUnitsOptions,
): Promise<EmResult> {
  return trainEm(withoutWords(corpus), {
    ...fittingOf[model],
    keepCounts: settings.evidence === 'expected',
    pool: workers,
    signal,
    onProgress: report,
  });
}

/** What the released aligner writes of its table, and the released reader keeps: whole counts of at least `least`, without NULL. */
function exportedCounts({ table, counts }: EmResult, least: number): CountRows {
  const kept = new CountTable();
  for (const { source, target, count = 0 } of tableRows(table, counts))
    if (source > 0 && target > 0 && Math.floor(count) >= least) kept.add(source, target, Math.floor(count));
  return kept.toRows(table.rowOffsets.length - 1);
}

function keepEnough({ offsets, columns, counts }: CountRows, targets: number, minimumCount: number, minimumShare: number): CountRows {
  const totals = new Float64Array(targets);
  columns.forEach((target, at) => {
    totals[target] += counts[at];
  });
  const table = new CountTable();
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row]; at < offsets[row + 1]; at++)
      if (counts[at] >= minimumCount && counts[at] >= minimumShare * totals[columns[at]]) table.add(row, columns[at], counts[at]);
  }
  return table.toRows(offsets.length - 1);
}
