import { sql, type Queryable, type Tx } from '../../db/index.js';
import type { Failures } from './lockout.js';

interface FailureRow {
  failures: number;
  lockouts: number;
  locked_until: Date | null;
  changed_at: Date;
}

/** The failures under a name, locked until the transaction ends; the row is made when there is none. `undefined` when it was just made. */
export async function lockFailures(tx: Tx, nameHash: Buffer, now: Date): Promise<Failures | undefined> {
  // one statement: between two of them a sign-in that went well would forget the row
  const row = await tx.one<FailureRow & { made: boolean }>(sql`
    insert into sign_in_failures as f (name_hash, failures, changed_at) values (${nameHash}, 0, ${now})
    on conflict (name_hash) do update set failures = f.failures
    returning f.failures, f.lockouts, f.locked_until, f.changed_at, f.xmax = 0 as made`);
  return row.made ? undefined : { failures: row.failures, lockouts: row.lockouts, lockedUntil: row.locked_until, changedAt: row.changed_at };
}

export async function saveFailures(tx: Tx, nameHash: Buffer, state: Failures): Promise<void> {
  await tx.run(sql`
    update sign_in_failures set failures = ${state.failures}, lockouts = ${state.lockouts}, locked_until = ${state.lockedUntil}, changed_at = ${state.changedAt}
    where name_hash = ${nameHash}`);
}

export function forgetFailures(tx: Tx, nameHash: Buffer): Promise<number> {
  return tx.run(sql`delete from sign_in_failures where name_hash = ${nameHash}`);
}

/** Removes what no longer matters, so that random names cannot fill the table. */
export function forgetOldFailures(db: Queryable, before: Date): Promise<number> {
  return db.run(sql`delete from sign_in_failures where changed_at < ${before} and (locked_until is null or locked_until < ${before})`);
}

export interface SignInAccount {
  id: string;
  person_id: string;
  pseudonym: string;
  department: string;
  state: string;
  password_hash: string | null;
  roles: string[];
}

const ACCOUNT = sql`
  select a.id, a.person_id, p.pseudonym, coalesce(p.department, '') as department, a.state, a.password_hash,
    array(select g.role from role_grants g where g.account_id = a.id and g.state = 'active' order by g.role) as roles
  from accounts a join persons p on p.id = a.person_id`;

export function findByUsername(db: Queryable, username: string): Promise<SignInAccount | undefined> {
  return db.maybe<SignInAccount>(sql`${ACCOUNT} where a.username = ${username}`);
}

/** The account again, locked, so that what is disabled or changed meanwhile opens no session. */
export async function lockAccount(tx: Tx, id: string): Promise<SignInAccount | undefined> {
  await tx.maybe(sql`select id from accounts where id = ${id} for update`);
  return tx.maybe<SignInAccount>(sql`${ACCOUNT} where a.id = ${id}`);
}

export async function noteSignIn(tx: Tx, accountId: string, now: Date): Promise<void> {
  await tx.run(sql`update accounts set last_sign_in_at = ${now} where id = ${accountId}`);
}
