import { asksRecent, assertRecent, lacksFactor } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { CodedError, isCoded } from '../errors/index.js';
import type { HttpDeps } from './deps.js';
import type { Route } from './route.js';

/**
 * The door of every route: strangers are asked to sign in, who may do the act nowhere is refused, and who has not shown a
 * second factor that the act asks for is asked for it; for a dangerous act password or code must be fresh. Every refusal is
 * on record. Whether it may be done to this very record is decided by the use-case, in the query.
 */
export async function guard(deps: HttpDeps, actor: Actor, route: Route): Promise<void> {
  if (route.guard === 'public') return;
  if (actor.kind === 'nobody') throw new CodedError('unauthenticated');
  if (route.guard === 'own') return;
  if (route.guard !== 'signed-in' && !deps.access.mayEver(actor, route.guard)) {
    await logRefusal(deps, actor, route, route.guard);
    throw new CodedError('forbidden');
  }
  try {
    if (lacksFactor(actor, route.guard)) throw new CodedError('second_factor_required', { params: { act: route.guard } });
    if (route.method !== 'get' && asksRecent(actor, route.guard)) assertRecent(deps, actor);
  } catch (error) {
    if (isCoded(error)) await logRefusal(deps, actor, route, route.guard, error.code);
    throw error;
  }
}

/** Whether an error asks for a second factor, or for password or code once more. */
export function asksToShow(error: unknown): boolean {
  return isCoded(error, 'second_factor_required') || isCoded(error, 'reauthentication_required');
}

/** Puts a refusal on record: who asked for which act at which route, and why where it is not the rules. */
export async function logRefusal(deps: HttpDeps, actor: Actor, route: Pick<Route, 'name'>, asked: string, why?: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'route.refused',
      subject: { kind: 'route', id: route.name },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { asked, ...(why === undefined ? {} : { why }) },
    });
  });
}
