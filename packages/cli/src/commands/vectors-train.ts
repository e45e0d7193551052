import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import {
  openTokenizer,
  readTrainingText,
  readTrainingTokens,
  trainWordVectors,
  writeTrainedVectors,
  type TrainedVectors,
  type TrainingCorpus,
} from '@lexigraft/checkpoint';
import { createNodeWorkerPool } from '@lexigraft/core/workers';
import type { CommandIo } from '../io.ts';
import { peakMemoryBytes } from '../peak-memory.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import type { StageBars } from '../screen/stage-bars.ts';
import { locateInput } from '../transfer/inputs.ts';
import { readTrainJob, type TrainFlags, type TrainJob } from '../vectors/train-request.ts';
import { programVersion } from '../version.ts';
import { screenFor } from './common-flags.ts';

/**
 * `lexigraft vectors train`: reads a text, trains, writes the vectors.
 *
 * @throws {LexigraftError} whatever is wrong with flags or files; the abort reason when interrupted
 */
export async function trainVectors(flags: TrainFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const started = screen.clock();
  const threads = flags.threads ?? availableParallelism();
  const job = await readTrainJob(flags, io);
  const how = flags.hogwild === true ? 'hogwild' : 'repeatable';
  const stages = screen.stages((stage) =>
    stage === 'read' || stage === 'download'
      ? { unit: 'bytes' }
      : stage === 'train'
        ? { note: `${flags.model}, ${how}, workers × ${threads}` }
        : {},
  );
  const corpus = await read(flags, job, io, stages);
  showCorpus(screen, corpus);
  const trained = await train(corpus, job, threads, io, stages);
  await writeTrainedVectors(trained, job.out.path, {
    format: job.format === 'bin' ? 'fasttext' : 'text',
    overwrite: flags.force === true,
    signal: io.signal,
    onProgress: stages.update,
  });
  stages.finish();
  const { size } = await stat(job.out.path);
  const seconds = (screen.clock() - started) / 1000;
  screen.line();
  screen.line(
    `  wrote ${screen.palette.strong(printable(job.out.label))} (${formatCountOf(trained.words.length, 'word')}, ${formatBytes(size)}) in ${formatSeconds(seconds)}, peak memory ${formatBytes(peakMemoryBytes())}`,
  );
  screen.result({
    command: 'vectors train',
    version: programVersion(),
    text: job.textLabel,
    out: job.out.label,
    format: job.format,
    bytes: size,
    ...(flags.tokenizer !== undefined && { tokenizer: flags.tokenizer }),
    options: trained.settings,
    minimumCount: flags.minCount,
    threads,
    words: trained.words.length,
    wordsOfText: corpus.occurrences,
    differentWordsOfText: corpus.types,
    wordsPerEpoch: corpus.tokens.length,
    ngramRows: trained.subwords.usedBuckets.length,
    stages: stages.times,
    seconds,
    peakBytes: peakMemoryBytes(),
  });
}

async function read(flags: TrainFlags, job: TrainJob, io: CommandIo, stages: StageBars): Promise<TrainingCorpus> {
  const options = { minimumCount: flags.minCount, signal: io.signal, onProgress: stages.update };
  if (flags.tokenizer === undefined) {
    const corpus = await readTrainingText(job.text, options);
    stages.finish();
    return corpus;
  }
  const path = await locateInput('--tokenizer', flags.tokenizer, { files: 'tokenizer', offline: flags.offline === true }, io, stages);
  const corpus = await readTrainingTokens(job.text, await openTokenizer(path), options);
  stages.finish();
  return corpus;
}

function showCorpus(screen: Screen, { words, types, occurrences }: TrainingCorpus): void {
  const kept = `${formatCount(words.length)} of ${formatCount(types)} different ones are common enough`;
  screen.fact('text', `${formatCountOf(occurrences, 'word')}, with line ends; ${kept}`);
}

async function train(corpus: TrainingCorpus, job: TrainJob, threads: number, io: CommandIo, stages: StageBars): Promise<TrainedVectors> {
  const pool = createNodeWorkerPool({ size: threads });
  try {
    const trained = await trainWordVectors(corpus, job.options, { pool, signal: io.signal, onProgress: stages.update });
    stages.finish();
    return trained;
  } finally {
    await pool.dispose();
  }
}
