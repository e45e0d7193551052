import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { addUp, normOver } from './add-up.ts';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof tfjs;
// The cpu backend otherwise greets on the console.
tf.enableProdMode();
beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Many more tensors than a WebGPU stage has buffers; eighths of small numbers are summed without rounding. */
const lists = fc.array(fc.array(fc.integer({ min: -800, max: 800 }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 40 });

it('the sum of tensors is that of `addN`, and so is its gradient', () => {
  fc.assert(
    fc.property(lists, (rows) => {
      tf.tidy(() => {
        const tensors = rows.map((row) => tf.tensor1d(row.map((value) => value / 8)));
        expect([...addUp(tf, tensors).dataSync()]).toEqual([...tf.addN(tensors).dataSync()]);
        const gradients = tf.grads((...parts: tfjs.Tensor[]) => tf.sum(tf.square(addUp(tf, parts))))(tensors);
        const doubled = [0, 1, 2].map((at) => rows.reduce((sum, row) => sum + row[at] / 4, 0));
        for (const gradient of gradients) expect([...gradient.dataSync()]).toEqual(doubled);
      });
    }),
    { numRuns: 50 },
  );
});

it('the norm over tensors of any shapes is that of their values in one list', () => {
  fc.assert(
    fc.property(lists, (rows) => {
      const wanted = Math.hypot(...rows.flat(), 2);
      const found = tf.tidy(() => normOver(tf, [tf.scalar(2), ...rows.map((row) => tf.tensor2d([row]))]).dataSync()[0]);
      expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-6 * wanted);
    }),
    { numRuns: 50 },
  );
});
