import { describe, expect, it } from 'vitest';
import { parentOf } from './concepts.ts';
import { openDraw, type Draw } from './draw.ts';
import { editStatement } from './edit-statement.ts';
import { samplePair } from './sample-pair.ts';
import { isNamed, type NounPhrase, type Statement } from './statement.ts';

/** A small world: what each individual is, and who does what to whom. */
interface World {
  readonly size: number;
  readonly is: (individual: number, concept: string) => boolean;
  readonly does: (verb: string, actor: number, other: number) => boolean;
  readonly named: (name: string) => number;
}

function drawWorld(draw: Draw): World {
  const size = 1 + draw.below(3);
  const density = draw.pick([0.15, 0.5, 0.85]);
  const facts = new Map<string, boolean>();
  const holds = (fact: string): boolean => {
    const known = facts.get(fact) ?? draw.chance(density);
    facts.set(fact, known);
    return known;
  };
  const individuals = new Map<string, number>();
  // What is below another concept is drawn within it.
  const is = (individual: number, concept: string): boolean => {
    const parent = parentOf(concept);
    return (parent === undefined || is(individual, parent)) && holds(`${individual} ${concept}`);
  };
  const does = (verb: string, actor: number, other: number): boolean => {
    const parent = parentOf(verb);
    return (parent === undefined || does(parent, actor, other)) && holds(`${actor} ${verb} ${other}`);
  };
  const named = (name: string): number => {
    const known = individuals.get(name) ?? draw.below(size);
    individuals.set(name, known);
    return known;
  };
  return { size, is, does, named };
}

const fits = (world: World, { noun, adjective }: NounPhrase, individual: number): boolean =>
  world.is(individual, noun) && (adjective === undefined || world.is(individual, adjective));

function isTrue(world: World, { subject, negated, verb, object }: Statement): boolean {
  const all = Array.from({ length: world.size }, (_, index) => index);
  const predicate = (actor: number): boolean => {
    const objects = isNamed(object) ? [world.named(object.name)] : all.filter((individual) => fits(world, object, individual));
    return objects.some((other) => world.does(verb, actor, other)) !== negated;
  };
  if (isNamed(subject)) return predicate(world.named(subject.name));
  const actors = all.filter((individual) => fits(world, subject, individual));
  if (subject.quantifier === 'some') return actors.some(predicate);
  return actors.every((actor) => predicate(actor) === (subject.quantifier === 'every'));
}

/** There is at least one of everything a sentence speaks of. */
function isPeopled(world: World, { subject, object }: Statement): boolean {
  return [subject, object].every(
    (phrase) => isNamed(phrase) || Array.from({ length: world.size }).some((_, one) => fits(world, phrase, one)),
  );
}

describe('samplePair', () => {
  it('gives labels that hold in every world: entailed hypotheses are never false, contradicted ones never true, neutral ones both', () => {
    const pairs = openDraw(1, 'pairs');
    const worlds = openDraw(2, 'worlds');
    const undecided: string[] = [];
    for (let i = 0; i < 300; i++) {
      const { premise, hypothesis, label } = samplePair(pairs);
      const seen = { true: 0, false: 0 };
      for (let trial = 0; trial < 4000 && (trial < 400 || label !== 'neutral' || seen.true === 0 || seen.false === 0); trial++) {
        const world = drawWorld(worlds);
        if (!isPeopled(world, premise) || !isPeopled(world, hypothesis) || !isTrue(world, premise)) continue;
        seen[isTrue(world, hypothesis) ? 'true' : 'false']++;
      }
      const described = JSON.stringify({ premise, hypothesis, label, seen });
      if (label === 'entailment' && seen.false > 0) undecided.push(described);
      if (label === 'contradiction' && seen.true > 0) undecided.push(described);
      if (label === 'neutral' && (seen.true === 0 || seen.false === 0)) undecided.push(described);
    }
    expect(undecided).toEqual([]);
  });

  it('exchanges subject and object only where neither holds the other, which would settle what it calls open', () => {
    const draw = openDraw(4, 'exchanged');
    const isWithin = (inner: NounPhrase, outer: NounPhrase): boolean =>
      [inner.noun, parentOf(inner.noun)].includes(outer.noun) && [undefined, inner.adjective].includes(outer.adjective);
    let exchanged = 0;
    for (const verb of ['sees', 'watches']) {
      for (const [subject, object] of [
        [{ noun: 'animal' }, { noun: 'dog' }],
        [{ noun: 'dog' }, { noun: 'dog', adjective: 'small' }],
        [{ noun: 'dog', adjective: 'small' }, { noun: 'animal' }],
        [{ noun: 'dog' }, { noun: 'cat' }],
        [{ noun: 'animal', adjective: 'small' }, { noun: 'dog' }],
      ] as const) {
        const statement: Statement = { subject: { quantifier: 'every', ...subject }, negated: false, verb, object };
        for (let trial = 0; trial < 200; trial++) {
          const edit = editStatement(statement, draw);
          if (edit?.place !== 'all') continue;
          exchanged++;
          expect(isWithin(subject, object) || isWithin(object, subject)).toBe(false);
        }
      }
    }
    expect(exchanged).toBeGreaterThan(20);
  });

  it('draws the three labels alike', () => {
    const draw = openDraw(3, 'labels');
    const counts = { entailment: 0, neutral: 0, contradiction: 0 };
    for (let i = 0; i < 3000; i++) counts[samplePair(draw).label]++;
    for (const count of Object.values(counts)) expect(Math.abs(count - 1000)).toBeLessThan(100);
  });
});
