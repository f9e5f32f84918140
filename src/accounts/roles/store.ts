import type { PersonRole } from '../../access/index.js';
import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface NewGrant {
  id: string;
  accountId: string;
  personId: string;
  role: PersonRole;
  state: 'proposed' | 'active';
  origin: 'given' | 'bootstrap' | 'demo' | 'sign_on';
  givenBy: string | null;
  now: Date;
}

export async function insertGrant(tx: Tx, grant: NewGrant): Promise<void> {
  await tx.run(sql`
    insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at)
    values (${grant.id}, ${grant.accountId}, ${grant.personId}, ${grant.role}, ${grant.state}, ${grant.origin}, ${grant.givenBy}, ${grant.now})`);
}

export interface GrantRow {
  id: string;
  account_id: string;
  person_id: string;
  pseudonym: string;
  role: PersonRole;
  state: 'proposed' | 'active' | 'refused' | 'taken';
  given_by: string | null;
}

export function lockGrant(tx: Tx, id: string): Promise<GrantRow | undefined> {
  return tx.maybe<GrantRow>(sql`
    select g.id, g.account_id, g.person_id, p.pseudonym, g.role, g.state, g.given_by
    from role_grants g join persons p on p.id = g.person_id where g.id = ${id} for update of g`);
}

export async function decideGrant(tx: Tx, id: string, state: 'active' | 'refused', by: string, now: Date): Promise<void> {
  await tx.run(sql`update role_grants set state = ${state}, decided_by = ${by}, decided_at = ${now} where id = ${id}`);
}

/** @param by `null`: gone from the groups of single sign-on */
export async function takeGrant(tx: Tx, id: string, by: string | null, now: Date): Promise<void> {
  await tx.run(sql`update role_grants set state = 'taken', taken_by = ${by}, taken_at = ${now} where id = ${id}`);
}

/** Roles a person holds or is proposed for, over all accounts; the person's row is locked, so that two givers wait for each other. */
export async function rolesOfPerson(tx: Tx, personId: string): Promise<string[]> {
  await tx.maybe(sql`select id from persons where id = ${personId} for update`);
  const rows = await tx.many<{ role: string }>(sql`select distinct role from role_grants where person_id = ${personId} and state in ('proposed', 'active')`);
  return rows.map((row) => row.role);
}

export interface WaitingGrant {
  id: string;
  role: PersonRole;
  accountId: string;
  username: string;
  displayName: string;
  /** `null`: proposed by a group of single sign-on. */
  givenBy: string | null;
  givenByName: string | null;
  givenAt: Date;
  /** Whether the audit administrator has seen it; it can be confirmed only then. */
  seen: boolean;
}

/** Grants that wait for a second person, oldest first. */
export async function waitingGrants(db: Queryable, limit: number): Promise<WaitingGrant[]> {
  const rows = await db.many<{
    id: string;
    role: PersonRole;
    account_id: string;
    username: string;
    display_name: string;
    given_by: string | null;
    giver: string | null;
    given_at: Date;
    seen: boolean;
  }>(sql`
    select g.id, g.role, g.account_id, a.username, p.display_name, g.given_by, giver.display_name as giver, g.given_at,
      exists (select from pending_changes c where c.id = g.id and c.seen_at is not null) as seen
    from role_grants g join accounts a on a.id = g.account_id join persons p on p.id = g.person_id left join persons giver on giver.id = g.given_by
    where g.state = 'proposed' order by g.given_at, g.id limit ${limit}`);
  return rows.map((row) => ({
    id: row.id,
    role: row.role,
    accountId: row.account_id,
    username: row.username,
    displayName: row.display_name,
    givenBy: row.given_by,
    givenByName: row.giver,
    givenAt: row.given_at,
    seen: row.seen,
  }));
}

/** Every person with an active account and the roles in force, for the question whether the staffing is enough. */
export async function staffed(db: Queryable): Promise<{ personId: string; roles: string[] }[]> {
  const rows = await db.many<{ person_id: string; roles: string[] }>(sql`
    select g.person_id, array_agg(distinct g.role) as roles from role_grants g join accounts a on a.id = g.account_id
    where g.state = 'active' and a.state = 'active' group by g.person_id`);
  return rows.map((row) => ({ personId: row.person_id, roles: row.roles }));
}
