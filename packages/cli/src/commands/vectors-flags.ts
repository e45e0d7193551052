import type { Command } from 'commander';
import { oneOf, positiveNumber, wholeNumber } from '../arguments/flag-readers.ts';
import type { CommandIo } from '../io.ts';
import type { CheckFlags } from '../vectors/check-request.ts';
import type { TrainFlags } from '../vectors/train-request.ts';

/** Adds `train` and `check` to the command `vectors`. What they do is imported when they run. */
export function defineVectors(vectors: Command, mostThreads: number, io: CommandIo): void {
  vectors
    .command('train')
    .description('train word vectors with n-grams, as fastText does')
    .allowExcessArguments(false)
    .option('--text <file>', 'text in UTF-8, a sentence a line (.gz too); words are what stands between blanks')
    .option('--out <file>', 'file to write, .vec or .bin')
    .option('--format <name>', 'vec: text; bin: a fastText model; told from --out when left out', oneOf('--format', ['vec', 'bin']))
    .option('--tokenizer <model>', 'train on the tokens of this tokenizer instead of words: a folder, a file or hf:…')
    .option('--model <name>', 'skip-gram or cbow', oneOf('--model', ['skip-gram', 'cbow']), 'skip-gram')
    .option('--dimension <n>', 'numbers of a vector', wholeNumber('--dimension', 1, 4096), 300)
    .option('--epochs <n>', 'passes over the text', wholeNumber('--epochs', 1, 10_000), 5)
    .option('--min-count <n>', 'leave out words that occur less often', wholeNumber('--min-count', 1, 1_000_000_000), 5)
    .option('--min-n <n>', 'shortest n-gram, in characters', wholeNumber('--min-n', 0, 100), 3)
    .option('--max-n <n>', 'longest n-gram, in characters; 0 for whole words only', wholeNumber('--max-n', 0, 100), 6)
    .option('--window <n>', 'how far around a word others are looked at', wholeNumber('--window', 1, 100), 5)
    .option('--negatives <n>', 'words drawn at random against each pair', wholeNumber('--negatives', 1, 100), 5)
    .option('--bucket <n>', 'rows that n-grams are hashed to', wholeNumber('--bucket', 1, 100_000_000), 2_000_000)
    .option('--learning-rate <x>', 'step size at the start; it falls to zero', positiveNumber('--learning-rate', 1), 0.05)
    .option('--subsampling <x>', 'skip words of a larger share at times', positiveNumber('--subsampling', 1), 1e-4)
    .option('--seed <n>', 'seed of everything that is drawn', wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER), 0)
    .option('--threads <n>', 'threads to work with', wholeNumber('--threads', 1, mostThreads))
    .option('--hogwild', 'let threads write without waiting for each other: any number of them helps, and no run repeats another')
    .option('--offline', 'use the local cache of the hub only')
    .option('--force', 'replace --out if it exists')
    .action(async (flags: TrainFlags) => {
      await (await import('./vectors-train.ts')).trainVectors(flags, io);
    });
  vectors
    .command('check')
    .description('tell how many translations a rotation between two tables of word vectors finds')
    .allowExcessArguments(false)
    .option('--vectors <file>', 'word vectors of the target language (.vec, .vec.gz or .bin)')
    .option('--source-vectors <file>', 'word vectors of the source language')
    .option('--lexicon <file>', 'words with their translations: MUSE or WECHSEL lists, or tab-separated columns (.gz too)')
    .option(
      '--lexicon-order <order>',
      'which language a line begins with: source-first or target-first',
      oneOf('--lexicon-order', ['source-first', 'target-first']),
    )
    .option('--held-out <share>', 'share of words whose translations are kept from the rotation', positiveNumber('--held-out', 0.9), 0.2)
    .option(
      '--searched <n>',
      'commonest source words that translations are looked for among',
      wholeNumber('--searched', 10, 10_000_000),
      200_000,
    )
    .option('--judged <n>', 'most words judged of either kind', wholeNumber('--judged', 1, 10_000_000), 1500)
    .option('--seed <n>', 'seed of the choice of words', wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER), 0)
    .option('--threads <n>', 'threads to work with', wholeNumber('--threads', 1, mostThreads))
    .option('--offline', 'use the local cache of the hub only')
    .action(async (flags: CheckFlags) => {
      await (await import('./vectors-check.ts')).checkVectors(flags, io);
    });
}
