import { LexigraftError, type Json } from '../errors/index.ts';
import { suggestionsFor } from './suggestions.ts';

/** What an option may be, in words and as a test, and what it is when left out. */
export interface OptionRule<Value> {
  /** Completes "must be …". */
  readonly expected: string;
  /** Tells whether a value may be given. */
  readonly accepts: (value: unknown) => boolean;
  readonly default: Value;
}

/** Values of a set of {@link OptionRule}s. */
export type OptionValues<Rules extends Readonly<Record<string, OptionRule<unknown>>>> = {
  readonly [Name in keyof Rules]: Rules[Name] extends OptionRule<infer Value> ? Value : never;
};

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[], byDefault: Word): OptionRule<Word> {
  return { expected: words.map((word) => `'${word}'`).join(' or '), accepts: (value) => words.includes(value as Word), default: byDefault };
}

/** True or false. */
export function flag(byDefault: boolean): OptionRule<boolean> {
  return { expected: 'true or false', accepts: (value) => typeof value === 'boolean', default: byDefault };
}

/** A finite number of at least `minimum` and below `below`. */
export function quantity<const Default extends number | undefined>(
  range: { readonly minimum: number; readonly below?: number },
  byDefault: Default,
): OptionRule<number | Default> {
  const { minimum, below = Infinity } = range;
  return {
    expected: below === Infinity ? `a finite number, at least ${minimum}` : `a number, at least ${minimum} and below ${below}`,
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value >= minimum && value < below,
    default: byDefault,
  };
}

/** A finite number above 0. */
export function positive<const Default extends number | undefined>(byDefault: Default): OptionRule<number | Default> {
  return {
    expected: 'a finite number above 0',
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
    default: byDefault,
  };
}

/** A whole number of at least `minimum` and, if given, at most `maximum`. */
export function count<const Default extends number | undefined>(
  minimum: number,
  byDefault: Default,
  maximum?: number,
): OptionRule<number | Default> {
  return {
    expected: maximum === undefined ? `a whole number, at least ${minimum}` : `a whole number from ${minimum} to ${maximum}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= (maximum ?? Infinity),
    default: byDefault,
  };
}

/**
 * Returns the options of a strategy, checked and completed; an option given as `undefined` counts as left out.
 *
 * @param strategy id, for messages
 * @throws {LexigraftError} `invalid-option` for a value outside its rule, or a name no rule knows, with the nearest names
 */
export function readOptions<const Rules extends Readonly<Record<string, OptionRule<unknown>>>>(
  strategy: string,
  given: object,
  rules: Rules,
): OptionValues<Rules> {
  const known = Object.keys(rules);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rules, name)) continue;
    const suggestions = suggestionsFor(name, known);
    const hint =
      suggestions.length > 0
        ? `did you mean \`${suggestions[0]}\`?`
        : known.length > 0
          ? `it knows ${known.join(', ')}.`
          : 'it takes none.';
    throw new LexigraftError('invalid-option', `\`${strategy}\` has no option \`${name}\`; ${hint}`, {
      strategy,
      option: name,
      known,
      suggestions,
    });
  }
  const values = known.map((name) => {
    const { expected, accepts, default: byDefault } = rules[name];
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) return [name, byDefault] as const;
    if (accepts(value)) return [name, value] as const;
    throw new LexigraftError('invalid-option', `\`${strategy}\`: option \`${name}\` must be ${expected}, received ${shown(value)}.`, {
      strategy,
      option: name,
      expected,
      received: shown(value) satisfies Json,
    });
  });
  return Object.fromEntries(values) as OptionValues<Rules>;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
