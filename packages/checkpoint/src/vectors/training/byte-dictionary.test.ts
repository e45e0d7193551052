import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByteDictionary, HASH_START, hashByte } from './byte-dictionary.ts';

const encoder = new TextEncoder();

function add(
  dictionary: ReturnType<typeof createByteDictionary>,
  word: string,
  hash = encoder.encode(word).reduce(hashByte, HASH_START),
): number {
  const bytes = encoder.encode(`xx${word}yyy`);
  return dictionary.add(bytes, 2, bytes.length - 3, hash);
}

it('numbers words in order of first occurrence, as a map of strings would', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3 })), (words) => {
      const dictionary = createByteDictionary('x');
      const numbers = new Map<string, number>();
      for (const word of words) {
        if (!numbers.has(word)) numbers.set(word, numbers.size);
        expect(add(dictionary, word)).toBe(numbers.get(word));
      }
      expect(dictionary.size).toBe(numbers.size);
      expect([...numbers].map(([, number]) => dictionary.text(number))).toEqual([...numbers.keys()]);
    }),
  );
});

it('keeps words of the same hash apart', () => {
  const dictionary = createByteDictionary('x');
  expect(['Haus', 'Baum', 'Hau', 'Haus', 'Baum'].map((word) => add(dictionary, word, 5))).toEqual([0, 1, 2, 0, 1]);
});

it('keeps U+FEFF', () => {
  const dictionary = createByteDictionary('x');
  const words = ['\ufeff', '\ufeffHaus', 'Haus'];
  expect(words.map((word) => dictionary.text(add(dictionary, word)))).toEqual(words);
});

it('grows', () => {
  const dictionary = createByteDictionary('x');
  const long = 'ä'.repeat(1_000_000);
  expect(add(dictionary, long)).toBe(0);
  for (let i = 0; i < 200_000; i++) add(dictionary, `w${i}`);
  expect(add(dictionary, 'w123456')).toBe(123_457);
  expect(dictionary.text(123_457)).toBe('w123456');
  expect(dictionary.text(0)).toBe(long);
});
