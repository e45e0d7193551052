import {
  count,
  draftRecipe,
  readOptions,
  tokenText,
  usableAnchors,
  withTarget,
  type EmbeddingTransfer,
  type Vocabulary,
} from '@lexigraft/core';

/** Options of {@link myMethod}. */
export interface MyMethodOptions {
  /**
   * How many characters two tokens must begin with alike.
   *
   * @default 1
   */
  readonly letters?: number;
}

/**
 * Gives a new token the mean of the shared tokens that begin as it does.
 *
 * A token that begins like no shared one is sampled from N(μ, σ) of the source rows.
 *
 * @throws {LexigraftError} `invalid-option`
 * @reference an example to replace; say here which paper, equation and code your method follows
 * @complexity O(target tokens)
 */
export function myMethod(options: MyMethodOptions = {}): EmbeddingTransfer {
  // Options are checked when the factory runs, not at first use.
  const { letters } = readOptions('my-method', options, { letters: count(1, 1) });
  return {
    specificationVersion: 1,
    id: 'my-method',
    // What the user must bring, e.g. ['helper', 'vectors']; only that is in `input.resources`, and asking for more does not compile.
    needs: [],
    citation: { title: 'My method (Your name, year)', url: 'https://example.org/my-method' },
    // eslint-disable-next-line @typescript-eslint/require-await -- an error becomes a rejection
    async plan(given) {
      const input = withTarget(given);
      const { vocabulary } = input.target;

      // Shared tokens copy their row and special ones are matched by role; `open` are the tokens that are yours to explain.
      const { builder, open } = draftRecipe(input, { sampling: { distribution: 'normal', scale: 1 } });

      // Source ids of the shared tokens by how they begin.
      const anchors = usableAnchors(input);
      const alike = new Map<string, number[]>();
      anchors.targetIds.forEach((id, index) => {
        const key = beginning(vocabulary, id, letters);
        alike.set(key, [...(alike.get(key) ?? []), anchors.sourceIds[index]]);
      });

      open.forEach((id, done) => {
        // Weights of one row; source ids in any order, each at most once.
        const sources = alike.get(beginning(vocabulary, id, letters)) ?? [];
        if (sources.length === 0) builder.setSampled(id);
        else builder.setMixed(id, sources, new Float64Array(sources.length).fill(1 / sources.length));
        input.report({ stage: 'rows', done: done + 1, total: open.length });
        input.signal.throwIfAborted();
      });
      return { vocabulary: { target: vocabulary, input: builder.build() }, warnings: [] };
    },
  };
}

function beginning(vocabulary: Vocabulary, id: number, letters: number): string {
  return Array.from(tokenText(vocabulary, id)).slice(0, letters).join('');
}
