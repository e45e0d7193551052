import { appendFileSync } from 'node:fs';
import { LexigraftError, type AnyEmbeddingTransfer } from '@lexigraft/core';
import type { BenchHost, NamedSpec, Task } from '../../src/index.ts';

/** File that every evaluation is noted in, a line each: task, strategy, seed. */
export const NOTES_VARIABLE = 'BENCH_TEST_NOTES';

const note = (line: string): void => {
  const file = process.env[NOTES_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
};

const notesHold = async (line: string): Promise<boolean> => {
  const { readFileSync } = await import('node:fs');
  return readFileSync(process.env[NOTES_VARIABLE] ?? '', 'utf8')
    .split('\n')
    .includes(line);
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => {
    const end = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** Computes without a pause, as models do, until the process that started this one is dead. */
function outliveParent(): void {
  const parent = process.ppid;
  process.once('exit', (code) => {
    note(`ended with ${code}`);
  });
  note(`child of ${parent}`);
  while (process.ppid === parent);
}

function makeTask({ id, options }: NamedSpec): Task {
  return {
    id,
    version: typeof options.version === 'string' ? options.version : '1',
    models: ['masked'],
    ...(id === 'measure-process' && { measuresProcess: true }),
    needs: id === 'needs-text' ? ['heldOut'] : [],
    uses: [],
    settings: options,
    load: () => Promise.resolve(undefined),
    evaluate: () => Promise.reject(new Error('the toy workshop evaluates')),
  };
}

/** A host whose tasks need no model: the value of a cell follows from its seed. `die` ends its process the first time, `die-then-fail` too and
 * throws the second, `die-always` ends it every time; `outlive`
 * goes on until its parent is dead. */
export const toyHost: BenchHost = {
  versions: { toy: '1' },
  makeStrategy: (spec): Promise<AnyEmbeddingTransfer> => {
    if (spec.id === 'missing')
      return Promise.reject(new LexigraftError('unknown-strategy', 'There is no strategy `missing`.', { id: spec.id }));
    return Promise.resolve({
      specificationVersion: 1,
      id: spec.id,
      needs: spec.id === 'wants-vectors' ? ['vectors'] : [],
      citation: { title: 'toy', url: '' },
      plan: () => Promise.reject(new Error('never planned')),
    });
  },
  makeTask: (spec) => Promise.resolve(makeTask(spec)),
  openWorkshop: () =>
    Promise.resolve({
      evaluate: async (job, task, { report, signal }) => {
        const line = `${task.id} ${job.strategy.name} ${job.seed}`;
        const again = ['die', 'die-then-fail', 'hang-once'].includes(task.id) && (await notesHold(line));
        note(line);
        if (['measure-process', 'tell-process'].includes(task.id)) note(`${task.id} in ${process.pid}`);
        report({ stage: 'toy', done: 1, total: 2 });
        if (task.id === 'die-always' || (['die', 'die-then-fail'].includes(task.id) && !again)) process.kill(process.pid, 'SIGKILL');
        if (task.id === 'hang-once' && job.strategy.name === 'mean' && !again) {
          note(`pid ${process.ppid}`);
          await untilAborted(signal);
        }
        if (task.id === 'outlive') {
          outliveParent();
          for (let told = 0; told < 200; told++) report({ stage: 'toy', done: told, total: 200 });
          process.stdout.write(`${'nobody reads this '.repeat(10_000)}\n`);
          await untilAborted(signal);
        }
        if (task.id === 'hang') {
          note(`pid ${process.pid}`);
          await untilAborted(signal);
        }
        if (['fail', 'die-then-fail'].includes(task.id)) throw new LexigraftError('empty-input', 'There is nothing in it.', { file: 'x' });
        if (task.id === 'nan')
          return { result: { metrics: [{ id: 'acc', value: NaN, n: 1, higherIsBetter: true, unit: 'share' }] }, stages: {}, device: 'toy' };
        const values = Array.from({ length: 40 }, (_, index) => Number((index * 7 + job.seed * 3 + job.strategy.name.length) % 5 > 1));
        return {
          result: {
            metrics: [
              {
                id: 'acc',
                value: values.reduce((sum, value) => sum + value, 0) / 40,
                standardError: 0.05,
                n: 40,
                higherIsBetter: true,
                unit: 'share',
                outcomes: { items: 'forty', values },
              },
            ],
          },
          stages: { evaluate: 0.01 },
          device: 'toy',
        };
      },
      endJob: () => Promise.resolve(),
      dispose: () => Promise.resolve(),
    }),
};
