import { join, sql, TRUE, type Queryable, type Sql } from '../../db/index.js';

export interface PersonView {
  personId: string;
  /** How the audit log names this person. */
  pseudonym: string;
  name: string;
  department: string | null;
  leftAt: Date | null;
  accounts: AccountView[];
}

export interface AccountView {
  accountId: string;
  username: string;
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  lastSignInAt: Date | null;
  grants: { grantId: string; role: string; state: 'proposed' | 'active' }[];
}

export interface PeopleFilter {
  text: string | null;
  department: string | null;
  role: string | null;
  state: string | null;
  personId: string | null;
  withLeft: boolean;
  after: { name: string; id: string } | null;
  limit: number;
}

interface Row {
  id: string;
  pseudonym: string;
  display_name: string;
  department: string | null;
  left_at: Date | null;
  accounts: { accountId: string; username: string; state: AccountView['state']; lastSignInAt: string | null; grants: AccountView['grants'] }[];
}

/** `%` and `_` are themselves. */
const contains = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

function conditions(filter: PeopleFilter): Sql[] {
  const list: Sql[] = [];
  if (filter.text !== null) {
    const like = contains(filter.text);
    list.push(
      sql`(p.display_name ilike ${like} or p.pseudonym = ${filter.text} or exists (select from accounts a where a.person_id = p.id and a.username ilike ${like}))`,
    );
  }
  if (filter.department !== null) list.push(sql`p.department = ${filter.department}`);
  if (filter.role !== null)
    list.push(sql`exists (select from role_grants g where g.person_id = p.id and g.role = ${filter.role} and g.state in ('proposed', 'active'))`);
  if (filter.state !== null) list.push(sql`exists (select from accounts a where a.person_id = p.id and a.state = ${filter.state})`);
  if (filter.personId !== null) list.push(sql`p.id = ${filter.personId}`);
  if (!filter.withLeft) list.push(sql`p.left_at is null`);
  if (filter.after !== null) list.push(sql`(p.display_name, p.id) > (${filter.after.name}, ${filter.after.id})`);
  return list;
}

/** A page of people with their accounts and roles, by name. */
export async function listPeopleRows(db: Queryable, filter: PeopleFilter): Promise<PersonView[]> {
  const rows = await db.many<Row>(sql`
    select p.id, p.pseudonym, p.display_name, p.department, p.left_at,
      coalesce((
        select json_agg(json_build_object('accountId', a.id, 'username', a.username, 'state', a.state, 'lastSignInAt', a.last_sign_in_at, 'grants', coalesce((
          select json_agg(json_build_object('grantId', g.id, 'role', g.role, 'state', g.state) order by g.role)
          from role_grants g where g.account_id = a.id and g.state in ('proposed', 'active')), '[]'::json)) order by a.username)
        from accounts a where a.person_id = p.id), '[]'::json) as accounts
    from persons p where ${join(conditions(filter), ' and ', TRUE)}
    order by p.display_name, p.id limit ${filter.limit}`);
  return rows.map((row) => ({
    personId: row.id,
    pseudonym: row.pseudonym,
    name: row.display_name,
    department: row.department,
    leftAt: row.left_at,
    accounts: row.accounts.map((account) => ({ ...account, lastSignInAt: account.lastSignInAt === null ? null : new Date(account.lastSignInAt) })),
  }));
}

/** Names behind pseudonyms, for those who may read the audit log. */
export async function namesOf(db: Queryable, pseudonyms: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.many<{ pseudonym: string; name: string }>(sql`
    select pseudonym, display_name as name from persons where pseudonym = any(${[...pseudonyms]})
    union all select pseudonym, name from tokens where pseudonym = any(${[...pseudonyms]})`);
  return new Map(rows.map((row) => [row.pseudonym, row.name]));
}

/** Names of accounts' persons, for pages that say who did what. */
export async function namesOfAccounts(db: Queryable, accountIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.many<{ id: string; name: string }>(sql`
    select a.id, p.display_name as name from accounts a join persons p on p.id = a.person_id where a.id = any(${[...accountIds]})`);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Who an account belongs to, as pages greet them. */
export function findWho(db: Queryable, accountId: string): Promise<{ name: string; username: string } | undefined> {
  return db.maybe(sql`select p.display_name as name, a.username from accounts a join persons p on p.id = a.person_id where a.id = ${accountId}`);
}

/** How the audit log names a person. */
export async function findPseudonym(db: Queryable, personId: string): Promise<string | undefined> {
  return (await db.maybe<{ pseudonym: string }>(sql`select pseudonym from persons where id = ${personId}`))?.pseudonym;
}

/** Names of persons, for forms that both sides confirmed. */
export async function namesOfPersons(db: Queryable, personIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.many<{ id: string; name: string }>(sql`select id, display_name as name from persons where id = any(${[...personIds]}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Persons who hold one of some roles in force on an account that they can use, with all their roles. */
export async function holdersOf(db: Queryable, roles: readonly string[]): Promise<{ personId: string; roles: string[]; department: string }[]> {
  const rows = await db.many<{ id: string; roles: string[]; department: string }>(sql`
    select p.id, array_agg(distinct g.role) as roles, coalesce(p.department, '') as department
    from persons p join role_grants g on g.person_id = p.id and g.state = 'active' join accounts a on a.id = g.account_id and a.state = 'active'
    where p.left_at is null group by p.id having bool_or(g.role = any(${[...roles]})) order by p.id`);
  return rows.map((row) => ({ personId: row.id, roles: row.roles, department: row.department }));
}
