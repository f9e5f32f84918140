import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface LinkedAccount {
  id: string;
  person_id: string;
  pseudonym: string;
  department: string | null;
  left_at: Date | null;
  username: string;
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  /** The link that lives; `null` where there is none yet. */
  link_id: string | null;
}

const ACCOUNT = sql`
  select a.id, a.person_id, p.pseudonym, p.department, p.left_at, a.username, a.state, l.id as link_id
  from accounts a join persons p on p.id = a.person_id left join sign_on_links l on l.account_id = a.id and l.ended_at is null`;

/** The account behind a subject of the provider, locked with its person until the transaction ends. */
export function lockLinked(tx: Tx, issuer: string, subject: Buffer): Promise<LinkedAccount | undefined> {
  return tx.maybe<LinkedAccount>(sql`${ACCOUNT} where l.issuer = ${issuer} and l.subject_hash = ${subject} for update of a, p`);
}

export function lockByUsername(tx: Tx, username: string): Promise<LinkedAccount | undefined> {
  return tx.maybe<LinkedAccount>(sql`${ACCOUNT} where a.username = ${username} for update of a, p`);
}

export async function insertLink(tx: Tx, one: { id: string; accountId: string; issuer: string; subject: Buffer; now: Date }): Promise<void> {
  await tx.run(sql`
    insert into sign_on_links (id, account_id, issuer, subject_hash, linked_at) values (${one.id}, ${one.accountId}, ${one.issuer}, ${one.subject}, ${one.now})`);
  // from now on nobody comes in with a password, so that who leaves the provider leaves the archive
  await tx.run(sql`update accounts set sign_on = true, password_hash = null, state = 'active' where id = ${one.accountId}`);
}

/** Back to passwords: the link ends. 0 where there was none. */
export async function endLink(tx: Tx, accountId: string, now: Date): Promise<number> {
  const ended = await tx.run(sql`update sign_on_links set ended_at = ${now} where account_id = ${accountId} and ended_at is null`);
  if (ended > 0)
    await tx.run(sql`update accounts set sign_on = false, state = case when state = 'active' then 'invited' else state end where id = ${accountId}`);
  return ended;
}

export interface HeldRole {
  id: string;
  role: string;
  origin: string;
  state: 'proposed' | 'active' | 'refused' | 'taken';
  /** Whether a person took it back or refused it. */
  by_hand: boolean;
}

/** Whether somebody holds a role or is proposed for it. */
export const isLive = (one: Pick<HeldRole, 'state'>): boolean => one.state === 'active' || one.state === 'proposed';

/** Every role that an account holds or held. */
export function rolesOf(tx: Tx, accountId: string): Promise<HeldRole[]> {
  return tx.many<HeldRole>(sql`
    select id, role, origin, state, (state = 'refused' or taken_by is not null) as by_hand from role_grants where account_id = ${accountId} order by given_at, id`);
}

export async function moveDepartment(tx: Tx, personId: string, department: string | null): Promise<void> {
  await tx.run(sql`update persons set department = ${department} where id = ${personId}`);
}

export interface NewSignOnSession {
  sessionId: string;
  linkId: string;
  sid: Buffer | null;
  sealed: Buffer;
  now: Date;
  checkAt: Date;
  latestEnd: Date;
  secondFactor: boolean;
}

export async function insertSignOnSession(tx: Tx, one: NewSignOnSession): Promise<void> {
  await tx.run(sql`
    insert into sign_on_sessions (session_id, link_id, sid_hash, tokens_sealed, checked_at, check_at, latest_end)
    values (${one.sessionId}, ${one.linkId}, ${one.sid}, ${one.sealed}, ${one.now}, ${one.checkAt}, ${one.latestEnd})`);
  if (one.secondFactor) await tx.run(sql`update sessions set second_factor_at = ${one.now} where id = ${one.sessionId}`);
}

/** Marks something that works once; false when it was used before. */
export async function useOnce(db: Queryable, key: Buffer, now: Date): Promise<boolean> {
  return (await db.run(sql`insert into sign_on_used (key_hash, used_at) values (${key}, ${now}) on conflict do nothing`)) === 1;
}

export async function forgetUsed(db: Queryable, before: Date): Promise<void> {
  await db.run(sql`delete from sign_on_used where used_at < ${before}`);
}

export interface DueSession {
  session_id: string;
  account_id: string;
  tokens_sealed: Buffer;
}

/** Takes sessions whose check is due; nobody else takes them before `until`. Those that were idle too long are left to end. */
export function takeDue(db: Queryable, now: Date, until: Date, idleSince: Date, limit: number): Promise<DueSession[]> {
  return db.many<DueSession>(sql`
    update sign_on_sessions d set check_at = ${until}
    from (
      select o.session_id from sign_on_sessions o join sessions s on s.id = o.session_id
      where o.check_at <= ${now} and o.tokens_sealed is not null and s.ended_at is null and s.expires_at > ${now} and s.used_at > ${idleSince}
      order by o.check_at limit ${limit} for update of o skip locked) due, sessions s
    where d.session_id = due.session_id and s.id = d.session_id
    returning d.session_id, s.account_id, d.tokens_sealed`);
}

