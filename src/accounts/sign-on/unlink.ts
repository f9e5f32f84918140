import { systemActor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import type { AccountsDeps } from '../deps.js';
import { takeGrant } from '../roles/store.js';
import { endSessionsOf } from '../sessions/store.js';
import { endLink, rolesOf } from './store.js';

/** Before somebody is to sign in with a password again: the link with the provider ends, and with it what its groups gave. */
export async function backToPasswords(deps: AccountsDeps, tx: Tx, accountId: string): Promise<void> {
  const now = deps.now();
  if ((await endLink(tx, accountId, now)) === 0) return;
  await endSessionsOf(tx, [accountId], 'sign_on', now);
  for (const one of await rolesOf(tx, accountId)) {
    if (one.origin !== 'sign_on' || (one.state !== 'active' && one.state !== 'proposed')) continue;
    await takeGrant(tx, one.id, null, now);
    await deps.audit.append(tx, {
      actor: systemActor('sign-on'),
      act: 'role.take',
      subject: { kind: 'role', id: one.id },
      decision: 'allow',
      facts: { role: one.role, account: accountId, stateBefore: one.state, source: 'sign_on' },
    });
  }
}
