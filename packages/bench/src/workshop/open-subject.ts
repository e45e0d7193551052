import { openModel, readPostProcessor, type ModelFolder, type OpenTokenizer } from '@lexigraft/checkpoint';
import { describeModel, type Transformer } from '@lexigraft/models';
import type { Job } from '../runner/cell.ts';
import { digestOf } from '../runner/digests.ts';
import { makeFolderOnce, removeFolder, workInFolder } from '../runner/folder-lock.ts';
import type { BenchHost, EvaluationContext } from '../runner/host.ts';
import { modelKind, UNTOUCHED } from '../runner/plan-cells.ts';
import type { ResultsFolder } from '../runner/results-folder.ts';
import type { SourceTraining, StageCost, Subject, TextSide } from '../tasks/subject.ts';
import type { WorkContext } from '../tasks/task.ts';
import { keep } from './keep.ts';
import { writeCost, type ModelLoader, type ModelMaker } from './make-model.ts';
import { asClassifier, classNames } from './model-config.ts';
import { saveTransformer } from './save-transformer.ts';

/** The model of a job, ready to be judged. */
export interface OpenSubject {
  readonly subject: Subject;
  /** Returns a digest of the tokenizer under test. */
  readonly tokenizerDigest: () => string;
  /** Stages this process went through to make it. */
  readonly stages: readonly StageCost[];
  /** Frees its models and removes their folders; what other jobs use as well stays. */
  dispose(): Promise<void>;
}

/** What subjects share. */
export interface SubjectTools {
  readonly versions: BenchHost['versions'];
  readonly results: ResultsFolder;
  readonly maker: ModelMaker;
  /** Opens a source model once. */
  openFolder(path: string): Promise<ModelFolder>;
  /** Loads a model on the device of a job, if asked with a new classifier or without any head; the caller's to dispose. */
  readonly load: ModelLoader;
  /** Loads a source model once for all jobs. */
  loadSource(job: Job, signal: AbortSignal): Promise<Transformer>;
}

/** Makes the model of a job with its strategy; models are loaded when a task asks for them. */
export async function openSubject(job: Job, context: EvaluationContext, tools: SubjectTools): Promise<OpenSubject> {
  const { results, maker } = tools;
  const { signal } = context;
  const source = await tools.openFolder(job.model.path);
  const kind = (await modelKind(job.model.path)) ?? 'masked';
  const made = job.strategy.id === UNTOUCHED ? undefined : await maker.make(job, source, context);
  const folders: string[] = made === undefined ? [] : [made.path];
  const own: Transformer[] = [];
  const underTest = new Map<string, Promise<Transformer>>();
  /** Loads a model from a folder that jobs of the same key, in other processes, remove when they are done. */
  const load = (path: string, make: () => Promise<unknown>): Promise<Transformer> =>
    workInFolder(path, make, () => tools.load(job, path, signal));
  const shared = (path: string, make: () => Promise<unknown>): Promise<Transformer> =>
    keep(underTest, path, async () => {
      const model = await load(path, make);
      own.push(model);
      return model;
    });
  const makeAgain = (): Promise<unknown> => maker.make(job, source, context);

  /** Trains the source model and writes it to `folder`. */
  async function trainSource(folder: string, training: SourceTraining, work: WorkContext): Promise<void> {
    const started = performance.now();
    const { classes } = training;
    const newHead = classes !== undefined && kind !== 'classification' ? { labels: classes, seed: work.seed } : undefined;
    const model = await tools.load(job, job.model.path, signal, newHead);
    try {
      await training.train(model, sideOf(source.tokenizer), work);
      const config = newHead === undefined ? source.config : asClassifier(source.config, newHead.labels);
      await saveTransformer(model, folder, config, job.model.path);
      await writeCost(folder, { stages: [{ stage: 'train-source', seconds: (performance.now() - started) / 1000 }] });
    } finally {
      model.dispose();
    }
  }

  const labels = classNames(source.config);
  const subject: Subject = {
    kind,
    source: sideOf(source.tokenizer),
    target: sideOf(made?.tokenizer ?? source.tokenizer),
    ...(made?.plan.vocabulary && { recipe: made.plan.vocabulary.input }),
    // Asked for only by tasks that run the model: others take models that cannot be run.
    get maximumLength() {
      return describeModel(source.config).maximumLength;
    },
    ...(labels && { labels }),
    cost: { stages: made?.stages ?? [], ...(made !== undefined && { bytesWritten: made.bytes }) },
    sourceModel: () => tools.loadSource(job, signal),
    model: () => (made === undefined ? tools.loadSource(job, signal) : shared(made.path, makeAgain)),
    copy: () => (made === undefined ? tools.load(job, job.model.path, signal) : load(made.path, makeAgain)),
    async trainedBefore(training, work) {
      const path = results.artefact(
        'trained',
        digestOf({ training: training.id, model: job.model.digest, seed: work.seed, device: job.device, versions: tools.versions }),
      );
      const train = (): Promise<boolean> => makeFolderOnce(path, work.signal, (beside) => trainSource(beside, training, work));
      await train();
      if (made === undefined) return shared(path, train);
      const folder = results.artefact('models', digestOf([job.key, path.slice(results.path.length)]));
      const remake = (): Promise<boolean> =>
        makeFolderOnce(folder, work.signal, async (beside) => {
          const trained = await openModel(path);
          try {
            await maker.remake(job, trained, made, beside, work.signal);
          } finally {
            await trained.close();
          }
        });
      await remake();
      folders.push(folder);
      return shared(folder, remake);
    },
  };
  return {
    subject,
    tokenizerDigest: () => digestOf((made?.tokenizer ?? source.tokenizer).json),
    stages: made?.fresh === true ? made.stages : [],
    async dispose() {
      for (const model of own.splice(0)) model.dispose();
      underTest.clear();
      for (const path of folders.splice(0)) await removeFolder(path);
    },
  };
}

function sideOf(tokenizer: OpenTokenizer): TextSide {
  return { tokenizer, template: readPostProcessor(tokenizer.json.post_processor).template };
}
