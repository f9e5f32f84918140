import { createHmac } from 'node:crypto';
import { newId, type Tx } from '../../db/index.js';
import type { AccountsDeps } from '../deps.js';
import { newSecret } from '../secrets.js';
import { endLockedOn } from '../sessions/store.js';
import { everSignedIn, findDevice, forgetOldest, insertDevice, touchDevice } from './store.js';

/** Devices that are kept of an account. */
const KEPT = 50;
const TOKEN = /^lantai_d_[\w-]{43}$/;

export interface NotedDevice {
  id: string;
  /** The cookie's value; a digest of it is stored, for this account alone. */
  token: string;
  /** Signed in on for the first time, and not the first device of the account: its person is asked about it elsewhere. */
  isNew: boolean;
}

/**
 * Tells the device of a sign-in by the random cookie that was set there, or makes one. The caller has locked the account and puts
 * the session on record in the same transaction.
 */
export async function noteDevice(
  deps: Pick<AccountsDeps, 'secret' | 'random' | 'now'>,
  tx: Tx,
  input: { accountId: string; token: string | undefined; device: string },
): Promise<NotedDevice> {
  const { accountId, device } = input;
  const at = deps.now();
  const hash = (token: string): Buffer => createHmac('sha256', deps.secret).update(`device\0${accountId}\0`).update(token).digest();
  const given = input.token !== undefined && TOKEN.test(input.token) ? input.token : undefined;
  const found = given === undefined ? undefined : await findDevice(tx, accountId, hash(given));
  if (given !== undefined && found !== undefined) {
    await touchDevice(tx, found, device, at);
    // a visitor's lock is not shed by signing in beside it: the visit is over, on record, and who stood by is told
    await endLockedOn(tx, found, at);
    return { id: found, token: given, isNew: false };
  }
  // another person's cookie on the same device serves here too: its digest for this account is another one
  const token = given ?? newSecret(deps, 'lantai_d_');
  const id = newId();
  const isNew = await everSignedIn(tx, accountId);
  await insertDevice(tx, { id, accountId, tokenHash: hash(token), device, at, knownAt: isNew ? null : at });
  await forgetOldest(tx, accountId, KEPT, at);
  return { id, token, isNew };
}
