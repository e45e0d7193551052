import {
  choice,
  count,
  positive,
  readOptions,
  withTarget,
  type EmbeddingTransfer,
  type TransferInput,
  type Warning,
} from '@lexigraft/core';
import { alignSpaces, type AlignedSpaceOptions } from './aligned-space.ts';
import { measureFactors } from './factorize-table.ts';
import { planNearestSources } from './nearest-sources.ts';

/** Options of {@link ofa}; `subwords` is `'words'` and `alignment` `'none'` by default, as published. */
export interface OfaOptions extends AlignedSpaceOptions {
  /**
   * Source tokens that make up a new token.
   *
   * @default 10
   */
  readonly neighbours?: number;
  /**
   * τ of softmax(cos / τ).
   *
   * @default 0.1
   */
  readonly temperature?: number;
  /**
   * Says in a warning how much of the source table a factorisation into this many dimensions, the paper's D′, would keep and what it would save. The
   * recipe is that of the full table in any case.
   *
   * @default undefined
   */
  readonly factorDimension?: number;
}

/**
 * OFA without factorisation: shared tokens are copied, every other is the mean of the source tokens of nearest multilingual word vectors, with
 * weights softmax(cos / τ).
 *
 * A token's vector is the plain mean of the vectors of the words it occurs in, each written alone, after a blank and with a capital. `vectors` and
 * `sourceVectors` must lie in one space; one multilingual file may serve as both. Figure per row: `nearestCosine`.
 *
 * The factorised model of the paper is another architecture: `factorizeTable` makes its two matrices, and `factorDimension` tells what they cost.
 *
 * @throws {LexigraftError} `invalid-option`; from the plan `shape-mismatch`, `too-large`, and `empty-input` with a lexicon without known words
 * @reference Liu et al. 2024, arXiv:2311.08849; cisnlp/ofa@73fce73 except for how shared tokens are found
 * @complexity O(|V_t|·|V_s|·d)
 */
export function ofa(options: OfaOptions & { readonly alignment: 'lexicon' }): EmbeddingTransfer<'vectors' | 'sourceVectors' | 'lexicon'>;
export function ofa(options?: OfaOptions): EmbeddingTransfer<'vectors' | 'sourceVectors'>;
export function ofa(options: OfaOptions = {}): EmbeddingTransfer<'vectors' | 'sourceVectors' | 'lexicon'> {
  const { factorDimension, ...settings } = readOptions('ofa', options, {
    neighbours: count(1, 10),
    temperature: positive(0.1),
    subwords: choice(['composed', 'words'], 'words'),
    words: count(1, 100_000),
    alignment: choice(['lexicon', 'none'], 'none'),
    duplicatePairs: choice(['keep', 'drop'], 'keep'),
    factorDimension: count(1, undefined),
  });
  return {
    specificationVersion: 1,
    id: 'ofa',
    needs: settings.alignment === 'none' ? ['vectors', 'sourceVectors'] : ['vectors', 'sourceVectors', 'lexicon'],
    citation: {
      title:
        'OFA: A Framework of Initializing Unseen Subword Embeddings for Efficient Large-scale Multilingual Continued Pretraining (Liu, Lin, Wang and Schütze, Findings of NAACL 2024)',
      url: 'https://arxiv.org/abs/2311.08849',
      reference: 'cisnlp/ofa@73fce73',
    },
    async plan(given) {
      const input = withTarget(given);
      const spaces = await alignSpaces(input, { ...settings, weighting: 'uniform', spellings: ['alone', 'after-blank', 'capitalised'] });
      const plan = await planNearestSources(input, spaces, { ...settings, strategy: 'ofa', copyShared: true });
      return { ...plan, warnings: [...plan.warnings, ...(await factorNote(input, factorDimension))] };
    },
  };
}

async function factorNote({ source, compute, signal, report }: TransferInput, dimension: number | undefined): Promise<readonly Warning[]> {
  if (dimension === undefined) return [];
  const { input, tokenizer } = source;
  const { keptShare } = await measureFactors(compute, input, tokenizer.vocabulary.size, dimension, {
    signal,
    onRows: (done, total) => {
      report({ stage: 'factors', done, total });
    },
  });
  const [whole, factored] = [
    tokenizer.vocabulary.size * input.columns,
    (tokenizer.vocabulary.size + input.columns) * Math.min(dimension, input.columns),
  ];
  return [
    {
      code: 'factorisation',
      message: `${dimension.toLocaleString('en-US')} of ${input.columns.toLocaleString('en-US')} dimensions would keep ${(100 * keptShare).toFixed(1)} % of the squared norm of the source table, with ${factored.toLocaleString('en-US')} parameters instead of ${whole.toLocaleString('en-US')}.`,
    },
  ];
}
