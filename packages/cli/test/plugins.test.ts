import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

type Files = Readonly<Record<string, string>>;

const inFolder = async (files: Files, test: (cwd: string) => Promise<void>): Promise<void> => {
  const cwd = await mkdtemp(join(tmpdir(), 'lexigraft-plugin-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(cwd, name, '..'), { recursive: true });
      await writeFile(join(cwd, name), content);
    }
    await test(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
};
const attempt = (strategy: string, cwd: string, ...more: readonly string[]): Promise<{ stderr: string; code: number }> =>
  runProgram(['transfer', '--source', 'x', '--target', 'y', '--out', 'z', '--strategy', strategy, ...more], { cwd });

/** A strategy that needs a helper, which the command lines of these tests do not give: that its need is named shows that it was made. */
const strategy = (id: string, version = 1): string =>
  `({ specificationVersion: ${version}, id: '${id}', needs: ['helper'], citation: { title: 'My way', url: '' }, plan: async () => ({ warnings: [] }) })`;
const plugin = (body: string): string => `const make = (options = {}) => ${body};\nexport default make;\n`;
const myWay = plugin(strategy('my-way'));
const manifest = (fields: object): string => JSON.stringify({ name: 'my-way', type: 'module', ...fields });

describe('a plugin', () => {
  it.each<[string, string, Files]>([
    [
      'a package',
      'npm:my-way',
      { 'node_modules/my-way/package.json': manifest({ exports: { import: './i.js' } }), 'node_modules/my-way/i.js': myWay },
    ],
    [
      'a package with a scope and a named export',
      'npm:@you/my-way',
      {
        'node_modules/@you/my-way/package.json': manifest({ name: '@you/my-way', exports: './i.js' }),
        'node_modules/@you/my-way/i.js': `export const helper = () => 1;\nexport const myWay = () => ${strategy('my-way')};\n`,
      },
    ],
    ['a folder', 'npm:./plugins/my-way', { 'plugins/my-way/package.json': manifest({ exports: './i.js' }), 'plugins/my-way/i.js': myWay }],
    ['a folder without exports', 'npm:./here', { 'here/package.json': manifest({ main: 'lib/i.js' }), 'here/lib/i.js': myWay }],
    ['a file', 'npm:./local.mjs', { 'local.mjs': myWay }],
    [
      'a TypeScript file with a named export',
      'npm:./my-way.ts',
      {
        'my-way.ts': `export interface Options { depth?: number }\nexport function myWay(_: Options = {}) { return ${strategy('my-way')}; }\n`,
      },
    ],
    ['a TypeScript file', 'npm:./local.ts', { 'local.ts': myWay.replace('options = {}', 'options: object = {}') }],
  ])('is found where the user stands: %s', async (_, name, files) => {
    await inFolder(files, async (cwd) => {
      const { code, stderr } = await attempt(name, cwd);
      expect(stderr).toMatch(/^lexigraft: my-way needs a helper model of the target language\.\n {2}--helper DIR/);
      expect(code).toBe(2);
    });
  });

  it.each<[string, string, Files, RegExp]>([
    [
      'a package that is not there',
      'npm:absent-plugin',
      {},
      /`absent-plugin` is not installed: nothing of that name is found from .+ Run `npm install absent-plugin` there/,
    ],
    ['a path that is not there', 'npm:./absent.mjs', {}, /`\.\/absent\.mjs` is not installed: .+ Check the path\./],
    [
      'a package without an entry',
      'npm:my-way',
      { 'node_modules/my-way/package.json': manifest({ exports: {} }) },
      /my-way cannot be loaded: /,
    ],
    ['a folder without package.json', 'npm:./here', { 'here/i.js': myWay }, /\.\/here cannot be loaded: .*package\.json/],
    ['broken code', 'npm:./broken.mjs', { 'broken.mjs': 'export default (' }, /cannot be loaded: /],
    [
      'no factory',
      'npm:./empty.mjs',
      { 'empty.mjs': 'export const answer = 42;' },
      /exports no strategy factory: expected a default export, `empty`, or a single function; it exports answer\./,
    ],
    [
      'a strategy of another version',
      'npm:./next.mjs',
      { 'next.mjs': plugin(strategy('x', 2)) },
      /makes a strategy of specification version 2; this program knows version 1/,
    ],
    [
      'something else than a strategy',
      'npm:./other.mjs',
      { 'other.mjs': plugin(`({ id: 'Other' })`) },
      /is not a strategy of specification version 1: specificationVersion, id, needs, citation, plan are missing or of the wrong kind\./,
    ],
    [
      'an id that is taken',
      'npm:./salt.mjs',
      { 'salt.mjs': plugin(strategy('salt')) },
      /makes a strategy called `salt`, which is the id of one that comes with the program/,
    ],
    [
      'a factory that throws',
      'npm:./angry.mjs',
      { 'angry.mjs': 'export default () => { throw new Error("no options"); };' },
      /fails when its strategy is made: no options/,
    ],
  ])('is refused with a sentence: %s', async (_, name, files, sentence) => {
    await inFolder(files, async (cwd) => {
      const { code, stderr } = await attempt(name, cwd);
      expect(stderr).toMatch(sentence);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    });
  });
});

describe('options of a plugin', () => {
  const echo = `export default (options = {}) => {
  if (Object.keys(options).length > 0) throw new Error(JSON.stringify(options));
  return ${strategy('my-way')};
};
`;

  it.each([
    ['npm:./way.mjs', 'top_k=5', '{"top_k":5}'],
    ['npm:./way.mjs', 'my-way.top_k=5', '{"top_k":5}'],
    ['npm:./way.mjs,subtokens', 'npm:./way.mjs.letters=2', '{"letters":2}'],
    ['subtokens,npm:./way.mjs', 'my-way.letters=2', '{"letters":2}'],
  ])('reach it: --strategy %s --option %s', async (name, option, received) => {
    await inFolder({ 'way.mjs': echo }, async (cwd) => {
      const { code, stderr } = await attempt(name, cwd, '--option', option);
      expect(stderr).toBe(`lexigraft: The plugin ./way.mjs fails when its strategy is made: ${received}\n`);
      expect(code).toBe(2);
    });
  });

  it('in a chain are asked for in a form that is taken', async () => {
    await inFolder({ 'way.mjs': echo }, async (cwd) => {
      const { stderr } = await attempt('npm:./way.mjs,subtokens', cwd, '--option', 'letters=2');
      const advised = /for example --option (\S+)=…/.exec(stderr)?.[1] ?? '';
      expect((await attempt('npm:./way.mjs,subtokens', cwd, '--option', `${advised}=2`)).stderr).toContain('{"letters":2}');
    });
  });

  it('do not hide that it is not installed', async () => {
    await inFolder({}, async (cwd) => {
      expect((await attempt('npm:absent,subtokens', cwd, '--option', 'absent.k=2')).stderr).toMatch(/`absent` is not installed/);
    });
  });
});

describe('the configuration file', () => {
  const typed = `interface Config { strategies: Record<string, unknown> }\nconst config: Config = { strategies: { 'my-way': () => ${strategy('my-way')} } };\nexport default config;\n`;

  it.each<[string, Files]>([
    ['ts', { 'lexigraft.config.ts': typed }],
    ['mjs', { 'lexigraft.config.mjs': `export default { strategies: { 'my-way': () => ${strategy('my-way')} } };` }],
    ['js', { 'lexigraft.config.js': `export default { strategies: { 'my-way': 'npm:./way.mjs' } };`, 'way.mjs': myWay }],
    ['json', { 'lexigraft.config.json': JSON.stringify({ strategies: { 'my-way': 'npm:./way.mjs' } }), 'way.mjs': myWay }],
  ])('names strategies that are called by id: %s', async (extension, files) => {
    await inFolder(files, async (cwd) => {
      const { code, stderr } = await attempt('my-way', cwd);
      expect(stderr).toMatch(/^lexigraft: my-way needs a helper model/);
      expect(code).toBe(2);
      const listed = JSON.parse((await runProgram(['strategies', '--json'], { cwd })).stdout) as { strategies: { id: string }[] };
      expect(listed.strategies).toContainEqual(expect.objectContaining({ id: 'my-way', summary: `from lexigraft.config.${extension}` }));
    });
  });

  it('gives its strategies their options and their part in a chain', async () => {
    const echo = `(options) => { throw new Error(JSON.stringify(options)); }`;
    await inFolder({ 'lexigraft.config.mjs': `export default { strategies: { 'my-way': ${echo} } };` }, async (cwd) => {
      const { stderr } = await attempt('copy,my-way', cwd, '--option', 'my-way.depth=3');
      expect(stderr).toContain('fails when its strategy is made: {"depth":3}');
    });
  });

  it.each<[string, Files, RegExp]>([
    [
      'an id of the program',
      { 'lexigraft.config.json': '{"strategies":{"salt":"npm:./x.mjs"}}' },
      /lexigraft\.config\.json: `salt` is the id of a strategy that comes with the program/,
    ],
    [
      'two files',
      { 'lexigraft.config.json': '{}', 'lexigraft.config.ts': '' },
      /holds lexigraft\.config\.ts and lexigraft\.config\.json; keep one/,
    ],
    ['broken code', { 'lexigraft.config.ts': 'export default {' }, /lexigraft\.config\.ts cannot be loaded: /],
    ['broken JSON', { 'lexigraft.config.json': '{' }, /lexigraft\.config\.json cannot be loaded: /],
    ['a list', { 'lexigraft.config.json': '{"strategies":["npm:x"]}' }, /`strategies` must be an object, received a list/],
    [
      'a name without npm:',
      { 'lexigraft.config.json': '{"strategies":{"my-way":"./way.mjs"}}' },
      /strategy `my-way` must be a factory or `npm:` and the name of a package, folder or file, received '\.\/way\.mjs'/,
    ],
    [
      'another id than the strategy’s own',
      { 'lexigraft.config.json': '{"strategies":{"own-way":"npm:./way.mjs"}}', 'way.mjs': myWay },
      /lists `own-way`, and the strategy calls itself `my-way`/,
    ],
  ])('is refused with a sentence: %s', async (_, files, sentence) => {
    await inFolder(files, async (cwd) => {
      const { code, stderr } = await attempt('own-way', cwd);
      expect(stderr).toMatch(sentence);
      expect(code).toBe(2);
    });
  });
});
