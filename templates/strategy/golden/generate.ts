/**
 * Writes case.json: what the method should give, derived without the package under test. Run by `npm run golden`.
 *
 * Replace the derivation by a call of the reference implementation, or by the equations of the paper written out plainly; never import `../src`.
 */
import { writeFileSync } from 'node:fs';

const sourceTokens = ['[PAD]', '[UNK]', 'hand', 'house', 'arm', 'auto', 'wind', 'tree'];
const targetTokens = ['[PAD]', '[UNK]', 'hand', 'arm', 'auto', 'wind', 'haus', 'hund', 'apfel', 'wasser', 'baum'];
const options = { letters: 1 };

const isShared = (token: string): boolean => sourceTokens.includes(token);
const rows: Record<string, Record<string, number>> = {};
for (const token of targetTokens) {
  const isSpecial = token.startsWith('[');
  const alike = targetTokens.filter((other) => isShared(other) && !other.startsWith('[') && other.startsWith(token[0]));
  if (isShared(token)) rows[token] = { [token]: 1 };
  else if (!isSpecial && alike.length > 0) rows[token] = Object.fromEntries(alike.map((other) => [other, 1 / alike.length]));
}

const golden = {
  reference: 'derived by hand from the description of the method',
  sourceTokens,
  targetTokens,
  options,
  tolerance: { rtol: 0.0001, atol: 0 },
  rows,
};
writeFileSync(new URL('case.json', import.meta.url), `${JSON.stringify(golden, null, 2)}\n`);
