import type { Transformer } from '@lexigraft/models';
import { encodeBare } from '../encoding/encode-sequences.ts';
import type { TextSide } from '../subject.ts';
import type { WorkContext } from '../task.ts';
import { textLosses, type Masking } from './text-losses.ts';
import { trainLanguage, type LanguageTraining } from './train-language.ts';

/** Why training ended: held-out text gained nothing more for as long as was waited, or all passes were used before that. */
export type TrainingEnd = 'no-further-gain' | 'all-passes-used';

/** The least loss of a training run over its passes, line by line. */
export interface BestLoss {
  /** Bytes of different text. */
  readonly bytes: number;
  /** `[lines]` nats */
  readonly nats: readonly number[];
  readonly ended: TrainingEnd;
}

/** What a model is trained on and judged by. */
export interface TrainingRun {
  readonly heldOut: readonly string[];
  /** Lines, of which the first that hold `bytes` bytes are taken: smaller parts lie within larger ones. */
  readonly text: readonly string[];
  readonly bytes: number;
  /** Name for whoever waits. */
  readonly stage: string;
}

/** How a model is trained to its best. */
export interface BestLossTraining extends Omit<LanguageTraining, 'bytes'> {
  /** Most passes over the text. */
  readonly epochs: number;
  /** Passes without a gain after which training ends. */
  readonly patience: number;
  readonly masking: Masking;
}

/**
 * Trains `model` on text, looks at held-out text after each pass, and returns the least loss seen; ends when nothing more is gained for
 * `patience` passes, or after `epochs` passes, and says which.
 *
 * The model is the caller's, and left as the last pass made it.
 */
export async function trainToBest(
  model: Transformer,
  side: TextSide,
  { heldOut, text, bytes, stage }: TrainingRun,
  settings: BestLossTraining,
  context: WorkContext,
): Promise<BestLoss> {
  const { signal } = context;
  const { masking, epochs, patience, ...training } = settings;
  const maximumLength = Math.min(settings.maximumLength, model.config.maximumLength);
  const lines = firstBytes(text, bytes);
  const encoded = await encodeBare(side, heldOut, signal);
  const own = lines.reduce((sum, line) => sum + Buffer.byteLength(line, 'utf8'), 0);
  const plan: LanguageTraining = { ...training, maximumLength, bytes: own * epochs };
  let best: BestLoss = { bytes: own, nats: [], ended: 'all-passes-used' };
  let [least, idle] = [Infinity, 0];
  const enough = new Error('no further gain');
  const report: WorkContext['report'] = ({ done, total }) => {
    context.report({ stage, done, total });
  };
  try {
    await trainLanguage(model, side, lines, plan, { ...context, report }, epochs, async () => {
      const { nats } = await textLosses(model, side, heldOut, { masking, maximumLength, encoded }, { signal, report: () => undefined });
      const total = nats.reduce((sum, value) => sum + value, 0);
      idle = total < least ? 0 : idle + 1;
      if (total < least) [least, best] = [total, { ...best, nats: [...nats] }];
      if (idle >= patience) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
    best = { ...best, ended: 'no-further-gain' };
  }
  return best;
}

/** The lines that `bytes` bytes hold; smaller parts lie within larger ones. */
function firstBytes(lines: readonly string[], bytes: number): readonly string[] {
  let taken = 0;
  const end = lines.findIndex((line) => (taken += Buffer.byteLength(line, 'utf8')) >= bytes);
  return end < 0 ? lines : lines.slice(0, end + 1);
}
