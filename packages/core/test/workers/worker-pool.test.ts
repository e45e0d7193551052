import { afterAll, describe, expect, it } from 'vitest';
import { createInlinePool, isLexigraftError, type Progress, type WorkerPool } from '@lexigraft/core';
import { createNodeWorkerPool, createWorkerPool } from '@lexigraft/core/workers';
import {
  answerFunctionTask,
  breakDownTask,
  countTask,
  doubleTask,
  exitTask,
  fillTask,
  missingTask,
  refuseTask,
  runForeverTask,
  sizeTask,
  throwLaterTask,
  youngGenerationTask,
} from './tasks.ts';

const pools: Record<string, () => WorkerPool> = { inline: createInlinePool, worker_threads: () => createNodeWorkerPool({ size: 2 }) };

describe.each(Object.keys(pools))('the %s pool', (name) => {
  const pool = pools[name]();
  afterAll(() => pool.dispose());

  it('returns what the function returns', async () => {
    expect(await Promise.all([1, 2, 3, 4, 5].map((value) => pool.run(doubleTask, value)))).toEqual([2, 4, 6, 8, 10]);
  });

  it('keeps code, details, name and message of our errors', async () => {
    const error: unknown = await pool.run(refuseTask, { option: 'size' }).catch((reason: unknown) => reason);
    expect(isLexigraftError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'LexigraftError',
      code: 'invalid-option',
      message: 'No such option.',
      details: { option: 'size' },
    });
  });

  it('keeps the code of other errors', async () => {
    await expect(pool.run(breakDownTask, null)).rejects.toMatchObject({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: 'Out of range.',
    });
  });

  it('delivers every report before the answer, in order', async () => {
    const reports: Progress[] = [];
    expect(await pool.run(countTask, 20, { onProgress: (progress) => reports.push(progress) })).toBe('counted');
    expect(reports.map(({ done }) => done)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('stops a running function when the signal aborts, and rejects with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('Enough.');
    const call = pool.run(runForeverTask, null, {
      signal: controller.signal,
      onProgress: () => {
        controller.abort(reason);
      },
    });
    await expect(call).rejects.toBe(reason);
    expect(await Promise.all([1, 2, 3].map((value) => pool.run(doubleTask, value)))).toEqual([2, 4, 6]);
  });

  it('rejects with what a progress listener throws', async () => {
    const failing = (): never => {
      throw new Error('The screen is gone.');
    };
    await expect(pool.run(countTask, 3, { onProgress: failing })).rejects.toThrow('The screen is gone.');
  });

  it('does not start when the signal is already aborted', async () => {
    const reason = new Error('Never.');
    await expect(pool.run(doubleTask, 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('writes into shared memory', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(16));
    await pool.run(fillTask, { shared, value: 3 });
    expect([...shared]).toEqual([3, 3, 3, 3]);
  });
});

describe('a pool of threads', () => {
  it('hands buffers over when asked to', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    const bytes = new Uint8Array(1024);
    expect(await pool.run(sizeTask, bytes, { transfer: [bytes.buffer] })).toBe(1024);
    expect(bytes.byteLength).toBe(0);
  });

  it('bounds the memory of what its threads have just made when asked to', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1, youngGenerationMegabytes: 6 }));
    expect(await pool.run(youngGenerationTask, null)).toBe(6);
  });

  it('rejects the call of a thread that dies with worker-failed, and replaces the thread', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    const [dead, alive] = await Promise.allSettled([pool.run(exitTask, 3), pool.run(doubleTask, 4)]);
    expect(dead).toMatchObject({
      status: 'rejected',
      reason: { code: 'worker-failed', details: { task: 'exit', reason: 'its thread ended with exit code 3' } },
    });
    expect(alive).toEqual({ status: 'fulfilled', value: 8 });
  });

  it('rejects the call when its thread throws outside of it', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    await expect(pool.run(throwLaterTask, null)).rejects.toMatchObject({
      code: 'worker-failed',
      details: { reason: 'Nobody catches this.' },
    });
    expect(await pool.run(doubleTask, 1)).toBe(2);
  });

  it('names a function that its module does not export', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    await expect(pool.run(missingTask, null)).rejects.toMatchObject({ code: 'invalid-option', details: { name: 'missing' } });
  });

  it('rejects inputs and outputs that cannot cross, and goes on', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    await expect(pool.run(doubleTask, (() => 1) as unknown as number)).rejects.toMatchObject({ name: 'DataCloneError' });
    await expect(pool.run(answerFunctionTask, null)).rejects.toThrow('Unserializable return value');
    expect(await pool.run(doubleTask, 1)).toBe(2);
  });

  it('lets an aborted call leave the queue', async () => {
    await using pool = disposable(createNodeWorkerPool({ size: 1 }));
    const running = new AbortController();
    const queued = new AbortController();
    const first = pool.run(runForeverTask, null, { signal: running.signal });
    const second = pool.run(doubleTask, 1, { signal: queued.signal });
    const third = pool.run(doubleTask, 2);
    queued.abort(new Error('Second thoughts.'));
    await expect(second).rejects.toThrow('Second thoughts.');
    running.abort(new Error('First thoughts.'));
    await expect(first).rejects.toThrow('First thoughts.');
    expect(await third).toBe(4);
  });

  it('rejects running and waiting calls when disposed, and every later one', async () => {
    const pool = createNodeWorkerPool({ size: 1 });
    const calls = [pool.run(runForeverTask, null), pool.run(doubleTask, 1)];
    const settled = Promise.allSettled(calls);
    await pool.dispose();
    for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'worker-failed' } });
    await expect(pool.run(doubleTask, 1)).rejects.toMatchObject({ code: 'worker-failed' });
  });

  it('rejects the call when no thread can be started', async () => {
    await using pool = disposable(
      createWorkerPool({
        size: 1,
        spawn: () => {
          throw new Error('No more threads.');
        },
      }),
    );
    await expect(pool.run(doubleTask, 1)).rejects.toThrow('No more threads.');
  });

  it('refuses a size that is no number of threads', () => {
    for (const size of [0, -1, 1.5, Number.NaN])
      expect(() => createNodeWorkerPool({ size })).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

function disposable(pool: WorkerPool): WorkerPool & AsyncDisposable {
  return { ...pool, [Symbol.asyncDispose]: () => pool.dispose() };
}
