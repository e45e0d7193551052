import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LexigraftError, validateMixture, type TokenMixture, type VocabularyPlan, type Warning } from '@lexigraft/core';
import { quoteName } from '../safetensors/quote-name.ts';
import { readJsonObject } from '../safetensors/read-json.ts';
import { isJsonRecord, type JsonRecord } from '../tokenizers/tokenizer-json.ts';
import { changeConfigIds, type ConfigChanges } from './config-ids.ts';
import { changedConfigText } from './config-text.ts';
import { toJsonText } from './json-text.ts';
import { findKeptFiles, type KeptFile } from './kept-files.ts';
import { paddedRows } from './padded-rows.ts';
import type { RewriteRequest } from './rewrite-request.ts';
import { sourceTokensOf, type SourceTokens } from './source-tokens.ts';
import { translateSpecials } from './special-translation.ts';
import { buildTokenizerFiles } from './build-tokenizer-files.ts';
import { movePositions, type MovedPositions } from './move-positions.ts';
import { prepareSteering, type PreparedSteering } from './prepare-steering.ts';
import { indexName, planWeights, type WeightLayout } from './weight-layout.ts';

/** The vocabulary of the new model, checked. */
export interface PreparedVocabulary {
  readonly plan: VocabularyPlan;
  /** Rows of the new tables, padding included. */
  readonly rows: number;
  /** Names of the source tokens the recipes take from. */
  readonly sourceTokens: SourceTokens;
}

