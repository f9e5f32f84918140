import { type Queryable, sql } from '../../db/index.js';
import { decideSql } from '../../disposition/index.js';
import type { Schedule } from '../../retention/index.js';

/** The versions of the schedule that gave these records their terms. */
export async function schedulesOf(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`select distinct schedule_version as name from records where id = any (${[...ids]}::uuid[])`);
  return rows.map((row) => row.name);
}

export interface WrongTerm {
  id: string;
  /** The days in the catalogue and those that were decided anew; the rule that was found, where one was. */
  until: string;
  minimum: string;
  new_until: string | null;
  new_minimum: string | null;
  rule: string | null;
}

/** Records whose term, decided anew from the facts that stand here, is another one than they have. */
export async function wrongTerms(db: Queryable, schedule: Schedule, ids: readonly string[]): Promise<WrongTerm[]> {
  const source = sql`select * from records where id = any (${[...ids]}::uuid[]) and schedule_version = ${schedule.name}`;
  return db.many<WrongTerm>(sql`
    select id, term_until as until, term_minimum as minimum, new_until, new_minimum, rule
    from (select d.id, d.until as new_until, d.minimum as new_minimum, d.maximum as new_maximum, d.rule, d.term_until, d.term_minimum, d.term_maximum, d.term_rule
      from (${decideSql(schedule, source, ['term_until', 'term_minimum', 'term_maximum', 'term_rule'])}) d) t
    where (new_until, new_minimum, new_maximum, rule) is distinct from (term_until, term_minimum, term_maximum, term_rule) order by id`);
}
