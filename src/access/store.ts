import { sql, type Queryable, type Tx } from '../db/index.js';

/** A key of two numbers, which no lock of one number can meet. */
const LOCK = sql`7104, 20`;

export type PolicyState = 'proposed' | 'agreed' | 'active' | 'superseded' | 'refused';

export interface PolicyRow {
  id: string;
  digest: string;
  canonical: string;
  profile: string;
  state: PolicyState;
  origin: 'bootstrap' | 'proposed';
  proposed_at: Date;
  agreed_by: string | null;
  agreed_at: Date | null;
  confirmed_by: string | null;
  activated_at: Date | null;
  ended_at: Date | null;
}

const COLUMNS = sql`id, digest, canonical, profile, state, origin, proposed_at, agreed_by, agreed_at, confirmed_by, activated_at, ended_at`;

/** One process at a time looks whether the shipped rules are new. */
export async function lockPolicies(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
}

export function findActive(db: Queryable): Promise<PolicyRow | undefined> {
  return db.maybe<PolicyRow>(sql`select ${COLUMNS} from policy_versions where name = 'roles' and state = 'active'`);
}

export function lockWaiting(tx: Tx): Promise<PolicyRow | undefined> {
  return tx.maybe<PolicyRow>(sql`select ${COLUMNS} from policy_versions where name = 'roles' and state in ('proposed', 'agreed') for update`);
}

export function lockVersion(tx: Tx, id: string): Promise<PolicyRow | undefined> {
  return tx.maybe<PolicyRow>(sql`select ${COLUMNS} from policy_versions where id = ${id} for update`);
}

export async function anyVersion(tx: Tx): Promise<boolean> {
  return (await tx.maybe(sql`select id from policy_versions where name = 'roles' limit 1`)) !== undefined;
}

/** All versions without their texts, newest first. */
export function listVersions(db: Queryable): Promise<Omit<PolicyRow, 'canonical'>[]> {
  return db.many(sql`
    select id, digest, profile, state, origin, proposed_at, agreed_by, agreed_at, confirmed_by, activated_at, ended_at
    from policy_versions where name = 'roles' order by proposed_at desc, id desc limit 200`);
}

export interface NewVersion {
  id: string;
  digest: string;
  canonical: string;
  profile: string;
  bootstrap: boolean;
  now: Date;
}

export async function insertVersion(tx: Tx, one: NewVersion): Promise<void> {
  await tx.run(sql`
    insert into policy_versions (id, name, digest, canonical, profile, state, origin, proposed_at, activated_at, text_on_record)
    values (${one.id}, 'roles', ${one.digest}, ${one.canonical}, ${one.profile}, ${one.bootstrap ? 'active' : 'proposed'}, ${one.bootstrap ? 'bootstrap' : 'proposed'},
      ${one.now}, ${one.bootstrap ? one.now : null}, true)`);
}

export async function agreeVersion(tx: Tx, id: string, by: string, now: Date): Promise<void> {
  await tx.run(sql`update policy_versions set state = 'agreed', agreed_by = ${by}, agreed_at = ${now} where id = ${id}`);
}

/** The former version ends first: at no moment do two act. */
export async function activateVersion(tx: Tx, id: string, by: string, now: Date): Promise<void> {
  await tx.run(sql`update policy_versions set state = 'superseded', ended_at = ${now} where name = 'roles' and state = 'active'`);
  await tx.run(sql`update policy_versions set state = 'active', confirmed_by = ${by}, activated_at = ${now} where id = ${id}`);
}

export async function endVersion(tx: Tx, id: string, state: 'superseded' | 'refused', by: string | null, now: Date): Promise<void> {
  await tx.run(sql`update policy_versions set state = ${state}, refused_by = ${by}, ended_at = ${now} where id = ${id}`);
}

/** Tells every process, with the commit, that another version acts. */
export async function tellActivated(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_notify('lantai_policies', '')`);
}

/** Versions whose text is not yet in the log: those from before it was kept there. */
export function versionsOffRecord(tx: Tx): Promise<{ id: string; digest: string; canonical: string }[]> {
  return tx.many(sql`select id, digest, canonical from policy_versions where not text_on_record order by proposed_at, id limit 1000`);
}

export async function markOnRecord(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(sql`update policy_versions set text_on_record = true where id = any(${[...ids]}::uuid[])`);
}
