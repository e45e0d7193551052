/** Word links of one sentence pair, flat: `[source, target, source, target, …]`, 0-based. */
export type Links = Uint32Array;

/** Writes links in Pharaoh form, `0-0 1-2`. */
export function toPharaoh(links: Links): string {
  const parts: string[] = [];
  for (let i = 0; i < links.length; i += 2) parts.push(`${links[i]}-${links[i + 1]}`);
  return parts.join(' ');
}

/** Reads a Pharaoh line; pairs in any order, repeated ones too. @returns `undefined` when the line is not of that form */
export function fromPharaoh(line: string): Links | undefined {
  const values: number[] = [];
  for (const part of line.split(/\s+/)) {
    if (part === '') continue;
    const match = /^(\d{1,9})-(\d{1,9})$/.exec(part);
    if (match === null) return undefined;
    values.push(Number(match[1]), Number(match[2]));
  }
  return Uint32Array.from(values);
}

/** Swaps the sides of every link, keeping their order. */
export function invertLinks(links: Links): Links {
  const inverted = new Uint32Array(links.length);
  for (let i = 0; i < links.length; i += 2) {
    inverted[i] = links[i + 1];
    inverted[i + 1] = links[i];
  }
  return inverted;
}
