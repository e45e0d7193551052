import { availableParallelism } from 'node:os';
import type { AlignmentMeasure } from '@lexigraft/baselines';
import { openLexicon, openWordVectors, type OpenLexicon, type OpenWordVectors } from '@lexigraft/checkpoint';
import { LexigraftError } from '@lexigraft/core';
import { startEngine } from '../engines.ts';
import type { CommandIo } from '../io.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { locateInput } from '../transfer/inputs.ts';
import { readCheckFiles, type CheckFiles, type CheckFlags } from '../vectors/check-request.ts';
import { showAlignment, showFiles } from '../vectors/show-check.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';

/**
 * `lexigraft vectors check`: tells how many translations a rotation between two tables of word vectors finds, before a strategy relies on one.
 *
 * @throws {LexigraftError} whatever is wrong with flags or files; the abort reason when interrupted
 */
export async function checkVectors(flags: CheckFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const files = readCheckFiles(flags);
  const stages = screen.stages((stage) =>
    stage === 'left out' || stage === 'fitted' ? {} : { unit: stage === 'rotation' ? 'count' : 'bytes' },
  );
  const tables: OpenWordVectors[] = [];
  const open = async (flag: string, label: string): Promise<OpenWordVectors> => {
    const table = await openWordVectors(await locate(flag, label, flags, io, stages), { signal: io.signal, onProgress: stages.update });
    stages.finish();
    tables.push(table);
    return table;
  };
  try {
    const target = await open('--vectors', files.vectors);
    const source = await open('--source-vectors', files.sourceVectors);
    assertSameWidth(files, source, target);
    const lexicon = await openLexicon(await locate('--lexicon', files.lexicon, flags, io, stages), {
      signal: io.signal,
      onProgress: stages.update,
      ...(flags.lexiconOrder && { order: flags.lexiconOrder }),
    });
    stages.finish();
    showFiles(screen, files, { source, target, lexicon });
    const measure = await measureOn({ source, target, lexicon }, flags, io, stages);
    const seconds = (screen.clock() - started) / 1000;
    showAlignment(screen, measure, { dimension: target.dimension, seconds });
    screen.result({
      command: 'vectors check',
      version: programVersion(),
      ...files,
      dimension: target.dimension,
      lexiconPairs: lexicon.pairs.length,
      heldOut: flags.heldOut,
      seed: flags.seed,
      ...measure,
      stages: stages.times,
      seconds,
      peakBytes: peakMemoryBytes(),
    });
  } finally {
    await Promise.all(tables.map((table) => table.close()));
  }
}

/** @throws {LexigraftError} `shape-mismatch`, naming the files */
function assertSameWidth(files: CheckFiles, source: OpenWordVectors, target: OpenWordVectors): void {
  if (source.dimension === target.dimension) return;
  throw new LexigraftError(
    'shape-mismatch',
    `${files.sourceVectors} has vectors ${source.dimension} wide and ${files.vectors} ${target.dimension}; both must have the same width.`,
    { source: source.dimension, target: target.dimension },
  );
}

/** What is compared. */
interface Tables {
  readonly source: OpenWordVectors;
  readonly target: OpenWordVectors;
  readonly lexicon: OpenLexicon;
}

async function measureOn(tables: Tables, flags: CheckFlags, io: CommandIo, stages: StageBars): Promise<AlignmentMeasure> {
  const { heldOut, searched, judged, seed } = flags;
  const { measureAlignment } = await import('@lexigraft/baselines');
  const engine = await startEngine('cpu', flags.threads ?? availableParallelism());
  try {
    const options = { heldOut, searched, judged, seed, signal: io.signal, onProgress: stages.update };
    const measure = await measureAlignment({ compute: engine.compute, ...tables, ...options });
    stages.finish();
    return measure;
  } finally {
    await engine.dispose();
  }
}

function locate(flag: string, label: string, flags: CheckFlags, io: CommandIo, stages: StageBars): Promise<string> {
  return locateInput(flag, label, { files: 'tokenizer', offline: flags.offline === true }, io, stages);
}
