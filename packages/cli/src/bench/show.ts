import {
  formatDifference,
  formatPValue,
  formatValue,
  rankStrategies,
  seedsSoFar,
  type BenchForecast,
  type BenchOutcome,
  type BenchProgress,
  type BenchReport,
  type Ranking,
  type ReportRow,
} from '@lexigraft/bench';
import { formatBytes, formatCountOf, formatSeconds } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import { SCREEN_WIDTH } from '../screen/wrap.ts';

/** Lines at most, but for failures, however many cells there are. */
const MOST_LINES = 20;

/** Shows cells as they end, the latest of each twentieth of the run: how far it is and how long the rest takes. */
export function createProgressLines(screen: Screen): (progress: BenchProgress) => void {
  const said = new Set<string>();
  return ({ cell, state, done, total, headline, message, notes = [], secondsLeft }) => {
    for (const note of notes) if (!said.has(note)) screen.warning(note);
    for (const note of notes) said.add(note);
    if (state !== 'done' && state !== 'failed') return;
    const isDue = Math.floor((done * MOST_LINES) / total) > Math.floor(((done - 1) * MOST_LINES) / total);
    if (state === 'done' && !isDue) return;
    const place = printable(`${cell.strategy} → ${cell.language}, ${cell.task}, seed ${cell.seed}`);
    const result =
      state === 'failed'
        ? screen.palette.bad(`failed: ${printable(message ?? '')}`)
        : headline === null || headline === undefined
          ? '–'
          : formatValue(headline, 'ratio');
    const left = secondsLeft === undefined || done === total ? '' : `   ${formatSeconds(secondsLeft)} left`;
    screen.line(`  ${String(done).padStart(String(total).length)}/${total}  ${place}  ${result}${screen.palette.faint(left)}`);
  };
}

/** Shows what a run would do. */
export function showForecast(screen: Screen, { cells, skipped, seconds, peakBytes, workers }: BenchForecast): void {
  screen.line();
  for (const { cell, known, seconds: expected, peakBytes: memory, basis } of cells) {
    const place = printable(`${cell.model} → ${cell.language}  ${cell.strategy}  ${cell.task}  seed ${cell.seed}`);
    screen.line(
      `  ${place.padEnd(68)} ${known ? 'has a result' : `${basis === 'guessed' ? 'about ' : ''}${formatSeconds(expected)}, ${formatBytes(memory)}`}`,
    );
  }
  const missing = cells.filter(({ known }) => !known).length;
  screen.line();
  screen.fact(
    'cells',
    `${cells.length}: ${missing} to run, ${cells.length - missing} with a result${skipped.length > 0 ? `, ${skipped.length} that do not fit together` : ''}`,
  );
  if (missing > 0)
    screen.fact(
      'expected',
      `${formatSeconds(seconds)} on ${formatCountOf(workers, 'process', 'processes')}, ${formatBytes(peakBytes)} of memory`,
    );
}

/** Shows the rankings of a report and what became of the run. */
export function showReport(screen: Screen, report: BenchReport, outcome: BenchOutcome, page: string): void {
  for (const ranking of rankStrategies(report)) showRanking(screen, ranking, report);
  for (const reason of new Set(outcome.skipped.map(({ strategy, language, reason: why }) => `${strategy} → ${language}: not run, ${why}`)))
    screen.warning(reason);
  for (const { message, cells } of report.warnings) screen.warning(`${message}${cells > 1 ? ` (${formatCountOf(cells, 'cell')})` : ''}`);
  for (const { cell, error } of outcome.failures)
    screen.warning(`${cell.strategy} → ${cell.language}, ${cell.task}, seed ${cell.seed} failed: ${error.message}`);
  screen.line();
  screen.line(
    `  ${formatCountOf(outcome.reused, 'cell')} reused, ${outcome.run} run, ${outcome.failures.length} failed in ${formatSeconds(outcome.seconds)} · report: ${screen.palette.strong(printable(page))}`,
  );
}

function showRanking(screen: Screen, { model, language, columns, decisive, strategies }: Ranking, report: BenchReport): void {
  // What decides the order comes first, with its error and its difference.
  const others = columns.map((_, index) => index).filter((index) => index !== decisive);
  const leading = strategies.map(({ cells }) => cells[decisive]);
  const compared = report.baseline !== undefined && leading.some((cell) => cell?.comparison !== undefined);
  const first = leading.find((cell) => cell !== undefined);
  const rows = strategies.map(({ strategy, cells, seconds }, row) => [
    printable(strategy),
    ...leadingCells(leading[row], report, compared),
    ...others.map((index) => cells[index]).map((cell) => (cell === undefined ? '–' : formatValue(cell.value, cell.unit))),
    formatValue(seconds, 'seconds'),
  ]);
  const header = [
    'strategy',
    columns[decisive],
    ...(compared ? [`Δ vs ${report.baseline ?? ''} (paired)`] : []),
    ...others.map((index) => columns[index]),
    'seconds',
  ];
  const widths = header.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index].length)));
  // Columns that do not fit are on the page.
  let used = 2;
  const shown = widths.filter((width) => (used += width + 3) <= SCREEN_WIDTH).length;
  const lineOf = (cells: readonly string[]): string =>
    cells
      .slice(0, shown)
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('   ')
      .trimEnd();
  screen.line();
  screen.line(
    `  ${screen.palette.strong(printable(`${model} → ${language}`))}   ${first === undefined ? '' : `${formatCountOf(first.n, 'item')}   `}seeds ${report.seeds.join(', ')}   device ${report.machines.map(({ device }) => device).join(', ')}`,
  );
  screen.line();
  screen.line(`  ${screen.palette.faint(lineOf(header))}`);
  for (const row of rows) screen.line(`  ${lineOf(row)}`);
}

function leadingCells(row: ReportRow | undefined, report: BenchReport, compared: boolean): readonly string[] {
  if (row === undefined) return compared ? ['–', ''] : ['–'];
  const { value, unit, standardError, comparison } = row;
  const seeds = seedsSoFar(row, report);
  const error = standardError === undefined ? '' : ` ± ${formatValue(standardError, unit)}`;
  const cell = `${formatValue(value, unit)}${error}${seeds === undefined ? '' : ` (${seeds})`}`;
  const difference =
    comparison === undefined ? '' : `${formatDifference(comparison.difference, unit)}  ${formatPValue(comparison.adjusted)}`;
  return compared ? [cell, difference] : [cell];
}
