import { childrenOf, conceptsOf, parentOf, quantifiers } from './concepts.ts';
import type { Draw } from './draw.ts';
import { negationRelation, predicateDirection, project, quantifierRelation, restrictorDirection, type Relation } from './relations.ts';
import { isNamed, type NounPhrase, type Statement } from './statement.ts';

/** A sentence made from another, and what the first is to the second. */
export interface Edit {
  readonly statement: Statement;
  readonly relation: Relation;
  /** The place that was changed; two edits of one place settle nothing together. */
  readonly place: string;
}

type EditMaker = (statement: Statement, draw: Draw) => Edit | undefined;

/** Changes one place of `statement`; nothing where the change that was drawn does not apply. */
export function editStatement(statement: Statement, draw: Draw): Edit | undefined {
  return draw.pick(makers)(statement, draw);
}

const quantifierOf = ({ subject }: Statement) => (isNamed(subject) ? undefined : subject.quantifier);

const editSubject: EditMaker = (statement, draw) => {
  const { subject } = statement;
  if (isNamed(subject)) {
    const name = draw.pick(conceptsOf('name')).id;
    return name === subject.name
      ? undefined
      : { statement: { ...statement, subject: { name } }, relation: 'independent', place: 'subject' };
  }
  const edited = editPhrase(subject, draw);
  if (edited === undefined) return undefined;
  const relation = edited.relation === 'independent' ? edited.relation : project(edited.relation, restrictorDirection(subject.quantifier));
  return {
    statement: { ...statement, subject: { quantifier: subject.quantifier, ...edited.phrase } },
    relation,
    place: `subject ${edited.part}`,
  };
};

const editObject: EditMaker = (statement, draw) => {
  const { object, negated } = statement;
  if (isNamed(object)) {
    const name = draw.pick(conceptsOf('name')).id;
    return name === object.name ? undefined : { statement: { ...statement, object: { name } }, relation: 'independent', place: 'object' };
  }
  const edited = editPhrase(object, draw);
  if (edited === undefined) return undefined;
  const direction = predicateDirection(quantifierOf(statement), negated);
  const relation = edited.relation === 'independent' ? edited.relation : project(edited.relation, direction);
  return { statement: { ...statement, object: edited.phrase }, relation, place: `object ${edited.part}` };
};

const editVerb: EditMaker = (statement, draw) => {
  const moved = moveInTaxonomy(statement.verb, draw);
  if (moved === undefined) return undefined;
  const direction = predicateDirection(quantifierOf(statement), statement.negated);
  const relation = moved.relation === 'independent' ? moved.relation : project(moved.relation, direction);
  return { statement: { ...statement, verb: moved.id }, relation, place: 'verb' };
};

const editQuantifier: EditMaker = (statement, draw) => {
  const { subject } = statement;
  if (isNamed(subject)) return undefined;
  const quantifier = draw.pick(quantifiers);
  const relation = quantifierRelation(subject.quantifier, quantifier);
  // Within the scope of another quantifier a negated verb is a predicate like any other.
  return relation === 'same'
    ? undefined
    : { statement: { ...statement, subject: { ...subject, quantifier } }, relation, place: 'quantifier' };
};

const editNegation: EditMaker = (statement) => ({
  statement: { ...statement, negated: !statement.negated },
  relation: negationRelation(quantifierOf(statement)),
  place: 'negation',
});

const swapRoles: EditMaker = (statement) => {
  const { subject, object } = statement;
  if (isNamed(subject) !== isNamed(object)) return undefined;
  if (isNamed(subject) && isNamed(object)) {
    if (subject.name === object.name) return undefined;
    return { statement: { ...statement, subject: object, object: subject }, relation: 'independent', place: 'all' };
  }
  // Of phrases of which one holds the other, as in `every animal sees to dog`, something follows when they are exchanged.
  if (isNamed(subject) || isNamed(object) || isWithin(subject, object) || isWithin(object, subject)) return undefined;
  const { quantifier, ...phrase } = subject;
  return { statement: { ...statement, subject: { quantifier, ...object }, object: phrase }, relation: 'independent', place: 'all' };
};

/** Whether whatever is meant by `inner` is meant by `outer` too; every phrase is within itself. */
function isWithin(inner: NounPhrase, outer: NounPhrase): boolean {
  const isKind = inner.noun === outer.noun || parentOf(inner.noun) === outer.noun;
  return isKind && (outer.adjective === undefined || outer.adjective === inner.adjective);
}

const makers: readonly EditMaker[] = [
  editSubject,
  editSubject,
  editObject,
  editObject,
  editVerb,
  editVerb,
  editQuantifier,
  editQuantifier,
  editNegation,
  swapRoles,
];

type Moved = 'narrower' | 'wider' | 'independent';

/** A step up or down, or aside to a sibling. */
function moveInTaxonomy(id: string, draw: Draw): { readonly id: string; readonly relation: Moved } | undefined {
  const parent = parentOf(id);
  if (parent === undefined) return { id: draw.pick(childrenOf(id)), relation: 'wider' };
  if (draw.chance(0.6)) return { id: parent, relation: 'narrower' };
  const sibling = draw.pick(childrenOf(parent));
  return sibling === id ? undefined : { id: sibling, relation: 'independent' };
}

function editPhrase(
  phrase: NounPhrase,
  draw: Draw,
): { readonly phrase: NounPhrase; readonly relation: Moved; readonly part: string } | undefined {
  const { noun, adjective } = phrase;
  if (draw.chance(0.6)) {
    const moved = moveInTaxonomy(noun, draw);
    return moved && { phrase: { ...(adjective !== undefined && { adjective }), noun: moved.id }, relation: moved.relation, part: 'noun' };
  }
  const other = draw.pick(conceptsOf('adjective')).id;
  if (adjective === undefined) return { phrase: { adjective: other, noun }, relation: 'wider', part: 'adjective' };
  if (draw.chance(0.7)) return { phrase: { noun }, relation: 'narrower', part: 'adjective' };
  return other === adjective ? undefined : { phrase: { adjective: other, noun }, relation: 'independent', part: 'adjective' };
}
