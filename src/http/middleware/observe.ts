import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { countRequest } from '../metrics.js';
import { forRequest } from '../../storage/index.js';
import type { HttpDeps } from '../deps.js';

/** Request id, metrics and one log line a request: method, route, status, time. Never the URL, which may name a client. */
export function observe(deps: HttpDeps): Middleware {
  return async (ctx, next) => {
    const started = process.hrtime.bigint();
    const requestId = randomUUID();
    ctx.state['requestId'] = requestId;
    ctx.set('X-Request-Id', requestId);
    ctx.set('Cache-Control', 'no-store');
    await forRequest(requestId, next);
    const done = (): void => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const route = typeof ctx['routerName'] === 'string' ? ctx['routerName'] : 'none';
      countRequest(ctx.method, route, ctx.status, seconds);
      deps.log.info('request', { requestId, method: ctx.method, route, status: ctx.status, ms: Math.round(seconds * 1000) });
    };
    if (ctx.res.writableFinished) done();
    else ctx.res.once('close', done);
  };
}
