import { LexigraftError, type Warning } from '@lexigraft/core';
import { changedConfigText } from '../folder/config-text.ts';
import type { ProtectedInput } from '../folder/output-path.ts';
import { prepareRewrite, type PreparedRewrite, type PreparedVocabulary } from '../folder/prepare-rewrite.ts';
import type { RewriteRequest } from '../folder/rewrite-request.ts';
import { sourceLabel, targetLabel } from '../folder/transfer-record.ts';
import { isJsonRecord, type JsonRecord } from '../tokenizers/tokenizer-json.ts';
import { fileBytes, hydraIndexFile, hydraTensor, languageTensors, planHydra, type HydraLayout } from './hydra-layout.ts';
import { STEERING_FILE } from '../folder/steering-file.ts';
import { assertLanguageName, HYDRA_FILE, rowsFileOf, settingsFiles, type HydraRecord } from './hydra-record.ts';
import type { HydraRequest, HydraTarget } from './hydra-request.ts';
import { settingsOfLanguages } from './language-files.ts';

/** A target with everything decided. */
export interface PreparedTarget extends HydraTarget {
  /** The rewrite that would make a model of this vocabulary alone. */
  readonly request: RewriteRequest;
  readonly prepared: PreparedRewrite;
  readonly vocabulary: PreparedVocabulary;
  /** Small files, by name: configuration with both sizes, tokenizer. */
  readonly texts: ReadonlyMap<string, string | Uint8Array>;
}

/** A large file that will be written. */
export interface PlannedFile {
  readonly name: string;
  readonly bytes: number;
}

/** Everything a Hydra checkpoint will hold, but for the numbers of its tables. */
export interface PreparedHydra {
  readonly layout: HydraLayout;
  readonly targets: readonly PreparedTarget[];
  readonly active: PreparedTarget;
  readonly record: HydraRecord;
  /** In the order of writing. */
  readonly large: readonly PlannedFile[];
  readonly warnings: readonly Warning[];
}

/**
 * Decides what a Hydra checkpoint will hold; reads headers and small files only.
 *
 * @throws {LexigraftError} `invalid-option` · `unsupported-architecture` and what preparing a rewrite throws
 */
export async function prepareHydra(request: HydraRequest): Promise<PreparedHydra> {
  assertTargets(request);
  const layout = planHydra(request.source);
  const targets = await Promise.all(request.targets.map((target) => prepareTarget(request, target)));
  const active = targets.find(({ language }) => language === request.active) ?? targets[0];
  const bytesOf = ({ vocabulary, request: rewrite }: PreparedTarget, withSource: boolean): number =>
    fileBytes(languageTensors(layout, rewrite, vocabulary.rows, withSource), layout.metadata);
  const warnings = targets.flatMap(({ language, prepared, plan }) => [
    ...prepared.warnings,
    ...(plan.vocabulary?.rebasedSource ? [rebasedSource(language)] : []),
  ]);
  return {
    layout,
    targets,
    active,
    record: recordOf(request, layout, targets, active),
    large: [
      ...layout.body.map(({ name, bytes }) => ({ name, bytes })),
      { name: layout.tablesFile, bytes: bytesOf(active, true) },
      ...targets
        .filter((target) => target !== active)
        .map((target) => ({ name: rowsFileOf(target.language), bytes: bytesOf(target, false) })),
    ],
    warnings: [...new Map(warnings.map((warning) => [warning.message, warning])).values()],
  };
}

/** What the output must leave alone. */
export function protectedInputs({ source, targets }: HydraRequest): ProtectedInput[] {
  const ofTargets = targets.flatMap(({ tokenizer, record }) => [
    { what: 'a target tokenizer', path: tokenizer.path },
    ...(record.inputs ?? []).map(({ role, path }) => ({ what: `the ${role}`, path })),
  ]);
  return [{ what: 'the source model', path: source.path }, ...ofTargets];
}

/** Reads a small JSON file that this package has just made. */
export function parseText(content: string | Uint8Array | undefined): JsonRecord {
  return JSON.parse(textOf(content)) as JsonRecord;
}

