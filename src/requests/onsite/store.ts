import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { ReadingResult } from '../../records/index.js';

/** Why a visit ended without who stood by: how its session ended, its time, nobody there, or what it was granted under. */
export const BROKEN_OFF = [
  'signed_out',
  'everywhere',
  'password',
  'disabled',
  'sleeping',
  'second_factor',
  'sign_on',
  'signed_in',
  'time',
  'idle',
  'grant',
] as const;
export type BrokenOff = (typeof BROKEN_OFF)[number];

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
  ends_at: Date | null;
  broken_off: BrokenOff | null;
  strayed: number;
}

const COLUMNS = sql`v.ends_at, v.broken_off, v.strayed, v.id, v.request_id, v.supervisor, v.place, v.began_at, v.state, v.ended_at, v.result, v.note_sealed, v.signed`;

export async function insertVisit(
  tx: Tx,
  row: { id: string; request: string; supervisor: string; place: string; at: Date; endsAt: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into site_visits (id, request_id, supervisor, place, began_at, ends_at, entry_id)
    values (${row.id}, ${row.request}, ${row.supervisor}, ${row.place}, ${row.at}, ${row.endsAt}, ${row.entry})`);
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

/** Whether a reading belongs to a visit. */
export async function isOfVisit(db: Queryable, visit: string, reading: string): Promise<boolean> {
  return (await db.maybe(sql`select reading_id from site_visit_readings where visit_id = ${visit} and reading_id = ${reading}`)) !== undefined;
}

export interface DueVisit {
  id: string;
  request_id: string;
  why: BrokenOff;
  /** The pseudonym of who stood by. */
  stood: string;
}

/** Open visits that are over: their time, nobody before the screen any more, or nothing granted any more; one of them where told. */
export function dueVisits(db: Queryable, at: { now: Date; idleSince: Date }, one: string | null, limit: number): Promise<DueVisit[]> {
  return db.many<DueVisit>(sql`select v.id, v.request_id,
      case when v.ends_at <= ${at.now} or s.expires_at <= ${at.now} then 'time' when s.used_at <= ${at.idleSince} then 'idle' else 'grant' end as why, p.pseudonym as stood
    from site_visits v join persons p on p.id = v.supervisor join sessions s on s.locked_to = v.id join requests q on q.id = v.request_id left join grants g on g.id = q.grant_id
    where v.state = 'open' and (${one}::uuid is null or v.id = ${one})
      and (v.ends_at <= ${at.now} or s.expires_at <= ${at.now} or s.used_at <= ${at.idleSince} or q.state <> 'approved' or q.left_ends_at <= ${at.now}
        or g.state is distinct from 'live')
    order by v.began_at limit ${limit}`);
}

/** Visits that ended with their session, of which nothing stands on record by itself yet. */
export function untoldVisits(db: Queryable, limit: number): Promise<DueVisit[]> {
  return db.many<DueVisit>(
    sql`select v.id, v.request_id, v.broken_off as why, p.pseudonym as stood from site_visits v join persons p on p.id = v.supervisor
      where v.broken_off is not null and not v.told order by v.ended_at limit ${limit}`,
  );
}

/** Ends a visit without who stood by, and its session with it; what was shown is over. */
export async function breakOff(tx: Tx, id: string, why: BrokenOff, at: Date): Promise<void> {
  await tx.run(sql`update site_visits set state = 'ended', ended_at = greatest(${at}, began_at), broken_off = ${why} where id = ${id} and state = 'open'`);
}

/** 0 when somebody was quicker. */
export function markTold(tx: Tx, id: string): Promise<number> {
  return tx.run(sql`update site_visits set told = true where id = ${id} and broken_off is not null and not told`);
}

/** Counts that somebody tried to get elsewhere; how often by now, 0 when it has ended. */
export async function countStrayed(tx: Tx, id: string): Promise<number> {
  return (
    (await tx.maybe<{ strayed: number }>(sql`update site_visits set strayed = strayed + 1 where id = ${id} and state = 'open' returning strayed`))?.strayed ?? 0
  );
}
