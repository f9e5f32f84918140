import type { Middleware } from 'koa';
import { type Actor, nobody } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';

export const SESSION_COOKIE = '__Host-lantai';

/** Sets `ctx.state.actor` from the session cookie or the bearer token; a stranger is `nobody`. */
export function identify(deps: HttpDeps): Middleware {
  return async (ctx, next) => {
    const request = { address: ctx.ip, requestId: String(ctx.state['requestId']) };
    ctx.state['actor'] = await actorOf(deps, ctx.get('Authorization'), ctx.cookies.get(SESSION_COOKIE), request);
    await next();
  };
}

async function actorOf(deps: HttpDeps, authorization: string, cookie: string | undefined, request: { address: string; requestId: string }): Promise<Actor> {
  if (authorization !== '') {
    const token = /^Bearer ([\w~+/.-]{16,200}={0,2})$/.exec(authorization)?.[1];
    if (token === undefined) throw new CodedError('unauthenticated');
    return deps.accounts.actorFromToken(token, request);
  }
  if (cookie === undefined || cookie === '') return nobody(request);
  return (await deps.accounts.actorFromSession(cookie, request)) ?? nobody(request);
}
