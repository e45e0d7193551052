import { LexigraftError } from '@lexigraft/core';
import type { ConfigReader } from '../config-reader.ts';
import type { Tensor4D, Tfjs } from '../tfjs.ts';

/** How queries and keys turn. */
export interface RotaryPositions {
  /** Radians per token, `[headDimension / 2]`, for a sequence of that many positions. */
  readonly frequencies: (length: number) => Float64Array;
  /** Factor of rotated queries and keys; 1 but with YaRN. */
  readonly amplitude: number;
  /** Most tokens of a sequence. */
  readonly maximumLength: number;
}

/** Tables `[rows, length, 1, headDimension / 2]`. */
export interface Rotation {
  readonly cosines: Tensor4D;
  readonly sines: Tensor4D;
}

/**
 * Reads the frequencies a config.json asks for: `rope_theta` with `rope_scaling` of type linear, dynamic, llama3 or yarn, or the newer `rope_parameters`.
 *
 * Scaling lets a model take `factor` times the length it was trained on. That length is `max_position_embeddings` with linear and dynamic scaling (linear and
 * yarn may name it as `original_max_position_embeddings`; dynamic scaling does not read that, as in transformers); a `max_position_embeddings` that is longer than
 * the product counts, and llama3 always comes with the length it reaches.
 *
 * @reference Su et al. 2021, arXiv:2104.09864; YaRN: Peng et al. 2023, arXiv:2309.00071; scaling as in huggingface/transformers `modeling_rope_utils.py`
 * @throws {LexigraftError} `unsupported-architecture` for another scaling
 */
export function readRotary(reader: ConfigReader, headDimension: number, where: string): RotaryPositions {
  const scaling = reader.nested('rope_parameters') ?? reader.nested('rope_scaling');
  const base = scaling?.has('rope_theta') ? scaling.number('rope_theta') : reader.number('rope_theta', 10_000);
  const kind = scaling ? scaling.text('rope_type', scaling.text('type', 'default')) : 'default';
  const plain = frequencies(base, headDimension);
  const stated = reader.integer('max_position_embeddings');
  if (scaling === undefined || kind === 'default') return { frequencies: () => plain, amplitude: 1, maximumLength: stated };
  switch (kind) {
    case 'linear': {
      const factor = scaling.number('factor');
      const slower = plain.map((frequency) => frequency / factor);
      const trained = scaling.integer('original_max_position_embeddings', { fallback: stated });
      return { frequencies: () => slower, amplitude: 1, maximumLength: reach(stated, trained, factor) };
    }
    case 'dynamic': {
      const factor = scaling.number('factor');
      const stretched = (length: number): Float64Array => {
        const stretch = ((factor * length) / stated - (factor - 1)) ** (headDimension / (headDimension - 2));
        return frequencies(base * stretch, headDimension);
      };
      return {
        frequencies: (length) => (length <= stated ? plain : stretched(length)),
        amplitude: 1,
        maximumLength: reach(stated, stated, factor),
      };
    }
    case 'llama3': {
      const scaled = llama3Frequencies(plain, scaling);
      return { frequencies: () => scaled, amplitude: 1, maximumLength: stated };
    }
    case 'yarn':
      return yarnPositions(plain, base, scaling, stated);
    default:
      throw new LexigraftError(
        'unsupported-architecture',
        `${where}: rotary positions scaled by \`${kind}\` are not supported; default, linear, dynamic, llama3 and yarn are.`,
        { scaling: kind },
      );
  }
}

/** Returns the length that scaling by `factor` reaches, or the one the config states where that is longer. */
function reach(stated: number, trained: number, factor: number): number {
  return Math.max(stated, Math.floor(factor * trained));
}

function frequencies(base: number, headDimension: number): Float64Array {
  return Float64Array.from({ length: headDimension / 2 }, (_, i) => base ** ((-2 * i) / headDimension));
}

/** Slows long waves down by `factor`, leaves short ones, and blends in between. */
function llama3Frequencies(plain: Float64Array, scaling: ConfigReader): Float64Array {
  const factor = scaling.number('factor');
  const low = scaling.number('low_freq_factor');
  const high = scaling.number('high_freq_factor');
  const trained = scaling.integer('original_max_position_embeddings');
  return plain.map((frequency) => {
    const turns = (trained * frequency) / (2 * Math.PI);
    if (turns < low) return frequency / factor;
    if (turns > high) return frequency;
    const blend = (turns - low) / (high - low);
    return (1 - blend) * (frequency / factor) + blend * frequency;
  });
}

/** Slows waves down by `factor` that turned less than `beta_slow` times in training, leaves those of more than `beta_fast` turns, blends by index between. */
function yarnPositions(plain: Float64Array, base: number, scaling: ConfigReader, stated: number): RotaryPositions {
  const trained = scaling.integer('original_max_position_embeddings', { fallback: stated });
  const factor = scaling.number('factor', stated / trained);
  const width = 2 * plain.length;
  const round = scaling.boolean('truncate', true);
  /** Index of the pair that turned so often. */
  const indexOf = (turns: number): number => (width * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const [first, last] = [indexOf(scaling.number('beta_fast', 32)), indexOf(scaling.number('beta_slow', 1))];
  const low = Math.max(round ? Math.floor(first) : first, 0);
  const high = Math.min(round ? Math.ceil(last) : last, width - 1);
  const scaled = plain.map((frequency, i) => {
    const slowed = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)));
    return frequency * (1 - slowed) + (frequency / factor) * slowed;
  });
  const amplitudeAt = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  const [own, ofAll] = [scaling.number('mscale', 0), scaling.number('mscale_all_dim', 0)];
  const standard = own !== 0 && ofAll !== 0 ? amplitudeAt(own) / amplitudeAt(ofAll) : amplitudeAt(1);
  return {
    frequencies: () => scaled,
    amplitude: scaling.number('attention_factor', standard),
    maximumLength: reach(stated, trained, factor),
  };
}

/** Makes the tables of a batch; angles are taken in float64. */
export function rotationOf(
  tf: Tfjs,
  { rows, length, positions }: { readonly rows: number; readonly length: number; readonly positions: Int32Array },
  { frequencies: frequenciesFor, amplitude }: RotaryPositions,
): Rotation {
  let last = 0;
  for (const position of positions) last = Math.max(last, position);
  const perToken = frequenciesFor(last + 1);
  const half = perToken.length;
  const [cosines, sines] = [new Float32Array(rows * length * half), new Float32Array(rows * length * half)];
  for (let token = 0; token < rows * length; token++)
    for (let i = 0; i < half; i++) {
      const angle = positions[token] * perToken[i];
      cosines[token * half + i] = amplitude * Math.cos(angle);
      sines[token * half + i] = amplitude * Math.sin(angle);
    }
  const shape: [number, number, number, number] = [rows, length, 1, half];
  return { cosines: tf.tensor4d(cosines, shape), sines: tf.tensor4d(sines, shape) };
}

/** Turns each pair (xᵢ, xᵢ₊ₕ), h = half the head, by the angle of its token: the "rotate half" order of Hugging Face checkpoints. */
export function rotate(tf: Tfjs, x: Tensor4D, { cosines, sines }: Rotation): Tensor4D {
  const [first, second] = tf.split(x, 2, 3);
  return tf.concat<Tensor4D>(
    [tf.sub(tf.mul(first, cosines), tf.mul(second, sines)), tf.add(tf.mul(second, cosines), tf.mul(first, sines))],
    3,
  );
}
