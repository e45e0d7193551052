import { formatDifference, formatPValue, formatValue } from './format-value.ts';
import { rankStrategies, type Ranking } from './rank-strategies.ts';
import type { BenchReport, ReportRow } from './report.ts';
import { seedsSoFar } from './seeds-so-far.ts';

/** Returns the report as Markdown: a ranking for each model and language, lm-evaluation-harness' table, failures, and what was not run. */
export function toMarkdown(report: BenchReport): string {
  const parts = [
    `# ${report.name}`,
    aboutLine(report),
    ...rankStrategies(report).map((ranking) => markdownRanking(ranking, report)),
    '## All figures',
    lmEvalTable(report),
    ...markdownList(
      '## Failed',
      report.failures.map(
        ({ cell, error }) => `${cell.model} · ${cell.language} · ${cell.strategy} · ${cell.task} · seed ${cell.seed}: ${error.message}`,
      ),
    ),
    ...markdownList(
      '## Not run',
      report.skipped.map(({ model, language, strategy, task, reason }) => `${model} · ${language} · ${strategy} · ${task}: ${reason}`),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line on what was measured with what. */
export function aboutLine({ seeds, machines, baseline, versions, date }: BenchReport): string {
  const machine = machines
    .map(({ device, cpus, node, platform }) => `${device}, ${cpus} processors, Node ${node.replace(/^v/, '')}, ${platform}`)
    .join('; ');
  return `${date.slice(0, 10)} · seeds ${seeds.join(', ')} · ${machine} · ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(
      ', ',
    )}. Values are means over seeds ± the standard error over items, seconds those of one seed${baseline === undefined ? '' : `; differences are to ${baseline} on the same items, with p-values corrected by Holm’s rule`}.`;
}

function markdownRanking({ model, language, columns, strategies }: Ranking, report: BenchReport): string {
  const rows = strategies.map(({ strategy, cells, seconds }) => [
    strategy,
    ...cells.map((cell) => cellText(cell, report)),
    formatValue(seconds, 'seconds'),
  ]);
  return `## ${model} → ${language}\n\n${markdownTable(['strategy', ...columns.map((task) => `${task} ${arrowOf(report, task)}`), 'seconds'], rows)}`;
}

function arrowOf({ rows }: BenchReport, task: string): string {
  return rows.find((row) => row.task === task && row.headline)?.higherIsBetter === false ? '↓' : '↑';
}

function cellText(row: ReportRow | undefined, report: BenchReport): string {
  if (row === undefined) return '';
  const { value, standardError, unit, comparison, note } = row;
  const error = value === null || standardError === undefined ? '' : ` ± ${formatValue(standardError, unit)}`;
  const difference =
    comparison === undefined ? '' : ` (${formatDifference(comparison.difference, unit)}, ${formatPValue(comparison.adjusted)})`;
  const notes = [seedsSoFar(row, report), note].flatMap((one) => (one === undefined ? [] : `, ${one}`));
  return `${formatValue(value, unit)}${error}${difference}${notes.join('')}`;
}

/** The table of lm-evaluation-harness, with a column more for what made the model. */
function lmEvalTable({ rows, tasks }: BenchReport): string {
  const version = (task: string): string => tasks.find(({ name }) => name === task)?.version ?? '';
  const header = ['Model', 'Strategy', 'Tasks', 'Version', 'Filter', 'n-shot', 'Metric', '', 'Value', '', 'Stderr'];
  return markdownTable(
    header,
    rows.map((row) => [
      row.model,
      row.strategy,
      `${row.task}_${row.language}`,
      version(row.task),
      'none',
      '0',
      row.metric,
      row.higherIsBetter ? '↑' : '↓',
      row.value === null ? 'N/A' : row.value.toFixed(4),
      '±',
      row.standardError === undefined || row.n < 2 ? 'N/A' : row.standardError.toFixed(4),
    ]),
  );
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell) => ` ${cell.replaceAll('|', '\\|').replaceAll('\n', ' ')} `).join('|')}|`;
  return [line(header), `|${header.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n');
}

function markdownList(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [title, items.map((item) => `- ${item.replaceAll('\n', ' ')}`).join('\n')];
}

/** Returns the rankings as LaTeX tables for `booktabs`. */
export function toLatex(report: BenchReport): string {
  const tables = rankStrategies(report).map(({ model, language, columns, strategies }) => {
    const body = strategies.map(
      ({ strategy, cells }) => `${[escapeLatex(strategy), ...cells.map((cell) => latexCell(cell, report))].join(' & ')} \\\\`,
    );
    return [
      '\\begin{table}',
      '\\centering',
      `\\begin{tabular}{l${'r'.repeat(columns.length)}}`,
      '\\toprule',
      `${['strategy', ...columns.map((task) => `${escapeLatex(task)} ${arrowOf(report, task) === '↑' ? '$\\uparrow$' : '$\\downarrow$'}`)].join(' & ')} \\\\`,
      '\\midrule',
      ...body,
      '\\bottomrule',
      '\\end{tabular}',
      `\\caption{${escapeLatex(`${model} to ${language}`)}}`,
      '\\end{table}',
    ].join('\n');
  });
  return `${tables.join('\n\n')}\n`;
}

function latexCell(row: ReportRow | undefined, report: BenchReport): string {
  if (row === undefined) return '';
  const error = row.value === null || row.standardError === undefined ? '' : `$_{\\pm ${formatValue(row.standardError, row.unit)}}$`;
  const seeds = seedsSoFar(row, report);
  return `${escapeLatex(formatValue(row.value, row.unit)).replace('\u2212', '$-$')}${error}${seeds === undefined ? '' : ` (${seeds})`}`;
}

const latexCharacters: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '–': '--',
};

function escapeLatex(text: string): string {
  return text.replace(/[\\~^–]|[&%$#_{}]/g, (character) => latexCharacters[character] ?? `\\${character}`);
}
