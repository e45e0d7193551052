import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrategyOptions } from './strategy-options.ts';

describe('parseStrategyOptions', () => {
  it('reads numbers, booleans, null, text and JSON by how they look', () => {
    const flags = [
      'ridge=1e-3',
      'k=-8',
      'normMatching=true',
      'limit=null',
      'head=refit',
      'sizes=[1, 2.5]',
      'deep={"a":{"b":false}}',
      'name="12"',
      'empty=',
      'half=.5',
    ];
    expect(parseStrategyOptions(flags)).toEqual({
      ridge: 0.001,
      k: -8,
      normMatching: true,
      limit: null,
      head: 'refit',
      sizes: [1, 2.5],
      deep: { a: { b: false } },
      name: '12',
      empty: '',
      half: 0.5,
    });
  });

  it('splits at the first equals sign, so that a value may hold more', () => {
    expect(parseStrategyOptions(['path=a=b=c'])).toEqual({ path: 'a=b=c' });
  });

  it.each([
    'top_k',
    'depth.most',
    'npm:my-method.letters',
    'npm:@you/my.method.top_k',
    'npm:./my plug-ins/my_way.ts.letters',
    'npm:..\\way.mjs.k',
  ])('takes any name: %s', (name) => {
    expect(parseStrategyOptions([`${name}=2`])).toEqual({ [name]: 2 });
  });

  it('returns any JSON value it was given as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseStrategyOptions([`x=${text}`]).x).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps a name like __proto__ from reaching the prototype', () => {
    expect(() => parseStrategyOptions(['__proto__={"polluted":true}'])).toThrow(/not an option's name/);
    expect(parseStrategyOptions(['constructor=1'])).toEqual({ constructor: 1 });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['ridge', /must look like name=value/],
    ['=3', /must look like name=value/],
    ['salt.=3', /`salt\.` is not an option's name; expected NAME=VALUE, or in a chain STRATEGY\.NAME=VALUE\./],
    ['salt.__proto__=3', /not an option's name/],
    ['list=[1,', /begins like JSON and is not/],
  ])('refuses %j with a sentence', (flag, sentence) => {
    expect(() => parseStrategyOptions([flag])).toThrow(sentence);
  });

  it('refuses a name given twice', () => {
    expect(() => parseStrategyOptions(['k=1', 'k=2'])).toThrow('--option k was given twice.');
  });
});
