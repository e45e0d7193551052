import { writeFile } from 'node:fs/promises';
import { useTemporaryFolder } from './temporary-folder.ts';

/** Gives every test of a file a place for a safetensors file of any bytes; returns how to write it, which resolves to its path. */
export function useRawFile(): (bytes: Uint8Array) => Promise<string> {
  const inFolder = useTemporaryFolder();
  return async (bytes) => {
    const path = inFolder('model.safetensors');
    await writeFile(path, bytes);
    return path;
  };
}

/** Returns bytes that count up from 0, over and over. */
export const countUp = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i & 255);
