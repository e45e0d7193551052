import { meanCurve } from '../metrics/mean-curve.ts';
import { chartGrid, chartLegend, renderChart, valueAxis } from './page/chart-frame.ts';
import type { ChartTheme } from './page/themes.ts';
import type { BenchReport, ReportCurve, ReportRow } from './report.ts';

/** Colours that differ in lightness as well as in hue; lines beyond them repeat the colours with other strokes. */
const palettes: Readonly<Record<'light' | 'dark', readonly string[]>> = {
  light: ['#0b6e99', '#d98e04', '#2f9e62', '#b42318', '#6b4fbb', '#3e4c59', '#c2528b', '#7a8b00'],
  dark: ['#4fb3d9', '#f0b429', '#57c98a', '#ff8c7a', '#b3a1f0', '#cbd2d9', '#f29ac4', '#c6d64a'],
};
const strokes = ['solid', 'dashed', 'dotted'] as const;

/** Which of the two palettes goes with a theme. */
export type Scheme = 'light' | 'dark';

const colour = (index: number, scheme: Scheme): string => palettes[scheme][index % palettes[scheme].length];

/** Room for the names of strategies beside bars. */
const LABELS = 170;

/** Room for a row of a legend of lines, four names wide. */
const LEGEND_ROW = 31;

/** Axis of a metric: shares from 0 to 1, everything else as it falls. */
function metricAxis({ unit }: Pick<ReportRow, 'unit'>, name: string, theme: ChartTheme): object {
  return valueAxis(name, theme, { nameGap: 30, scale: unit !== 'share', ...(unit === 'share' && { min: 0, max: 1 }) });
}

/**
 * Returns where an axis of values without an upper bound ends: above the largest that is at most four times the median, so that one that is out of all bounds does not flatten
 * the others; undefined where there is none, where the median is not positive, of which four times is no bound, and where higher is better: there it would leave out the best.
 */
export function roofOf(values: readonly number[], { higherIsBetter }: Pick<ReportRow, 'higherIsBetter'>): number | undefined {
  if (higherIsBetter) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const most = 4 * (sorted[Math.floor(sorted.length / 2)] ?? 0);
  if (most <= 0) return undefined;
  const kept = sorted.filter((value) => value <= most);
  return kept.length === 0 || kept.length === sorted.length ? undefined : 1.05 * kept[kept.length - 1];
}

const roof = (values: readonly number[], measure: Pick<ReportRow, 'higherIsBetter'>): { readonly max?: number } => {
  const max = roofOf(values, measure);
  return max === undefined ? {} : { max: Number(max.toPrecision(2)) };
};

/**
 * Values of strategies as bars, a colour for each language, with intervals.
 *
 * @param rows of one task and metric, any number of languages
 */
export function barChart(rows: readonly ReportRow[], order: readonly string[], theme: ChartTheme, scheme: Scheme): string {
  const strategies = order.filter((strategy) => rows.some((row) => row.strategy === strategy));
  const languages = [...new Set(rows.map(({ language }) => language))];
  const find = (language: string, strategy: string): ReportRow | undefined =>
    rows.find((row) => row.language === language && row.strategy === strategy);
  const thickness = Math.max(4, Math.min(14, 26 / languages.length));
  const height = 80 + strategies.length * (thickness * languages.length + 10);
  return renderChart(
    {
      grid: { ...chartGrid, left: LABELS + 12, top: languages.length > 1 ? 34 : 12 },
      legend: chartLegend(theme, languages),
      xAxis: valueAxis(rows[0].metric, theme, {
        nameGap: 30,
        ...(rows[0].unit === 'share'
          ? { max: 1 }
          : roof(
              rows.flatMap(({ value }) => value ?? []),
              rows[0],
            )),
      }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: strategies,
        axisLabel: { color: theme.text, fontSize: 11, width: LABELS, overflow: 'truncate', interval: 0 },
        axisTick: { show: false },
        axisLine: { show: false },
      },
      series: languages.map((language, index) => ({
        type: 'bar',
        name: language,
        barWidth: thickness,
        barGap: '15%',
        itemStyle: { color: colour(index, scheme) },
        data: strategies.map((strategy) => find(language, strategy)?.value ?? null),
      })),
    },
    theme,
    height,
  );
}

