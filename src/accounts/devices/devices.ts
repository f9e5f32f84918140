import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { askedAbout, deviceOfSession, devicesOf, lockDevice, markKnown, removeRow, type DeviceRow, type SessionDevice } from './store.js';

export interface KnownDevice {
  id: string;
  device: string;
  firstAt: Date;
  lastAt: Date;
  /** Answered for, or the first one; else its person is still asked about it. */
  known: boolean;
  /** The one of this request. */
  current: boolean;
  /** Signed in on now. */
  open: boolean;
  /** Whether this session may have it forgotten. */
  mayRemove: boolean;
}

/** A new device that the person is asked about: “was this you?” */
export interface AskedDevice {
  id: string;
  device: string;
  at: Date;
  /** Whether this session may say yes: only from a device that is known itself. */
  mayVouch: boolean;
}

const deviceId = z.uuid({ error: 'not_a_uuid' });

function own(actor: Actor): { accountId: string; sessionId: string } {
  if (actor.kind !== 'person' || actor.accountId === null || actor.sessionId === null) throw new CodedError('unauthenticated');
  return { accountId: actor.accountId, sessionId: actor.sessionId };
}

/** The devices of the own account, the last used first. */
export async function listDevices(deps: AccountsDeps, actor: Actor): Promise<KnownDevice[]> {
  const { accountId, sessionId } = own(actor);
  const now = deps.now();
  const here = await deviceOfSession(deps.db, sessionId, now);
  const rows = await devicesOf(deps.db, accountId, now);
  return rows.map((row) => ({
    id: row.id,
    device: row.device,
    firstAt: row.first_at,
    lastAt: row.last_at,
    known: row.known,
    current: row.id === here?.device_id,
    open: row.open,
    mayRemove: row.id !== here?.device_id && mayRemove(here, row),
  }));
}

/** What is known is forgotten from a device that is known itself, or with a second factor; whoever has the password alone does not get rid of its owner. */
function mayRemove(here: SessionDevice | undefined, row: Pick<DeviceRow, 'known'>): boolean {
  return !row.known || here?.vouches === true || here?.proved === true;
}

/** New devices that this session is asked about; the three newest. */
export async function askedDevices(deps: AccountsDeps, actor: Actor): Promise<AskedDevice[]> {
  if (actor.kind !== 'person' || actor.accountId === null || actor.sessionId === null) return [];
  const rows = await askedAbout(deps.db, actor.accountId, actor.sessionId, deps.now());
  return rows.map((row) => ({ id: row.id, device: row.device, at: row.first_at, mayVouch: row.vouches }));
}

/**
 * “That was me.” Said on a device that is known; a stranger who got in cannot answer for himself, nor a second new device for
 * the first.
 * @throws `forbidden` on a device that is not known itself
 */
export async function vouchForDevice(deps: AccountsDeps, actor: Actor, input: { id: string }): Promise<void> {
  const { accountId, sessionId } = own(actor);
  const id = check(deviceId, input.id, 'id');
  await deps.db.tx(async (tx) => {
    const now = deps.now();
    const row = await lockDevice(tx, id, accountId, now);
    if (row === undefined) throw new CodedError('not_found');
    const here = await deviceOfSession(tx, sessionId, now);
    if (here?.vouches !== true || here.device_id === id) throw new CodedError('forbidden', { detail: 'only a known device answers for another' });
    if (row.known) throw new CodedError('wrong_state', { params: { state: 'known', step: 'know' } });
    await markKnown(tx, id, now);
    await deps.audit.append(tx, { actor, act: 'device.know', subject: { kind: 'account', id: accountId }, decision: 'allow', facts: { device: id } });
  });
}

/**
 * “That was not me”, or a device that is not used any more: it is forgotten, and every session on it ends at once. Gives how many.
 * @throws `forbidden` for one that is known, on a device that is not and without a second factor
 */
export async function removeDevice(deps: AccountsDeps, actor: Actor, input: { id: string; denied: boolean }): Promise<number> {
  const { accountId, sessionId } = own(actor);
  const id = check(deviceId, input.id, 'id');
  return deps.db.tx(async (tx) => {
    const now = deps.now();
    const row = await lockDevice(tx, id, accountId, now);
    if (row === undefined) throw new CodedError('not_found');
    // that is signing out
    const here = await deviceOfSession(tx, sessionId, now);
    if (here?.device_id === id) throw new CodedError('wrong_state', { params: { state: 'current', step: 'remove' } });
    if (!mayRemove(here, row)) throw new CodedError('forbidden', { detail: 'only a known device or a second factor forgets what is known' });
    const ended = await removeRow(tx, id, accountId, now);
    await deps.audit.append(tx, {
      actor,
      act: input.denied ? 'device.deny' : 'device.remove',
      subject: { kind: 'account', id: accountId },
      decision: 'allow',
      facts: { device: id, ended },
    });
    return ended;
  });
}
