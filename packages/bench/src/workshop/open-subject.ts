import { rm } from 'node:fs/promises';
import { openModel, readPostProcessor, type ModelFolder, type OpenTokenizer } from '@lexigraft/checkpoint';
import { describeModel, type Transformer } from '@lexigraft/models';
import type { Job } from '../runner/cell.ts';
import { digestOf } from '../runner/digests.ts';
import { makeFolderOnce } from '../runner/folder-lock.ts';
import type { BenchHost, EvaluationContext } from '../runner/host.ts';
import { modelKind, UNTOUCHED } from '../runner/plan-cells.ts';
import type { ResultsFolder } from '../runner/results-folder.ts';
import type { SourceTraining, StageCost, Subject, TextSide } from '../tasks/subject.ts';
import type { WorkContext } from '../tasks/task.ts';
import { keep } from './keep.ts';
import { writeCost, type ModelMaker } from './make-model.ts';
import { asClassifier, classNames } from './model-config.ts';
import { saveTransformer } from './save-transformer.ts';

/** A classifier that a model is given when it is loaded. */
export interface NewHead {
  readonly labels: number;
  readonly seed: number;
}

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
  /** Loads a model on the device of a job; the caller's to dispose. */
  load(job: Job, path: string, signal: AbortSignal, newHead?: NewHead): Promise<Transformer>;
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
  const shared = (path: string): Promise<Transformer> =>
    keep(underTest, path, async () => {
      const model = await tools.load(job, path, signal);
      own.push(model);
      return model;
    });

  /** Trains the source model, or takes what another job trained; returns its folder. */
  async function trainedSource(training: SourceTraining, work: WorkContext): Promise<string> {
    const folder = results.artefact(
      'trained',
      digestOf({ training: training.id, model: job.model.digest, seed: work.seed, device: job.device, versions: tools.versions }),
    );
    await makeFolderOnce(folder, work.signal, async (beside) => {
      const started = performance.now();
      const { classes } = training;
      const newHead = classes !== undefined && kind !== 'classification' ? { labels: classes, seed: work.seed } : undefined;
      const model = await tools.load(job, job.model.path, signal, newHead);
      try {
        await training.train(model, sideOf(source.tokenizer), work);
        const config = newHead === undefined ? source.config : asClassifier(source.config, newHead.labels);
        await saveTransformer(model, beside, config, job.model.path);
        await writeCost(beside, { stages: [{ stage: 'train-source', seconds: (performance.now() - started) / 1000 }] });
      } finally {
        model.dispose();
      }
    });
    return folder;
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
    model: () => (made === undefined ? tools.loadSource(job, signal) : shared(made.path)),
    copy: () => tools.load(job, made?.path ?? job.model.path, signal),
    async trainedBefore(training, work) {
      const path = await trainedSource(training, work);
      if (made === undefined) return shared(path);
      const folder = results.artefact('models', digestOf([job.key, path.slice(results.path.length)]));
      await makeFolderOnce(folder, work.signal, async (beside) => {
        const trained = await openModel(path);
        try {
          await maker.remake(job, trained, made, beside, work.signal);
        } finally {
          await trained.close();
        }
      });
      folders.push(folder);
      return shared(folder);
    },
  };
  return {
    subject,
    tokenizerDigest: () => digestOf((made?.tokenizer ?? source.tokenizer).json),
    stages: made?.fresh === true ? made.stages : [],
    async dispose() {
      for (const model of own.splice(0)) model.dispose();
      underTest.clear();
      for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
    },
  };
}

function sideOf(tokenizer: OpenTokenizer): TextSide {
  return { tokenizer, template: readPostProcessor(tokenizer.json.post_processor).template };
}
