import { z } from 'zod';
import { isLoopback } from '../../config/index.js';
import { CodedError } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';
import { metricsText } from '../metrics.js';
import { defineRoute, type Route } from '../route.js';

/** Whether it lives, whether it can serve, and its figures. None of them says anything about records or people. */
export function healthRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/healthz',
      name: 'health',
      guard: 'public',
      kind: 'api',
      tag: 'operation',
      responses: { 200: z.object({ status: z.literal('ok'), version: z.string() }) },
      handler: async () => ({ json: { status: 'ok', version: deps.version } }),
    }),
    defineRoute({
      method: 'get',
      path: '/readyz',
      name: 'ready',
      guard: 'public',
      kind: 'api',
      tag: 'operation',
      responses: {
        200: z.object({ ok: z.boolean(), parts: z.record(z.string(), z.boolean()) }),
        503: z.object({ ok: z.boolean(), parts: z.record(z.string(), z.boolean()) }),
      },
      async handler() {
        const state = await deps.ready();
        return { status: state.ok ? 200 : 503, json: state };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/metrics',
      name: 'metrics',
      guard: 'public',
      kind: 'api',
      tag: 'operation',
      streams: ['text/plain'],
      // figures are for who runs the machine: a scraper on it, or one that a token lets in
      async handler(ctx) {
        if (ctx.actor.kind === 'nobody' && !isLoopback(ctx.actor.address ?? '')) throw new CodedError('unauthenticated');
        const { type, text } = await metricsText(deps.db.gauges);
        return { html: text, type };
      },
    }),
  ];
}
