import { type Queryable, sql, type Tx } from '../../db/index.js';

/** Kinds of rule files that live like scheme and schedule and that modules further right understand. */
export const MORE_RULE_KINDS = ['signals', 'calendar', 'disposition', 'oversight'] as const;
export type MoreRuleKind = (typeof MORE_RULE_KINDS)[number];
export type RuleKind = 'scheme' | 'schedule' | MoreRuleKind;
export type RuleState = 'proposed' | 'agreed' | 'active' | 'superseded' | 'refused';

export interface RuleRow {
  id: string;
  kind: RuleKind;
  name: string;
  digest: string;
  state: RuleState;
  first_seen: Date;
  agreed_by: string | null;
  confirmed_by: string | null;
  activated_at: Date | null;
  ended_at: Date | null;
  /** Of a schedule: whether it may keep some record less long, so that compliance is asked too. */
  shortens: boolean;
  consented_by: string | null;
}

const COLUMNS = sql`id, kind, name, digest, state, first_seen, agreed_by, confirmed_by, activated_at, ended_at, shortens, consented_by`;
/** A key of two numbers, which no lock of one number can meet. */
const LOCK = sql`7104, 46`;

/** One process at a time looks whether a shipped file is new. */
export async function lockRules(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
}

export function ruleFiles(db: Queryable): Promise<RuleRow[]> {
  return db.many<RuleRow>(sql`select ${COLUMNS} from rule_files order by first_seen desc, name desc`);
}

/** Name of the version that acts; `undefined` before the first start. */
export async function actingRule(db: Queryable, kind: RuleKind): Promise<string | undefined> {
  return (await db.maybe<{ name: string }>(sql`select name from rule_files where kind = ${kind} and state = 'active'`))?.name;
}

export function lockRule(tx: Tx, id: string): Promise<RuleRow | undefined> {
  return tx.maybe<RuleRow>(sql`select ${COLUMNS} from rule_files where id = ${id} for update`);
}

export interface NewRule {
  kind: RuleKind;
  name: string;
  digest: string;
  canonical: string;
  entry: string;
  state: 'active' | 'superseded' | 'proposed';
  at: Date;
  shortens: boolean;
}

/** Gives the row's id. */
export async function insertRule(tx: Tx, one: NewRule): Promise<string> {
  const bootstrap = one.state !== 'proposed';
  const { id } = await tx.one<{
    id: string;
  }>(sql`insert into rule_files (kind, name, digest, canonical, entry_id, first_seen, state, origin, activated_at, shortens)
    values (${one.kind}, ${one.name}, ${one.digest}, ${one.canonical}, ${one.entry}, ${one.at}, ${one.state}, ${bootstrap ? 'bootstrap' : 'proposed'}, ${one.state === 'active' ? one.at : null}, ${one.shortens}) returning id`);
  return id;
}

/** Versions whose text is not yet in the log: new ones, and those from before it was kept there. */
export function rulesOffRecord(tx: Tx): Promise<{ id: string; kind: RuleKind; name: string; canonical: string }[]> {
  return tx.many(sql`select id, kind, name, canonical from rule_files where not text_on_record order by first_seen, id limit 1000`);
}

export async function markOnRecord(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(sql`update rule_files set text_on_record = true where id = any (${[...ids]}::uuid[])`);
}

export async function agreeRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update rule_files set state = 'agreed', agreed_by = ${by}, agreed_at = ${at} where id = ${id}`);
}

export async function consentRule(tx: Tx, id: string, by: string, at: Date): Promise<void> {
  await tx.run(sql`update rule_files set consented_by = ${by}, consented_at = ${at} where id = ${id}`);
}

/** The former version ends first: at no moment do two act. */
export async function activateRule(tx: Tx, row: RuleRow, by: string, at: Date): Promise<void> {
  await tx.run(sql`update rule_files set state = 'superseded', ended_at = ${at} where kind = ${row.kind} and state = 'active'`);
  await tx.run(sql`update rule_files set state = 'active', confirmed_by = ${by}, activated_at = ${at} where id = ${row.id}`);
}

export async function endRule(tx: Tx, id: string, state: 'superseded' | 'refused', by: string | null, at: Date): Promise<void> {
  await tx.run(sql`update rule_files set state = ${state}, refused_by = ${by}, ended_at = ${at} where id = ${id}`);
}

/** Tells every process, with the commit, that another version acts. */
export async function tellActivated(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_notify('lantai_rules', '')`);
}
