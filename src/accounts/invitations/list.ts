import type { Actor } from '../../audit/index.js';
import type { AccountsDeps } from '../deps.js';
import { authorizePerson } from '../person-of.js';
import { waitingInvitations } from './store.js';

export interface WaitingInvitationView {
  invitationId: string;
  accountId: string;
  username: string;
  name: string;
  createdAt: Date;
  expiresAt: Date;
}

/** Invitations that wait for a second person. */
export async function listWaitingInvitations(deps: AccountsDeps, actor: Actor): Promise<WaitingInvitationView[]> {
  authorizePerson(deps, actor, 'role.confirm');
  const rows = await waitingInvitations(deps.db, deps.now(), 200);
  return rows.map((row) => ({
    invitationId: row.id,
    accountId: row.account_id,
    username: row.username,
    name: row.display_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}
