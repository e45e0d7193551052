const pathKeys = new Set([
  'target',
  'helper',
  'vectors',
  'sourceVectors',
  'lexicon',
  'text',
  'pairs',
  'gold',
  'path',
  'source',
  'nli',
  'nliTraining',
  'nliSelection',
  'heldOut',
  'parallel',
]);

/** Makes every path below `value` absolute. */
export function absolutePaths(value: unknown, at: (path: string) => string, key = ''): unknown {
  if (typeof value === 'string') return pathKeys.has(key) ? at(value) : value;
  if (Array.isArray(value)) return value.map((one) => absolutePaths(one, at, key));
  if (typeof value !== 'object' || value === null) return value;
  // Its keys are names of languages.
  if (key === 'texts')
    return Object.fromEntries(Object.entries(value as Readonly<Record<string, string>>).map(([name, path]) => [name, at(path)]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, isNameList(name) ? one : absolutePaths(one, at, name)]],
    ),
  );
}

/** Values below these are names of fields, languages or labels, not paths. */
function isNameList(key: string): boolean {
  return key === 'columns' || key === 'labels' || key === 'fields' || key === 'languages' || key === 'keyColumns';
}
