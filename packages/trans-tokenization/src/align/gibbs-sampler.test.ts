import { randomStream } from '@lexigraft/core';
import { describe, expect, it } from 'vitest';
import { corpusOf } from '../../test/support/toy-corpus.ts';
import type { EncodedCorpus } from './encoded-corpus.ts';
import { GibbsSampler, gibbsPriors } from './gibbs-sampler.ts';

/** Few source words and many target words, so that some have more links than there are bins; the last target word stands alone. */
const crowded = [
  'a b ||| x y z u v w x y z u v w x y',
  'b ||| y z u v w x y z u v w',
  'a c ||| x x y y z z u u v v w w',
  'c b ||| x y z',
  'a b c ||| x',
];

const samplerOf = (corpus: EncodedCorpus, seed: number): GibbsSampler =>
  new GibbsSampler(corpus, randomStream(seed, new TextEncoder().encode('test')));

/** The conditional of the last target word of a corpus, alone in its sentence, from the links of all others counted anew. */
function conditional({ source, target, sentences }: EncodedCorpus, links: Int32Array): readonly number[] {
  const [pairs, fertilities] = [new Map<string, number>(), new Map<string, number>()];
  const [totals, jumps] = [new Map<number, number>(), new Map<number, number>()];
  const add = <Key>(counts: Map<Key, number>, key: Key): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  let [nullTotal, jumpTotal] = [0, 0];
  const last = target.ids.length - 1;
  const word = target.ids[last];
  let nullCount = 0;
  for (let sentence = 0; sentence < sentences - 1; sentence++) {
    const sourceIds = source.ids.subarray(source.offsets[sentence], source.offsets[sentence + 1]);
    const linked = Array.from(sourceIds, () => 0);
    const chain: number[] = [-1];
    for (let token = target.offsets[sentence]; token < target.offsets[sentence + 1]; token++) {
      if (links[token] < 0) {
        nullTotal++;
        if (target.ids[token] === word) nullCount++;
        continue;
      }
      const type = sourceIds[links[token]];
      add(pairs, `${type} ${target.ids[token]}`);
      add(totals, type);
      linked[links[token]]++;
      chain.push(links[token]);
    }
    chain.push(sourceIds.length);
    for (let at = 1; at < chain.length; at++) {
      add(jumps, chain[at] - chain[at - 1]);
      jumpTotal++;
    }
    for (const [j, type] of sourceIds.entries()) add(fertilities, `${type} ${Math.min(7, linked[j])}`);
  }
  const { lexical, nullLexical, jump, fertility, nullProbability } = gibbsPriors;
  const sourceIds = source.ids.subarray(source.offsets[sentences - 1]);
  const n = sourceIds.length;
  const mass = jumpTotal + jump * 2048;
  const jumped = (distance: number): number => ((jumps.get(distance) ?? 0) + jump) / mass;
  const weights = [
    ((nullProbability * (nullLexical + nullCount)) / (nullLexical * target.types + nullTotal)) * jumped(n + 1),
    ...Array.from(sourceIds, (type, j) => {
      const told = (lexical + (pairs.get(`${type} ${word}`) ?? 0)) / (lexical * target.types + (totals.get(type) ?? 0));
      const fertile = (links: number): number => (fertilities.get(`${type} ${links}`) ?? 0) + fertility;
      return (1 - nullProbability) * told * jumped(j + 1) * jumped(n - j) * (fertile(1) / fertile(0));
    }),
  ];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

describe('GibbsSampler', () => {
  it.each([0, 1, 2, 3])('draws from the counts of the links there are, whatever their number (seed %i)', async (seed) => {
    const corpus = await corpusOf(crowded);
    const sampler = samplerOf(corpus, seed);
    sampler.enter('fertility');
    for (let sweep = 0; sweep < 20; sweep++)
      for (let sentence = 0; sentence < corpus.sentences - 1; sentence++) sampler.sampleSentence(sentence, 'fertility');
    const expected = conditional(corpus, sampler.links);
    const marginals = new Float32Array(expected.length);
    sampler.sampleSentence(corpus.sentences - 1, 'fertility', marginals);
    for (const [j, probability] of expected.entries()) expect(marginals[j]).toBeCloseTo(probability, 6);
  });

  it.each(['ibm1', 'hmm', 'fertility'] as const)('%s: conditionals are probabilities', async (model) => {
    const corpus = await corpusOf(crowded);
    const sampler = samplerOf(corpus, 5);
    sampler.enter(model);
    for (let sweep = 0; sweep < 20; sweep++) {
      for (let sentence = 0; sentence < corpus.sentences; sentence++) {
        const [m, n] = [corpus.target, corpus.source].map(({ offsets }) => offsets[sentence + 1] - offsets[sentence]);
        const marginals = new Float32Array(m * (n + 1));
        sampler.sampleSentence(sentence, model, marginals);
        for (let i = 0; i < m; i++) {
          const row = Array.from(marginals.subarray(i * (n + 1), (i + 1) * (n + 1)));
          expect(Math.min(...row)).toBeGreaterThan(0);
          expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        }
      }
    }
  });
});
