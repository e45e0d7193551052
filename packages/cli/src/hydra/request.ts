import { assertLanguageName } from '@lexigraft/checkpoint';
import { isLexigraftError, LexigraftError, type ResourceName } from '@lexigraft/core';
import { twoNames } from '../arguments/list-readers.ts';
import { requiredFlag } from '../arguments/required-flag.ts';
import type { CommandIo } from '../io.ts';
import { steersOnly } from '../steer/request.ts';
import { chainedNames } from '../strategy-chain.ts';
import { flagOf } from '../transfer/missing-resources.ts';
import { readTransferJob, type TransferFlags, type TransferJob } from '../transfer/request.ts';

/** Flags of `lexigraft hydra create` that are given once per language, as `LANGUAGE=VALUE`. */
const perLanguage = ['target', 'helper', 'vectors', 'lexicon', 'text', 'pairs', 'parallelSource', 'parallelTarget', 'languages'] as const;

/** One of the flags that are given per language. */
type PerLanguage = (typeof perLanguage)[number];

/** Flags of `lexigraft transfer` that there are none of here. */
type NotTaken =
  | 'texts'
  | 'body'
  | 'override'
  | 'sampleText'
  | 'rebasedSource'
  | 'dryRun'
  | 'keepSourceVocabulary'
  | 'addTokens'
  | 'targetWords'
  | 'outsideWords';

/** Flags of `lexigraft hydra create` as the command line reads them. */
export interface HydraCreateFlags
  extends Omit<TransferFlags, PerLanguage | NotTaken>, Readonly<Partial<Record<PerLanguage, readonly string[]>>> {
  readonly active?: string;
}

/** What shall be made of one language. */
export interface LanguageJob {
  readonly language: string;
  readonly job: TransferJob;
}

/**
 * Checks the flags of `lexigraft hydra create`: one transfer per language, in the order the languages are first named.
 *
 * @throws {LexigraftError} `invalid-option` and what the flags of a transfer are refused for
 */
export async function readHydraJobs(flags: HydraCreateFlags, io: CommandIo): Promise<readonly LanguageJob[]> {
  requiredFlag('--source', flags.source, 'the model that gets a second vocabulary', 'hydra create');
  requiredFlag(
    '--strategy',
    flags.strategy,
    'how the rows of the new vocabularies are made; `lexigraft strategies` lists them',
    'hydra create',
  );
  const steering = chainedNames(flags.strategy ?? '').find(steersOnly);
  if (steering !== undefined)
    throw invalid('strategy', `--strategy ${steering} makes no rows for a vocabulary, so hydra create has no use for it; leave it out.`);
  requiredFlag('--out', flags.out, 'the folder to write', 'hydra create');
  const given = new Map(perLanguage.map((flag) => [flag, byLanguage(flag, flags[flag] ?? [])]));
  const languages = [...new Set([...(given.get('target')?.keys() ?? []), ...(given.get('helper')?.keys() ?? [])])];
  if (languages.length === 0) {
    const message =
      '--target is missing: LANGUAGE=TOKENIZER, such as de=german-model, once per target language. See lexigraft hydra create --help';
    throw new LexigraftError('missing-target', message, { option: '--target' });
  }
  languages.forEach(assertLanguageName);
  for (const [flag, values] of given) {
    const stranger = [...values.keys()].find((language) => !languages.includes(language));
    if (stranger === undefined) continue;
    throw invalid(flag, `${nameOf(flag)} names the language ${stranger}, which has no --target; the targets are ${languages.join(', ')}.`);
  }
  if (flags.active !== undefined && !languages.includes(flags.active))
    throw invalid('active', `--active must be one of the target languages, ${languages.join(', ')}; received \`${flags.active}\`.`);
  const jobs: LanguageJob[] = [];
  for (const language of languages) {
    const { languages: pair, ...own } = Object.fromEntries(
      [...given].flatMap(([flag, values]) => (values.has(language) ? [[flag, values.get(language)]] : [])),
    ) as Partial<Record<PerLanguage, string>>;
    const shared: Omit<HydraCreateFlags, PerLanguage> = Object.fromEntries(
      Object.entries(flags).filter(([flag]) => !perLanguage.some((name) => name === flag)),
    ) as unknown as Omit<HydraCreateFlags, PerLanguage>;
    const job = await readTransferJob(
      { ...shared, ...own, ...(pair !== undefined && { languages: twoNames('--languages', 'en,de')(pair) }) },
      io,
    ).catch((error: unknown) => failFor(language, error));
    jobs.push({ language, job });
  }
  return jobs;
}

/** Throws what a language's transfer is refused for; of resources that are missing it says how they are given here. */
function failFor(language: string, error: unknown): never {
  if (!isLexigraftError(error) || error.code !== 'missing-resource') throw error;
  const flags = (error.details.missing as readonly ResourceName[])
    .map(flagOf)
    .filter((flag) => perLanguage.some((name) => nameOf(name) === flag));
  if (flags.length === 0) throw error;
  const sentence = `Here these are given for each language: ${flags.map((flag) => `${flag} ${language}=…`).join(' ')}`;
  throw new LexigraftError(error.code, `${error.message}\n${sentence}`, { ...error.details, language }, error);
}

/** Parts `LANGUAGE=VALUE` at its first equals sign. */
function byLanguage(flag: PerLanguage, values: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const value of values) {
    const at = value.indexOf('=');
    const [language, rest] = [value.slice(0, Math.max(0, at)).trim(), value.slice(at + 1)];
    if (at < 0 || language === '' || rest.trim() === '')
      throw invalid(flag, `${nameOf(flag)} must look like LANGUAGE=VALUE, such as de=…; received \`${value}\`.`);
    if (found.has(language)) throw invalid(flag, `${nameOf(flag)} is given twice for ${language}.`);
    found.set(language, rest);
  }
  return found;
}

function nameOf(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function invalid(option: string, message: string): LexigraftError {
  return new LexigraftError('invalid-option', message, { option });
}
