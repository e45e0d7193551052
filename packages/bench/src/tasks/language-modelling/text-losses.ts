import type { Transformer } from '@lexigraft/models';
import { encodeBare } from '../encoding/encode-sequences.ts';
import { maskToken, prefixToken, specialIds } from '../encoding/special-ids.ts';
import type { TextSide } from '../subject.ts';
import type { ModelKind, WorkContext } from '../task.ts';
import { cutWindows } from './windows.ts';

/**
 * How tokens are hidden from a masked model. `one-by-one`: each alone, one pass per token. `strided`: every seventh token at once, seven passes per
 * text, about the share such models were trained with.
 */
export type Masking = 'one-by-one' | 'strided';

/** How {@link textLosses} reads a text. */
export interface LossOptions {
  readonly masking: Masking;
  readonly maximumLength: number;
  /** Encoded texts, where they are at hand; else they are encoded here. */
  readonly encoded?: readonly Uint32Array[];
}

/** What texts cost a model. */
export interface TextLosses {
  /** `[texts]` nats of each text */
  readonly nats: Float64Array;
  /** Tokens that were scored, and unknown ones among them, which stand for text they do not tell. */
  readonly tokens: number;
  readonly unknown: number;
}

/** Distance of tokens that are hidden together: one in seven is near the usual 15 %. */
const STRIDE = 7;

/** Returns about how often a text passes through a model of `kind` before all of its tokens have been predicted. */
export function passesOf(kind: ModelKind | undefined, masking: Masking): number {
  if (kind !== 'masked') return 1;
  // Lines have some thirty tokens.
  return masking === 'strided' ? STRIDE : 30;
}

/**
 * Returns the negative log-likelihood of each text in nats: for a causal model the exact one given the start token, for a masked model the pseudo
 * one, which is no likelihood of the text and compares only with itself.
 *
 * The token after the text is not scored. Texts longer than the model are read in windows with at least half of it as context.
 *
 * @reference Salazar et al. 2020, Masked Language Model Scoring, arXiv:1910.14659, for `one-by-one`
 */
export async function textLosses(
  model: Transformer,
  side: TextSide,
  texts: readonly string[],
  options: LossOptions,
  context: Pick<WorkContext, 'signal' | 'report'>,
): Promise<TextLosses> {
  const encoded = options.encoded ?? (await encodeBare(side, texts, context.signal));
  const nats = new Float64Array(texts.length);
  const unknownId = side.tokenizer.vocabulary.roles.unknown ?? -1;
  const [tokens, unknown] = [sum(encoded, () => true), sum(encoded, (id) => id === unknownId)];
  await (model.config.causal ? scoreCausal : scoreMasked)(model, side, encoded, options, context, nats);
  return { nats, tokens, unknown };
}

type Scorer = (
  model: Transformer,
  side: TextSide,
  encoded: readonly Uint32Array[],
  options: LossOptions,
  context: Pick<WorkContext, 'signal' | 'report'>,
  nats: Float64Array,
) => Promise<void>;

const scoreCausal: Scorer = async (model, side, encoded, { maximumLength }, { signal, report }, nats) => {
  const prefix = prefixToken(side.tokenizer.vocabulary).id;
  const windows = cutWindows(
    encoded.map(({ length }) => length),
    maximumLength - 1,
  );
  const sequences = windows.map(({ text, start, end }) => [prefix, ...encoded[text].subarray(start, end)]);
  const { offsets, logLikelihoods } = await model.tokenLogLikelihoods(sequences, {
    signal,
    onProgress: ({ done, total }) => {
      report({ stage: 'score', done, total });
    },
  });
  windows.forEach(({ text, start, scoredFrom }, window) => {
    // The sequence has one score less than tokens, and the start token is one more than the text's.
    for (let at = offsets[window] + (scoredFrom - start); at < offsets[window + 1]; at++) nats[text] -= logLikelihoods[at];
  });
};

const scoreMasked: Scorer = async (model, side, encoded, { maximumLength, masking }, { signal, report }, nats) => {
  const mask = maskToken(side.tokenizer.vocabulary);
  const special = specialIds(side.tokenizer.vocabulary);
  const { single } = side.template;
  const before = single.slice(
    0,
    single.findIndex((piece) => 'sequence' in piece),
  );
  const head = before.flatMap((piece) => ('special' in piece ? [...piece.ids] : []));
  const tail = single.slice(before.length + 1).flatMap((piece) => ('special' in piece ? [...piece.ids] : []));
  const windows = cutWindows(
    encoded.map(({ length }) => length),
    maximumLength - head.length - tail.length,
  );
  const sequences: Int32Array[] = [];
  const targets: { sequence: number; position: number; target: number }[] = [];
  const owners: number[] = [];
  for (const { text, start, end, scoredFrom } of windows) {
    const ids = Int32Array.from([...head, ...encoded[text].subarray(start, end), ...tail]);
    const scored = Array.from({ length: end - scoredFrom }, (_, i) => head.length + (scoredFrom - start) + i).filter(
      (position) => !special.has(ids[position]),
    );
    const groups = masking === 'strided' ? Math.min(STRIDE, scored.length) : scored.length;
    for (let group = 0; group < groups; group++) {
      const hidden = ids.slice();
      for (let at = group; at < scored.length; at += groups) {
        const position = scored[at];
        hidden[position] = mask;
        targets.push({ sequence: sequences.length, position, target: ids[position] });
        owners.push(text);
      }
      sequences.push(hidden);
    }
  }
  const { logLikelihoods } = await model.scoreTargets(sequences, targets, {
    signal,
    onProgress: ({ done, total }) => {
      report({ stage: 'score', done, total });
    },
  });
  owners.forEach((text, target) => {
    nats[text] -= logLikelihoods[target];
  });
};

function sum(encoded: readonly Uint32Array[], test: (id: number) => boolean): number {
  let count = 0;
  for (const ids of encoded) for (const id of ids) if (test(id)) count++;
  return count;
}
