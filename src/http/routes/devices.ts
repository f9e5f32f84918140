import { z } from 'zod';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const device = z
  .object({
    id: z.uuid(),
    device: z.string(),
    firstAt: z.string().meta({ format: 'date-time' }),
    lastAt: z.string().meta({ format: 'date-time' }),
    known: z.boolean(),
    current: z.boolean(),
    open: z.boolean(),
    mayRemove: z.boolean(),
  })
  .meta({ id: 'KnownDevice' });

/** Devices on which the own account was signed in to. */
export function deviceRoutes(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/me/devices',
      name: 'listDevices',
      tag: 'accounts',
      summary: 'Devices on which the own account was signed in to, the last used first; `known: false`: the person is still asked about it.',
      guard: 'session.own',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(device) }) },
      async handler(ctx) {
        const items = await accounts.listDevices(ctx.actor);
        return { json: { items: items.map((one) => ({ ...one, firstAt: one.firstAt.toISOString(), lastAt: one.lastAt.toISOString() })) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/devices/:id/know',
      name: 'vouchForDevice',
      tag: 'accounts',
      summary: 'Say that a new device is the own; only on a device that is known itself.',
      guard: 'session.own',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await accounts.vouchForDevice(ctx.actor, { id: params.id });
        return {};
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/me/devices/:id',
      name: 'removeDevice',
      tag: 'accounts',
      summary:
        'Forget a device and sign it out at once; `denied=1`: it was never the own. One that is known: only from a known device, or with a second factor.',
      guard: 'session.own',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ denied: z.enum(['1']).optional() }),
      bodyKind: 'none',
      async handler(ctx, { params, query }) {
        await accounts.removeDevice(ctx.actor, { id: params.id, denied: query.denied === '1' });
        return {};
      },
    }),
  ];
}
