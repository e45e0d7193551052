import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { openTokenizer, readRecipe, RECIPE_FILE, rewriteModel, type ModelFolder, type OpenTokenizer } from '@lexigraft/checkpoint';
import {
  LexigraftError,
  planTransfer,
  resourcesOfModel,
  type Compute,
  type EmbeddingTransfer,
  type ResourceName,
  type Resources,
  type TransferPlan,
  type WorkerPool,
} from '@lexigraft/core';
import { createHiddenStateReader, createLayerTrainer, type Transformer } from '@lexigraft/models';
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

/** A classifier that a model is given when it is loaded. */
export interface NewHead {
  readonly labels: number;
  readonly seed: number;
}

/** Loads a model on the device of a job, with a new classifier or without any head where it is asked to. */
export type ModelLoader = (job: Job, path: string, signal: AbortSignal, head?: NewHead | 'none') => Promise<Transformer>;

/** Makes the models of jobs. */
export interface ModelMaker {
  /** Plans and writes the model of a job, or takes the one that a process left which died before it was judged. */
  make(job: Job, source: ModelFolder, context: EvaluationContext): Promise<MadeModel>;
  /** Writes to `out` what the plan of `made` makes of another state of its source model; what steers is planned anew, for it measures the model it steers. */
  remake(job: Job, source: ModelFolder, made: MadeModel, out: string, signal: AbortSignal): Promise<void>;
}

/** What models are made with. */
export interface ModelMakerTools {
  readonly host: Pick<BenchHost, 'makeStrategy' | 'versions'>;
  readonly results: ResultsFolder;
  readonly shelf: ResourceShelf;
  readonly load: ModelLoader;
  readonly useEngine: () => Promise<WorkshopEngine>;
}

type AnyTransfer = EmbeddingTransfer<ResourceName>;

/** What a strategy is planned with, to be let go of. */
interface Prepared {
  readonly resources: Resources;
  readonly dispose: () => void;
}

const COST_FILE = 'bench-cost.json';

/** What making a model took, and whether its vocabulary stayed. */
interface MakingNote {
  readonly stages: readonly StageCost[];
  readonly bytes?: number;
  readonly sameVocabulary?: boolean;
}

/** Notes in the folder of a model what making it took. */
export async function writeCost(folder: string, cost: MakingNote): Promise<void> {
  await writeFile(join(folder, COST_FILE), JSON.stringify(cost));
}

/** Creates what makes the models of jobs. */
export function createModelMaker({ host, results, shelf, load, useEngine }: ModelMakerTools): ModelMaker {
  const makeStrategy = async (job: Job): Promise<AnyTransfer> => (await host.makeStrategy(job.strategy)) as AnyTransfer;

  /** Opens what a strategy needs: the source itself as well for one that steers. */
  async function prepare(strategy: AnyTransfer, job: Job, source: ModelFolder, signal: AbortSignal): Promise<Prepared> {
    const given = await shelf.open(job.language.spec, strategy.needs);
    const body = steers(strategy) ? await load(job, source.path, signal, 'none') : undefined;
    const made = body && {
      hiddenStates: createHiddenStateReader(body),
      ...(strategy.needs.includes('layerTrainer') && { layerTrainer: createLayerTrainer(body) }),
    };
    return {
      resources: { ...given, ...made } as Resources,
      dispose: () => {
        body?.dispose();
      },
    };
  }

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
      ...(plan.vocabulary && { target }),
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
        const { compute, workers } = await useEngine();
        const strategy = await makeStrategy(job);
        const { resources, dispose } = await prepare(strategy, job, source, signal);
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
            resources,
            seed: job.seed,
            compute,
            workers,
            signal,
            onProgress: report,
          }),
        ).finally(dispose);
        if ((made.vocabulary ?? made.steering ?? made.tensors) === undefined)
          throw new LexigraftError('unsupported-format', `${job.strategy.id} plans neither a vocabulary nor edits of the model.`, {
            strategy: job.strategy.id,
          });
        const bytes = await timed('write', () => apply(job, source, target, made, beside, signal));
        await writeCost(beside, { stages, bytes, ...(made.vocabulary === undefined && { sameVocabulary: true }) });
        plan = made;
      };
      await makeOnce();
      // Another job of the same key removes the folder when it is done, at once: what is read last was there while all else was read.
      return workInFolder(path, makeOnce, async () => {
        const tokenizer = await openTokenizer(path);
        const { stages, bytes = 0, sameVocabulary = false } = JSON.parse(await readFile(join(path, COST_FILE), 'utf8')) as MakingNote;
        const written = plan ?? (sameVocabulary ? { warnings: [] } : await readPlan(path, target));
        return { path, tokenizer, plan: written, stages, bytes, fresh };
      });
    },
    async remake(job, source, made, out, signal) {
      const strategy = await makeStrategy(job);
      if (!steers(strategy)) {
        await apply(job, source, made.tokenizer, made.plan, out, signal);
        return;
      }
      const { compute, workers } = await useEngine();
      const { resources, dispose } = await prepare(strategy, job, source, signal);
      try {
        const { spec, id } = job.language;
        const target = await openTokenizer(targetPath(id, spec));
        const plan = await planTransfer<ResourceName>({ strategy, source, target, resources, seed: job.seed, compute, workers, signal });
        await apply(job, source, target, plan, out, signal);
      } finally {
        dispose();
      }
    },
  };
}

/** Whether a strategy measures the source model as it runs. */
function steers({ needs }: AnyTransfer): boolean {
  return needs.some((name) => resourcesOfModel.has(name));
}

async function readPlan(path: string, target: OpenTokenizer): Promise<TransferPlan> {
  const recipes = await readRecipe(join(path, RECIPE_FILE));
  if (recipes === undefined)
    throw new LexigraftError('format', `${path} holds no ${RECIPE_FILE}; remove the folder and run again.`, { path });
  const { input, output } = recipes;
  return { vocabulary: { target: target.vocabulary, input, ...(output && { output }) }, warnings: [] };
}
