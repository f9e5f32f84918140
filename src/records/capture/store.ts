import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { CatalogueRow } from './prepare.js';

export interface NewRecord extends CatalogueRow {
  id: string;
  version_id: string;
  received_at: Date;
  similar_to: string | null;
  file_count: number;
  submitted_by: string | null;
  submitted_account: string | null;
  batch_id: string;
  import_id: string | null;
}

/** Inserts records that are not there yet; those that were inserted, with whether a restriction of their client covers them. The rest lost a race to the same number. */
export async function insertRecords(tx: Tx, rows: readonly NewRecord[]): Promise<Map<string, boolean>> {
  const inserted = await tx.many<{ id: string; restricted: boolean }>(sql`
    insert into records (id, fonds, source_system, service_no, state, complete, missing, similar_to, service_type, client_type, medium, sensitivity,
      channel, department, client_number, client_name_masked, client_name_sealed, client_phone_masked, client_phone_key, staff_number, staff_name, staff_account,
      title, tags, cross_reference, year, opened_at, closed_at, received_at, return_call_at, returns_call, has_feedback, evaluation, scheme_version,
      schedule_version, term_rule, term_until, term_minimum, term_maximum, term_reasons, purposes, special_term, special_term_asked_by, version_id,
      file_count, submitted_by, submitted_account, batch_id, import_id)
    select r.id, r.fonds, r.source_system, r.service_no, 'received', r.complete, r.missing, r.similar_to, r.service_type, r.client_type, r.medium,
      r.sensitivity, r.channel, r.department, r.client_number, r.client_name_masked, decode(r.client_name_sealed, 'base64'), r.client_phone_masked,
      decode(r.client_phone_key, 'base64'), r.staff_number, r.staff_name, coalesce(r.submitted_account::text, ''), r.title, r.tags, r.cross_reference, r.year, r.opened_at, r.closed_at,
      r.received_at, r.return_call_at, r.returns_call, r.has_feedback, r.evaluation, r.scheme_version, r.schedule_version, r.term_rule, r.term_until,
      r.term_minimum, r.term_maximum, r.term_reasons, r.purposes, r.special_term, case when r.special_term = 'asked' then r.submitted_by end,
      r.version_id, r.file_count, r.submitted_by, r.submitted_account, r.batch_id, r.import_id
    from json_to_recordset(${JSON.stringify(rows.map(toJson))}::json) as r (id uuid, fonds text, source_system text, service_no text, complete boolean,
      missing jsonb, similar_to uuid, service_type text, client_type text, medium text, sensitivity text, channel text, department text,
      client_number text, client_name_masked text, client_name_sealed text, client_phone_masked text, client_phone_key text, staff_number text,
      staff_name text, title text, tags text[], cross_reference text, year integer, opened_at timestamptz, closed_at timestamptz,
      received_at timestamptz, return_call_at timestamptz, returns_call boolean, has_feedback boolean, evaluation smallint, scheme_version text, schedule_version text,
      term_rule text, term_until date, term_minimum date, term_maximum date, term_reasons jsonb, purposes text[], special_term text,
      version_id uuid, file_count integer, submitted_by uuid, submitted_account uuid, batch_id uuid, import_id uuid)
    on conflict (source_system, service_no) do nothing
    returning id, restricted`);
  return new Map(inserted.map((row) => [row.id, row.restricted]));
}

function toJson(row: NewRecord): Record<string, unknown> {
  return {
    ...row,
    missing: JSON.parse(row.missing) as unknown,
    tags: JSON.parse(row.tags) as unknown,
    term_reasons: JSON.parse(row.term_reasons) as unknown,
    purposes: JSON.parse(row.purposes) as unknown,
    client_name_sealed: row.client_name_sealed?.toString('base64') ?? null,
    client_phone_key: row.client_phone_key?.toString('base64') ?? null,
  };
}

export interface NewVersion {
  id: string;
  record_id: string;
  number: number;
  body_object: string;
  reason: 'capture' | 'completion' | 'correction';
  created_at: Date;
  created_by: string | null;
}

export async function insertVersions(tx: Tx, rows: readonly NewVersion[]): Promise<void> {
  await tx.run(sql`insert into record_versions (id, record_id, number, body_object, reason, created_at, created_by)
    select id, record_id, number, body_object, reason, created_at, created_by from json_to_recordset(${JSON.stringify(rows)}::json)
      as r (id uuid, record_id uuid, number integer, body_object uuid, reason text, created_at timestamptz, created_by uuid)`);
}

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

/**
 * A record of the same client, type, title and closing hour under another number: probably the same service taken in twice.
 * `offset 0` keeps the planner to this client's records: a grown table it has no statistics of misled it to everybody's of that hour.
 */
export async function similarRecords(
  tx: Tx,
  rows: readonly { id: string; client_number: string; service_type: string; closed_at: Date; title: string }[],
): Promise<Map<string, string>> {
  const found = await tx.many<{ id: string; similar: string }>(sql`
    select n.id, (select c.id from (
        select r.id, r.service_type, r.title, r.closed_at from records r
        where r.client_number = n.client_number and r.closed_at between n.closed_at - interval '1 hour' and n.closed_at + interval '1 hour' offset 0
      ) c where c.service_type = n.service_type and c.title = n.title order by c.closed_at limit 1) as similar
    from json_to_recordset(${JSON.stringify(rows)}::json) as n (id uuid, client_number text, service_type text, closed_at timestamptz, title text)`);
  return new Map(found.filter((row) => row.similar !== null).map((row) => [row.id, row.similar]));
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
