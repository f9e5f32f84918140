import { type Queryable, sql, type Tx } from '../../db/index.js';

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

/** Gives a bucket its next generation; waits for transactions that are naming the current one. `false` where another was faster. */
export async function raiseGeneration(tx: Tx, id: string, from: number, rotation: string): Promise<boolean> {
  return (await tx.run(sql`update key_buckets set generation = ${from}::integer + 1, rotation = ${rotation} where id = ${id} and generation = ${from}`)) === 1;
}

/** Generations that objects still name although their bucket has a newer one. */
export async function oldGenerations(on: Queryable): Promise<{ bucket: string; generation: number }[]> {
  return on.many(sql`
    select b.id as bucket, o.generation from key_buckets b
    cross join lateral (select distinct generation from objects where bucket = b.id and generation < b.generation and wrapped_key is not null) o
    order by 1, 2`);
}

export interface Wrap {
  id: string;
  recordId: string;
  generation: number;
  wrappedKey: Buffer;
}

/** Wraps of older generations of a bucket, locked until the transaction ends. */
export async function takeOldWraps(tx: Tx, bucket: string, current: number, limit: number): Promise<Wrap[]> {
  return tx.many<Wrap>(sql`
    select id, record_id as "recordId", generation, wrapped_key as "wrappedKey" from objects
    where bucket = ${bucket} and generation < ${current} and wrapped_key is not null order by id limit ${limit} for update`);
}

export async function updateWraps(tx: Tx, generation: number, wraps: readonly { id: string; wrappedKey: Buffer }[]): Promise<void> {
  await tx.run(sql`
    update objects o set wrapped_key = s.wrapped_key, generation = ${generation}
    from unnest(${wraps.map((one) => one.id)}::uuid[], ${wraps.map((one) => one.wrappedKey)}::bytea[]) as s (id, wrapped_key) where o.id = s.id`);
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
