import { describe, expect, it } from 'vitest';
import { movePositions } from './move-positions.ts';

/** A source of so many positions, the row of each its number. */
function sourceOf(type: string, padding: number, positions: number): Parameters<typeof movePositions>[0] {
  const name = 'roberta.embeddings.position_embeddings.weight';
  return {
    config: { model_type: type, pad_token_id: padding, max_position_embeddings: positions },
    weights: {
      tensors: new Map([[name, { dtype: 'F32', shape: [positions, 1] }]]),
      readFloat32: () => Promise.resolve(Float32Array.from({ length: positions }, (_, row) => row)),
    },
  } as unknown as Parameters<typeof movePositions>[0];
}

const rowsOf = async (source: ReturnType<typeof sourceOf>, padding: number | null): Promise<readonly number[] | undefined> => {
  const moved = await movePositions(source, { pad_token_id: padding });
  return moved && [...[...moved.tensors.values()].flatMap(({ data }) => [...data])];
};

describe('the position table of an encoder that counts from the padding id', () => {
  it.each([
    [1, 0],
    [1, 3],
    [0, 2],
    [4, 1],
  ])('gives every token the row it had when the padding id moves from %d to %d', async (before, after) => {
    const positions = 8;
    const rows = await rowsOf(sourceOf('xlm-roberta', before, positions), after);
    // The n-th token of a text stands at padding id + n.
    for (let token = 1; before + token < positions; token++) expect(rows?.[after + token]).toBe(before + token);
    expect(rows?.length).toBe(positions + Math.max(0, after - before));
  });

  it('says so, with the size that the table has then', async () => {
    const moved = await movePositions(sourceOf('roberta', 1, 6), { pad_token_id: 3 });
    expect(moved?.settings).toEqual({ max_position_embeddings: 8 });
    expect(moved?.warning).toEqual({
      code: 'positions-moved',
      message:
        'roberta counts positions from the padding id, which was 1 and is 3: the rows of the position table were moved along, and 2 were added before them.',
    });
    expect((await movePositions(sourceOf('roberta', 1, 6), { pad_token_id: 0 }))?.settings).toEqual({ max_position_embeddings: 6 });
  });

  it('stays where the padding id does, where there is none, and where positions are counted from 0', async () => {
    expect(await rowsOf(sourceOf('roberta', 1, 6), 1)).toBeUndefined();
    expect(await rowsOf(sourceOf('roberta', 1, 6), null)).toBeUndefined();
    expect(await rowsOf(sourceOf('bert', 1, 6), 0)).toBeUndefined();
  });
});
