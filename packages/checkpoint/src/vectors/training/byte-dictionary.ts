import { LexigraftError } from '@lexigraft/core';

/** Beyond this the numbers of the dictionary would no longer fit its tables. */
const MAXIMUM_WORDS = 50_000_000;
const MAXIMUM_BYTES = 2 ** 31;

/** Numbers words by their bytes, in order of first occurrence, without making a string of any. */
export interface ByteDictionary {
  readonly size: number;
  /** Returns the number of the word `bytes[start, end)`, whose {@link hashByte} over all bytes is `hash`. */
  add(bytes: Uint8Array, start: number, end: number, hash: number): number;
  /** Returns word `index` as text. */
  readonly text: (index: number) => string;
}

/** Where a hash begins. */
export const HASH_START: number = 0x811c9dc5 | 0;

/** Adds one byte to a hash (FNV-1a). */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 16777619);
}

/** Creates an empty dictionary; `path` is for the message when it grows beyond all bounds. */
export function createByteDictionary(path: string): ByteDictionary {
  // U+FEFF is a letter of its word here, as it is in fastText.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let letters = new Uint8Array(1 << 20);
  let ends = new Uint32Array(1 << 16);
  let hashes = new Int32Array(1 << 16);
  /** Number of a word plus one; 0 where free. */
  let slots = new Int32Array(1 << 17);
  let size = 0;

  const startOf = (index: number): number => (index === 0 ? 0 : ends[index - 1]);
  const equals = (index: number, bytes: Uint8Array, start: number, end: number): boolean => {
    const offset = startOf(index);
    if (ends[index] - offset !== end - start) return false;
    for (let i = start, at = offset; i < end; i++, at++) if (bytes[i] !== letters[at]) return false;
    return true;
  };
  const growSlots = (): void => {
    slots = new Int32Array(slots.length * 2);
    for (let index = 0; index < size; index++) {
      let slot = hashes[index] & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = index + 1;
    }
  };
  const append = (bytes: Uint8Array, start: number, end: number, hash: number): number => {
    const used = startOf(size);
    if (size === MAXIMUM_WORDS || used + end - start > MAXIMUM_BYTES) {
      throw new LexigraftError(
        'too-large',
        `${path} holds more than ${size} different words; train on a part of it, or cut its words first.`,
        {
          path,
          words: size,
        },
      );
    }
    if (used + end - start > letters.length) letters = grown(letters, new Uint8Array(Math.max(letters.length * 2, used + end - start)));
    if (size === ends.length) {
      ends = grown(ends, new Uint32Array(size * 2));
      hashes = grown(hashes, new Int32Array(size * 2));
    }
    for (let i = start, at = used; i < end; i++, at++) letters[at] = bytes[i];
    ends[size] = used + end - start;
    hashes[size] = hash;
    return size++;
  };

  return {
    get size() {
      return size;
    },
    add(bytes, start, end, hash) {
      let slot = hash & (slots.length - 1);
      for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
        const index = slots[slot] - 1;
        if (hashes[index] === hash && equals(index, bytes, start, end)) return index;
      }
      slots[slot] = size + 1;
      const index = append(bytes, start, end, hash);
      if (size * 2 > slots.length) growSlots();
      return index;
    },
    text: (index) => decoder.decode(letters.subarray(startOf(index), ends[index])),
  };
}

function grown<Numbers extends Uint8Array | Uint32Array | Int32Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
