import type { Json } from '@lexigraft/core';
import type { BenchReport, ReportRow } from './report.ts';

/** Results of one model in the shape of lm-evaluation-harness' `results_*.json`. */
export interface LmEvalFile {
  /** Where it belongs below the report: model, strategy, and the name of the file. */
  readonly path: string;
  readonly content: Readonly<Record<string, Json>>;
}

/**
 * Returns the results as lm-evaluation-harness writes them, a file for each model, strategy and seed; a model made by a strategy counts as a model of its own.
 *
 * A task is called `<task>_<language>`; metrics carry their filter, `none`.
 *
 * @reference EleutherAI/lm-evaluation-harness, `lm_eval/evaluator.py` and `loggers/evaluation_tracker.py`
 */
export function lmEvalFiles(report: BenchReport): readonly LmEvalFile[] {
  return report.models.flatMap((model) =>
    report.strategies.flatMap(({ name: strategy }) =>
      report.seeds.flatMap((seed) => {
        const rows = report.rows.filter(
          (row) => row.model === model && row.strategy === strategy && row.seeds.some((one) => one.seed === seed),
        );
        return rows.length === 0
          ? []
          : [
              {
                path: `lm-eval/${model}/${strategy}/results_seed${seed}.json`,
                content: contentOf(report, rows, { model, strategy, seed }),
              },
            ];
      }),
    ),
  );
}

function contentOf(
  { tasks, versions, date }: BenchReport,
  rows: readonly ReportRow[],
  { model, strategy, seed }: { readonly model: string; readonly strategy: string; readonly seed: number },
): Readonly<Record<string, Json>> {
  const results: Record<string, Record<string, Json>> = {};
  const higher: Record<string, Record<string, Json>> = {};
  const samples: Record<string, Json> = {};
  const used = new Map<string, string>();
  for (const row of rows) {
    const name = `${row.task}_${row.language}`;
    used.set(name, row.task);
    const own = row.seeds.find((one) => one.seed === seed);
    // One item has no deviation; the harness writes no error then.
    const error = row.n > 1 ? own?.standardError : undefined;
    results[name] = {
      ...(results[name] ?? { alias: name }),
      [`${row.metric},none`]: own?.value ?? 'N/A',
      [`${row.metric}_stderr,none`]: error ?? 'N/A',
    };
    higher[name] = { ...higher[name], [row.metric]: row.higherIsBetter };
    if (row.headline) samples[name] = { original: row.n, effective: row.n };
  }
  const byTask = <Value>(valueOf: (task: BenchReport['tasks'][number]) => Value): Record<string, Value> =>
    Object.fromEntries(
      [...used].flatMap(([name, task]) => tasks.filter((one) => one.name === task).map((one) => [name, valueOf(one)] as const)),
    );
  return {
    results,
    group_subtasks: Object.fromEntries([...used.keys()].map((name) => [name, []])),
    configs: byTask(({ id, settings }) => ({ task: id, metadata: settings })),
    versions: byTask(({ version }) => version),
    'n-shot': byTask(() => 0),
    higher_is_better: higher,
    'n-samples': samples,
    config: {
      model: 'lexigraft',
      model_args: `pretrained=${model},strategy=${strategy}`,
      random_seed: seed,
      numpy_seed: seed,
      torch_seed: seed,
      fewshot_seed: seed,
    },
    model_source: 'lexigraft',
    model_name: `${model}/${strategy}`,
    model_name_sanitized: `${model}__${strategy}`,
    date: Math.floor(Date.parse(date) / 1000),
    lexigraft_versions: { ...versions },
  };
}
