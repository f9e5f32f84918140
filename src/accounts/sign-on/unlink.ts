import { systemActor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import type { AccountsDeps } from '../deps.js';
import { endSessionsOf } from '../sessions/store.js';
import { take } from './apply.js';
import { endLink, isLive, rolesOf } from './store.js';

/** Before somebody is to sign in with a password again: the link with the provider ends, and with it what its groups gave. Gives whether there was one. */
export async function backToPasswords(deps: AccountsDeps, tx: Tx, account: { id: string; pseudonym: string }): Promise<boolean> {
  const now = deps.now();
  if ((await endLink(tx, account.id, now)) === 0) return false;
  await endSessionsOf(tx, [account.id], 'sign_on', now);
  const all = { tx, account, actor: systemActor('sign-on'), policy: deps.policies.active().version, now };
  for (const one of await rolesOf(tx, account.id)) if (isLive(one) && one.origin === 'sign_on') await take(deps, all, one);
  return true;
}
