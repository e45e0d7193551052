import type { AlignmentMeasure, AlignmentPrecision } from '@lexigraft/baselines';
import type { Lexicon, WordVectors } from '@lexigraft/core';
import { peakMemoryBytes } from '../peak-memory.ts';
import { formatBytes, formatCount, formatCountOf, formatPercent, formatSeconds } from '../screen/numbers.ts';
import { printable } from '../screen/printable.ts';
import type { Screen } from '../screen/screen.ts';
import type { CheckFiles } from './check-request.ts';

/** Prints what was read. */
export function showFiles(
  screen: Screen,
  files: CheckFiles,
  { source, target, lexicon }: { readonly source: WordVectors; readonly target: WordVectors; readonly lexicon: Lexicon },
): void {
  const table = (label: string, { words, dimension }: WordVectors): string =>
    `${printable(label)}   ${formatCountOf(words.length, 'word')}, ${formatCountOf(dimension, 'number')} each`;
  screen.fact('target', table(files.vectors, target));
  screen.fact('source', table(files.sourceVectors, source));
  screen.fact('lexicon', `${printable(files.lexicon)}   ${formatCountOf(lexicon.pairs.length, 'pair')}`);
}

/** Prints how many translations were found. */
export function showAlignment(
  screen: Screen,
  { words, pairs, searched, leftOut, fitted }: AlignmentMeasure,
  { dimension, seconds }: { readonly dimension: number; readonly seconds: number },
): void {
  screen.fact(
    'rotation',
    `fitted to ${formatCountOf(pairs, 'pair')} of words; ${formatCountOf(words, 'target word')} have vectors and a translation among ${formatCountOf(searched, 'source word')}`,
  );
  if (pairs < dimension)
    screen.warning(`${formatCount(pairs)} pairs do not fix a rotation of ${dimension} dimensions; a larger lexicon is needed.`);
  screen.line();
  const heads = leftOut.found.map(({ nearest }) => (nearest === 1 ? 'nearest' : `among ${nearest}`));
  screen.line(`  ${screen.palette.strong(row('translation found', ['words', ...heads]))}`);
  screen.line(`  ${row('kept from the rotation', figures(leftOut))}`);
  screen.line(`  ${row('told to the rotation', figures(fitted))}`);
  screen.line();
  screen.line(`  done in ${formatSeconds(seconds)}, peak memory ${formatBytes(peakMemoryBytes())}`);
}

function figures({ words, found }: AlignmentPrecision): readonly string[] {
  return [formatCount(words), ...found.map(({ share }) => formatPercent(share))];
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(24) + cells.map((cell) => cell.padStart(11)).join('');
}
