import { describe, expect, it } from 'vitest';
import { toyJob } from '../../test/runner/toy-job.ts';
import type { QueuedJob } from './load-queue-packages.ts';
import { createPoolShelf, type CellInputs } from './pool-shelf.ts';

const queued = (results: string, parts: Partial<QueuedJob> = {}): QueuedJob => ({ results, job: toyJob(), inputs: [], ...parts });

describe('createPoolShelf', () => {
  const shelfWith = () => {
    const events: string[] = [];
    const seen: CellInputs[] = [];
    let end = (): void => undefined;
    const shelf = createPoolShelf(({ results, timeLimit }, inputs) => {
      const name = `${results}${timeLimit === undefined ? '' : ` in ${timeLimit} s`}`;
      events.push(`opened ${name}`);
      seen.push(inputs);
      return {
        // A job of the folder `slow` ends when the test says so.
        run: () => (results === 'slow' ? new Promise((resolve) => (end = resolve)) : Promise.resolve()),
        close: () => events.push(`closed ${name}`),
      };
    });
    return {
      shelf,
      events,
      seen,
      endSlow: (): void => {
        end();
      },
    };
  };

  it('keeps the pool of a folder until another folder is asked for', async () => {
    const { shelf, events } = shelfWith();
    await shelf.run(queued('a'));
    await shelf.run(queued('a'));
    await shelf.run(queued('b'));
    await shelf.run(queued('b', { timeLimit: 5 }));
    expect(events).toEqual(['opened a', 'closed a', 'opened b', 'closed b', 'opened b in 5 s']);
    shelf.close();
    expect(events.at(-1)).toBe('closed b in 5 s');
  });

  it('closes a pool that is still at work when it is done', async () => {
    const { shelf, events, endSlow } = shelfWith();
    const slow = shelf.run(queued('slow'));
    await shelf.run(queued('a'));
    expect(events).toEqual(['opened slow', 'opened a']);
    endSlow();
    await slow;
    expect(events).toEqual(['opened slow', 'opened a', 'closed slow']);
  });

  it('tells a pool what went into the cells of its folder alone', async () => {
    const { shelf, seen } = shelfWith();
    await shelf.run(queued('a', { inputs: [['cell', { model: '1' }]] }));
    await shelf.run(queued('b', { inputs: [['other', { model: '2' }]] }));
    expect(seen.map((inputs) => [...inputs])).toEqual([[['cell', { model: '1' }]], [['other', { model: '2' }]]]);
  });
});
