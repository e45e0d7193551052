import type { Matrix } from '../linalg/matrix.ts';
import type { Tokenizer } from '../vocabulary/tokenizer.ts';

/** A per-token table of a checkpoint, read lazily. */
export interface EmbeddingTable {
  readonly rows: number;
  readonly columns: number;
  /**
   * Reads rows `[start, end)` as float32, `[end - start, columns]`.
   *
   * @throws {LexigraftError} `id-out-of-range`
   */
  readRange(start: number, end: number, signal?: AbortSignal): Promise<Matrix>;
}

/** A model seen from its vocabulary: tokenizer and embedding tables. */
export interface EmbeddingModel {
  readonly tokenizer: Tokenizer;
  /** Input embeddings; at least `tokenizer.vocabulary.size` rows, more when padded. */
  readonly input: EmbeddingTable;
  /** Output head, only when it is not tied to the input embeddings. */
  readonly output?: EmbeddingTable;
}

/** Static word vectors of one language. */
export interface WordVectors {
  readonly dimension: number;
  /** Words of the table, commonest first. */
  readonly words: readonly string[];
  /** Returns the vectors of `words`, `[words.length, dimension]`; a word neither listed nor composable gives a zero row. */
  vectorsOf(words: readonly string[], signal?: AbortSignal): Promise<Matrix>;
}

/** A sentence and its translation. */
export type SentencePair = readonly [source: string, target: string];

/** Sentences with their translations, readable any number of times. */
export interface ParallelText {
  /** Reads the pairs from the beginning. */
  pairs(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<SentencePair>;
}

/** A word and a translation of it. */
export interface LexiconPair {
  readonly source: string;
  readonly target: string;
  /** How far the pair is to be trusted, positive; 1 where its list says nothing. */
  readonly weight: number;
}

/** Words with their translations; a word may occur in several pairs. */
export interface Lexicon {
  readonly pairs: readonly LexiconPair[];
}

/** Text of one language, readable any number of times. */
export interface PlainText {
  /** Reads the lines from the beginning. */
  lines(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<string>;
}

/** Texts of several languages, readable any number of times. */
export interface MultilingualText {
  /** Names of the languages; the first is the one the model knows best. */
  readonly languages: readonly string[];
  /** Lines of one language. Where languages are parallel, line i of each says the same. */
  lines(language: string, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<string>;
}

/** One vector for a sequence: the state of its last token, or the mean over its tokens. */
export type Pooling = 'last' | 'mean';

/** Hidden states of the source model, one vector for each sequence and layer. */
export interface HiddenStateReader {
  /** Layers N of the model; its hidden states are counted from 0, the embeddings, to N, the last one behind a final normalisation where there is one. */
  readonly layers: number;
  readonly dimension: number;
  /** Most tokens of a sequence. */
  readonly maximumLength: number;
  /**
   * Returns the pooled states of `sequences` of token ids, `[sequences, dimension]` for each of `layers`, which are all by default. Padding has no part
   * in them.
   */
  read(
    sequences: readonly ArrayLike<number>[],
    options: { readonly pooling: Pooling; readonly layers?: readonly number[]; readonly signal?: AbortSignal },
  ): Promise<ReadonlyMap<number, Matrix>>;
}

/** What {@link LayerTrainer.train} is to reach, on the last hidden state h of the last token. */
export interface LayerTrainingRequest {
  /** Sequences of token ids by language, parallel: entry i of each says the same. The first language is the central one. */
  readonly sequences: ReadonlyMap<string, readonly ArrayLike<number>[]>;
  /** Blocks to train, counted from the last. */
  readonly trainedLayers: number;
  /** M_s `[dimension, rank]`, orthonormal columns. */
  readonly specific: Matrix;
  /** μ / ‖μ‖ `[dimension]`, or zeros without an agnostic direction. */
  readonly agnostic: Float32Array;
  /** w_l·δ_l `[dimension]` of every language but the central one. */
  readonly displacements: ReadonlyMap<string, Float32Array>;
  /** λ_R */
  readonly retain: number;
  /** λ_A */
  readonly pull: number;
  readonly epochs: number;
  /** Sequences of each language in one step of the gradient. */
  readonly batch: number;
  /** Batches a step of the optimiser is made of. */
  readonly accumulate: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Share of the steps in which the rate rises from 0. */
  readonly warmup: number;
  readonly signal: AbortSignal;
  /** Called as training goes on. */
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Losses of a batch. */
export interface LayerLosses {
  readonly retain: number;
  /** Sum over languages. */
  readonly specific: number;
  /** Sum over languages. */
  readonly agnostic: number;
}

/** Trains the upper blocks of the source model against a frozen copy of it. */
export interface LayerTrainer {
  readonly layers: number;
  readonly dimension: number;
  /** Returns the trained tensors by name in the checkpoint, in its layout; the model itself is left as it was. */
  train(
    request: LayerTrainingRequest,
  ): Promise<{ readonly tensors: ReadonlyMap<string, Matrix>; readonly before: LayerLosses; readonly after: LayerLosses }>;
}

/** Everything a strategy may ask its user to bring. Third parties add names by declaration merging. */
export interface Resources {
  /** A small model pretrained on the target language. */
  readonly helper: EmbeddingModel;
  /** Static word vectors of the target language. */
  readonly vectors: WordVectors;
  /** Static word vectors of the source language. */
  readonly sourceVectors: WordVectors;
  /** Words of the source language with their translations. */
  readonly lexicon: Lexicon;
  /** Sentence pairs, source language first. */
  readonly parallelText: ParallelText;
  /** Text of the target language. */
  readonly text: PlainText;
  /** Texts of several languages. */
  readonly texts: MultilingualText;
  /** Hidden states of the source model. */
  readonly hiddenStates: HiddenStateReader;
  /** Trains blocks of the source model. */
  readonly layerTrainer: LayerTrainer;
}

/** Name of a resource, e.g. `'vectors'`. */
export type ResourceName = keyof Resources;

/** Resources that are made of the source model itself: no file holds them. */
export const resourcesOfModel: ReadonlySet<ResourceName> = new Set(['hiddenStates', 'layerTrainer']);
