import { type Queryable, sql, type Tx } from '../../db/index.js';

/** Held while a certificate is issued. */
const ISSUING = 7_104_320;

export type CertificateKind = 'authority' | 'signing';

export interface CertificateRow {
  kind: CertificateKind;
  generation: number;
  der: Buffer;
  /** SHA-256 of the DER, hexadecimal. */
  fingerprint: string;
  from_at: Date;
  until_at: Date;
}

export const lockIssuing = (tx: Tx): Promise<number> => tx.run(sql`select pg_advisory_xact_lock(${ISSUING})`);

/** The newest certificate of a kind. */
export function newestCertificate(db: Queryable, kind: CertificateKind): Promise<CertificateRow | undefined> {
  return db.maybe<CertificateRow>(
    sql`select kind, generation, der, fingerprint, from_at, until_at from certificates where kind = ${kind} order by generation desc limit 1`,
  );
}

/** Everything that was ever issued, newest first. */
export function allCertificates(db: Queryable): Promise<CertificateRow[]> {
  return db.many<CertificateRow>(sql`select kind, generation, der, fingerprint, from_at, until_at from certificates order by from_at desc, kind`);
}

export function insertCertificate(tx: Tx, row: CertificateRow): Promise<number> {
  return tx.run(sql`insert into certificates (kind, generation, der, fingerprint, from_at, until_at)
    values (${row.kind}, ${row.generation}, ${row.der}, ${row.fingerprint}, ${row.from_at}, ${row.until_at})`);
}
