/** The part of a `worker_threads` Worker or MessagePort that comlink speaks to. */
export interface NodeEndpoint {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(type: string, listener: (data: unknown) => void): unknown;
  off(type: string, listener: (data: unknown) => void): unknown;
  start?: () => void;
}

/** The part of a `worker_threads` Worker that is used here. */
export interface NodeWorker extends NodeEndpoint {
  once(type: string, listener: (value: never) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

/** The part of Node's `worker_threads` module that is used here. */
export interface WorkerThreads {
  readonly Worker: new (
    url: URL,
    options: {
      readonly execArgv?: readonly string[];
      readonly name?: string;
      readonly resourceLimits?: { readonly maxYoungGenerationSizeMb?: number };
    },
  ) => NodeWorker;
  readonly parentPort: NodeEndpoint | null;
}

/**
 * Returns Node's `worker_threads`, or nothing in a runtime that is not Node.
 *
 * Asked of the running process instead of imported, so that this file loads in browsers too.
 */
export function nodeWorkerThreads(): WorkerThreads | undefined {
  return builtinModule('node:worker_threads') as WorkerThreads | undefined;
}

/** Returns the number of threads that may run at once. */
export function availableThreads(): number {
  const os = builtinModule('node:os') as { readonly availableParallelism: () => number } | undefined;
  const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } };
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** Sets a variable of the environment that native libraries read, unless it is set; does nothing in a runtime that is not Node. */
export function setEnvironmentDefault(name: string, value: string): void {
  const { process } = globalThis as {
    process?: { readonly versions?: { readonly node?: string }; readonly env?: Record<string, string | undefined> };
  };
  if (process?.versions?.node !== undefined && process.env !== undefined) process.env[name] ??= value;
}

function builtinModule(id: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } };
  return process?.getBuiltinModule?.(id);
}
