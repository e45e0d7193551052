/** Returns the value that `kept` has under `key`, and makes it the first time. What failed is not kept: it may succeed for the next cell. */
export function keep<Value>(kept: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const value = kept.get(key) ?? make();
  kept.set(key, value);
  value.catch(() => kept.delete(key));
  return value;
}
