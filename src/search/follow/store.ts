import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { IndexedRow } from './document.js';

/** Only one process keeps the index at a time. */
const LOCK = 7_104_233;

export async function tryKeep(db: Queryable): Promise<boolean> {
  return (await db.one<{ got: boolean }>(sql`select pg_try_advisory_lock(${LOCK}) as got`)).got;
}

/** Asks whoever keeps the index to build it anew. */
export async function askToBuild(db: Queryable): Promise<void> {
  await db.run(sql`select pg_notify('search_outbox', 'anew')`);
}

export interface Waiting {
  seq: bigint;
  record_id: string;
  kind: 'new' | 'changed' | 'files' | 'ocr';
  attempts: number;
  bulk: boolean;
}

/** What waits to be told to the index, what people wait for first; `bulk`: also what came with imports. */
export async function nextWaiting(db: Queryable, limit: number, bulk: boolean): Promise<Waiting[]> {
  return db.many<Waiting>(sql`select seq, record_id, kind, attempts, bulk from search_outbox
    where kind in ('new', 'changed') and not_before <= now() and (${bulk} or not bulk) order by bulk, seq limit ${limit}`);
}

/** What waits for texts of its files; scans to be recognised come last. */
export async function nextFiles(db: Queryable, limit: number): Promise<Waiting[]> {
  return db.many<Waiting>(sql`select seq, record_id, kind, attempts, bulk from search_outbox
    where kind in ('files', 'ocr') and not_before <= now() order by kind, seq limit ${limit}`);
}

export async function done(db: Queryable, seqs: readonly bigint[]): Promise<void> {
  await db.run(sql`delete from search_outbox where seq = any (${seqs.map(String)}::bigint[])`);
}

/** Says that the index is being told: from now on it may know an older state of these records. */
export async function taken(db: Queryable, seqs: readonly bigint[]): Promise<void> {
  await db.run(sql`update search_outbox set kind = 'changed' where kind = 'new' and seq = any (${seqs.map(String)}::bigint[])`);
}

/** Takes off what waits now: for an index that is empty and is built from records that already are as these entries say. */
export async function clearWaiting(db: Queryable): Promise<void> {
  await db.run(sql`delete from search_outbox where kind in ('new', 'changed')`);
}

/** Puts off what failed: 2 s, 4 s, … up to five minutes. */
export async function putOff(db: Queryable, seqs: readonly bigint[]): Promise<void> {
  await db.run(sql`update search_outbox set attempts = attempts + 1,
      not_before = now() + least(interval '5 minutes', interval '1 second' * power(2, least(attempts + 1, 9)))
    where seq = any (${seqs.map(String)}::bigint[])`);
}

/** Adds an entry for each record that has none of its kind waiting. */
export async function enqueue(db: Queryable, records: readonly string[], kind: 'new' | 'changed' | 'files' | 'ocr'): Promise<void> {
  if (records.length === 0) return;
  await db.run(sql`insert into search_outbox (record_id, kind) select id, ${kind} from unnest(${[...records]}::uuid[]) as t (id)
    where not exists (select from search_outbox o where o.record_id = id and o.kind = ${kind})`);
}

/** Every record with files, for a new index. */
export async function enqueueAllFiles(db: Queryable): Promise<void> {
  await db.run(sql`insert into search_outbox (record_id, kind, bulk) select id, 'files', true from records r where file_count > 0
    and not exists (select from search_outbox o where o.record_id = r.id and o.kind = 'files') order by closed_at desc`);
}

/** How much waits, up to a bound, and since when the oldest does. */
export async function waitingState(db: Queryable): Promise<{ n: bigint; since: Date | null }> {
  return db.one(sql`select count(*) as n, min(at) as since from (select at from search_outbox where kind in ('new', 'changed') order by seq limit 100000) w`);
}

/** Whether changes have waited for longer than the index takes as a rule: `patience` in milliseconds. */
export async function isBehind(db: Queryable, patience: number): Promise<boolean> {
  const { behind } = await db.one<{ behind: boolean }>(sql`select exists (
    select from search_outbox where kind in ('new', 'changed') and at < now() - ${patience}::integer * interval '1 millisecond') as behind`);
  return behind;
}

/** Records of which the index may still say more than holds. */
export async function changedWaiting(db: Queryable, limit: number): Promise<string[]> {
  // what is still to be told for the first time is in no index yet
  const rows = await db.many<{ id: string }>(sql`select distinct record_id as id from search_outbox o where kind = 'changed'
    and not exists (select from search_outbox first where first.record_id = o.record_id and first.kind = 'new') limit ${limit}`);
  return rows.map((row) => row.id);
}

