import type { Anchors, FittedRows, MixtureBuilder, TokenMixture } from '@lexigraft/core';
import type { SaltSettings } from './options.ts';

/** Anchors of each explained token, as compressed rows of positions in the list of anchors, with the sparsemax weights that selected them. */
export interface Supports {
  readonly offsets: Uint32Array;
  readonly ids: Uint32Array;
  readonly weights: Float32Array;
}

/** The open rows of a recipe and what was found for them. */
export interface FittedTokens {
  /** Ascending target ids to write. */
  readonly open: Uint32Array;
  /** Ascending, those of `open` that have a vector. */
  readonly explained: Uint32Array;
  readonly anchors: Anchors;
  /** Row `i` belongs to `explained[i]`. */
  readonly supports: Supports;
  readonly fits: FittedRows;
  /** Whether the helper has a row for a target token, of its own or from pieces. */
  readonly isKnown: (targetId: number) => boolean;
  readonly settings: Pick<SaltSettings, 'minimumAnchors' | 'normMatching'>;
}

/** Writes every open row and returns the recipe: fitted, convex where a fit is not to be had or not wanted, sampled where nothing explains the token. */
export function writeRows(builder: MixtureBuilder, tokens: FittedTokens): TokenMixture {
  const { open, explained, anchors, supports } = tokens;
  let index = 0;
  for (const id of open) {
    const weights = explained[index] === id ? rowWeights(tokens, index) : undefined;
    if (weights === undefined) builder.setSampled(id);
    else
      builder.setMixed(
        id,
        supports.ids.subarray(supports.offsets[index], supports.offsets[index + 1]).map((anchor) => anchors.sourceIds[anchor]),
        weights,
      );
    if (explained[index] === id) index++;
  }
  return builder.build();
}

/** Whether the fit of the explained token at `index` counts: the helper has a row to fit, and enough anchors to fit it by. */
export function wasFitted(
  { explained, supports, isKnown, settings }: Pick<FittedTokens, 'explained' | 'supports' | 'isKnown' | 'settings'>,
  index: number,
): boolean {
  const anchors = supports.offsets[index + 1] - supports.offsets[index];
  return isKnown(explained[index]) && anchors >= Math.max(settings.minimumAnchors, 1);
}

function rowWeights(tokens: FittedTokens, index: number): Float32Array | undefined {
  const { supports, fits, settings } = tokens;
  const [start, end] = [supports.offsets[index], supports.offsets[index + 1]];
  if (end === start) return undefined;
  if (!wasFitted(tokens, index)) return supports.weights.subarray(start, end);
  // A helper row orthogonal to all its anchors says nothing about the token.
  const captured = fits.captured[index];
  if (!(captured > 0)) return undefined;
  const weights = fits.weights.subarray(start, end);
  return settings.normMatching === 'helper' ? weights.map((weight) => weight / captured) : weights;
}
