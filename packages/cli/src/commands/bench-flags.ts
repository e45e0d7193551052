import { Option, type Command } from 'commander';
import { oneOf, repeated, wholeNumber } from '../arguments/flag-readers.ts';
import type { BenchRunFlags } from '../bench/request.ts';
import type { CommandIo, ExitCode } from '../io.ts';
import type { CommonFlags } from './common-flags.ts';

const MOST_WORKERS = 256;

/** Adds `run`, `report`, `compare` and `worker` to the command `bench`. What they do is imported when they run. */
export function defineBench(bench: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  const add = (name: string, description: string): Command => bench.command(name).description(description).allowExcessArguments(false);

  add('run', 'measure strategies against each other on the same models, data and seeds; only what has no result yet is run')
    .argument('[config]', 'a configuration: YAML, JSON or TypeScript; flags take the place of its parts')
    .optionsGroup('What is compared, in place of the configuration’s:')
    .option('--model <name=dir>', 'a source model, a folder or hf:…; may be repeated', repeated)
    .option(
      '--language <name=dir>',
      'a target language and its tokenizer, or a model of it, which then is its helper too; may be repeated',
      repeated,
    )
    .option('--strategy <id>', 'see `lexigraft strategies`; npm:package loads a plugin, a,b,c is a chain; may be repeated', repeated)
    .option('--task <id>', 'a task, e.g. xnli/finetuned; may be repeated', repeated)
    .option('--seeds <a,b,…>', 'seeds, e.g. 0,1,2')
    .option('--baseline <strategy>', 'the strategy that others are compared with')
    .optionsGroup('Running and printing:')
    .option('--out <dir>', 'folder of results; results/NAME beside the configuration when left out')
    .option('--device <name>', 'auto, cpu, wasm, webgpu or cuda', oneOf('--device', ['auto', 'cpu', 'wasm', 'webgpu', 'cuda']))
    .option('--workers <n>', 'processes that work at once', wholeNumber('--workers', 0, MOST_WORKERS))
    .option('--queue <url>', 'spread the work over `lexigraft bench worker` processes by a queue, e.g. redis://host:6379')
    .option('--repeat', 'run everything anew, whether it has a result or not')
    .option('--offline', 'use the local cache of the hub only')
    .option('--dry-run', 'list what would be run, with the time and memory it is expected to take')
    .addHelpOption(new Option('--help', 'print this help').helpGroup('Running and printing:'))
    .action(async (config: string | undefined, flags: BenchRunFlags) => {
      end(await (await import('./bench.ts')).benchRun(config, flags, io));
    });

  add('report', 'write the reports of what has been measured so far, and run nothing')
    .argument('<config>', 'the configuration that was run')
    .option('--seeds <a,b,…>', 'seeds to report, in place of the configuration’s')
    .option('--baseline <strategy>', 'the strategy that others are compared with, in place of the configuration’s')
    .option('--out <dir>', 'folder of results, where it was given')
    .option('--offline', 'use the local cache of the hub only')
    .action(async (config: string, flags: BenchRunFlags) => {
      end(await (await import('./bench.ts')).benchReport(config, flags, io));
    });

  add('compare', 'show the difference between two reports')
    .argument('<before>', 'report.json, or the folder it lies in')
    .argument('<after>', 'the other one')
    .action(async (before: string, after: string, flags: CommonFlags) => {
      await (await import('./bench.ts')).benchCompare(before, after, flags, io);
    });

  add('worker', 'do the work that `bench run --queue` spreads, until interrupted')
    .option('--queue <url>', 'the queue, e.g. redis://host:6379')
    .option('--workers <n>', 'processes that work at once', wholeNumber('--workers', 1, MOST_WORKERS))
    .action(async (flags: CommonFlags & { readonly queue?: string; readonly workers?: number }) => {
      await (await import('./bench.ts')).benchWorker(flags, io);
    });

  bench.command('cells', { hidden: true }).action(async () => {
    await (await import('./bench.ts')).benchCellWorker(io);
  });
}
