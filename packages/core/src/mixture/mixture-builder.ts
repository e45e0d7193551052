import { LexigraftError, ShapeError } from '../errors/index.ts';
import { MAXIMUM_ENTRIES } from './recipe-size.ts';
import { isCopyOrigin, RowOrigin, rowOriginNames } from './row-origin.ts';
import type { Sampling, TokenMixture } from './token-mixture.ts';
import { validateMixture } from './validate-mixture.ts';

/** What a recipe is made for. */
export interface MixtureShape {
  /** Number of target ids. */
  readonly rows: number;
  /** Number of source ids. */
  readonly columns: number;
  readonly sampling: Sampling;
}

/** Writes a {@link TokenMixture} row by row, in any order; a row written twice keeps the later content. */
export interface MixtureBuilder {
  /** Takes over source row `source`; `origin` says how the match was found and is `copied` by default. */
  setCopied(target: number, source: number, origin?: RowOrigin): void;
  /** Mixes source rows. Ids may come in any order; the weights of an id named twice add up. */
  setMixed(target: number, ids: ArrayLike<number>, weights: ArrayLike<number>): void;
  /** Leaves the row to the recipe's distribution. */
  setSampled(target: number): void;
  /** Marks an id without a token. */
  setAbsent(target: number): void;
  /**
   * Returns the recipe.
   *
   * @throws {LexigraftError} `invalid-mixture` if a row was never set
   */
  build(): TokenMixture;
}

const UNSET = 255;

/**
 * Creates a builder for a recipe of `rows` target ids over `columns` source ids.
 *
 * Its methods throw `id-out-of-range`, `not-finite`, `invalid-mixture` or `shape-mismatch` at the row that is wrong, and `too-large` at the one with which
 * the recipe has more than 2^27 entries.
 */
export function createMixtureBuilder({ rows, columns, sampling }: MixtureShape): MixtureBuilder {
  const origins = new Uint8Array(rows).fill(UNSET);
  const starts = new Float64Array(rows);
  const lengths = new Uint32Array(rows);
  let ids = new Uint32Array(1024);
  let weights = new Float32Array(1024);
  let used = 0;

  function assertTarget(target: number): void {
    if (!(Number.isInteger(target) && target >= 0 && target < rows))
      throw new LexigraftError('id-out-of-range', `Target id ${target} does not exist: the recipe has ${rows} rows.`, {
        id: String(target),
        rows,
      });
  }

  function assertEntry(target: number, id: number, weight: number): void {
    if (!(Number.isInteger(id) && id >= 0 && id < columns))
      throw new LexigraftError('id-out-of-range', `Row ${target} names source id ${id}; there are ${columns} source ids.`, {
        row: target,
        id: String(id),
        columns,
      });
    if (!Number.isFinite(Math.fround(weight)))
      throw new LexigraftError('not-finite', `Row ${target} gives source id ${id} the weight ${weight}; weights must be finite.`, {
        row: target,
        id,
        weight: String(weight),
      });
  }

  /** The last defence: a strategy that can tell sooner refuses sooner. */
  function assertRoom(target: number, length: number): void {
    if (used + length <= MAXIMUM_ENTRIES) return;
    throw new LexigraftError(
      'too-large',
      `With row ${target} the recipe has ${used + length} entries where ${MAXIMUM_ENTRIES} fit; mix each row of fewer source rows.`,
      { row: target, entries: used + length, maximum: MAXIMUM_ENTRIES },
    );
  }

  /** Checks a whole row before any of it is kept. */
  function write(target: number, origin: RowOrigin, rowIds: ArrayLike<number>, rowWeights: ArrayLike<number>): void {
    assertTarget(target);
    const { length } = rowIds;
    assertRoom(target, length);
    for (let i = 0; i < length; i++) assertEntry(target, rowIds[i], rowWeights[i]);
    if (used + length > ids.length) {
      const capacity = Math.max(used + length, Math.min(2 * ids.length, MAXIMUM_ENTRIES));
      ids = enlarge(ids, new Uint32Array(capacity));
      weights = enlarge(weights, new Float32Array(capacity));
    }
    ids.set(rowIds, used);
    weights.set(rowWeights, used);
    origins[target] = origin;
    starts[target] = used;
    lengths[target] = length;
    used += length;
  }

  return {
    setCopied(target, source, origin = RowOrigin.copied) {
      if (!isCopyOrigin(origin))
        throw new LexigraftError('invalid-mixture', `Row ${target} cannot be taken over with origin \`${rowOriginNames[origin]}\`.`, {
          row: target,
          origin,
        });
      write(target, origin, [source], [1]);
    },
    setMixed(target, sourceIds, sourceWeights) {
      if (sourceWeights.length !== sourceIds.length) throw new ShapeError('weights', [sourceIds.length], [sourceWeights.length]);
      // Before a row without end is put in order.
      assertRoom(target, sourceIds.length);
      const row = isAscending(sourceIds) ? { ids: sourceIds, weights: sourceWeights } : mergeRow(sourceIds, sourceWeights);
      if (isZero(row.weights)) {
        throw new LexigraftError(
          'invalid-mixture',
          `Row ${target} has no weight other than 0, so it would be a zero row; mark it sampled instead.`,
          { row: target },
        );
      }
      write(target, RowOrigin.mixed, row.ids, row.weights);
    },
    setSampled(target) {
      write(target, RowOrigin.sampled, [], []);
    },
    setAbsent(target) {
      write(target, RowOrigin.absent, [], []);
    },
    build() {
      const missing = origins.indexOf(UNSET);
      if (missing >= 0)
        throw new LexigraftError('invalid-mixture', `Row ${missing} was never set; set every row, \`setSampled\` where nothing is known.`, {
          row: missing,
        });
      const offsets = new Uint32Array(rows + 1);
      for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row] + lengths[row];
      const mixture = {
        rows,
        columns,
        offsets,
        sourceIds: new Uint32Array(offsets[rows]),
        weights: new Float32Array(offsets[rows]),
        origins: origins.slice(),
        sampling,
      };
      for (let row = 0; row < rows; row++) {
        const [start, end] = [starts[row], starts[row] + lengths[row]];
        mixture.sourceIds.set(ids.subarray(start, end), offsets[row]);
        mixture.weights.set(weights.subarray(start, end), offsets[row]);
      }
      validateMixture(mixture);
      return mixture;
    },
  };
}

function isAscending(ids: ArrayLike<number>): boolean {
  for (let i = 1; i < ids.length; i++) if (!(ids[i] > ids[i - 1])) return false;
  return true;
}

function isZero(weights: ArrayLike<number>): boolean {
  return Array.prototype.every.call(weights, (weight: number) => Math.fround(weight) === 0);
}

/** Sorts a row by id and adds up the weights of equal ids. */
function mergeRow(ids: ArrayLike<number>, weights: ArrayLike<number>): { ids: number[]; weights: number[] } {
  const order = Array.from({ length: ids.length }, (_, i) => i).sort((a, b) => ids[a] - ids[b]);
  const merged: { ids: number[]; weights: number[] } = { ids: [], weights: [] };
  for (const i of order) {
    const last = merged.ids.length - 1;
    if (last >= 0 && merged.ids[last] === ids[i]) {
      merged.weights[last] += weights[i];
    } else {
      merged.ids.push(ids[i]);
      merged.weights.push(weights[i]);
    }
  }
  return merged;
}

function enlarge<T extends Uint32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
