import { knn, ofa, omp, unksEverywhere, wechsel } from '@lexigraft/baselines';
import { planTransfer, type AnyEmbeddingTransfer, type Resources, type TransferRequest } from '@lexigraft/core';
import { toyModel, toyTokenizer, toyWordVectors } from '@lexigraft/core/testing';
import { expect, it } from 'vitest';

/** Just so many that as many new tokens, each of all of them, make more than 2^27 entries. */
const MANY = 11_600;

const named = (letter: string): readonly string[] => Array.from({ length: MANY }, (_, index) => `${letter}${index}`);
const [shared, fresh] = [named('s'), named('f')];
const targetTokens = [...shared, ...fresh];
const resources: Partial<Resources> = {
  helper: toyModel(targetTokens, { dimension: 1 }),
  vectors: toyWordVectors(targetTokens, { dimension: 1 }),
  sourceVectors: toyWordVectors(shared, { dimension: 1 }),
};

it.each<[string, AnyEmbeddingTransfer, number, string]>([
  ['knn', knn({ neighbours: 20_000 }), MANY * MANY, 'neighbours'],
  ['omp', omp({ atoms: MANY }), MANY * MANY, 'atoms'],
  ['ofa', ofa({ neighbours: 20_000, subwords: 'composed' }), MANY * MANY, 'neighbours'],
  ['wechsel', wechsel({ neighbours: 20_000, subwords: 'composed', alignment: 'none' }), 2 * MANY * MANY, 'neighbours'],
  ['unks-everywhere', unksEverywhere({ factors: 20_000 }), MANY * MANY, 'factors'],
])('refuses a recipe of %s that would not fit in memory, before it searches', async (id, strategy, entries, option) => {
  const request = { strategy, source: toyModel(shared, { dimension: 1 }), target: toyTokenizer(targetTokens), resources };
  await expect(planTransfer(request as TransferRequest)).rejects.toMatchObject({
    code: 'too-large',
    message: `\`${id}\` needs room for ${entries} entries where 134217728 fit; lower its option \`${option}\`.`,
  });
});
