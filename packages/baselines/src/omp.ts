import {
  assertEntries,
  choice,
  count,
  fitRows,
  LexigraftError,
  matchingPursuit,
  readOptions,
  withTarget,
  type EmbeddingTransfer,
  type VocabularyInput,
} from '@lexigraft/core';
import { planByAnchors, type ExplainByAnchors } from './anchored-plan.ts';

/** Options of {@link omp}. */
export interface OmpOptions {
  /**
   * k, the most shared tokens that make up a new one; not more than there are.
   *
   * @default 64
   */
  readonly atoms?: number;
  /**
   * `mergekit` chooses atoms by their inner product with the residual, so that long rows are chosen more often; otherwise lengths do not matter.
   *
   * @default 'none'
   */
  readonly compatibility?: 'none' | 'mergekit';
  /**
   * The output head of an untied model: its own pursuit in the helper's head, as published, or the weights of the input embeddings.
   *
   * @default 'refit'
   */
  readonly head?: 'refit' | 'same';
}

/** Singular values of chosen atoms below this share of the largest are dropped: far below what pursuit chooses. */
const RCOND = 1e-8;

/**
 * Orthogonal matching pursuit: every new token is the sum of at most k shared tokens that best reproduces it in the helper model, the tokens being
 * chosen one after another, each as the one that says most about what is still unexplained.
 *
 * D helper rows of shared tokens, t that of a new one: r₀ = t, i_j = argmax |⟨r_j, d⟩| / ‖d‖, r_{j+1} = t − its projection on d_{i_0} … d_{i_j}; the
 * weights are the least squares on the chosen rows. Ends early when ‖r‖ ≤ 10⁻⁶·‖t‖; beyond that mergekit returns weights of 10¹⁴. Figures per row:
 * `supportSize`, `captured` (‖α·D‖ / ‖t‖), `conditionNumber`.
 *
 * @throws {LexigraftError} `invalid-option`, from the plan too if there are fewer shared tokens than `atoms`; from the plan `too-large`
 * @reference Goddard and Fernandes Neto 2025, arXiv:2506.06607; with `compatibility: 'mergekit'` arcee-ai/mergekit@a6e4028, `batch_omp`, but for the early end
 * @complexity O(|O|²·h_t + |A|·|O|·(h_t + k²)) up to 2¹⁴ shared tokens, O(|A|·k·|O|·h_t) beyond
 */
export function omp(options: OmpOptions = {}): EmbeddingTransfer<'helper'> {
  const settings = readOptions('omp', options, {
    atoms: count(1, 64),
    compatibility: choice(['none', 'mergekit'], 'none'),
    head: choice(['refit', 'same'], 'refit'),
  });
  return {
    specificationVersion: 1,
    id: 'omp',
    needs: ['helper'],
    citation: {
      title: 'Training-Free Tokenizer Transplantation via Orthogonal Matching Pursuit (Goddard and Fernandes Neto, 2025)',
      url: 'https://arxiv.org/abs/2506.06607',
      reference: 'arcee-ai/mergekit@a6e4028',
    },
    async plan(given) {
      const input = withTarget(given);
      return planByAnchors(input, { sampling: { distribution: 'normal', scale: 1 }, head: settings.head }, pursue(input, settings));
    },
  };
}

function pursue(
  { compute, workers, signal, report }: VocabularyInput<'helper'>,
  { atoms: k, compatibility }: Required<OmpOptions>,
): ExplainByAnchors {
  return async (targets, atoms, stage) => {
    if (k > atoms.rows) {
      throw new LexigraftError(
        'invalid-option',
        `\`omp\`: option \`atoms\` is ${k}, but only ${atoms.rows} shared tokens have a row in the helper; set it to ${atoms.rows} or less.`,
        { strategy: 'omp', option: 'atoms', received: k, maximum: atoms.rows },
      );
    }
    assertEntries('omp', targets.rows * k, 'lower its option `atoms`.');
    const supports = await matchingPursuit(compute, workers, {
      targets,
      atoms,
      k,
      normalize: compatibility === 'none',
      signal,
      onProgress: (progress) => {
        report({ ...progress, stage: `${stage}${progress.stage}` });
      },
    });
    const { weights, captured, conditionNumber } = await fitRows(workers, {
      targets,
      anchors: atoms,
      supports,
      rcond: RCOND,
      signal,
      onProgress: (progress) => {
        report({ ...progress, stage: `${stage}${progress.stage}` });
      },
    });
    const supportSize = Uint32Array.from({ length: targets.rows }, (_, index) => supports.offsets[index + 1] - supports.offsets[index]);
    return { ...supports, weights, figures: { supportSize, captured, conditionNumber } };
  };
}
