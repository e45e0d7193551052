import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { workspaceRoot } from '@lexigraft/test-support';
import { makeTexts } from '../../examples/miniature/make-texts.ts';
import { makeWorld } from '../../examples/miniature/make-world.ts';

/** Names the pages use for what a reader brings, and what stands for it: a miniature model, tokenizer, vectors, text or lexicon. */
const names: Readonly<Record<string, string>> = {
  'en-model': 'english',
  'english-model': 'english',
  'path/to/model': 'english',
  'de-model': 'german-helper',
  'german-model': 'german-helper',
  'path/to/tokenizer': 'german-helper',
  'path/to/small-german-model': 'german-helper',
  'de.vec.gz': 'german.vec.gz',
  'en.vec.gz': 'english.vec.gz',
  'path/to/vectors.vec': 'german.vec.gz',
  'path/to/cc.de.300.vec.gz': 'german.vec.gz',
  'path/to/cc.de.300.bin': 'german.vec.gz',
  'path/to/en-de.txt': 'lexicon.txt',
  'en-de.txt': 'lexicon.txt',
  'en-de.txt.gz': 'lexicon.txt.gz',
  'de.txt.gz': 'german.txt.gz',
  'corpus.tsv': 'pairs.tsv',
  'en.txt': 'english.txt',
  'de.txt': 'german.txt',
};

/** Writes into `folder` everything the pages name, and a `lexigraft` for its shell; returns the folder of that program. */
export async function writeSnippetWorld(folder: string): Promise<string> {
  await makeWorld(folder);
  const { lexicon, pairs, english, german } = await makeTexts(folder);
  for (const path of [lexicon, pairs, english, german]) await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
  for (const [name, target] of Object.entries(names)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await symlink(join(folder, target), join(folder, name));
  }
  const programs = join(folder, '.programs');
  await mkdir(programs);
  const script = `#!/bin/sh\nexec "${process.execPath}" "${join(workspaceRoot, 'packages', 'cli', 'bin', 'lexigraft.js')}" "$@"\n`;
  await writeFile(join(programs, 'lexigraft'), script, { mode: 0o755 });
  await writeFile(
    join(programs, 'npx'),
    '#!/bin/sh\n[ "$1" = lexigraft ] || { echo "npx $1 is not for a snippet" >&2; exit 1; }\nexec "$@"\n',
    { mode: 0o755 },
  );
  return programs;
}
