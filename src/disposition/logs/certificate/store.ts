import { type Queryable, sql, type Tx } from '../../../db/index.js';
import type { CertificateKind } from '../../execution/values.js';

export interface LogCertificateRow {
  id: string;
  number: string;
  register_id: string;
  kind: CertificateKind;
  object_id: string;
  size: number;
  document_digest: string;
  data_digest: string;
  locked: number;
  made_at: Date;
  entry_id: string;
}

/** Certificates of a register, the first one first. */
export function logCertificatesOf(on: Queryable, register: string): Promise<LogCertificateRow[]> {
  return on.many<LogCertificateRow>(sql`select id, number, register_id, kind, object_id, size::float8 as size, document_digest, data_digest, locked, made_at, entry_id
    from log_destruction_certificates where register_id = ${register} order by made_at, id`);
}

export async function insertLogCertificate(tx: Tx, row: LogCertificateRow): Promise<void> {
  await tx.run(sql`insert into log_destruction_certificates (id, number, register_id, kind, object_id, size, document_digest, data_digest, locked, made_at, entry_id)
    values (${row.id}, ${row.number}, ${row.register_id}, ${row.kind}, ${row.object_id}, ${row.size}, ${row.document_digest}, ${row.data_digest}, ${row.locked}, ${row.made_at},
      ${row.entry_id})`);
}
