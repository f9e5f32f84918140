import { type Queryable, sql, type Tx } from '../../../db/index.js';
import type { HoldNotice } from '../values.js';

/** Tells persons of a hold; the same thing on the same day once. */
export async function insertNotices(tx: Tx, hold: string, kind: HoldNotice, persons: readonly string[], at: Date, day: string): Promise<number> {
  return tx.run(sql`insert into hold_notices (hold_id, to_person, kind, made_at, day) select ${hold}, person, ${kind}, ${at}, ${day}::date
    from unnest(${[...persons]}::uuid[]) as p (person) on conflict do nothing`);
}

export interface NoticeRow {
  hold_id: string;
  number: string;
  kind: HoldNotice;
  made_at: Date;
}

/** What somebody was told and has not seen, the oldest first. What asks for an answer goes once it is answered. */
export async function unseenOf(db: Queryable, person: string, limit: number): Promise<NoticeRow[]> {
  return db.many<NoticeRow>(sql`select n.hold_id, h.number, n.kind, n.made_at from hold_notices n join holds h on h.id = n.hold_id
    where n.to_person = ${person} and n.seen_at is null and (n.kind <> 'proposed' or h.state = 'proposed') and (n.kind <> 'lift_proposed' or h.state = 'lifting')
      and (n.kind not in ('review', 'overdue') or (h.state in ('in_force', 'lifting') and h.review_on <= n.day))
    order by n.made_at, n.hold_id, n.kind limit ${limit}`);
}

/** Opening a hold is seeing what one was told of it. */
export async function seeNotices(tx: Tx, hold: string, person: string, at: Date): Promise<number> {
  return tx.run(sql`update hold_notices set seen_at = ${at} where hold_id = ${hold} and to_person = ${person} and seen_at is null`);
}
