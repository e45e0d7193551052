import { describe, expect, it } from 'vitest';
import { createTimeLeft, workersSeen } from './time-left.ts';

const cell = (task: string, model = 'm') => ({ task, model });

describe('the time that is left', () => {
  it('is unknown before any cell is done', () => {
    expect(createTimeLeft().left([cell('xnli')], 1)).toBeUndefined();
  });

  it('takes cells of the same task and model before those of the same task, and these before all others', () => {
    const times = createTimeLeft();
    times.done(cell('xnli'), 10);
    times.done(cell('cost'), 1);
    expect(times.expected(cell('xnli'))).toBe(10);
    expect(times.expected(cell('cost', 'other'))).toBe(1);
    expect(times.expected(cell('lexicon'))).toBe(10);
    expect(times.left([cell('xnli'), cell('cost'), cell('cost')], 2)).toBe(6);
  });

  it('follows a machine that becomes faster, and no single slow cell', () => {
    const times = createTimeLeft();
    for (let i = 0; i < 20; i++) times.done(cell('xnli'), 100);
    for (let i = 0; i < 5; i++) times.done(cell('xnli'), 20);
    expect(times.expected(cell('xnli'))).toBe(20);
    times.done(cell('xnli'), 900);
    expect(times.expected(cell('xnli'))).toBe(20);
  });
});

describe('workersSeen', () => {
  it.each([
    [0, 0, 1],
    [0, 10, 1],
    [9, 10, 1],
    [30, 10, 3],
  ])('takes cells of %d seconds in %d seconds for the work of %d', (cells, passed, expected) => {
    expect(workersSeen(cells, passed)).toBe(expected);
  });
});
