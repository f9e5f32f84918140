import { prepared, sql, sqlState, type Queryable, type Sql } from '../../db/index.js';
import type { Batch, Planned, Taken } from './batch.js';
import type { Signed } from './signer.js';
import { completeRoot, type Hash } from './tree.js';
import { Edge, hashesOf, TILE, type Tile } from './tiles.js';

/** Any number; only that every integrator of this database uses the same one matters. */
const LOCK = 7_104_212;

export async function tryLock(db: Queryable): Promise<boolean> {
  const { got } = await db.one<{ got: boolean }>(sql`select pg_try_advisory_lock(${LOCK}) as got`);
  return got;
}

/**
 * Takes the next epoch: batches of an earlier one are refused from now on. It is also newer than the one that the signer knows: a
 * database that was restored has forgotten some.
 */
export async function takeEpoch(db: Queryable, holder: string, known: bigint): Promise<bigint> {
  const { epoch } = await db.one<{ epoch: bigint }>(sql`
    insert into audit_epochs (epoch, holder) select greatest(coalesce(max(epoch), 0), ${known}::bigint) + 1, ${holder} from audit_epochs returning epoch`);
  return epoch;
}

/** The oldest entries first, by the number of their transaction (not by its text: that has no index, and `10` before `9`). */
export function takePending(db: Queryable, limit: number): Promise<Taken[]> {
  return db.many<Taken>(prepared(sql`select p.xact::text as xact, p.id, p.entry, p.sealed from audit_pending p order by p.xact, p.id limit ${limit}`));
}

/** The insertion of entries, as part of a statement. */
export function intoEntries(log: string, entries: readonly Planned[]): Sql {
  const of = <T>(pick: (entry: Planned) => T): T[] => entries.map(pick);
  return sql`
      insert into audit_entries (log, sequence, id, entry, leaf_hash, t, actor, act, subject_kind, subject_id, decision, purpose, request, record_id, reading_id, client_id, department)
      select ${log}, * from unnest(
        ${of((one) => one.sequence)}::bigint[], ${of((one) => one.id)}::uuid[], ${of((one) => one.text)}::text[], ${of((one) => one.leaf)}::bytea[],
        ${of((one) => one.columns.t)}::timestamptz[], ${of((one) => one.columns.actor)}::text[], ${of((one) => one.columns.act)}::text[],
        ${of((one) => one.columns.subjectKind)}::text[], ${of((one) => one.columns.subjectId)}::text[], ${of((one) => one.columns.decision)}::text[],
        ${of((one) => one.columns.purpose)}::text[], ${of((one) => one.columns.request)}::text[], ${of((one) => one.columns.recordId)}::text[],
        ${of((one) => one.columns.readingId)}::text[], ${of((one) => one.columns.clientId)}::text[], ${of((one) => one.columns.department)}::text[])`;
}

/** The insertion of full tiles, as part of a statement. */
export function intoTiles(log: string, tiles: readonly Tile[]): Sql {
  return sql`
      insert into audit_tiles (log, level, index, hashes)
      select ${log}, * from unnest(${tiles.map((one) => one.level)}::smallint[], ${tiles.map((one) => one.index)}::bigint[], ${tiles.map((one) => one.hashes)}::bytea[])`;
}

const DIVISION_BY_ZERO = '22012';

/**
 * Moves a batch: entries, side rows and tiles in, pending rows out, in one statement, and only in the newest epoch.
 * Returns whether it happened: all of it or nothing.
 */
