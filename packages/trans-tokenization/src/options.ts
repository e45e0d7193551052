import { choice, count, flag, LexigraftError, quantity, readOptions, type OptionRule } from '@lexigraft/core';
import { alignmentModels, type AlignmentModel } from './align/align-corpus.ts';
import { longestSentence } from './align/encoded-corpus.ts';
import { symmetrisations, type Symmetrisation } from './align/symmetrise.ts';
import type { UnitKind } from './units/group-units.ts';

/** Options of `transTokenization`. Defaults in brackets are those of `fidelity: 'paper'`. */
export interface TransTokenizationOptions {
  /**
   * `paper`: the arithmetic of the released code (joined strings, whole counts rounded down and up to 1, smoothing that feeds on itself) and the published
   * settings. `recommended`: real numbers, token ids, both directions.
   *
   * @default 'recommended'
   */
  readonly fidelity?: 'recommended' | 'paper';
  /**
   * Where the evidence comes from; decides which resources are needed.
   *
   * @default 'text'
   */
  readonly from?: 'text' | 'lexicon' | 'both';
  /**
   * Align whole words, merged from tokens, or single tokens.
   *
   * @default 'words'
   */
  readonly units?: UnitKind;
  /**
   * Word alignment model; see `docs/align.md`.
   *
   * @default 'fertility' ['ibm1']
   */
  readonly model?: AlignmentModel;
  /**
   * `expected`: counts under the posterior of a fitted model (`ibm1`, `diagonal`). `links`: count the links themselves.
   *
   * @default 'expected' for fitted models, 'links' for sampled ones
   */
  readonly evidence?: 'expected' | 'links';
  /**
   * `both` aligns either way and keeps what both say (see `symmetrisation`; expected counts take the geometric mean); `forward` generates target from
   * source words alone, as published.
   *
   * @default 'both' ['forward']
   */
  readonly direction?: 'both' | 'forward';
  /**
   * How links of both directions become one.
   *
   * @default 'intersect'
   */
  readonly symmetrisation?: Symmetrisation;
  /**
   * Unit pairs with less evidence from text are dropped.
   *
   * @default 1 [10]
   */
  readonly minimumCount?: number;
  /**
   * Unit pairs with less than this share of the evidence of their target unit are dropped: it bounds the rows, and drops what misalignment leaves.
   *
   * @default 0.03 [0]
   */
  readonly minimumShare?: number;
  /**
   * Tokens both vocabularies hold: `blend` lets the evidence decide and counts the shared token once, as published; `copy` takes the source row.
   *
   * @default 'blend'
   */
  readonly sharedTokens?: 'blend' | 'copy';
  /**
   * Let tokens without evidence borrow from tokens that begin with them or stand in them.
   *
   * @default true
   */
  readonly smoothing?: boolean;
  /**
   * Tokens nothing is known of: `sample` draws their rows from the distribution of the source rows, `unknown` gives them the row of the unknown token, as published.
   *
   * @default 'sample' ['unknown']
   */
  readonly unmapped?: 'sample' | 'unknown';
  /**
   * What a lexicon pair of weight 1 counts, in sentence pairs.
   *
   * @default 10
   */
  readonly lexiconWeight?: number;
  /**
   * Sentence pairs with more units on a side are left out; 32767 at most.
   *
   * @default 512 [32767]
   */
  readonly longestSentence?: number;
  /**
   * Factor on the sweeps of the sampled models. Counts over a whole corpus need fewer sweeps than single links do: a tenth gives recipes that word lists cannot tell from more.
   *
   * @default 0.1
   */
  readonly effort?: number;
}

/** Left out, the model decides. */
const evidenceRule: OptionRule<'expected' | 'links' | undefined> = { ...choice(['expected', 'links'], 'links'), default: undefined };

/** {@link TransTokenizationOptions}, checked and completed. */
export type TransTokenizationSettings = Required<TransTokenizationOptions>;

/**
 * Returns the options with every default filled in.
 *
 * @throws {LexigraftError} `invalid-option` for a value outside its range, an unknown name, or evidence that the model does not give
 */
export function readTransTokenizationOptions(options: TransTokenizationOptions): TransTokenizationSettings {
  const paper = options.fidelity === 'paper';
  const { evidence, ...settings } = readOptions('trans-tokenization', options, {
    fidelity: choice(['recommended', 'paper'], 'recommended'),
    from: choice(['text', 'lexicon', 'both'], 'text'),
    units: choice(['words', 'tokens'], 'words'),
    model: choice(alignmentModels, paper ? 'ibm1' : 'fertility'),
    evidence: evidenceRule,
    direction: choice(['both', 'forward'], paper ? 'forward' : 'both'),
    symmetrisation: choice(symmetrisations, 'intersect'),
    minimumCount: quantity({ minimum: 0 }, paper ? 10 : 1),
    minimumShare: quantity({ minimum: 0, below: 1 }, paper ? 0 : 0.03),
    sharedTokens: choice(['blend', 'copy'], 'blend'),
    smoothing: flag(true),
    unmapped: choice(['sample', 'unknown'], paper ? 'unknown' : 'sample'),
    lexiconWeight: quantity({ minimum: 0 }, 10),
    longestSentence: count(1, paper ? longestSentence : 512, longestSentence),
    effort: quantity({ minimum: 0.01, below: 101 }, 0.1),
  });
  const isFitted = settings.model === 'ibm1' || settings.model === 'diagonal';
  if (evidence === 'expected' && !isFitted) {
    throw new LexigraftError(
      'invalid-option',
      `\`trans-tokenization\`: option \`evidence\` cannot be 'expected' with the model '${settings.model}', which is sampled; use 'ibm1' or 'diagonal', or 'links'.`,
      { strategy: 'trans-tokenization', option: 'evidence', model: settings.model },
    );
  }
  return { ...settings, evidence: evidence ?? (isFitted ? 'expected' : 'links') };
}
