import type { Middleware } from 'koa';
import { CodedError } from '../../errors/index.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Forms of a help desk's page: they change nothing, and lead only where a link would. */
const FROM_ELSEWHERE = new Set(['/go/record', '/go/client']);

/**
 * Refuses state changes that another site's page asked for (CSRF). Browsers send `Sec-Fetch-Site`, older ones `Origin`;
 * a caller with neither is not a browser, and a token in `Authorization` is never sent by one on its own.
 */
export function crossSite(): Middleware {
  return async (ctx, next) => {
    if (!SAFE.has(ctx.method) && !FROM_ELSEWHERE.has(ctx.path) && ctx.get('Authorization') === '') {
      const site = ctx.get('Sec-Fetch-Site');
      const origin = ctx.get('Origin');
      if (site !== '' && site !== 'same-origin' && site !== 'none') throw new CodedError('cross_site');
      if (site === '' && origin !== '' && !sameHost(origin, ctx.host)) throw new CodedError('cross_site');
    }
    await next();
  };
}

function sameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
