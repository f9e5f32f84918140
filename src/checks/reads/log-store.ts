import { type Db, type Queryable, sql, type Sql } from '../../db/index.js';

/** Entries that name an object because it was made, not because it was opened. */
const MAKING = ['copy.certify', 'destruction.certify'];

/** Entries of a stretch of time, found by the heads of the log: they have no index by time of their own. */
function entriesBetween(from: Date, to: Date): Sql {
  return sql`(select l.log, coalesce((select max(h.size) from audit_heads h where h.log = l.log and h.last_t < ${from}), 0) as low
      from (select distinct log from audit_heads where log between to_char(${from}::timestamptz at time zone 'UTC', 'YYYY') and to_char(${to}::timestamptz at time zone 'UTC', 'YYYY')) l) b
    join audit_entries e on e.log = b.log and e.sequence >= b.low and e.t between ${from} and ${to}`;
}

export interface PermitRow {
  id: string;
  t: Date;
  system: boolean;
  object: string;
  start: bigint | null;
  end: bigint | null;
  sealed_size: bigint;
  /** When a reading of the system's own ended. */
  returned: Date | null;
}

/** Entries under which these objects were opened. A reading of the system's own may open one long after its entry. */
export async function permitRows(db: Queryable, objects: readonly string[], time: { from: Date; to: Date; reach: Date }): Promise<PermitRow[]> {
  return db.many<PermitRow>(sql`
    select e.id, e.t, e.actor = 'system' as system, x.object, x.start, x.end, o.sealed_size,
      case when e.actor = 'system' then (select max(r.t) from audit_entries r where r.reading_id = e.reading_id and r.act = 'reading.return') end as returned
    from ${entriesBetween(time.reach, time.to)}
      cross join lateral (select e.entry::jsonb #>> '{facts,object}' as object, (e.entry::jsonb #>> '{facts,start}')::bigint as start, (e.entry::jsonb #>> '{facts,end}')::bigint as "end" offset 0) x
      join objects o on o.id::text = x.object
    where e.decision = 'allow' and e.act <> all (${MAKING}::text[]) and strpos(e.entry, '"object":"') > 0 and x.object = any (${[...objects]}::text[]) and (e.actor = 'system' or e.t >= ${time.from})
    order by e.t, e.id`);
}

export interface VerificationRow {
  run: string;
  from: Date;
  /** `null` while it is unfinished. */
  until: Date | null;
  times: number;
  /** Objects that it read, where it says so; what it is named for came before it. */
  checked: number | null;
}

/** Verifications that read objects of the store, by their entries. */
export async function verificationRows(db: Queryable): Promise<VerificationRow[]> {
  return db.many<VerificationRow>(sql`
    select run, min(t) as from, max(t) filter (where step in ('end', 'given_up')) as until, count(*) filter (where step in ('begin', 'resume'))::int as times,
      case when min(act) = 'storage.verify' then max(checked) end as checked
    from (select t, act, (entry::jsonb #>> '{facts,checked}')::int as checked, entry::jsonb #>> '{facts,run}' as run, entry::jsonb #>> '{facts,step}' as step from audit_entries where act in ('archive.verify', 'storage.verify')) v
    where run is not null group by run`);
}

export interface ReconciliationRow {
  at: Date;
  facts: {
    result: 'clean' | 'unlogged' | 'incomplete' | 'empty';
    reads: number;
    unlogged: number;
    unseen: number;
    from: string;
    until: string;
    objects?: string[];
  };
}

/** Reconciliations by their entries, the newest first: the log itself keeps them. */
export async function selectReconciliations(db: Queryable, limit: number): Promise<ReconciliationRow[]> {
  return db.many<ReconciliationRow>(sql`
    select t as at, entry::jsonb -> 'facts' as facts from audit_entries where act = 'archive.reconcile' order by log desc, sequence desc limit ${limit}`);
}

export interface EndedRead {
  begin: string;
  object: string;
  record: string;
  at: Date;
}

/** Accesses of which the log says that bytes left, and that began within a time. */
export function endedReads(db: Db, from: Date, to: Date): AsyncIterable<EndedRead[]> {
  return db.stream<EndedRead>(sql`
    select a.begin_entry as begin, a.object_id as object, e.record_id as record, n.t as at
    from ${entriesBetween(from, to)} join accesses a on a.end_entry = e.id join audit_entries n on n.id = a.begin_entry
    where e.act = 'reading.end' and n.t between ${from} and ${to} and a.bytes_sent > 0 order by n.t, a.id`);
}
