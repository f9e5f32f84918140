import { type Cell, type Column, type ColumnType, join, type Queryable, rowsOf, type Sql, sql, type Tx } from '../db/index.js';
import type { ObjectRef } from '../storage/index.js';
import type { ObjectFacts, Staged } from './types.js';

/** Held, shared, by every transaction that names new objects and, alone, by the sweep while it claims orphans. */
const NAMING = 7_104_310;
/** Held while a bucket of keys is made. */
const BUCKETS = 7_104_311;

export const PLACES = 65_536;

interface ObjectRow {
  id: string;
  record_id: string;
  version_id: string;
  fonds: string;
  store_key: string;
  store_version: string;
  sealed_size: bigint;
  plain_size: bigint;
  digest: Buffer;
  suite: string;
  bucket: string;
  generation: number;
  wrapped_key: Buffer | null;
  replay_mac: Buffer | null;
  wrap_lock: Buffer | null;
  state: ObjectFacts['state'];
  locked_until: Date | null;
  damaged_at: Date | null;
}

/** An object with the wrap of its key. */
export interface KeyedObject extends ObjectFacts {
  fonds: string;
  bucket: string;
  generation: number;
  wrappedKey: Buffer | null;
  replayMac: Buffer | null;
  /** Null where the wrap is older than locks and has not got one yet. */
  wrapLock: Buffer | null;
}

const COLUMNS = sql`id, record_id, version_id, fonds, store_key, store_version, sealed_size, plain_size, digest, suite, bucket, generation, wrapped_key, replay_mac, wrap_lock, state, locked_until, damaged_at`;

function objectOf(row: ObjectRow): KeyedObject {
  return {
    objectId: row.id,
    ref: { key: row.store_key, version: row.store_version },
    recordId: row.record_id,
    versionId: row.version_id,
    fonds: row.fonds,
    plainSize: Number(row.plain_size),
    sealedSize: Number(row.sealed_size),
    digest: row.digest,
    suite: row.suite,
    bucket: row.bucket,
    generation: row.generation,
    wrappedKey: row.wrapped_key,
    replayMac: row.replay_mac,
    wrapLock: row.wrap_lock,
    state: row.state,
    lockedUntil: row.locked_until,
    damagedAt: row.damaged_at,
  };
}

async function objects(on: Queryable, where: Sql): Promise<KeyedObject[]> {
  return (await on.many<ObjectRow>(sql`select ${COLUMNS} from objects ${where}`)).map(objectOf);
}

export async function findObject(on: Queryable, id: string): Promise<KeyedObject | undefined> {
  return (await objects(on, sql`where id = ${id}`))[0];
}

export async function findObjects(on: Queryable, ids: readonly string[]): Promise<KeyedObject[]> {
  return objects(on, sql`where id = any(${ids}::uuid[])`);
}

/** Objects in the order of their ids, for walking through all of them. */
export async function nextObjects(on: Queryable, after: string, limit: number): Promise<KeyedObject[]> {
  return objects(on, sql`where id > ${after} and wrapped_key is not null order by id limit ${limit}`);
}

/** Ids drawn at random from those that still have a key. */
export async function drawObjects(on: Queryable, count: number): Promise<KeyedObject[]> {
  return objects(on, sql`where wrapped_key is not null order by random() limit ${count}`);
}

export async function unlockedObjects(on: Queryable, before: Date, limit: number): Promise<KeyedObject[]> {
  return objects(on, sql`where state = 'stored' and stored_at < ${before} order by stored_at limit ${limit}`);
}

/** @param lock of an object's wrap */
export async function insertObjects(tx: Tx, staged: readonly Staged[], lock: (one: Staged) => Buffer): Promise<number> {
  const column = (name: string, type: ColumnType, pick: (one: Staged) => Cell): Column => ({ name, type, values: staged.map(pick) });
  const columns = [
    column('id', 'uuid', (one) => one.objectId),
    column('record_id', 'uuid', (one) => one.recordId),
    column('version_id', 'uuid', (one) => one.versionId),
    column('fonds', 'text', (one) => one.fonds),
    column('store_key', 'text', (one) => one.ref.key),
    column('store_version', 'text', (one) => one.ref.version),
    column('sealed_size', 'bigint', (one) => one.sealedSize),
    column('plain_size', 'bigint', (one) => one.plainSize),
    column('digest', 'bytea', (one) => one.digest),
    column('suite', 'text', (one) => one.suite),
    column('bucket', 'uuid', (one) => one.bucket),
    column('generation', 'integer', (one) => one.generation),
    column('wrapped_key', 'bytea', (one) => one.wrappedKey),
    column('replay_mac', 'bytea', (one) => one.replayMac),
    column('wrap_lock', 'bytea', lock),
    column('locked_until', 'timestamptz', (one) => one.lockedUntil?.toISOString() ?? null),
  ];
  const { from, of } = rowsOf(columns, 's');
  return tx.run(sql`
    insert into objects (state, id, record_id, version_id, fonds, store_key, store_version, sealed_size, plain_size, digest, suite, bucket, generation, wrapped_key, replay_mac,
      wrap_lock, locked_until)
    select case when ${of('locked_until')} is null then 'stored' else 'locked' end, ${join(
      columns.map((one) => of(one.name)),
      ', ',
      sql``,
    )}
    from ${from}
    where not exists (select from orphan_objects o where o.store_key = ${of('store_key')} and o.store_version = ${of('store_version')})`);
}

