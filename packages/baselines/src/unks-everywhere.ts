import {
  assertEntries,
  choice,
  count,
  draftRecipe,
  drawKey,
  normalStream,
  readOptions,
  readRows,
  RowOrigin,
  withTarget,
  type EmbeddingTransfer,
  type TransferPlan,
  type VocabularyInput,
  type Warning,
} from '@lexigraft/core';
import { ordinaryTokens } from './nearest-sources.ts';
import { fitFactors, type TokenFactors } from './token-factors.ts';

/** Options of {@link unksEverywhere}. */
export interface UnksEverywhereOptions {
  /**
   * D′, the source tokens that all new rows are made of.
   *
   * @default 100
   */
  readonly factors?: number;
  /**
   * Ordinary shared tokens keep their rows, or what the factorisation leaves of them, as in a model whose table is factorised.
   *
   * @default 'copied'
   */
  readonly shared?: 'copied' | 'factorised';
}

/**
 * UNKs Everywhere: the source table is factorised, E ≈ F·G, shared tokens keep their place in it, and new tokens get coordinates F′ that still have to be
 * learned, drawn here from N(μ_F, Σ_F).
 *
 * G are the rows of D′ source tokens, each the middle of a k-means cluster, so that a recipe can hold a row f·G as D′ weights; the paper factorises by
 * semi-nonnegative matrix factorisation and published no code. Needs training like every baseline that draws rows.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `too-large` for recipes of more than 2^27 entries
 * @reference Pfeiffer, Vulić, Gurevych and Ruder 2021, arXiv:2012.15562, with one cluster (C = 1) and lexical initialisation
 * @complexity O(|V_s|·D′·d) on the engine; the source table is read once and never held
 */
export function unksEverywhere(options: UnksEverywhereOptions = {}): EmbeddingTransfer {
  const settings = readOptions('unks-everywhere', options, { factors: count(1, 100), shared: choice(['copied', 'factorised'], 'copied') });
  return {
    specificationVersion: 1,
    id: 'unks-everywhere',
    needs: [],
    citation: {
      title: 'UNKs Everywhere: Adapting Multilingual Language Models to New Scripts (Pfeiffer, Vulić, Gurevych and Ruder, EMNLP 2021)',
      url: 'https://arxiv.org/abs/2012.15562',
    },
    async plan(given) {
      return planFactors(withTarget(given), settings);
    },
  };
}

async function planFactors(input: VocabularyInput, settings: Required<UnksEverywhereOptions>): Promise<TransferPlan> {
  const { source, target, overlap, compute, signal, report, randomFor } = input;
  const { vocabulary } = target;
  const { builder, open } = draftRecipe(input, {
    sampling: { distribution: 'normal', scale: 1 },
    copyShared: settings.shared === 'copied',
  });
  const most = Math.min(settings.factors, ordinaryTokens(source.tokenizer.vocabulary).length);
  // The rows, or the covariance of their coordinates.
  assertEntries('unks-everywhere', Math.max(open.length, most) * most, 'lower its option `factors`.');
  const factors = await fitFactors({ compute, source, factors: settings.factors, signal, report });
  const isShared = (id: number): boolean => overlap.sourceIds[id] >= 0 && overlap.origins[id] !== RowOrigin.role;
  const refactored = open.filter(isShared);
  for (const id of open) {
    if (isShared(id)) continue;
    const normal = normalStream(randomFor(drawKey(vocabulary, id, 'factors')));
    setWeights(id, factors.draw(normal));
  }
  const rows = await readRows(
    source.input,
    refactored.map((id) => overlap.sourceIds[id]),
    { signal },
  );
  const coordinates = await factors.coordinates(rows);
  refactored.forEach((id, index) => {
    setWeights(id, coordinates.data.subarray(index * coordinates.columns, (index + 1) * coordinates.columns));
  });
  return { vocabulary: { target: vocabulary, input: builder.build() }, warnings: [spanned(factors)] };

  function setWeights(id: number, weights: ArrayLike<number>): void {
    if (Array.prototype.some.call(weights, (weight: number) => Math.fround(weight) !== 0)) builder.setMixed(id, factors.sourceIds, weights);
    else builder.setSampled(id);
  }
}

function spanned({ sourceIds, keptShare }: TokenFactors): Warning {
  return {
    code: 'factorisation',
    message: `${sourceIds.length.toLocaleString('en-US')} source tokens span ${(100 * keptShare).toFixed(1)} % of the squared norm of the source table; new rows are random within their span and have to be trained.`,
  };
}
