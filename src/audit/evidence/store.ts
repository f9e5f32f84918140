import { type Queryable, type Sql, sql } from '../../db/index.js';
import type { Place } from '../search/filter.js';
import type { Span } from '../search/store.js';

/** Which entries belong together: by whom, about what, and when. With all three lists empty every entry of the time. */
export interface Choice {
  /** Pseudonyms of whoever acted. */
  actors: readonly string[];
  /** Ids of what was acted on. */
  subjects: readonly string[];
  records: readonly string[];
  from: Date;
  /** Not included. */
  to: Date;
}

/** One walk of an index for each value, as in the search: the bounds are rows of (column, log, sequence). */
function walk(column: Sql, values: readonly string[], span: Span, choice: Choice, most: number): Sql {
  const { from, to } = span;
  return sql`(select e.log, e.sequence from (select distinct unnest(${values}::text[]) as value) wanted
    cross join lateral (select e.log, e.sequence from audit_entries e where ${column} is not null
      and (${column}, e.log, e.sequence) >= (wanted.value, ${from.log}, ${from.sequence}) and (${column}, e.log, e.sequence) < (wanted.value, ${to.log}, ${to.sequence})
      and e.t >= ${choice.from} and e.t < ${choice.to} order by ${column}, e.log, e.sequence limit ${most}) e)`;
}

/** Places of a choice within a span, in the order of the log, each once, at most `most`. */
export function selectChosen(db: Queryable, choice: Choice, span: Span, most: number): Promise<Place[]> {
  const { from, to } = span;
  const lists: [Sql, readonly string[]][] = [
    [sql`e.actor`, choice.actors],
    [sql`e.subject_id`, choice.subjects],
    [sql`e.record_id`, choice.records],
  ];
  const walks = lists.filter(([, values]) => values.length > 0).map(([column, values]) => walk(column, values, span, choice, most));
  const all = walks.reduce<Sql | undefined>((one, other) => (one === undefined ? other : sql`${one} union ${other}`), undefined);
  if (all !== undefined) return db.many<Place>(sql`select log, sequence from (${all}) e order by log, sequence limit ${most}`);
  return db.many<Place>(sql`select e.log, e.sequence from audit_entries e
    where (e.log, e.sequence) >= (${from.log}, ${from.sequence}) and (e.log, e.sequence) < (${to.log}, ${to.sequence})
      and e.t >= ${choice.from} and e.t < ${choice.to} order by e.log, e.sequence limit ${most}`);
}

/** Entries of a log at these places, with their side rows, in sequence. */
export function selectWithSides(
  db: Queryable,
  log: string,
  sequences: readonly bigint[],
): Promise<{ sequence: bigint; id: string; entry: string; sealed: Buffer | null }[]> {
  return db.many(sql`select e.sequence, e.id, e.entry, s.sealed from audit_entries e left join audit_side s on s.entry_id = e.id
    where e.log = ${log} and e.sequence = any (${sequences}::bigint[]) order by e.sequence`);
}

/** Acts that only look at something, or hand it out: no step of what was done to it. */
const LOOKS = '\\.(view|list|waiting|export|download|refused|certificate|certificates|progress|fetch)$';

/** What was done to one thing, in the order of the log: entries under a signed head that are about it, looks at it left out; at most `most`. */
export function selectSteps(db: Queryable, subject: string, most: number): Promise<(Place & { at: Date; act: string })[]> {
  return db.many(sql`select e.log, e.sequence, e.t as at, e.act from audit_entries e
    where e.subject_id = ${subject} and e.decision = 'allow' and e.act !~ ${LOOKS}
      and e.sequence < (select max(size) from audit_heads where log = e.log) order by e.log, e.sequence limit ${most}`);
}
