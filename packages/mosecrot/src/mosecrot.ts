import {
  draftRecipe,
  subwordVectors,
  tokenVectors,
  vectorsOf,
  withTarget,
  type Citation,
  type EmbeddingTransfer,
  type TokenVectors,
  type VocabularyInput,
} from '@lexigraft/core';
import { findAnchors, withoutAnchors } from './anchors.ts';
import { mixAnchors } from './mix-anchors.ts';
import { readMosecrotOptions, type MosecrotOptions, type MosecrotSettings } from './options.ts';
import { rebasedRecipe } from './rebased-source.ts';
import { fitSpace, tableOf } from './space.ts';
import { openSourceSide } from './source-side.ts';
import { mosecrotWarnings } from './warnings.ts';
import { sampling, writeTargetRows } from './write-rows.ts';

const citation: Citation = {
  title: 'MoSECroT: Model Stitching with Static Word Embeddings for Crosslingual Zero-shot Transfer (Ye, Liu, Ma and Schütze, 2024)',
  url: 'https://arxiv.org/abs/2401.04821',
  reference: 'section 2 of arXiv:2401.04821v2; no code was published',
};

/**
 * MoSECroT: static word vectors of the target language take the place of a model's embeddings, by way of anchors, words whose translation is known.
 *
 * E_s `[|V_s|, d]` source rows, A anchors n: a source token and a target word. A token's relative representation R is its cosines with all anchors, on
 * its own side: R_x,n = cos(E_s[x], E_s[n]) for source tokens, R_y,n = cos(u_y, u_n) with the word vectors u for target tokens. N(·) are the k anchors
 * of largest R. Both sides then become mixtures of the same source rows: F_s[x] = Σ w_n·E_s[n] over N(x), F_t[y] = Σ w_n·E_s[n] over N(y), with w one of
 * R / ΣR, softmax(R / τ), sparsemax(R / τ).
 *
 * The body is to be trained on the source language with F_s, `rebasedSource` of the plan, in place of E_s; F_t, its `input`, then replaces F_s. Special
 * tokens keep their rows on both sides. Needs word vectors of the target language and a lexicon. Figures per row: `nearestCosine`, `supportSize`.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `empty-input` if no pair of the lexicon can be an anchor, `too-large` for recipes of more than 2^27 entries
 * @reference Ye et al. 2024, arXiv:2401.04821v2, section 2; relative representations: Moschella et al. 2023, arXiv:2209.15430
 * @complexity O((|V_s| + |V_t|)·|A|·d); the whole source table in memory where it is rebased
 */
export function mosecrot(options: MosecrotOptions = {}): EmbeddingTransfer<'vectors' | 'lexicon'> {
  const settings = readMosecrotOptions(options);
  return {
    specificationVersion: 1,
    id: 'mosecrot',
    needs: ['vectors', 'lexicon'],
    citation,
    async plan(given) {
      const input = withTarget(given);
      const { source, target, resources, compute, signal, report } = input;
      const { vectors, lexicon } = resources;

      // A: pairs of the lexicon of which one side is a token and the other has a vector; zero rows have no direction to compare with.
      const found = await findAnchors({
        lexicon,
        source: source.tokenizer,
        vectors,
        settings,
        signal,
        onWords: (done, total) => {
          report({ stage: 'anchors', done, total });
        },
      });
      const sourceSide = await openSourceSide(input, found.sourceIds, settings.space);
      const anchors = withoutAnchors(found, sourceSide.isUsable);

      // F_s: source rows by way of their own relative representation.
      const rebasedSource = settings.rebase ? await rebasedRecipe(input, sourceSide, anchors.sourceIds, settings) : undefined;

      // F_t: the same on the side of the word vectors, with the source rows of the anchors.
      const { builder, open } = draftRecipe(input, { sampling, copyShared: false });
      const space = await targetVectors(input, settings);
      const explained = open.filter((id) => space.rowOf[id] >= 0);
      const toSpace = await fitSpace(settings.space, compute, tableOf(space.vectors), space.vectors.rows, signal);
      const mixtures = await mixAnchors(
        {
          points: await toSpace(vectorsOf(space, explained)),
          anchors: await toSpace(await vectors.vectorsOf(anchors.targetWords, signal)),
          sourceAnchors: sourceSide.anchors,
        },
        settings,
        input,
        'neighbours',
      );
      const { recipe, diagnostics, counts } = writeTargetRows(builder, {
        input,
        open,
        explained,
        mixtures,
        anchorIds: anchors.sourceIds,
        ...(rebasedSource && { rebasedSource }),
        settings,
      });
      return {
        vocabulary: { target: target.vocabulary, input: recipe, ...(rebasedSource && { rebasedSource }), diagnostics },
        warnings: mosecrotWarnings({ settings, open: open.length, counts, anchors: anchors.counts }),
      };
    },
  };
}

/** The vectors u of target tokens. */
function targetVectors(
  { target, resources, signal, report }: VocabularyInput<'vectors' | 'lexicon'>,
  { subwords, words }: MosecrotSettings,
): Promise<TokenVectors> {
  const onProgress = (done: number, total: number): void => {
    report({ stage: 'vectors', done, total });
  };
  return subwords === 'composed'
    ? tokenVectors(target.vocabulary, resources.vectors, { signal, onTokens: onProgress })
    : subwordVectors(target, resources.vectors, { words, weighting: 'rank', signal, onWords: onProgress });
}
