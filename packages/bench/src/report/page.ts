import { createHash } from 'node:crypto';
import { groupBy } from '../statistics/group-by.ts';
import { barChart, costChart, curveChart, roofOf, rowsOfMetric, type Scheme } from './bench-charts.ts';
import { formatDifference, formatPValue, formatValue } from './format-value.ts';
import { markup, type Markup } from './page/escape.ts';
import { themes, type ChartTheme } from './page/themes.ts';
import { pageScript } from './page-script.ts';
import { benchStyle } from './page-style.ts';
import { rankStrategies, type Ranking } from './rank-strategies.ts';
import type { BenchReport, ReportRow } from './report.ts';
import { secondsPerSeed } from './seconds-per-seed.ts';
import { seedsSoFar } from './seeds-so-far.ts';
import { aboutLine } from './tables.ts';

/**
 * Returns a self-contained HTML page of `report`: rankings that can be sorted and filtered, charts as drawn SVG, light and dark. It asks nothing of anyone, and its own
 * policy forbids every script but the one it comes with; without scripts everything is shown.
 */
export function benchPage(report: BenchReport): string {
  const rankings = rankStrategies(report);
  const hash = createHash('sha256').update(pageScript).digest('base64');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${{ html: hash }}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.name} · Lexigraft bench</title>
<style>${{ html: benchStyle }}</style>
</head>
<body>
<header>
<h1>${report.name}</h1>
<p>${aboutLine(report)}</p>
</header>
<main>
${filters(report)}
${problems(report)}
${rankings.map((ranking) => rankingTable(ranking, report))}
<div class="charts">
${charts(report, rankings)}
</div>
${allFigures(report)}
${notRun(report)}
</main>
<footer>Lexigraft bench. Intervals are 95 %. How everything is measured: docs/bench.md in the project.</footer>
<script>${{ html: pageScript }}</script>
</body>
</html>
`;
  return page.html;
}

function filters({ models, languages, tasks }: BenchReport): Markup {
  const select = (name: string, label: string, values: readonly string[]): Markup =>
    values.length < 2
      ? { html: '' }
      : markup`<label>${label}<select data-filter="${name}"><option value="">all</option>${values.map((value) => markup`<option>${value}</option>`)}</select></label>`;
  return markup`<form id="filters" aria-label="Filters">
${select('model', 'Model', models)}${select('language', 'Language', languages)}${select(
    'task',
    'Task of charts and figures',
    tasks.map(({ name }) => name),
  )}<label>Strategy contains<input id="strategy-filter" type="search" autocomplete="off"></label><button type="reset">Show all</button><p id="status" role="status"></p>
</form>`;
}

function problems({ failures }: BenchReport): Markup {
  if (failures.length === 0) return { html: '' };
  return markup`<section class="problem"><h2>${failures.length === 1 ? 'One cell' : `${failures.length} cells`} failed</h2><ul class="plain">${failures.map(
    ({ cell, error }) =>
      markup`<li>${cell.model} → ${cell.language}, ${cell.strategy}, ${cell.task}, seed ${cell.seed}: ${error.message}</li>`,
  )}</ul></section>`;
}

function rankingTable({ model, language, columns, decisive, strategies }: Ranking, report: BenchReport): Markup {
  const title = `${model} → ${language}`;
  const scales = columns.map((_, index) => scaleOf(strategies.flatMap(({ cells }) => cells[index] ?? [])));
  const header = (name: string, kind: 'text' | 'number', first: 'ascending' | 'descending', sorted: boolean): Markup =>
    markup`<th scope="col" data-kind="${kind}" data-first="${first}" aria-sort="${sorted ? first : 'none'}"><button type="button">${name}</button></th>`;
  const directionOf = (index: number): 'ascending' | 'descending' =>
    strategies.flatMap(({ cells }) => cells[index] ?? []).at(0)?.higherIsBetter === false ? 'ascending' : 'descending';
  return markup`<section data-model="${model}" data-language="${language}" aria-label="Ranking ${title}"><h2>${title}</h2>
<div class="wide" tabindex="0" role="region" aria-label="Table ${title}"><table class="ranking"><thead><tr>${header('strategy', 'text', 'ascending', false)}${columns.map(
    (task, index) => header(`${task} ${directionOf(index) === 'descending' ? '↑' : '↓'}`, 'number', directionOf(index), index === decisive),
  )}${header('seconds', 'number', 'ascending', false)}</tr></thead><tbody>