/** Curves of strategies in one place: the mean over seeds. */
export function curveChart(curves: readonly ReportCurve[], order: readonly string[], theme: ChartTheme, scheme: Scheme): string {
  const strategies = order.filter((strategy) => curves.some((one) => one.strategy === strategy));
  const [{ curve }] = curves;
  const rows = Math.ceil(strategies.length / 4);
  return renderChart(
    {
      grid: { ...chartGrid, top: 16 + LEGEND_ROW * rows },
      // The legend shows each stroke, for colours repeat.
      legend: { ...chartLegend(theme, strategies), icon: 'inherit', left: 10, itemGap: 20, itemWidth: 26 },
      xAxis: valueAxis(curve.xUnit === 'bytes' ? 'kB of continued training' : curve.xUnit, theme, {
        nameGap: 30,
        splitLine: { show: false },
      }),
      yAxis: valueAxis(curve.yUnit.replaceAll('-', ' '), theme, {
        nameGap: 42,
        scale: true,
        ...roof(
          curves.flatMap((one) => one.curve.points.map(({ y }) => y)),
          curve,
        ),
      }),
      series: strategies.map((strategy, index) => ({
        type: 'line',
        name: strategy,
        symbol: 'circle',
        symbolSize: 4,
        lineStyle: { width: 2, color: colour(index, scheme), type: strokes[Math.floor(index / palettes[scheme].length) % strokes.length] },
        itemStyle: { color: colour(index, scheme) },
        data: meanCurve(curves.filter((one) => one.strategy === strategy).map((one) => one.curve.points)).map(({ x, y }) => [
          curve.xUnit === 'bytes' ? x / 1000 : x,
          y,
        ]),
      })),
    },
    theme,
    276 + LEGEND_ROW * rows,
  );
}

/** Quality against seconds, a point for each strategy. */
export function costChart(
  points: readonly { readonly strategy: string; readonly seconds: number; readonly row: ReportRow }[],
  theme: ChartTheme,
  scheme: Scheme,
): string {
  const [{ row }] = points;
  // A name stands where there is room for it: on the left of the points of the right half.
  const middle = (Math.min(...points.map(({ seconds }) => seconds)) + Math.max(...points.map(({ seconds }) => seconds))) / 2;
  return renderChart(
    {
      grid: { ...chartGrid, right: 60 },
      xAxis: valueAxis('seconds to make the model', theme, { nameGap: 30, scale: true }),
      yAxis: {
        ...metricAxis(row, row.task, theme),
        nameGap: 42,
        ...(row.unit === 'share'
          ? { min: undefined, max: undefined, scale: true }
          : roof(
              points.flatMap(({ row: { value } }) => value ?? []),
              row,
            )),
      },
      series: [
        {
          type: 'scatter',
          symbolSize: 9,
          itemStyle: { color: colour(0, scheme) },
          label: {
            show: true,
            color: theme.text,
            fontSize: 11,
            formatter: (entry: { readonly value: readonly unknown[] }) => String(entry.value[2]),
          },
          labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
          data: points.map(({ strategy, seconds, row: { value } }) => ({
            value: [seconds, value, strategy],
            label: { position: seconds > middle ? 'left' : 'right' },
          })),
        },
      ],
    },
    theme,
    320,
  );
}

/** Rows of one metric of the report. */
export function rowsOfMetric({ rows }: BenchReport, task: string, metric: string, model: string): readonly ReportRow[] {
  return rows.filter((row) => row.task === task && row.metric === metric && row.model === model && row.value !== null);
}
