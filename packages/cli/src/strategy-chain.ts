import { compose, isLexigraftError, LexigraftError, type AnyEmbeddingTransfer } from '@lexigraft/core';
import { PLUGIN_PREFIX } from './plugins/import-plugin.ts';

/** Options as the command line reads them, by name. */
export type NamedOptions = Readonly<Record<string, unknown>>;

/** Makes one strategy. */
type Make = (name: string, options: NamedOptions) => Promise<AnyEmbeddingTransfer>;

/** Returns the strategies that `--strategy a,b,c` names, in order. */
export function chainedNames(given: string): readonly string[] {
  return given.split(',').map((name) => name.trim());
}

/**
 * Makes what `--strategy` names: one strategy, or a chain in which each takes the tokens that those before it cannot place. An option is given to one of
 * them as `strategy.option`, where a plugin is called as in `--strategy` or by its id; a single strategy's options need no such name before them.
 *
 * @param make makes one strategy
 * @throws {LexigraftError} `invalid-option` for an option of a chain that does not say whose it is, and for one given twice; and what `make` throws
 */
export async function makeChain(given: string, options: NamedOptions, make: Make): Promise<AnyEmbeddingTransfer> {
  const names = chainedNames(given);
  const own = new Map(names.map((name) => [name, new Map<string, unknown>()]));
  for (const [flag, value] of Object.entries(options)) {
    const { owner, option } = await ownedOption(flag, names, make);
    const values = own.get(owner);
    if (values?.has(option) === true) throw invalid(flag, names, `--option ${flag}: \`${option}\` of ${owner} was given twice.`);
    values?.set(option, value);
  }
  const strategies: AnyEmbeddingTransfer[] = [];
  for (const name of names) strategies.push(await make(name, Object.fromEntries(own.get(name) ?? [])));
  return strategies.length === 1 ? strategies[0] : compose(...strategies);
}

/** Whose option a flag gives, and what that strategy calls it. */
interface OwnedOption {
  readonly owner: string;
  readonly option: string;
}

async function ownedOption(flag: string, names: readonly string[], make: Make): Promise<OwnedOption> {
  // Names hold dots, as files and packages do, so one may begin with another: the longer one is meant.
  const typed = names.filter((name) => flag.startsWith(`${name}.`)).sort((one, other) => other.length - one.length);
  if (typed.length > 0) return { owner: typed[0], option: flag.slice(typed[0].length + 1) };
  const parts = /^([a-z][a-z0-9-]*)\.(.+)$/s.exec(flag);
  if (parts !== null) {
    const [, id, option] = parts;
    const called = await pluginsCalled(id, names, make);
    if (called.length === 1) return { owner: called[0], option };
    if (called.length > 1) {
      const sentence = `both ${called.join(' and ')} are called ${id}; write which one, for example --option ${called[0]}.${option}=…`;
      throw invalid(flag, names, `--option ${flag}: ${sentence}`);
    }
  }
  if (names.length === 1) return { owner: names[0], option: flag };
  const sentence = `say whose it is, for example --option ${names[0]}.${flag}=…; --strategy names ${names.join(', ')}.`;
  throw invalid(flag, names, `--option ${flag}: ${sentence}`);
}

/** Returns the plugins among `names` whose strategies call themselves `id`; to learn that they are made, without options. */
async function pluginsCalled(id: string, names: readonly string[], make: Make): Promise<readonly string[]> {
  const called: string[] = [];
  for (const name of new Set(names)) {
    if (name.startsWith(PLUGIN_PREFIX) && (await idOf(name, make)) === id) called.push(name);
  }
  return called;
}

/** A plugin that cannot be made without options does not tell its id: its options go by the name that is typed. */
async function idOf(name: string, make: Make): Promise<string | undefined> {
  try {
    return (await make(name, {})).id;
  } catch (error) {
    if (isLexigraftError(error) && error.code === 'unknown-strategy') throw error;
    return undefined;
  }
}

function invalid(option: string, strategies: readonly string[], message: string): LexigraftError {
  return new LexigraftError('invalid-option', message, { option, strategies: [...strategies] });
}
