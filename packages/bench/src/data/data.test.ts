import { describeWith, sharedPath } from '@lexigraft/test-support';
import fc from 'fast-check';
import { parquetWriteFile } from 'hyparquet-writer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestTexts } from './digest.ts';
import { assertNoLeak, essence, withoutLeaks } from './leaks.ts';
import { loadLines, loadNli, loadPairs, requireDataset } from './load-datasets.ts';
import { nliLabels } from './nli-item.ts';
import { labelOf } from './nli-labels.ts';
import { readNli } from './read-nli.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexigraft-nli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const two = [
  { premise: 'It rains.', hypothesis: 'It is wet.', label: 'entailment' },
  { premise: 'It rains.', hypothesis: 'It is dry.', label: 'contradiction' },
];

describe('readNli', () => {
  it('reads the released XNLI table by its header, whatever the order of its columns', async () => {
    const header =
      'language\tgold_label\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tpromptID';
    const rows = [
      'de\tentailment\t\t\t\t\tIt rains.\tIt is wet.\t1',
      'en\tneutral\t\t\t\t\tOther\tlanguage\t1',
      'de\tcontradiction\t\t\t\t\tIt rains.\tIt is dry.\t2',
    ];
    const path = await written('xnli.dev.tsv', [header, ...rows].join('\n'));
    const data = await readNli({ path, language: 'de' });
    expect(data).toEqual({ items: two, undecided: 0, otherLanguages: 1 });
  });

  it('reads of a file of several languages the one that is meant, and refuses to guess', async () => {
    const rows = [
      'fr\tautre\tlangue\tneutral',
      'de\tIt rains.\tIt is wet.\tentailment',
      'ru\tдругой\tязык\tneutral',
      'de\tIt rains.\tIt is dry.\tcontradiction',
    ];
    const header = 'language\tpremise\thypothesis\tlabel';
    const path = await written('several.tsv', [header, ...rows].join('\n'));
    const { signal } = new AbortController();
    expect(await loadNli({ path, limit: 2 }, 'de', signal)).toEqual(two);
    expect(await loadNli({ path, language: 'fr' }, 'de', signal)).toHaveLength(1);
    expect((await readNli({ path })).items).toHaveLength(4);
    await expect(loadNli({ path }, 'deu', signal)).rejects.toMatchObject({
      code: 'invalid-option',
      message: `${path} has rows of 3 languages, and none is called deu; say with \`language\` which is meant: de, fr, ru.`,
    });
    // Of one language, whatever that is called there.
    const one = await written('one.tsv', [header, rows[1], rows[3]].join('\n'));
    expect(await loadNli({ path: one }, 'deu', signal)).toEqual(two);
  });

  it.each(['lang', 'Locale', 'ISO', 'language-code'])(
    'knows a column of languages by the name %s, also beside named columns',
    async (name) => {
      const rows = [`${name}\tpremise\thypothesis\tlabel`, 'fr\tautre\tlangue\tneutral', 'de\tIt rains.\tIt is wet.\tentailment'];
      const path = await written('coded.tsv', rows.join('\n'));
      const columns = { premise: 'premise', hypothesis: 'hypothesis', label: 'label' };
      for (const more of [{}, { columns }])
        expect(await readNli({ path, language: 'de', ...more })).toEqual({ items: two.slice(0, 1), undecided: 0, otherLanguages: 1 });
      expect((await loadNli({ path }, 'de', new AbortController().signal)).length).toBe(1);
    },
  );

  it('refuses a language that nothing in the file tells, but where the form of the file has one alone', async () => {
    const rows = two.map((row) => Object.values(row).join('\t'));
    const headed = await written('untold.tsv', ['premise\thypothesis\tlabel', ...rows].join('\n'));
    const objects = await written('untold.jsonl', two.map((row) => JSON.stringify(row)).join('\n'));
    const bare = await written('untold.bare.tsv', rows.join('\n'));
    for (const file of [{ path: headed }, { path: objects }, { path: bare, columns: { premise: 0, hypothesis: 1, label: 2 } }]) {
      await expect(readNli({ ...file, language: 'de' })).rejects.toMatchObject({
        code: 'invalid-option',
        message: expect.stringContaining('has no column that tells the language') as string,
      });
      expect((await readNli(file)).items).toEqual(two);
    }
    expect((await readNli({ path: bare, language: 'de' })).items).toEqual(two);
  });

  it('takes the first line for the header where columns are named, whatever its words', async () => {
    const path = await written('basque.tsv', 'premisa\thipotesia\tetiketa\nIt rains.\tIt is wet.\tentailment\n');
    const columns = { premise: 'premisa', hypothesis: 'hipotesia', label: 'etiketa' };
    expect((await readNli({ path, columns })).items).toEqual(two.slice(0, 1));
    await expect(readNli({ path, columns: { ...columns, label: 'label' } })).rejects.toMatchObject({
      message: `${path} has no column \`label\` for the label; it has premisa, hipotesia, etiketa.`,
    });
  });

  it('reads three and four columns without a header, gzipped, and keeps quotes and blanks as written', async () => {
    const path = await written(
      'dev.tsv.gz',
      gzipSync('"It " rains.\tIt is  wet.\tentailment\tgenre\r\nIt rains.\tIt is dry.\tcontradictory\tgenre\n'),
    );
    expect((await readNli({ path })).items).toEqual([
      { premise: '"It " rains.', hypothesis: 'It is  wet.', label: 'entailment' },
      { premise: 'It rains.', hypothesis: 'It is dry.', label: 'contradiction' },
    ]);
  });

  it('reads the tables of AmericasNLI and of translated training sets', async () => {
    const americas = await written(
      'aym.tsv',
      'language\tpremise\thypothesis\tlabel\naym\tIt rains.\tIt is wet.\tentailment\naym\tIt rains.\tIt is dry.\tcontradiction\n',
    );
    expect((await readNli({ path: americas })).items).toEqual(two);
    const translated = await written(
      'multinli.train.sw.tsv',
      'premise\thypo\tlabel\nIt rains.\tIt is wet.\tentailment\nIt rains.\tIt is dry.\tcontradictory\n',
    );
    expect((await readNli({ path: translated })).items).toEqual(two);
  });

  it('reads JSON lines of both namings and leaves undecided pairs out', async () => {
    const path = await written(
      'snli.jsonl',
      [
        { sentence1: 'It rains.', sentence2: 'It is wet.', gold_label: 'entailment' },
        { sentence1: 'It rains.', sentence2: 'Who knows?', gold_label: '-' },
        { sentence1: 'It rains.', sentence2: 'It is dry.', gold_label: 'contradiction' },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    expect(await readNli({ path })).toEqual({ items: two, undecided: 1, otherLanguages: 0 });
  });

  it('reads Parquet, with classes named by the metadata of Hugging Face data sets', async () => {
    const path = join(folder, 'validation.parquet');
    const info = { info: { features: { label: { names: ['entailment', 'neutral', 'contradiction'], _type: 'ClassLabel' } } } };
    parquetWriteFile({
      filename: path,
      columnData: [
        { name: 'premise', data: two.map(({ premise }) => premise), type: 'STRING' },
        { name: 'hypothesis', data: two.map(({ hypothesis }) => hypothesis), type: 'STRING' },
        { name: 'label', data: [0n, 2n], type: 'INT64' },
      ],
      kvMetadata: [{ key: 'huggingface', value: JSON.stringify(info) }],
    });
    expect((await readNli({ path })).items).toEqual(two);
    const bare = join(folder, 'bare.parquet');
    parquetWriteFile({
      filename: bare,
      columnData: [
        { name: 'premise', data: ['a'], type: 'STRING' },
        { name: 'hypothesis', data: ['b'], type: 'STRING' },
        { name: 'label', data: [0], type: 'INT32' },
      ],
    });
    await expect(readNli({ path: bare })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining('row 1, has 0 as its label') as string,
    });
    expect((await readNli({ path: bare, labels: { 0: 'contradiction' } })).items[0].label).toBe('contradiction');
  });

  it('reads any file with a mapping of columns and labels', async () => {
    const path = await written('own.tsv', 'x\tIt is wet.\tja\tIt rains.\nx\tIt is dry.\tnein\tIt rains.\n');
    const columns = { premise: 3, hypothesis: 1, label: 2 };
    expect((await readNli({ path, columns, labels: { ja: 'entailment', nein: 'contradiction' } })).items).toEqual(two);
  });

  it('reads several files one after another, up to a limit', async () => {
    const path = await written('part.tsv', two.map((row) => Object.values(row).join('\t')).join('\n'));
    expect((await readNli({ path: [path, path], limit: 3 })).items).toEqual([...two, two[0]]);
  });

  it.each([
    ['an unknown label', 'premise\thypothesis\tlabel\na\tb\tperhaps\n', {}, 'format', 'line 2, has "perhaps" as its label'],
    ['a numbered label', 'premise\thypothesis\tlabel\na\tb\t0\n', {}, 'format', 'number their labels differently'],
    ['a missing hypothesis', 'premise\thypothesis\tlabel\na\t\tneutral\n', {}, 'format', 'has no hypothesis'],
    ['a short row', 'premise\thypothesis\tlabel\na\n', {}, 'format', 'has nothing as its label'],
    ['unknown columns', 'text\tlabel\na\tneutral\n', {}, 'format', 'say with `columns`'],
    ['no header and no label', 'a\tb\tc\n', {}, 'format', 'third column holds no label'],
    [
      'a mapped column that is absent',
      'premise\thypothesis\tlabel\na\tb\tneutral\n',
      { columns: { premise: 'p', hypothesis: 'h', label: 'l' } },
      'invalid-option',
      'no column `p`',
    ],
    ['undecided pairs alone', 'premise\thypothesis\tlabel\na\tb\t-\n', {}, 'empty-input', 'undecided'],
    [
      'another language alone',
      'language\tpremise\thypothesis\tlabel\nfr\ta\tb\tneutral\n',
      { language: 'de' },
      'empty-input',
      'in the language de',
    ],
    [
      'undecided pairs alone in the language that is named',
      'language\tpremise\thypothesis\tlabel\nfr\ta\tb\tneutral\nde\ta\tb\t-\n',
      { language: 'de' },
      'empty-input',
      'all 1 rows in the language de are undecided',
    ],
    ['a limit of nothing', 'premise\thypothesis\tlabel\na\tb\tneutral\n', { limit: 0 }, 'invalid-option', '`limit`'],
  ])('refuses %s', async (_, content, options, code, message) => {
    const path = await written('wrong.tsv', content);
    await expect(readNli({ path, ...options })).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it('says which language is meant where all its rows are undecided', async () => {
    const path = await written('undecided.tsv', 'language\tpremise\thypothesis\tlabel\nfr\ta\tb\tneutral\nde\ta\tb\t-\n');
    await expect(loadNli({ path }, 'de', new AbortController().signal)).rejects.toMatchObject({
      message: `${path} holds no usable pair: all 1 rows in the language de are undecided.`,
    });
  });

  it('refuses files that are not what their names say', async () => {
    await expect(readNli({ path: join(folder, 'absent.tsv') })).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(readNli({ path: join(folder, 'absent.parquet') })).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(readNli({ path: [] })).rejects.toMatchObject({ code: 'empty-input' });
    await expect(readNli({ path: await written('x.jsonl', '{"premise":') })).rejects.toMatchObject({ code: 'format' });
    await expect(readNli({ path: await written('y.jsonl', '[1]\n') })).rejects.toMatchObject({ code: 'format' });
    await expect(readNli({ path: await written('z.parquet', 'PAR1 no PAR1') })).rejects.toMatchObject({ code: 'format' });
    await expect(readNli({ path: await written('e.parquet', '') })).rejects.toMatchObject({ code: 'empty-input' });
  });

  it('stops when asked to', async () => {
    const path = await written('stop.tsv', 'premise\thypothesis\tlabel\na\tb\tneutral\n');
    await expect(readNli({ path }, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('labelOf', () => {
  it('knows the names, numbers only by what names them', () => {
    expect(nliLabels.map((name) => labelOf(name.toUpperCase(), {}))).toEqual(nliLabels);
    expect(labelOf('contradictory', {})).toBe('contradiction');
    expect(labelOf(1, {})).toBeUndefined();
    expect(labelOf('1', { classes: ['contradiction', 'entailment', 'neutral'] })).toBe('entailment');
    expect(labelOf(-1, { classes: ['entailment', 'neutral', 'contradiction'] })).toBe('undecided');
    expect(labelOf('toString', { names: {} })).toBeUndefined();
  });
});

describe('leaks', () => {
  const pair = (premise: string): { premise: string; hypothesis: string; label: 'neutral' } => ({
    premise,
    hypothesis: 'h',
    label: 'neutral',
  });

  it('are found whatever case, spacing and punctuation, and refused with one sentence', () => {
    expect(() => {
      assertNoLeak([pair('Something else'), pair('it rains')], [pair('It  rains.')]);
    }).toThrow(
      expect.objectContaining({
        code: 'data-leak',
        message: expect.stringMatching(/^1 of 2 training pairs [^.]*“it rains”[^.]*\.$/) as string,
      }),
    );
    expect(withoutLeaks([pair('a'), pair('It rains!')], [pair('it rains')])).toEqual({ items: [pair('a')], leftOut: 1 });
  });

  it('are told by the text itself where it is of signs alone', () => {
    expect(() => {
      assertNoLeak([pair('…')], [pair('???')]);
    }).not.toThrow();
    expect(withoutLeaks([pair('…'), pair(' ??? ')], [pair('???')])).toEqual({ items: [pair('…')], leftOut: 1 });
  });

  it('keep the letters of every script apart', () => {
    expect(essence('हाँ')).not.toBe(essence('ह'));
    expect(essence('ü')).not.toBe(essence('u'));
    expect(() => {
      assertNoLeak([pair('a')], [pair('b')]);
    }).not.toThrow();
  });
});

describe('digestTexts', () => {
  it('tells lists of texts apart, also where their texts run into one another', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        expect(digestTexts(a) === digestTexts(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(digestTexts(['ab', ''])).not.toBe(digestTexts(['a', 'b']));
  });
});

describe('datasets', () => {
  const { signal } = new AbortController();

  it('are values or files, and absent ones are named', async () => {
    const items = [{ premise: 'a', hypothesis: 'b', label: 'neutral' as const }];
    expect(await loadNli({ items }, 'de', signal)).toBe(items);
    await expect(loadNli({ items: [] }, 'de', signal)).rejects.toMatchObject({ code: 'empty-input' });
    const path = await written('lines.txt', 'one\n\ntwo\nthree\n');
    expect(await loadLines({ path, limit: 2 }, signal)).toEqual(['one', 'two']);
    await expect(loadLines({ path: await written('blank.txt', '\n \n') }, signal)).rejects.toMatchObject({ code: 'empty-input' });
    const pairs = await written('pairs.tsv', 'a\tb\nc\td\n');
    expect(await loadPairs({ pairs }, 1, signal)).toEqual([['a', 'b']]);
    expect(() => requireDataset({}, 'heldOut', 'bits-per-byte')).toThrow(
      expect.objectContaining({ code: 'missing-resource', message: expect.stringContaining('`heldOut`') as string }),
    );
  });
});

describeWith('shared', 'published files', () => {
  it('read XNLI, MultiNLI, SNLI, LingNLI and counterfactual SNLI', async () => {
    const german = await readNli({ path: sharedPath('data', 'xnli', 'xnli.dev.de.tsv.gz') });
    expect(nliLabels.map((label) => german.items.filter((item) => item.label === label).length)).toEqual([830, 830, 830]);
    const counts: Record<string, number> = {};
    for (const name of ['mnli_dev_matched.jsonl.gz', 'snli_dev.jsonl.gz', 'cad_snli_train.tsv.gz', 'lingnli/train_round1_LitL.jsonl.gz']) {
      const { items, undecided } = await readNli({ path: sharedPath('data', 'nli-train-en', name) });
      counts[name] = items.length + undecided;
    }
    expect(counts).toMatchObject({ 'mnli_dev_matched.jsonl.gz': 9815, 'snli_dev.jsonl.gz': 9842, 'cad_snli_train.tsv.gz': 8330 });
  });

  it('share nine premises between MultiNLI and XNLI, which are refused', async () => {
    const training = (await readNli({ path: sharedPath('data', 'nli-train-en', 'mnli_dev_matched.jsonl.gz') })).items;
    const tests = await Promise.all(
      ['xnli.dev.en.tsv.gz', 'xnli.test.en.tsv.gz'].map(async (name) => (await readNli({ path: sharedPath('data', 'xnli', name) })).items),
    );
    expect(withoutLeaks(training, tests.flat()).leftOut).toBe(9);
  });
});
