import { prepared, sql, type Queryable, type Tx } from '../../db/index.js';
import type { StandingText } from './rule.js';

/** What a reading by role is, as standing rules see it. */
export interface ByRole {
  reader: string;
  department: string;
  type: string;
  sensitivity: string;
  purpose: string;
  state: string;
  at: Date;
}

/** The rule in force under which it may be read; `*` means each, `own` the reader's own department. Of one name the version that began last. */
export async function standingRuleFor(db: Queryable, asked: ByRole): Promise<string | undefined> {
  const row = await db.maybe<{
    id: string;
  }>(
    prepared(sql`select id from standing_rules s where s.state = 'active' and s.starts_on <= ${asked.at} and s.ends_on > ${asked.at}
    and not exists (select from standing_rules n where n.name = s.name and n.id <> s.id and n.state = 'active' and n.activated_at > s.activated_at and n.starts_on <= ${asked.at})
    and (s.readers && array['*', ${asked.reader}]::text[]) and (s.departments && array['*', ${asked.department}]::text[]
      or ('own' = any (s.departments) and ${asked.department}::text <> '' and ${asked.department}::text = ${asked.reader}::text))
    and ${asked.type}::text = any (s.types) and ${asked.sensitivity}::text = any (s.sensitivities)
    and (s.purposes && array['*', ${asked.purpose}]::text[]) and (s.states && array['*', ${asked.state}]::text[]) order by id limit 1`),
  );
  return row?.id;
}

export async function lockStanding(tx: Tx): Promise<{ empty: boolean }> {
  await tx.run(sql`select pg_advisory_xact_lock(7104, 70)`);
  return tx.one(sql`select not exists (select from standing_rules) as empty`);
}

export async function insertShipped(
  tx: Tx,
  rule: StandingText & { id: string; zone: string; digest: string; starts: Date; ends: Date; at: Date },
): Promise<void> {
  await tx.run(sql`insert into standing_rules (id, name, says_zh, says_en, readers, departments, types, sensitivities, purposes, states, starts_on, ends_on, zone, digest, origin, state,
      proposed_at, activated_at, text_on_record)
    values (${rule.id}, ${rule.name}, ${rule.says.zh}, ${rule.says.en}, ${rule.readers}, ${rule.departments}, ${rule.types}, ${rule.sensitivities}, ${rule.purposes}, ${rule.states},
      ${rule.starts}, ${rule.ends}, ${rule.zone}, ${rule.digest}, 'bootstrap', 'active', ${rule.at}, ${rule.at}, true)`);
}

export type StandingState = 'proposed' | 'agreed' | 'active' | 'ended' | 'refused';

export interface StandingRow {
  id: string;
  name: string;
  says_zh: string;
  says_en: string;
  readers: string[];
  departments: string[];
  types: string[];
  sensitivities: string[];
  purposes: string[];
  states: string[];
  starts_on: Date;
  ends_on: Date;
  /** By which its days count. */
  zone: string;
  digest: string;
  state: StandingState;
  origin: 'bootstrap' | 'file' | 'proposed';
  change_id: string | null;
  proposed_by: string | null;
  proposed_at: Date;
  agreed_by: string | null;
  agreed_at: Date | null;
  /** The audit administrator's look at its change. */
  seen_by: string | null;
  seen_at: Date | null;
  confirmed_by: string | null;
  activated_at: Date | null;
  ended_by: string | null;
  ended_at: Date | null;
}

const COLUMNS = sql`s.id, s.name, s.says_zh, s.says_en, s.readers, s.departments, s.types, s.sensitivities, s.purposes, s.states, s.starts_on, s.ends_on, s.zone, s.digest, s.state, s.origin,
  s.change_id, s.proposed_by, s.proposed_at, s.agreed_by, s.agreed_at, c.seen_by, c.seen_at, s.confirmed_by, s.activated_at, s.ended_by, s.ended_at`;
const FROM = sql`standing_rules s left join pending_changes c on c.id = s.change_id`;

const WHICH = {
  active: sql`and s.state = 'active'`,
  waiting: sql`and s.state in ('proposed', 'agreed')`,
  over: sql`and s.state in ('ended', 'refused')`,
} as const;

export function pageOfRules(
  db: Queryable,
  options: { which: keyof typeof WHICH | undefined; after: { at: Date; id: string } | null; limit: number },
): Promise<StandingRow[]> {
  const { which, after } = options;
  return db.many<StandingRow>(sql`select ${COLUMNS} from ${FROM} where true ${which === undefined ? sql`` : WHICH[which]}
    ${after ? sql`and (date_trunc('milliseconds', s.proposed_at) < ${after.at} or (date_trunc('milliseconds', s.proposed_at) = ${after.at} and s.id > ${after.id}))` : sql``}
    order by date_trunc('milliseconds', s.proposed_at) desc, s.id limit ${options.limit}`);
}

export function findRule(db: Queryable, id: string): Promise<StandingRow | undefined> {
  return db.maybe<StandingRow>(sql`select ${COLUMNS} from ${FROM} where s.id = ${id}`);
}

export function lockRule(tx: Tx, id: string): Promise<StandingRow | undefined> {
  return tx.maybe<StandingRow>(sql`select ${COLUMNS} from ${FROM} where s.id = ${id} for update of s`);
}

/** The version of a name that acts at a moment. */
export function inForceNow(db: Queryable, name: string, at: Date): Promise<StandingRow | undefined> {
  return db.maybe<StandingRow>(
    sql`select ${COLUMNS} from ${FROM} where s.name = ${name} and s.state = 'active' and s.starts_on <= ${at} and s.ends_on > ${at} order by s.activated_at desc limit 1`,
  );
}

