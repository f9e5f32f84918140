import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { CertificateRow } from './view-store.js';

export async function signWitnessed(tx: Tx, register: string, person: string, at: Date, entry: string): Promise<void> {
  await tx.run(sql`
    update destruction_appointments set witnessed_at = ${at}, witness_entry = ${entry}
    where register_id = ${register} and person_id = ${person} and office = 'supervisor' and ended_at is null`);
}

export async function markClosed(tx: Tx, register: string, at: Date): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'closed', closed_at = ${at} where id = ${register} and state = 'open'`);
}

export async function insertCertificate(tx: Tx, row: Omit<CertificateRow, 'register_number' | 'erasure'>): Promise<void> {
  await tx.run(sql`
    insert into destruction_certificates (id, number, register_id, kind, object_id, size, document_digest, data_digest, items, locked, made_at, entry_id)
    values (${row.id}, ${row.number}, ${row.register_id}, ${row.kind}, ${row.object_id}, ${row.size}, ${row.document_digest}, ${row.data_digest}, ${row.items}, ${row.locked}, ${row.made_at}, ${row.entry_id})`);
}

/** Registers that are carried out and not closed: whether anything is to be done for them is asked of each. */
export async function openRegisters(on: Queryable): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`select id from destruction_registers where state = 'open' order by opened_at`);
  return rows.map((row) => row.id);
}
