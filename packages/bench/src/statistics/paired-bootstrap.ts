import { LexigraftError, randomStream } from '@lexigraft/core';
import { quantileSorted, standardDeviation } from 'simple-statistics';
import { groupBy } from './group-by.ts';

/** What resampling the items says of the difference of two means over the same items. */
export interface PairedBootstrap {
  /** Mean of the first less mean of the second. */
  readonly difference: number;
  /** Deviation of the difference over the resamples. */
  readonly standardError: number;
  /** 95 %, by percentiles. */
  readonly interval: readonly [lower: number, upper: number];
  /** Share of resamples with a difference of at most, and below, zero. */
  readonly shareAtMostZero: number;
  readonly shareBelowZero: number;
  /** Two-sided: twice the smaller of the shares on either side of zero, one resample counted in advance so that it is never 0. */
  readonly pValue: number;
  readonly resamples: number;
}

/** Means kept at a time, 32 MB of them; for further pairs the same draws are made again. */
const MEANS_AT_ONCE = 4e6;

/** Outcomes of two models on the same items. */
export interface PairedLists {
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** `[n]` weights of the means, e.g. bytes of each line. */
  readonly weights?: readonly number[];
}

/** How often and from where {@link pairedBootstrap} draws. */
export interface BootstrapOptions {
  /** @default 10000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
  /** `[n]` weights of the means, e.g. bytes of each line. */
  readonly weights?: readonly number[];
}

/**
 * Resamples items with replacement and compares the (weighted) means of `first` and `second` over them.
 *
 * @throws {LexigraftError} `shape-mismatch`, `empty-input`, `invalid-option`
 * @reference Efron and Tibshirani 1993, An Introduction to the Bootstrap
 * @complexity O(resamples · n)
 */
export function pairedBootstrap(first: readonly number[], second: readonly number[], options: BootstrapOptions = {}): PairedBootstrap {
  const { weights, ...draws } = options;
  return pairedBootstraps([{ first, second, ...(weights && { weights }) }], draws)[0];
}

/**
 * Does what {@link pairedBootstrap} does for many pairs, with the same results. Pairs of equally many items share their draws, which cost most.
 *
 * @throws {LexigraftError} as {@link pairedBootstrap}
 * @complexity O(resamples · n) draws, O(pairs · resamples · n) additions
 */
export function pairedBootstraps(pairs: readonly PairedLists[], options: Omit<BootstrapOptions, 'weights'> = {}): PairedBootstrap[] {
  const { resamples = 10_000, seed = 0 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 100 || resamples > 10_000_000)
    throw new LexigraftError('invalid-option', `\`resamples\` must be a whole number from 100 to 10,000,000; got ${resamples}.`, {
      resamples,
    });
  pairs.forEach(assertPaired);
  const found: PairedBootstrap[] = [];
  const weightings: Float64Array[] = [];
  for (const [n, alike] of groupBy([...pairs.keys()], (pair) => pairs[pair].first.length)) {
    const atOnce = Math.max(1, Math.floor(MEANS_AT_ONCE / resamples));
    for (let from = 0; from < alike.length; from += atOnce) {
      const block = alike.slice(from, from + atOnce);
      const lists = block.map((pair) => weightedDifferences(pairs[pair], weightings));
      const drawn = drawMeans(lists, n, resamples, seed);
      block.forEach((pair, position) => (found[pair] = summarize(lists[position], drawn[position])));
    }
  }
  return found;
}

function assertPaired({ first, second, weights }: PairedLists): void {
  const n = first.length;
  if (second.length !== n || (weights !== undefined && weights.length !== n))
    throw new LexigraftError(
      'shape-mismatch',
      `A paired comparison needs equally many outcomes on both sides; got ${n} and ${second.length}${weights === undefined ? '' : ` with ${weights.length} weights`}.`,
      { first: n, second: second.length },
    );
  if (n === 0) throw new LexigraftError('empty-input', 'A paired comparison needs at least one item; none was given.', {});
}

/** Differences of the outcomes of a pair, times their weights. */
interface Differences {
  readonly values: Float64Array;
  /** The same array for all pairs that weigh their items alike. */
  readonly weights: Float64Array;
}

function weightedDifferences({ first, second, weights: given }: PairedLists, known: Float64Array[]): Differences {
  const n = first.length;
  let weights = known.find((one) => one.length === n && one.every((weight, item) => weight === (given?.[item] ?? 1)));
  if (weights === undefined) {
    weights = given === undefined ? new Float64Array(n).fill(1) : Float64Array.from(given);
    known.push(weights);
  }
  return { values: Float64Array.from(first, (value, item) => (value - second[item]) * (given?.[item] ?? 1)), weights };
}

/** Means of resamples, `[lists][resamples]`. */
function drawMeans(lists: readonly Differences[], n: number, resamples: number, seed: number): Float64Array[] {
  const uniform = randomStream(seed, new TextEncoder().encode('paired bootstrap'));
  const drawn = lists.map(() => new Float64Array(resamples));
  const items = new Uint32Array(n);
  const totals = new Map(lists.map(({ weights }) => [weights, 0]));
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) items[i] = Math.floor(uniform() * n);
    for (const weights of totals.keys()) totals.set(weights, sumOver(weights, items));
    lists.forEach(({ values, weights }, index) => (drawn[index][r] = sumOver(values, items) / (totals.get(weights) ?? NaN)));
  }
  return drawn;
}

function sumOver(values: Float64Array, items: Uint32Array): number {
  let sum = 0;
  for (const item of items) sum += values[item];
  return sum;
}

function summarize({ values, weights }: Differences, drawnMeans: Float64Array): PairedBootstrap {
  const drawn = drawnMeans.sort();
  const resamples = drawn.length;
  const atMost = countBelow(drawn, (value) => value <= 0) / resamples;
  const below = countBelow(drawn, (value) => value < 0) / resamples;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const means = drawn as unknown as number[];
  return {
    difference: values.reduce((sum, value) => sum + value, 0) / total,
    standardError: standardDeviation(means),
    interval: [quantileSorted(means, 0.025), quantileSorted(means, 0.975)],
    shareAtMostZero: atMost,
    shareBelowZero: below,
    pValue: Math.min(1, (2 * (Math.min(atMost, 1 - below) * resamples + 1)) / (resamples + 1)),
    resamples,
  };
}

/** Number of leading entries of a sorted list that hold `test`. */
function countBelow(sorted: Float64Array, test: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
