// safetensors
export { openSafetensors, type SafetensorsFile, type TensorReader } from './safetensors/safetensors-file.ts';
export { openWeights, type Weights } from './safetensors/weights.ts';
export { encodeHeader } from './safetensors/encode-header.ts';
export type { SafetensorsMetadata, TensorDeclaration, TensorEntry } from './safetensors/header.ts';
export { tensorBytes, type TensorDtype } from './safetensors/dtypes.ts';
export { createSafetensorsWriter, type SafetensorsDeclaration, type SafetensorsWriter } from './safetensors/safetensors-writer.ts';
export { alignedOrder, writeSafetensors, type TensorData } from './safetensors/write-safetensors.ts';
export { planShards, type PlannedShard, type ShardPlan } from './safetensors/plan-shards.ts';
export {
  COPY_BUFFER_BYTES,
  copyTensorBytes,
  copyWholeFile,
  type CopyFileOptions,
  type CopyMethod,
  type CopyTensorOptions,
} from './safetensors/copy.ts';
export { createAtomicFile, type AtomicFile, type AtomicFileOptions } from './safetensors/atomic-file.ts';
// architectures
export { describeArchitecture, type DescribeOptions } from './architectures/describe-architecture.ts';
export type { Architecture, PerTokenRole, PerTokenTensor, TensorShapes } from './architectures/architecture.ts';
export type { ModelConfig } from './architectures/model-config.ts';
// tokenizers
export { openTokenizer, type OpenTokenizer, type OpenTokenizerOptions } from './tokenizers/open-tokenizer.ts';
export { openWordTokenizer, type OpenWordTokenizer, type WordTokenizerOptions } from './tokenizers/open-word-tokenizer.ts';
export type { OutsideWords } from './tokenizers/word-vocabulary.ts';
export { tokenizerFiles, type TokenizerFileParts } from './tokenizers/tokenizer-files.ts';
export { tokenId, withAddedToken, withPostProcessor } from './tokenizers/edit-tokenizer.ts';
export type { AddedTokenEntry, JsonRecord, TokenizerComponent, TokenizerJson, TokenizerModel } from './tokenizers/tokenizer-json.ts';
// model folders
export { openModel, type ModelFolder, type OpenModelOptions } from './folder/open-model.ts';
export { withRowsOf } from './folder/with-rows-of.ts';
export type { CheckpointTable } from './folder/open-table.ts';
// word vectors
export { openWordVectors } from './vectors/open-word-vectors.ts';
export type { OpenWordVectors, WordVectorsOptions } from './vectors/word-vectors.ts';
export { readTrainingText, type ReadTextOptions } from './vectors/training/read-training-text.ts';
export { readTrainingTokens } from './vectors/training/read-training-tokens.ts';
export type { TrainingCorpus } from './vectors/training/training-corpus.ts';
export { trainWordVectors, type RowsInMemory, type TrainedVectors, type TrainingWork } from './vectors/training/train-word-vectors.ts';
export type { TrainingOptions, TrainingSettings } from './vectors/training/training-options.ts';
export type { SubwordTable } from './vectors/training/subword-table.ts';
export { writeTrainedVectors, type WriteVectorsOptions } from './vectors/training/write-trained-vectors.ts';
// writing models
export { checkOutput, rewriteModel } from './folder/rewrite-model.ts';
export { estimateRewrite, type EstimateRequest, type EstimatedFile, type RewriteEstimate } from './folder/estimate-rewrite.ts';
export type {
  FileMethod,
  RecordedInput,
  RewriteRequest,
  RewriteResult,
  TransferRecord,
  WrittenFile,
  WrittenSteering,
} from './folder/rewrite-request.ts';
export { folderContains, placeOutput, type OutputPlace, type ProtectedInput } from './folder/output-path.ts';
export type { TemplateSide } from './folder/build-tokenizer-files.ts';
export { readPostProcessor, type PostProcessing, type SequenceTemplate, type TemplatePiece } from './folder/sequence-template.ts';
export { translateSpecials, type SpecialTranslation, type TranslatedToken } from './folder/special-translation.ts';
export { translateTemplate, type TranslatedTemplate } from './folder/translate-template.ts';
export { readRecipe, RECIPE_FILE, type Recipes } from './folder/recipe-file.ts';
export { readSteering, STEERING_FILE, writeSteering } from './folder/steering-file.ts';
export { exportSteering, STEERING_EXPORT_FILE, type SteeringExport } from './folder/steering-export.ts';
export { verifyModel, type VerifyOptions } from './folder/verify-model.ts';
export type { Check, CheckName, Verification } from './folder/verification.ts';
export { TRANSFER_RECORD_FILE, type HashedFile } from './folder/transfer-record.ts';
// trained models and the states of their training
export { saveModel, type SaveRequest, type SaveResult } from './folder/save-model.ts';
export type { SavedTensor } from './folder/saved-layout.ts';
export { readTrainingState, writeTrainingState, type StoredTrainingState } from './training-state/training-state-file.ts';
// models with two input vocabularies
export { createHydra } from './hydra/create-hydra.ts';
export type { HydraRequest, HydraResult, HydraTarget } from './hydra/hydra-request.ts';
export { swapHydra, type SwapRequest, type SwapResult } from './hydra/swap-hydra.ts';
export { describeHydra, isHydra, type DescribedLanguage, type HydraDescription } from './hydra/describe-hydra.ts';
export { verifyHydra, type HydraCheck, type HydraVerification, type VerifyHydraOptions } from './hydra/verify-hydra.ts';
export { assertLanguageName, HYDRA_FILE, type HydraLanguage, type HydraRecord, type HydraTensor } from './hydra/hydra-record.ts';
// parallel corpora
export { openByteSource, type ByteSource, type PassOptions } from './vectors/byte-source.ts';
export { expandTokenizer, type ExpandedTokenizer, type TokenizerExpansionOptions } from './tokenizers/expand/expand-tokenizer.ts';
export { openMultilingualText } from './corpora/multilingual-text.ts';
export { openPlainText, type OpenPlainText, type PlainTextOptions } from './corpora/plain-text.ts';
export { readLines } from './corpora/text-lines.ts';
export { openParallelCorpus, type CorpusFormat, type ParallelCorpus, type ParallelCorpusOptions } from './corpora/parallel-corpus.ts';
// lexicons
export { openLexicon, type LexiconCounts, type OpenLexicon } from './lexicons/open-lexicon.ts';
export type { LexiconFormat } from './lexicons/lexicon-lines.ts';
export type { LexiconOptions } from './lexicons/lexicon-options.ts';
// hub
export { resolveModelPath, type ResolveModelOptions } from './hub/resolve-model-path.ts';
export type { HubFiles } from './hub/hub-files.ts';
export { isHubReference } from './hub/hub-reference.ts';
