import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { username, uuid } from '../fields.js';
import { INVITATION_HOURS } from '../invitations/bootstrap.js';
import { confirmInvitationRow, insertInvitation, lockWaitingInvitation, withdrawAccountInvitations } from '../invitations/store.js';
import { authorizePerson } from '../person-of.js';
import { rolesOfPerson } from '../roles/store.js';
import { backToPasswords } from '../sign-on/unlink.js';
import { hashSecret, newSecret } from '../secrets.js';
import { insertAccount, isTakenName, lockAccountRow, lockPerson, setAccountState } from './store.js';

export interface Invited {
  accountId: string;
  invitationId: string;
  /** The one-time link's secret; shown this once, stored hashed. */
  secret: string;
  expiresAt: Date;
  /** A second person has to agree before it can be claimed. */
  needsSecond: boolean;
}

async function issue(deps: AccountsDeps, tx: Tx, accountId: string, by: string, needsSecond: boolean): Promise<Invited> {
  const now = deps.now();
  const secret = newSecret(deps, 'lantai_i_');
  const expiresAt = new Date(now.getTime() + INVITATION_HOURS * 3_600_000);
  const id = newId();
  await withdrawAccountInvitations(tx, accountId, now);
  await insertInvitation(tx, { id, kind: 'account', role: null, accountId, secretHash: hashSecret(secret), createdBy: by, needsSecond, now, expiresAt });
  return { accountId, invitationId: id, secret, expiresAt, needsSecond };
}

const newAccount = z.strictObject({ personId: uuid, username });

/** Makes an account for a person, without a password: an invitation lets them set one. Roles come from somebody else. */
export async function createAccount(deps: AccountsDeps, actor: Actor, input: z.input<typeof newAccount>): Promise<Invited> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'account.manage');
  const fields = check(newAccount, input);
  try {
    return await deps.db.tx(async (tx) => {
      const person = await lockPerson(tx, fields.personId);
      if (person === undefined) throw new CodedError('not_found');
      if (person.left_at !== null) throw new CodedError('wrong_state');
      const accountId = newId();
      await insertAccount(tx, { id: accountId, personId: person.id, username: fields.username, passwordHash: null, now: deps.now() });
      const invited = await issue(deps, tx, accountId, by, false);
      const facts = { person: person.pseudonym, invitation: invited.invitationId };
      await deps.audit.append(tx, { actor, act: 'account.create', subject: { kind: 'account', id: accountId }, decision: 'allow', policy, facts });
      return invited;
    });
  } catch (error) {
    if (isTakenName(error)) throw invalidField('username', 'taken');
    throw error;
  }
}

/**
 * A new invitation for an account: the first one expired, the password was forgotten, it sleeps, or it was disabled.
 * Where the person holds any role, the invitation is worth nothing until a second person agrees: otherwise whoever keeps
 * the accounts could take one over and read or approve in its name.
 */
export async function inviteAgain(deps: AccountsDeps, actor: Actor, input: { accountId: string }): Promise<Invited> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'account.manage');
  const accountId = check(uuid, input.accountId, 'accountId');
  return deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, accountId);
    if (account === undefined) throw new CodedError('not_found');
    if ((await lockPerson(tx, account.person_id))?.left_at !== null) throw new CodedError('wrong_state');
    const roles = await rolesOfPerson(tx, account.person_id);
    const linked = await backToPasswords(deps, tx, account);
    if (account.state === 'disabled') await setAccountState(tx, accountId, 'invited');
    const invited = await issue(deps, tx, accountId, by, roles.length > 0);
    const state = account.state === 'disabled' || (linked && account.state === 'active') ? 'invited' : account.state;
    const facts = { person: account.pseudonym, invitation: invited.invitationId, stateBefore: account.state, state, needsSecond: invited.needsSecond };
    await deps.audit.append(tx, { actor, act: 'account.invite', subject: { kind: 'account', id: accountId }, decision: 'allow', policy, facts });
    return invited;
  });
}

/** The second person's agreement to an invitation: neither who issued it nor whom it is for. */
export async function confirmInvitation(deps: AccountsDeps, actor: Actor, input: { invitationId: string }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'role.confirm');
  const id = check(uuid, input.invitationId, 'invitationId');
  await deps.db.tx(async (tx) => {
    const invitation = await lockWaitingInvitation(tx, id);
    if (invitation === undefined) throw new CodedError('not_found');
    if (invitation.created_by === by || invitation.person_id === by) throw new CodedError('same_person');
    await confirmInvitationRow(tx, id, by);
    const facts = { account: invitation.account_id, person: invitation.pseudonym };
    await deps.audit.append(tx, { actor, act: 'invitation.confirm', subject: { kind: 'invitation', id }, decision: 'allow', policy, facts });
  });
}
