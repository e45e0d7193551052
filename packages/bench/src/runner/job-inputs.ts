import type { ResourceName } from '@lexigraft/core';
import type { Job } from './cell.ts';
import { datasetPaths, resourceFiles } from './language-data.ts';
import type { DatasetName } from '../data/dataset-sources.ts';

const DATA = 'data ';

/** Returns the digest of everything a job reads, by where it lies. `inputs` are the digests by role, by key of a cell. */
export function placesOf(job: Job, inputs: ReadonlyMap<string, Readonly<Record<string, string>>>): Map<string, string> {
  const places = new Map<string, string>();
  for (const { cell } of job.cells)
    for (const [role, digest] of Object.entries(inputs.get(cell.key) ?? {})) places.set(JSON.stringify(placeOf(job, role)), digest);
  return places;
}

/** Two roles may be played by one file, whose digest is then the same in both; that of a model is made another way. */
function placeOf({ model, strategy, language }: Job, role: string): readonly unknown[] {
  if (role === 'model') return [role, model.path];
  if (role === 'strategy') return [role, strategy.id, strategy.from];
  if (role === 'tokenizer') return [role, language.spec.target ?? language.spec.helper];
  const { spec } = language;
  return [
    'files',
    ...(role.startsWith(DATA)
      ? datasetPaths(spec, role.slice(DATA.length) as DatasetName)
      : (resourceFiles(spec, [role.split(' ')[0] as ResourceName]).get(role) ?? [])),
  ];
}

/** Whether something has changed where it lies since a process read it. */
export function haveChanged(read: ReadonlyMap<string, string>, places: ReadonlyMap<string, string>): boolean {
  return [...places].some(([place, digest]) => (read.get(place) ?? digest) !== digest);
}
