import { choice, count, positive, readOptions, withTarget, type EmbeddingTransfer } from '@lexigraft/core';
import { alignSpaces, type AlignedSpaceOptions } from './aligned-space.ts';
import { planNearestSources } from './nearest-sources.ts';

/** Options of {@link wechsel}; `subwords` is `'composed'` and `alignment` `'lexicon'` by default, as published. */
export interface WechselOptions extends AlignedSpaceOptions {
  /**
   * Source tokens that make up a new token.
   *
   * @default 10
   */
  readonly neighbours?: number;
  /**
   * τ of softmax(cos / τ); smaller values leave more to the nearest token.
   *
   * @default 0.1
   */
  readonly temperature?: number;
}

/**
 * WECHSEL: every target token is the mean of the source tokens whose static vectors are nearest to its own, in one space for both languages.
 *
 * u(x) vector of a token, R rotation of the source space by the lexicon: the row of x is Σ w_y·E_s[y] over the k source tokens y of largest
 * cos(u(x), u(y)·R), w = softmax(cos / τ). Shared tokens are made anew like all others; only special tokens are taken over. With
 * `subwords: 'words'` words are weighted by 1 / rank, where the published code has frequencies.
 *
 * Needs word vectors of both languages and a lexicon; with `alignment: 'none'` no lexicon. Figure per row: `nearestCosine`.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `empty-input` if the lexicon has no word of the vectors, `shape-mismatch`, `too-large`
 * @reference Minixhofer et al. 2022, arXiv:2112.06598; matches CPJKU/wechsel@395e3d4 except that special source tokens are no neighbours
 * @complexity O(|V_t|·|V_s|·d)
 */
export function wechsel(options: WechselOptions & { readonly alignment: 'none' }): EmbeddingTransfer<'vectors' | 'sourceVectors'>;
export function wechsel(options?: WechselOptions): EmbeddingTransfer<'vectors' | 'sourceVectors' | 'lexicon'>;
export function wechsel(options: WechselOptions = {}): EmbeddingTransfer<'vectors' | 'sourceVectors' | 'lexicon'> {
  const settings = readOptions('wechsel', options, {
    neighbours: count(1, 10),
    temperature: positive(0.1),
    subwords: choice(['composed', 'words'], 'composed'),
    words: count(1, 100_000),
    alignment: choice(['lexicon', 'none'], 'lexicon'),
    duplicatePairs: choice(['keep', 'drop'], 'keep'),
  });
  return {
    specificationVersion: 1,
    id: 'wechsel',
    needs: settings.alignment === 'none' ? ['vectors', 'sourceVectors'] : ['vectors', 'sourceVectors', 'lexicon'],
    citation: {
      title:
        'WECHSEL: Effective initialization of subword embeddings for cross-lingual transfer of monolingual language models (Minixhofer, Paischer and Rekabsaz, NAACL 2022)',
      url: 'https://arxiv.org/abs/2112.06598',
      reference: 'CPJKU/wechsel@395e3d4',
    },
    async plan(given) {
      const input = withTarget(given);
      const spaces = await alignSpaces(input, { ...settings, weighting: 'rank' });
      return planNearestSources(input, spaces, { ...settings, strategy: 'wechsel', copyShared: false });
    },
  };
}