export async function moveBatch(db: Queryable, batch: Batch, epoch: bigint): Promise<boolean> {
  const { entries, tiles, taken } = batch;
  const sides = taken.filter((one) => one.sealed !== null);
  // one statement is one transaction, and three times as quick as one with a begin and a commit around; where the batch must
  // not be moved, the division fails and takes all of it back
  const move = sql`
    with e as (${intoEntries(batch.end.log, entries)}), t as (${intoTiles(batch.end.log, tiles)}), d as (
      delete from audit_pending p using unnest(${taken.map((one) => one.xact)}::text[], ${taken.map((one) => one.id)}::uuid[]) as gone (xact, id)
      where p.xact = gone.xact::xid8 and p.id = gone.id returning 1
    ), s as (
      insert into audit_side (entry_id, sealed) select * from unnest(${sides.map((one) => one.id)}::uuid[], ${sides.map((one) => one.sealed)}::bytea[])
      on conflict do nothing
    )
    select 1 / (case when (select max(epoch) from audit_epochs) = ${epoch} and (select count(*) from d) = ${taken.length} then 1 else 0 end)`;
  try {
    await db.run(prepared(move));
    return true;
  } catch (error) {
    if (sqlState(error) === DIVISION_BY_ZERO) return false;
    throw error;
  }
}

/**
 * Stores a signed head and tells waiting processes. Doing it again after a crash changes nothing. It need not wait for the
 * disk: the entries and the signer's memory are there already, and from them the next start signs the very same head again.
 */
export async function insertHead(db: Queryable, head: Signed, lastT: string, at: Date, epoch: bigint): Promise<void> {
  await db.run(
    prepared(sql`
    with h as (
      insert into audit_heads (log, size, root, last_t, signed_at, epoch, note)
      values (${head.log}, ${head.size}, ${head.root}, ${lastT}, ${at}, ${epoch}, ${head.note}) on conflict do nothing)
    select pg_notify('audit_settled', ''), set_config('synchronous_commit', 'off', true)`),
  );
}

export interface StoredEnd {
  log: string;
  size: bigint;
  lastT: Date;
}

/** The logs from `since` on (all with `null`), with their sizes, oldest first. */
export function selectEnds(db: Queryable, since: string | null): Promise<StoredEnd[]> {
  return db.many<StoredEnd>(sql`
    with recursive logs as (
      (select log from audit_entries where log >= ${since ?? ''} order by log limit 1)
      union all
      select (select log from audit_entries where log > logs.log order by log limit 1) from logs where logs.log is not null
    )
    select l.log, e.sequence + 1 as size, e.t as "lastT" from logs l
    cross join lateral (select sequence, t from audit_entries where log = l.log order by sequence desc limit 1) e
    order by l.log`);
}

export async function selectLeaves(db: Queryable, log: string, from: bigint, limit: number): Promise<Hash[]> {
  const rows = await db.many<{ leaf_hash: Buffer }>(sql`
    select leaf_hash from audit_entries where log = ${log} and sequence >= ${from} order by sequence limit ${limit}`);
  return rows.map((row) => row.leaf_hash);
}

export async function selectTiles(db: Queryable, log: string, level: number, from: bigint, limit: number = TILE): Promise<Buffer[]> {
  const rows = await db.many<{ hashes: Buffer }>(sql`
    select hashes from audit_tiles where log = ${log} and level = ${level} and index >= ${from} order by index limit ${limit}`);
  return rows.map((row) => row.hashes);
}

/** The right edge that a log had at a size, from its leaf hashes and full tiles. */
export async function loadEdge(db: Queryable, log: string, size: bigint): Promise<Edge> {
  const open: Hash[][] = [];
  for (let level = 0; size >> BigInt(8 * level) > 0n; level++) {
    const first = (size >> BigInt(8 * (level + 1))) << 8n;
    const count = Number((size >> BigInt(8 * level)) % BigInt(TILE));
    if (count === 0) open.push([]);
    else if (level === 0) open.push(await selectLeaves(db, log, first, count));
    else open.push((await selectTiles(db, log, level - 1, first, count)).map((tile) => completeRoot(hashesOf(tile))));
  }
  return new Edge(size, open);
}

export async function selectHead(db: Queryable, log: string, size: bigint): Promise<Signed | undefined> {
  return await db.maybe<Signed>(sql`select log, size, root, note from audit_heads where log = ${log} and size = ${size}`);
}

export async function anyHead(db: Queryable): Promise<boolean> {
  const { there } = await db.one<{ there: boolean }>(sql`select exists (select from audit_heads) as there`);
  return there;
}
