import { prepared, sql, type Queryable, type Tx } from '../../db/index.js';

export interface NewSession {
  id: string;
  tokenHash: Buffer;
  accountId: string;
  device: string;
  /** The known device that it is on. */
  deviceId: string | null;
  now: Date;
  expiresAt: Date;
}

export async function insertSession(tx: Tx, session: NewSession): Promise<void> {
  await tx.run(sql`
    insert into sessions (id, token_hash, account_id, device, created_at, used_at, expires_at, device_id)
    values (${session.id}, ${session.tokenHash}, ${session.accountId}, ${session.device}, ${session.now}, ${session.now}, ${session.expiresAt}, ${session.deviceId})`);
}

export interface SessionRow {
  id: string;
  account_id: string;
  person_id: string;
  pseudonym: string;
  department: string;
  state: string;
  roles: string[];
  /** Whether a grant of this person is live. */
  granted: boolean;
  used_at: Date;
  expires_at: Date;
  second_factor_at: Date | null;
  /** When password or code were last shown. */
  shown_at: Date;
  /** The reading on site to which it is locked, and its application. */
  locked_to: string | null;
  locked_application: string | null;
}

/** Session, account, person and roles in force by the token's digest: one statement, every table by its key. */
export function findSession(db: Queryable, tokenHash: Buffer): Promise<SessionRow | undefined> {
  return db.maybe<SessionRow>(
    prepared(sql`
    select s.id, s.account_id, a.person_id, p.pseudonym, coalesce(p.department, '') as department, a.state, s.used_at, s.expires_at, s.second_factor_at, coalesce(s.shown_at, s.created_at) as shown_at,
      s.locked_to, v.request_id as locked_application,
      array(select g.role from role_grants g where g.account_id = s.account_id and g.state = 'active' order by g.role) as roles,
      exists (select from grant_records gr where gr.person_id = a.person_id and gr.live) as granted
    from sessions s join accounts a on a.id = s.account_id join persons p on p.id = a.person_id left join site_visits v on v.id = s.locked_to
    where s.token_hash = ${tokenHash} and s.ended_at is null`),
  );
}

/** Slides the idle time; not a change of state. Never backwards, and never for a session that has ended. */
export async function touchSession(db: Queryable, id: string, now: Date): Promise<void> {
  await db.run(sql`update sessions set used_at = ${now} where id = ${id} and ended_at is null and used_at < ${now}`);
}

export type EndReason = 'signed_out' | 'everywhere' | 'password' | 'disabled' | 'sleeping' | 'sign_on' | 'signed_in';

/** Ends one session of an account; 0 when it is not open or not theirs. */
export function endSession(tx: Tx, id: string, accountId: string, reason: EndReason, now: Date): Promise<number> {
  return tx.run(sql`update sessions set ended_at = ${now}, end_reason = ${reason} where id = ${id} and account_id = ${accountId} and ended_at is null`);
}

/** Ends every open session of some accounts, except one where told. */
export function endSessionsOf(tx: Tx, accountIds: readonly string[], reason: EndReason, now: Date, except: string | null = null): Promise<number> {
  return tx.run(sql`
    update sessions set ended_at = ${now}, end_reason = ${reason}
    where account_id = any(${[...accountIds]}) and ended_at is null and (${except}::uuid is null or id <> ${except})`);
}

export interface OpenSession {
  id: string;
  device: string;
  createdAt: Date;
  usedAt: Date;
  expiresAt: Date;
}

/** The open sessions of an account, newest use first. */
export async function openSessions(db: Queryable, accountId: string, idleSince: Date, now: Date): Promise<OpenSession[]> {
  const rows = await db.many<{ id: string; device: string; created_at: Date; used_at: Date; expires_at: Date }>(sql`
    select id, device, created_at, used_at, expires_at from sessions
    where account_id = ${accountId} and ended_at is null and used_at >= ${idleSince} and expires_at > ${now}
    order by used_at desc, id limit 200`);
  return rows.map((row) => ({ id: row.id, device: row.device, createdAt: row.created_at, usedAt: row.used_at, expiresAt: row.expires_at }));
}

/** Locks an open session to a visit, until its end at the latest; 0 when it has ended or is locked. The database never lets it go again. */
export function lockToVisit(tx: Tx, id: string, visit: string, until: Date): Promise<number> {
  return tx.run(
    sql`update sessions set locked_to = ${visit}, expires_at = least(expires_at, ${until}) where id = ${id} and ended_at is null and locked_to is null`,
  );
}

/** Ends what is locked on a device, and the visits with it. */
export function endLockedOn(tx: Tx, deviceId: string, now: Date): Promise<number> {
  const reason: EndReason = 'signed_in';
  return tx.run(
    sql`update sessions set ended_at = ${now}, end_reason = ${reason} where device_id = ${deviceId} and locked_to is not null and ended_at is null`,
  );
}

/** Whether password, code or the provider's word were shown in a session since a moment. */
export async function shownSince(tx: Queryable, id: string, since: Date): Promise<boolean> {
  return (await tx.maybe(sql`select id from sessions where id = ${id} and shown_at >= ${since}`)) !== undefined;
}

/** When the visit began to which an open session is locked. */
export async function lockedSince(db: Queryable, id: string): Promise<Date | undefined> {
  const row = await db.maybe<{ began_at: Date }>(
    sql`select v.began_at from sessions s join site_visits v on v.id = s.locked_to where s.id = ${id} and s.ended_at is null`,
  );
  return row?.began_at;
}

/** The session that ended with its visit: where the next one is opened. */
export function endedWithVisit(tx: Tx, id: string): Promise<{ device: string; device_id: string | null } | undefined> {
  return tx.maybe(sql`select device, device_id from sessions where id = ${id} and locked_to is not null and end_reason = 'visit'`);
}

export async function hasPassword(db: Queryable, accountId: string): Promise<boolean> {
  return (await db.maybe(sql`select id from accounts where id = ${accountId} and password_hash is not null`)) !== undefined;
}
