import { describe, expect, it } from 'vitest';
import { shareOfThreads } from './launch-worker.ts';

describe('shareOfThreads', () => {
  it.each([
    [1, 16, '16'],
    [2, 16, '8'],
    [3, 16, '5'],
    [16, 16, '1'],
    [40, 16, '1'],
  ])('gives one of %i processes on %i cores %s threads, at least one', (workers, cores, threads) => {
    expect(shareOfThreads(workers, cores)).toEqual({ TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1' });
  });
});
