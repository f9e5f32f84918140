import { type Queryable, sql, type Tx } from '../../db/index.js';

export interface LedgerRow {
  number: number;
  register_id: string;
  digest: Buffer;
}

/** Held while an entry of the ledger gets its number. */
const LEDGER = 7_104_341;

export async function lockLedger(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${LEDGER})`);
}

export function ledgerRows(on: Queryable): Promise<LedgerRow[]> {
  return on.many<LedgerRow>(sql`select number, register_id, digest from destruction_ledger order by number`);
}

export function ledgerOf(on: Queryable, register: string): Promise<LedgerRow | undefined> {
  return on.maybe<LedgerRow>(sql`select number, register_id, digest from destruction_ledger where register_id = ${register}`);
}

export async function lastLedgerRow(on: Queryable): Promise<LedgerRow | undefined> {
  return on.maybe<LedgerRow>(sql`select number, register_id, digest from destruction_ledger order by number desc limit 1`);
}

export interface LedgerInput {
  number: number;
  register: string;
  registerNumber: string;
  digest: Buffer;
  at: Date;
  records: readonly string[];
  replayed: boolean;
}

export async function insertLedger(tx: Tx, one: LedgerInput): Promise<void> {
  await tx.run(sql`
    insert into destruction_ledger (number, register_id, register_number, digest, at, replayed)
    values (${one.number}, ${one.register}, ${one.registerNumber}, ${one.digest}, ${one.at}, ${one.replayed})`);
  await tx.run(sql`
    insert into destruction_ledger_records (record_id, number, replayed) select id, ${one.number}::integer, ${one.replayed}::boolean from unnest(${one.records}::uuid[]) as t (id)
    on conflict (record_id) do nothing`);
}

/** Of these records those that the catalogue knows, locked in the order in which everybody locks records. */
export async function lockKnown(tx: Tx, records: readonly string[]): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`select id from records where id = any (${records}::uuid[]) and state <> 'destroyed' order by id for update`);
  return rows.map((row) => row.id);
}

export async function shredRecords(tx: Tx, records: readonly string[]): Promise<void> {
  await tx.run(sql`update records set state = 'shredded' where id = any (${records}::uuid[]) and state <> 'shredded'`);
}

/** Records of a replayed destruction none of whose copies is left. */
export async function destroyReplayed(tx: Tx, register: string): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`
    update records r set state = 'destroyed' from destruction_ledger_records l join destruction_ledger g on g.number = l.number
    where g.register_id = ${register} and g.replayed and l.replayed and r.id = l.record_id and r.state = 'shredded'
      and not exists (select from destruction_copies c where c.record_id = r.id and c.state <> 'gone')
    returning r.id`);
  return rows.map((row) => row.id);
}

/** A register that the backup knew as still to be carried out: its records are gone. */
export async function voidReplayed(tx: Tx, register: string, at: Date): Promise<void> {
  await tx.run(
    sql`update destruction_registers set state = 'voided', ended_at = ${at} where id = ${register} and state in ('frozen', 'approving', 'approved', 'checked')`,
  );
}
