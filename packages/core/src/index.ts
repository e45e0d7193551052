// errors
export {
  errorCodes,
  isLexigraftError,
  LexigraftError,
  ShapeError,
  type ErrorCode,
  type ErrorDetails,
  type Json,
  type SerializedLexigraftError,
} from './errors/index.ts';
// linear algebra
export {
  assertFinite,
  assertShape,
  gatherRows,
  matrix,
  matrixFromRows,
  row,
  rowBlock,
  zeros,
  type Matrix,
  type MatrixData,
} from './linalg/matrix.ts';
export { applyLinearMap, type LinearMap } from './linalg/linear-map.ts';
export { cholesky } from './linalg/cholesky.ts';
export { fitRowBlock, fitRows, type FitRowBlock, type FitRowsRequest, type FittedRows } from './linalg/fit-rows.ts';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './linalg/half-precision.ts';
export { leastSquares, pseudoInverse, type LeastSquaresFit, type LeastSquaresOptions } from './linalg/least-squares.ts';
export { minimumNormWeights, type RowFit } from './linalg/minimum-norm-weights.ts';
export { procrustesWeights } from './linalg/procrustes-weights.ts';
export { nearestRotation, orthogonalProcrustes, type ProcrustesFit } from './linalg/procrustes.ts';
export { matchingPursuit, type PursuitRequest, type PursuitSupports } from './linalg/pursuit/matching-pursuit.ts';
export type { RowFitFigures, RowFitOptions } from './linalg/row-fitter.ts';
export { sparsemax, sparsemaxThreshold, type Sparsemax, type SparsemaxThreshold } from './linalg/sparsemax.ts';
export { symmetricEigen, type SymmetricEigen } from './linalg/symmetric-eigen.ts';
export { tableGram, type TableGram } from './linalg/table-gram.ts';
export { randomizedSvd, thinSvd, thinSvdOf, type RandomizedSvdOptions, type Svd } from './linalg/svd.ts';
// vocabularies
export {
  hasToken,
  tokenBytes,
  type NormalizationStep,
  type SpecialRole,
  type TokenizerKind,
  type Vocabulary,
} from './vocabulary/vocabulary.ts';
export type { EncodeOptions, Encodings, Tokenizer } from './vocabulary/tokenizer.ts';
export type { Overlap, OverlapOptions } from './vocabulary/overlap-types.ts';
export { buildVocabulary, type VocabularyDescription } from './vocabulary/build-vocabulary.ts';
export { canonicalToken, isByteToken, type CanonicalToken } from './vocabulary/canonical-bytes.ts';
export { caseFolded, normalizeText } from './vocabulary/normalization.ts';
export { findOverlap } from './vocabulary/overlap.ts';
export { findRoles, type RoleFacts, type RoleFindings } from './vocabulary/roles.ts';
export { matchSpecials } from './vocabulary/special-matches.ts';
export { writeToken } from './vocabulary/write-token.ts';
export { indexTokens, type TokenIndex } from './vocabulary/token-index.ts';
export { displayToken, isText, tokenText } from './vocabulary/token-text.ts';
// randomness
export { normalStream } from './random/normal-stream.ts';
export { randomStream } from './random/random-stream.ts';
// recipes
export { applyMixture, type ApplyMixtureRequest } from './mixture/apply-mixture.ts';
export { averageRows, chooseRows, type AverageOptions, type MadeRecipe, type WeighedRecipe } from './mixture/combine-recipes.ts';
export { composeMixtures } from './mixture/compose-mixtures.ts';
export { mixBlock, type MixBlock, type MixContext, type StoredRows } from './mixture/mix-block.ts';
export { createMixtureBuilder, type MixtureBuilder, type MixtureShape } from './mixture/mixture-builder.ts';
export { mixtureRow, type MixtureRow } from './mixture/mixture-row.ts';
export { mixtureStatistics, type MixtureStatistics, type Spread } from './mixture/mixture-statistics.ts';
export { mixtureFromTensors, mixtureToTensors, type RecipeTensor, type RecipeTensors } from './mixture/mixture-tensors.ts';
export { elementBytes, isTableDtype, rawTable, type RawTable, type TableDtype, type TableElements } from './mixture/raw-table.ts';
export { assertEntries, MAXIMUM_ENTRIES } from './mixture/recipe-size.ts';
export { isCopyOrigin, RowOrigin, rowOriginNames, type RowOriginName } from './mixture/row-origin.ts';
export {
  covariance,
  drawIndependentRow,
  drawKey,
  drawRowMixing,
  mixFactorByNormals,
  mixRowsByNormals,
  ROWS_PER_DRAW,
  type RowMixingDraw,
} from './mixture/sampled-rows.ts';
export {
  momentsOfBlock,
  tableMoments,
  type BlockMoments,
  type MomentsBlock,
  type TableMoments,
  type TableMomentsRequest,
} from './mixture/table-moments.ts';
export type { Sampling, TokenMixture } from './mixture/token-mixture.ts';
export { validateMixture } from './mixture/validate-mixture.ts';
// compute
export type { Compute, KeyIndex, TopProducts } from './compute/compute.ts';
export { createPlainCompute } from './compute/plain.ts';
export { nearestNeighbours, type NeighbourMetric, type NeighbourOptions } from './linalg/neighbours.ts';
export { exactNeighbours, type ExactNeighbourOptions, type ExactNeighbours } from './linalg/exact-neighbours.ts';
export type { SearchOptions } from './linalg/search-blocks.ts';
export type { SparseWeights } from './linalg/sparse-rows.ts';
export { sparsemaxNeighbours, type SparsemaxNeighbourOptions } from './linalg/sparsemax-neighbours.ts';
// workers
export { createInlinePool } from './workers/inline-pool.ts';
export { createCheckpoint } from './workers/worker-context.ts';
export { forEachInPool } from './linalg/map-in-pool.ts';
export { toShared, type NumericArray } from './linalg/shared-array.ts';
export type { RunOptions, WorkerContext, WorkerFunction, WorkerPool, WorkerTask } from './workers/worker-pool.ts';
// transfer
export type {
  Citation,
  EmbeddingTransfer,
  Progress,
  SteeringEdit,
  SteeringPlan,
  TransferInput,
  TransferPlan,
  VocabularyPlan,
  Warning,
} from './transfer/embedding-transfer.ts';
export type {
  EmbeddingModel,
  EmbeddingTable,
  HiddenStateReader,
  LayerLosses,
  LayerTrainer,
  LayerTrainingRequest,
  Lexicon,
  LexiconPair,
  MultilingualText,
  ParallelText,
  PlainText,
  Pooling,
  ResourceName,
  Resources,
  SentencePair,
  WordVectors,
} from './transfer/resources.ts';
export { resourcesOfModel } from './transfer/resources.ts';
export type { AnyEmbeddingTransfer } from './transfer/any-transfer.ts';
export { compose, ensemble, route, type EnsembleMember, type NeedsOf, type Route } from './transfer/compose.ts';
export { expandPlan, keepSourceVocabulary, type PlanExpansion } from './transfer/expand-plan.ts';
export { expandVocabulary, type ExpandedVocabulary, type ExpansionOptions } from './transfer/expand-vocabulary.ts';
export { findHelperTokens, readHelperRows, type HelperTokens } from './transfer/helper-rows.ts';
export { helperVectors } from './transfer/helper-vectors.ts';
export { choice, count, flag, positive, quantity, readOptions, type OptionRule, type OptionValues } from './transfer/options.ts';
export { planTransfer } from './transfer/plan-transfer.ts';
export type { TransferRequest } from './transfer/prepare-transfer.ts';
export { readRows } from './transfer/read-rows.ts';
export { createRegistry, type Registry, type StrategyFactory, type StrategyLoaders } from './transfer/registry.ts';
export { subwordVectors, type SubwordVectorOptions } from './transfer/subword-vectors.ts';
export { suggestionsFor } from './transfer/suggestions.ts';
export { tokenClassifier, type TokenClass } from './transfer/token-classes.ts';
export { tokenPieces, type TokenPieceOptions, type TokenPieces } from './transfer/token-pieces.ts';
export { isDirection, tokenVectors, vectorsOf, type TokenVectorOptions, type TokenVectors } from './transfer/token-vectors.ts';
export {
  draftRecipe,
  usableAnchors,
  withTarget,
  type Anchors,
  type DraftOptions,
  type RecipeDraft,
  type VocabularyInput,
} from './transfer/vocabulary-recipe.ts';
