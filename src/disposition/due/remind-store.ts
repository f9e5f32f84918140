import { type Queryable, sql, type Tx } from '../../db/index.js';

/** Departments with records whose terms end in a span, from the day after that up to which each was told. */
export function soonDue(tx: Tx, today: string, until: string): Promise<{ department: string; from: string; records: number }[]> {
  return tx.many<{ department: string; from: string; records: number }>(sql`
    select r.department, greatest(${today}::date, coalesce(told.upto + 1, ${today}::date)) as from, count(*)::int as records
    from records r left join (select department, max(to_day) as upto from due_reminders group by department) told on told.department = r.department
    where r.state in ('archived', 'extended') and not r.held and r.term_until >= ${today}::date and r.term_until <= ${until}::date
      and r.term_until > coalesce(told.upto, ${today}::date - 1)
    group by 1, 2 order by 1`);
}

export async function insertReminder(
  tx: Tx,
  one: { id: string; department: string; from: string; to: string; records: number; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into due_reminders (id, department, from_day, to_day, records, made_at, entry_id)
    values (${one.id}, ${one.department}, ${one.from}::date, ${one.to}::date, ${one.records}, ${one.at}, ${one.entry})`);
}

export interface ReminderRow {
  id: string;
  department: string;
  from: string;
  to: string;
  records: number;
}

/** @param department `null` for all of them */
export function unseenReminders(db: Queryable, department: string | null): Promise<ReminderRow[]> {
  return db.many<ReminderRow>(sql`select id, department, from_day as from, to_day as to, records from due_reminders
    where seen_at is null and (${department}::text is null or department = ${department}) order by from_day, department limit 50`);
}

export async function seeReminder(tx: Tx, id: string, department: string | null, by: string | null, at: Date): Promise<boolean> {
  const row = await tx.maybe(sql`update due_reminders set seen_by = ${by}, seen_at = ${at}
    where id = ${id} and seen_at is null and (${department}::text is null or department = ${department}) returning id`);
  return row !== undefined;
}
