export { padBatch, type Batch, type PadOptions, type TokenIds } from './batch.ts';
export type { EmbeddingChange } from './embedding-change.ts';
export type { ForwardOptions, LayerHooks, TransformerGraph } from './graph.ts';
export type { Tfjs } from './tfjs.ts';
export type { Head, ModelDescription, TransformerConfig } from './transformer-config.ts';
export type {
  ClassificationInput,
  ContinuationRequest,
  ContinuationScores,
  ForwardLimits,
  HiddenStates,
  MaskedTarget,
  ModelSource,
  ParameterLayout,
  ParameterValues,
  TargetScores,
  TokenScores,
  Transformer,
} from './transformer.ts';
export { supportedModelTypes } from './architectures/find-architecture.ts';
export { describeModel, describeWeights, type HeadChoice, type NeededWeight } from './describe-model.ts';
export { loadTransformer, type LoadOptions } from './load-transformer.ts';
export { registerWasmKernels } from './devices/kernels/register-wasm-kernels.ts';
export {
  allParameters,
  causalLanguageLoss,
  classificationLoss,
  classifierParameters,
  configuredDropout,
  constantSchedule,
  cosineSchedule,
  createAdamW,
  createLoraAdapters,
  embeddingParameters,
  evaluateLoss,
  lastLayerParameters,
  layerOf,
  linearSchedule,
  maskedLanguageLoss,
  maskTokens,
  outerLayerParameters,
  readParameters,
  sumCrossEntropy,
  trainModel,
  type AdamW,
  type AdamWOptions,
  type DropoutOptions,
  type DropoutSite,
  type EvaluationRequest,
  type LoraAdapters,
  type LoraOptions,
  type MaskedSequence,
  type MaskingOptions,
  type ParameterSelection,
  type PreparedLoss,
  type Schedule,
  type ScheduleMoment,
  type ScheduleOptions,
  type TrainableVariables,
  type TrainingBudget,
  type TrainingData,
  type TrainingExample,
  type TrainingLoss,
  type TrainingPosition,
  type TrainingProgress,
  type TrainingRequest,
  type TrainingResult,
  type TrainingState,
  type WarmUp,
} from './training/index.ts';
export { createHiddenStateReader, type HiddenStateReaderOptions } from './lens/hidden-state-reader.ts';
export { createLayerTrainer } from './lens/layer-trainer.ts';
