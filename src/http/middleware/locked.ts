import type Router from '@koa/router';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { atLock, strayed } from '../../requests/index.js';
import type { HttpDeps } from '../deps.js';

type Ids = Record<string, string>;
type Opening = (ids: Ids, visit: string) => { reading?: string | undefined } | false;

const ofVisit: Opening = (ids, visit) => ids['id'] === visit && { reading: ids['reading'] };
const ofReading: Opening = (ids) => ({ reading: ids['id'] });
const free: Opening = () => ({});

/**
 * Everything that can be reached in a session that is locked to a reading on site, by name of the route: the visit, what is shown
 * in it, ending it, signing out, the language. Whatever is not named here is refused, also what is public, unknown or yet to be written.
 */
const OPEN: Readonly<Record<string, Opening>> = {
  static: free,
  preferencesForm: free,
  onSitePage: free,
  endOnSiteForm: free,
  // to the provider and back: only who supervises it can show there who he is
  proveOnSite: free,
  answerSignOn: free,
  signOutForm: free,
  signOut: (ids) => ids['id'] === 'current' && {},
  viewVisit: ofVisit,
  showToVisitor: ofVisit,
  showToVisitorForm: ofVisit,
  endVisit: ofVisit,
  siteReadingPage: ofVisit,
  viewReading: ofReading,
  readContent: ofReading,
  readFile: ofReading,
  readPage: ofReading,
  playSound: ofReading,
};

/** Keeps a session that is locked to a reading on site inside of it (R42). Stands before every route, and knows of none but its own list. */
export function keepLocked(deps: HttpDeps, router: Router): Middleware {
  return async (ctx, next) => {
    const actor = ctx.state['actor'] as Actor;
    if (actor.locked !== undefined) await assertInside(deps, ctx, router, actor, actor.locked.visit);
    await next();
  };
}

async function assertInside(deps: HttpDeps, ctx: ParameterizedContext, router: Router, actor: Actor, visit: string): Promise<void> {
  const { pathAndMethod: layers } = router.match(ctx.path, ctx.method);
  const asked = layers.map((layer) => {
    const ids = layer.params(ctx.path, layer.captures(ctx.path)) as Ids;
    return typeof layer.name === 'string' && Object.hasOwn(OPEN, layer.name) ? (OPEN[layer.name]?.(ids, visit) ?? false) : false;
  });
  const readings = asked.map((one) => (one === false ? undefined : one.reading)).filter((one) => one !== undefined);
  const inside = asked.length > 0 && asked.every((one) => one !== false);
  const { belongs } = await atLock(deps.requests, actor, inside ? readings[0] : undefined);
  if (inside && belongs && readings.length <= 1) return;
  await strayed(deps.requests, actor, layers[0]?.name ?? 'unknown');
  throw new CodedError('session_locked');
}
