import { sql, type Db, type Queryable } from '../../db/index.js';
import type { StoredEntry } from './checker.js';

interface Row {
  log: string;
  sequence: bigint;
  id: string;
  entry: string;
  leaf_hash: Buffer;
  t: Date;
  actor: string;
  act: string;
  subject_kind: string;
  subject_id: string;
  decision: string;
  purpose: string | null;
  request: string;
  record_id: string | null;
  reading_id: string | null;
  client_id: string | null;
  department: string | null;
  size: bigint | null;
  root: Buffer | null;
  note: string | null;
  sealed: Buffer | null;
}

/** Every entry in sequence, from a place on, but those of logs that are gone by rule, with the head that ends with it and its side row, in one snapshot. */
export async function* streamLog(
  db: Db,
  from: { log: string; sequence: bigint } = { log: '', sequence: 0n },
): AsyncIterable<(StoredEntry & { sealed: Buffer | null })[]> {
  const statement = sql`
    select e.log, e.sequence, e.id, e.entry, e.leaf_hash, e.t, e.actor, e.act, e.subject_kind, e.subject_id, e.decision, e.purpose, e.request,
      e.record_id, e.reading_id, e.client_id, e.department, h.size, h.root, h.note, s.sealed
    from audit_entries e
    left join audit_heads h on h.log = e.log and h.size = e.sequence + 1
    left join audit_side s on s.entry_id = e.id
    where not exists (select from audit_gone g where g.log = e.log) and (e.log, e.sequence) >= (${from.log}, ${from.sequence})
    order by e.log, e.sequence`;
  for await (const rows of db.stream<Row>(statement)) yield rows.map(toStored);
}

function toStored(row: Row): StoredEntry & { sealed: Buffer | null } {
  return {
    log: row.log,
    sequence: row.sequence,
    id: row.id,
    text: row.entry,
    leaf: row.leaf_hash,
    columns: {
      t: row.t.toISOString(),
      actor: row.actor,
      act: row.act,
      subjectKind: row.subject_kind,
      subjectId: row.subject_id,
      decision: row.decision,
      purpose: row.purpose,
      request: row.request,
      recordId: row.record_id,
      readingId: row.reading_id,
      clientId: row.client_id,
      department: row.department,
    },
    head: row.size === null || row.root === null || row.note === null ? null : { size: row.size, root: row.root, note: row.note },
    sealed: row.sealed,
  };
}

export async function selectTile(db: Queryable, log: string, level: number, index: bigint): Promise<Buffer | undefined> {
  const row = await db.maybe<{ hashes: Buffer }>(sql`select hashes from audit_tiles where log = ${log} and level = ${level} and index = ${index}`);
  return row?.hashes;
}

/** Heads that promise more entries than their log has, and ids that stand twice. */
export async function selectStrays(db: Queryable): Promise<{ kind: 'short' | 'doubled'; log: string; sequence: bigint }[]> {
  return await db.many(sql`
    (select 'short' as kind, h.log, coalesce(e.size, 0) as sequence from (select log, max(size) as size from audit_heads group by log) h
      left join (select log, max(sequence) + 1 as size from audit_entries group by log) e on e.log = h.log
      where h.size > coalesce(e.size, 0) and h.log not in (select log from audit_gone) order by h.log)
    union all
    (select 'doubled', max(log), max(sequence) from audit_entries group by id having count(*) > 1 order by 2, 3 limit 100)`);
}
