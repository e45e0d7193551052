import type { Job } from '../../src/runner/cell.ts';

/** A job of the toy host that nobody has to do: a model, a strategy and a language by name, and no cells unless given. */
export function toyJob(parts: Partial<Job> = {}): Job {
  return {
    key: 'job',
    model: { name: 'toy', path: '/model', digest: 'm' },
    strategy: { name: 'mean', id: 'mean', options: {} },
    language: { id: 'xx', spec: { datasets: {} } },
    sourceLanguage: 'en',
    seed: 0,
    device: 'cpu',
    versions: {},
    cells: [],
    ...parts,
  };
}

/** A cell of a {@link toyJob} with the task it is for. */
export function toyCell(key: string): Job['cells'][number] {
  return {
    cell: { key, model: 'toy', strategy: 'mean', language: 'xx', task: 'plain', seed: 0 },
    task: { name: 'plain', id: 'plain', options: {} },
  };
}