function textOf(content: string | Uint8Array = ''): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function assertTargets({ targets, active, source }: HydraRequest): void {
  const invalid = (option: string, message: string): LexigraftError => new LexigraftError('invalid-option', message, { option });
  if (targets.length === 0) throw invalid('targets', 'A Hydra checkpoint needs at least one target vocabulary.');
  const seen = new Set<string>();
  for (const { language, plan } of targets) {
    assertLanguageName(language);
    // Folders of names that differ in case only are one folder on some systems.
    if (seen.has(language.toLowerCase()))
      throw invalid('targets', `The language ${language} is given twice; each needs a name of its own.`);
    seen.add(language.toLowerCase());
    if (!plan.vocabulary)
      throw invalid('plan', `The plan for ${language} changes no vocabulary, so there are no rows to put before those of the source.`);
    if ((plan.tensors?.size ?? 0) > 0)
      throw invalid(
        'plan',
        `The plan for ${language} replaces other tensors too; a Hydra checkpoint has one body for all its vocabularies.`,
      );
    if ((plan.steering?.edits.length ?? 0) > 0)
      throw invalid(
        'plan',
        `The plan for ${language} steers hidden states too; a Hydra checkpoint has one body for all its vocabularies, and no edits.`,
      );
  }
  if (source.files.includes(STEERING_FILE))
    throw invalid(
      'source',
      `${source.path} carries edits of hidden states in ${STEERING_FILE}, which a Hydra checkpoint does not keep; take the model it was steered from.`,
    );
  if (active !== undefined && !targets.some(({ language }) => language === active))
    throw invalid(
      'active',
      `The active language must be one of ${targets.map(({ language }) => language).join(', ')}; received \`${active}\`.`,
    );
  if (source.files.includes(HYDRA_FILE)) throw invalid('source', `${source.path} is a Hydra checkpoint already.`);
}

function rebasedSource(language: string): Warning {
  const message = `The strategy for ${language} would move the rows of the source as well; a Hydra checkpoint keeps them as they are.`;
  return { code: 'source-rows-kept', message };
}

async function prepareTarget(request: HydraRequest, target: HydraTarget): Promise<PreparedTarget> {
  const { tokenizer, plan, record, language } = target;
  const rewrite: RewriteRequest = { ...request, target: tokenizer, plan, record: { language, ...record } };
  const prepared = await prepareRewrite({ ...rewrite, keepPositions: true });
  const { vocabulary } = prepared;
  if (!vocabulary) throw new Error('A plan without a vocabulary came through.');
  const texts = new Map(prepared.texts);
  texts.delete(hydraIndexFile);
  const { vocabularySizePath, rows } = request.source.architecture;
  const config = parseText(texts.get('config.json'));
  texts.set(
    'config.json',
    changedConfigText(textOf(texts.get('config.json')), config, withBothSizes(config, vocabularySizePath, vocabulary.rows, rows)),
  );
  return { ...target, request: rewrite, prepared, vocabulary, texts };
}

/** Says beside `vocab_size`, which stays the number of predictions, how many ids are read. */
function withBothSizes(config: JsonRecord, [key, ...rest]: readonly string[], rows: number, sourceRows: number): JsonRecord {
  const part = config[key];
  if (rest.length > 0) return { ...config, [key]: withBothSizes(isJsonRecord(part) ? part : {}, rest, rows, sourceRows) };
  return { ...config, [key]: rows, input_vocab_size: rows + sourceRows, output_vocab_size: rows };
}

function recordOf({ source }: HydraRequest, layout: HydraLayout, targets: readonly PreparedTarget[], active: PreparedTarget): HydraRecord {
  const configurations = targets.map(({ texts }) =>
    Object.fromEntries(settingsFiles.flatMap((file) => (texts.has(file) ? [[file, parseText(texts.get(file))] as const] : []))),
  );
  return {
    active: active.language,
    source: { label: sourceLabel(active.request), tokens: source.tokenizer.vocabulary.size, rows: source.architecture.rows },
    targets: targets.map(({ language, request, tokenizer, vocabulary }) => ({
      language,
      label: targetLabel(request),
      tokens: tokenizer.vocabulary.size,
      rows: vocabulary.rows,
    })),
    tied: source.architecture.tied,
    tensors: layout.perToken.map(hydraTensor),
    settings: settingsOfLanguages(configurations),
  };
}
