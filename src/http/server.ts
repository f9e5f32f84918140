import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import type { HttpDeps } from './deps.js';
import { answer } from './answer.js';
import { crossSite } from './middleware/crosssite.js';
import { errors } from './middleware/errors.js';
import { identify } from './middleware/identify.js';
import { keepLocked } from './middleware/locked.js';
import { limits } from './middleware/limits.js';
import { observe } from './middleware/observe.js';
import { mountApiDescription } from './openapi.js';
import type { Route } from './route.js';
import { contentPolicy } from '../ui/index.js';
import { believeOnly } from './middleware/proxy.js';
import { mountStatic } from './static.js';

/** Time a client has to send its headers, and may stay silent in the middle of a body; milliseconds. */
const HEADERS_TIMEOUT = 15_000;
const SILENCE_TIMEOUT = 120_000;

/** The Koa application with every route mounted; `listen` starts it. */
export function createApp(deps: HttpDeps, routes: readonly Route[]): Koa {
  const app = new Koa({ proxy: deps.config.trustedProxy !== undefined, maxIpsCount: 1 });
  app.on('error', () => undefined); // our own middleware has logged it
  const router = new Router({ sensitive: true, strict: true });
  for (const route of routes) router[route.method](route.name, route.path, async (ctx) => answer(deps, ctx, route));
  mountStatic(router);
  mountApiDescription(router, routes, deps.version);
  app.use(believeOnly(deps.config.trustedProxy));
  app.use(observe(deps));
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: contentPolicy },
      referrerPolicy: { policy: 'same-origin' },
      crossOriginEmbedderPolicy: false,
      hsts: deps.config.tls !== undefined || deps.config.trustedProxy !== undefined,
    }),
  );
  app.use(errors(deps));
  app.use(limits(deps));
  app.use(crossSite());
  app.use(identify(deps));
  app.use(keepLocked(deps, router));
  app.use(router.routes());
  app.use(router.allowedMethods({ throw: false }));
  return app;
}

export interface Listening {
  url: string;
  server: Server;
  /** Stops taking connections, lets running answers finish for at most `grace` milliseconds, then cuts them. */
  close(grace: number): Promise<void>;
}

/** Listens; plain HTTP only on loopback or behind a named trusted proxy, which `loadConfig` has made sure of. */
export async function listen(
  app: Koa,
  options: { host: string; port: number; tls?: { key: string | Buffer; certificate: string | Buffer } | undefined },
): Promise<Listening> {
  const answer = app.callback();
  const callback = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server: Server = options.tls
    ? createTls({ key: options.tls.key, cert: options.tls.certificate, minVersion: 'TLSv1.2' }, callback)
    : createPlain(callback);
  server.headersTimeout = HEADERS_TIMEOUT;
  server.requestTimeout = 0; // a 5 GiB upload takes its time; silence is what we cut
  server.setTimeout(SILENCE_TIMEOUT);
  server.maxHeadersCount = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${port}`,
    server,
    async close(grace) {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), grace);
      const idle = setInterval(() => server.closeIdleConnections(), 100);
      await closed;
      clearTimeout(cut);
      clearInterval(idle);
    },
  };
}
