import { LexigraftError } from '../errors/index.ts';
import { averageRows, chooseRows } from '../mixture/combine-recipes.ts';
import { RowOrigin } from '../mixture/row-origin.ts';
import type { TokenMixture } from '../mixture/token-mixture.ts';
import type { AnyEmbeddingTransfer } from './any-transfer.ts';
import { combineVocabularies, joinPlans, planMembers, vocabularyMembers, type VocabularyMember } from './combine-plans.ts';
import type { EmbeddingTransfer, TransferInput } from './embedding-transfer.ts';
import type { ResourceName } from './resources.ts';
import { tokenClassifier, type TokenClass } from './token-classes.ts';

/** What a strategy needs. */
export type NeedsOf<Strategy> = Strategy extends EmbeddingTransfer<infer Needs> ? Needs : never;

/**
 * Chains strategies: a token that one cannot place, whose row it leaves to sampling, goes to the next; rows that all leave are sampled as the last one
 * says. Shared tokens are the first strategy's. Strategies that steer act beside those that make vocabularies, edits in the order of the list.
 *
 * Every row of the recipe tells its maker. Each strategy plans the whole vocabulary, so a chain costs what its members cost together; one that is listed
 * twice plans once.
 *
 * @throws {LexigraftError} `empty-input` without strategies; from the plan what a member throws, `invalid-option` if two replace one tensor or one
 * re-expresses the source table
 */
export function compose<const Members extends readonly AnyEmbeddingTransfer[]>(
  ...strategies: Members
): EmbeddingTransfer<NeedsOf<Members[number]>> {
  return composition<NeedsOf<Members[number]>>(strategies, '-then-', 'a fallback chain', (members) => {
    const last = lastListed(strategies, members);
    const place = (recipes: readonly TokenMixture[]) => (row: number) => {
      const found = recipes.findIndex(({ origins }) => origins[row] !== RowOrigin.sampled);
      return found < 0 ? last : found;
    };
    return combineVocabularies(
      members,
      (recipes) => chooseRows(made(members, recipes), place(recipes), last),
      place(members.map(({ vocabulary }) => vocabulary.input)),
    );
  });
}

/** A strategy with its share in an {@link ensemble}. */
export interface EnsembleMember<Strategy extends AnyEmbeddingTransfer = AnyEmbeddingTransfer> {
  readonly strategy: Strategy;
  /**
   * Relative weight, positive.
   *
   * @default 1
   */
  readonly share?: number;
}

/**
 * Averages the recipes of strategies, row by row, over those that place the token. Special tokens are the first's that places them; rows that none places
 * are sampled as the last one says. The shares of a strategy that is listed twice add up.
 *
 * @throws {LexigraftError} `empty-input` without members, `invalid-option` for a share that is not positive; from the plan as {@link compose}
 */
export function ensemble<const Members extends readonly EnsembleMember[]>(
  ...members: Members
): EmbeddingTransfer<NeedsOf<Members[number]['strategy']>> {
  const shares = new Map<AnyEmbeddingTransfer, number>();
  for (const { strategy, share = 1 } of members) {
    if (!(share > 0 && share < Infinity))
      throw new LexigraftError('invalid-option', `The share of \`${strategy.id}\` must be a finite number above 0, received ${share}.`, {
        strategy: strategy.id,
        received: String(share),
      });
    shares.set(strategy, (shares.get(strategy) ?? 0) + share);
  }
  const strategies = members.map(({ strategy }) => strategy);
  return composition<NeedsOf<Members[number]['strategy']>>(strategies, '-with-', 'a weighted mean', (planned, id) => {
    const { special } = planned[0].vocabulary.target;
    const weighed = (recipes: readonly TokenMixture[]): TokenMixture =>
      averageRows(
        made(planned, recipes).map((recipe, index) => ({ ...recipe, share: shares.get(planned[index].strategy) ?? 1 })),
        { together: id, whole: (row) => special[row] === 1, sampledAs: lastListed(strategies, planned) },
      );
    const inputs = planned.map(({ vocabulary }) => vocabulary.input);
    // Figures of a mean are those of its first member that has the row.
    return combineVocabularies(planned, weighed, (row) =>
      Math.max(
        inputs.findIndex(({ origins }) => origins[row] === RowOrigin.mixed),
        0,
      ),
    );
  });
}

