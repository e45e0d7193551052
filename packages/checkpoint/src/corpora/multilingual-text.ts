import type { MultilingualText } from '@lexigraft/core';
import { openPlainText, type OpenPlainText } from './plain-text.ts';

/**
 * Opens a text file for each of several languages, the one the model knows best first. Empty lines are kept, so that parallel lines stay side by side.
 *
 * @param files paths by the names of languages, in their order
 * @throws {LexigraftError} `file-not-found`, `file-unreadable`
 */
export async function openMultilingualText(files: ReadonlyMap<string, string>): Promise<MultilingualText> {
  const texts = new Map<string, OpenPlainText>();
  for (const [language, path] of files) texts.set(language, await openPlainText(path, { emptyLines: 'keep' }));
  return {
    languages: [...texts.keys()],
    async *lines(language, options) {
      yield* texts.get(language)?.lines(options) ?? [];
    },
  };
}
