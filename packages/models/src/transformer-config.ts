/** What the head of a model predicts. */
export type Head = 'masked-language' | 'causal-language' | 'classification' | 'none';

/** The facts about a model that code around it needs, whatever its architecture calls them. */
export interface TransformerConfig {
  /** `model_type` of config.json */
  readonly modelType: string;
  readonly head: Head;
  /** Whether a token sees only those before it. */
  readonly causal: boolean;
  /** Number of layers; there is one hidden state more. */
  readonly layers: number;
  /** Width of hidden states. */
  readonly dimension: number;
  readonly heads: number;
  /** Rows of the input embedding table. */
  readonly vocabularySize: number;
  /** Most tokens of a sequence. */
  readonly maximumLength: number;
  /** Token types it tells apart; absent where it takes none. */
  readonly tokenTypes?: number;
  /** Number of classes; 0 without a classification head. */
  readonly labels: number;
  /** The parsed config.json it was read from. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Names of per-token tensors in the checkpoint. */
  readonly inputEmbedding: string;
  /** Name of the output head; the input embedding's when tied; absent without a language head. */
  readonly outputHead?: string;
  readonly outputBias?: string;
}

/** What a config.json alone says of a model: all but the names of per-token tensors, which are its checkpoint's to say. */
export type ModelDescription = Omit<TransformerConfig, 'inputEmbedding' | 'outputHead' | 'outputBias'>;
