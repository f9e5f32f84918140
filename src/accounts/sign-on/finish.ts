import { isAdminRole, mapClaims, type Mapped } from '../../access/index.js';
import { nobody, systemActor, type EntryInput } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { Origin } from '../deps.js';
import { noteDevice } from '../devices/note.js';
import { foldUsername, isUsername } from '../fields.js';
import { withdrawAccountInvitations } from '../invitations/store.js';
import { hashSecret, newSecret } from '../secrets.js';
import { rolesOfPerson } from '../roles/store.js';
import { findLive } from '../second-factor/store.js';
import { sessionActor } from '../sessions/session-actor.js';
import { insertSession } from '../sessions/store.js';
import { cleanDevice, logNewDevice, type SignedIn } from '../sign-in/sign-in.js';
import { lockAccount, noteSignIn } from '../sign-in/store.js';
import { applyMapped } from './apply.js';
import { askedSince, hashOf, mappingOf, timesFrom, type SignOnDeps } from './deps.js';
import type { Vouched } from './provider.js';
import { insertLink, insertSignOnSession, lockByUsername, lockedLately, lockLinked, noteFailure, noteSuccess, useOnce, type LinkedAccount } from './store.js';
import { attemptOf, newTicket, openTicket } from './ticket.js';

/** How long after a reading on site the provider has to ask its supervisor again: the visitor's browser may still be known there. */
const AFTER_LOCK_MS = 24 * 3_600_000;

/** Sends somebody to the provider: the address there, and what the browser keeps meanwhile. `fresh`: there the person is asked again. */
export async function beginSignOn(deps: SignOnDeps, input: { redirectUri: string; next: string; fresh: boolean }): Promise<{ url: string; ticket: string }> {
  mappingOf(deps);
  const ticket = newTicket(deps.random, deps.now(), input.fresh ? 'fresh' : 'sign_on', input.next);
  return { url: await deps.signOn.provider.authorizationUrl(attemptOf(deps.signOn.key, ticket, input.redirectUri)), ticket };
}

export interface Answered extends Origin {
  redirectUri: string;
  /** The query as the provider sent it, with its question mark. */
  search: string;
  /** What the browser kept. */
  ticket: string;
  device: string;
  /** The cookie of the device, where it has one. */
  deviceToken?: string | undefined;
}

type Reason = 'not_known' | 'other_subject' | 'not_active' | 'administrator';

class Unknown extends CodedError {
  constructor(
    readonly reason: Reason,
    readonly account: LinkedAccount | undefined,
  ) {
    super('sign_on_unknown');
  }
}

/** The provider remembered a browser before which a visitor may sit: nobody is signed on before it has asked again. */
class AskAgain extends Error {}

async function refuse(deps: SignOnDeps, input: Origin & { device?: string }, error: unknown): Promise<never> {
  const code = isCoded(error) ? error.code : 'internal';
  const account = error instanceof Unknown ? error.account : undefined;
  const entry: EntryInput = {
    actor: nobody({ address: input.address, requestId: input.requestId }),
    act: 'session.refused',
    subject: account ? { kind: 'account', id: account.id } : { kind: 'session', id: 'unknown' },
    decision: 'deny',
    facts: { reason: error instanceof Unknown ? error.reason : code, source: 'sign_on', ...(account && { person: account.pseudonym }) },
    side: { device: cleanDevice(input.device ?? '') },
  };
  await deps.db.tx((tx) => deps.audit.append(tx, entry));
  await noteFailure(deps.db, deps.signOn.provider.issuer, code, deps.now());
  throw error;
}

/** The account that the provider's subject is linked with, or that the claim names and nobody is linked with yet. */
async function accountOf(deps: SignOnDeps, tx: Tx, subject: Buffer, mapped: Mapped): Promise<LinkedAccount> {
  const { issuer } = deps.signOn.provider;
  const linked = await lockLinked(tx, issuer, subject);
  const username = foldUsername(mapped.link ?? '');
  const account = linked ?? (isUsername(username) ? await lockByUsername(tx, username) : undefined);
  if (account === undefined) throw new Unknown('not_known', undefined);
  if (!linked && account.link_id !== null) throw new Unknown('other_subject', account);
  if (account.left_at !== null || (account.state !== 'active' && account.state !== 'invited')) throw new Unknown('not_active', account);
  if ((await rolesOfPerson(tx, account.person_id)).some(isAdminRole)) throw new Unknown('administrator', account);
  if (linked) return account;
  const id = newId();
  const now = deps.now();
  await withdrawAccountInvitations(tx, account.id, now);
  await insertLink(tx, { id, accountId: account.id, issuer, subject, now });
  await deps.audit.append(tx, {
    actor: systemActor('sign-on'),
    act: 'account.link',
    subject: { kind: 'account', id: account.id },
    decision: 'allow',
    facts: { person: account.pseudonym, state: 'active', source: 'sign_on' },
  });
  return { ...account, link_id: id };
}

