import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { ReadingResult } from '../../records/index.js';

export interface VisitRow {
  id: string;
  request_id: string;
  supervisor: string;
  place: string;
  began_at: Date;
  state: 'open' | 'ended';
  ended_at: Date | null;
  result: ReadingResult | null;
  note_sealed: Buffer | null;
  signed: boolean | null;
}

const COLUMNS = sql`v.id, v.request_id, v.supervisor, v.place, v.began_at, v.state, v.ended_at, v.result, v.note_sealed, v.signed`;

export async function insertVisit(tx: Tx, row: { id: string; request: string; supervisor: string; place: string; at: Date; entry: string }): Promise<void> {
  await tx.run(sql`insert into site_visits (id, request_id, supervisor, place, began_at, entry_id)
    values (${row.id}, ${row.request}, ${row.supervisor}, ${row.place}, ${row.at}, ${row.entry})`);
}

export function findVisit(db: Queryable, id: string): Promise<VisitRow | undefined> {
  return db.maybe<VisitRow>(sql`select ${COLUMNS} from site_visits v where v.id = ${id}`);
}

export function lockVisit(tx: Tx, id: string): Promise<VisitRow | undefined> {
  return tx.maybe<VisitRow>(sql`select ${COLUMNS} from site_visits v where v.id = ${id} for update`);
}

/** The visits of applications, the newest first. */
export function visitsOf(db: Queryable, requests: readonly string[]): Promise<VisitRow[]> {
  return db.many<VisitRow>(
    sql`select ${COLUMNS} from site_visits v where v.request_id = any (${[...requests]}::uuid[]) order by v.began_at desc, v.id desc limit 5000`,
  );
}

export async function hasOpenVisit(tx: Tx, request: string): Promise<boolean> {
  return (await tx.maybe(sql`select id from site_visits where request_id = ${request} and state = 'open'`)) !== undefined;
}

export async function insertVisitReading(tx: Tx, visit: string, reading: string): Promise<void> {
  await tx.run(sql`insert into site_visit_readings (visit_id, reading_id) values (${visit}, ${reading})`);
}

export interface VisitReadingRow {
  visit_id: string;
  reading_id: string;
  record_id: string;
  opened_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  state: 'open' | 'returned' | 'expired' | 'revoked';
}

/** What was shown in visits, in order. */
export function readingsOfVisits(db: Queryable, visits: readonly string[]): Promise<VisitReadingRow[]> {
  return db.many<VisitReadingRow>(sql`select x.visit_id, x.reading_id, g.record_id, g.opened_at, g.expires_at, g.ended_at, g.state
    from site_visit_readings x join readings g on g.id = x.reading_id where x.visit_id = any (${[...visits]}::uuid[]) order by g.opened_at, g.id`);
}

export async function endVisit(tx: Tx, id: string, end: { at: Date; result: ReadingResult; note: Buffer | null; signed: boolean }): Promise<void> {
  await tx.run(
    sql`update site_visits set state = 'ended', ended_at = ${end.at}, result = ${end.result}, note_sealed = ${end.note}, signed = ${end.signed} where id = ${id}`,
  );
}

/** The visit in which one's own reading was opened. */
export function visitOfReading(db: Queryable, readingId: string, person: string): Promise<{ request_id: string } | undefined> {
  return db.maybe(sql`select v.request_id from site_visit_readings x join site_visits v on v.id = x.visit_id
    where x.reading_id = ${readingId} and v.supervisor = ${person}`);
}
