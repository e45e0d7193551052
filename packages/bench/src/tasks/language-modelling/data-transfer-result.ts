import { randomStream, type Warning } from '@lexigraft/core';
import { quantileSorted } from 'simple-statistics';
import { digestTexts } from '../../data/digest.ts';
import { dataTransfer, publishedDataTransfer, type DataTransfer, type ScratchPoint } from '../../metrics/data-transfer.ts';
import type { MetricValue, TaskResult } from '../task-result.ts';
import type { BestLoss } from './train-to-best.ts';

/** Resamples of held-out lines behind the interval. */
const RESAMPLES = 1000;

/** What a {@link dataTransferResult} is made of. */
export interface DataTransferRuns {
  /** The models from nothing. */
  readonly curve: readonly BestLoss[];
  readonly transferred: BestLoss;
  readonly heldOut: readonly string[];
  readonly estimator: 'clean' | 'published';
  /** Of the resamples. */
  readonly seed: number;
  /** Most passes over a text. */
  readonly epochs: number;
}

/** Returns what transfer was worth, with intervals from resampling held-out lines. */
export function dataTransferResult({ curve, transferred: tuned, heldOut, estimator, seed, epochs }: DataTransferRuns): TaskResult {
  const weights = heldOut.map((text) => Buffer.byteLength(text, 'utf8'));
  const estimate = estimator === 'clean' ? dataTransfer : publishedDataTransfer;
  const at = (lines: readonly number[]): DataTransfer => {
    const loss = (nats: readonly number[]): number => {
      let [sum, bytes] = [0, 0];
      for (const line of lines) [sum, bytes] = [sum + nats[line], bytes + weights[line]];
      return sum / bytes;
    };
    const points: ScratchPoint[] = curve.map(({ bytes, nats }) => ({ bytes, loss: loss(nats) }));
    return estimate(points, loss(tuned.nats), tuned.bytes);
  };
  const all = weights.map((_, line) => line);
  const result = at(all);
  const uniform = randomStream(seed, new TextEncoder().encode('data transfer bootstrap'));
  const resampled = Array.from({ length: RESAMPLES }, () => at(all.map(() => Math.floor(uniform() * all.length))));
  const note = notes[result.position];
  const metric = (id: string, unit: MetricValue['unit'], of: (transfer: DataTransfer) => number | undefined): MetricValue => {
    const value = of(result) ?? null;
    const drawn = resampled.flatMap((transfer) => of(transfer) ?? []).sort((a, b) => a - b);
    // An interval that leaves out resamples beyond the curve would be too narrow.
    const whole = value !== null && drawn.length >= 0.95 * RESAMPLES;
    return {
      id,
      value,
      n: weights.length,
      higherIsBetter: true,
      unit,
      ...(whole && { interval: [quantileSorted(drawn, 0.025), quantileSorted(drawn, 0.975)] as const }),
      ...(note && { note }),
    };
  };
  const totalBytes = weights.reduce((sum, bytes) => sum + bytes, 0);
  const bits = (nats: readonly number[]): number => nats.reduce((sum, value) => sum + value, 0) / Math.LN2 / totalBytes;
  return {
    metrics: [
      metric('transferred-bytes', 'bytes', ({ transferredBytes }) => transferredBytes),
      metric('effective-bytes', 'bytes', ({ effectiveBytes }) => effectiveBytes),
      metric('fraction', 'share', ({ fraction }) => fraction),
      { id: 'bits-per-byte', value: bits(tuned.nats), n: weights.length, higherIsBetter: false, unit: 'bits-per-byte' },
    ],
    curves: [
      {
        id: 'from-nothing',
        xUnit: 'bytes',
        yUnit: 'bits-per-byte',
        higherIsBetter: false,
        points: curve.map(({ bytes, nats }) => ({ x: bytes, y: bits(nats) })),
      },
    ],
    warnings: unfinishedWarning(curve, tuned, epochs),
    facts: {
      items: digestTexts(heldOut),
      estimator,
      trainedBytes: tuned.bytes,
      outOfRange: resampled.filter(({ position }) => position !== 'within').length / RESAMPLES,
      ended: { transferred: tuned.ended, fromNothing: curve.map(({ ended }) => ended) },
    },
  };
}

/** Returns a warning where runs used all their passes before held-out text had stopped gaining: with more of them, their loss might be less. */
export function unfinishedWarning(
  curve: readonly Pick<BestLoss, 'bytes' | 'ended'>[],
  transferred: Pick<BestLoss, 'ended'>,
  epochs: number,
): readonly Warning[] {
  const sizes = curve.flatMap(({ bytes, ended }) => (ended === 'all-passes-used' ? [bytes] : []));
  const runs = [
    ...(transferred.ended === 'all-passes-used' ? ['of the transferred model'] : []),
    ...(sizes.length > 0 ? [`from nothing on ${sizes.join(', ')} bytes`] : []),
  ];
  if (runs.length === 0) return [];
  const message = `Training ${runs.join(' and ')} ended with its ${epochs} passes, before held-out text had stopped gaining, so the figure may change with more \`epochs\`.`;
  return [{ code: 'training-unfinished', message }];
}

const notes: Readonly<Record<DataTransfer['position'], string | undefined>> = {
  within: undefined,
  'worse-than-all': 'worse than the smallest model from nothing: out of the range of the curve',
  'better-than-all': 'better than the largest model from nothing: out of the range of the curve',
};
