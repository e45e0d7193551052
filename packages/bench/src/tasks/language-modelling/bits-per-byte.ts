import { LexigraftError, type Warning } from '@lexigraft/core';
import { digestTexts } from '../../data/digest.ts';
import { loadLines, requireDataset } from '../../data/load-datasets.ts';
import { defineTask, type Task } from '../task.ts';
import { bitsPerByte } from './bits-per-byte-metric.ts';
import { passesOf, textLosses, type Masking } from './text-losses.ts';

/** How {@link bitsPerByteTask} reads. */
export interface BitsPerByteOptions {
  /** The first so many lines. */
  readonly lines?: number;
  /** Masked models. @default 'strided' */
  readonly masking?: Masking;
  /** Longest stretch read at once, special tokens included. @default 512 */
  readonly maximumLength?: number;
}

/** Unknown tokens hide what they stand for; above this share a low figure means little. */
const MOST_UNKNOWN = 0.01;

/**
 * Bits per byte of held-out text, which compare across tokenizers where perplexities do not: exact for causal models, a pseudo-likelihood for masked
 * ones. A masked model's figure is never to be set beside a causal one's.
 */
export function bitsPerByteTask(options: BitsPerByteOptions = {}): Task {
  const { lines, masking = 'strided', maximumLength = 512 } = options;
  const id = 'bits-per-byte';
  return defineTask<readonly string[]>({
    id,
    version: '1',
    models: ['causal', 'masked'],
    needs: ['heldOut'],
    uses: [],
    settings: { lines: lines ?? null, masking, maximumLength },
    work: ({ kind, bytesOf }) => passesOf(kind, masking) * bytesOf('heldOut', lines),
    async load({ datasets, signal }) {
      const all = await loadLines(requireDataset(datasets, 'heldOut', id), signal);
      return lines === undefined ? all : all.slice(0, lines);
    },
    async evaluate({ subject, data, signal, report }) {
      if (subject.kind === 'classification')
        throw new LexigraftError('invalid-option', 'A classifier has no language head to measure bits per byte with.', {});
      const model = await subject.model();
      const longest = Math.min(maximumLength, subject.maximumLength);
      const { nats, tokens, unknown } = await textLosses(
        model,
        subject.target,
        data,
        { masking, maximumLength: longest },
        { signal, report },
      );
      return {
        metrics: [bitsPerByte(data, nats)],
        warnings: unknownWarning(unknown, tokens),
        facts: {
          likelihood: subject.kind === 'causal' ? 'exact' : `pseudo, ${masking}`,
          items: digestTexts(data),
          tokens,
          unknownShare: unknown / tokens,
          // What a tokenizer takes off the text before it reads it is not predicted either.
          normalization: subject.target.tokenizer.vocabulary.normalization.map(({ type }) => type),
          endOfText: 'not scored',
        },
      };
    },
  });
}

/** Returns a warning when so many tokens are unknown that the figure flatters the tokenizer. */
export function unknownWarning(unknown: number, tokens: number): readonly Warning[] {
  if (unknown <= MOST_UNKNOWN * tokens) return [];
  const message = `${((100 * unknown) / tokens).toFixed(1)} % of the tokens are unknown and hide the text they stand for, so bits per byte come out too low.`;
  return [{ code: 'unknown-tokens', message }];
}
