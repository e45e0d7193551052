import { RowOrigin, type TokenMixture } from '@lexigraft/core';
import { wasFitted, type FittedTokens } from './write-rows.ts';

/**
 * Returns the figures of each row's fit, `[rows]` each, NaN for rows that were not fitted: `supportSize` k, `rank`, `conditionNumber` of the anchors
 * after the cut, `captured` ‖α·A‖ / ‖e‖, and `weightNorm` |α|₁ of the weights in the recipe.
 */
export function fitDiagnostics(rows: number, tokens: FittedTokens, recipe: TokenMixture): Readonly<Record<string, Float32Array>> {
  const { explained, supports, fits } = tokens;
  const none = (): Float32Array => new Float32Array(rows).fill(NaN);
  const [supportSize, rank, conditionNumber, captured, weightNorm] = [none(), none(), none(), none(), none()];
  explained.forEach((id, index) => {
    if (recipe.origins[id] !== RowOrigin.mixed || !wasFitted(tokens, index)) return;
    supportSize[id] = supports.offsets[index + 1] - supports.offsets[index];
    rank[id] = fits.rank[index];
    conditionNumber[id] = fits.conditionNumber[index];
    captured[id] = fits.captured[index];
    weightNorm[id] = recipe.weights.subarray(recipe.offsets[id], recipe.offsets[id + 1]).reduce((sum, weight) => sum + Math.abs(weight), 0);
  });
  return { supportSize, rank, conditionNumber, captured, weightNorm };
}