const ROW = sql`r.id, r.service_type, r.client_type, r.department, r.sensitivity, r.medium, r.channel, r.state, r.restricted, r.fonds, r.staff_account, r.year, r.evaluation,
  r.client_number, r.staff_number, r.staff_name, r.tags, r.title, r.service_no, r.archival_code, r.closed_at, r.term_until, r.version_id, v.body_object,
  coalesce((select string_agg(t.file_id::text || t.state || t.ocr::text, ',' order by t.file_id) from file_texts t where t.record_id = r.id), '') as texts`;

export async function rowsOf(db: Queryable, ids: readonly string[]): Promise<IndexedRow[]> {
  return db.many<IndexedRow>(sql`select ${ROW} from records r join record_versions v on v.id = r.version_id where r.id = any (${[...ids]}::uuid[])`);
}

/** Records by rising id, for building and verifying a whole index. */
export async function rowsAfter(db: Queryable, after: string | null, limit: number): Promise<IndexedRow[]> {
  return db.many<IndexedRow>(sql`select ${ROW} from records r join record_versions v on v.id = r.version_id
    where ${after === null ? sql`true` : sql`r.id > ${after}::uuid`} order by r.id limit ${limit}`);
}

export async function countRecords(db: Queryable): Promise<number> {
  return Number(
    (await db.one<{ n: bigint }>(sql`select coalesce(sum(n), 0)::bigint as n from (select n from record_counts union all select n from record_count_deltas) c`))
      .n,
  );
}

export interface FileRow {
  id: string;
  record_id: string;
  object_id: string;
  name: string;
  extension: string;
  media_type: string;
  size: bigint;
  flags: string[];
}

export async function filesOf(db: Queryable, records: readonly string[]): Promise<FileRow[]> {
  return db.many<FileRow>(sql`select id, record_id, object_id, name, extension, media_type, size, flags from record_files
    where record_id = any (${[...records]}::uuid[]) order by record_id, position`);
}

export async function alarmsOf(db: Queryable, records: readonly string[]): Promise<Map<string, Buffer[]>> {
  const map = new Map<string, Buffer[]>();
  for (const row of await db.many<{ record_id: string; hash: Buffer }>(
    sql`select record_id, hash from false_alarms where record_id = any (${[...records]}::uuid[])`,
  )) {
    map.set(row.record_id, [...(map.get(row.record_id) ?? []), row.hash]);
  }
  return map;
}

/** Replaces the counts of what was masked in these records. */
export async function keepMasked(tx: Tx, counts: readonly { record: string; kind: string; count: number }[], records: readonly string[]): Promise<void> {
  await tx.run(sql`delete from masked_counts where record_id = any (${[...records]}::uuid[])`);
  if (counts.length === 0) return;
  await tx.run(sql`insert into masked_counts (record_id, kind, count)
    select * from unnest(${counts.map((one) => one.record)}::uuid[], ${counts.map((one) => one.kind)}::text[], ${counts.map((one) => one.count)}::int[])`);
}

export interface FileState {
  fileId: string;
  recordId: string;
  state: 'text' | 'none' | 'waiting';
  reason: string | null;
  ocr: boolean;
  truncated: boolean;
}

export async function keepFileStates(db: Queryable, states: readonly FileState[], now: Date): Promise<void> {
  if (states.length === 0) return;
  await db.run(sql`insert into file_texts (file_id, record_id, state, reason, ocr, truncated, at)
    select t.*, ${now}::timestamptz from unnest(${states.map((one) => one.fileId)}::uuid[], ${states.map((one) => one.recordId)}::uuid[], ${states.map((one) => one.state)}::text[],
      ${states.map((one) => one.reason)}::text[], ${states.map((one) => one.ocr)}::boolean[], ${states.map((one) => one.truncated)}::boolean[]) t
    on conflict (file_id) do update set state = excluded.state, reason = excluded.reason, ocr = excluded.ocr, truncated = excluded.truncated, at = excluded.at`);
}

/** Scans of a record that wait to be recognised. */
export async function waitingFiles(db: Queryable, record: string): Promise<Set<string>> {
  const rows = await db.many<{ file_id: string }>(sql`select file_id from file_texts where record_id = ${record} and state = 'waiting'`);
  return new Set(rows.map((row) => row.file_id));
}

/** Which of these records have anything waiting. */
export async function waitingIds(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.many<{ id: string }>(sql`select distinct record_id as id from search_outbox where record_id = any (${[...ids]}::uuid[])`);
  return new Set(rows.map((row) => row.id));
}

/** How many of these records have anything waiting that tells what they are. */
export async function waitingCount(db: Queryable, ids: readonly string[]): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(distinct record_id)::int as n from search_outbox where record_id = any (${[...ids]}::uuid[])`);
  return n;
}
