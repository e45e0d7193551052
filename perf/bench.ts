import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { CellRecord } from '@lexigraft/bench';
import type { Benchmark, Figure } from './benchmark.ts';

const root = join(import.meta.dirname, '..');
const shared = join(root, '..', 'shared');
const program = join(root, 'packages', 'cli', 'bin', 'lexigraft.js');
/** Strategies that plan in a moment, so that the models' time is that of their tasks. */
const strategies = ['none', 'random', 'mean', 'copy'];

interface Outcome {
  readonly seconds: number;
}

async function runBench({ items, workers }: Readonly<Record<string, number>>, note: (line: string) => void): Promise<Figure[]> {
  if (!existsSync(join(shared, 'lab')) || !existsSync(join(root, 'packages', 'cli', 'dist')))
    throw new Error('This needs ../shared with the development models, and the packages built: `npm run build`.');
  const folder = await mkdtemp(join(tmpdir(), 'perf-bench-'));
  try {
    const config = join(folder, 'bench.json');
    const languages = {
      en: {
        target: join(shared, 'lab', 'en-nli'),
        datasets: { nli: { path: join(shared, 'data', 'xnli', 'xnli.dev.en.tsv.gz'), limit: items } },
      },
    };
    await writeFile(
      config,
      JSON.stringify({ models: { 'en-nli': join(shared, 'lab', 'en-nli') }, languages, strategies, tasks: ['xnli/finetuned'], workers }),
    );
    const started = performance.now();
    const { status, stdout } = spawnSync(process.execPath, [program, 'bench', 'run', config, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const wall = (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`The bench ended with ${status}.`);
    const { seconds } = JSON.parse(stdout) as Outcome;
    const cells = join(folder, 'results', 'bench', 'cells');
    const records = await Promise.all(
      (await readdir(cells)).map(async (file) => JSON.parse(await readFile(join(cells, file), 'utf8')) as CellRecord),
    );
    const spent = (stage: string): number => records.reduce((sum, { stages }) => sum + (stages[stage] ?? 0), 0);
    const ofModels = spent('evaluate') + spent('plan') + spent('write');
    for (const { cell, stages } of records) note(`${cell.strategy}: ${JSON.stringify(stages)}`);
    const slowest = Math.max(...records.map(({ stages }) => stages.evaluate));
    const overhead = 1 - ofModels / (workers * wall);
    return [
      {
        name: `${items} XNLI items, the slowest of ${records.length} cells`,
        value: slowest,
        unit: 's',
        goal: '≤ 60 s',
        reached: slowest <= 60,
      },
      { name: 'all cells, by the clock', value: wall, unit: 's' },
      { name: 'of which between first look at the cells and their reports', value: seconds, unit: 's' },
      {
        name: 'share that is not models’ time, processes and reports included',
        value: overhead,
        unit: 'share',
        goal: '≤ 5 %',
        reached: overhead <= 0.05,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the runner of the bench adds to the time of its models, processes and reports included; the built program is run. */
export const bench: Benchmark = {
  name: 'bench',
  what: 'XNLI by the bench, and what its runner adds to the time of the models',
  // One worker: with more, the last of them waits for no cell, which is a matter of how many cells there are and not of the runner.
  sizes: { items: 2490, workers: 1 },
  run: runBench,
};
