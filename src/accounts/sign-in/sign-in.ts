import { nobody, type Actor, type EntryInput } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import type { AccountsDeps, Origin } from '../deps.js';
import { noteDevice, type NotedDevice } from '../devices/note.js';
import { foldUsername, isUsername } from '../fields.js';
import { matches } from '../passwords/hash.js';
import { hashSecret, newSecret } from '../secrets.js';
import { findLive } from '../second-factor/store.js';
import { sessionActor } from '../sessions/session-actor.js';
import { insertSession } from '../sessions/store.js';
import { countAttempt, countFailure, failureError, hashName } from './count.js';
import { findByUsername, forgetFailures, lockAccount, noteSignIn, type SignInAccount } from './store.js';

export interface SignIn extends Origin {
  username: string;
  password: string;
  /** What the person will recognise the session by, `Firefox on Linux`. */
  device: string;
  /** The cookie of the device, where it has one. */
  deviceToken?: string | undefined;
}

export interface SignedIn {
  /** The cookie's value; stored nowhere. */
  token: string;
  /** Absolute end of the session. */
  expiresAt: Date;
  actor: Actor;
  /** Whether the account has a second factor that is now to be shown. */
  secondFactor: 'none' | 'enrolled';
  /** The cookie by which this device is known from now on, and whether it was new to the account. */
  device: { token: string; isNew: boolean };
}

/** Puts on record that somebody signed in where he never did before. */
export async function logNewDevice(tx: Tx, deps: Pick<AccountsDeps, 'audit'>, actor: Actor, device: NotedDevice & { label: string }): Promise<void> {
  if (!device.isNew) return;
  await deps.audit.append(tx, {
    actor,
    act: 'session.new_device',
    subject: { kind: 'account', id: actor.accountId ?? '' },
    decision: 'allow',
    facts: { device: device.id },
    side: { device: device.label },
  });
}

/** A device's label without control characters and not too long. */
export function cleanDevice(device: string): string {
  return [
    ...device
      .toWellFormed()
      .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
      .trim(),
  ]
    .slice(0, 200)
    .join('');
}

type Refusal = 'unknown_name' | 'wrong_password' | 'not_active' | 'locked';

/** The entry of a refused sign-in: the account and its person if known, what was typed only in the sealed side row. */
function refusal(input: SignIn, account: SignInAccount | undefined, reason: Refusal, lockedNow: boolean): EntryInput {
  return {
    actor: nobody({ address: input.address, requestId: input.requestId }),
    act: 'session.refused',
    subject: account ? { kind: 'account', id: account.id } : { kind: 'session', id: 'unknown' },
    decision: 'deny',
    facts: { reason, lockedNow, ...(account && { person: account.pseudonym }) },
    side: { username: input.username.slice(0, 200), device: cleanDevice(input.device) },
  };
}

async function open(deps: AccountsDeps, input: SignIn, checked: SignInAccount, nameHash: Buffer): Promise<SignedIn | undefined> {
  const now = deps.now();
  const token = newSecret(deps, 'lantai_s_');
  const session = {
    id: newId(),
    tokenHash: hashSecret(token),
    device: cleanDevice(input.device),
    now,
    expiresAt: new Date(now.getTime() + deps.limits.sessionHours * 3_600_000),
  };
  return deps.db.tx(async (tx) => {
    const account = await lockAccount(tx, checked.id);
    if (account?.state !== 'active' || account.password_hash !== checked.password_hash) return undefined;
    const actor = sessionActor({ ...account, id: session.id, account_id: account.id, second_factor_at: null, shown_at: now }, input);
    await forgetFailures(tx, nameHash);
    const device = await noteDevice(deps, tx, { accountId: account.id, token: input.deviceToken, device: session.device });
    await insertSession(tx, { ...session, accountId: account.id, deviceId: device.id });
    await noteSignIn(tx, account.id, now);
    await deps.audit.append(tx, {
      actor,
      act: 'session.open',
      subject: { kind: 'session', id: session.id },
      decision: 'allow',
      facts: { account: account.id },
      side: { device: session.device },
    });
    await logNewDevice(tx, deps, actor, { ...device, label: session.device });
    const secondFactor = (await findLive(tx, account.id)) === undefined ? 'none' : 'enrolled';
    return { token, expiresAt: session.expiresAt, actor, secondFactor, device };
  });
}

/**
 * Opens a session for a user name and a password. Unknown names, wrong passwords and accounts that are not active look
 * and last alike (`bad_credentials`); after five failures under a name, known or not, it is locked (`locked_out`).
 */
export async function signIn(deps: AccountsDeps, hashOfNobody: Promise<string>, input: SignIn): Promise<SignedIn> {
  const username = foldUsername(input.username);
  const nameHash = hashName(deps, username);
  const counted = await countAttempt(deps, nameHash);
  const account = await findByUsername(deps.db, isUsername(username) ? username : ''); // what can be nobody's name never reaches the database
  if (!counted.allowed) {
    await deps.db.tx((tx) => deps.audit.append(tx, refusal(input, account, 'locked', false)));
    throw failureError(deps, counted.state);
  }
  const right = await matches(account?.password_hash ?? (await hashOfNobody), input.password);
  const signedIn = right && account?.state === 'active' ? await open(deps, input, account, nameHash) : undefined;
  if (signedIn) return signedIn;
  const reason = right ? 'not_active' : account ? 'wrong_password' : 'unknown_name';
  const state = await deps.db.tx(async (tx) => {
    const { state, lockedNow } = await countFailure(deps, tx, nameHash);
    await deps.audit.append(tx, refusal(input, account, reason, lockedNow));
    return state;
  });
  throw failureError(deps, state);
}
