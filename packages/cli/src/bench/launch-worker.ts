import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const fromSources = import.meta.url.endsWith('.ts');

/** Starts a process that evaluates cells until this one ends, one of `workers` that share the processor. */
export function launchWorker(cwd: string, workers: number): ChildProcess {
  return fork(entryPath(), ['bench', 'cells'], {
    cwd,
    env: { ...shareOfThreads(workers), ...process.env },
    serialization: 'advanced',
    // What a worker has to say goes to stderr: stdout belongs to the report.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: fromSources ? ['--import', import.meta.resolve('tsx'), '--conditions=@lexigraft/source'] : [],
  });
}

/** How many threads TensorFlow, where it is installed, may start in one of `workers` processes; it would take all cores in each. */
export function shareOfThreads(workers: number, cores: number = availableParallelism()): Readonly<Record<string, string>> {
  return { TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(cores / Math.max(1, workers)))), TF_NUM_INTEROP_THREADS: '1' };
}

function entryPath(): string {
  // The built file may be a chunk anywhere below `dist`, so the package's own exports say where the program begins.
  return fileURLToPath(fromSources ? new URL('../main.ts', import.meta.url) : import.meta.resolve('lexigraft/main'));
}
