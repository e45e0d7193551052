import { findArchitecture, findHead, type ArchitectureEntry } from './architectures/find-architecture.ts';
import { fullName } from './architectures/resolve-weights.ts';
import type { Architecture } from './architectures/architecture.ts';
import type { Head, ModelDescription } from './transformer-config.ts';

/** A weight a model needs, as its checkpoint stores it. */
export interface NeededWeight {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Which head of a family is meant. */
export interface HeadChoice {
  /** The language head of the family when left out. */
  readonly head?: Head;
  /** Number of classes of a classification head. @default 2 */
  readonly labels?: number;
}

/**
 * Tells from a config.json alone how the model it describes is built.
 *
 * @throws {LexigraftError} `unsupported-architecture` · `format`
 */
export function describeModel(config: Readonly<Record<string, unknown>>, choice: HeadChoice = {}): ModelDescription {
  return describe(config, choice).architecture.config;
}

/**
 * Lists the weights a config.json needs, under the names checkpoints use.
 *
 * @throws {LexigraftError} `unsupported-architecture` · `format`
 */
export function describeWeights(config: Readonly<Record<string, unknown>>, choice: HeadChoice = {}): readonly NeededWeight[] {
  const { entry, architecture } = describe(config, choice);
  return architecture.weights.map((weight) => ({ name: fullName(entry, weight), shape: weight.shape }));
}

function describe(
  config: Readonly<Record<string, unknown>>,
  { head, labels = 2 }: HeadChoice,
): { readonly entry: ArchitectureEntry; readonly architecture: Architecture } {
  const where = 'config.json';
  const entry = findArchitecture(config, where);
  const architecture = entry.describe({
    config,
    where,
    head: head ?? findHead(entry, config, (name) => name === entry.languageHeadTensor),
    labels,
  });
  return { entry, architecture };
}