async function open(deps: SignOnDeps, tx: Tx, input: Answered, vouched: Vouched, fresh: boolean): Promise<SignedIn> {
  const now = deps.now();
  const mapped = mapClaims(mappingOf(deps), vouched.claims);
  const linked = await accountOf(deps, tx, hashOf(deps, 'subject', vouched.subject), mapped);
  const locked = await lockedLately(tx, linked.id, new Date(now.getTime() - AFTER_LOCK_MS));
  if (locked !== undefined && !askedSince(vouched.claims, locked)) {
    if (fresh) throw new CodedError('sign_on_invalid', { detail: 'not asked since the reading on site began' });
    throw new AskAgain('the provider remembers a browser before which a visitor sat');
  }
  await applyMapped(deps, tx, linked, mapped);
  const account = await lockAccount(tx, linked.id);
  if (account === undefined) throw new Unknown('not_known', undefined);
  const id = newId();
  const token = newSecret(deps, 'lantai_s_');
  const latestEnd = new Date(now.getTime() + deps.limits.sessionHours * 3_600_000);
  const { checkAt, expiresAt } = timesFrom(deps, now, latestEnd);
  const device = cleanDevice(input.device);
  const noted = await noteDevice(deps, tx, { accountId: account.id, token: input.deviceToken, device });
  await insertSession(tx, { id, tokenHash: hashSecret(token), accountId: account.id, device, deviceId: noted.id, now, expiresAt });
  await insertSignOnSession(tx, {
    sessionId: id,
    linkId: linked.link_id ?? '',
    sid: vouched.sid === null ? null : hashOf(deps, 'sid', vouched.sid),
    sealed: sealField(deps.signOn.key, `sign-on:${id}`, JSON.stringify(vouched.tokens), deps.random),
    now,
    checkAt,
    latestEnd,
    secondFactor: mapped.secondFactor,
  });
  await noteSignIn(tx, account.id, now);
  const actor = sessionActor({ ...account, id, account_id: account.id, second_factor_at: mapped.secondFactor ? now : null, shown_at: now }, input);
  const facts = { account: account.id, source: 'sign_on', secondFactor: mapped.secondFactor, fresh };
  await deps.audit.append(tx, { actor, act: 'session.open', subject: { kind: 'session', id }, decision: 'allow', facts, side: { device } });
  await logNewDevice(tx, deps, actor, { ...noted, label: device });
  const secondFactor = mapped.secondFactor || (await findLive(tx, account.id)) === undefined ? 'none' : 'enrolled';
  return { token, expiresAt, actor, secondFactor, device: noted };
}

/**
 * Takes the provider's answer and opens a session. It counts once, in the browser that asked, for an account that somebody
 * made here; every refusal is on record. `again`: it counts only once the provider has asked the person anew, see {@link AFTER_LOCK_MS}.
 * @throws `sign_on_expired`, `sign_on_invalid`, `sign_on_denied`, `sign_on_unknown`, `sign_on_unavailable`
 */
export async function finishSignOn(deps: SignOnDeps, input: Answered): Promise<(SignedIn & { next: string }) | { again: string }> {
  const now = deps.now();
  let next = '';
  try {
    const state = new URLSearchParams(input.search).get('state') ?? '';
    const opened = openTicket(deps.signOn.key, input.ticket, state, now);
    if (opened === undefined || opened.kind === 'lock' || !(await useOnce(deps.db, hashOf(deps, 'state', state), now))) throw new CodedError('sign_on_expired');
    const vouched = await deps.signOn.provider.answer(input.search, attemptOf(deps.signOn.key, input.ticket, input.redirectUri));
    next = opened.next;
    const signed = await deps.db.tx((tx) => open(deps, tx, input, vouched, opened.kind === 'fresh'));
    await noteSuccess(deps.db, deps.signOn.provider.issuer, now);
    return { ...signed, next };
  } catch (error) {
    if (error instanceof AskAgain) return { again: next };
    return refuse(deps, input, error);
  }
}

/** For the refusal of a notice that does not hold. */
export const refuseSignOn = refuse;
