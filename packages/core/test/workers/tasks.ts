import { resourceLimits } from 'node:worker_threads';
import { LexigraftError, type WorkerContext, type WorkerTask } from '@lexigraft/core';

const url = import.meta.url;

export function double(input: number): number {
  return input * 2;
}
export const doubleTask: WorkerTask<number, number> = { url, name: 'double', run: double };

export function refuse(details: { option: string }): never {
  throw new LexigraftError('invalid-option', 'No such option.', details);
}
export const refuseTask: WorkerTask<{ option: string }, never> = { url, name: 'refuse', run: refuse };

export function breakDown(): never {
  throw Object.assign(new RangeError('Out of range.'), { code: 'ERR_OUT_OF_RANGE' });
}
export const breakDownTask: WorkerTask<null, never> = { url, name: 'breakDown', run: breakDown };

export async function runForever(_input: null, { report, checkpoint }: WorkerContext): Promise<never> {
  for (let done = 0; ; done++) {
    if (done % 1000 === 0) report({ stage: 'forever', done, total: Infinity });
    await checkpoint();
  }
}
export const runForeverTask: WorkerTask<null, never> = { url, name: 'runForever', run: runForever };

export function count(total: number, { report }: WorkerContext): string {
  for (let done = 1; done <= total; done++) report({ stage: 'count', done, total });
  return 'counted';
}
export const countTask: WorkerTask<number, string> = { url, name: 'count', run: count };

export function fill({ shared, value }: { shared: Float32Array<SharedArrayBuffer>; value: number }): void {
  shared.fill(value);
}
export const fillTask: WorkerTask<{ shared: Float32Array<SharedArrayBuffer>; value: number }, void> = { url, name: 'fill', run: fill };

export function size(bytes: Uint8Array): number {
  return bytes.byteLength;
}
export const sizeTask: WorkerTask<Uint8Array, number> = { url, name: 'size', run: size };

export function exit(code: number): never {
  process.exit(code);
}
export const exitTask: WorkerTask<number, never> = { url, name: 'exit', run: exit };

export async function throwLater(): Promise<never> {
  setTimeout(() => {
    throw new Error('Nobody catches this.');
  }, 0);
  return new Promise<never>(() => undefined);
}
export const throwLaterTask: WorkerTask<null, never> = { url, name: 'throwLater', run: throwLater };

export function answerFunction(): () => void {
  return () => undefined;
}
export const answerFunctionTask: WorkerTask<null, () => void> = { url, name: 'answerFunction', run: answerFunction };

export function youngGeneration(): number | undefined {
  return resourceLimits.maxYoungGenerationSizeMb;
}
export const youngGenerationTask: WorkerTask<null, number | undefined> = { url, name: 'youngGeneration', run: youngGeneration };

export const missingTask: WorkerTask<null, null> = { url, name: 'missing', run: () => null };
