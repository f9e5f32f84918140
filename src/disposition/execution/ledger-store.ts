import { type Queryable, sql, type Tx } from '../../db/index.js';

export interface LedgerRow {
  number: number;
  register_id: string;
  digest: Buffer;
}

/** An entry with what it was written from. */
export interface OwnLedgerRow extends LedgerRow {
  register_number: string;
  started_at: Date;
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

/** Entries of registers that this catalogue carried out, up to a number. */
export function ownLedgerRows(on: Queryable, upTo: number): Promise<OwnLedgerRow[]> {
  return on.many<OwnLedgerRow>(sql`
    select l.number, l.register_id, l.digest, l.register_number, u.started_at from destruction_ledger l join destruction_runs u on u.register_id = l.register_id
    where l.number <= ${upTo} order by l.number`);
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
}

export async function insertLedger(tx: Tx, one: LedgerInput): Promise<void> {
  await tx.run(sql`
    insert into destruction_ledger (number, register_id, register_number, digest, at)
    values (${one.number}, ${one.register}, ${one.registerNumber}, ${one.digest}, ${one.at})`);
  await tx.run(sql`
    insert into destruction_ledger_records (record_id, number) select id, ${one.number}::integer from unnest(${one.records}::uuid[]) as t (id)
    on conflict (record_id) do nothing`);
}

/** What stood in a restored catalogue of a record that the ledger says is gone. */
export interface StoodRow {
  record_id: string;
  stood: string;
  was_held: boolean;
  was_restricted: boolean;
  term: string | null;
  objects: number;
}

/** Takes an entry of the ledger over into a restored catalogue; only the role of the replay may. Of a destruction that goes on by itself: nothing. */
export function takeOverEntry(tx: Tx, one: LedgerInput, at: Date): Promise<StoodRow[]> {
  return tx.many<StoodRow>(sql`
    select * from destruction_replay(${one.number}, ${one.register}, ${one.registerNumber}, ${one.digest}, ${one.at}, ${one.records}::uuid[], ${at}) order by record_id`);
}

/** Imports by which these records came. */
export async function importsOf(on: Queryable, records: readonly string[]): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`select distinct import_id as id from records where id = any (${records}::uuid[]) and import_id is not null`);
  return rows.map((row) => row.id);
}

/** Records of a replayed destruction that are not called destroyed yet. */
export async function replayedRecords(on: Queryable, register: string): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`
    select r.id from destruction_ledger g join destruction_ledger_records l on l.number = g.number join records r on r.id = l.record_id
    where g.register_id = ${register} and g.replayed and l.replayed and r.state = 'shredded'`);
  return rows.map((row) => row.id);
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
