import { join } from 'node:path';
import { openModel, readSteering, STEERING_FILE, type ModelFolder } from '@lexigraft/checkpoint';
import { loadTransformer, type Transformer } from '@lexigraft/models';
import { openDevice, type Device, type DeviceName } from '@lexigraft/models/node';
import { digestOf } from '../runner/digests.ts';
import type { BenchHost, Evaluation, Workshop } from '../runner/host.ts';
import { datasetSources } from '../runner/language-data.ts';
import type { ResultsFolder } from '../runner/results-folder.ts';
import { keep } from './keep.ts';
import { createModelMaker, type WorkshopEngine } from './make-model.ts';
import { createResourceShelf } from './open-resources.ts';
import { remember } from './remember.ts';
import { openSubject, type OpenSubject, type SubjectTools } from './open-subject.ts';

/** What a workshop for models is opened with. */
export interface ModelWorkshopOptions {
  readonly host: Pick<BenchHost, 'makeStrategy' | 'versions'>;
  readonly results: ResultsFolder;
  /** Called when the first model is made. */
  readonly openEngine: () => Promise<WorkshopEngine>;
}

/**
 * Opens a workshop that makes the model of each job with its strategy, loads it on the job's device, and lets tasks judge it.
 *
 * Source models, resources and data are kept from job to job; models under test are let go of with their job. A model trained before the exchange is kept on disk and
 * shared with other processes.
 */
export function createModelWorkshop({ host, results, openEngine }: ModelWorkshopOptions): Workshop {
  const shelf = createResourceShelf();
  const folders = new Map<string, Promise<ModelFolder>>();
  const loaded = new Map<string, Promise<Transformer>>();
  const data = new Map<string, Promise<unknown>>();
  const subjects = new Map<string, Promise<OpenSubject>>();
  let engine: Promise<WorkshopEngine> | undefined;
  let device: { readonly name: string; readonly opened: Promise<Device> } | undefined;

  const useDevice = (name: string): Promise<Device> => {
    if (device?.name !== name) device = { name, opened: openDevice(name as DeviceName) };
    return device.opened;
  };
  const load: SubjectTools['load'] = async (job, path, signal, head) => {
    const folder = await openModel(path);
    try {
      const { tf } = await useDevice(job.device);
      const steering = folder.files.includes(STEERING_FILE) ? await readSteering(join(path, STEERING_FILE)) : undefined;
      return await loadTransformer(folder, {
        tf,
        signal,
        ...(head === 'none' ? { head } : head && { newHead: head }),
        ...(steering && { steering }),
      });
    } finally {
      await folder.close();
    }
  };
  const tools: SubjectTools = {
    versions: host.versions,
    results,
    maker: createModelMaker({ host, results, shelf, load, useEngine: () => (engine ??= openEngine()) }),
    openFolder: (path) => keep(folders, path, () => openModel(path)),
    load,
    loadSource: (job, signal) => keep(loaded, `${job.device} ${job.model.path}`, () => load(job, job.model.path, signal)),
  };

  return {
    async evaluate(job, task, context): Promise<Evaluation> {
      const known = subjects.has(job.key);
      const { subject, tokenizerDigest, stages } = await keep(subjects, job.key, () => openSubject(job, context, tools));
      const { id, spec } = job.language;
      const { signal, report } = context;
      const started = performance.now();
      const content = await keep(data, digestOf([task.id, task.version, task.settings, id, spec.datasets]), () =>
        task.load({ language: id, sourceLanguage: job.sourceLanguage, datasets: datasetSources(spec), signal }),
      );
      const loading = (performance.now() - started) / 1000;
      const result = await task.evaluate({
        language: id,
        sourceLanguage: job.sourceLanguage,
        subject,
        data: content,
        seed: job.seed,
        signal,
        report,
        remember: (key, make) => {
          const all = {
            key,
            task: [task.id, task.version],
            model: job.model.digest,
            tokenizer: tokenizerDigest(),
            device: job.device,
            versions: host.versions,
          };
          return remember(results.artefact('remembered', digestOf(all)), signal, make);
        },
      });
      const own = known ? [] : stages.map(({ stage, seconds }) => [stage, seconds] as const);
      const { description, notes } = await useDevice(job.device);
      return {
        result,
        stages: { ...Object.fromEntries(own), load: loading, evaluate: (performance.now() - started) / 1000 - loading },
        device: description,
        notes,
      };
    },
    async endJob(job) {
      const subject = subjects.get(job.key);
      subjects.delete(job.key);
      await (await subject?.catch(() => undefined))?.dispose();
    },
    async dispose() {
      for (const subject of subjects.values()) await (await subject.catch(() => undefined))?.dispose();
      for (const model of loaded.values()) (await model.catch(() => undefined))?.dispose();
      for (const folder of folders.values()) await (await folder.catch(() => undefined))?.close();
      await shelf.close();
      await (await engine?.catch(() => undefined))?.dispose();
    },
  };
}
