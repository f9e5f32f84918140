import { sql, type Queryable } from '../../../db/index.js';

export interface GrantHistory {
  grantId: string;
  accountId: string;
  role: string;
  state: 'proposed' | 'active' | 'refused' | 'taken';
  origin: 'given' | 'bootstrap' | 'demo' | 'sign_on';
  givenBy: { personId: string; name: string } | null;
  givenAt: Date;
  decidedBy: { personId: string; name: string } | null;
  decidedAt: Date | null;
  takenBy: { personId: string; name: string } | null;
  takenAt: Date | null;
  /** Whether the audit administrator has seen it before it acts. */
  seen: boolean;
}

type Who<K extends string> = { [P in `${K}_by`]: string | null } & { [P in `${K}_name`]: string | null } & { [P in `${K}_at`]: Date | null };
type Row = {
  id: string;
  account_id: string;
  role: string;
  state: GrantHistory['state'];
  origin: GrantHistory['origin'];
  given_at: Date;
  seen: boolean;
} & Who<'decided'> &
  Who<'taken'> & { given_by: string | null; given_name: string | null };

const who = (personId: string | null, name: string | null): { personId: string; name: string } | null =>
  personId === null ? null : { personId, name: name ?? '' };

/** Every role a person was ever given, newest first, with who gave, decided and took it. */
export async function grantsOf(db: Queryable, personId: string): Promise<GrantHistory[]> {
  const rows = await db.many<Row>(sql`
    select g.id, g.account_id, g.role, g.state, g.origin, g.given_by, giver.display_name as given_name, g.given_at,
      g.decided_by, decider.display_name as decided_name, g.decided_at, g.taken_by, taker.display_name as taken_name, g.taken_at,
      exists (select from pending_changes c where c.id = g.id and c.seen_at is not null) as seen
    from role_grants g left join persons giver on giver.id = g.given_by left join persons decider on decider.id = g.decided_by left join persons taker on taker.id = g.taken_by
    where g.person_id = ${personId} order by g.given_at desc, g.id desc limit 500`);
  return rows.map((row) => ({
    grantId: row.id,
    accountId: row.account_id,
    role: row.role,
    state: row.state,
    origin: row.origin,
    givenBy: who(row.given_by, row.given_name),
    givenAt: row.given_at,
    decidedBy: who(row.decided_by, row.decided_name),
    decidedAt: row.decided_at,
    takenBy: who(row.taken_by, row.taken_name),
    takenAt: row.taken_at,
    seen: row.seen,
  }));
}

export interface PersonSession {
  sessionId: string;
  accountId: string;
  createdAt: Date;
  usedAt: Date;
}

/** The open sessions of all accounts of a person; without devices and addresses, which are nobody else's business. */
export async function sessionsOf(db: Queryable, personId: string, idleSince: Date, now: Date): Promise<PersonSession[]> {
  const rows = await db.many<{ id: string; account_id: string; created_at: Date; used_at: Date }>(sql`
    select s.id, s.account_id, s.created_at, s.used_at from sessions s join accounts a on a.id = s.account_id
    where a.person_id = ${personId} and s.ended_at is null and s.used_at >= ${idleSince} and s.expires_at > ${now}
    order by s.used_at desc, s.id limit 200`);
  return rows.map((row) => ({ sessionId: row.id, accountId: row.account_id, createdAt: row.created_at, usedAt: row.used_at }));
}

/** Which of some names are locked now. */
export async function lockedNames(db: Queryable, nameHashes: readonly Buffer[], now: Date): Promise<Buffer[]> {
  const rows = await db.many<{ name_hash: Buffer }>(
    sql`select name_hash from sign_in_failures where name_hash = any(${[...nameHashes]}::bytea[]) and locked_until > ${now}`,
  );
  return rows.map((row) => row.name_hash);
}
