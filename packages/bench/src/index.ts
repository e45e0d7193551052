// tasks
export { defineTask, type LoadRequest, type ModelKind, type Task, type TaskInput, type WorkContext } from './tasks/task.ts';
export type { Curve, ItemOutcomes, MetricUnit, MetricValue, TaskResult } from './tasks/task-result.ts';
export type { SourceTraining, StageCost, Subject, TextSide } from './tasks/subject.ts';
export { createTask, taskIds } from './tasks/create-task.ts';
export { codePoints, TARGET_DELIMITER, utf8Bytes, xnliChoices } from './tasks/xnli/choices.ts';
export { chooseLargest } from './tasks/xnli/choose.ts';
export { labelWords, xnliLanguages, type LabelWords, type XnliWording } from './tasks/xnli/label-words.ts';
export { cost, type CostOptions } from './tasks/cost.ts';
export { coverage, type CoverageOptions } from './tasks/embeddings/coverage.ts';
export { fertility, type FertilityOptions } from './tasks/embeddings/fertility.ts';
export { lexicon, type LexiconTaskOptions } from './tasks/embeddings/lexicon.ts';
export { retrieval, type RetrievalOptions } from './tasks/embeddings/retrieval.ts';
export { adaptation, type AdaptationOptions } from './tasks/language-modelling/adaptation.ts';
export { bitsPerByteTask, type BitsPerByteOptions } from './tasks/language-modelling/bits-per-byte.ts';
export { dataTransferTask, type DataTransferOptions } from './tasks/language-modelling/data-transfer-task.ts';
export type { Masking } from './tasks/language-modelling/text-losses.ts';
export type { Trainable } from './tasks/language-modelling/train-language.ts';
export { xtremeSettings, type FineTuning } from './tasks/xnli/fine-tune.ts';
export { xnliFinetuned, type XnliFinetunedOptions } from './tasks/xnli/xnli-finetuned.ts';
export { xnliLikelihood, type XnliLikelihoodOptions } from './tasks/xnli/xnli-likelihood.ts';
// data
export type { DatasetName, DatasetSources, NliColumns, NliFile } from './data/dataset-sources.ts';
export { digestTexts } from './data/digest.ts';
export { assertNoLeak, withoutLeaks } from './data/leaks.ts';
export { loadLexicon, loadLines, loadNli, loadPairs, openText, requireDataset } from './data/load-datasets.ts';
export { readNli, type NliData } from './data/read-nli.ts';
export { nliLabels, type NliItem, type NliLabel } from './data/nli-item.ts';
// metrics
export {
  dataTransfer,
  leastLossBySize,
  publishedDataTransfer,
  type CurvePosition,
  type DataTransfer,
  type ScratchPoint,
} from './metrics/data-transfer.ts';
// statistics
export { compareAllOutcomes, compareOutcomes, type PairedComparison } from './statistics/compare-outcomes.ts';
export { holm } from './statistics/holm.ts';
export { mcnemar, type McNemar } from './statistics/mcnemar.ts';
export {
  pairedBootstrap,
  pairedBootstraps,
  type BootstrapOptions,
  type PairedBootstrap,
  type PairedLists,
} from './statistics/paired-bootstrap.ts';
export { summarizeRepeats, type Repeats } from './statistics/repeats.ts';
export { estimateMean, estimateWeightedMean, poolEstimates, type GroupEstimate, type MeanEstimate } from './statistics/standard-error.ts';
export { wilsonInterval, Z_95 } from './statistics/wilson.ts';
// configuration
export type {
  BenchConfig,
  DatasetSpecs,
  LanguageSpec,
  LexiconSpec,
  NamedSpec,
  NliSpec,
  PairsSpec,
  TextSpec,
} from './config/bench-config.ts';
export { checkBenchConfig, type ConfigOrigin } from './config/check-config.ts';
export { readBenchConfig } from './config/read-config.ts';
// runner
export type { Cell, CellFailure, CellRecord, Job, SkippedCell } from './runner/cell.ts';
export type { BenchHost, Evaluation, EvaluationContext, Workshop } from './runner/host.ts';
export { openResultsFolder, type ResultsFolder } from './runner/results-folder.ts';
export type { WorkerLauncher } from './runner/process-pool.ts';
export { processChannel, serveJobs, type WorkerChannel } from './runner/serve-jobs.ts';
export type { CellEstimate } from './runner/estimate-cells.ts';
export { forecastBench, type BenchForecast } from './runner/forecast-bench.ts';
export {
  runBench,
  type BenchOutcome,
  type BenchProgress,
  type BenchRequest,
  type JobRunner,
  type JobRunnerFactory,
  type RunMode,
} from './runner/run-bench.ts';
// workshop
export { createModelWorkshop, type ModelWorkshopOptions } from './workshop/model-workshop.ts';
export type { WorkshopEngine } from './workshop/make-model.ts';
export { saveTransformer } from './workshop/save-transformer.ts';
// queue
export { assertQueueAnswers, createQueueRunner, type QueueRunnerOptions } from './queue/queue-runner.ts';
export { serveQueue, type ServeQueueOptions } from './queue/serve-queue.ts';
// synthetic languages
export { scoreBagOfWords, type BagOfWordsScore } from './synthetic/bag-of-words.ts';
export { deriveLanguage, sourceDesign, targetDesigns, type LanguageDesign, type SyntheticLanguage } from './synthetic/language.ts';
export { trainNliEncoder, trainTextEncoder, type EncoderTraining } from './synthetic/train-encoders.ts';
export { oracle, type GoldAlignment } from './synthetic/oracle.ts';
export { writeTinyEncoder, type EncoderSize, type TinyEncoderRequest } from './synthetic/tiny-encoder.ts';
export { trainTokenizer, type TokenizerFolder, type TrainedKind } from './synthetic/train-tokenizer.ts';
export {
  writeWorld,
  type LanguageFiles,
  type TargetFiles,
  type World,
  type WorldRequest,
  type WorldSizes,
} from './synthetic/write-world.ts';
// reports
export { buildReport } from './report/build-report.ts';
export { compareReports, readReport, type ComparedRow, type ReportComparison } from './report/compare-reports.ts';
export { formatDifference, formatPValue, formatValue } from './report/format-value.ts';
export { lmEvalFiles, type LmEvalFile } from './report/lm-eval-json.ts';
export { benchPage } from './report/page.ts';
export { rankStrategies, type Ranking } from './report/rank-strategies.ts';
export type { BenchReport, Comparison, ReportCost, ReportCurve, ReportPlace, ReportRow } from './report/report.ts';
export { seedsSoFar } from './report/seeds-so-far.ts';
export { toLatex, toMarkdown } from './report/tables.ts';
export { writeReports, type ReportFiles } from './report/write-reports.ts';
