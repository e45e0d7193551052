import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors, type TensorData } from '@lexigraft/checkpoint';
import type { Transformer } from '@lexigraft/models';

/**
 * Writes a model in memory as a folder: weights as float32 under their names, `config`, and tokenizer and other small files of the folder `from`.
 */
export async function saveTransformer(
  model: Transformer,
  folder: string,
  config: Readonly<Record<string, unknown>>,
  from: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(from)) {
    if (/\.(json|txt|model)$/.test(name) && !/^(config|model\.safetensors\.index)\.json$/.test(name))
      await copyFile(join(from, name), join(folder, name));
  }
  await writeFile(join(folder, 'config.json'), `${JSON.stringify({ ...config, torch_dtype: 'float32' }, null, 2)}\n`);
  const tensors: Record<string, TensorData> = {};
  for (const name of model.parameters.keys()) {
    const { shape, data } = await model.readParameter(name);
    tensors[name] = { dtype: 'F32', shape, data };
  }
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
}
