import { openModel, openSafetensors, type ModelFolder } from '@lexigraft/checkpoint';
import { sharedPath } from '@lexigraft/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTransformer, type Batch, type Tfjs, type Transformer } from '../../src/index.ts';

/** What the reference wrote for a fixed batch. */
interface Golden {
  readonly batch: Batch;
  readonly hidden: readonly Float32Array[];
  readonly logits: Float32Array;
  readonly positions?: Int32Array;
}

/** Every development model. */
const models: readonly string[] = ['en-encoder', 'multi-encoder', 'de-encoder', 'ru-encoder', 'sw-encoder', 'en-nli', 'en-decoder'];

/** Compares development models with their reference. */
export function describeGolden(title: string, open: () => Promise<Tfjs>, tolerance: number): void {
  describe(title, () => {
    let tf: Tfjs;
    beforeAll(async () => {
      tf = await open();
    });
    describe.each(models)('%s', (name) => {
      let folder: ModelFolder;
      let model: Transformer;
      let golden: Golden;
      beforeAll(async () => {
        folder = await openModel(sharedPath('lab', name));
        model = await loadTransformer(folder, { tf });
        golden = await readGolden(name, model.config.layers);
      });
      afterAll(async () => {
        model.dispose();
        await folder.close();
      });

      it('has the hidden states of the reference', async () => {
        const { layers } = await model.hiddenStates(golden.batch);
        expect([...layers.keys()]).toEqual(golden.hidden.map((_, layer) => layer));
        for (const [layer, states] of layers)
          expect(largestDifference(states, golden.hidden[layer], golden.batch, model.config.dimension)).toBeLessThan(tolerance);
      });

      it('has the logits of the reference', async () => {
        const { batch, positions, logits } = golden;
        const found = positions
          ? (await model.logits(batch, positions)).data
          : (
              await model.classify(
                Array.from({ length: batch.rows }, (_, row) => {
                  const tokens = batch.mask.subarray(row * batch.length, (row + 1) * batch.length).lastIndexOf(1) + 1;
                  const [start, end] = [row * batch.length, row * batch.length + tokens];
                  return { ids: batch.ids.subarray(start, end), tokenTypes: batch.tokenTypes?.subarray(start, end) ?? [] };
                }),
              )
            ).data;
        expect(found.length).toBe(logits.length);
        let worst = 0;
        for (let i = 0; i < logits.length; i++) worst = Math.max(worst, Math.abs(found[i] - logits[i]));
        expect(worst).toBeLessThan(tolerance);
      });
    });
  });
}

/** Largest difference at positions that are no padding; NaN counts as infinite. */
function largestDifference(found: Float32Array, expected: Float32Array, { mask }: Batch, dimension: number): number {
  expect(found.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    if (mask[Math.floor(i / dimension)] !== 1) continue;
    const difference = Math.abs(found[i] - expected[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst;
}

async function readGolden(name: string, layers: number): Promise<Golden> {
  const file = await openSafetensors(sharedPath('lab', name, 'golden.safetensors'));
  const integers = async (tensor: string): Promise<Int32Array> => {
    const bytes = await file.readBytes(tensor);
    return Int32Array.from(new BigInt64Array(bytes.slice().buffer), Number);
  };
  const [rows, length] = file.tensors.get('input_ids')?.shape ?? [0, 0];
  const pairs = file.tensors.has('logits_positions') ? await integers('logits_positions') : undefined;
  const golden: Golden = {
    batch: {
      rows,
      length,
      ids: await integers('input_ids'),
      mask: Uint8Array.from(await integers('attention_mask')),
      ...(file.tensors.has('token_type_ids') && { tokenTypes: await integers('token_type_ids') }),
    },
    hidden: await Promise.all(Array.from({ length: layers + 1 }, (_, layer) => file.readFloat32(`hidden_states.${layer}`))),
    logits: await file.readFloat32('logits'),
    ...(pairs && { positions: Int32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i] * length + pairs[2 * i + 1]) }),
  };
  await file.close();
  return golden;
}
