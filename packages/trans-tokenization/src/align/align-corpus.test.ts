import { createInlinePool, type Progress, type WorkerPool } from '@lexigraft/core';
import { describe, expect, it } from 'vitest';
import { alignCorpus, alignmentModels, linksOf, type AlignOptions } from './align-corpus.ts';
import { toPharaoh } from './links.ts';
import { corpusOf, translatedLines } from '../../test/support/toy-corpus.ts';

describe('aligning a corpus', () => {
  it.each([
    ['model', { model: 'ibm9' }],
    ['seed', { seed: 0.5 }],
    ['samplers', { samplers: 0 }],
    ['effort', { effort: 0 }],
  ])('refuses a wrong %s', async (option, options) => {
    const corpus = await corpusOf(['a ||| b']);
    await expect(alignCorpus(corpus, options as AlignOptions)).rejects.toMatchObject({ code: 'invalid-option', details: { option } });
  });

  it.each(alignmentModels)('%s: aligns the only words there are', async (model) => {
    const alignment = await alignCorpus(await corpusOf(['a ||| b']), { model, fitting: { nullProbability: null } });
    expect(toPharaoh(linksOf(alignment, 0, 'union'))).toMatch(/^(0-0)?$/);
  });

  it.each(alignmentModels)('%s: gives workers numbers, and no words to copy', async (model) => {
    const corpus = await corpusOf(translatedLines(20, 10));
    const inline = createInlinePool();
    const given: unknown[] = [];
    const pool: WorkerPool = {
      ...inline,
      run(task, input, options) {
        given.push(input);
        return inline.run(task, input, options);
      },
    };
    await alignCorpus(corpus, { model, effort: 0.1, pool });
    expect(given.length).toBeGreaterThan(1);
    expect(JSON.stringify(given)).not.toContain('sourceWords');
  });

  it('writes links of either direction source first', async () => {
    const corpus = await corpusOf(['a b ||| x y z']);
    const alignment = { corpus, forward: Int32Array.of(1, -1, 0), reverse: Int32Array.of(2, 0) };
    expect(toPharaoh(linksOf(alignment, 0, 'forward'))).toBe('1-0 0-2');
    expect(toPharaoh(linksOf(alignment, 0, 'reverse'))).toBe('0-2 1-0');
    expect(toPharaoh(linksOf(alignment, 0, 'intersect'))).toBe('0-2 1-0');
  });

  it('keeps tables of the fitted models when asked to, of both directions at once', async () => {
    const corpus = await corpusOf(translatedLines(50, 20));
    const { fitted } = await alignCorpus(corpus, { model: 'diagonal', keepTables: true, fitting: { keepCounts: true } });
    expect(fitted?.forward.table.rowOffsets).toHaveLength(corpus.source.types + 1);
    expect(fitted?.reverse.table.rowOffsets).toHaveLength(corpus.target.types + 1);
    expect(fitted?.forward.counts).not.toBe(fitted?.reverse.counts);
    expect((await alignCorpus(corpus, { model: 'diagonal' })).fitted).toBeUndefined();
  });

  it('gives the same links whether tables are kept or their memory is used again', async () => {
    const corpus = await corpusOf(translatedLines(80, 25));
    const [kept, lean] = [
      await alignCorpus(corpus, { model: 'diagonal', keepTables: true }),
      await alignCorpus(corpus, { model: 'diagonal' }),
    ];
    expect([lean.forward, lean.reverse]).toEqual([kept.forward, kept.reverse]);
  });

  it.each(alignmentModels)('%s: reports progress that only grows, to the end', async (model) => {
    const steps: Progress[] = [];
    await alignCorpus(await corpusOf(translatedLines(20, 10)), { model, effort: 0.05, onProgress: (step) => steps.push(step) });
    expect(steps.every(({ done }, at) => at === 0 || done >= steps[at - 1].done)).toBe(true);
    expect(steps.at(-1)).toMatchObject({ stage: 'align', done: steps[0].total, total: steps[0].total });
  });

  it('does not start once aborted', async () => {
    const corpus = await corpusOf(['a ||| b']);
    await expect(alignCorpus(corpus, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });
});
