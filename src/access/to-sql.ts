import { FALSE, ident, join, sql, TRUE } from '../db/index.js';
import type { Sql } from '../db/index.js';
import type { Condition, RecordColumn } from './types.js';

const column = (alias: string, name: RecordColumn): Sql => ident(alias === '' ? name : `${alias}.${name}`);

/** Asked of the grants themselves, in the same statement: one that was revoked or is over holds from the next query on. */
function liveGrant({ person, act, at }: Extract<Condition, { op: 'granted' }>, alias: string): Sql {
  const id = ident(alias === '' ? 'id' : `${alias}.id`);
  return sql`exists (select from grant_records gr where gr.record_id = ${id} and gr.person_id = ${person}::uuid and gr.live
    and gr.starts_at <= ${at} and gr.ends_at > ${at} and ${act} = any (gr.acts))`;
}

/**
 * The condition as SQL over the columns of a table or alias, with parameters for every value.
 * Uses only `=`, `= any`, `and`, `or`, so that it is never unknown on columns that are never null.
 * @param alias of the records table, from our own code; `''` for none
 */
export function toSql(condition: Condition, alias: string): Sql {
  switch (condition.op) {
    case 'true':
      return TRUE;
    case 'false':
      return FALSE;
    case 'eq':
      return sql`${column(alias, condition.column)} = ${condition.value}`;
    case 'in':
      return condition.values.length === 0 ? FALSE : sql`${column(alias, condition.column)} = any(${[...condition.values]})`;
    case 'granted':
      return liveGrant(condition, alias);
    case 'listed':
      return sql`${ident(alias === '' ? 'id' : `${alias}.id`)} = any(${[...condition.ids]}::uuid[])`;
    case 'and':
      return sql`(${join(
        condition.all.map((part) => toSql(part, alias)),
        ' and ',
        TRUE,
      )})`;
    case 'or':
      return sql`(${join(
        condition.any.map((part) => toSql(part, alias)),
        ' or ',
        FALSE,
      )})`;
  }
}

/** What live grants give a person on the record of an alias, as a list of texts. */
export function liveActs(person: string, alias: string, at: Date): Sql {
  return sql`array(select distinct unnest(gr.acts) from grant_records gr where gr.record_id = ${ident(`${alias}.id`)} and gr.person_id = ${person}::uuid
    and gr.live and gr.starts_at <= ${at} and gr.ends_at > ${at})`;
}

/** What they give whom nothing was granted. */
export const NO_ACTS: Sql = sql`'{}'::text[]`;

/** What meets one condition and not the other. */
export const butNot = (wanted: Sql, other: Sql): Sql => sql`(${wanted}) and not (${other})`;
