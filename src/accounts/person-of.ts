import { authorize, type Act } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import type { AccountsDeps } from './deps.js';

/** Authorises an act on the archive and gives the person who acts; duties of "different persons" compare that. */
export function authorizePerson(deps: Pick<AccountsDeps, 'policies'>, actor: Actor, act: Act): { personId: string; policy: string } {
  const { policy } = authorize(deps.policies.active(), actor, act);
  if (actor.personId === null) throw new CodedError('forbidden', { detail: 'only a person can do this' });
  return { personId: actor.personId, policy };
}
