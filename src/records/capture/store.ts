import { type Queryable, sql, type Tx } from '../../db/index.js';

export interface NewFile {
  id: string;
  record_id: string;
  object_id: string;
  position: number;
  first_version: number;
  name: string;
  extension: string;
  media_type: string;
  size: number;
  flags: string[];
}

export async function insertFiles(tx: Tx, rows: readonly NewFile[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(sql`insert into record_files (id, record_id, object_id, position, first_version, name, extension, media_type, size, flags)
    select id, record_id, object_id, position, first_version, name, extension, media_type, size, flags from json_to_recordset(${JSON.stringify(rows)}::json)
      as r (id uuid, record_id uuid, object_id uuid, position integer, first_version integer, name text, extension text, media_type text, size bigint, flags text[])`);
}

export interface ExistingRecord {
  id: string;
  source_system: string;
  service_no: string;
  archival_code: string | null;
  state: string;
  complete: boolean;
  body_object: string;
  submitted_by: string | null;
  submitted_account: string | null;
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  channel: string;
  restricted: boolean;
  fonds: string;
  staff_account: string;
}

/**
 * Records that already bear these numbers, with the body of their first version, which replays are compared with. Each number is
 * looked up by itself: while the planner has no statistics of a young archive it would read all of it for every batch.
 */
export async function existingRecords(db: Queryable, keys: readonly { system: string; serviceNo: string }[]): Promise<Map<string, ExistingRecord>> {
  const rows = await db.many<ExistingRecord>(sql`
    select r.*, v.body_object from unnest(${keys.map((k) => k.system)}::text[], ${keys.map((k) => k.serviceNo)}::text[]) as k (system, service_no)
    cross join lateral (
      select r.id, r.source_system, r.service_no, r.archival_code, r.state, r.complete, r.submitted_by, r.submitted_account,
        r.service_type, r.client_type, r.department, r.sensitivity, r.medium, r.channel, r.restricted, r.fonds, r.staff_account
      from records r where r.source_system = k.system and r.service_no = k.service_no offset 0) r
    cross join lateral (select v.body_object from record_versions v where v.record_id = r.id and v.number = 1 offset 0) v`);
  return new Map(rows.map((row) => [numberKey(row.source_system, row.service_no), row]));
}

export function numberKey(system: string, serviceNo: string): string {
  return `${system}\u0000${serviceNo}`;
}

export interface ToArchive {
  id: string;
  fonds: string;
  service_type: string;
  closed_at: Date;
  department: string;
  sensitivity: string;
  term_rule: string;
  term_until: string;
  term_minimum: string;
  schedule_version: string;
  scheme_version: string;
  batch_id: string;
}

/** Locks records that are complete and wait for their code, in id order so that no two processes wait for each other. */
export async function lockForArchiving(tx: Tx, ids: readonly string[]): Promise<ToArchive[]> {
  return tx.many<ToArchive>(sql`select id, fonds, service_type, closed_at, department, sensitivity, term_rule, term_until, term_minimum, schedule_version, scheme_version, batch_id
    from records where id = any (${ids}::uuid[]) and state = 'received' and complete order by id for update`);
}

export async function setArchived(tx: Tx, rows: readonly { id: string; code: string }[], at: Date): Promise<void> {
  const ids = rows.map((r) => r.id);
  await tx.run(sql`update records r set state = 'archived', archival_code = n.code, archived_at = ${at}
    from unnest(${ids}::uuid[], ${rows.map((r) => r.code)}::text[]) as n (id, code) where r.id = n.id and r.id = any (${ids}::uuid[])`);
}

/** Complete records whose archiving was interrupted: received before `before`, still without a code. */
export async function interruptedArchivings(
  db: Queryable,
  before: Date,
  after: { at: Date; id: string } | null,
  limit: number,
): Promise<{ id: string; term_minimum: string; received_at: Date }[]> {
  const from = after ? sql`and (received_at, id) > (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many(
    sql`select id, term_minimum, received_at from records where state = 'received' and complete and received_at < ${before} ${from} order by received_at, id limit ${limit}`,
  );
}

export async function objectsOf(db: Queryable, recordIds: readonly string[]): Promise<{ record_id: string; object_id: string }[]> {
  return db.many(sql`select record_id, body_object as object_id from record_versions where record_id = any (${recordIds}::uuid[])
    union all select record_id, object_id from record_files where record_id = any (${recordIds}::uuid[])`);
}

export async function countOutOfScope(tx: Tx, day: string, system: string, counts: ReadonlyMap<string, number>): Promise<void> {
  await tx.run(sql`insert into out_of_scope_counts (day, source_system, reason, count)
    select ${day}::date, ${system}, reason, n from unnest(${[...counts.keys()]}::text[], ${[...counts.values()]}::bigint[]) as c (reason, n)
    on conflict (day, source_system, reason) do update set count = out_of_scope_counts.count + excluded.count`);
}

export async function findIdempotent(db: Queryable, account: string, route: string, key: string): Promise<string | undefined> {
  return (
    await db.maybe<{ subject_id: string }>(sql`select subject_id from idempotency_keys where account_id = ${account} and route = ${route} and key = ${key}`)
  )?.subject_id;
}

/** Remembers a key; a second request with the same key that got here first makes this one fail with a unique violation. */
export async function rememberKey(tx: Tx, account: string, route: string, key: string, subject: string, at: Date): Promise<void> {
  await tx.run(sql`insert into idempotency_keys (account_id, route, key, subject_id, created_at) values (${account}, ${route}, ${key}, ${subject}, ${at})`);
}

export async function forgetKeys(tx: Tx, before: Date): Promise<number> {
  return tx.run(sql`delete from idempotency_keys where created_at < ${before}`);
}
