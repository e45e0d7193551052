import type { Cell } from './cell.ts';

/** Tells how long the rest will take. */
export interface TimeLeft {
  /** Takes note of a cell that took `seconds`. */
  done(cell: Pick<Cell, 'task' | 'model'>, seconds: number): void;
  /** Seconds one such cell is expected to take; nothing before anything is known. */
  expected(cell: Pick<Cell, 'task' | 'model'>): number | undefined;
  /** Seconds that `cells` are expected to take on `workers` processes. */
  left(cells: readonly Pick<Cell, 'task' | 'model'>[], workers: number): number | undefined;
}

/** What a machine did lately tells more of what it will do than what it did when others were busy on it, and processes were new. */
const LATEST = 9;

/** Creates a record of how long cells took: the median of the latest of the same task and model, else of the same task, else of all. */
export function createTimeLeft(): TimeLeft {
  const taken = new Map<string, number[]>();
  const keysOf = ({ task, model }: Pick<Cell, 'task' | 'model'>): string[] => [`${task}\0${model}`, task, ''];
  const expected = (cell: Pick<Cell, 'task' | 'model'>): number | undefined => {
    for (const key of keysOf(cell)) {
      const times = taken.get(key);
      if (times !== undefined) return median(times);
    }
    return undefined;
  };
  return {
    done(cell, seconds) {
      for (const key of keysOf(cell)) taken.set(key, [...(taken.get(key) ?? []), seconds].slice(-LATEST));
    },
    expected,
    left(cells, workers) {
      let sum = 0;
      for (const cell of cells) {
        const one = expected(cell);
        if (one === undefined) return undefined;
        sum += one;
      }
      return sum / Math.max(1, workers);
    },
  };
}

/** Returns how many processes seem to be at work: the seconds that cells took which ended, in each second that passed; one at least. */
export function workersSeen(cellSeconds: number, passedSeconds: number): number {
  return passedSeconds > 0 ? Math.max(1, cellSeconds / passedSeconds) : 1;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
