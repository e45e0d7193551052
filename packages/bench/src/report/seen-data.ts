import type { CellRecord } from '../runner/cell.ts';

/** Data that is asked about, by its role among the inputs of a cell; what is trained on is not. */
const asked: readonly string[] = ['nli', 'heldOut', 'parallel', 'lexicon'];

/** Stands before the roles of what a task reads; what a strategy reads has none. */
const DATA = 'data ';

/**
 * Tells whether the strategy of a cell was given the very files that its task asks about: a word list that rows are made from says how they were made, not
 * how good they are.
 */
export function hasSeenData({ inputs }: Pick<CellRecord, 'inputs'>): boolean {
  const given = new Set(Object.entries(inputs).flatMap(([role, digest]) => (role.startsWith(DATA) ? [] : [digest])));
  return asked.some((name) => given.has(inputs[`${DATA}${name}`] ?? ''));
}

/** What a row says of a figure that is no test. */
export const SEEN_DATA_NOTE = 'made from these very data';

/** A warning for each task that asks about what strategies were given. */
export function seenDataWarnings(
  records: readonly CellRecord[],
): { readonly code: string; readonly message: string; readonly cells: number }[] {
  const seen = records.filter(hasSeenData);
  return [...new Set(seen.map(({ cell }) => cell.task))].map((task) => {
    const cells = seen.filter(({ cell }) => cell.task === task);
    const strategies = [...new Set(cells.map(({ cell }) => cell.strategy))];
    return {
      code: 'seen-data',
      message: `${task} asks about the very data that ${strategies.join(', ')} ${strategies.length === 1 ? 'was' : 'were'} given, so it is no test there.`,
      cells: cells.length,
    };
  });
}
