import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { ObjectRef } from '../../storage/index.js';
import type { CopyState } from './values.js';

export interface CopyRow {
  object_id: string;
  register_id: string;
  record_id: string;
  ref: ObjectRef;
  state: CopyState;
  locked_until: Date | null;
}

interface Row {
  object_id: string;
  register_id: string;
  record_id: string;
  store_key: string;
  store_version: string;
  state: CopyState;
  locked_until: Date | null;
}

const COPY = sql`c.object_id, c.register_id, c.record_id, o.store_key, o.store_version, c.state, c.locked_until`;
const copyOf = ({ store_key, store_version, ...row }: Row): CopyRow => ({ ...row, ref: { key: store_key, version: store_version } });

/** Copies of a register that are to be removed now, in the order of their objects. */
export async function copiesToRemove(on: Queryable, register: string, after: string, now: Date, limit: number): Promise<CopyRow[]> {
  const rows = await on.many<Row>(sql`
    select ${COPY} from destruction_copies c join objects o on o.id = c.object_id
    where c.register_id = ${register} and c.object_id > ${after} and c.state <> 'gone' and (c.locked_until is null or c.locked_until <= ${now}) and o.state = 'shredded'
    order by c.object_id limit ${limit}`);
  return rows.map(copyOf);
}

export async function markCopies(tx: Tx, found: readonly { object: string; lockedUntil: Date | null }[], at: Date): Promise<void> {
  const gone = found.filter((one) => one.lockedUntil === null).map((one) => one.object);
  const locked = found.filter((one) => one.lockedUntil !== null);
  await tx.run(sql`update destruction_copies set state = 'gone', gone_at = ${at} where object_id = any (${gone}::uuid[]) and state <> 'gone'`);
  await tx.run(sql`update objects set state = 'destroyed' where id = any (${gone}::uuid[]) and state = 'shredded'`);
  await tx.run(sql`
    update destruction_copies c set state = 'locked', locked_until = l.until
    from unnest(${locked.map((one) => one.object)}::uuid[], ${locked.map((one) => one.lockedUntil)}::timestamptz[]) as l (id, until) where c.object_id = l.id and c.state <> 'gone'`);
}

export interface CopySums {
  all: number;
  gone: number;
  locked: number;
  /** When the last lock ends. */
  until: Date | null;
}

export function copySums(on: Queryable, register: string): Promise<CopySums> {
  return on.one<CopySums>(sql`
    select count(*)::int as all, count(*) filter (where state = 'gone')::int as gone, count(*) filter (where state = 'locked')::int as locked,
      max(locked_until) filter (where state = 'locked') as until
    from destruction_copies where register_id = ${register}`);
}

/**
 * Registers carried out, or replayed, that have copies whose lock has ended; and those whose copies are gone and whose records are not
 * called destroyed yet, since whoever removed the last copy was stopped before.
 */
export async function registersToClear(on: Queryable, now: Date): Promise<string[]> {
  const left = sql`not exists (select from destruction_copies c where c.record_id = r.id and c.state <> 'gone')`;
  const rows = await on.many<{ register_id: string }>(sql`
    select distinct c.register_id from destruction_copies c
    where c.state <> 'gone' and (c.locked_until is null or c.locked_until <= ${now})
      and not exists (select from destruction_runs u where u.register_id = c.register_id and u.executed_at is null)
    union
    select i.register_id from destruction_registers g join destruction_items i on i.register_id = g.id and i.state = 'shredded' join records r on r.id = i.record_id
    where g.state = 'open' and ${left}
    union
    select g.register_id from destruction_ledger g join destruction_ledger_records l on l.number = g.number join records r on r.id = l.record_id
    where g.replayed and l.replayed and r.state = 'shredded' and ${left}`);
  return rows.map((row) => row.register_id);
}

export interface CopyView {
  object: string;
  record: string;
  state: CopyState;
  lockedUntil: Date | null;
  goneAt: Date | null;
  /** Whether its key still stands wrapped in the catalogue. */
  wrapped: boolean;
  objectState: string;
}

export function copiesOfRecords(on: Queryable, register: string, records: readonly string[]): Promise<CopyView[]> {
  return on.many<CopyView>(sql`
    select c.object_id as object, c.record_id as record, c.state, c.locked_until as "lockedUntil", c.gone_at as "goneAt", o.wrapped_key is not null as wrapped, o.state as "objectState"
    from destruction_copies c join objects o on o.id = c.object_id where c.register_id = ${register} and c.record_id = any (${records}::uuid[]) order by c.object_id`);
}

/** What of objects contradicts that they are gone: keys that stand wrapped, or states that say less. */
export async function keysLeft(on: Queryable, register: string): Promise<number> {
  const { n } = await on.one<{ n: number }>(sql`
    select count(*)::int as n from destruction_copies c join objects o on o.id = c.object_id
    where c.register_id = ${register} and (o.wrapped_key is not null or o.replay_mac is not null or o.state not in ('shredded', 'destroyed'))`);
  return n;
}

/** Rows of the catalogue that still say something of a register's records, by the one list of what goes with a record. */
export async function unerased(on: Queryable, register: string): Promise<number> {
  const { n } = await on.one<{ n: number }>(sql`select coalesce(sum(n), 0)::int as n from destruction_unerased(${register})`);
  return n;
}

/** Disclosures and certified copies that went outside: what by nature is not in our hands. */
export function wentOutside(on: Queryable, register: string): Promise<{ disclosures: number; copies: number }> {
  return on.one(sql`
    select (select count(distinct d.disclosure_id)::int from disclosure_records d join destruction_items i on i.record_id = d.record_id where i.register_id = ${register}) as disclosures,
      (select count(*)::int from certified_copies c join destruction_items i on i.record_id = c.record_id where i.register_id = ${register}) as copies`);
}

export interface ClosedKeys {
  bucket: string;
  through: number;
}

export function closedKeys(on: Queryable, register: string): Promise<ClosedKeys[]> {
  return on.many<ClosedKeys>(sql`select bucket, through from key_destruction_buckets where destruction_id = ${register} order by bucket`);
}
