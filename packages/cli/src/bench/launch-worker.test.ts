import { fork, type ForkOptions } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { launchWorker, shareOfThreads } from './launch-worker.ts';

vi.mock('node:child_process', () => ({ fork: vi.fn() }));
afterEach(() => {
  vi.mocked(fork).mockReset();
  vi.unstubAllEnvs();
});

/** What a process was started with. */
function started(): { readonly argv: unknown; readonly options: ForkOptions } {
  const [, argv, options] = vi.mocked(fork).mock.calls[0] as unknown as [string, readonly string[], ForkOptions];
  return { argv, options };
}

describe('launchWorker', () => {
  it('starts a process for cells in the folder, with its share of the threads and nothing on stdout', () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', undefined);
    vi.stubEnv('TF_NUM_INTEROP_THREADS', undefined);
    launchWorker('/some/folder', 1);
    const { argv, options } = started();
    expect(argv).toEqual(['bench', 'cells']);
    expect(options).toMatchObject({ cwd: '/some/folder', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    expect(options.env).toMatchObject({ TF_NUM_INTRAOP_THREADS: String(availableParallelism()), TF_NUM_INTEROP_THREADS: '1' });
  });

  it('leaves a number of threads that the user has set', () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '77');
    launchWorker('/some/folder', 1);
    expect(started().options.env).toMatchObject({ TF_NUM_INTRAOP_THREADS: '77' });
  });
});

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