/** Versions of a name that were confirmed before this one and are in force, locked; what was confirmed later follows it on its own day. */
export async function confirmedBefore(tx: Tx, name: string, id: string): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`select o.id from standing_rules o join standing_rules s on s.id = ${id}
    where o.name = ${name} and o.id <> s.id and o.state = 'active' and (s.activated_at is null or o.activated_at < s.activated_at) order by o.id for update of o`);
  return rows.map((row) => row.id);
}

/** How many readings were opened under a rule since a moment, counted up to a limit. */
export async function readingsUnder(db: Queryable, id: string, since: Date, limit: number): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from (select from readings where standing_rule = ${id} and opened_at >= ${since} limit ${limit}) r`,
  );
  return n;
}

/** Rules that wait for somebody: those to agree to, and those that were seen and that he had no hand in. */
export async function countWaiting(db: Queryable, person: string | null, may: { agree: boolean; confirm: boolean }): Promise<number> {
  const { n } = await db.one<{
    n: number;
  }>(sql`select count(*)::int as n from ${FROM} where (${may.agree} and s.state = 'proposed' and s.proposed_by is distinct from ${person}::uuid)
    or (${may.confirm} and s.state = 'agreed' and c.seen_at is not null and not (coalesce(${person}::uuid = any (array[s.proposed_by, s.agreed_by, c.seen_by]), false)))`);
  return n;
}

const noSuccessor = sql`not exists (select from standing_rules n where n.name = s.name and n.state in ('proposed', 'agreed', 'active') and n.ends_on > s.ends_on)`;

/** Rules that are over soon and that nothing follows. */
export async function countEnding(db: Queryable, at: Date, by: Date): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from standing_rules s where s.state = 'active' and s.ends_on <= ${by} and s.ends_on > ${at} and ${noSuccessor}`,
  );
  return n;
}

export async function lockEnding(tx: Tx, by: Date): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`select s.id from standing_rules s where s.state = 'active' and s.ends_on <= ${by} and s.reminded_at is null and ${noSuccessor} order by s.id for update of s skip locked`,
  );
  return rows.map((row) => row.id);
}

export async function markStandingReminded(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  await tx.run(sql`update standing_rules set reminded_at = ${at} where id = any (${[...ids]}::text[])`);
}

/** Rules whose last day has passed, locked. */
export async function lockOver(tx: Tx, at: Date): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`select id from standing_rules where state = 'active' and ends_on <= ${at} order by id limit 200 for update skip locked`,
  );
  return rows.map((row) => row.id);
}

/** Rules that have begun while an older version of their name still stands as in force. */
export function begunBeside(tx: Tx, at: Date): Promise<{ id: string; name: string }[]> {
  return tx.many(sql`select distinct on (s.name) s.id, s.name from standing_rules s where s.state = 'active' and s.starts_on <= ${at}
    and exists (select from standing_rules o where o.name = s.name and o.id <> s.id and o.state = 'active' and o.activated_at < s.activated_at)
    order by s.name, s.activated_at desc`);
}

export async function lastNumber(tx: Tx, name: string): Promise<number> {
  const { n } = await tx.one<{ n: number }>(sql`select coalesce(max(split_part(id, '.', 2)::int), 0) as n from standing_rules where name = ${name}`);
  return n;
}

/** Those of some codes that no open department has. */
export async function unknownDepartments(tx: Tx, codes: readonly string[]): Promise<string[]> {
  const rows = await tx.many<{ code: string }>(
    sql`select code from unnest(${[...codes]}::text[]) code where not exists (select from departments d where d.code = code.code and d.closed_at is null)`,
  );
  return rows.map((row) => row.code);
}

export async function insertProposed(
  tx: Tx,
  rule: StandingText & { id: string; zone: string; changeId: string; digest: string; starts: Date; ends: Date; by: string; at: Date },
): Promise<void> {
  await tx.run(sql`insert into standing_rules (id, name, says_zh, says_en, readers, departments, types, sensitivities, purposes, states, starts_on, ends_on, zone, digest, origin, state,
      change_id, proposed_by, proposed_at, text_on_record)
    values (${rule.id}, ${rule.name}, ${rule.says.zh}, ${rule.says.en}, ${rule.readers}, ${rule.departments}, ${rule.types}, ${rule.sensitivities}, ${rule.purposes}, ${rule.states},
      ${rule.starts}, ${rule.ends}, ${rule.zone}, ${rule.digest}, 'proposed', 'proposed', ${rule.changeId}, ${rule.by}, ${rule.at}, true)`);
}

export async function agreeRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update standing_rules set state = 'agreed', agreed_by = ${by}::uuid, agreed_at = ${at} where id = ${id}`);
}

/** In force, with the look that the audit administrator took at its change. */
export async function confirmRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update standing_rules s set state = 'active', confirmed_by = ${by}::uuid, activated_at = ${at}, seen_by = c.seen_by, seen_at = c.seen_at
    from pending_changes c where c.id = s.change_id and s.id = ${id}`);
}

export async function refuseRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update standing_rules set state = 'refused', ended_by = ${by}::uuid, ended_at = ${at} where id = ${id}`);
}

export async function endRules(tx: Tx, ids: readonly string[], by: string | null, at: Date): Promise<void> {
  await tx.run(sql`update standing_rules set state = 'ended', ended_by = ${by}::uuid, ended_at = ${at} where id = any (${[...ids]}::text[])`);
}

/** Rules in force whose text is not yet in the log: those from before it was kept there. */
export function rulesOffRecord(tx: Tx): Promise<StandingRow[]> {
  return tx.many(sql`select ${COLUMNS} from ${FROM} where not s.text_on_record and s.state <> 'refused' order by s.id limit 1000`);
}

export async function markOnRecord(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(sql`update standing_rules set text_on_record = true where id = any(${[...ids]})`);
}
