import { LexigraftError } from '../errors/index.ts';

/** Entries of a recipe beyond which memory, not the method, decides: 2^27 entries take 1 GiB. */
export const MAXIMUM_ENTRIES: number = 2 ** 27;

/**
 * Refuses a recipe that would not fit in memory; to be called before what it is made from is searched for.
 *
 * @param remedy completes the message: what to do about it
 * @throws {LexigraftError} `too-large`
 */
export function assertEntries(strategy: string, entries: number, remedy: string): void {
  if (entries <= MAXIMUM_ENTRIES) return;
  throw new LexigraftError('too-large', `\`${strategy}\` needs room for ${entries} entries where ${MAXIMUM_ENTRIES} fit; ${remedy}`, {
    strategy,
    entries,
    maximum: MAXIMUM_ENTRIES,
  });
}