/** The session with its account, locked, if it is still open. */
export async function lockOpenSession(tx: Tx, sessionId: string): Promise<(LinkedAccount & { latest_end: Date }) | undefined> {
  const open = await tx.maybe<{ account_id: string; latest_end: Date }>(sql`
    select s.account_id, o.latest_end from sessions s join sign_on_sessions o on o.session_id = s.id where s.id = ${sessionId} and s.ended_at is null for update of s, o`);
  if (open === undefined) return undefined;
  const account = await tx.one<LinkedAccount>(sql`${ACCOUNT} where a.id = ${open.account_id} for update of a, p`);
  return { ...account, latest_end: open.latest_end };
}

export async function renewSession(tx: Tx, one: { sessionId: string; sealed: Buffer; now: Date; checkAt: Date; expiresAt: Date }): Promise<void> {
  await tx.run(
    sql`update sign_on_sessions set tokens_sealed = ${one.sealed}, checked_at = ${one.now}, check_at = ${one.checkAt} where session_id = ${one.sessionId}`,
  );
  // one that is locked to a visit ends with it at the latest
  await tx.run(sql`update sessions set expires_at = ${one.expiresAt} where id = ${one.sessionId} and locked_to is null`);
}

/** Tokens of sessions that are over, whatever ended them. */
export async function forgetTokens(db: Queryable, now: Date): Promise<number> {
  return db.run(sql`
    update sign_on_sessions o set tokens_sealed = null from sessions s
    where s.id = o.session_id and o.tokens_sealed is not null and (s.ended_at is not null or s.expires_at <= ${now})`);
}

export async function endSignOnSession(tx: Tx, sessionId: string, now: Date): Promise<void> {
  await tx.run(sql`update sessions set ended_at = ${now}, end_reason = 'sign_on' where id = ${sessionId} and ended_at is null`);
  await tx.run(sql`update sign_on_sessions set tokens_sealed = null where session_id = ${sessionId}`);
}

/** Open sessions of a subject, or the one that the provider knows under a session id. */
export function openSessionsOf(
  tx: Tx,
  issuer: string,
  subject: Buffer | null,
  sid: Buffer | null,
): Promise<{ session_id: string; account_id: string; pseudonym: string }[]> {
  return tx.many(sql`
    select o.session_id, s.account_id, p.pseudonym
    from sign_on_links l join sign_on_sessions o on o.link_id = l.id join sessions s on s.id = o.session_id
      join accounts a on a.id = s.account_id join persons p on p.id = a.person_id
    where l.issuer = ${issuer} and s.ended_at is null and (${subject}::bytea is null or l.subject_hash = ${subject}) and (${sid}::bytea is null or o.sid_hash = ${sid})
    for update of s`);
}

/** Whether a session comes from the provider. */
export async function isSignOnSession(db: Queryable, sessionId: string): Promise<boolean> {
  return (await db.maybe(sql`select session_id from sign_on_sessions where session_id = ${sessionId}`)) !== undefined;
}

/** When a session of an account was last locked to a reading on site, of those that are not over since a moment. */
export async function lockedLately(db: Queryable, accountId: string, since: Date): Promise<Date | undefined> {
  const { began } = await db.one<{ began: Date | null }>(sql`
    select max(v.began_at) as began from sessions s join site_visits v on v.id = s.locked_to
    where s.account_id = ${accountId} and (s.ended_at is null or s.ended_at > ${since})`);
  return began ?? undefined;
}

export async function noteSuccess(db: Queryable, issuer: string, now: Date): Promise<void> {
  await db.run(sql`
    insert into sign_on_state (issuer, last_success_at) values (${issuer}, ${now}) on conflict (issuer) do update set last_success_at = excluded.last_success_at`);
}

export async function noteFailure(db: Queryable, issuer: string, code: string, now: Date): Promise<void> {
  await db.run(sql`
    insert into sign_on_state (issuer, last_failure_at, last_failure) values (${issuer}, ${now}, ${code})
    on conflict (issuer) do update set last_failure_at = excluded.last_failure_at, last_failure = excluded.last_failure`);
}

export interface StateRow {
  last_success_at: Date | null;
  last_failure_at: Date | null;
  last_failure: string | null;
}

export function findState(db: Queryable, issuer: string): Promise<StateRow | undefined> {
  return db.maybe<StateRow>(sql`select last_success_at, last_failure_at, last_failure from sign_on_state where issuer = ${issuer}`);
}

export function countsOf(db: Queryable, issuer: string, now: Date): Promise<{ linked: number; open: number }> {
  return db.one(sql`
    select (select count(*)::integer from sign_on_links where issuer = ${issuer} and ended_at is null) as linked,
      (select count(*)::integer from sign_on_sessions o join sessions s on s.id = o.session_id where s.ended_at is null and s.expires_at > ${now}) as open`);
}
