import type { Compute, KeyIndex } from '../compute/compute.ts';
import type { Progress, TransferInput, TransferPlan } from '../transfer/embedding-transfer.ts';
import { prepareTransfer, type TransferRequest } from '../transfer/prepare-transfer.ts';
import type {
  EmbeddingModel,
  EmbeddingTable,
  HiddenStateReader,
  LayerTrainer,
  MultilingualText,
  ResourceName,
  Resources,
  WordVectors,
} from '../transfer/resources.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import type { ContractSubject } from './contract-subject.ts';

/** How a strategy is run under observation. */
export interface ObservedRun {
  readonly tokens?: readonly string[];
  readonly seed?: number;
  readonly workers?: WorkerPool;
  readonly signal?: AbortSignal;
  /** Called before the strategy starts, with what it will receive. */
  readonly onInput?: (input: TransferInput<ResourceName>) => Promise<void>;
  /** Called whenever the strategy reaches out of itself (tables, vectors, engine, reports), with the number of keys it holds on the engine. */
  readonly onTouch?: (openKeys: number) => void;
}

/** What was seen from outside while a strategy planned. */
export interface Observation {
  /** Resolves or rejects as the strategy did. */
  readonly plan: Promise<TransferPlan>;
  /** What the strategy received, without the observers around it. */
  readonly input: TransferInput<ResourceName>;
  /** As reported, before {@link prepareTransfer} smooths it. */
  readonly progress: readonly Progress[];
  /** Keys held on the engine that were not given back so far. */
  readonly openKeys: () => number;
  /** What the strategy disposed of although it was not its own. */
  readonly disposed: readonly string[];
}

/** Runs the strategy of a subject without the checks of `planTransfer`, so that its own doing can be judged. */
export async function observePlan<Needs extends ResourceName>(
  subject: ContractSubject<Needs>,
  run: ObservedRun = {},
): Promise<Observation> {
  const { tokens = subject.tokens, seed = 1, workers, signal } = run;
  const made = await subject.request(tokens);
  const request = { ...made, seed, ...(workers && { workers }) } as TransferRequest<Needs>;
  const { input } = prepareTransfer(request);
  const progress: Progress[] = [];
  const disposed: string[] = [];
  const keys = { open: 0 };
  const onTouch = (): void => run.onTouch?.(keys.open);
  await run.onInput?.(input as TransferInput<ResourceName>);
  const observed = {
    ...input,
    ...(signal && { signal }),
    source: observeModel(input.source, onTouch),
    resources: observeResources(input.resources, onTouch),
    compute: observeCompute(input.compute, { keys, disposed, onTouch }),
    workers: {
      ...input.workers,
      run: input.workers.run.bind(input.workers),
      dispose: () => Promise.resolve(void disposed.push('workers')),
    },
    report: (step: Progress) => {
      progress.push({ ...step });
      onTouch();
    },
  } as TransferInput<Needs>;
  const plan = start(() => request.strategy.plan(observed));
  // The caller awaits it later; until then a rejection is not unhandled.
  plan.catch(() => undefined);
  return { plan, input: input as TransferInput<ResourceName>, progress, openKeys: () => keys.open, disposed };
}

async function start<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

function observeTable(table: EmbeddingTable, onTouch: () => void): EmbeddingTable {
  return {
    rows: table.rows,
    columns: table.columns,
    readRange: (first, end, signal) => {
      onTouch();
      return table.readRange(first, end, signal);
    },
  };
}

function observeModel(model: EmbeddingModel, onTouch: () => void): EmbeddingModel {
  return { ...model, input: observeTable(model.input, onTouch), ...(model.output && { output: observeTable(model.output, onTouch) }) };
}

function observeResources(resources: Partial<Resources>, onTouch: () => void): Partial<Resources> {
  const { helper, vectors, sourceVectors, texts, hiddenStates, layerTrainer } = resources;
  return {
    ...resources,
    ...(helper && { helper: observeModel(helper, onTouch) }),
    ...(vectors && { vectors: observeVectors(vectors, onTouch) }),
    ...(sourceVectors && { sourceVectors: observeVectors(sourceVectors, onTouch) }),
    ...(texts && { texts: observeTexts(texts, onTouch) }),
    ...(hiddenStates && { hiddenStates: observeHiddenStates(hiddenStates, onTouch) }),
    ...(layerTrainer && { layerTrainer: observeTrainer(layerTrainer, onTouch) }),
  };
}

function observeTexts(texts: MultilingualText, onTouch: () => void): MultilingualText {
  return {
    languages: texts.languages,
    lines: (language, options) => {
      onTouch();
      return texts.lines(language, options);
    },
  };
}

function observeHiddenStates(reader: HiddenStateReader, onTouch: () => void): HiddenStateReader {
  return {
    layers: reader.layers,
    dimension: reader.dimension,
    maximumLength: reader.maximumLength,
    read: (sequences, options) => {
      onTouch();
      return reader.read(sequences, options);
    },
  };
}

function observeTrainer(trainer: LayerTrainer, onTouch: () => void): LayerTrainer {
  return {
    layers: trainer.layers,
    dimension: trainer.dimension,
    train: (request) => {
      onTouch();
      return trainer.train(request);
    },
  };
}

function observeVectors(vectors: WordVectors, onTouch: () => void): WordVectors {
  return {
    dimension: vectors.dimension,
    words: vectors.words,
    vectorsOf: (words, signal) => {
      onTouch();
      return vectors.vectorsOf(words, signal);
    },
  };
}

function observeCompute(
  compute: Compute,
  { keys, disposed, onTouch }: { readonly keys: { open: number }; readonly disposed: string[]; readonly onTouch: () => void },
): Compute {
  return {
    id: compute.id,
    description: compute.description,
    matmul: (a, b, options) => {
      onTouch();
      return compute.matmul(a, b, options);
    },
    async openKeys(matrix) {
      onTouch();
      const index = await compute.openKeys(matrix);
      keys.open++;
      let isOpen = true;
      const observed: KeyIndex = {
        topProducts: (queries, k, options) => {
          onTouch();
          return index.topProducts(queries, k, options);
        },
        dispose: async () => {
          if (isOpen) keys.open--;
          isOpen = false;
          await index.dispose();
        },
      };
      return observed;
    },
    dispose: () => Promise.resolve(void disposed.push('compute')),
  };
}
