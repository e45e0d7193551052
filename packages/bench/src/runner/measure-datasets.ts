import { open, type FileHandle } from 'node:fs/promises';
import type { DatasetName } from '../data/dataset-sources.ts';
import type { WorkMeasure } from '../tasks/task.ts';
import type { LanguageSpec } from '../config/bench-config.ts';
import { datasetPaths } from './language-data.ts';

/** Bytes of a line or pair, for data that is cut after so many: a guess. */
const ITEM_BYTES = 160;

/** Looks how large the datasets of a language are; nothing of them is read but the ends of packed files. */
export async function measureDatasets(spec: LanguageSpec, names: readonly DatasetName[]): Promise<WorkMeasure['bytesOf']> {
  const sizes = new Map<DatasetName, number>();
  for (const name of names) {
    const bytes = await Promise.all(datasetPaths(spec, name).map(unpackedBytes));
    sizes.set(
      name,
      bytes.reduce((sum, size) => sum + size, 0),
    );
  }
  return (name, items = Infinity) => {
    const given = spec.datasets[name];
    const limit = typeof given === 'object' && 'limit' in given && typeof given.limit === 'number' ? given.limit : Infinity;
    return Math.min(sizes.get(name) ?? 0, ITEM_BYTES * Math.min(items, limit));
  };
}

/** The size of a file; of a gzipped one what it says of itself (RFC 1952: modulo 2³²), and 0 for one that cannot be read. */
async function unpackedBytes(path: string): Promise<number> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    if (!path.endsWith('.gz') || size < 18) return size;
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, size - 4);
    return Math.max(size, buffer.readUInt32LE(0));
  } catch {
    return 0;
  } finally {
    await file?.close();
  }
}
