import { sql, type Queryable, type Tx } from '../../db/index.js';
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

/** The rule in force under which it may be read; `*` means each, `own` the reader's own department. */
export async function standingRuleFor(db: Queryable, asked: ByRole): Promise<string | undefined> {
  const row = await db.maybe<{
    id: string;
  }>(sql`select id from standing_rules s where s.state = 'active' and s.starts_on <= ${asked.at} and s.ends_on > ${asked.at}
    and (s.readers && array['*', ${asked.reader}]::text[]) and (s.departments && array['*', ${asked.department}]::text[]
      or ('own' = any (s.departments) and ${asked.department}::text <> '' and ${asked.department}::text = ${asked.reader}::text))
    and ${asked.type}::text = any (s.types) and ${asked.sensitivity}::text = any (s.sensitivities)
    and (s.purposes && array['*', ${asked.purpose}]::text[]) and (s.states && array['*', ${asked.state}]::text[]) order by id limit 1`);
  return row?.id;
}

export async function lockStanding(tx: Tx): Promise<{ empty: boolean }> {
  await tx.run(sql`select pg_advisory_xact_lock(7104, 70)`);
  return tx.one(sql`select not exists (select from standing_rules) as empty`);
}

export async function insertShipped(tx: Tx, rule: StandingText & { id: string; digest: string; starts: Date; ends: Date; at: Date }): Promise<void> {
  await tx.run(sql`insert into standing_rules (id, name, says_zh, says_en, readers, departments, types, sensitivities, purposes, states, starts_on, ends_on, digest, origin, state,
      proposed_at, activated_at, text_on_record)
    values (${rule.id}, ${rule.name}, ${rule.says.zh}, ${rule.says.en}, ${rule.readers}, ${rule.departments}, ${rule.types}, ${rule.sensitivities}, ${rule.purposes}, ${rule.states},
      ${rule.starts}, ${rule.ends}, ${rule.digest}, 'bootstrap', 'active', ${rule.at}, ${rule.at}, true)`);
}

export interface StandingRow {
  id: string;
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
  state: 'proposed' | 'agreed' | 'active' | 'ended' | 'refused';
  ended_at: Date | null;
}

const COLUMNS = sql`id, says_zh, says_en, readers, departments, types, sensitivities, purposes, states, starts_on, ends_on, state, ended_at`;

export function listRows(db: Queryable, limit: number): Promise<StandingRow[]> {
  return db.many<StandingRow>(sql`select ${COLUMNS} from standing_rules order by proposed_at desc, id limit ${limit}`);
}

export function lockRule(tx: Tx, id: string): Promise<StandingRow | undefined> {
  return tx.maybe<StandingRow>(sql`select ${COLUMNS} from standing_rules where id = ${id} for update`);
}

export async function endRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update standing_rules set state = 'ended', ended_by = ${by}::uuid, ended_at = ${at} where id = ${id}`);
}

/** Rules in force whose text is not yet in the log: those from before it was kept there. */
export function rulesOffRecord(tx: Tx): Promise<(StandingRow & { name: string })[]> {
  return tx.many(sql`select name, ${COLUMNS} from standing_rules where not text_on_record and state <> 'refused' order by id limit 1000`);
}

export async function markOnRecord(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(sql`update standing_rules set text_on_record = true where id = any(${[...ids]})`);
}
