import { prepared, sql, type Queryable, type Sql, type Tx } from '../../db/index.js';

/** Days after which a device that nobody denied counts as known. */
const KNOWN_AFTER_DAYS = 14;

export interface DeviceRow {
  id: string;
  device: string;
  first_at: Date;
  last_at: Date;
  /** Somebody answered for it, it was the first, or nobody denied it for a fortnight. */
  known: boolean;
  /** Signed in on now. */
  open: boolean;
}

const settled = (at: Date): Sql => sql`(d.known_at is not null or d.first_at <= ${new Date(at.getTime() - KNOWN_AFTER_DAYS * 86_400_000)})`;
const open = (at: Date): Sql => sql`exists (select from sessions s where s.device_id = d.id and s.ended_at is null and s.expires_at > ${at})`;

export async function findDevice(tx: Tx, accountId: string, tokenHash: Buffer): Promise<string | undefined> {
  return (await tx.maybe<{ id: string }>(sql`select id from known_devices where account_id = ${accountId} and token_hash = ${tokenHash}`))?.id;
}

/** Whether somebody ever signed in to an account. */
export async function everSignedIn(tx: Tx, accountId: string): Promise<boolean> {
  return (await tx.one<{ ever: boolean }>(sql`select exists (select from sessions where account_id = ${accountId}) as ever`)).ever;
}

export async function insertDevice(
  tx: Tx,
  row: { id: string; accountId: string; tokenHash: Buffer; device: string; at: Date; knownAt: Date | null },
): Promise<void> {
  await tx.run(sql`insert into known_devices (id, account_id, token_hash, device, first_at, last_at, known_at)
    values (${row.id}, ${row.accountId}, ${row.tokenHash}, ${row.device}, ${row.at}, ${row.at}, ${row.knownAt})`);
}

export async function touchDevice(tx: Tx, id: string, device: string, at: Date): Promise<void> {
  await tx.run(sql`update known_devices set device = ${device}, last_at = ${at} where id = ${id}`);
}

/** Forgets the devices that an account used longest ago, all but so many. */
export async function forgetOldest(tx: Tx, accountId: string, keep: number, at: Date): Promise<void> {
  await tx.run(sql`update known_devices set token_hash = null, removed_at = ${at} where id in
    (select id from known_devices where account_id = ${accountId} and removed_at is null order by last_at desc, id desc offset ${keep})`);
}

/** The devices of an account, the last used first. */
export function devicesOf(db: Queryable, accountId: string, at: Date): Promise<DeviceRow[]> {
  return db.many<DeviceRow>(sql`select d.id, d.device, d.first_at, d.last_at, ${settled(at)} as known, ${open(at)} as open
    from known_devices d where d.account_id = ${accountId} and d.removed_at is null order by d.last_at desc, d.id limit 100`);
}

export function lockDevice(tx: Tx, id: string, accountId: string, at: Date): Promise<DeviceRow | undefined> {
  return tx.maybe<DeviceRow>(sql`select d.id, d.device, d.first_at, d.last_at, ${settled(at)} as known, ${open(at)} as open
    from known_devices d where d.id = ${id} and d.account_id = ${accountId} and d.removed_at is null for update of d`);
}

export interface SessionDevice {
  device_id: string | null;
  /** It may answer for others: it is known, or the session is from before devices were told apart. */
  vouches: boolean;
  /** A second factor that the account had before this session was shown in it; one that was enrolled in it proves no more than the password. */
  proved: boolean;
}

/** The device of a session, and what may be done to others from it. */
export function deviceOfSession(db: Queryable, sessionId: string, at: Date): Promise<SessionDevice | undefined> {
  return db.maybe(sql`select m.device_id, (m.device_id is null or coalesce(${settled(at)}, false)) as vouches,
      (m.second_factor_at is not null and exists (select from second_factors f where f.account_id = m.account_id and f.ended_at is null and f.confirmed_at < m.created_at)) as proved
    from sessions m left join known_devices d on d.id = m.device_id where m.id = ${sessionId}`);
}

/**
 * New devices that a session is asked about: those of its account that nobody answered for, but not its own. One that may not
 * answer for others is told only while somebody is signed in there.
 */
export function askedAbout(
  db: Queryable,
  accountId: string,
  sessionId: string,
  at: Date,
): Promise<{ id: string; device: string; first_at: Date; vouches: boolean }[]> {
  return db.many(
    prepared(sql`select d.id, d.device, d.first_at, me.vouches from known_devices d,
      lateral (select m.device_id, (m.device_id is null or exists (select from known_devices d where d.id = m.device_id and ${settled(at)})) as vouches
        from sessions m where m.id = ${sessionId}) me
      where d.account_id = ${accountId} and d.removed_at is null and d.known_at is null and not ${settled(at)} and d.id is distinct from me.device_id
        and (me.vouches or ${open(at)}) order by d.first_at desc, d.id limit 3`),
  );
}

export async function markKnown(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update known_devices set known_at = ${at} where id = ${id}`);
}

/** Forgets a device and ends every session on it; how many sessions. */
export async function removeRow(tx: Tx, id: string, accountId: string, at: Date): Promise<number> {
  await tx.run(sql`update known_devices set token_hash = null, removed_at = ${at} where id = ${id} and account_id = ${accountId}`);
  return tx.run(
    sql`update sessions set ended_at = ${at}, end_reason = 'signed_out' where device_id = ${id} and account_id = ${accountId} and ended_at is null`,
  );
}
