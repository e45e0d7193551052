import type { Matrix, Warning } from '@lexigraft/core';
import type { JsonRecord } from '../tokenizers/tokenizer-json.ts';
import { countsFromPadding } from './longest-sequence.ts';
import type { ModelFolder } from './open-model.ts';

/** A position table with its rows in new places, and the settings that go with it. */
export interface MovedPositions {
  readonly tensors: ReadonlyMap<string, Matrix>;
  readonly settings: JsonRecord;
  /** What is to be said where the rows are moved, and where they cannot be. */
  readonly warning: Warning;
  readonly unmoved: Warning;
}

const positionTable = /(?:^|\.)embeddings\.position_embeddings\.weight$/;

/**
 * Moves the rows of a position table by as much as the padding id moves, where positions are counted from it: every token keeps the position the model was
 * trained with. The table never shrinks, so that nothing else in the checkpoint has another size.
 *
 * @returns nothing where positions do not hang on the padding id, or it stays
 */
export async function movePositions(
  source: Pick<ModelFolder, 'config' | 'weights'>,
  { pad_token_id: padding }: JsonRecord,
): Promise<MovedPositions | undefined> {
  const { model_type: type, pad_token_id: before = 1, max_position_embeddings: size } = source.config;
  const name = [...source.weights.tensors.keys()].find((tensor) => positionTable.test(tensor));
  if (!countsFromPadding(source.config) || name === undefined) return undefined;
  if (typeof padding !== 'number' || typeof before !== 'number' || typeof size !== 'number' || padding === before) return undefined;
  const [rows, columns] = source.weights.tensors.get(name)?.shape ?? [0, 0];
  const values = await source.weights.readFloat32(name);
  const moved = new Float32Array((rows + Math.max(0, padding - before)) * columns);
  for (let row = 0; row * columns < moved.length; row++) {
    // Rows up to the padding's are never looked at, and neither are those behind the last.
    const from = Math.min(rows - 1, Math.max(0, row - padding + before));
    moved.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  const added = moved.length / columns - rows;
  const moves = `${String(type)} counts positions from the padding id, which was ${before} and is ${padding}`;
  return {
    tensors: new Map([[name, { rows: rows + added, columns, data: moved }]]),
    settings: { max_position_embeddings: size + added },
    warning: {
      code: 'positions-moved',
      message: `${moves}: the rows of the position table were moved along${added > 0 ? `, and ${added} were added before them` : ''}.`,
    },
    unmoved: {
      code: 'positions-shifted',
      message: `${moves}, and the position table is shared: every token gets the position of a neighbour. Give a target vocabulary whose padding id is ${before}.`,
    },
  };
}
