import { FALSE, join, sql, type Sql, TRUE } from '../../db/index.js';
import type { Clause, TextQuery } from '../port.js';
import { quoted, type Wanted, wantedOf } from './vectors.js';

/** A clause with the words that may stand for a misspelt one of it. */
export interface WideClause extends Clause {
  typos: readonly string[];
}

/** What a document must hold, for the texts of one tier. */
export interface TextCondition {
  /** Necessary, and what the index answers: a `tsquery`, or `null` where every document comes into question. */
  index: string | null;
  /** What has to be looked at beyond it, where `index` was found to hold for the same vector. */
  rest(vector: Sql, text: Sql): Sql;
}

interface Cut {
  wanted: Wanted[];
  typos: readonly string[];
}

const cut = (clause: WideClause): Cut => ({
  wanted: clause.phrases.map(wantedOf).filter((one) => one !== null),
  typos: clause.typos,
});

const anyOf = (parts: readonly string[]): string => (parts.length === 1 ? (parts[0] ?? '') : `(${parts.map((one) => `(${one})`).join(' | ')})`);

/** Necessary for a clause, and sufficient where no phrase of it has to be looked up in the text. */
const indexOf = ({ wanted, typos }: Cut): string => anyOf([...wanted.map((one) => one.tokens), ...typos.map(quoted)]);

/** Whether the clause is met. */
function met({ wanted, typos }: Cut, vector: Sql, text: Sql): Sql {
  const plain = [...wanted.filter((one) => one.needle === null).map((one) => one.tokens), ...typos.map(quoted)];
  const parts = plain.length === 0 ? [] : [sql`${vector} @@ ${anyOf(plain)}::tsquery`];
  for (const one of wanted) if (one.needle !== null) parts.push(sql`(${vector} @@ ${one.tokens}::tsquery and strpos(${text}, ${one.needle}) > 0)`);
  return sql`(${join(parts, ' or ', FALSE)})`;
}

const hopeless = ({ wanted, typos }: Cut): boolean => wanted.length === 0 && typos.length === 0;

/** The same where the index has answered for the clause: with one phrase its words are there, and need not be fetched to see it. */
function metBeyond(clause: Cut, vector: Sql, text: Sql): Sql {
  const [only, ...more] = clause.wanted;
  if (only === undefined || only.needle === null || more.length > 0 || clause.typos.length > 0) return met(clause, vector, text);
  return sql`(strpos(${text}, ${only.needle}) > 0)`;
}

/** `null` where nothing can meet it. */
export function textCondition(all: readonly WideClause[], none: TextQuery['none']): TextCondition | null {
  const wanted = all.map(cut);
  if (wanted.some(hopeless)) return null;
  const unwanted = none.map((clause) => cut({ ...clause, typos: [] })).filter((one) => !hopeless(one));
  const doubtful = wanted.filter((clause) => clause.wanted.some((one) => one.needle !== null));
  return {
    index: wanted.length === 0 ? null : wanted.map((one) => `(${indexOf(one)})`).join(' & '),
    rest: (vector, text) =>
      join([...doubtful.map((one) => metBeyond(one, vector, text)), ...unwanted.map((one) => sql`not ${met(one, vector, text)}`)], ' and ', TRUE),
  };
}

/**
 * How well a document answers, in descending order: clauses met by their own words rather than by close ones, then the weight of
 * the texts in which the words stand. Of this document and query alone, so that nothing else in the index shows in the order.
 */
export function relevance(all: readonly WideClause[], vector: Sql): Sql[] {
  const tokens = [...new Set(all.flatMap((clause) => cut(clause).wanted.map((one) => one.tokens)))];
  if (tokens.length === 0) return [];
  const exact = all
    .filter((clause) => clause.typos.length > 0)
    .map((clause) => anyOf(cut(clause).wanted.map((one) => one.tokens)))
    .filter((one) => one !== '');
  return [
    ...(exact.length === 0
      ? []
      : [
          sql`cardinality(array_positions(array[${join(
            exact.map((one) => sql`${vector} @@ ${one}::tsquery`),
            ', ',
            TRUE,
          )}], true))`,
        ]),
    sql`ts_rank(${vector}, ${anyOf(tokens)}::tsquery)`,
  ];
}
