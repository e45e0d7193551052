import { describe, expect, it } from 'vitest';
import { toyCell, toyJob } from '../../test/runner/toy-job.ts';
import type { Job } from './cell.ts';
import { haveChanged, placesOf } from './job-inputs.ts';
import { resourceFiles } from './language-data.ts';

const job = (spec: Job['language']['spec']): Job =>
  toyJob({ strategy: { name: 'own', id: './own.js', options: {} }, language: { id: 'xx', spec }, cells: [toyCell('cell')] });
const places = (spec: Job['language']['spec'], digests: Readonly<Record<string, string>>) =>
  placesOf(job(spec), new Map([['cell', digests]]));

describe('placesOf', () => {
  it('knows a file again in another role, and not another file in the same role', () => {
    const read = places({ vectors: '/a.vec', datasets: {} }, { vectors: 'old' });
    expect(haveChanged(read, places({ sourceVectors: '/a.vec', datasets: {} }, { sourceVectors: 'new' }))).toBe(true);
    expect(haveChanged(read, places({ sourceVectors: '/a.vec', datasets: {} }, { sourceVectors: 'old' }))).toBe(false);
    expect(haveChanged(read, places({ vectors: '/b.vec', datasets: {} }, { vectors: 'new' }))).toBe(false);
  });

  it('takes all files of a dataset together', () => {
    const read = places({ datasets: { parallel: { source: '/a', target: '/b' } } }, { 'data parallel': 'old' });
    expect(haveChanged(read, places({ datasets: { parallel: { source: '/a', target: '/b' } } }, { 'data parallel': 'new' }))).toBe(true);
    expect(haveChanged(read, places({ datasets: { parallel: { source: '/a', target: '/c' } } }, { 'data parallel': 'new' }))).toBe(false);
  });

  it('knows each of several texts by its language, and asks for no file of what is made of the model', () => {
    const texts = { en: '/en.txt', de: '/de.txt' };
    const read = places({ texts, datasets: {} }, { 'texts en': 'old', 'texts de': 'same' });
    expect(haveChanged(read, places({ text: '/de.txt', datasets: {} }, { text: 'same' }))).toBe(false);
    expect(haveChanged(read, places({ text: '/en.txt', datasets: {} }, { text: 'new' }))).toBe(true);
    expect([...resourceFiles({ texts, datasets: {} }, ['hiddenStates', 'texts', 'layerTrainer'])]).toEqual([
      ['texts en', ['/en.txt']],
      ['texts de', ['/de.txt']],
    ]);
  });

  it('compares the digest of a model with none but that of a model', () => {
    const read = places({ helper: '/model', datasets: {} }, { model: 'digest', helper: 'digest of the digest' });
    expect(haveChanged(read, places({ datasets: {} }, { model: 'digest' }))).toBe(false);
  });
});
