import {
  assertEntries,
  count,
  draftRecipe,
  quantity,
  readOptions,
  row,
  rowBlock,
  usableAnchors,
  vectorsOf,
  withTarget,
  type EmbeddingTransfer,
  type Matrix,
  type Warning,
} from '@lexigraft/core';
import { unexplained } from './convex-neighbours.ts';
import { helperSpace } from './helper-space.ts';

/** Options of {@link clp}. */
export interface ClpOptions {
  /**
   * Keep only this many shared tokens per new token, those with the largest |cosine|: a deviation that keeps the recipe small.
   *
   * @default all
   */
  readonly largest?: number;
  /**
   * A token whose cosines cancel, |Σ cos| ≤ `minimumSum` · Σ |cos|, is sampled: dividing by noise would give noise.
   *
   * @default 1e-6
   */
  readonly minimumSum?: number;
}

/** Cosines held at once: 16 MiB. */
const BLOCK_SCORES = 2 ** 22;

/**
 * CLP: a new token is the sum of all shared tokens, weighted by their cosine to it in the helper model's embeddings over the sum of these cosines.
 *
 * w_o = cos(x_i, x_o) / Σ_{o' ∈ O} cos(x_i, x_o'), signed, over all of O: weights may be negative, and a recipe row has |O| entries.
 *
 * @throws {LexigraftError} `invalid-option`; `too-large` for recipes of more than 2^27 entries
 * @reference Ostendorff and Rehm 2023, arXiv:2301.09626; matches malteos/clp-transfer@d42c1d4 except for how shared tokens are found
 * @complexity O(|A|·|O|·h_t) time, O(|A|·|O|) space
 */
export function clp(options: ClpOptions = {}): EmbeddingTransfer<'helper'> {
  const { largest, minimumSum } = readOptions('clp', options, {
    largest: count(1, undefined),
    minimumSum: quantity({ minimum: 0, below: 1 }, 1e-6),
  });
  return {
    specificationVersion: 1,
    id: 'clp',
    needs: ['helper'],
    citation: {
      title: 'Efficient Language Model Training through Cross-Lingual and Progressive Transfer Learning (Ostendorff and Rehm, 2023)',
      url: 'https://arxiv.org/abs/2301.09626',
      reference: 'malteos/clp-transfer@d42c1d4',
    },
    async plan(given) {
      const input = withTarget(given);
      const { target, compute, signal, report } = input;
      const { builder, open } = draftRecipe(input, { sampling: { distribution: 'normal', scale: 1 } });
      const space = await helperSpace(input);
      const anchors = usableAnchors(input, (id) => space.rowOf[id] >= 0);
      const explained = anchors.targetIds.length === 0 ? new Uint32Array(0) : open.filter((id) => space.rowOf[id] >= 0);
      assertEntries(
        'clp',
        explained.length * Math.min(largest ?? Infinity, anchors.targetIds.length),
        'set its option `largest`, or use `clp-plus`.',
      );

      const keys = normalized(vectorsOf(space, anchors.targetIds));
      const queries = normalized(vectorsOf(space, explained));
      const mixed = new Set<number>();
      const blockRows = Math.max(1, Math.floor(BLOCK_SCORES / Math.max(keys.rows, 1)));
      for (let start = 0; start < queries.rows; start += blockRows) {
        signal.throwIfAborted();
        const end = Math.min(start + blockRows, queries.rows);
        const cosines = await compute.matmul(rowBlock(queries, start, end), keys, { transposeB: true });
        for (let index = start; index < end; index++) {
          const kept = largestPositions(row(cosines, index - start), largest);
          const weights = signedShares(row(cosines, index - start), kept, minimumSum);
          if (weights === undefined) continue;
          builder.setMixed(
            explained[index],
            kept.map((anchor) => anchors.sourceIds[anchor]),
            weights,
          );
          mixed.add(explained[index]);
        }
        report({ stage: 'cosines', done: end, total: queries.rows });
      }
      for (const id of open) if (!mixed.has(id)) builder.setSampled(id);

      const cancelled: readonly Warning[] =
        mixed.size === explained.length
          ? []
          : [
              {
                code: 'cosines-cancel',
                message: `${(explained.length - mixed.size).toLocaleString('en-US')} new tokens have cosines that add up to nothing; their rows are sampled.`,
              },
            ];
      return {
        vocabulary: { target: target.vocabulary, input: builder.build() },
        warnings: [...unexplained(open.length, explained.length, anchors.targetIds.length), ...cancelled],
      };
    },
  };
}

/** w = cos / Σ cos over the kept positions, or undefined where the sum is noise. */
function signedShares(cosines: ArrayLike<number>, kept: Uint32Array, minimumSum: number): Float64Array | undefined {
  let [sum, magnitude] = [0, 0];
  for (const anchor of kept) {
    sum += cosines[anchor];
    magnitude += Math.abs(cosines[anchor]);
  }
  if (Math.abs(sum) <= minimumSum * magnitude) return undefined;
  return Float64Array.from(kept, (anchor) => cosines[anchor] / sum);
}

function largestPositions(cosines: ArrayLike<number>, largest: number | undefined): Uint32Array {
  const all = Uint32Array.from({ length: cosines.length }, (_, anchor) => anchor);
  if (largest === undefined || largest >= all.length) return all;
  return all
    .sort((a, b) => Math.abs(cosines[b]) - Math.abs(cosines[a]) || a - b)
    .slice(0, largest)
    .sort();
}

function normalized(vectors: Matrix): Matrix {
  for (let index = 0; index < vectors.rows; index++) {
    const values = row(vectors, index);
    const norm = Math.sqrt(values.reduce((squares, value) => squares + value * value, 0));
    for (let j = 0; j < values.length; j++) values[j] /= norm;
  }
  return vectors;
}
