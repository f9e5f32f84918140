import { type Queryable, sql, type Sql } from '../../db/index.js';
import type { Place } from '../page.js';

/**
 * What an account may be listed for, one each: its person left and something of it is still open; its person left; it slept
 * after long disuse; nobody signed in for long; nobody ever claimed its invitation.
 */
export const ACCOUNT_KINDS = ['leaver_open', 'leaver', 'unused', 'sleeping', 'never_claimed'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

export interface AccountRow {
  account_id: string;
  person_id: string;
  name: string;
  department: string | null;
  username: string;
  state: 'invited' | 'active' | 'sleeping' | 'disabled';
  created_at: Date;
  left_at: Date | null;
  /** The last sign-in, or the last use of a session that is still kept. */
  last_use: Date | null;
  /** The last use, else when it was made. */
  since: Date;
  roles: string[];
  sessions: number;
  grants: number;
  kind: AccountKind;
}

/** Every account that is listed, with why: at a time, by the days that the rules call unused. */
export const listedAccounts = (at: Date, unusedDays: number): Sql => sql`
  select x.*, coalesce(x.last_use, x.created_at) as since, case
      when x.left_at is not null and (x.state <> 'disabled' or cardinality(x.roles) > 0 or x.sessions > 0 or x.grants > 0) then 'leaver_open'
      when x.left_at is not null then 'leaver'
      when x.state = 'sleeping' then 'sleeping'
      when x.state = 'active' and coalesce(x.last_use, x.created_at) < ${at}::timestamptz - make_interval(days => ${unusedDays}) then 'unused'
      when x.state = 'invited' and x.created_at < ${at}::timestamptz - make_interval(days => ${unusedDays}) then 'never_claimed'
    end as kind
  from (
    select a.id as account_id, a.person_id, p.display_name as name, p.department, a.username, a.state, a.created_at, p.left_at,
      greatest(a.last_sign_in_at, (select max(s.used_at) from sessions s where s.account_id = a.id)) as last_use,
      coalesce((select array_agg(g.role order by g.role) from role_grants g where g.account_id = a.id and g.state = 'active'), '{}') as roles,
      (select count(*)::int from sessions s where s.account_id = a.id and s.ended_at is null and s.expires_at > ${at}) as sessions,
      (select count(*)::int from grants g where g.person_id = a.person_id and g.state = 'live' and g.ends_at > ${at}) as grants
    from accounts a join persons p on p.id = a.person_id) x`;

/** Listed accounts, longest without use first. */
export function accountRows(
  db: Queryable,
  asked: { at: Date; unusedDays: number; kind?: AccountKind | undefined },
  after: Place | null,
  limit: number | null,
): Promise<AccountRow[]> {
  const of = asked.kind === undefined ? sql`` : sql`and kind = ${asked.kind}`;
  const from = after ? sql`and (since, account_id) > (${after.at}, ${after.id}::uuid)` : sql``;
  const most = limit === null ? sql`` : sql`limit ${limit}`;
  return db.many<AccountRow>(
    sql`select * from (${listedAccounts(asked.at, asked.unusedDays)}) y where kind is not null ${of} ${from} order by since, account_id ${most}`,
  );
}

/** How many accounts are listed, by why. */
export async function countAccounts(db: Queryable, asked: { at: Date; unusedDays: number }): Promise<Record<AccountKind, number>> {
  const rows = await db.many<{ kind: AccountKind; n: number }>(
    sql`select kind, count(*)::int as n from (${listedAccounts(asked.at, asked.unusedDays)}) y where kind is not null group by kind`,
  );
  return Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, rows.find((row) => row.kind === kind)?.n ?? 0])) as Record<AccountKind, number>;
}
