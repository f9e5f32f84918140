import { z } from 'zod';
import { nobody } from '../../audit/index.js';
import { constraintOf, newId, type Tx } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps, Origin } from '../deps.js';
import { displayName, username } from '../fields.js';
import { hashPassword } from '../passwords/hash.js';
import { checkPassword } from '../passwords/rules.js';
import { insertAccount, insertPerson, setPasswordHash } from '../people/store.js';
import { insertGrant } from '../roles/store.js';
import { hashSecret, newPseudonym } from '../secrets.js';
import {
  bootstrapInvitations,
  claimedNames,
  claimInvitationRow,
  closeBootstrap,
  findInvitation,
  lockBootstrap,
  lockInvitation,
  type InvitationRow,
} from './store.js';

const bootstrapClaim = z.strictObject({ name: displayName, username, password: z.string() });

export interface Claim extends Origin {
  secret: string;
  password: string;
  /** Name and user name: only for the three of the first start; later accounts have theirs already. */
  name?: string | undefined;
  username?: string | undefined;
}

export interface Claimed {
  accountId: string;
  personId: string;
  username: string;
  /** The administrator's role, for the three of the first start. */
  role: string | null;
  /** Whether this was the third one, so that the archive can begin to take records in. */
  bootstrapClosed: boolean;
}

export interface InvitationFor {
  kind: 'bootstrap' | 'account';
  role: string | null;
  username: string | null;
  name: string | null;
  expiresAt: Date;
}

const gone = (): CodedError => new CodedError('not_found');

/** Whom an invitation is for, to show before it is claimed. `not_found` when it was claimed, withdrawn, has expired or never was. */
export async function showInvitation(deps: AccountsDeps, secret: string): Promise<InvitationFor> {
  const row = await findInvitation(deps.db, hashSecret(secret));
  if (row === undefined || row.expires_at <= deps.now()) throw gone();
  return { kind: row.kind, role: row.role, username: row.username, name: row.display_name, expiresAt: row.expires_at };
}

async function lockOpen(deps: AccountsDeps, tx: Tx, secret: string): Promise<InvitationRow> {
  const row = await lockInvitation(tx, hashSecret(secret));
  if (row === undefined || row.expires_at <= deps.now()) throw gone();
  return row;
}

const sameName = (one: string, other: string): boolean =>
  one.normalize('NFKC').toLowerCase().replace(/\s/gu, '') === other.normalize('NFKC').toLowerCase().replace(/\s/gu, '');

async function claimAdministrator(deps: AccountsDeps, tx: Tx, input: Claim, fields: z.infer<typeof bootstrapClaim>, hash: string): Promise<Claimed> {
  const bootstrap = await lockBootstrap(tx);
  if (bootstrap?.closed_at !== null) throw new CodedError('bootstrap_closed');
  const invitation = await lockOpen(deps, tx, input.secret);
  const role = invitation.role;
  if (role === null) throw gone();
  if ((await claimedNames(tx)).some((name) => sameName(name, fields.name))) throw new CodedError('same_person');
  const now = deps.now();
  const person = { id: newId(), pseudonym: newPseudonym(deps, 'p'), name: fields.name, department: null, now };
  const account = { id: newId(), personId: person.id, username: fields.username, passwordHash: hash, now };
  await insertPerson(tx, person);
  await insertAccount(tx, account);
  await insertGrant(tx, { id: newId(), accountId: account.id, personId: person.id, role, state: 'active', origin: 'bootstrap', givenBy: null, now });
  await claimInvitationRow(tx, invitation.id, account.id, now);
  const last = (await bootstrapInvitations(tx)).filter((one) => one.claimed).length === 3;
  if (last) await closeBootstrap(tx, now);
  const facts = { account: account.id, person: person.pseudonym, role, bootstrapClosed: last };
  await deps.audit.append(tx, {
    actor: nobody({ address: input.address, requestId: input.requestId }),
    act: 'invitation.claim',
    subject: { kind: 'invitation', id: invitation.id },
    decision: 'allow',
    facts,
  });
  return { accountId: account.id, personId: person.id, username: fields.username, role, bootstrapClosed: last };
}

async function claimAccount(deps: AccountsDeps, tx: Tx, input: Claim, hash: string): Promise<Claimed> {
  const invitation = await lockOpen(deps, tx, input.secret);
  if (invitation.account_id === null) throw gone();
  const now = deps.now();
  const account = await setPasswordHash(tx, invitation.account_id, hash, now);
  if (account === undefined) throw gone(); // disabled meanwhile
  await claimInvitationRow(tx, invitation.id, invitation.account_id, now);
  const facts = { account: account.id, person: account.pseudonym };
  await deps.audit.append(tx, {
    actor: nobody({ address: input.address, requestId: input.requestId }),
    act: 'invitation.claim',
    subject: { kind: 'invitation', id: invitation.id },
    decision: 'allow',
    facts,
  });
  return { accountId: account.id, personId: account.person_id, username: account.username, role: null, bootstrapClosed: false };
}

/**
 * Claims an invitation: one of the three at the first start (makes person, account and role; the third closes the bootstrap
 * for good), or that of an account made later (sets its first password). Each works once.
 */
export async function claimInvitation(deps: AccountsDeps, input: Claim): Promise<Claimed> {
  const invitation = await showInvitation(deps, input.secret);
  if (invitation.kind === 'account') {
    checkPassword(input.password, invitation.username ?? '');
    const hash = await hashPassword(input.password);
    return deps.db.tx((tx) => claimAccount(deps, tx, input, hash));
  }
  const fields = check(bootstrapClaim, { name: input.name, username: input.username, password: input.password });
  checkPassword(fields.password, fields.username);
  const hash = await hashPassword(fields.password);
  try {
    return await deps.db.tx((tx) => claimAdministrator(deps, tx, input, fields, hash));
  } catch (error) {
    if (constraintOf(error) === 'accounts_username_key') throw invalidField('username', 'taken');
    throw error;
  }
}
