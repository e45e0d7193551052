import { availableParallelism } from 'node:os';
import { openParallelCorpus } from '@lexigraft/checkpoint';
import { createNodeWorkerPool } from '@lexigraft/core/workers';
import {
  alignCorpus,
  encodeCorpus,
  scoreAlignments,
  type AlignmentScore,
  type CorpusAlignment,
  type GoldLinks,
  type IndexedCorpus,
  type Links,
} from '@lexigraft/trans-tokenization/align';
import { LinkCounts } from '../align/count-links.ts';
import { createOutputFiles, type OutputFiles } from '../align/output-files.ts';
import { fitGold, readGold } from '../align/read-gold.ts';
import { readPairs } from '../align/read-pairs.ts';
import { readAlignJob, type AlignFlags, type AlignJob } from '../align/request.ts';
import { showCorpus, showOutcome } from '../align/show.ts';
import { writeLinks, type LinkTotals } from '../align/write-links.ts';
import { writeCountedTable, writeFittedTable } from '../align/write-table.ts';
import type { CommandIo } from '../io.ts';
import { createScreen, type Screen } from '../screen/screen.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import { programVersion } from '../version.ts';

/** One alignment under way. */
interface Run {
  readonly flags: AlignFlags;
  readonly job: AlignJob;
  readonly screen: Screen;
  readonly stages: StageBars;
  readonly io: CommandIo;
}

/**
 * `lexigraft align`: reads the pairs, aligns their words, writes links and table, scores them against gold.
 *
 * @throws {LexigraftError} whatever is wrong with flags or files; the abort reason when interrupted
 */
export async function align(flags: AlignFlags, io: CommandIo): Promise<void> {
  // Links on stdout leave no room there for anything else.
  const screen = createScreen(io, { json: flags.json === true || flags.out === undefined, quiet: flags.quiet === true });
  const started = screen.clock();
  const threads = flags.threads ?? availableParallelism();
  const job = await readAlignJob(flags, io);
  const gold = job.gold === undefined ? undefined : await readGold(job.gold, flags.gold ?? '', io.signal);
  const stages = screen.stages((stage) => (stage === 'read' ? { unit: 'bytes' } : { note: `${flags.model}, workers × ${threads}` }));
  const run: Run = { flags, job, screen, stages, io };

  const corpus = await read(run);
  const fitting = gold && fitGold(gold, corpus, flags.gold ?? '');
  showCorpus(screen, corpus, flags.longest, job.lowercase);
  const alignment = await alignWords(run, corpus, threads);
  const files = createOutputFiles(flags.force === true, io.signal);
  try {
    const { totals, entries, score } = await write(run, corpus, alignment, fitting, files);
    await files.commit();
    const seconds = (screen.clock() - started) / 1000;
    const { empty, long } = corpus.skipped;
    showOutcome(screen, {
      totals,
      score,
      goldPairs: fitting?.length,
      corpus,
      entries,
      out: job.out?.label,
      table: job.table?.label,
      seconds,
    });
    if (flags.json !== true) return;
    screen.result({
      command: 'align',
      version: programVersion(),
      model: flags.model,
      symmetrize: flags.symmetrize,
      seed: flags.seed,
      lowercase: job.lowercase,
      longest: flags.longest,
      threads,
      pairsRead: corpus.pairs,
      sentencePairs: corpus.sentences,
      skipped: empty + long,
      skippedBecause: { emptySide: empty, tooLong: long },
      sourceWords: corpus.source.ids.length,
      targetWords: corpus.target.ids.length,
      ...totals,
      ...(score && { goldPairs: fitting?.length, ...score }),
      ...(job.out && { out: job.out.label }),
      ...(job.table && { table: job.table.label, tableEntries: entries }),
      stages: stages.times,
      seconds,
      peakBytes: peakMemoryBytes(),
    });
  } catch (error) {
    await files.discard();
    throw error;
  }
}

async function read({ flags, job, stages, io }: Run): Promise<IndexedCorpus> {
  const corpus = await openParallelCorpus(job.corpus);
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    stages.update({ stage: 'read', done, total });
  };
  const encoded = await encodeCorpus(readPairs(corpus, job.lowercase, { signal: io.signal, onProgress }), flags.longest);
  stages.finish();
  return encoded;
}

async function alignWords({ flags, job, stages, io }: Run, corpus: IndexedCorpus, threads: number): Promise<CorpusAlignment> {
  // The passes work on typed arrays: what else they make is small and short-lived, and would otherwise stand in memory by the tens of megabytes.
  const pool = createNodeWorkerPool({ size: threads, youngGenerationMegabytes: 6 });
  try {
    const fitted = job.table !== undefined;
    const { model, seed } = flags;
    const alignment = await alignCorpus(corpus, {
      model,
      seed,
      keepTables: fitted,
      ...(fitted && { fitting: { keepCounts: true } }),
      pool,
      signal: io.signal,
      onProgress: stages.update,
    });
    stages.finish();
    return alignment;
  } finally {
    await pool.dispose();
  }
}

/** What came of writing. */
interface Written {
  readonly totals: LinkTotals;
  /** Entries of the table; 0 without one. */
  readonly entries: number;
  readonly score: AlignmentScore | undefined;
}

async function write(
  { flags, job, io }: Run,
  corpus: IndexedCorpus,
  alignment: CorpusAlignment,
  gold: readonly GoldLinks[] | undefined,
  files: OutputFiles,
): Promise<Written> {
  const { source, target } = corpus;
  const hypotheses: Links[] = [];
  const counts = job.table === undefined || alignment.fitted ? undefined : new LinkCounts(target.types);
  const links = await files.open(job.out, flags.json === true ? undefined : io.stdout);
  const totals = await writeLinks(alignment, corpus, flags.symmetrize, links, (own, sentence, position) => {
    if (gold !== undefined && position < gold.length) hypotheses[position] = own;
    for (let at = 0; counts && at < own.length; at += 2)
      counts.add(source.ids[source.offsets[sentence] + own[at]], target.ids[target.offsets[sentence] + own[at + 1]]);
  });
  let entries = 0;
  if (job.table) {
    const table = await files.open(job.table);
    if (counts) entries = await writeCountedTable(counts, corpus, table);
    else if (alignment.fitted) entries = await writeFittedTable(alignment.fitted.forward, corpus, table);
  }
  return { totals, entries, score: gold && scoreAlignments(hypotheses, gold) };
}
