import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { CertificateKind } from './values.js';

export async function signWitnessed(tx: Tx, register: string, person: string, at: Date, entry: string): Promise<void> {
  await tx.run(sql`
    update destruction_appointments set witnessed_at = ${at}, witness_entry = ${entry}
    where register_id = ${register} and person_id = ${person} and office = 'supervisor' and ended_at is null`);
}

export async function markClosed(tx: Tx, register: string, at: Date): Promise<void> {
  await tx.run(sql`update destruction_registers set state = 'closed', closed_at = ${at} where id = ${register} and state = 'open'`);
}

export interface CertificateRow {
  id: string;
  number: string;
  register_id: string;
  register_number: string;
  kind: CertificateKind;
  object_id: string;
  size: number;
  document_digest: string;
  data_digest: string;
  items: number;
  locked: number;
  made_at: Date;
  entry_id: string;
}

interface RawCertificate extends Omit<CertificateRow, 'size'> {
  size: bigint;
}

const CERTIFICATE = sql`c.id, c.number, c.register_id, g.number as register_number, c.kind, c.object_id, c.size, c.document_digest, c.data_digest, c.items, c.locked, c.made_at, c.entry_id`;
const certificateOf = (row: RawCertificate): CertificateRow => ({ ...row, size: Number(row.size) });

export async function certificatesOf(on: Queryable, register: string): Promise<CertificateRow[]> {
  const rows = await on.many<RawCertificate>(
    sql`select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id where c.register_id = ${register} order by c.made_at, c.id`,
  );
  return rows.map(certificateOf);
}

export async function findCertificate(on: Queryable, id: string): Promise<CertificateRow | undefined> {
  const row = await on.maybe<RawCertificate>(
    sql`select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id where c.id = ${id}`,
  );
  return row && certificateOf(row);
}

/** Certificates, newest first. */
export async function certificatesPage(on: Queryable, before: { at: Date; id: string } | null, limit: number): Promise<CertificateRow[]> {
  const rows = await on.many<RawCertificate>(sql`
    select ${CERTIFICATE} from destruction_certificates c join destruction_registers g on g.id = c.register_id
    where ${before === null ? sql`true` : sql`(c.made_at, c.id) < (${before.at}, ${before.id}::uuid)`} order by c.made_at desc, c.id desc limit ${limit}`);
  return rows.map(certificateOf);
}

export async function insertCertificate(tx: Tx, row: Omit<CertificateRow, 'register_number'>): Promise<void> {
  await tx.run(sql`
    insert into destruction_certificates (id, number, register_id, kind, object_id, size, document_digest, data_digest, items, locked, made_at, entry_id)
    values (${row.id}, ${row.number}, ${row.register_id}, ${row.kind}, ${row.object_id}, ${row.size}, ${row.document_digest}, ${row.data_digest}, ${row.items}, ${row.locked}, ${row.made_at}, ${row.entry_id})`);
}

/** Registers that are carried out and not closed: whether anything is to be done for them is asked of each. */
export async function openRegisters(on: Queryable): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`select id from destruction_registers where state = 'open' order by opened_at`);
  return rows.map((row) => row.id);
}
