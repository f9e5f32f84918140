import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

/** Held, alone, while numbers are announced, and, shared, by every transaction that takes numbers without. */
const NUMBERS = 7_104_342;

export interface AnnouncementRow {
  id: string;
  batch_id: string;
  import_id: string | null;
  announced_at: Date;
  submitted_by: string | null;
  submitted_account: string | null;
}

/** A number of a source system. */
export interface Numbered {
  system: string;
  serviceNo: string;
}

export interface NewAnnouncement extends AnnouncementRow {
  objects: readonly string[];
  keys: readonly { bucket: string; generation: number }[];
  numbers: readonly Numbered[];
  /** What {@link ./payload.ts} makes of the records. */
  records: string;
}

const COLUMNS = sql`id, batch_id, import_id, announced_at, submitted_by, submitted_account`;

export async function holdNumbers(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${NUMBERS})`);
}

export async function shareNumbers(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock_shared(${NUMBERS})`);
}

/** Condition: somebody has announced this number. */
export function isAnnounced(system: Sql, serviceNo: Sql): Sql {
  return sql`((${system}, ${serviceNo}) in (select x.system, x.no from announcements a cross join unnest(a.source_systems, a.service_nos) as x (system, no)))`;
}

/**
 * Of these numbers, those that a record or an announcement has; with the numbers held. Each is looked up by itself: while the planner
 * has no statistics of a young archive it would read all of it.
 */
export async function takenNumbers(tx: Tx, numbers: readonly Numbered[]): Promise<(Numbered & { recorded: boolean })[]> {
  return tx.many(sql`
    select k.system, k.no as "serviceNo", r.there is not null as recorded from unnest(${numbers.map((one) => one.system)}::text[], ${numbers.map((one) => one.serviceNo)}::text[]) as k (system, no)
    left join lateral (select true as there from records r where r.source_system = k.system and r.service_no = k.no offset 0) r on true
    where r.there or ${isAnnounced(sql`k.system`, sql`k.no`)}`);
}

/** Whether somebody has announced one of these numbers. */
export async function anyAnnounced(db: Queryable, numbers: readonly Numbered[]): Promise<boolean> {
  const { there } = await db.one<{ there: boolean }>(sql`
    select exists (select from unnest(${numbers.map((one) => one.system)}::text[], ${numbers.map((one) => one.serviceNo)}::text[]) as k (system, no)
      where ${isAnnounced(sql`k.system`, sql`k.no`)}) as there`);
  return there;
}

export async function insertAnnouncement(tx: Tx, row: NewAnnouncement): Promise<void> {
  await tx.run(sql`
    insert into announcements (id, batch_id, import_id, announced_at, submitted_by, submitted_account, object_ids, key_buckets, key_generations, source_systems, service_nos, records)
    values (${row.id}, ${row.batch_id}, ${row.import_id}, ${row.announced_at}, ${row.submitted_by}, ${row.submitted_account}, ${row.objects}::uuid[],
      ${row.keys.map((one) => one.bucket)}::uuid[], ${row.keys.map((one) => one.generation)}::integer[],
      ${row.numbers.map((one) => one.system)}::text[], ${row.numbers.map((one) => one.serviceNo)}::text[], ${row.records})`);
}

/** Held until the end of the transaction; `undefined` once somebody has finished it. */
export async function holdAnnouncement(tx: Tx, id: string): Promise<AnnouncementRow | undefined> {
  return tx.maybe<AnnouncementRow>(sql`select ${COLUMNS} from announcements where id = ${id} for update`);
}

export async function deleteAnnouncement(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`delete from announcements where id = ${id}`);
}

/** What is announced, of one import or of all, oldest first. */
export async function announcements(db: Queryable, importId?: string): Promise<AnnouncementRow[]> {
  const of = importId === undefined ? sql`` : sql`where import_id = ${importId}`;
  return db.many<AnnouncementRow>(sql`select ${COLUMNS} from announcements ${of} order by announced_at, id`);
}

export async function announcedRecords(db: Queryable, id: string): Promise<string | undefined> {
  return (await db.maybe<{ records: string }>(sql`select records from announcements where id = ${id}`))?.records;
}
