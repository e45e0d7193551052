import { normalStream, randomStream, zeros, type Matrix } from '@lexigraft/core';
import type { Transformer } from '@lexigraft/models';

/**
 * Returns a model of the same build as `pattern` with fresh weights and `tokens` rows of its own: what the pattern was before it ever saw text.
 *
 * Matrices are normal with deviation 1/√(inputs), tables with 0.02; what is a vector starts as the pattern's kind has it, scales at 1 and shifts at 0.
 * Every draw is keyed by seed and weight. The returned model owns all of its weights but shares the device; `pattern` is taken apart and disposed
 * of with it.
 *
 * @param pattern a copy, the caller's own; used up
 */
export async function freshModel(pattern: Transformer, tokens: number, seed: number): Promise<{ model: Transformer; dispose: () => void }> {
  const { inputEmbedding, outputHead, outputBias, dimension, modelType } = pattern.config;
  const perToken = new Set([inputEmbedding, outputHead, outputBias]);
  const draw = (name: string, size: number, deviation: number): Float32Array => {
    const normal = normalStream(randomStream(seed, new TextEncoder().encode(`fresh weights\0${name}`)));
    return Float32Array.from({ length: size }, () => normal() * deviation);
  };
  for (const name of pattern.parameters.keys()) {
    if (perToken.has(name)) continue;
    const { shape } = pattern.layouts.get(name) ?? { shape: [] };
    const size = shape.reduce((product, length) => product * length, 1);
    if (shape.length < 2) pattern.writeParameter(name, new Float32Array(size).fill(isScale(name) ? 1 : 0));
    else
      pattern.writeParameter(name, draw(name, size, /embed|wpe|wte/i.test(name) ? 0.02 : 1 / Math.sqrt(inputsOf(name, shape, modelType))));
  }
  const table = (name: string): Matrix => ({
    ...zeros(0, 0),
    rows: tokens,
    columns: dimension,
    data: draw(name, tokens * dimension, 0.02),
  });
  const untied = outputHead !== undefined && outputHead !== inputEmbedding;
  const model = await pattern.withEmbeddings({
    input: table(inputEmbedding),
    ...(untied && { output: table(outputHead) }),
    ...(outputBias !== undefined && { outputBias: new Float32Array(tokens) }),
  });
  return {
    model,
    dispose: () => {
      model.dispose();
      pattern.dispose();
    },
  };
}

/**
 * Returns how many inputs a matrix has: its columns, but the rows of GPT-2's layers, which are stored `[in, out]`.
 *
 * @param modelType as config.json has it
 */
export function inputsOf(name: string, shape: readonly number[], modelType: string): number {
  return modelType === 'gpt2' && /\.c_(?:attn|proj|fc)\.weight$/.test(name) ? shape[0] : shape[1];
}

/** Weights of normalisations are scales; every other vector is a shift. */
function isScale(name: string): boolean {
  return /(?:norm\w*|ln_\w+|layernorm)\.(?:weight|gamma)$/i.test(name);
}
