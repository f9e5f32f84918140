import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { ObjectRef } from '../../storage/index.js';

export interface Rotation {
  id: string;
  startedAt: Date;
}

export async function unfinishedRotation(on: Queryable): Promise<Rotation | undefined> {
  return on.maybe<Rotation>(sql`select id, started_at as "startedAt" from key_rotations where finished_at is null`);
}

export async function insertRotation(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`insert into key_rotations (id) values (${id})`);
}

export async function finishRotation(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update key_rotations set finished_at = ${at} where id = ${id}`);
}

/** A bucket made before the rotation began that has not got its new generation yet. */
export async function nextBucket(on: Queryable, rotation: Rotation): Promise<{ id: string; generation: number } | undefined> {
  return on.maybe(sql`
    select id, generation from key_buckets where rotation is distinct from ${rotation.id} and made_at < ${rotation.startedAt} order by id limit 1`);
}

export async function bucketsOfRotation(on: Queryable, rotation: string): Promise<{ id: string }[]> {
  return on.many(sql`select id from key_buckets where rotation = ${rotation} order by id`);
}

/** Gives a bucket its next generation; waits for transactions that are naming the current one. `false` where another was faster. */
export async function raiseGeneration(tx: Tx, id: string, from: number, rotation: string): Promise<boolean> {
  return (await tx.run(sql`update key_buckets set generation = ${from}::integer + 1, rotation = ${rotation} where id = ${id} and generation = ${from}`)) === 1;
}

/** Generations that objects, or those that are announced, still name although their bucket has a newer one. */
export async function oldGenerations(on: Queryable): Promise<{ bucket: string; generation: number }[]> {
  return on.many(sql`
    select b.id as bucket, o.generation from key_buckets b
    cross join lateral (select distinct generation from objects where bucket = b.id and generation < b.generation and wrapped_key is not null) o
    union
    select b.id, n.generation from announcements a cross join unnest(a.key_buckets, a.key_generations) as n (bucket, generation)
      join key_buckets b on b.id = n.bucket and b.generation > n.generation
    order by 1, 2`);
}

const ROW = sql`uuid_send(id) || uuid_send(record_id) || int4send(generation) || wrapped_key`;

/** Wraps of older generations of a bucket as rows of the key table, locked until the transaction ends; what another works on is left to it. */
export async function takeOldWraps(tx: Tx, bucket: string, current: number, limit: number): Promise<Buffer> {
  const { rows } = await tx.one<{ rows: Buffer | null }>(sql`
    with taken as (
      select id, record_id, generation, wrapped_key from objects
      where bucket = ${bucket} and generation < ${current} and wrapped_key is not null order by id limit ${limit} for update skip locked)
    select string_agg(${ROW}, ''::bytea order by id) as rows from taken`);
  return rows ?? Buffer.alloc(0);
}

/** @param made `object 16 ‖ wrap 60 ‖ proof 32 ‖ lock 32` for each wrap */
export async function updateWraps(tx: Tx, generation: number, made: Buffer): Promise<number> {
  return tx.run(sql`
    with made as materialized (
      select encode(substring(data from i * 140 + 1 for 16), 'hex')::uuid as id, substring(data from i * 140 + 17 for 60) as wrapped_key,
        substring(data from i * 140 + 77 for 32) as proof, substring(data from i * 140 + 109 for 32) as lock
      from (select ${made}::bytea as data) d cross join generate_series(0, ${made.length / 140 - 1}::integer) i)
    update objects o set wrapped_key = made.wrapped_key, generation = ${generation}, wrap_proof = made.proof, wrap_lock = made.lock from made where o.id = made.id`);
}

/** The wraps of a bucket, all of one moment, as rows of the key table in the order of their objects. */
export async function tableOf(on: Queryable, bucket: string): Promise<{ generation: number; rows: Buffer }> {
  const found = await on.one<{ generation: number; rows: Buffer | null }>(sql`
    select b.generation, (select string_agg(${ROW}, ''::bytea order by id) from objects where bucket = b.id and wrapped_key is not null) as rows
    from key_buckets b where b.id = ${bucket}`);
  return { generation: found.generation, rows: found.rows ?? Buffer.alloc(0) };
}

export interface BucketRow {
  id: string;
  generation: number;
  used: number;
  objects: bigint;
  oldWraps: bigint;
}

export async function bucketRows(on: Queryable): Promise<BucketRow[]> {
  return on.many<BucketRow>(sql`
    select b.id, b.generation, p.used, count(o.id) as objects, count(o.id) filter (where o.generation < b.generation) as "oldWraps"
    from key_buckets b join key_places p on p.bucket = b.id left join objects o on o.bucket = b.id and o.wrapped_key is not null
    group by b.id, b.generation, p.used order by b.id`);
}

export async function bucketGenerations(on: Queryable): Promise<{ id: string; generation: number }[]> {
  return on.many(sql`select id, generation from key_buckets`);
}

export async function countDamaged(on: Queryable): Promise<number> {
  return Number((await on.one<{ count: bigint }>(sql`select count(*) as count from objects where damaged_at is not null`)).count);
}

export async function nextSnapshotNumber(on: Queryable): Promise<number> {
  return Number((await on.one<{ number: bigint }>(sql`select nextval('key_snapshot_numbers') as number`)).number);
}

export interface SnapshotRow {
  bucket: string;
  generation: number;
  number: number;
  destruction: string | null;
  count: number;
  digest: Buffer;
  ref: ObjectRef;
  madeAt: Date;
}

export async function insertSnapshot(tx: Tx, row: SnapshotRow): Promise<void> {
  await tx.run(sql`
    insert into key_snapshots (bucket, generation, number, destruction_id, count, digest, store_key, store_version, made_at)
    values (${row.bucket}, ${row.generation}, ${row.number}, ${row.destruction}, ${row.count}, ${row.digest}, ${row.ref.key}, ${row.ref.version}, ${row.madeAt})`);
}

export async function allBuckets(on: Queryable): Promise<string[]> {
  return (await on.many<{ id: string }>(sql`select id from key_buckets order by id`)).map((row) => row.id);
}

/** A wrap of a snapshot, with the proof of the one that it replaces. */
export interface TakenWrap {
  object: string;
  /** Of the wrap that the catalogue has now. */
  from: number;
  generation: number;
  wrap: Buffer;
  proof: Buffer;
  lock: Buffer;
}

/** Of these objects, those whose wrap an older catalogue has in an earlier generation, locked until the transaction ends. */
export async function takeBehind(tx: Tx, rows: readonly { object: string; record: string; generation: number }[]): Promise<{ object: string; from: number }[]> {
  return tx.many<{ object: string; from: number }>(sql`
    select o.id as object, o.generation as from from objects o
    join unnest(${rows.map((one) => one.object)}::uuid[], ${rows.map((one) => one.record)}::uuid[], ${rows.map((one) => one.generation)}::integer[]) as s (id, record_id, generation)
      on o.id = s.id and o.record_id = s.record_id and o.generation < s.generation
    where o.wrapped_key is not null order by o.id for update of o`);
}

/**
 * Takes wraps of a snapshot over into an older catalogue: where it still names an earlier generation. What the catalogue
 * does not know, and what has no key any more, stays as it is.
 */
export async function applyWraps(tx: Tx, taken: readonly TakenWrap[]): Promise<number> {
  const column = <T>(pick: (one: TakenWrap) => T): T[] => taken.map(pick);
  return tx.run(sql`
    update objects o set wrapped_key = made.wrap, generation = made.generation, wrap_proof = made.proof, wrap_lock = made.lock
    from unnest(${column((one) => one.object)}::uuid[], ${column((one) => one.from)}::integer[], ${column((one) => one.generation)}::integer[],
      ${column((one) => one.wrap)}::bytea[], ${column((one) => one.proof)}::bytea[], ${column((one) => one.lock)}::bytea[]) as made (id, "from", generation, wrap, proof, lock)
    where o.id = made.id and o.generation = made."from" and o.wrapped_key is not null`);
}

/** Wraps that have no lock yet, locked until the transaction ends. */
export async function takeUnlocked(tx: Tx, limit: number): Promise<{ object: string; record: string; bucket: string; generation: number }[]> {
  return tx.many(sql`
    select id as object, record_id as record, bucket, generation from objects where wrap_lock is null and wrapped_key is not null
    order by id limit ${limit} for update skip locked`);
}

export async function setLocks(tx: Tx, locks: readonly { object: string; lock: Buffer }[]): Promise<number> {
  return tx.run(sql`
    update objects o set wrap_lock = l.lock from unnest(${locks.map((one) => one.object)}::uuid[], ${locks.map((one) => one.lock)}::bytea[]) as l (id, lock)
    where o.id = l.id and o.wrap_lock is null`);
}

/** Gives a bucket the generation of its newest snapshot, and no new keys: an older catalogue does not know which places were taken since. */
export async function takeOver(tx: Tx, bucket: string, generation: number): Promise<void> {
  await tx.run(sql`update key_buckets set generation = ${generation} where id = ${bucket} and generation < ${generation}`);
}

export async function fillBuckets(tx: Tx): Promise<void> {
  await tx.run(sql`update key_places set used = 65536`);
}

/** The highest number of a snapshot of each bucket. */
export async function keptNumbers(on: Queryable): Promise<Map<string, number>> {
  const rows = await on.many<{ bucket: string; number: bigint }>(sql`select bucket, max(number) as number from key_snapshots group by bucket`);
  return new Map(rows.map((row) => [row.bucket, Number(row.number)]));
}

/** Notes a snapshot that was taken over; the next one gets a higher number. */
export async function rememberSnapshot(tx: Tx, row: SnapshotRow): Promise<void> {
  await tx.run(sql`
    insert into key_snapshots (bucket, generation, number, destruction_id, count, digest, store_key, store_version, made_at)
    values (${row.bucket}, ${row.generation}, ${row.number}, null, ${row.count}, ${row.digest}, ${row.ref.key}, ${row.ref.version}, ${row.madeAt})
    on conflict do nothing`);
  await tx.run(sql`select setval('key_snapshot_numbers', greatest(${row.number}::bigint, (select last_value from key_snapshot_numbers)))`);
}
