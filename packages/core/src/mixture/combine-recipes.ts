import { LexigraftError, ShapeError } from '../errors/index.ts';
import { createMixtureBuilder } from './mixture-builder.ts';
import { mixtureRow, type MixtureRow } from './mixture-row.ts';
import { isCopyOrigin, RowOrigin } from './row-origin.ts';
import type { TokenMixture } from './token-mixture.ts';

/** A recipe and the strategy that made it. */
export interface MadeRecipe {
  readonly mixture: TokenMixture;
  /** Id of the strategy, for rows whose maker the recipe does not name itself. */
  readonly maker: string;
}

/**
 * Returns a recipe that takes each row from one of several, told which by `choose`; the row keeps its maker. Rows are sampled as recipe `sampledAs` says.
 *
 * @param sampledAs a position in `recipes`, by default the last
 * @throws {ShapeError} if the recipes differ in shape
 * @throws {LexigraftError} `empty-input` without recipes, `invalid-mixture` for more than 256 makers
 * @complexity O(rows · recipes + entries)
 */
export function chooseRows(
  recipes: readonly MadeRecipe[],
  choose: (row: number) => number,
  sampledAs: number = recipes.length - 1,
): TokenMixture {
  const { rows, columns, sampling } = commonShape(recipes, sampledAs);
  const builder = createMixtureBuilder({ rows, columns, sampling });
  const names = createMakers(rows, recipes);
  for (let id = 0; id < rows; id++) {
    const { mixture, maker } = recipes[choose(id)];
    const row = mixtureRow(mixture, id);
    if (row.origin === RowOrigin.absent) builder.setAbsent(id);
    else if (row.origin === RowOrigin.sampled) builder.setSampled(id);
    else if (row.origin === RowOrigin.mixed) builder.setMixed(id, row.sourceIds, row.weights);
    else builder.setCopied(id, row.sourceIds[0], row.origin);
    names.set(id, row.maker ?? maker);
  }
  return { ...builder.build(), ...names.finish() };
}

/** How {@link averageRows} treats rows that it does not average. */
export interface AverageOptions {
  /** Maker of the rows that several recipes make. */
  readonly together: string;
  /** Tells rows that are taken from one recipe whole. */
  readonly whole: (row: number) => boolean;
  /**
   * Position of the recipe that says how rows are sampled.
   *
   * @default recipes.length - 1
   */
  readonly sampledAs?: number;
}

/** A recipe with its share in a sum. */
export interface WeighedRecipe extends MadeRecipe {
  /** Positive; shares are divided by their sum over the recipes that have the row. */
  readonly share: number;
}

/**
 * Returns the weighted mean of recipes, row by row, over those that do not leave the row to sampling. A row on which all of them agree to take it over is
 * taken over. A row that only one has, and rows in `whole`, are those of one recipe, the first that has them; a row whose weights cancel is sampled.
 *
 * Rows that several recipes make have the maker `together`.
 *
 * @throws {ShapeError} if the recipes differ in shape
 * @throws {LexigraftError} `empty-input` without recipes
 * @complexity O(entries · log)
 */
export function averageRows(
  recipes: readonly WeighedRecipe[],
  { together, whole, sampledAs = recipes.length - 1 }: AverageOptions,
): TokenMixture {
  const { rows, columns, sampling } = commonShape(recipes, sampledAs);
  const builder = createMixtureBuilder({ rows, columns, sampling });
  const names = createMakers(rows, recipes);
  for (let id = 0; id < rows; id++) {
    const all = recipes.map((recipe) => ({ ...recipe, row: mixtureRow(recipe.mixture, id) }));
    const made = all.filter(({ row }) => row.origin !== RowOrigin.sampled && row.origin !== RowOrigin.absent);
    const first = made.at(0);
    if (all[0].row.origin === RowOrigin.absent) builder.setAbsent(id);
    else if (first === undefined) builder.setSampled(id);
    else if (made.length === 1 || whole(id) || made.every(({ row }) => isSameCopy(row, first.row))) write(id, first.row);
    else {
      const total = made.reduce((sum, { share }) => sum + share, 0);
      const sums = new Map<number, number>();
      for (const { row, share } of made)
        row.sourceIds.forEach((source, entry) => sums.set(source, (sums.get(source) ?? 0) + (row.weights[entry] * share) / total));
      const weights = [...sums.values()];
      if (weights.every((weight) => Math.fround(weight) === 0)) builder.setSampled(id);
      else builder.setMixed(id, [...sums.keys()], weights);
      names.set(id, together);
      continue;
    }
    const maker = first ?? all[sampledAs];
    names.set(id, maker.row.maker ?? maker.maker);
  }
  return { ...builder.build(), ...names.finish() };

  function write(id: number, row: MixtureRow): void {
    if (isCopyOrigin(row.origin)) builder.setCopied(id, row.sourceIds[0], row.origin);
    else builder.setMixed(id, row.sourceIds, row.weights);
  }
}

function isSameCopy(row: MixtureRow, other: MixtureRow): boolean {
  return isCopyOrigin(row.origin) && row.origin === other.origin && row.sourceIds[0] === other.sourceIds[0];
}

function commonShape(recipes: readonly MadeRecipe[], sampledAs: number): Pick<TokenMixture, 'rows' | 'columns' | 'sampling'> {
  if (recipes.length === 0) throw new LexigraftError('empty-input', 'There is no recipe to combine.');
  const { rows, columns, sampling } = recipes[sampledAs].mixture;
  for (const { mixture, maker } of recipes)
    if (mixture.rows !== rows || mixture.columns !== columns)
      throw new ShapeError(`the recipe of ${maker}`, [rows, columns], [mixture.rows, mixture.columns]);
  return { rows, columns, sampling };
}

/** Numbers the makers of rows as they turn up. */
function createMakers(
  rows: number,
  [{ maker: first }]: readonly MadeRecipe[],
): {
  readonly set: (row: number, maker: string) => void;
  readonly finish: () => { readonly makers: Uint8Array; readonly strategies: readonly string[] };
} {
  const makers = new Uint8Array(rows);
  const numbers = new Map<string, number>();
  return {
    set(row, maker) {
      const number = numbers.get(maker) ?? numbers.size;
      if (number > 255)
        throw new LexigraftError('invalid-mixture', `More than 256 strategies made rows of one recipe; row ${row} is by \`${maker}\`.`, {
          row,
          maker,
        });
      numbers.set(maker, number);
      makers[row] = number;
    },
    finish: () => ({ makers, strategies: numbers.size === 0 ? [first] : [...numbers.keys()] }),
  };
}
