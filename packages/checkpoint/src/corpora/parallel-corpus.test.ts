import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { itWith, sharedPath } from '@lexigraft/test-support';
import type { SentencePair } from '@lexigraft/core';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openParallelCorpus, type ParallelCorpusOptions } from './parallel-corpus.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexigraft-corpora-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function zip(name: string, entries: Readonly<Record<string, string>>): Promise<string> {
  return file(name, zipSync(Object.fromEntries(Object.entries(entries).map(([entry, content]) => [entry, strToU8(content)]))));
}

async function pairsOf(options: ParallelCorpusOptions): Promise<SentencePair[]> {
  const found: SentencePair[] = [];
  for await (const pair of (await openParallelCorpus(options)).pairs()) found.push(pair);
  return found;
}

const memory = (units: string): string => `<?xml version="1.0"?><tmx version="1.4"><header srclang="en"/><body>${units}</body></tmx>`;
const unit = (...sides: readonly (readonly [string, string])[]): string =>
  `<tu>${sides.map(([code, text]) => `<tuv xml:lang="${code}"><seg>${text}</seg></tuv>`).join('')}</tu>`;

describe('parallel corpora', () => {
  it('reads bar lines, blank lines kept as empty pairs, later bars as words', async () => {
    const path = await file('bars.txt', 'a b ||| c\r\n\nx ||| y ||| z\nq\tr\n');
    expect(await pairsOf({ pairs: path })).toEqual([
      ['a b', 'c'],
      ['', ''],
      ['x', 'y ||| z'],
      ['q', 'r'],
    ]);
  });
  it('reads two files line by line, gzipped or not', async () => {
    const source = await file('a.gz', gzipSync('eins\nzwei\n'));
    const target = await file('b', '\ufeffone\ntwo');
    expect(await pairsOf({ source, target })).toEqual([
      ['eins', 'one'],
      ['zwei', 'two'],
    ]);
  });
  it('joins two tables on their key columns', async () => {
    const source = await file('a.tsv', 'G\t1\tone\nG\t2\ttwo\nG\t3\tthree\n');
    const target = await file('b.tsv', 'G\t3\tdrei\nG\t1\teins\n');
    expect(await pairsOf({ source, target, keyColumns: [0, 1] })).toEqual([
      ['one', 'eins'],
      ['three', 'drei'],
    ]);
  });
  it('takes tabs at the end of a bar line for blanks, and bars for what parts a line that has both', async () => {
    const path = await file('tabs.txt', 'a\tb\t\nc ||| d\te\tf\n');
    expect(await pairsOf({ pairs: path })).toEqual([
      ['a', 'b'],
      ['c', 'd\te\tf'],
    ]);
  });
  it('takes the columns named of a table with another ending', async () => {
    const path = await file('deu.txt', 'Hi.\tHallo!\tCC-BY 2.0\nRun!\tLauf!\tCC-BY 2.0\n');
    expect(await pairsOf({ pairs: path, format: 'tsv', columns: [0, 1] })).toEqual([
      ['Hi.', 'Hallo!'],
      ['Run!', 'Lauf!'],
    ]);
  });
  it('takes the last two columns of a table, or the ones named', async () => {
    const path = await file('c.tsv', 'k\ta\tb\nk\tc\td\n');
    expect(await pairsOf({ pairs: path })).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await pairsOf({ pairs: path, columns: [1, 0] })).toEqual([
      ['a', 'k'],
      ['c', 'k'],
    ]);
  });
  it('reads fields of JSON lines, nested ones by dots', async () => {
    const path = await file('d.jsonl', '{"translation":{"en":"a","de":"b"}}\n\n{"translation":{"en":"c","de":"d"}}\n');
    expect(await pairsOf({ pairs: path, fields: ['translation.en', 'translation.de'] })).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
  it('reads a translation memory, language prefixes and markup included', async () => {
    const path = await file(
      'e.tmx',
      memory(
        unit(['en-GB', 'a <ph x="1">markup</ph>b &amp; c'], ['de', 'd']) + unit(['en-GB', 'only']) + unit(['de', 'f'], ['en-GB', 'e']),
      ),
    );
    expect(await pairsOf({ pairs: path, languages: ['en', 'de'] })).toEqual([
      ['a b & c', 'd'],
      ['e', 'f'],
    ]);
    expect(await pairsOf({ pairs: path })).toEqual([
      ['a b & c', 'd'],
      ['e', 'f'],
    ]);
  });
  it('reads CDATA of a translation memory as text', async () => {
    const path = await file(
      'cdata.tmx',
      memory(unit(['en', '<![CDATA[a < b]]>'], ['de', 'c <ph><![CDATA[<br>]]></ph><![CDATA[&]]> d']) + '<![CDATA[between]]>'),
    );
    expect(await pairsOf({ pairs: path })).toEqual([['a < b', 'c & d']]);
  });
  it('reads a translation memory inside a zip archive', async () => {
    const path = await zip('f.zip', { 'x/y.tmx': memory(unit(['en', 'a'], ['sw', 'b'])) });
    expect(await pairsOf({ pairs: path })).toEqual([['a', 'b']]);
  });
  itWith('shared', 'reads the TICO-19 archive and the aligned Bible', async () => {
    const tico = await pairsOf({ pairs: sharedPath('data', 'parallel', 'tico19', 'all.en-sw.tmx.zip') });
    expect(tico).toHaveLength(3071);
    expect(tico[0]).toEqual([
      'about how long have these symptoms been going on?',
      'je, dalili hizi zimekuwa zikiendelea kwa takriban muda gani sasa?',
    ]);
    const bible = (name: string): string => sharedPath('data', 'parallel', 'bible', name);
    const verses = await pairsOf({ source: bible('en-ASV.tsv.gz'), target: bible('de-Elb1905.tsv.gz'), keyColumns: [0, 1, 2] });
    expect(verses.length).toBeGreaterThan(30_000);
    expect(verses[0][0]).toBe('In the beginning God created the heavens and the earth.');
  });
  it('can be read twice', async () => {
    const corpus = await openParallelCorpus({ pairs: await file('twice.txt', 'a ||| b\n') });
    for (let round = 0; round < 2; round++) {
      const found: SentencePair[] = [];
      for await (const pair of corpus.pairs()) found.push(pair);
      expect(found).toEqual([['a', 'b']]);
    }
  });
});

describe('a broken corpus', () => {
  const cases: readonly (readonly [what: string, make: () => Promise<ParallelCorpusOptions>, code: string, message: RegExp])[] = [
    ['nothing named', () => Promise.resolve({}), 'invalid-option', /one file of pairs, or a source file and a target file/],
    ['both forms named', () => Promise.resolve({ pairs: 'a', source: 'b', target: 'c' }), 'invalid-option', /not both/],
    ['no file', () => Promise.resolve({ pairs: join(folder, 'absent.txt') }), 'file-not-found', /absent\.txt/],
    ['an empty file', async () => ({ pairs: await file('empty.txt', '') }), 'empty-input', /empty\.txt is empty/],
    [
      'no separator',
      async () => ({ pairs: await file('plain.txt', 'a ||| b\njust a line\n') }),
      'format',
      /plain\.txt, line 2, has no `\|\|\|`/,
    ],
    [
      'a table under the name of a text',
      async () => ({ pairs: await file('deu.txt', 'Hi.\tHallo!\nRun!\t\tCC-BY 2.0 (France)\n') }),
      'format',
      /deu\.txt, line 2, has 3 tab-separated columns; two were expected\. Give the format `tsv` and the `columns` .*`--columns 1,2`/,
    ],
    [
      'a source table with too few columns, after a blank line',
      async () => ({ source: await file('left.tsv', '1\ta\n\n2\n'), target: await file('right.tsv', '1\tb\n'), keyColumns: [1] }),
      'format',
      /left\.tsv, line 3, has 1 tab-separated columns; the key needs 2/,
    ],
    [
      'a target table with too few columns, after a blank line',
      async () => ({ source: await file('left.tsv', '1\ta\n'), target: await file('right.tsv', '\r\n1\tb\n\n2\n'), keyColumns: [1] }),
      'format',
      /right\.tsv, line 4, has 1 tab-separated columns; the key needs 2/,
    ],
    [
      'a key twice in the target table',
      async () => ({
        source: await file('left.tsv', 'G\t1\ta\nG\t1\tb\n'),
        target: await file('right.tsv', 'G\t1\tc\n\nG\t1\td\n'),
        keyColumns: [0, 1],
      }),
      'format',
      /right\.tsv, line 3, has the key "G\\t1" of an earlier line; .* or name more `keyColumns` \(on the command line `--key-columns`\)/,
    ],
    [
      'Latin-1 bytes',
      async () => ({ pairs: await file('latin1.txt', Buffer.from('a ||| b\ncaf\xe9 ||| c\n', 'latin1')) }),
      'format',
      /latin1\.txt, line 2, is not UTF-8/,
    ],
    [
      'different line counts',
      async () => ({ source: await file('three', '1\n2\n3\n'), target: await file('two', '1\n2\n') }),
      'format',
      /two has 2 lines and .*three has more/,
    ],
    [
      'too few columns',
      async () => ({ pairs: await file('narrow.tsv', 'a\tb\tc\nd\n') }),
      'format',
      /narrow\.tsv, line 2, has 1 tab-separated columns; at least 3/,
    ],
    [
      'a broken JSON line',
      async () => ({ pairs: await file('broken.jsonl', '{"source":"a","target":"b"}\n{\n') }),
      'format',
      /broken\.jsonl, line 2, is not JSON/,
    ],
    ['a missing field', async () => ({ pairs: await file('fields.jsonl', '{"source":"a"}\n') }), 'format', /no text under `target`/],
    [
      'broken XML',
      async () => ({ pairs: await file('broken.tmx', '<tmx><body><tu></body>') }),
      'format',
      /broken\.tmx is not a readable TMX file/,
    ],
    [
      'languages that are not there',
      async () => ({ pairs: await file('other.tmx', memory(unit(['en', 'a'], ['de', 'b']))), languages: ['en', 'sw'] }),
      'format',
      /has en and sw; it holds en, de/,
    ],
    [
      'a cut archive',
      async () => ({ pairs: await file('cut.zip', Buffer.from('PK\x03\x04 cut off', 'latin1')) }),
      'format',
      /cut\.zip is not a whole zip archive/,
    ],
    [
      'an archive of several corpora',
      () => zip('two.zip', { 'a.tmx': 'x', 'b.tmx': 'y' }).then((pairs) => ({ pairs })),
      'format',
      /two\.zip holds 2 corpus files/,
    ],
    [
      'a cut gzip file',
      async () => ({ pairs: await file('cut.txt.gz', gzipSync('a ||| b\n'.repeat(1000)).subarray(0, 30)) }),
      'format',
      /cut\.txt\.gz is not a whole gzip file/,
    ],
  ];
  for (const [what, make, code, message] of cases) {
    it(`says what is wrong with ${what}`, async () => {
      await expect(make().then(pairsOf)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    });
  }
});
