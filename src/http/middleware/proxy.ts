import type { Middleware } from 'koa';

/** Forgets `X-Forwarded-*` of anyone but the named proxies, so that nobody writes another's address into the log. */
export function believeOnly(proxies: readonly string[] | undefined): Middleware {
  const known = new Set(proxies);
  return async (ctx, next) => {
    const from = (ctx.req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    if (!known.has(from)) for (const name of Object.keys(ctx.req.headers)) if (name.startsWith('x-forwarded-')) delete ctx.req.headers[name];
    await next();
  };
}
