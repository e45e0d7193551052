import { expect, it } from 'vitest';
import { assertEntries, MAXIMUM_ENTRIES } from './recipe-size.ts';

it('lets a recipe pass that fits and refuses one that does not, with the way out', () => {
  expect(() => {
    assertEntries('clp', MAXIMUM_ENTRIES, 'set it.');
  }).not.toThrow();
  expect(() => {
    assertEntries('clp', MAXIMUM_ENTRIES + 1, 'set its option `largest`.');
  }).toThrow('`clp` needs room for 134217729 entries where 134217728 fit; set its option `largest`.');
});