${strategies.map(
  ({ strategy, cells, seconds }) =>
    markup`<tr data-strategy="${strategy}"><th scope="row" data-value="${strategy}">${strategy}</th>${cells.map((cell, index) => valueCell(cell, scales[index], report))}<td data-value="${seconds}">${formatValue(seconds, 'seconds')}</td></tr>
`,
)}</tbody></table></div>${report.baseline === undefined ? [] : [markup`<p class="faint">Differences are to ${report.baseline} on the same items.</p>`]}</section>`;
}

interface Scale {
  readonly from: number;
  readonly to: number;
}

/** Shares are drawn from 0 to 1, other values between the least and the greatest that is not out of all bounds. */
function scaleOf(rows: readonly ReportRow[]): Scale | undefined {
  const bounds = rows.flatMap(({ value, interval }) => (value === null ? [] : [value, ...(interval ?? [])]));
  if (bounds.length === 0) return undefined;
  if (rows[0].unit === 'share') return { from: 0, to: 1 };
  const [from, to] = [Math.min(...bounds), roofOf(bounds, rows[0]) ?? Math.max(...bounds)];
  return from === to ? undefined : { from, to };
}

function valueCell(row: ReportRow | undefined, scale: Scale | undefined, report: BenchReport): Markup {
  if (row === undefined) return markup`<td data-value="">–</td>`;
  const { value, standardError, unit, comparison, higherIsBetter, deviation, note } = row;
  const notes = [seedsSoFar(row, report), note].filter((one) => one !== undefined);
  const spread = standardError === undefined ? [] : [markup`<span class="spread">± ${formatValue(standardError, unit)}</span>`];
  const between = deviation === undefined ? [] : [markup`<span class="spread">seeds ± ${formatValue(deviation, unit)}</span>`];
  return markup`<td data-value="${value ?? ''}"><span class="first">${formatValue(value, unit)}</span>${spread}${between}${
    comparison === undefined
      ? []
      : [
          markup`<span class="delta ${comparison.adjusted < 0.05 ? (comparison.difference > 0 === higherIsBetter ? 'better' : 'worse') : 'same'}">${formatDifference(comparison.difference, unit)}, ${formatPValue(comparison.adjusted)}</span>`,
        ]
  }${intervalBar(row, scale)}${notes.map((one) => markup`<span class="spread">${one}</span>`)}</td>`;
}

/** A line from the lower to the upper bound, with a mark at the value. */
function intervalBar({ value, interval }: ReportRow, scale: Scale | undefined): Markup {
  if (value === null || interval === undefined || scale === undefined) return { html: '' };
  const at = (x: number): string => (100 * Math.min(1, Math.max(0, (x - scale.from) / (scale.to - scale.from)))).toFixed(1);
  const [left, right] = [at(interval[0]), at(interval[1])];
  return markup`<span class="scale" aria-hidden="true"><i style="left:${left}%;width:${(Number(right) - Number(left)).toFixed(1)}%"></i><b style="left:${at(value)}%"></b></span>`;
}

function charts(report: BenchReport, rankings: readonly Ranking[]): Markup[] {
  const order = [...new Set(rankings.flatMap(({ strategies }) => strategies.map(({ strategy }) => strategy)))];
  const drawn: Markup[] = [];
  for (const model of report.models) {
    for (const { name } of report.tasks) {
      const headline = report.rows.find((row) => row.task === name && row.model === model && row.headline);
      if (headline === undefined || headline.unit === 'seconds') continue;
      const rows = rowsOfMetric(report, name, headline.metric, model);
      if (rows.length === 0) continue;
      const title = `${name}${report.models.length > 1 ? `, ${model}` : ''}`;
      drawn.push(
        figure(
          { title, model, task: name },
          `${headline.metric} by strategy${report.languages.length > 1 ? ' and language' : ''}; ${headline.higherIsBetter ? 'longer is better' : 'shorter is better'}.${
            headline.unit === 'share'
              ? ''
              : beyond(
                  rows.map(({ strategy, value }) => [strategy, value ?? 0]),
                  headline,
                )
          }`,
          (theme, scheme) => barChart(rows, order, theme, scheme),
        ),
      );
    }
  }
  for (const group of groupBy(report.curves, ({ model, language, task, curve }) => [model, language, task, curve.id].join('\0')).values()) {
    const [{ model, language, task, curve }] = group;
    drawn.push(
      figure(
        { title: `${task}: ${model} → ${language}`, model, language, task },
        `${curve.id} along the way; ${curve.higherIsBetter ? 'higher' : 'lower'} is better. Means over seeds.${beyond(
          group.flatMap(({ strategy, curve: { points } }) => points.map(({ y }) => [strategy, y] as const)),
          curve,
        )}`,
        (theme, scheme) => curveChart(group, order, theme, scheme),
      ),
    );
  }
  for (const { model, language, columns, decisive, strategies } of rankings) {
    const points = strategies.flatMap(({ strategy, cells }) => {
      const row = cells[decisive];
      return row === undefined || row.value === null
        ? []
        : [{ strategy, seconds: secondsPerSeed(report, { model, language, strategy }).making, row }];
    });
    if (points.length < 2 || points[0].row.unit === 'seconds' || points.every(({ seconds }) => seconds === 0)) continue;
    drawn.push(
      figure(
        { title: `Cost against quality: ${model} → ${language}`, model, language },
        `Seconds spent on making the model, and its ${columns[decisive]}.${
          points[0].row.unit === 'share'
            ? ''
            : beyond(
                points.map(({ strategy, row }) => [strategy, row.value ?? 0]),
                points[0].row,
              )
        }`,
        (theme, scheme) => costChart(points, theme, scheme),
      ),
    );
  }
  return drawn;
}

/** Names whose values do not fit a chart. */
function beyond(values: readonly (readonly [name: string, value: number])[], measure: Pick<ReportRow, 'higherIsBetter'>): string {
  const roof = roofOf(
    values.map(([, value]) => value),
    measure,
  );
  const names = roof === undefined ? [] : [...new Set(values.flatMap(([name, value]) => (value > roof ? [name] : [])))];
  return names.length === 0 ? '' : ` Beyond the frame: ${names.join(', ')}.`;
}

interface FigurePlace {
  readonly title: string;
  readonly model: string;
  readonly language?: string;
  readonly task?: string;
}

function figure(
  { title, model, language, task }: FigurePlace,
  caption: string,
  draw: (theme: ChartTheme, scheme: Scheme) => string,
): Markup {
  const drawing = (scheme: Scheme): Markup =>
    markup`<div class="${scheme}" role="img" aria-label="${title}. ${caption} The figures are in the tables.">${{ html: draw(themes[scheme], scheme) }}</div>`;
  return markup`<figure data-model="${model}"${language === undefined ? [] : [markup` data-language="${language}"`]}${task === undefined ? [] : [markup` data-task="${task}"`]}><h2>${title}</h2>${drawing('light')}${drawing('dark')}<figcaption>${caption}</figcaption></figure>`;
}

function allFigures({ rows, tasks }: BenchReport): Markup {
  const version = new Map(tasks.map((task) => [task.name, task.version]));
  return markup`<section><details><summary>All figures (${rows.length})</summary><div class="wide" tabindex="0" role="region" aria-label="All figures"><table class="all"><thead><tr>${['model', 'language', 'strategy', 'task', 'version', 'metric', 'value', 'standard error', 'n', 'seeds'].map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${rows.map(
  (row) =>
    markup`<tr data-model="${row.model}" data-language="${row.language}" data-task="${row.task}" data-strategy="${row.strategy}"><td>${row.model}</td><td>${row.language}</td><td>${row.strategy}</td><td>${row.task}</td><td>${version.get(row.task) ?? ''}</td><td>${row.metric}</td><td class="number">${formatValue(row.value, row.unit)}</td><td class="number">${row.standardError === undefined ? '' : formatValue(row.standardError, row.unit)}</td><td class="number">${row.n}</td><td class="number">${row.seeds.length}</td></tr>
`,
)}</tbody></table></div></details></section>`;
}

function notRun({ skipped, warnings }: BenchReport): Markup {
  const parts: Markup[] = [];
  if (skipped.length > 0)
    parts.push(
      markup`<section><details><summary>Not run (${skipped.length})</summary><ul class="plain">${skipped.map(({ model, language, strategy, task, reason }) => markup`<li>${model} → ${language}, ${strategy}, ${task}: ${reason}</li>`)}</ul></details></section>`,
    );
  if (warnings.length > 0)
    parts.push(
      markup`<section><details><summary>Warnings (${warnings.length})</summary><ul class="plain">${warnings.map(({ message, cells }) => markup`<li>${message}${cells > 1 ? ` (${cells} cells)` : ''}</li>`)}</ul></details></section>`,
    );
  return markup`${parts}`;
}
