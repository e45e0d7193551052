import { groupBy } from '../statistics/group-by.ts';
import type { BenchReport, ReportRow } from './report.ts';
import { secondsPerSeed } from './seconds-per-seed.ts';

/** Strategies in one place, best first. */
export interface Ranking {
  readonly model: string;
  readonly language: string;
  /** Headline of each task, in the order of the configuration. */
  readonly columns: readonly string[];
  /** Place of the column that decides the order: the first that compares strategies. */
  readonly decisive: number;
  readonly strategies: readonly {
    readonly strategy: string;
    readonly cells: readonly (ReportRow | undefined)[];
    /** Of one seed, all tasks. */
    readonly seconds: number;
  }[];
}

/** Tasks that tell what a transfer cost or covers, not how good it is: they decide an order only where there is nothing else. */
const describing = new Set(['cost', 'coverage', 'fertility']);

/** Returns a ranking for every model and language. */
export function rankStrategies(report: BenchReport): readonly Ranking[] {
  const idOf = new Map(report.tasks.map(({ name, id }) => [name, id]));
  const headlines = report.rows.filter(({ headline }) => headline);
  return [...groupBy(headlines, ({ model, language }) => `${model}\0${language}`).values()].map((rows) => {
    const columns = report.tasks.map(({ name }) => name).filter((task) => rows.some((row) => row.task === task));
    const strategies = report.strategies
      .map(({ name }) => name)
      .filter((strategy) => rows.some((row) => row.strategy === strategy))
      .map((strategy) => ({
        strategy,
        cells: columns.map((task) => rows.find((row) => row.task === task && row.strategy === strategy)),
        seconds: secondsPerSeed(report, { model: rows[0].model, language: rows[0].language, strategy }).seconds,
      }));
    const decisive = Math.max(
      0,
      columns.findIndex((task) => !describing.has(idOf.get(task) ?? task)),
    );
    return {
      model: rows[0].model,
      language: rows[0].language,
      columns,
      decisive,
      strategies: [...strategies].sort((a, b) => compareCells(a.cells[decisive], b.cells[decisive])),
    };
  });
}

/** Better values first, absent ones last. */
function compareCells(one: ReportRow | undefined, other: ReportRow | undefined): number {
  const [a, b] = [one?.value ?? null, other?.value ?? null];
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return (b - a) * (one?.higherIsBetter === false ? -1 : 1);
}
