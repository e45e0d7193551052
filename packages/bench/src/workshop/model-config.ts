/** What a model says of itself in its `config.json`. */
type ModelConfig = Readonly<Record<string, unknown>>;

/** Returns the number of tokens a model has positions for. */
export function longestSequence(config: ModelConfig): number {
  const positions = [config.max_position_embeddings, config.n_positions].find((value) => typeof value === 'number') ?? 512;
  // RoBERTa counts positions from behind the padding id.
  const before = /roberta|camembert/.test(String(config.model_type)) ? Number(config.pad_token_id ?? 1) + 1 : 0;
  return positions - before;
}

/** Returns the names of a classifier's classes by their number; none if it names none. */
export function classNames({ id2label }: ModelConfig): readonly string[] | undefined {
  if (typeof id2label !== 'object' || id2label === null) return undefined;
  const entries = Object.entries(id2label as Readonly<Record<string, string>>).sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([, name]) => name);
}

/** Returns the configuration of a model that was given a new classifier. */
export function asClassifier(config: ModelConfig, classes: number): ModelConfig {
  const [named = 'Bert'] = (config.architectures as readonly string[] | undefined) ?? [];
  const family = /^[A-Z][A-Za-z]*?(?=For|LMHead|Model|$)/.exec(named)?.[0] ?? 'Bert';
  return { ...config, architectures: [`${family}ForSequenceClassification`], num_labels: classes };
}
