import { describe, expect, it } from 'vitest';
import {
  benchPage,
  buildReport,
  compareOutcomes,
  compareReports,
  lmEvalFiles,
  rankStrategies,
  toLatex,
  toMarkdown,
  wilsonInterval,
  type ItemOutcomes,
  type ReportRow,
} from '../../src/index.ts';
import { toyOutcome, toyReport } from './toy-report.ts';

describe('buildReport', () => {
  it('has a row for each metric of each strategy and language, over the seeds', () => {
    const { rows } = toyReport();
    expect(rows).toHaveLength(2 * 6 * 4);
    const row = rows.find(({ strategy, language, task }) => strategy === 'oracle' && language === 'near' && task === 'xnli/finetuned');
    expect(row?.seeds.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(row?.value).toBeCloseTo(((row?.seeds[0].value ?? 0) + (row?.seeds[1].value ?? 0)) / 2, 12);
    expect(row?.interval?.[0]).toBeLessThan(row?.value ?? 0);
  });

  it('compares with the baseline on the same items, averaged over seeds, and corrects over the table', () => {
    const { rows } = toyReport();
    const values = (strategy: string): readonly number[] => {
      const found = toyOutcome().records.filter(
        ({ cell }) => cell.strategy === strategy && cell.language === 'near' && cell.task === 'xnli/finetuned',
      );
      const lists = found.map(({ result }) => result.metrics[0].outcomes?.values ?? []);
      return lists[0].map((value, item) => (value + lists[1][item]) / 2);
    };
    const expected = compareOutcomes({ items: 'toy', values: values('salt') }, { items: 'toy', values: values('random') });
    const row = rows.find(({ strategy, language, task }) => strategy === 'salt' && language === 'near' && task === 'xnli/finetuned');
    expect(row?.comparison).toMatchObject({
      baseline: 'random',
      difference: expected.bootstrap.difference,
      pValue: expected.pValue,
      n: 200,
    });
    expect(row?.comparison?.adjusted).toBeGreaterThanOrEqual(row?.comparison?.pValue ?? 1);
    expect(rows.filter(({ strategy }) => strategy === 'random').every(({ comparison }) => comparison === undefined)).toBe(true);
  });

  it('compares over the seeds that both have, and says where some are missing', () => {
    const whole = toyOutcome();
    const records = whole.records.filter(({ cell }) => !(cell.strategy === 'salt' && cell.seed === 1));
    const report = buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z');
    const outcomesOf = (strategy: string): ItemOutcomes => {
      const found = records.find(({ cell }) => cell.strategy === strategy && cell.language === 'near' && cell.task === 'xnli/finetuned');
      return found?.result.metrics[0].outcomes ?? { items: 'none', values: [] };
    };
    const expected = compareOutcomes(outcomesOf('salt'), outcomesOf('random'), { resamples: 2000 });
    const find = (strategy: string): ReportRow | undefined =>
      report.rows.find((row) => row.strategy === strategy && row.language === 'near' && row.task === 'xnli/finetuned');
    expect(find('salt')?.comparison).toMatchObject({ seeds: [0], difference: expected.bootstrap.difference, pValue: expected.pValue });
    expect(find('oracle')?.comparison).toMatchObject({ seeds: [0, 1] });
    for (const text of [toMarkdown(report), toLatex(report), benchPage(report)]) expect(text).toContain('1 of 2 seeds');
    const [near] = rankStrategies(report);
    expect(near.strategies.find(({ strategy }) => strategy === 'salt')?.seconds).toBe(4 * (4 + 3));
    expect(near.strategies.find(({ strategy }) => strategy === 'oracle')?.seconds).toBe(4 * (4 + 5));
    const complete = toyReport();
    for (const text of [toMarkdown(complete), toLatex(complete), benchPage(complete)]) expect(text).not.toContain('of 2 seeds');
  });

  it('resamples more often the more is compared, or nothing in a large table could be told apart', () => {
    const names = Array.from({ length: 60 }, (_, index) => `strategy-${index}`);
    const whole = toyOutcome(names);
    const judged = whole.records.filter(({ cell }) => cell.language === 'near' && cell.task === 'xnli/finetuned');
    const weights = Array.from({ length: 200 }, (_, item) => 1 + (item % 3));
    const records = judged.map((record) => ({
      ...record,
      result: {
        ...record.result,
        metrics: record.result.metrics.map((metric) => ({
          ...metric,
          outcomes: { items: 'toy', values: metric.outcomes?.values ?? [], weights },
        })),
      },
    }));
    const { rows } = buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z');
    const best = rows.find(({ strategy }) => strategy === 'strategy-59');
    expect(best?.comparison?.adjusted).toBeLessThanOrEqual(0.005);
    expect(best?.comparison?.adjusted).toBeGreaterThan(0.004);
  });

  it('gives no mean where a seed has no value, and says so', () => {
    const whole = toyOutcome();
    const records = whole.records.map((record) => {
      const { strategy, task, language, seed } = record.cell;
      if (strategy !== 'salt' || task !== 'adaptation' || (language === 'near' && seed === 1)) return record;
      const metrics = record.result.metrics.map((metric) => ({ ...metric, value: null, note: 'out of range' }));
      return { ...record, result: { ...record.result, metrics } };
    });
    const { rows } = buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z');
    const [near, far] = ['near', 'far'].map((place) =>
      rows.find(({ strategy, task, language }) => strategy === 'salt' && task === 'adaptation' && language === place),
    );
    expect(near).toMatchObject({ value: null, note: 'no value in 1 of 2 seeds: out of range', seeds: [{ value: null }, { seed: 1 }] });
    expect(near).not.toHaveProperty('deviation');
    expect(near).not.toHaveProperty('interval');
    expect(far).toMatchObject({ value: null, note: 'no value in 2 of 2 seeds: out of range' });
  });

  it("gives outcomes that are right or wrong Wilson's interval, also over several seeds", () => {
    const whole = toyOutcome();
    const records = whole.records.map((record) => {
      const { strategy, task } = record.cell;
      if (strategy !== 'random' || task !== 'xnli/finetuned') return record;
      const [metric] = record.result.metrics;
      const none = { ...metric, value: 0, standardError: 0, outcomes: { items: 'toy', values: Array<number>(200).fill(0) } };
      return { ...record, result: { ...record.result, metrics: [none] } };
    });
    const { rows } = buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z');
    const intervalOf = (name: string) =>
      rows.find(({ strategy, task, language }) => strategy === name && task === 'xnli/finetuned' && language === 'near')?.interval;
    expect(intervalOf('random')).toEqual(wilsonInterval(0, 200));
    expect(intervalOf('oracle')).toEqual(wilsonInterval(0.73 * 200, 200));
    // What is no share of items is within its standard errors, as before.
    const bits = rows.find(({ strategy, task }) => strategy === 'oracle' && task === 'bits-per-byte');
    expect(bits?.interval?.[1]).toBeCloseTo((bits?.value ?? 0) + 1.96 * 0.02, 4);
  });

  it('says where a strategy was given what the task asks about', () => {
    const whole = toyOutcome();
    const records = whole.records.map((record) => {
      const { strategy, task } = record.cell;
      const given = strategy === 'salt' ? { lexicon: 'words' } : strategy === 'focus' ? { vectors: 'numbers', lexicon: 'other words' } : {};
      return {
        ...record,
        inputs: {
          model: 'abc',
          ...given,
          ...(task === 'coverage' && { 'data lexicon': 'words' }),
          ...(task === 'adaptation' && { 'data text': 'words' }),
        },
      };
    });
    const report = buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z');
    expect(report.warnings).toEqual([
      { code: 'seen-data', message: 'coverage asks about the very data that salt was given, so it is no test there.', cells: 4 },
    ]);
    const noted = report.rows.filter(({ note }) => note !== undefined);
    expect(noted.map(({ strategy, task, language }) => [strategy, task, language])).toEqual([
      ['salt', 'coverage', 'near'],
      ['salt', 'coverage', 'far'],
    ]);
    for (const text of [toMarkdown(report), benchPage(report)]) expect(text).toContain('made from these very data');
  });

  it('ranks by the first task that judges, best first, whatever the order of the configuration', () => {
    const report = toyReport();
    const [near] = rankStrategies(report);
    expect(near.strategies.map(({ strategy }) => strategy)).toEqual(['oracle', 'trans-tokenization', 'salt', 'focus', 'copy', 'random']);
    expect(near.decisive).toBe(0);
    // What is covered is told first here, and decides nothing.
    const tasks = ['coverage', 'bits-per-byte'].flatMap((name) => report.tasks.filter((task) => task.name === name));
    const [turned] = rankStrategies({ ...report, tasks });
    expect(turned).toMatchObject({ columns: ['coverage', 'bits-per-byte'], decisive: 1 });
    expect(benchPage({ ...report, tasks })).toMatch(
      /aria-sort="none"><button type="button">coverage ↑.*aria-sort="ascending"><button type="button">bits-per-byte ↓/,
    );
    expect(rankStrategies({ ...report, tasks: tasks.slice(0, 1) })[0].decisive).toBe(0);
  });
});

describe('lmEvalFiles', () => {
  it('holds results as lm-evaluation-harness writes them', () => {
    const files = lmEvalFiles(toyReport());
    expect(files).toHaveLength(6 * 2);
    const oracle = files.find(({ path }) => path === 'lm-eval/en-nli/oracle/results_seed1.json')?.content;
    expect(oracle).toMatchObject({
      results: {
        'xnli/finetuned_near': { alias: 'xnli/finetuned_near', 'acc,none': 0.73, 'acc_stderr,none': expect.any(Number) as number },
        coverage_far: { 'coverage_stderr,none': 'N/A' },
      },
      versions: { 'xnli/finetuned_near': '1.0' },
      'n-shot': { 'xnli/finetuned_near': 0 },
      higher_is_better: { 'bits-per-byte_far': { 'bits-per-byte': false } },
      'n-samples': { 'xnli/finetuned_near': { original: 200, effective: 200 } },
      config: { random_seed: 1 },
    });
  });
});

describe('lmEvalFiles of several seeds', () => {
  it('hold the standard error of their own seed, and none of a single item', () => {
    const whole = toyOutcome();
    const records = whole.records.map((record) => {
      const { task, seed } = record.cell;
      const metrics = record.result.metrics.map((metric) =>
        task === 'bits-per-byte'
          ? { ...metric, standardError: 0.01 * (1 + seed) }
          : task === 'adaptation'
            ? { ...metric, n: 1, standardError: 0 }
            : metric,
      );
      return { ...record, result: { ...record.result, metrics } };
    });
    const files = lmEvalFiles(buildReport({ ...whole, records }, '2026-09-01T12:00:00.000Z'));
    for (const seed of [0, 1])
      expect(files.find(({ path }) => path === `lm-eval/en-nli/oracle/results_seed${seed}.json`)?.content).toMatchObject({
        results: {
          'bits-per-byte_near': { 'bits-per-byte_stderr,none': 0.01 * (1 + seed) },
          adaptation_near: { 'area_stderr,none': 'N/A' },
        },
      });
  });
});

describe('tables', () => {
  it('are Markdown with the columns of lm-evaluation-harness', () => {
    const text = toMarkdown(toyReport());
    expect(text).toContain('| Model | Strategy | Tasks | Version | Filter | n-shot | Metric |  | Value |  | Stderr |');
    expect(text).toContain('| en-nli | random | bits-per-byte_near | 1.0 | none | 0 | bits-per-byte | ↓ | 3.4000 | ± | 0.0200 |');
    expect(text).toContain('## Failed');
    expect(text).toContain('needs datasets.lexicon');
  });

  it('are LaTeX that escapes what LaTeX reads', () => {
    const text = toLatex(toyReport(['a_b', 'c%d&e']));
    expect(text).toContain('a\\_b &');
    expect(text).toContain('c\\%d\\&e &');
    expect(text.match(/\\begin\{tabular\}/g)).toHaveLength(2);
  });
});

describe('compareReports', () => {
  it('gives differences with their error', () => {
    const [before, after] = [toyReport(), toyReport()];
    const { rows, onlyAfter } = compareReports(before, {
      ...after,
      rows: after.rows.map((row) => ({ ...row, value: (row.value ?? 0) + 0.1 })),
    });
    expect(rows).toHaveLength(48);
    expect(onlyAfter).toBe(0);
    for (const { difference } of rows) expect(difference).toBeCloseTo(0.1, 12);
    expect(rows.find(({ row }) => row.task === 'bits-per-byte')?.standardError).toBeCloseTo(0.02 * Math.SQRT2, 12);
  });

  it('refuses tasks of different versions', () => {
    const report = toyReport();
    const later = { ...report, tasks: report.tasks.map((task) => ({ ...task, version: '2.0' })) };
    expect(() => compareReports(report, later)).toThrow('version 1.0 before and 2.0 after');
  });
});

describe('benchPage', () => {
  it('takes no name for markup, and asks nothing of anyone', () => {
    const tags = (page: string): readonly string[] =>
      [...page.replace(/<script>[^]*<\/script>/, '').matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, name]) => name.toLowerCase());
    const [calm, attacked] = [
      benchPage(toyReport(['one', 'two'])),
      benchPage(toyReport(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>'])),
    ];
    expect(new Set(tags(attacked))).toEqual(new Set(tags(calm)));
    const withoutNamespaces = calm.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xlink', '');
    expect(withoutNamespaces).not.toMatch(/https?:|\ssrc=|url\((?!#)|@import|<link/i);
  });

  it('does without a single result', () => {
    const page = benchPage({ ...toyReport(), rows: [], curves: [], costs: [] });
    expect(page).not.toContain('undefined');
  });
});
