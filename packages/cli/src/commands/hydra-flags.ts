import type { Command } from 'commander';
import { oneOf, repeated, wholeNumber } from '../arguments/flag-readers.ts';
import { columnNumbers, twoNames } from '../arguments/list-readers.ts';
import type { HydraCreateFlags } from '../hydra/request.ts';
import type { CommandIo } from '../io.ts';
import type { CommonFlags } from './common-flags.ts';

/** Adds `create`, `swap` and `list` to the command `hydra`. What they do is imported when they run. */
export function defineHydra(hydra: Command, mostThreads: number, io: CommandIo): void {
  const add = (name: string, description: string): Command => hydra.command(name).description(description).allowExcessArguments(false);

  add('create', 'put new vocabularies before that of a model, which it still reads; LANG= flags are given once per language')
    .option('--source <model>', 'the model: a folder, or hf:organisation/name[@revision]')
    .option('--target <lang=tokenizer>', 'a language and its tokenizer, e.g. de=german-model; the helper’s when left out', repeated)
    .option('--active <lang>', 'the language whose rows are in the model; the first when left out')
    .option('--strategy <id>', 'how rows are made: see `lexigraft strategies`; npm:package loads a plugin')
    .option('--helper <lang=model>', 'a small pretrained model of the language', repeated)
    .option('--vectors <lang=file>', 'word vectors of the language', repeated)
    .option('--source-vectors <file>', 'word vectors of the source language')
    .option('--lexicon <lang=file>', 'words with their translations', repeated)
    .option(
      '--lexicon-order <order>',
      'which language a line of a lexicon begins with',
      oneOf('--lexicon-order', ['source-first', 'target-first']),
    )
    .option('--text <lang=file>', 'text of the language, a line each (.txt or .txt.gz)', repeated)
    .option('--pairs <lang=file>', 'sentence pairs of the source language and this one', repeated)
    .option('--parallel-source <lang=file>', 'instead of --pairs: sentences of the source language', repeated)
    .option('--parallel-target <lang=file>', 'and their translations, line by line', repeated)
    .option('--languages <lang=a,b>', 'languages of source and target in TMX pairs, e.g. de=en,de', repeated)
    .option('--pairs-format <name>', 'bars, tsv, tmx or jsonl', oneOf('--pairs-format', ['bars', 'tsv', 'tmx', 'jsonl']))
    .option('--columns <a,b>', 'columns of source and target in TSV pairs, counted from 1', columnNumbers('--columns', 2))
    .option('--key-columns <a,…>', 'columns by which two TSV files are joined, counted from 1', columnNumbers('--key-columns'))
    .option('--fields <a,b>', 'fields of source and target in pairs of JSON lines', twoNames('--fields', 'source,target'))
    .option('--option <name=value>', 'an option of the strategy, strategy.name=value in a chain; may be repeated', repeated)
    .option('--overlap <mode>', 'how shared tokens are found: auto, exact or fuzzy', oneOf('--overlap', ['auto', 'exact', 'fuzzy']), 'auto')
    .option(
      '--template <side>',
      'whose special tokens stand around a sequence: source or target',
      oneOf('--template', ['source', 'target']),
      'source',
    )
    .option(
      '--pad-to-multiple-of <n>',
      'fill the rows of each target up to a multiple of n; like the source’s when left out',
      wholeNumber('--pad-to-multiple-of', 1, 65_536),
    )
    .option('--out <dir>', 'folder to write')
    .option('--seed <n>', 'seed of everything that is drawn', wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER), 0)
    .option('--device <name>', 'auto, cpu, webgpu or cuda', oneOf('--device', ['auto', 'cpu', 'webgpu', 'cuda']), 'auto')
    .option('--threads <n>', 'threads of every stage', wholeNumber('--threads', 1, mostThreads))
    .option('--offline', 'use the local cache of the hub only')
    .option('--force', 'replace --out if it exists')
    .action(async (flags: HydraCreateFlags) => {
      await (await import('./hydra-create.ts')).hydraCreate(flags, io);
    });

  add('swap', 'make another vocabulary the active one, in place; swapping back restores every byte')
    .argument('<dir>', 'Hydra checkpoint')
    .option('--to <lang>', 'the language to make active')
    .action(async (folder: string, flags: CommonFlags & { readonly to?: string }) => {
      await (await import('./hydra.ts')).hydraSwap(folder, flags, io);
    });

  add('list', 'show the vocabularies of a Hydra checkpoint')
    .argument('<dir>', 'Hydra checkpoint')
    .action(async (folder: string, flags: CommonFlags) => {
      await (await import('./hydra.ts')).hydraList(folder, flags, io);
    });
}
