import type { AdminRole } from '../../access/index.js';
import { sql, type Queryable, type Tx } from '../../db/index.js';

export interface BootstrapRow {
  demo: boolean;
  opened_at: Date;
  closed_at: Date | null;
}

export function findBootstrap(db: Queryable): Promise<BootstrapRow | undefined> {
  return db.maybe<BootstrapRow>(sql`select demo, opened_at, closed_at from archive_bootstrap`);
}

/** The bootstrap's row, locked: claims, renewals and the closing happen one after the other. */
export function lockBootstrap(tx: Tx): Promise<BootstrapRow | undefined> {
  return tx.maybe<BootstrapRow>(sql`select demo, opened_at, closed_at from archive_bootstrap for update`);
}

/** Makes the bootstrap's row; 0 when there is one already. */
export function insertBootstrap(tx: Tx, demo: boolean, now: Date): Promise<number> {
  return tx.run(sql`insert into archive_bootstrap (demo, opened_at) values (${demo}, ${now}) on conflict do nothing`);
}

export async function closeBootstrap(tx: Tx, now: Date): Promise<void> {
  await tx.run(sql`update archive_bootstrap set closed_at = ${now} where closed_at is null`);
}

export interface NewInvitation {
  id: string;
  kind: 'bootstrap' | 'account';
  role: AdminRole | null;
  accountId: string | null;
  secretHash: Buffer;
  createdBy: string | null;
  /** Whether a second person must agree before it can be claimed. */
  needsSecond: boolean;
  now: Date;
  expiresAt: Date;
}

export async function insertInvitation(tx: Tx, one: NewInvitation): Promise<void> {
  await tx.run(sql`
    insert into invitations (id, kind, role, account_id, secret_hash, created_by, needs_second, created_at, expires_at)
    values (${one.id}, ${one.kind}, ${one.role}, ${one.accountId}, ${one.secretHash}, ${one.createdBy}, ${one.needsSecond}, ${one.now}, ${one.expiresAt})`);
}

/** Withdraws the unclaimed invitations of the bootstrap; the roles that still wait for someone. */
export async function withdrawBootstrapInvitations(tx: Tx, now: Date): Promise<AdminRole[]> {
  const rows = await tx.many<{ role: AdminRole }>(sql`
    update invitations set withdrawn_at = ${now} where kind = 'bootstrap' and claimed_at is null and withdrawn_at is null returning role`);
  return rows.map((row) => row.role);
}

export function withdrawAccountInvitations(tx: Tx, accountId: string, now: Date): Promise<number> {
  return tx.run(
    sql`update invitations set withdrawn_at = ${now} where kind = 'account' and account_id = ${accountId} and claimed_at is null and withdrawn_at is null`,
  );
}

const CLAIMABLE = sql`claimed_at is null and withdrawn_at is null and (not needs_second or confirmed_by is not null)`;

export interface InvitationRow {
  id: string;
  kind: 'bootstrap' | 'account';
  role: AdminRole | null;
  account_id: string | null;
  expires_at: Date;
}

/** The invitation of a secret that can still be claimed, locked; claimed and withdrawn ones are not found. */
export function lockInvitation(tx: Tx, secretHash: Buffer): Promise<InvitationRow | undefined> {
  return tx.maybe<InvitationRow>(sql`
    select id, kind, role, account_id, expires_at from invitations
    where secret_hash = ${secretHash} and ${CLAIMABLE} for update`);
}

export interface InvitationView extends InvitationRow {
  username: string | null;
  display_name: string | null;
}

export function findInvitation(db: Queryable, secretHash: Buffer): Promise<InvitationView | undefined> {
  return db.maybe<InvitationView>(sql`
    select i.id, i.kind, i.role, i.account_id, i.expires_at, a.username, p.display_name
    from invitations i left join accounts a on a.id = i.account_id left join persons p on p.id = a.person_id
    where i.secret_hash = ${secretHash} and ${CLAIMABLE}`);
}

export async function claimInvitationRow(tx: Tx, id: string, accountId: string, now: Date): Promise<void> {
  await tx.run(sql`update invitations set account_id = ${accountId}, claimed_at = ${now} where id = ${id}`);
}

/** Invitations of the bootstrap by state: whose role is claimed, and when the open ones end. */
export function bootstrapInvitations(db: Queryable): Promise<{ role: AdminRole; claimed: boolean; expires_at: Date }[]> {
  return db.many(sql`
    select role, claimed_at is not null as claimed, expires_at from invitations
    where kind = 'bootstrap' and withdrawn_at is null
    order by array_position(array['system_admin', 'security_admin', 'audit_admin'], role)`);
}

/** Names of those who claimed already, to see that the next one is somebody else. */
export async function claimedNames(tx: Tx): Promise<string[]> {
  const rows = await tx.many<{ display_name: string }>(sql`
    select p.display_name from invitations i join accounts a on a.id = i.account_id join persons p on p.id = a.person_id
    where i.kind = 'bootstrap' and i.claimed_at is not null`);
  return rows.map((row) => row.display_name);
}

export interface WaitingInvitation {
  id: string;
  account_id: string;
  person_id: string;
  pseudonym: string;
  username: string;
  display_name: string;
  created_by: string;
  created_at: Date;
  expires_at: Date;
}

const WAITING = sql`
  select i.id, i.account_id, a.person_id, p.pseudonym, a.username, p.display_name, i.created_by, i.created_at, i.expires_at
  from invitations i join accounts a on a.id = i.account_id join persons p on p.id = a.person_id
  where i.needs_second and i.confirmed_by is null and i.claimed_at is null and i.withdrawn_at is null`;

export function lockWaitingInvitation(tx: Tx, id: string): Promise<WaitingInvitation | undefined> {
  return tx.maybe<WaitingInvitation>(sql`${WAITING} and i.id = ${id} for update of i`);
}

/** Invitations that wait for a second person, oldest first. */
export function waitingInvitations(db: Queryable, now: Date, limit: number): Promise<WaitingInvitation[]> {
  return db.many<WaitingInvitation>(sql`${WAITING} and i.expires_at > ${now} order by i.created_at, i.id limit ${limit}`);
}

export async function confirmInvitationRow(tx: Tx, id: string, by: string): Promise<void> {
  await tx.run(sql`update invitations set confirmed_by = ${by} where id = ${id}`);
}
