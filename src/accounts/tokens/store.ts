import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface NewToken {
  id: string;
  name: string;
  pseudonym: string;
  secretHash: Buffer;
  scopes: readonly string[];
  department: string | null;
  createdBy: string | null;
  now: Date;
  expiresAt: Date;
}

export async function insertToken(tx: Tx, token: NewToken): Promise<void> {
  await tx.run(sql`
    insert into tokens (id, name, pseudonym, secret_hash, scopes, department, created_by, created_at, expires_at)
    values (${token.id}, ${token.name}, ${token.pseudonym}, ${token.secretHash}, ${[...token.scopes]}, ${token.department}, ${token.createdBy}, ${token.now}, ${token.expiresAt})`);
}

export interface TokenRow {
  id: string;
  pseudonym: string;
  scopes: string[];
  department: string;
  expires_at: Date;
  used_at: Date | null;
}

export function findToken(db: Queryable, secretHash: Buffer): Promise<TokenRow | undefined> {
  return db.maybe<TokenRow>(sql`
    select id, pseudonym, scopes, coalesce(department, '') as department, expires_at, used_at
    from tokens where secret_hash = ${secretHash} and revoked_at is null`);
}

/** Notes the last use; not a change of state. */
export async function touchToken(db: Queryable, id: string, now: Date): Promise<void> {
  await db.run(sql`update tokens set used_at = ${now} where id = ${id} and (used_at is null or used_at < ${now})`);
}

/** The pseudonym of the token that was revoked, if it was not already. */
export function revokeTokenRow(tx: Tx, id: string, by: string, now: Date): Promise<{ pseudonym: string } | undefined> {
  return tx.maybe(sql`update tokens set revoked_at = ${now}, revoked_by = ${by} where id = ${id} and revoked_at is null returning pseudonym`);
}

export interface TokenView {
  tokenId: string;
  name: string;
  pseudonym: string;
  scopes: string[];
  department: string | null;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
}

export async function listTokenRows(db: Queryable): Promise<TokenView[]> {
  const rows = await db.many<{
    id: string;
    name: string;
    pseudonym: string;
    scopes: string[];
    department: string | null;
    created_at: Date;
    expires_at: Date;
    used_at: Date | null;
    revoked_at: Date | null;
  }>(sql`
    select id, name, pseudonym, scopes, department, created_at, expires_at, used_at, revoked_at from tokens
    order by revoked_at is not null, created_at desc, id limit 500`);
  return rows.map((row) => ({
    tokenId: row.id,
    name: row.name,
    pseudonym: row.pseudonym,
    scopes: row.scopes,
    department: row.department,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    revokedAt: row.revoked_at,
  }));
}
