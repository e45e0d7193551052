import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ResourceName } from '@lexigraft/core';
import type { BenchHost } from '../../src/index.ts';
import { openDigests } from '../../src/runner/digests.ts';
import { planCells, type BenchPlan } from '../../src/runner/plan-cells.ts';
import { useToyBench } from './toy-bench.ts';
import { toyHost } from './toy-host.ts';

const resources: readonly string[] = ['lexicon', 'parallelText'] satisfies ResourceName[];

/** Strategies called after a resource ask for it; one task uses data it does not need. */
const host: BenchHost = {
  ...toyHost,
  makeStrategy: async (spec) => {
    const strategy = await toyHost.makeStrategy(spec);
    return resources.includes(spec.id) ? { ...strategy, needs: [spec.id as ResourceName] } : strategy;
  },
  makeTask: async (spec) => ({ ...(await toyHost.makeTask(spec)), uses: spec.id === 'uses-selection' ? ['nliSelection', 'heldOut'] : [] }),
};

describe('planCells', () => {
  const bench = useToyBench();
  beforeEach(async () => {
    await writeFile(join(bench().folder, 'a.txt'), 'one two\n');
  });

  const plan = async (strategy: string, task: string, languages: Readonly<Record<string, object>>): Promise<BenchPlan> => {
    const { config, folder } = bench();
    const given = Object.fromEntries(Object.entries(languages).map(([id, own]) => [id, { target: 'tokenizer.json', ...own }]));
    const made = config({ strategies: [strategy], tasks: [task], seeds: [0], languages: given });
    return planCells(made, host, await openDigests(join(folder, 'digests.json')));
  };
  const address = async (strategy: string, task: string, language: object): Promise<string> => {
    const { jobs } = await plan(strategy, task, { xx: language });
    return jobs[0].cells[0].cell.key;
  };

  it('leaves cells at their address whose files are described by their place alone', async () => {
    const datasets = { heldOut: 'a.txt' };
    expect(await address('wants-vectors', 'needs-text', { vectors: 'a.txt', datasets })).toBe(
      '7c2f5ea8edb6e542c3327b7209800ba00ef35bbb8e0cf6643b41cece017be0bb',
    );
    const plain = await address('lexicon', 'uses-selection', { lexicon: 'a.txt', datasets: { nliSelection: 'a.txt' } });
    expect(await address('lexicon', 'uses-selection', { lexicon: { path: 'a.txt' }, datasets: { nliSelection: { path: 'a.txt' } } })).toBe(
      plain,
    );
  });

  it.each([
    ['lexicon', 'plain', { lexicon: 'a.txt' }, { lexicon: { path: 'a.txt', order: 'target-first' } }],
    ['parallelText', 'plain', { pairs: { pairs: 'a.txt', columns: [0, 1] } }, { pairs: { pairs: 'a.txt', columns: [1, 0] } }],
    ['parallelText', 'plain', { pairs: { pairs: 'a.txt', format: 'tsv' } }, { pairs: { pairs: 'a.txt', format: 'bars' } }],
    ['random', 'uses-selection', { datasets: { heldOut: 'a.txt' } }, { datasets: { heldOut: { path: 'a.txt', limit: 1 } } }],
    [
      'random',
      'uses-selection',
      { datasets: { nliSelection: { path: 'a.txt', language: 'en' } } },
      { datasets: { nliSelection: { path: 'a.txt', language: 'en', labels: { 0: 'neutral' } } } },
    ],
    ['random', 'needs-text', { datasets: { heldOut: 'a.txt' } }, { datasets: { heldOut: { path: 'a.txt', limit: 1 } } }],
  ])('gives a cell of `%s` and `%s` another address where a file is read otherwise', async (strategy, task, before, after) => {
    expect(await address(strategy, task, after)).not.toBe(await address(strategy, task, before));
  });

  it('gives every language a job of its own, also where they share tokenizer and files', async () => {
    const pairs = (language: string): object => ({ pairs: { pairs: 'a.txt', format: 'tmx', languages: ['en', language] } });
    const { jobs } = await plan('parallelText', 'plain', { de: pairs('de'), nl: pairs('nl'), same: pairs('nl') });
    expect(new Set(jobs.map(({ key }) => key)).size).toBe(3);
  });
});
