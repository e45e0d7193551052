import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import {
  assertQueueAnswers,
  buildReport,
  compareReports,
  createQueueRunner,
  forecastBench,
  formatDifference,
  formatValue,
  processChannel,
  readReport,
  runBench,
  serveJobs,
  serveQueue,
  writeReports,
  type BenchConfig,
  type BenchOutcome,
} from '@lexigraft/bench';
import { LexigraftError } from '@lexigraft/core';
import { fetchInputs } from '../bench/fetch-inputs.ts';
import { createBenchHost } from '../bench/host.ts';
import { launchWorker } from '../bench/launch-worker.ts';
import { readBenchRequest, type BenchRunFlags } from '../bench/request.ts';
import { createProgressLines, showForecast, showReport } from '../bench/show.ts';
import type { CommandIo, ExitCode } from '../io.ts';
import { formatCount } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import { transferStageStyle } from '../screen/transfer-stages.ts';
import { programVersion } from '../version.ts';
import { screenFor, type CommonFlags } from './common-flags.ts';

/** Milliseconds that a queue is given to answer before anything is made for it. */
const QUEUE_PATIENCE = 10_000;

/**
 * `lexigraft bench run`: runs what has no result yet and writes the reports.
 *
 * @returns 1 if a cell failed
 * @throws {LexigraftError} whatever is wrong with configuration or flags; the abort reason when interrupted
 */
export async function benchRun(file: string | undefined, flags: BenchRunFlags, io: CommandIo): Promise<ExitCode> {
  const screen = screenFor(flags, io);
  const config = await openConfig(file, flags, screen, io);
  const host = createBenchHost({ cwd: io.cwd });
  const mode = flags.repeat === true ? 'always' : 'only-missing';
  if (flags.dryRun === true) {
    const forecast = await forecastBench({ config, host, mode });
    showForecast(screen, forecast);
    screen.result({ command: 'bench run', version: programVersion(), dryRun: true, ...forecast });
    return 0;
  }
  const { queue } = flags;
  if (queue !== undefined) await assertQueueAnswers(queue, QUEUE_PATIENCE);
  const outcome = await runBench({
    config,
    host,
    ...(queue === undefined
      ? config.workers === 0
        ? {}
        : { launch: (size) => launchWorker(io.cwd, size) }
      : { runner: (tools) => createQueueRunner({ url: queue, ...tools }) }),
    mode,
    signal: io.signal,
    onProgress: createProgressLines(screen),
  });
  return await report(outcome, screen, io);
}

/** `lexigraft bench report`: writes the reports of what there is. @throws {LexigraftError} as {@link benchRun}, and `empty-input` without a result */
export async function benchReport(file: string, flags: BenchRunFlags, io: CommandIo): Promise<ExitCode> {
  const screen = screenFor(flags, io);
  const config = await openConfig(file, flags, screen, io);
  return await report(await runBench({ config, host: createBenchHost({ cwd: io.cwd }), mode: 'never', signal: io.signal }), screen, io);
}

/** Reads the configuration and fetches what of it is on the Hub. */
async function openConfig(file: string | undefined, flags: BenchRunFlags, screen: Screen, io: CommandIo): Promise<BenchConfig> {
  const config = await readBenchRequest(file, flags, io);
  const stages = screen.stages(transferStageStyle(undefined));
  const offline = flags.offline === true ? { offline: true } : {};
  const fetched = await fetchInputs(config, { ...offline, signal: io.signal, onProgress: stages.update });
  stages.finish();
  return fetched;
}

async function report(outcome: BenchOutcome, screen: Screen, io: CommandIo): Promise<ExitCode> {
  const { records, failures, config } = outcome;
  if (records.length === 0 && failures.length === 0)
    throw new LexigraftError('empty-input', 'There is no result to report: nothing was run, or nothing fits together.', {
      skipped: outcome.skipped.length,
    });
  const made = buildReport(outcome, new Date().toISOString());
  const files = await writeReports(made, config.out);
  showReport(screen, made, outcome, relative(io.cwd, files.page) || files.page);
  const { reused, run, seconds, overheadSeconds } = outcome;
  screen.result({ command: 'bench', version: programVersion(), files, reused, run, seconds, overheadSeconds, failures, report: made });
  return failures.length > 0 ? 1 : 0;
}

/** `lexigraft bench compare`: the differences of two reports. @throws {LexigraftError} `file-not-found`, `format`, `invalid-option` */
export async function benchCompare(before: string, after: string, flags: CommonFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const [earlier, later] = [await readReport(await reportPath(before, io)), await readReport(await reportPath(after, io))];
  const comparison = compareReports(earlier, later);
  screen.line();
  for (const { row, before: old, after: now, difference, standardError } of comparison.rows) {
    const place = printable(`${row.model} → ${row.language}  ${row.strategy}  ${row.task} ${row.metric}`);
    const change =
      difference === undefined
        ? ''
        : `${formatDifference(difference, row.unit)}${standardError === undefined ? '' : ` ± ${formatValue(standardError, row.unit)}`}`;
    screen.line(`  ${place.padEnd(60)} ${formatValue(old, row.unit).padStart(8)} → ${formatValue(now, row.unit).padStart(8)}   ${change}`);
  }
  screen.line();
  screen.line(
    `  ${formatCount(comparison.rows.length)} figures in both, ${formatCount(comparison.onlyBefore)} only before, ${formatCount(comparison.onlyAfter)} only after`,
  );
  screen.result({ command: 'bench compare', version: programVersion(), ...comparison });
}

async function reportPath(given: string, io: CommandIo): Promise<string> {
  const path = resolve(io.cwd, given);
  return (await stat(path).catch(() => undefined))?.isDirectory() === true ? join(path, 'report.json') : path;
}

/** `lexigraft bench worker`: does the work of a queue until interrupted. @throws {LexigraftError} `invalid-option`, `missing-engine` */
export async function benchWorker(
  flags: CommonFlags & { readonly queue?: string; readonly workers?: number },
  io: CommandIo,
): Promise<void> {
  const screen = screenFor(flags, io);
  if (flags.queue === undefined)
    throw new LexigraftError('invalid-option', '--queue is missing: the queue to take work from, e.g. redis://host:6379.', {
      option: '--queue',
    });
  await assertQueueAnswers(flags.queue, QUEUE_PATIENCE);
  const ended = { done: 0, failed: 0 };
  screen.line(`  waiting for work from ${printable(flags.queue.replace(/\/\/.*@/, '//'))}; Ctrl-C ends`);
  await serveQueue({
    url: flags.queue,
    workers: flags.workers ?? 1,
    launch: (size) => launchWorker(io.cwd, size),
    signal: io.signal,
    onEvent: (event) => {
      if (event.type === 'done' || event.type === 'failed') ended[event.type]++;
      if (event.type === 'done') screen.line(`  done ${event.key.slice(0, 12)}`);
      if (event.type === 'failed')
        screen.line(`  failed ${event.failure.cell.key.slice(0, 12)}: ${printable(event.failure.error.message)}`);
    },
  });
  screen.result({ command: 'bench worker', version: programVersion(), ...ended });
}

/** The process behind each worker of `bench run`; ends with the one that started it. */
export async function benchCellWorker(io: CommandIo): Promise<void> {
  const channel = processChannel();
  if (channel === undefined) throw new LexigraftError('invalid-option', '`bench cells` is started by `bench run` alone.', {});
  await serveJobs(createBenchHost({ cwd: io.cwd }), channel);
}
