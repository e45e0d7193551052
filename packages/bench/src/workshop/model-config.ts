/** What a model says of itself in its `config.json`. */
type ModelConfig = Readonly<Record<string, unknown>>;

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
