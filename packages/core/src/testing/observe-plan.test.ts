import { expect, it } from 'vitest';
import { matrixFromRows } from '../linalg/matrix.ts';
import type { EmbeddingTransfer } from '../transfer/embedding-transfer.ts';
import { observePlan } from './observe-plan.ts';
import { toyModel } from './toy-model.ts';

const tokens = ['[UNK]', 'one', 'two'];

it('hands the signal of a search on to the engine', async () => {
  const searching: EmbeddingTransfer = {
    specificationVersion: 1,
    id: 'searching',
    needs: [],
    citation: { title: 'A strategy for testing the kit', url: 'https://example.org' },
    async plan({ compute }) {
      const index = await compute.openKeys(matrixFromRows([[1], [2]]));
      try {
        await index.topProducts(matrixFromRows([[1]]), 1, { signal: AbortSignal.abort('no longer wanted') });
      } finally {
        await index.dispose();
      }
      return { warnings: [] };
    },
  };
  const { plan, openKeys } = await observePlan({
    tokens,
    request: (made) => ({ strategy: searching, source: toyModel(tokens), target: toyModel(made).tokenizer }),
  });
  await expect(plan).rejects.toBe('no longer wanted');
  expect(openKeys()).toBe(0);
});
