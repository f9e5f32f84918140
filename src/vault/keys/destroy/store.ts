import { type Queryable, type Sql, sql, type Tx } from '../../../db/index.js';

export const KEY_DESTRUCTION_STATES = ['named', 'forgotten', 'rewrapped', 'snapshotted', 'destroyed'] as const;
export type KeyDestructionState = (typeof KEY_DESTRUCTION_STATES)[number];

export interface KeyDestruction {
  id: string;
  state: KeyDestructionState;
  records: number;
  places: number | null;
  rewrapped: number;
}

export interface ClosedBucket {
  bucket: string;
  through: number;
}

export async function findDestruction(on: Queryable, id: string): Promise<KeyDestruction | undefined> {
  const row = await on.maybe<Omit<KeyDestruction, 'rewrapped'> & { rewrapped: bigint }>(
    sql`select id, state, records, places, rewrapped from key_destructions where id = ${id}`,
  );
  return row && { ...row, rewrapped: Number(row.rewrapped) };
}

export async function insertDestruction(tx: Tx, id: string, records: number, at: Date): Promise<void> {
  await tx.run(sql`insert into key_destructions (id, records, started_at) values (${id}, ${records}, ${at})`);
}

/** Names every object of these records, and others that hold what they hold, that still have a key; how many there are. */
export async function nameObjects(tx: Tx, id: string, records: readonly string[], others: readonly string[]): Promise<number> {
  const count = await tx.run(sql`
    insert into key_destruction_objects (object_id, destruction_id)
    select id, ${id} from objects where (record_id = any (${records}::uuid[]) or id = any (${others}::uuid[])) and wrapped_key is not null`);
  await tx.run(sql`
    update objects o set state = 'destroying' from key_destruction_objects d where d.destruction_id = ${id} and o.id = d.object_id`);
  return count;
}

/** Buckets whose keys the named objects are under, with their generation. */
export async function bucketsOf(on: Queryable, id: string): Promise<{ bucket: string; generation: number }[]> {
  return on.many(sql`
    select b.id as bucket, b.generation from key_buckets b
    where b.id in (select o.bucket from objects o join key_destruction_objects d on d.object_id = o.id where d.destruction_id = ${id}) order by b.id`);
}

/** Gives a bucket its next generation; waits for transactions that are naming the current one. `false` where another was faster. */
export async function closeGeneration(tx: Tx, id: string, bucket: string, through: number): Promise<boolean> {
  const closed = await tx.run(sql`update key_buckets set generation = ${through}::integer + 1 where id = ${bucket} and generation = ${through}`);
  if (closed !== 1) return false;
  await tx.run(sql`insert into key_destruction_buckets (destruction_id, bucket, through) values (${id}, ${bucket}, ${through})`);
  return true;
}

export async function deleteWraps(tx: Tx, id: string): Promise<number> {
  return tx.run(sql`
    update objects o set wrapped_key = null, replay_mac = null from key_destruction_objects d
    where d.destruction_id = ${id} and o.id = d.object_id and o.wrapped_key is not null`);
}

export async function markForgotten(tx: Tx, id: string, places: number, at: Date): Promise<boolean> {
  return (
    (await tx.run(sql`update key_destructions set state = 'forgotten', places = ${places}, forgotten_at = ${at} where id = ${id} and state = 'named'`)) === 1
  );
}

export async function closedBuckets(on: Queryable, id: string): Promise<ClosedBucket[]> {
  return on.many<ClosedBucket>(sql`select bucket, through from key_destruction_buckets where destruction_id = ${id} order by bucket`);
}

export async function countRewrapped(tx: Tx, id: string, more: number): Promise<void> {
  await tx.run(sql`update key_destructions set rewrapped = rewrapped + ${more}::bigint where id = ${id}`);
}

/** Goes on to the next state, from the one before it; `false` where another process did. */
export async function goOn(tx: Tx, id: string, from: KeyDestructionState, to: KeyDestructionState, at: Date): Promise<boolean> {
  return (
    (await tx.run(sql`
      update key_destructions set state = ${to}, destroyed_at = case when ${to} = 'destroyed' then ${at}::timestamptz end
      where id = ${id} and state = ${from}`)) === 1
  );
}

export async function snapshotted(on: Queryable, id: string): Promise<Set<string>> {
  const rows = await on.many<{ bucket: string }>(sql`select bucket from key_snapshots where destruction_id = ${id}`);
  return new Set(rows.map((row) => row.bucket));
}

/** Wraps that still name a closed generation: while there is one, no key of them is destroyed. */
export async function wrapsUnderClosed(on: Queryable, id: string): Promise<number> {
  const { n } = await on.one<{ n: bigint }>(sql`
    select (select count(*) from key_destruction_buckets b join objects o on o.bucket = b.bucket and o.generation <= b.through and o.wrapped_key is not null
        where b.destruction_id = ${id})
      + (${ANNOUNCED(id)}) as n`);
  return Number(n);
}

const ANNOUNCED = (id: string): Sql => sql`
  select count(*) from announcements a cross join unnest(a.key_buckets, a.key_generations) as k (bucket, generation)
    join key_destruction_buckets b on b.bucket = k.bucket and k.generation <= b.through where b.destruction_id = ${id}`;

/** Announcements whose wraps name a closed generation. */
export async function announcedUnderClosed(on: Queryable, id: string): Promise<number> {
  const { n } = await on.one<{ n: bigint }>(sql`select (${ANNOUNCED(id)}) as n`);
  return Number(n);
}

export async function markShredded(tx: Tx, id: string): Promise<number> {
  return tx.run(sql`
    update objects o set state = 'shredded' from key_destruction_objects d
    where d.destruction_id = ${id} and o.id = d.object_id and o.state = 'destroying'`);
}
