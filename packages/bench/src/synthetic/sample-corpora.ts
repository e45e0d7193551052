import type { NliItem } from '../data/nli-item.ts';
import { concepts } from './concepts.ts';
import { openDraw } from './draw.ts';
import type { SyntheticLanguage } from './language.ts';
import { realize, wordForms, type Realization } from './realize.ts';
import { samplePair } from './sample-pair.ts';
import { sampleStatement } from './sample-statement.ts';

/** A sentence in two languages. */
export interface AlignedSentence {
  readonly source: Realization;
  readonly target: Realization;
}

/** Draws `count` sentences of `language`; `name` keeps texts apart that must not share theirs. */
export function sampleText(language: SyntheticLanguage, count: number, seed: number, name: string): string[] {
  const draw = openDraw(seed, `text ${language.design.id} ${name}`);
  return Array.from({ length: count }, () => realize(sampleStatement(draw), language, draw).text);
}

/** Draws `count` sentences in both languages, with what each part stands for; `name` keeps texts apart that must not share theirs. */
export function sampleAligned(
  source: SyntheticLanguage,
  target: SyntheticLanguage,
  count: number,
  seed: number,
  name: 'parallel' | 'parallel-test' = 'parallel',
): AlignedSentence[] {
  const draw = openDraw(seed, `${name} ${target.design.id}`);
  return Array.from({ length: count }, () => {
    const statement = sampleStatement(draw);
    return { source: realize(statement, source, draw), target: realize(statement, target, draw) };
  });
}

/**
 * Draws `count` premises and hypotheses of `language`. The statements depend on `seed` and `name` alone, so that two languages say the same things; premises that
 * are in `excluded` are drawn anew.
 */
export function sampleNli(
  language: SyntheticLanguage,
  count: number,
  seed: number,
  name: string,
  excluded: ReadonlySet<string> = new Set(),
): NliItem[] {
  const statements = openDraw(seed, `nli ${name}`);
  const words = openDraw(seed, `nli ${name} ${language.design.id}`);
  const items: NliItem[] = [];
  while (items.length < count) {
    const { premise, hypothesis, label } = samplePair(statements);
    if (excluded.has(statementKey(premise))) continue;
    items.push({ premise: realize(premise, language, words).text, hypothesis: realize(hypothesis, language, words).text, label });
  }
  return items;
}

/** Premises that {@link sampleNli} draws, as keys for leaving them out elsewhere. */
export function premiseKeys(count: number, seed: number, name: string): ReadonlySet<string> {
  const statements = openDraw(seed, `nli ${name}`);
  return new Set(Array.from({ length: count }, () => statementKey(samplePair(statements).premise)));
}

function statementKey(statement: object): string {
  return JSON.stringify(statement);
}

/** A word of the source language and one of the target language that mean the same. */
export interface WordPair {
  readonly source: string;
  readonly target: string;
}

/** Returns the words of `language` in the forms that stand in sentences, beside those of the source; what is a suffix has no entry. */
export function wordPairs(language: SyntheticLanguage): readonly WordPair[] {
  const { words, suffixes } = language;
  return concepts
    .filter(({ id }) => !suffixes.has(id))
    .flatMap(({ id }) => (words.get(id) ?? []).flatMap((word) => wordForms(id, word, language).map((target) => ({ source: id, target }))));
}