/** A class of tokens and who makes its rows. */
export interface Route<Strategy extends AnyEmbeddingTransfer = AnyEmbeddingTransfer> {
  readonly tokens: TokenClass;
  readonly strategy: Strategy;
}

/**
 * Sends tokens to strategies by what they are: the first class a token belongs to decides, `otherwise` has the rest and the special tokens. Rows that are
 * left to sampling are sampled as `otherwise` says; to pass them on, route to a {@link compose}.
 *
 * @throws {LexigraftError} `invalid-option` from the plan for a class that does not exist, and as {@link compose}
 */
export function route<const Routes extends readonly Route[], Otherwise extends AnyEmbeddingTransfer>(
  routes: Routes,
  otherwise: Otherwise,
): EmbeddingTransfer<NeedsOf<Routes[number]['strategy']> | NeedsOf<Otherwise>> {
  const strategies = [...routes.map(({ strategy }) => strategy), otherwise];
  return composition<NeedsOf<Routes[number]['strategy']> | NeedsOf<Otherwise>>(
    strategies,
    '-or-',
    'a choice by class of token',
    (members) => {
      const byStrategy = new Map(members.map((member, index) => [member.strategy, index]));
      const { target } = members[0].vocabulary;
      const classes = routes.flatMap(({ tokens, strategy }) => {
        const member = byStrategy.get(strategy);
        return member === undefined ? [] : [{ holds: tokenClassifier(target, tokens), member }];
      });
      const rest = byStrategy.get(otherwise) ?? lastListed(strategies, members);
      const choose = (row: number): number => classes.find(({ holds }) => holds(row))?.member ?? rest;
      return combineVocabularies(members, (recipes) => chooseRows(made(members, recipes), choose, rest), choose);
    },
  );
}

function made(
  members: readonly VocabularyMember[],
  recipes: readonly TokenMixture[],
): { readonly mixture: TokenMixture; readonly maker: string }[] {
  return recipes.map((mixture, index) => ({ mixture, maker: members[index].strategy.id }));
}

/** Position among the members, which are planned once each, of the strategy that is listed last. */
function lastListed(strategies: readonly AnyEmbeddingTransfer[], members: readonly VocabularyMember[]): number {
  const listed = strategies.map((strategy) => members.findIndex((member) => member.strategy === strategy));
  return listed.findLast((member) => member >= 0) ?? members.length - 1;
}

/** A strategy made of others. */
function composition<Needs extends ResourceName>(
  strategies: readonly AnyEmbeddingTransfer[],
  joint: string,
  kind: string,
  combine: (members: readonly VocabularyMember[], id: string) => ReturnType<typeof combineVocabularies>,
): EmbeddingTransfer<Needs> {
  const first = strategies.at(0);
  if (first === undefined) throw new LexigraftError('empty-input', 'A composition needs at least one strategy.');
  const ids = strategies.map(({ id }) => id);
  const id = [...new Set(ids)].join(joint);
  return {
    specificationVersion: 1,
    id,
    needs: [...new Set(strategies.flatMap(({ needs }) => [...(needs as readonly Needs[])]))],
    citation: { ...first.citation, title: `${kind} of ${[...new Set(strategies.map(({ citation }) => citation.title))].join('; ')}` },
    async plan(input: TransferInput<Needs>) {
      const members = await planMembers([...new Set(strategies)], input as unknown as TransferInput<ResourceName>);
      const withVocabulary = vocabularyMembers(members);
      return joinPlans(members, withVocabulary.length === 0 ? undefined : combine(withVocabulary, id));
    },
  };
}
