import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBenchConfig } from './check-config.ts';
import { readBenchConfig } from './read-config.ts';

const origin = { folder: '/base', label: 'my.yaml', name: 'my' };
const least = { models: { en: 'en' }, languages: { de: { target: 'de' } }, strategies: ['copy'], tasks: ['coverage'] };

describe('checkBenchConfig', () => {
  it('completes the least there can be, with absolute paths', () => {
    expect(checkBenchConfig(least, origin)).toEqual({
      name: 'my',
      out: '/base/results/my',
      sourceLanguage: 'en',
      models: { en: { path: '/base/en' } },
      languages: { de: { target: '/base/de', datasets: {} } },
      strategies: [{ id: 'copy', name: 'copy', options: {} }],
      tasks: [{ id: 'coverage', name: 'coverage', options: {} }],
      seeds: [0],
      device: 'auto',
    });
  });

  it('makes paths absolute and leaves names of columns, fields and languages alone', () => {
    const { languages } = checkBenchConfig(
      {
        ...least,
        languages: {
          de: {
            target: 'de',
            pairs: { pairs: 'a.tmx', languages: ['en', 'de'] },
            datasets: {
              nli: { path: 'x.tsv', columns: { premise: 'sentence1', hypothesis: 7, label: 'gold' }, language: 'de' },
              parallel: { source: 'p.en', target: 'p.de' },
            },
          },
        },
      },
      origin,
    );
    expect(languages.de).toEqual({
      target: '/base/de',
      pairs: { pairs: '/base/a.tmx', languages: ['en', 'de'] },
      datasets: {
        nli: { path: '/base/x.tsv', columns: { premise: 'sentence1', hypothesis: 7, label: 'gold' }, language: 'de' },
        parallel: { source: '/base/p.en', target: '/base/p.de' },
      },
    });
  });

  it('knows where the path of a plugin starts from, and leaves its name alone', () => {
    const strategies = ['npm:./mine.ts,subtokens', 'copy'];
    expect(checkBenchConfig({ ...least, strategies }, origin).strategies).toEqual([
      { id: 'npm:./mine.ts,subtokens', name: 'mine+subtokens', options: {}, from: '/base' },
      { id: 'copy', name: 'copy', options: {} },
    ]);
  });

  it.each([
    ['copy,subtokens', 'copy+subtokens'],
    ['copy, subtokens', 'copy+subtokens'],
    ['npm:./mine.ts', 'mine'],
    ['npm:./mine.ts,subtokens', 'mine+subtokens'],
    ['subtokens, npm:@lab/pieces', 'subtokens+pieces'],
    ['npm:./_x.ts', 'x'],
    ['npm:./my own.mjs', 'my-own'],
    ['npm:./..', 'plugin'],
  ])('calls the strategy `%s` by a name that may be given', (id, name) => {
    const [{ name: own }] = checkBenchConfig({ ...least, strategies: [id] }, origin).strategies;
    expect(own).toBe(name);
    expect(checkBenchConfig({ ...least, strategies: [{ id, name: own }] }, origin).strategies[0].name).toBe(name);
  });

  it('gives languages what they share', () => {
    const { languages } = checkBenchConfig(
      {
        ...least,
        shared: { sourceVectors: 'en.vec', datasets: { nliTraining: 'train.jsonl' } },
        languages: { de: { target: 'de', datasets: { nli: 'de.jsonl' } } },
      },
      origin,
    );
    expect(languages.de).toMatchObject({
      sourceVectors: '/base/en.vec',
      datasets: { nliTraining: '/base/train.jsonl', nli: '/base/de.jsonl' },
    });
  });

  it('puts texts that languages share before their own', () => {
    const { languages } = checkBenchConfig(
      {
        ...least,
        shared: { texts: { en: 'en.txt' } },
        languages: { de: { target: 'de', texts: { de: 'de.txt' } }, ru: { target: 'ru', texts: { en: 'other.txt', ru: 'ru.txt' } } },
      },
      origin,
    );
    expect(Object.entries(languages.de.texts ?? {})).toEqual([
      ['en', '/base/en.txt'],
      ['de', '/base/de.txt'],
    ]);
    expect(languages.ru.texts).toEqual({ en: '/base/other.txt', ru: '/base/ru.txt' });
  });

  it.each([
    [{ ...least, languges: {} }, 'unknown key `languges`'],
    [{ ...least, seeds: [-1] }, 'seeds[0]'],
    [{ ...least, seeds: [0, 1, 0] }, 'seeds: every seed once'],
    [{ ...least, languages: { de: { vector: 'x' } } }, 'languages.de: unknown key `vector`'],
    [{ ...least, tasks: [] }, 'tasks'],
    [{ ...least, tasks: [{ id: 'coverage', option: {} }] }, 'tasks[0]: unknown key `option`'],
    [{ ...least, device: 'tpu' }, 'device'],
    [{ ...least, strategies: ['copy', { id: 'copy', options: {} }] }, 'two of them are called `copy`'],
    [{ ...least, baseline: 'mean' }, '`mean` is none of the strategies'],
    [undefined, 'the configuration'],
  ])('names the key that is wrong: %j', (raw, expected) => {
    expect(() => checkBenchConfig(raw, origin)).toThrow(expected);
    expect(() => checkBenchConfig(raw, origin)).toThrow('my.yaml');
  });
});

describe('readBenchConfig', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads YAML, JSON and TypeScript alike', async () => {
    await writeFile(
      join(folder, 'one.yaml'),
      'name: x\nmodels: { en: en }\nlanguages: { de: { target: de } }\nstrategies: [copy]\ntasks: [coverage]\n',
    );
    await writeFile(join(folder, 'one.json'), JSON.stringify({ ...least, name: 'x' }));
    await writeFile(join(folder, 'one.ts'), `const config: object = ${JSON.stringify({ ...least, name: 'x' })};\nexport default config;\n`);
    const read = await Promise.all(['one.yaml', 'one.json', 'one.ts'].map((name) => readBenchConfig(join(folder, name))));
    expect(read[1]).toEqual(read[0]);
    expect(read[2]).toEqual(read[0]);
  });

  it('says what is wrong with a file', async () => {
    await writeFile(join(folder, 'broken.yaml'), 'a: [1');
    await expect(readBenchConfig(join(folder, 'broken.yaml'))).rejects.toMatchObject({ code: 'format' });
    await expect(readBenchConfig(join(folder, 'absent.yaml'))).rejects.toMatchObject({ code: 'file-not-found' });
  });
});