/** Everything a rewrite will write, but for the numbers of the tables. */
export interface PreparedRewrite {
  readonly vocabulary?: PreparedVocabulary;
  readonly weights: WeightLayout;
  /** Absent when there are no edits of hidden states. */
  readonly steering?: PreparedSteering;
  /** Small files by name: configuration, tokenizer, index. */
  readonly texts: ReadonlyMap<string, string | Uint8Array>;
  readonly kept: readonly KeptFile[];
  /** Tables whose rows were moved to other places. */
  readonly movedTables: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Largest generation_config.json read, in bytes. */
const LARGEST_CONFIG = 10_000_000;

/**
 * Decides what a rewrite writes; reads headers and small files only.
 *
 * @throws {LexigraftError} `missing-target` · `tokenizer-mismatch` · `shape-mismatch` · `invalid-mixture` · `invalid-option` · `unsupported-format`
 */
export async function prepareRewrite(
  request: Pick<RewriteRequest, 'source' | 'target' | 'plan' | 'template' | 'padToMultiple' | 'steering'> & {
    /** Leaves the position table as it is: several vocabularies share it. */
    readonly keepPositions?: boolean;
  },
): Promise<PreparedRewrite> {
  const { source, plan } = request;
  assertChanges(request);
  const vocabulary = plan.vocabulary && prepareVocabulary(request, plan.vocabulary);
  const { steering, folded, warnings: steeringWarnings } = await prepareSteering(request);
  const warnings: Warning[] = [...source.warnings, ...plan.warnings, ...steeringWarnings];
  const texts = new Map<string, string | Uint8Array>(source.tokenizer.files);
  const generation = source.files.includes('generation_config.json')
    ? await readJsonObject(join(source.path, 'generation_config.json'), LARGEST_CONFIG)
    : undefined;
  let config: JsonRecord = source.config;
  let generationConfig: JsonRecord | undefined = generation;
  let moved: MovedPositions | undefined;
  if (vocabulary && request.target) {
    texts.clear();
    const changed = changeVocabularyFiles(request, vocabulary, generation, warnings);
    for (const [name, content] of changed.texts) texts.set(name, content);
    ({ config, generationConfig } = changed);
    moved = await movePositions(source, config);
    if (moved && request.keepPositions === true) {
      warnings.push(moved.unmoved);
      moved = undefined;
    } else if (moved) warnings.push(moved.warning);
  }
  const weights = planWeights(source.weights, {
    architecture: source.architecture,
    ...(vocabulary && { rows: vocabulary.rows }),
    replaced: new Map([...(plan.tensors ?? []), ...folded.replaced]),
    ...(moved && { moved: moved.tensors }),
    added: folded.added,
  });
  config = { ...config, ...moved?.settings, ...folded.settings };
  const textOf = (name: string): Promise<string> => readFile(join(source.path, name), 'utf8');
  texts.set('config.json', changedConfigText(await textOf('config.json'), source.config, config));
  if (generation && generationConfig)
    texts.set('generation_config.json', changedConfigText(await textOf('generation_config.json'), generation, generationConfig));
  if (weights.index) texts.set(indexName, toJsonText(weights.index));
  return {
    ...(vocabulary && { vocabulary }),
    ...(steering && { steering }),
    weights,
    texts,
    kept: await findKeptFiles(source.path),
    movedTables: [...(moved?.tensors.keys() ?? [])],
    warnings,
  };
}

interface ChangedFiles {
  readonly texts: ReadonlyMap<string, string | Uint8Array>;
  readonly config: JsonRecord;
  readonly generationConfig: JsonRecord | undefined;
}

function changeVocabularyFiles(
  { source, target, template = 'source' }: Pick<RewriteRequest, 'source' | 'target' | 'template'>,
  { plan, rows }: PreparedVocabulary,
  generation: JsonRecord | undefined,
  warnings: Warning[],
): ChangedFiles {
  if (!target) throw missingTarget();
  const translation = translateSpecials(source.tokenizer.vocabulary, target.vocabulary, plan.input);
  const tokenizer = buildTokenizerFiles({ source: source.tokenizer, target, modelConfig: source.config, translation, template });
  warnings.push(...tokenizer.warnings);
  const texts = new Map<string, string | Uint8Array>(tokenizer.files);
  // Other forms of the same vocabulary, e.g. vocab.txt.
  for (const [name, content] of target.files) if (!/\.(json|jinja)$/.test(name)) texts.set(name, content);

  const changes: ConfigChanges = {
    sourceSize: source.architecture.vocabularySize,
    targetRows: rows,
    translate: (id) => translation.byId(id)?.id,
    roles: target.vocabulary.roles,
  };
  const { vocabularySizePath, otherSizePaths } = source.architecture;
  const config = changeConfigIds(source.config, { ...changes, vocabularySizePath, otherSizePaths });
  const generationConfig = generation && changeConfigIds(generation, changes);
  for (const [file, lost] of [
    ['config.json', config.lost],
    ['generation_config.json', generationConfig?.lost ?? []],
  ] as const) {
    for (const name of lost) {
      warnings.push({
        code: 'config-id-missing',
        message: `${file} names a token in ${name} for which the target vocabulary has nothing; the setting was emptied.`,
      });
    }
  }
  if (typeof config.config.tokenizer_class === 'string') config.config.tokenizer_class = tokenizer.tokenizerConfig.tokenizer_class;
  if (isJsonRecord(config.config.auto_map)) {
    config.config.auto_map = Object.fromEntries(Object.entries(config.config.auto_map).filter(([name]) => name !== 'AutoTokenizer'));
  }
  return { texts, config: config.config, generationConfig: generationConfig?.config };
}

function assertChanges({ plan }: Pick<RewriteRequest, 'plan'>): void {
  if (plan.vocabulary || (plan.tensors?.size ?? 0) > 0 || (plan.steering?.edits.length ?? 0) > 0) return;
  throw new LexigraftError(
    'empty-input',
    'The plan changes nothing: it has neither a vocabulary nor tensors nor edits of hidden states.',
    {},
  );
}

function prepareVocabulary(
  { source, target, padToMultiple }: Pick<RewriteRequest, 'source' | 'target' | 'padToMultiple'>,
  plan: VocabularyPlan,
): PreparedVocabulary {
  if (!target) throw missingTarget();
  const { vocabulary } = target;
  const differing = plan.target === vocabulary ? -1 : firstDifference(plan.target.tokens, vocabulary.tokens);
  if (differing >= 0) {
    throw new LexigraftError(
      'tokenizer-mismatch',
      `The plan was made for another tokenizer: id ${differing} is ${quoteName(plan.target.tokens[differing])} in the plan and ${quoteName(vocabulary.tokens[differing])} in \`target\`.`,
      { id: differing },
    );
  }
  assertRecipe('plan.vocabulary.input', plan.input, vocabulary.size, source.architecture.rows);
  if (plan.output) assertRecipe('plan.vocabulary.output', plan.output, vocabulary.size, source.architecture.rows);
  const rows = paddedRows(vocabulary.size, { rows: source.architecture.rows, tokens: source.tokenizer.vocabulary.size }, padToMultiple);
  const recipes = plan.output ? [plan.input, plan.output] : [plan.input];
  return { plan, rows, sourceTokens: sourceTokensOf(source.tokenizer.vocabulary, recipes) };
}

function assertRecipe(name: string, recipe: TokenMixture, tokens: number, sourceRows: number): void {
  validateMixture(recipe, name);
  if (recipe.rows === tokens && recipe.columns <= sourceRows) return;
  throw new LexigraftError(
    'shape-mismatch',
    `\`${name}\` makes ${recipe.rows} rows out of ${recipe.columns}; the target vocabulary has ${tokens} ids and the source ${sourceRows} rows.`,
    { argument: name, expected: [tokens, sourceRows], received: [recipe.rows, recipe.columns] },
  );
}

function firstDifference(one: readonly unknown[], other: readonly unknown[]): number {
  for (let i = 0; i < Math.max(one.length, other.length); i++) if (one[i] !== other[i]) return i;
  return -1;
}

function missingTarget(): LexigraftError {
  return new LexigraftError('missing-target', 'The plan changes the vocabulary, so `target` must be the tokenizer it was made for.', {
    option: 'target',
  });
}
