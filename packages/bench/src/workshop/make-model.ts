import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { openTokenizer, readRecipe, RECIPE_FILE, rewriteModel, type ModelFolder, type OpenTokenizer } from '@lexigraft/checkpoint';
import {
  LexigraftError,
  planTransfer,
  type Compute,
  type EmbeddingTransfer,
  type ResourceName,
  type Resources,
  type TransferPlan,
  type WorkerPool,
} from '@lexigraft/core';
import type { Job } from '../runner/cell.ts';
import { makeFolderOnce, workInFolder } from '../runner/folder-lock.ts';
import type { BenchHost, EvaluationContext } from '../runner/host.ts';
import { targetPath } from '../runner/language-data.ts';
import type { ResultsFolder } from '../runner/results-folder.ts';
import type { StageCost } from '../tasks/subject.ts';
import type { ResourceShelf } from './open-resources.ts';

/** What plans and rewrites work with. */
export interface WorkshopEngine {
  readonly compute: Compute;
  readonly workers: WorkerPool;
  /** Lets go of both. */
  dispose(): Promise<void>;
}

/** A model as its strategy makes it, in a folder of the results. */
export interface MadeModel {
  readonly path: string;
  /** As it was written: with the template the source model learned. */
  readonly tokenizer: OpenTokenizer;
  readonly plan: TransferPlan;
  readonly stages: readonly StageCost[];
  readonly bytes: number;
  /** Whether this process made it. */
  readonly fresh: boolean;
}

/** Makes the models of jobs. */
export interface ModelMaker {
  /** Plans and writes the model of a job, or takes the one that a process left which died before it was judged. */
  make(job: Job, source: ModelFolder, context: EvaluationContext): Promise<MadeModel>;
  /** Writes to `out` what the plan of `made` makes of another state of its source model. */
  remake(job: Job, source: ModelFolder, made: MadeModel, out: string, signal: AbortSignal): Promise<void>;
}

/** What models are made with. */
export interface ModelMakerTools {
  readonly host: Pick<BenchHost, 'makeStrategy' | 'versions'>;
  readonly results: ResultsFolder;
  readonly shelf: ResourceShelf;
  readonly useEngine: () => Promise<WorkshopEngine>;
}

const COST_FILE = 'bench-cost.json';

/** Notes in the folder of a model what making it took. */
export async function writeCost(folder: string, cost: { readonly stages: readonly StageCost[]; readonly bytes?: number }): Promise<void> {
  await writeFile(join(folder, COST_FILE), JSON.stringify(cost));
}

/** Creates what makes the models of jobs. */
export function createModelMaker({ host, results, shelf, useEngine }: ModelMakerTools): ModelMaker {
  /** Writes the model that `plan` makes of `source`; returns its bytes. */
  async function apply(
    job: Job,
    source: ModelFolder,
    target: OpenTokenizer,
    plan: TransferPlan,
    out: string,
    signal: AbortSignal,
  ): Promise<number> {
    const { workers } = await useEngine();
    const { bytes } = await rewriteModel({
      source,
      target,
      plan,
      out,
      seed: job.seed,
      pool: workers,
      force: true,
      signal,
      record: {
        strategy: job.strategy.id,
        options: job.strategy.options,
        versions: host.versions,
        sourceLabel: job.model.name,
        language: job.language.id,
      },
    });
    return bytes;
  }

  return {
    async make(job, source, { signal, report }) {
      const path = results.artefact('models', job.key);
      const { spec, id } = job.language;
      const target = await openTokenizer(targetPath(id, spec));
      let plan: TransferPlan | undefined;
      let fresh = false;
      const makeOnce = async (): Promise<void> => {
        fresh = (await makeFolderOnce(path, signal, makeModel)) || fresh;
      };
      const makeModel = async (beside: string): Promise<void> => {
        const strategy = (await host.makeStrategy(job.strategy)) as EmbeddingTransfer<ResourceName>;
        const { compute, workers } = await useEngine();
        const resources = await shelf.open(spec, strategy.needs);
        const stages: StageCost[] = [];
        const timed = async <Value>(stage: string, work: () => Promise<Value>): Promise<Value> => {
          const started = performance.now();
          const value = await work();
          stages.push({ stage, seconds: (performance.now() - started) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 });
          return value;
        };
        const made = await timed('plan', () =>
          planTransfer<ResourceName>({
            strategy,
            source,
            target,
            resources: resources as Resources,
            seed: job.seed,
            compute,
            workers,
            signal,
            onProgress: report,
          }),
        );
        if (made.vocabulary === undefined)
          throw new LexigraftError('unsupported-format', `${job.strategy.id} plans no vocabulary; the bench compares strategies that do.`, {
            strategy: job.strategy.id,
          });
        const bytes = await timed('write', () => apply(job, source, target, made, beside, signal));
        await writeCost(beside, { stages, bytes });
        plan = made;
      };
      await makeOnce();
      // Another job of the same key removes the folder when it is done, at once: what is read last was there while all else was read.
      return workInFolder(path, makeOnce, async () => {
        const tokenizer = await openTokenizer(path);
        const written = plan ?? (await readPlan(path, target));
        const { stages = [], bytes = 0 } = JSON.parse(await readFile(join(path, COST_FILE), 'utf8')) as {
          stages?: StageCost[];
          bytes?: number;
        };
        return { path, tokenizer, plan: written, stages, bytes, fresh };
      });
    },
    async remake(job, source, made, out, signal) {
      await apply(job, source, made.tokenizer, made.plan, out, signal);
    },
  };
}

async function readPlan(path: string, target: OpenTokenizer): Promise<TransferPlan> {
  const recipes = await readRecipe(join(path, RECIPE_FILE));
  if (recipes === undefined)
    throw new LexigraftError('format', `${path} holds no ${RECIPE_FILE}; remove the folder and run again.`, { path });
  const { input, output } = recipes;
  return { vocabulary: { target: target.vocabulary, input, ...(output && { output }) }, warnings: [] };
}