export async function markLocked(tx: Tx, locked: readonly { objectId: string; until: Date }[]): Promise<number> {
  const ids = locked.map((one) => one.objectId);
  return tx.run(sql`
    update objects o set locked_until = greatest(o.locked_until, l.until), state = case when o.state = 'stored' then 'locked' else o.state end
    from unnest(${ids}::uuid[], ${locked.map((one) => one.until)}::timestamptz[]) as l (id, until) where o.id = l.id and o.id = any (${ids}::uuid[])`);
}

export async function markDamaged(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update objects set damaged_at = coalesce(damaged_at, ${at}) where id = ${id}`);
}

// identity

export async function findIdentity(on: Queryable): Promise<{ archive_id: string; keystore_fingerprint: string } | undefined> {
  return on.maybe(sql`select archive_id, keystore_fingerprint from vault_identity`);
}

export async function insertIdentity(tx: Tx, archiveId: string, fingerprint: string): Promise<boolean> {
  return (await tx.run(sql`insert into vault_identity (archive_id, keystore_fingerprint) values (${archiveId}, ${fingerprint}) on conflict do nothing`)) === 1;
}

// keys

export interface Lease {
  bucket: string;
  generation: number;
}

/** Takes places in a bucket that has room for all of them. */
export async function takePlaces(on: Queryable, count: number): Promise<Lease | undefined> {
  return on.maybe<Lease>(sql`
    with taken as (
      update key_places set used = used + ${count}::integer
      where bucket = (select bucket from key_places where used + ${count}::integer <= ${PLACES}::integer order by bucket desc limit 1 for update)
        and used + ${count}::integer <= ${PLACES}::integer
      returning bucket)
    select b.id as bucket, b.generation from taken join key_buckets b on b.id = taken.bucket`);
}

export async function lockBuckets(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${BUCKETS})`);
}

export async function insertBucket(tx: Tx, id: string, used: number): Promise<void> {
  await tx.run(sql`insert into key_buckets (id, generation) values (${id}, 1)`);
  await tx.run(sql`insert into key_places (bucket, used) values (${id}, ${used})`);
}

/** The generation new wraps must name; it cannot change before the transaction ends. */
export async function holdGenerations(tx: Tx, buckets: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.many<{ id: string; generation: number }>(sql`
    select id, generation from key_buckets where id = any(${buckets}::uuid[]) order by id for share`);
  return new Map(rows.map((row) => [row.id, row.generation]));
}

// orphans

export async function shareNaming(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock_shared(${NAMING})`);
}

export async function holdNaming(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${NAMING})`);
}

/** Of these objects, those that no row, no announcement and no earlier claim names. */
export async function unnamed(on: Queryable, refs: readonly ObjectRef[]): Promise<ObjectRef[]> {
  return on.many<{ key: string; version: string }>(sql`
    select s.key, s.version from unnest(${refs.map((ref) => ref.key)}::text[], ${refs.map((ref) => ref.version)}::text[]) as s (key, version)
    where not exists (select from objects o where o.store_key = s.key and o.store_version = s.version)
      and not exists (select from orphan_objects o where o.store_key = s.key and o.store_version = s.version)
      and not exists (select from announcements a where split_part(s.key, '/', 6)::uuid = any (a.object_ids))`);
}

export async function claimOrphans(tx: Tx, found: readonly { key: string; version: string; size: number }[]): Promise<void> {
  await tx.run(sql`
    insert into orphan_objects (store_key, store_version, size)
    select * from unnest(${found.map((one) => one.key)}::text[], ${found.map((one) => one.version)}::text[], ${found.map((one) => one.size)}::bigint[])`);
}

export async function waitingOrphans(on: Queryable, after: ObjectRef, limit: number): Promise<ObjectRef[]> {
  return on.many<{ key: string; version: string }>(sql`
    select store_key as key, store_version as version from orphan_objects
    where removed_at is null and (store_key, store_version) > (${after.key}, ${after.version})
      and not exists (select from objects o where o.store_key = orphan_objects.store_key and o.store_version = orphan_objects.store_version)
    order by store_key, store_version limit ${limit}`);
}

export async function markRemoved(tx: Tx, refs: readonly ObjectRef[], at: Date): Promise<void> {
  await tx.run(sql`
    update orphan_objects o set removed_at = ${at}
    from unnest(${refs.map((ref) => ref.key)}::text[], ${refs.map((ref) => ref.version)}::text[]) as s (key, version)
    where o.store_key = s.key and o.store_version = s.version`);
}

/** Totals over all objects that are still there, for the operator. */
export function storedTotals(db: Queryable, now: Date): Promise<Record<'objects' | 'bytes' | 'locked' | 'damaged' | 'orphans', bigint>> {
  return db.one(sql`
    select count(*) as objects, coalesce(sum(sealed_size), 0)::bigint as bytes, count(*) filter (where locked_until > ${now}) as locked,
      count(*) filter (where damaged_at is not null) as damaged, (select count(*) from orphan_objects where removed_at is null) as orphans
    from objects where state <> 'destroyed'`);
}
