import { realpath } from 'node:fs/promises';
import type { TrainingOptions } from '@lexigraft/checkpoint';
import { LexigraftError } from '@lexigraft/core';
import { locateFile } from '../arguments/corpus-flags.ts';
import { outputFile, type OutputFile } from '../arguments/output-file.ts';
import { requiredFlag } from '../arguments/required-flag.ts';
import type { CommonFlags } from '../commands/common-flags.ts';
import type { CommandIo } from '../io.ts';

/** Flags of `lexigraft vectors train` as the command line reads them. */
export interface TrainFlags extends CommonFlags {
  readonly text?: string;
  readonly out?: string;
  readonly format?: 'vec' | 'bin';
  readonly tokenizer?: string;
  readonly model: 'skip-gram' | 'cbow';
  readonly dimension: number;
  readonly epochs: number;
  readonly minCount: number;
  readonly minN: number;
  readonly maxN: number;
  readonly window: number;
  readonly negatives: number;
  readonly bucket: number;
  readonly learningRate: number;
  readonly subsampling: number;
  readonly seed: number;
  readonly threads?: number;
  readonly hogwild?: boolean;
  readonly offline?: boolean;
  readonly force?: boolean;
}

/** Checked flags of a training; nothing has been read yet. */
export interface TrainJob {
  /** Absolute. */
  readonly text: string;
  readonly textLabel: string;
  readonly out: OutputFile;
  readonly format: 'vec' | 'bin';
  readonly options: TrainingOptions;
}

/**
 * Checks the flags of a training against each other and against what is on the disk.
 *
 * @throws {LexigraftError} `invalid-option`, `file-not-found`, `file-unreadable`, `output-exists`
 */
export async function readTrainJob(flags: TrainFlags, io: CommandIo): Promise<TrainJob> {
  const textLabel = requiredFlag('--text', flags.text, 'the text to learn from', 'vectors train');
  const outLabel = requiredFlag('--out', flags.out, 'the file to write', 'vectors train');
  const { minN, maxN } = flags;
  if (maxN > 0 && minN > maxN)
    throw new LexigraftError(
      'invalid-option',
      `--min-n is ${minN} and --max-n is ${maxN}: the shortest n-gram must not be longer than the longest.`,
      {
        option: '--min-n',
        minN,
        maxN,
      },
    );
  const ending = /\.(vec|bin|[a-z]?gz|zip)$/i.exec(outLabel)?.[1].toLowerCase();
  if (ending !== undefined && ending !== 'vec' && ending !== 'bin')
    throw new LexigraftError(
      'invalid-option',
      `--out: ${outLabel} ends in .${ending}, but vectors are written unpacked; leave the ending out.`,
      { option: '--out' },
    );
  const format = flags.format ?? (ending === 'bin' ? 'bin' : 'vec');
  if (ending !== undefined && ending !== format)
    throw new LexigraftError(
      'invalid-option',
      `--out: ${outLabel} ends in .${ending}, and --format is ${format}; a reader of either would be misled.`,
      {
        option: '--out',
      },
    );
  const text = await locateFile('--text', textLabel, io);
  const taken = new Map([[await realpath(text).catch(() => text), '--text']]);
  const out = await outputFile('--out', outLabel, flags.force === true, taken, io);
  return {
    text,
    textLabel,
    out: out ?? { path: outLabel, label: outLabel },
    format,
    options: {
      model: flags.model,
      dimension: flags.dimension,
      epochs: flags.epochs,
      window: flags.window,
      negatives: flags.negatives,
      learningRate: flags.learningRate,
      subsampling: flags.subsampling,
      minimumLength: maxN === 0 ? 0 : minN,
      maximumLength: maxN,
      buckets: flags.bucket,
      seed: flags.seed,
      mode: flags.hogwild === true ? 'hogwild' : 'exact',
    },
  };
}
