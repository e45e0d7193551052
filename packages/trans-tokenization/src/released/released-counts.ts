import { walkInOrder } from '../counts/spread-count.ts';
import { jointMarker, type ReleasedSpecials, type ReleasedVocabulary } from './released-strings.ts';

/** N[t][s], whole numbers by strings, which need not be tokens of either vocabulary. */
export type ReleasedCounts = Map<string, Map<string, number>>;

const specialWeight = 1e9;

/** Adds to N[target][source]. */
export function addReleased(counts: ReleasedCounts, target: string, source: string, mass: number): void {
  let row = counts.get(target);
  if (row === undefined) {
    row = new Map<string, number>();
    counts.set(target, row);
  }
  row.set(source, (row.get(source) ?? 0) + mass);
}

/** The whole-number form of `spreadCount`: half = max(1, ⌊c/2⌋), and every share rounded down and up to 1. */
export function spreadReleased(
  sourcePieces: number,
  targetPieces: number,
  count: number,
  add: (target: number, source: number, mass: number) => void,
): void {
  const half = Math.max(1, Math.floor(count / 2));
  const [a, b] = [sourcePieces, targetPieces];
  const even = Math.max(1, Math.floor(half / a));
  for (let t = 0; t < b; t++) for (let s = 0; s < a; s++) add(t, s, even);
  walkInOrder(a, b, (t, s) => {
    add(t, s, Math.max(1, Math.floor((half * greatestCommonDivisor(a, b)) / a)));
  });
}

/** Adds the evidence of a unit pair: as it is where both are tokens as a whole, else by pieces between joint markers. */
export function countReleasedPair(
  counts: ReleasedCounts,
  pair: { readonly source: string; readonly target: string; readonly count: number },
  source: Pick<ReleasedVocabulary, 'ids'>,
  target: Pick<ReleasedVocabulary, 'ids'>,
): void {
  const count = Math.floor(pair.count);
  // A row without mass would count as a mapping, and be divided by.
  if (count < 1) return;
  if (target.ids.has(pair.target) && source.ids.has(pair.source)) {
    addReleased(counts, pair.target, pair.source, count);
    return;
  }
  const [sources, targets] = [pair.source.split(jointMarker), pair.target.split(jointMarker)];
  spreadReleased(sources.length, targets.length, count, (t, s, mass) => {
    addReleased(counts, targets[t], sources[s], mass);
  });
}

/** How both tokenizers cut a numeral, bare and after a blank. */
export interface NumeralPieces {
  readonly targetBare: readonly string[];
  readonly targetLead: readonly string[];
  readonly sourceBare: readonly string[];
  readonly sourceLead: readonly string[];
}

/** Adds 1 for each way a target token is written as a numeral. */
export function countReleasedNumeral(
  counts: ReleasedCounts,
  numeral: string,
  pieces: NumeralPieces,
  source: Pick<ReleasedVocabulary, 'ids'>,
  target: Pick<ReleasedVocabulary, 'ids'>,
): void {
  const { targetBare, targetLead, sourceBare, sourceLead } = pieces;
  const add = (token: string, evidence: string | undefined): void => {
    if (evidence !== undefined) addReleased(counts, token, evidence, 1);
  };
  if (target.ids.has(numeral)) add(numeral, source.ids.has(numeral) ? numeral : sourceBare[0]);
  if (targetBare.length === 1) add(targetBare[0], sourceBare[0]);
  if (targetLead.length === 1) add(targetLead[0], sourceLead[0]);
}

/** Adds 1 for every target token that, with the source's marks in place of its own, is a source token. */
export function countReleasedShared(counts: ReleasedCounts, source: ReleasedVocabulary, target: ReleasedVocabulary): void {
  for (const token of target.strings) {
    const marked = replaceAll(
      replaceAll(token, target.firstPrefix, source.firstPrefix),
      target.continuationPrefix,
      source.continuationPrefix,
    );
    if (source.ids.has(marked)) addReleased(counts, token, marked, 1);
  }
}

/** `str.replace` of the released code's language: nothing, replaced, is put between all characters. */
function replaceAll(text: string, from: string, to: string): string {
  if (from === to) return text;
  return from === '' ? [to, ...Array.from(text, (character) => character + to)].join('') : text.replaceAll(from, to);
}

const standIns: readonly (readonly [name: keyof ReleasedSpecials, ...candidates: (keyof ReleasedSpecials)[]])[] = [
  ['pad', 'pad', 'unk'],
  ['unk', 'unk'],
  ['bos', 'bos', 'cls', 'unk'],
  ['eos', 'eos', 'sep', 'unk'],
  ['cls', 'cls', 'bos', 'unk'],
  ['sep', 'sep', 'eos', 'unk'],
  ['mask', 'mask', 'pad', 'unk'],
];

/** Adds a weight that outdoes everything from each special token to its counterpart. */
export function countReleasedSpecials(counts: ReleasedCounts, source: ReleasedVocabulary, target: ReleasedVocabulary): void {
  const sources = { ...source.special, unk: source.special.unk ?? source.special.pad ?? source.special.bos ?? source.strings[0] };
  for (const [name, ...candidates] of standIns) {
    const token = target.special[name];
    const counterpart = candidates.map((candidate) => sources[candidate]).find((found) => found !== undefined);
    if (token !== undefined && counterpart !== undefined) addReleased(counts, token, counterpart, specialWeight);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
