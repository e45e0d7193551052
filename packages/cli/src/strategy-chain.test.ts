import type { AnyEmbeddingTransfer } from '@lexigraft/core';
import { expect, it } from 'vitest';
import { makeChain, type NamedOptions } from './strategy-chain.ts';

/** Makes a chain of strategies that are called as they are named, a plugin as `ids` says; without an id there it wants options. */
async function made(
  given: string,
  options: NamedOptions = {},
  ids: Readonly<Record<string, string>> = {},
): Promise<{ readonly id: string; readonly calls: readonly (readonly [string, NamedOptions])[] }> {
  const calls: (readonly [string, NamedOptions])[] = [];
  const strategy = await makeChain(given, options, (name, own) => {
    calls.push([name, own]);
    if (name.startsWith('npm:') && !(name in ids) && Object.keys(own).length === 0) return Promise.reject(new Error('options are missing'));
    return Promise.resolve({
      specificationVersion: 1,
      id: ids[name] ?? name.replace(/[^a-z]+/g, '-'),
      needs: [],
      citation: { title: name, url: '' },
      plan: () => expect.unreachable(),
    } as AnyEmbeddingTransfer);
  });
  return { id: strategy.id, calls };
}

it('makes one strategy with its options as they are', async () => {
  expect(await made('salt', { ridge: 1, 'salt.head': 'refit' })).toEqual({ id: 'salt', calls: [['salt', { ridge: 1, head: 'refit' }]] });
});

it('makes a chain and gives each strategy the options under its name', async () => {
  const { id, calls } = await made('trans-tokenization, salt,subtokens', { 'salt.ridge': 1, 'subtokens.unknownPieces': 'keep' });
  expect(id).toBe('trans-tokenization-then-salt-then-subtokens');
  expect(calls).toEqual([
    ['trans-tokenization', {}],
    ['salt', { ridge: 1 }],
    ['subtokens', { unknownPieces: 'keep' }],
  ]);
});

it('asks whose an option of a chain is', async () => {
  await expect(made('salt,subtokens', { ridge: 1 })).rejects.toThrow(
    '--option ridge: say whose it is, for example --option salt.ridge=…; --strategy names salt, subtokens.',
  );
});

/** What each strategy was made with in the end. */
async function optionsOf(...given: Parameters<typeof made>): Promise<Readonly<Record<string, NamedOptions>>> {
  return Object.fromEntries((await made(...given)).calls);
}

it.each([
  ['npm:my-method', 'npm:my-method.letters', 'letters'],
  ['npm:@you/my.method', 'npm:@you/my.method.top_k', 'top_k'],
  ['npm:./my-strategy.ts', 'npm:./my-strategy.ts.letters', 'letters'],
  ['npm:../plugins/way.mjs', 'npm:../plugins/way.mjs.depth.most', 'depth.most'],
])('gives the plugin %s what is said to be its option: %s', async (plugin, flag, option) => {
  expect(await optionsOf(plugin, { [flag]: 2 })).toEqual({ [plugin]: { [option]: 2 } });
  expect(await optionsOf(`${plugin},subtokens`, { [flag]: 2 })).toEqual({ [plugin]: { [option]: 2 }, subtokens: {} });
});

it('takes the longer of two names that an option begins with', async () => {
  const plugins = 'npm:./way,npm:./way.ts';
  expect(await optionsOf(plugins, { 'npm:./way.ts.k': 2, 'npm:./way.k': 1 })).toEqual({ 'npm:./way': { k: 1 }, 'npm:./way.ts': { k: 2 } });
});

it('knows a plugin by its id too', async () => {
  const ids = { 'npm:./way.ts': 'my-way' };
  expect(await optionsOf('npm:./way.ts', { 'my-way.k': 1 }, ids)).toEqual({ 'npm:./way.ts': { k: 1 } });
  expect(await optionsOf('npm:./way.ts,subtokens', { 'my-way.k': 1 }, ids)).toEqual({ 'npm:./way.ts': { k: 1 }, subtokens: {} });
});

it('asks which plugin is meant where two have one id', async () => {
  const ids = { 'npm:./a.ts': 'my-way', 'npm:./b.ts': 'my-way' };
  await expect(made('npm:./a.ts,npm:./b.ts', { 'my-way.k': 1 }, ids)).rejects.toThrow(
    '--option my-way.k: both npm:./a.ts and npm:./b.ts are called my-way; write which one, for example --option npm:./a.ts.k=…',
  );
});

it('leaves dots in the options of a single strategy alone', async () => {
  expect(await optionsOf('npm:needy', { 'depth.most': 1 })).toEqual({ 'npm:needy': { 'depth.most': 1 } });
});

it('refuses an option that is given under two names', async () => {
  await expect(made('salt', { head: 'same', 'salt.head': 'refit' })).rejects.toThrow('--option salt.head: `head` of salt was given twice.');
});

it('makes no prototype of an option', async () => {
  const own = (await optionsOf('salt,copy', JSON.parse('{"salt.__proto__":{"polluted":true},"salt.constructor":1}') as NamedOptions)).salt;
  expect(Object.getPrototypeOf(own)).toBe(Object.prototype);
  expect(Object.keys(own)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
