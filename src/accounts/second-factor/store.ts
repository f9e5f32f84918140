import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface FactorRow {
  id: string;
  secret_sealed: Buffer;
  session_id: string | null;
  created_at: Date;
  confirmed_at: Date | null;
  last_step: bigint | null;
}

const FACTOR = sql`select id, secret_sealed, session_id, created_at, confirmed_at, last_step from second_factors`;

/** The factor of an account that is in use. */
export function findLive(db: Queryable, accountId: string): Promise<FactorRow | undefined> {
  return db.maybe<FactorRow>(sql`${FACTOR} where account_id = ${accountId} and confirmed_at is not null and ended_at is null`);
}

/** The factor of an account that was begun and not confirmed yet. */
export function findBegun(db: Queryable, accountId: string): Promise<FactorRow | undefined> {
  return db.maybe<FactorRow>(sql`${FACTOR} where account_id = ${accountId} and confirmed_at is null and ended_at is null`);
}

export interface NewFactor {
  id: string;
  accountId: string;
  sealed: Buffer;
  sessionId: string | null;
  confirmed: boolean;
  now: Date;
}

export async function insertFactor(tx: Tx, one: NewFactor): Promise<void> {
  await tx.run(sql`
    insert into second_factors (id, account_id, secret_sealed, session_id, created_at, confirmed_at)
    values (${one.id}, ${one.accountId}, ${one.sealed}, ${one.sessionId}, ${one.now}, ${one.confirmed ? one.now : null})`);
}

export type FactorEnd = 'abandoned' | 'replaced' | 'removed' | 'reset';

/** Ends what an account has begun (`abandoned`) or has in use (any other reason), and what hangs on it; the secret is gone with it. */
export async function endFactors(tx: Tx, accountId: string, reason: FactorEnd, now: Date, resetId: string | null = null): Promise<number> {
  const begun = reason === 'abandoned';
  const ended = await tx.many<{ id: string }>(sql`
    update second_factors set ended_at = ${now}, end_reason = ${reason}, reset_id = ${resetId}, secret_sealed = null
    where account_id = ${accountId} and ended_at is null and (confirmed_at is null) = ${begun} returning id`);
  await tx.run(sql`
    update recovery_codes set ended_at = ${now} where factor_id = any(${ended.map((one) => one.id)}) and used_at is null and ended_at is null`);
  return ended.length;
}

/** Confirms what was begun, once. */
export function confirmFactor(tx: Tx, id: string, step: number, now: Date): Promise<number> {
  return tx.run(sql`
    update second_factors set confirmed_at = ${now}, last_step = ${step} where id = ${id} and confirmed_at is null and ended_at is null`);
}

/** Takes a step for good, so that no code of it or of an earlier one works again; 0 when somebody was faster. */
export function takeStep(tx: Tx, id: string, step: number): Promise<number> {
  return tx.run(sql`
    update second_factors set last_step = ${step}
    where id = ${id} and confirmed_at is not null and ended_at is null and (last_step is null or last_step < ${step})`);
}

export async function insertRecoveryCodes(tx: Tx, factorId: string, hashes: readonly Buffer[], now: Date): Promise<void> {
  await tx.run(sql`
    insert into recovery_codes (factor_id, code_hash, made_at) select ${factorId}, hash, ${now} from unnest(${[...hashes]}::bytea[]) as t (hash)`);
}

/** Voids the codes of a factor that were not used. */
export function endRecoveryCodes(tx: Tx, factorId: string, now: Date): Promise<number> {
  return tx.run(sql`update recovery_codes set ended_at = ${now} where factor_id = ${factorId} and used_at is null and ended_at is null`);
}

/** Uses a recovery code up; 0 when there is none such, or it was used. */
export function useRecoveryCode(tx: Tx, factorId: string, hash: Buffer, now: Date): Promise<number> {
  return tx.run(sql`
    update recovery_codes set used_at = ${now} where factor_id = ${factorId} and code_hash = ${hash} and used_at is null and ended_at is null`);
}

export async function recoveryCodesLeft(db: Queryable, factorId: string): Promise<number> {
  const row = await db.one<{ left: number }>(
    sql`select count(*)::int as left from recovery_codes where factor_id = ${factorId} and used_at is null and ended_at is null`,
  );
  return row.left;
}

/** Notes that the second factor was shown in a session; 0 when it has ended. */
export function markFactorShown(tx: Tx, sessionId: string, now: Date): Promise<number> {
  return tx.run(sql`update sessions set second_factor_at = ${now}, shown_at = ${now} where id = ${sessionId} and ended_at is null`);
}

/** Notes that the password was shown again in a session; 0 when it has ended. */
export function markPasswordShown(tx: Tx, sessionId: string, now: Date): Promise<number> {
  return tx.run(sql`update sessions set shown_at = ${now} where id = ${sessionId} and ended_at is null`);
}

/** Nothing was shown in any session of an account any more. */
export function forgetFactorShown(tx: Tx, accountId: string): Promise<number> {
  return tx.run(sql`update sessions set second_factor_at = null where account_id = ${accountId} and ended_at is null and second_factor_at is not null`);
}

export async function insertReset(tx: Tx, one: { id: string; accountId: string; personId: string; by: string; now: Date }): Promise<void> {
  await tx.run(sql`
    insert into second_factor_resets (id, account_id, person_id, proposed_by, proposed_at)
    values (${one.id}, ${one.accountId}, ${one.personId}, ${one.by}, ${one.now})`);
}

export interface ResetRow {
  id: string;
  account_id: string;
  person_id: string;
  pseudonym: string;
  proposed_by: string;
  state: 'proposed' | 'done' | 'refused';
}

export function lockReset(tx: Tx, id: string): Promise<ResetRow | undefined> {
  return tx.maybe<ResetRow>(sql`
    select r.id, r.account_id, r.person_id, p.pseudonym, r.proposed_by, r.state
    from second_factor_resets r join persons p on p.id = r.person_id where r.id = ${id} for update of r`);
}

export async function decideResetRow(tx: Tx, id: string, state: 'done' | 'refused', by: string, now: Date): Promise<void> {
  await tx.run(sql`update second_factor_resets set state = ${state}, decided_by = ${by}, decided_at = ${now} where id = ${id}`);
}

export interface WaitingReset {
  resetId: string;
  accountId: string;
  username: string;
  name: string;
  proposedBy: string;
  proposedAt: Date;
}

/** Resets that wait for a second person, oldest first. */
export async function waitingResets(db: Queryable, limit: number): Promise<WaitingReset[]> {
  const rows = await db.many<{ id: string; account_id: string; username: string; display_name: string; proposed_by: string; proposed_at: Date }>(sql`
    select r.id, r.account_id, a.username, p.display_name, r.proposed_by, r.proposed_at
    from second_factor_resets r join accounts a on a.id = r.account_id join persons p on p.id = r.person_id
    where r.state = 'proposed' order by r.proposed_at, r.id limit ${limit}`);
  return rows.map((row) => ({
    resetId: row.id,
    accountId: row.account_id,
    username: row.username,
    name: row.display_name,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
  }));
}
