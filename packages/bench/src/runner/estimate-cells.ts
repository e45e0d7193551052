import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelKind, WorkMeasure } from '../tasks/task.ts';
import type { CellRecord } from './cell.ts';
import { measureDatasets } from './measure-datasets.ts';
import { modelKind, type BenchPlan } from './plan-cells.ts';
import { createTimeLeft } from './time-left.ts';

/** What a cell is expected to take. */
export interface CellEstimate {
  readonly seconds: number;
  readonly peakBytes: number;
  /** `measured`: from cells of the same task and model; `guessed`: from sizes. */
  readonly basis: 'measured' | 'guessed';
}

/** Memory of a worker with its engines and nothing else. */
const BASE_BYTES = 350 * 2 ** 20;
/** Products a second that one thread manages, by measurement on two cores; a guess anywhere else. */
const PRODUCTS_PER_SECOND = 12e9;
const BYTES_PER_TOKEN = 4;
const PLAN_SECONDS = 2;

/** Returns what each cell of `plan` is expected to take, by key. */
export async function estimateCells(plan: BenchPlan, known: readonly CellRecord[]): Promise<ReadonlyMap<string, CellEstimate>> {
  const times = createTimeLeft();
  const seen = new Set(known.map(({ cell }) => `${cell.task}\0${cell.model}`));
  for (const { cell, seconds } of known) times.done(cell, seconds);
  const estimates = new Map<string, CellEstimate>();
  const models = new Map<string, Promise<ModelSize>>();
  const measures = new Map<string, WorkMeasure['bytesOf']>();
  for (const job of plan.jobs) {
    const size = await (models.get(job.model.path) ?? models.set(job.model.path, modelSize(job.model.path)).get(job.model.path));
    for (const { cell } of job.cells) {
      const measured = seen.has(`${cell.task}\0${cell.model}`) ? times.expected(cell) : undefined;
      const peaks = known
        .filter((record) => record.cell.task === cell.task && record.cell.model === cell.model)
        .map(({ peakBytes }) => peakBytes);
      const task = plan.tasks.get(cell.task);
      const place = `${job.language.id}\0${cell.task}`;
      const bytesOf = measures.get(place) ?? (await measureDatasets(job.language.spec, task?.needs ?? []));
      measures.set(place, bytesOf);
      const work =
        task?.work?.({ ...(size?.kind && { kind: size.kind }), bytesOf }) ?? sumOf((task?.needs ?? []).map((name) => bytesOf(name)));
      const guessed = PLAN_SECONDS / job.cells.length + ((work / BYTES_PER_TOKEN) * (size?.parametersPerToken ?? 0)) / PRODUCTS_PER_SECOND;
      estimates.set(cell.key, {
        seconds: measured ?? guessed,
        // Weights once as they are and once under test, and as much again for what is computed from them.
        peakBytes: peaks.length > 0 ? Math.max(...peaks) : BASE_BYTES + 4 * (size?.bytes ?? 0),
        basis: measured === undefined ? 'guessed' : 'measured',
      });
    }
  }
  return estimates;
}

interface ModelSize {
  readonly bytes: number;
  readonly kind: ModelKind | undefined;
  /** Parameters every token passes through: those of the layers, and of the output where every token is predicted. */
  readonly parametersPerToken: number;
}

async function modelSize(path: string): Promise<ModelSize> {
  const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>;
  const number = (...names: readonly string[]): number => names.map((name) => config[name]).find((value) => typeof value === 'number') ?? 0;
  const width = number('hidden_size', 'n_embd', 'dim');
  const body =
    number('num_hidden_layers', 'n_layer', 'n_layers') *
    (4 * width * width + 2 * width * (number('intermediate_size', 'n_inner') || 4 * width));
  const table = width * number('vocab_size');
  const kind = await modelKind(path);
  return { bytes: 4 * (body + table), kind, parametersPerToken: body + (kind === 'causal' ? table : 0) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
