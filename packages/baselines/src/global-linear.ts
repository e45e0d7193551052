import {
  assertEntries,
  choice,
  count,
  findHelperTokens,
  quantity,
  readOptions,
  readRows,
  row,
  rowBlock,
  vectorsOf,
  withTarget,
  type Anchors,
  type EmbeddingTable,
  type EmbeddingTransfer,
  type HelperTokens,
  type TransferPlan,
  type VocabularyInput,
} from '@lexigraft/core';
import { draftOverHelper, type AnchoredRecipe } from './anchored-plan.ts';
import { unexplained } from './convex-neighbours.ts';
import { fitRowWeights, type GlobalMap, type RowWeights } from './row-weights.ts';

/** Options of {@link globalLinear}. */
export interface GlobalLinearOptions {
  /**
   * `least-squares`: x ↦ x·W. `affine`: x ↦ x·W + b. `procrustes`: x ↦ x·R with R orthogonal. `standardized-procrustes`: both spaces are standardised by
   * column and divided by the mean length of their rows first, as SAVA does.
   *
   * @default 'least-squares'
   */
  readonly map?: GlobalMap;
  /**
   * Most shared tokens the map is fitted on, those of lowest source id, which most vocabularies give to their commonest tokens. A recipe takes 8 bytes
   * for each of them and each new token.
   *
   * @default 2048
   */
  readonly anchors?: number;
  /**
   * Singular values below `rcond` times the largest are dropped.
   *
   * @default 1e-5
   */
  readonly rcond?: number;
  /**
   * Divisor of the variances in `standardized-procrustes`: n, or n − 1.
   *
   * @default 'population'
   */
  readonly deviation?: 'population' | 'sample';
  /**
   * The output head of an untied model: a map of its own, fitted between the heads, or the weights of the input embeddings.
   *
   * @default 'refit'
   */
  readonly head?: 'refit' | 'same';
}

/** New tokens whose weights are made at a time. */
const BLOCK_TOKENS = 1024;

/**
 * One linear map for all tokens, from the helper's embeddings to the source model's, fitted on shared tokens: the global form of SALT.
 *
 * A helper rows and B source rows of the shared tokens. Every map of the four sends a row x to Σ α_i·B_i with α = f(x)·P + c, where P depends on A and, for
 * the orthogonal ones, on B: so the recipe is exact, and dense over the anchors. It is not small, which is why `anchors` bounds it.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `too-large` for recipes of more than 2^27 entries
 * @reference de Vries and Nissim 2021, arXiv:2012.05628 (least squares); Moroni et al. 2025, arXiv:2504.17025, SAVA (standardised Procrustes; its anchors
 * are drawn at random)
 * @complexity O(n·h_t·h_s + |A|·n·h_t) for n anchors; O(|A|·n) space
 */
export function globalLinear(options: GlobalLinearOptions = {}): EmbeddingTransfer<'helper'> {
  const settings = readOptions('global-linear', options, {
    map: choice(['least-squares', 'affine', 'procrustes', 'standardized-procrustes'], 'least-squares'),
    anchors: count(1, 2048),
    rcond: quantity({ minimum: 0, below: 1 }, 1e-5),
    deviation: choice(['population', 'sample'], 'population'),
    head: choice(['refit', 'same'], 'refit'),
  });
  return {
    specificationVersion: 1,
    id: 'global-linear',
    needs: ['helper'],
    citation: {
      title:
        'As Good as New. How to Successfully Recycle English GPT-2 to Make Models for Other Languages (de Vries and Nissim, Findings of ACL 2021)',
      url: 'https://arxiv.org/abs/2012.05628',
    },
    async plan(given) {
      const input = withTarget(given);
      return planGlobal(input, settings);
    },
  };
}

async function planGlobal(input: VocabularyInput<'helper'>, settings: Required<GlobalLinearOptions>): Promise<TransferPlan> {
  const { source, target, resources, signal } = input;
  const { helper } = resources;
  const tokens = await findHelperTokens(helper, target, signal);
  const first = await mapTable(input, tokens, { from: helper.input, to: source.input, stage: 'rows' }, settings);
  const heads =
    settings.head === 'refit' && source.output !== undefined && helper.output !== undefined
      ? { from: helper.output, to: source.output, stage: 'head rows' }
      : undefined;
  const second = heads && (await mapTable(input, tokens, heads, settings));
  return {
    vocabulary: { target: target.vocabulary, input: first.recipe, ...(second && { output: second.recipe }), diagnostics: first.figures },
    warnings: first.warnings,
  };
}

interface MappedTables {
  readonly from: EmbeddingTable;
  readonly to: EmbeddingTable;
  readonly stage: string;
}

async function mapTable(
  input: VocabularyInput<'helper'>,
  tokens: HelperTokens,
  { from, to, stage }: MappedTables,
  settings: Required<GlobalLinearOptions>,
): Promise<AnchoredRecipe> {
  const { compute, signal, report, target } = input;
  const {
    builder,
    open,
    anchors: shared,
    explained,
    space,
  } = await draftOverHelper(input, tokens, from, { distribution: 'normal', scale: 1 });
  const anchors = lowestAnchors(shared, settings.anchors);
  assertEntries('global-linear', explained.length * anchors.sourceIds.length, 'lower its option `anchors`.');
  const weightNorm = new Float32Array(target.vocabulary.size).fill(NaN);
  const mixed = new Set<number>();
  if (explained.length > 0) {
    const map = await fitRowWeights(compute, settings, {
      from: vectorsOf(space, anchors.targetIds),
      to: await readRows(to, anchors.sourceIds, { signal }),
    });
    const rows = vectorsOf(space, explained);
    for (let start = 0; start < rows.rows; start += BLOCK_TOKENS) {
      signal.throwIfAborted();
      const end = Math.min(start + BLOCK_TOKENS, rows.rows);
      const weights = await compute.matmul(map.prepare(rowBlock(rows, start, end)), map.weights);
      for (let index = start; index < end; index++) {
        const own = withConstant(row(weights, index - start), map);
        const norm = own.reduce((sum, weight) => sum + Math.abs(weight), 0);
        if (norm === 0) continue;
        builder.setMixed(explained[index], anchors.sourceIds, own);
        weightNorm[explained[index]] = norm;
        mixed.add(explained[index]);
      }
      report({ stage, done: end, total: rows.rows });
    }
  }
  for (const id of open) if (!mixed.has(id)) builder.setSampled(id);
  return {
    recipe: builder.build(),
    figures: { weightNorm },
    warnings: unexplained(open.length, mixed.size, anchors.targetIds.length),
  };
}

function withConstant(weights: Float32Array, { constant }: RowWeights): Float32Array {
  if (constant !== 0) for (let index = 0; index < weights.length; index++) weights[index] += constant;
  return weights;
}

/** The anchors of lowest source id, ascending, one for each source token. */
function lowestAnchors({ targetIds, sourceIds }: Anchors, most: number): Anchors {
  const targetOf = new Map<number, number>();
  sourceIds.forEach((sourceId, index) => {
    if (!targetOf.has(sourceId)) targetOf.set(sourceId, targetIds[index]);
  });
  const kept = Uint32Array.from(targetOf.keys()).sort().subarray(0, most);
  return { sourceIds: kept, targetIds: kept.map((sourceId) => targetOf.get(sourceId) ?? 0) };
}
