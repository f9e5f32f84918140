import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import type { HttpDeps } from './deps.js';
import type { Route } from './route.js';

/**
 * The door of every route: strangers are asked to sign in, and who may do the act nowhere is refused, on record.
 * Whether it may be done to this very record is decided by the use-case, in the query.
 */
export async function guard(deps: HttpDeps, actor: Actor, route: Route): Promise<void> {
  if (route.guard === 'public') return;
  if (actor.kind === 'nobody') throw new CodedError('unauthenticated');
  if (route.guard === 'signed-in') return;
  if (deps.access.mayEver(actor, route.guard)) return;
  await logRefusal(deps, actor, route, route.guard);
  throw new CodedError('forbidden');
}

/** Puts a refusal on record: who asked for which act at which route. */
export async function logRefusal(deps: HttpDeps, actor: Actor, route: Pick<Route, 'name'>, asked: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'route.refused',
      subject: { kind: 'route', id: route.name },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { asked },
    });
  });
}
