import {
  subwordVectors,
  tokenVectors,
  type SubwordVectorOptions,
  type Tokenizer,
  type TokenVectors,
  type VocabularyInput,
  type Warning,
  type WordVectors,
} from '@lexigraft/core';
import { alignByLexicon, assertSameWidth, rotate, type LexiconAlignment } from './lexicon-alignment.ts';

/** Options that strategies over word vectors of both languages share. */
export interface AlignedSpaceOptions {
  /**
   * `composed`: the vector file makes a vector for a token's text, as fastText models do from character n-grams; in a file of whole words only
   * tokens that are words have one. `words`: the mean of the vectors of the words that are cut into pieces with the token among them.
   */
  readonly subwords?: 'composed' | 'words';
  /**
   * Commonest words of each vector file that `subwords: 'words'` cuts.
   *
   * @default 100000
   */
  readonly words?: number;
  /** `lexicon`: source vectors are rotated by orthogonal Procrustes over the pairs of the lexicon. `none`: both files lie in one space already. */
  readonly alignment?: 'lexicon' | 'none';
  /**
   * Pairs of words that case variants or repeated entries of the lexicon give more than once: `keep` counts each, as the code of WECHSEL does.
   *
   * @default 'keep'
   */
  readonly duplicatePairs?: 'keep' | 'drop';
}

/** {@link AlignedSpaceOptions}, complete, and how words are weighed. */
export type AlignedSpaceSettings = Required<AlignedSpaceOptions> & Pick<SubwordVectorOptions, 'weighting' | 'spellings'>;

/** Vectors of source and target tokens in one space. */
export interface AlignedSpaces {
  readonly source: TokenVectors;
  readonly target: TokenVectors;
  readonly warnings: readonly Warning[];
}

/**
 * Returns the vectors of source and target tokens in one space: aligned by a lexicon where the settings say so.
 *
 * @throws {LexigraftError} `shape-mismatch` if the files differ in width, `empty-input` if the lexicon has no pair of listed words; the abort reason
 */
export async function alignSpaces(
  input: VocabularyInput<'vectors' | 'sourceVectors' | 'lexicon'>,
  settings: AlignedSpaceSettings,
): Promise<AlignedSpaces> {
  const { source, target, resources, compute, signal, report } = input;
  const { vectors, sourceVectors } = resources;
  assertSameWidth(sourceVectors, vectors);
  const progress = (stage: string) => (done: number, total: number) => {
    report({ stage, done, total });
  };
  const alignment =
    settings.alignment === 'none'
      ? undefined
      : await alignByLexicon({
          compute,
          lexicon: resources.lexicon,
          source: sourceVectors,
          target: vectors,
          duplicates: settings.duplicatePairs,
          signal,
          onPairs: progress('alignment'),
        });
  const side = (tokenizer: Tokenizer, words: WordVectors, stage: string): Promise<TokenVectors> =>
    settings.subwords === 'composed'
      ? tokenVectors(tokenizer.vocabulary, words, { signal, onTokens: progress(stage) })
      : subwordVectors(tokenizer, words, { ...settings, signal, onWords: progress(stage) });
  const ofTarget = await side(target, vectors, 'vectors');
  const ofSource = await side(source.tokenizer, sourceVectors, 'source vectors');
  return {
    source: alignment === undefined ? ofSource : { ...ofSource, vectors: await rotate(compute, ofSource.vectors, alignment.rotation) },
    target: ofTarget,
    warnings: fewPairs(alignment),
  };
}

function fewPairs(alignment: LexiconAlignment | undefined): readonly Warning[] {
  if (alignment === undefined || alignment.pairs >= alignment.rotation.inputs) return [];
  return [
    {
      code: 'few-pairs',
      message: `The rotation of ${alignment.rotation.inputs} dimensions rests on ${alignment.pairs} pairs of words, too few to fix it; a larger lexicon is needed.`,
    },
  ];
}
