import type { BenchReport, ReportPlace } from './report.ts';

/** Stages that make the model under test. */
const MAKING = new Set(['plan', 'apply', 'write', 'transfer']);

/** What one seed of a strategy took in one place, a mean over the seeds there are: a strategy with fewer seeds is not cheaper for it. */
export interface SecondsPerSeed {
  /** Of all tasks. */
  readonly seconds: number;
  /** Of {@link SecondsPerSeed.seconds}, what it took to make the model. */
  readonly making: number;
}

/** Returns what one seed of a strategy took in one place. */
export function secondsPerSeed({ costs }: BenchReport, { model, language, strategy }: Omit<ReportPlace, 'task'>): SecondsPerSeed {
  const own = costs.filter((cost) => cost.strategy === strategy && cost.model === model && cost.language === language);
  const seeds = Math.max(1, new Set(own.map(({ seed }) => seed)).size);
  const making = own.flatMap(({ stages }) => Object.entries(stages).flatMap(([stage, spent]) => (MAKING.has(stage) ? spent : [])));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return { seconds: sum(own.map(({ seconds }) => seconds)) / seeds, making: sum(making) / seeds };
}
