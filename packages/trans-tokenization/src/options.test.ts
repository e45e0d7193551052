import { describe, expect, it } from 'vitest';
import { readTransTokenizationOptions, type TransTokenizationOptions } from './options.ts';

describe('options of trans-tokenization', () => {
  it('are those published with `paper`', () => {
    expect(readTransTokenizationOptions({ fidelity: 'paper' })).toMatchObject({
      model: 'ibm1',
      evidence: 'expected',
      direction: 'forward',
      units: 'words',
      minimumCount: 10,
      minimumShare: 0,
      unmapped: 'unknown',
      sharedTokens: 'blend',
      smoothing: true,
    });
  });

  it.each([
    ['ibm1', 'expected'],
    ['diagonal', 'expected'],
    ['hmm', 'links'],
    ['fertility', 'links'],
  ] as const)('take from the model %s %s', (model, evidence) => {
    expect(readTransTokenizationOptions({ model }).evidence).toBe(evidence);
  });

  it('do not ask a sampled model for expected counts', () => {
    expect(() => readTransTokenizationOptions({ evidence: 'expected' })).toThrow("cannot be 'expected' with the model 'fertility'");
  });

  it.each([
    { model: 'neural' },
    { minimumCount: -1 },
    { minimumShare: 1 },
    { units: 'letters' },
    { fidelity: 'released' },
    { longestSentence: 0 },
    { longestSentence: 32_768 },
    { effort: 0 },
    { evidence: 'by-model' },
    { minCount: 3 },
  ])('refuse %j', (options) => {
    expect(() => readTransTokenizationOptions(options as TransTokenizationOptions)).toThrow(/trans-tokenization/);
  });
});
