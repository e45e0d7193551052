import {
  draftRecipe,
  findHelperTokens,
  fitRows,
  helperVectors,
  readHelperRows,
  sparsemaxNeighbours,
  tokenVectors,
  usableAnchors,
  vectorsOf,
  withTarget,
  type Citation,
  type EmbeddingTable,
  type EmbeddingTransfer,
  type FittedRows,
  type HelperTokens,
  type Sampling,
  type TokenVectors,
  type VocabularyInput,
} from '@lexigraft/core';
import { fitDiagnostics } from './diagnostics.ts';
import { readSaltOptions, type SaltOptions, type SaltSettings } from './options.ts';
import { saltWarnings } from './warnings.ts';
import { writeRows, type Supports } from './write-rows.ts';

const citation: Citation = {
  title:
    'Semantic Aware Linear Transfer by Recycling Pre-trained Language Models for Cross-lingual Transfer (Lee, Hong, Moon and Lim, Findings of ACL 2025)',
  url: 'https://arxiv.org/abs/2505.10945',
  reference: 'equations 1-3 of arXiv:2505.10945v2, in the form α = e·A⁺; no code was published',
};

/** Step 1 of the paper: tokens without a vector are drawn from N(μ, σ) of the source rows. */
const sampling: Sampling = { distribution: 'normal', scale: 1 };

/**
 * Semantic Aware Linear Transfer: a token the source model does not know becomes the combination of shared tokens that best reproduces it in
 * the space of a small model of the target language, the helper.
 *
 * E_s `[|V_s|, h_s]` source rows, E_t `[|V_t|, h_t]` helper rows, f word vectors of the target language, O the tokens both vocabularies hold.
 * For a token i outside O: N_i = supp sparsemax{cos(f_i, f_o) : o ∈ O}, X_i = argmin ‖E_t[N_i]·X − E_s[N_i]‖, and its row is E_t[i]·X_i. That equals
 * α_i·E_s[N_i] with α_i = E_t[i]·E_t[N_i]⁺, which is what the recipe holds: X_i is never formed and the source rows are not read.
 *
 * Needs a helper model and word vectors; with `selectionSpace: 'helper'` only the helper. Figures per row: `supportSize`, `rank`, `conditionNumber`,
 * `captured` (‖α·A‖ / ‖e‖) and `weightNorm` (|α|₁).
 *
 * @throws {LexigraftError} `invalid-option`
 * @reference Lee et al. 2025, arXiv:2505.10945v2, steps 1-5; deviations are options, all off by default
 * @complexity O(|A|·|O|·dim f) for the selection, O(k²·h_t) for the fit of a token with k anchors
 */
export function salt(options: SaltOptions & { readonly selectionSpace: 'helper' }): EmbeddingTransfer<'helper'>;
export function salt(options?: SaltOptions): EmbeddingTransfer<'helper' | 'vectors'>;
export function salt(options: SaltOptions = {}): EmbeddingTransfer<'helper' | 'vectors'> {
  const settings = readSaltOptions(options);
  return {
    specificationVersion: 1,
    id: 'salt',
    needs: settings.selectionSpace === 'helper' ? ['helper'] : ['helper', 'vectors'],
    citation,
    async plan(given) {
      const input = withTarget(given);
      const { source, target, compute, workers, signal, report } = input;
      const { helper } = input.resources;

      // Step 2: tokens of O keep their source row; the others, A, are open.
      const { builder, open } = draftRecipe(input, { sampling });

      // Step 1: a vector for every token that has one; O and A are cut down to those.
      const helperTokens = await findHelperTokens(helper, target, signal);
      const space = await selectionSpace(settings, input, helperTokens, open);
      const anchors = usableAnchors(input, (id) => space.rowOf[id] >= 0 && helperTokens.isShared(id));
      const explained = anchors.targetIds.length === 0 ? new Uint32Array(0) : open.filter((id) => space.rowOf[id] >= 0);

      // Step 3: N_i, the anchors whose similarity survives sparsemax.
      const supports: Supports =
        explained.length === 0
          ? { offsets: new Uint32Array(1), ids: new Uint32Array(0), weights: new Float32Array(0) }
          : await sparsemaxNeighbours(compute, vectorsOf(space, explained), vectorsOf(space, anchors.targetIds), {
              // The weights of the selection enter a row only where a fit is not made; otherwise its support is all that is used.
              exact: helperTokens.sameTokenizer && settings.minimumAnchors <= 1 ? 'support' : 'weights',
              signal,
              onProgress: report,
            });

      // Step 4: α_i = E_t[i]·E_t[N_i]⁺ in the input embeddings of the helper, or in its head.
      const fit = async (table: EmbeddingTable, stage: string): Promise<FittedRows> => {
        // The stage begins with the reading of the rows, not with the first fit.
        if (explained.length > 0) report({ stage, done: 0, total: explained.length });
        return fitRows(workers, {
          targets: await readHelperRows(helperTokens, table, explained, signal),
          anchors: await readHelperRows(helperTokens, table, anchors.targetIds, signal),
          supports,
          rcond: settings.rcond,
          ridge: settings.ridge,
          signal,
          onProgress: (progress) => {
            report({ ...progress, stage });
          },
        });
      };
      const fits = await fit(helper.input, 'fits');
      const rows = { open, explained, anchors, supports, isKnown: helperTokens.isKnown, settings };
      const recipe = writeRows(builder, { ...rows, fits });
      const head = settings.head === 'refit' && source.output !== undefined ? helper.output : undefined;
      const output = head && writeRows(draftRecipe(input, { sampling }).builder, { ...rows, fits: await fit(head, 'head fits') });

      return {
        vocabulary: {
          target: target.vocabulary,
          input: recipe,
          ...(output && { output }),
          diagnostics: fitDiagnostics(target.vocabulary.size, { ...rows, fits }, recipe),
        },
        warnings: saltWarnings({ ...rows, fits, sameTokenizer: helperTokens.sameTokenizer, source, helper }),
      };
    },
  };
}

/** The vectors f in which neighbours are looked for. */
function selectionSpace(
  { selectionSpace: space, caseFallback }: SaltSettings,
  input: VocabularyInput<'helper' | 'vectors'>,
  helperTokens: HelperTokens,
  open: Uint32Array,
): Promise<TokenVectors> {
  const { target, resources, signal, report } = input;
  const { vocabulary } = target;
  if (space === 'helper') {
    const candidates = Uint32Array.from([...open, ...usableAnchors(input).targetIds]).sort();
    return helperVectors(helperTokens, resources.helper.input, candidates, vocabulary.size, signal);
  }
  return tokenVectors(vocabulary, resources.vectors, {
    caseFallback,
    signal,
    onTokens: (done, total) => {
      report({ stage: 'vectors', done, total });
    },
  });
}
