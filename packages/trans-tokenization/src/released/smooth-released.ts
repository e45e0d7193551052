import { addReleased, type ReleasedCounts } from './released-counts.ts';

const wordStart = '▁';

/**
 * Gives every target token without a row one from its relatives, in id order; rows made earlier serve later ones.
 *
 * Relatives are mapped target tokens that begin with it, and counted strings that stand in it, the longest first, none that stands in an earlier
 * one. Each gives max(1, ⌊ω·N[t′][s]/ΣN[t′]⌋), ω = 2000 where the *source* string begins with `▁` and 1000 elsewhere.
 *
 * @param strings target tokens in id order
 * @param onToken called before each token; what it returns is waited for
 * @complexity O(|V|·(log |V| + length²)), where the released code takes O(|V|²)
 */
export async function smoothReleased(
  counts: ReleasedCounts,
  strings: readonly string[],
  onToken?: (done: number, total: number) => Promise<void> | undefined,
): Promise<void> {
  const sorted = [...strings].sort();
  for (const [done, token] of strings.entries()) {
    const waiting = onToken?.(done, strings.length);
    if (waiting !== undefined) await waiting;
    if (counts.has(token)) continue;
    const relatives = [...extensionsOf(sorted, token).filter((other) => counts.has(other)), ...partsOf(counts, token)];
    // Rows are taken as they are before this one exists.
    for (const relative of relatives) {
      const row = [...(counts.get(relative) ?? [])];
      const total = row.reduce((sum, [, count]) => sum + count, 0);
      for (const [source, count] of row) {
        const mass = source.startsWith(wordStart) ? 2000 : 1000;
        addReleased(counts, token, source, Math.max(1, Math.floor((mass * count) / total)));
      }
    }
  }
}

function extensionsOf(sorted: readonly string[], token: string): readonly string[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < token) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let at = low; at < sorted.length && sorted[at].startsWith(token); at++) if (sorted[at] !== token) found.push(sorted[at]);
  return found;
}

function partsOf(counts: ReleasedCounts, token: string): readonly string[] {
  const characters = Array.from(token);
  const chosen: string[] = [];
  for (let length = characters.length - 1; length >= 0; length--) {
    for (let start = 0; start + length <= characters.length; start++) {
      const part = characters.slice(start, start + length).join('');
      if (counts.has(part) && !chosen.some((longer) => longer.includes(part))) chosen.push(part);
    }
  }
  return chosen;
}
