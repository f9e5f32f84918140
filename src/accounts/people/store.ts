import { constraintOf, sql, type Queryable, type Tx } from '../../db/index.js';

export interface NewPerson {
  id: string;
  pseudonym: string;
  name: string;
  department: string | null;
  now: Date;
}

export async function insertPerson(tx: Tx, person: NewPerson): Promise<void> {
  await tx.run(sql`
    insert into persons (id, pseudonym, display_name, department, created_at)
    values (${person.id}, ${person.pseudonym}, ${person.name}, ${person.department}, ${person.now})`);
}

export interface NewAccount {
  id: string;
  personId: string;
  username: string;
  /** `null`: invited, the password comes with the claim. */
  passwordHash: string | null;
  now: Date;
}

export async function insertAccount(tx: Tx, account: NewAccount): Promise<void> {
  const active = account.passwordHash !== null;
  await tx.run(sql`
    insert into accounts (id, person_id, username, state, password_hash, password_set_at, created_at)
    values (${account.id}, ${account.personId}, ${account.username}, ${active ? 'active' : 'invited'}, ${account.passwordHash}, ${active ? account.now : null}, ${account.now})`);
}

export const isTakenName = (error: unknown): boolean => constraintOf(error) === 'accounts_username_key';

export interface AccountRow {
  id: string;
  person_id: string;
  pseudonym: string;
  username: string;
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  password_hash: string | null;
}

/** Sets a password by invitation and wakes the account; nothing for a disabled one. */
export async function setPasswordHash(tx: Tx, accountId: string, hash: string, now: Date): Promise<AccountRow | undefined> {
  return tx.maybe<AccountRow>(sql`
    update accounts a set password_hash = ${hash}, password_set_at = ${now}, state = 'active'
    from persons p where a.id = ${accountId} and a.state <> 'disabled' and p.id = a.person_id
    returning a.id, a.person_id, p.pseudonym, a.username, a.state, a.password_hash`);
}

/** An account with its person, locked until the transaction ends. */
export function lockAccountRow(tx: Tx, id: string): Promise<AccountRow | undefined> {
  return tx.maybe<AccountRow>(sql`
    select a.id, a.person_id, p.pseudonym, a.username, a.state, a.password_hash
    from accounts a join persons p on p.id = a.person_id where a.id = ${id} for update of a`);
}

export async function setAccountState(tx: Tx, id: string, state: AccountRow['state']): Promise<void> {
  await tx.run(sql`update accounts set state = ${state} where id = ${id}`);
}

export async function changePassword(tx: Tx, id: string, hash: string, now: Date): Promise<void> {
  await tx.run(sql`update accounts set password_hash = ${hash}, password_set_at = ${now} where id = ${id}`);
}

export interface PersonRow {
  id: string;
  pseudonym: string;
  display_name: string;
  department: string | null;
  left_at: Date | null;
}

export function lockPerson(tx: Tx, id: string): Promise<PersonRow | undefined> {
  return tx.maybe<PersonRow>(sql`select id, pseudonym, display_name, department, left_at from persons where id = ${id} for update`);
}

export async function updatePerson(tx: Tx, person: { id: string; name: string; department: string | null }): Promise<void> {
  await tx.run(sql`update persons set display_name = ${person.name}, department = ${person.department} where id = ${person.id}`);
}

/** Marks a person as gone and disables all their accounts; the ids of those. */
export async function leavePerson(tx: Tx, id: string, now: Date): Promise<string[]> {
  await tx.run(sql`update persons set left_at = ${now} where id = ${id}`);
  const rows = await tx.many<{ id: string }>(sql`update accounts set state = 'disabled' where person_id = ${id} returning id`);
  return rows.map((row) => row.id);
}

/** Whether a department is there and open; locked against closing meanwhile. */
export async function isOpenDepartment(tx: Tx, code: string): Promise<boolean> {
  return (await tx.maybe(sql`select code from departments where code = ${code} and closed_at is null for share`)) !== undefined;
}

/** Administrator's roles that nobody else could act in, were these accounts gone. Locks the grants looked at. */
export async function lastAdministratorRoles(tx: Tx, accountIds: readonly string[]): Promise<string[]> {
  const ids = [...accountIds];
  await tx.run(sql`
    select g.id from role_grants g where g.state = 'active' and g.role in ('system_admin', 'security_admin', 'audit_admin') order by g.id for update`);
  const rows = await tx.many<{ role: string }>(sql`
    select distinct mine.role from role_grants mine
    where mine.account_id = any(${ids}) and mine.state = 'active' and mine.role in ('system_admin', 'security_admin', 'audit_admin')
      and not exists (
        select from role_grants other join accounts a on a.id = other.account_id
        where other.role = mine.role and other.state = 'active' and a.state = 'active' and other.account_id <> all(${ids}))`);
  return rows.map((row) => row.role);
}

export interface Sleeper {
  id: string;
  pseudonym: string;
}

/**
 * Puts accounts to sleep that nobody used since `before`. The most recently used account of each administrator's role stays
 * awake, because without it nobody could wake the others.
 */
export function sleepAccounts(tx: Tx, before: Date): Promise<Sleeper[]> {
  return tx.many<Sleeper>(sql`
    with kept as (
      select distinct on (g.role) a.id from role_grants g join accounts a on a.id = g.account_id
      where g.state = 'active' and a.state = 'active' and g.role in ('system_admin', 'security_admin', 'audit_admin')
      order by g.role, coalesce(a.last_sign_in_at, a.password_set_at, a.created_at) desc, a.id)
    update accounts a set state = 'sleeping' from persons p
    where p.id = a.person_id and a.state = 'active' and coalesce(a.last_sign_in_at, a.password_set_at, a.created_at) < ${before}
      and coalesce(a.password_set_at, a.created_at) < ${before} and a.id not in (select id from kept)
    returning a.id, p.pseudonym`);
}

export async function accountsOf(db: Queryable, personId: string): Promise<string[]> {
  return (await db.many<{ id: string }>(sql`select id from accounts where person_id = ${personId}`)).map((row) => row.id);
}
