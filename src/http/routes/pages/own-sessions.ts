import { paths, sessionsPage } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Route } from '../../route.js';
import { actAt } from './acts.js';
import { formBody } from './common.js';
import { factorState } from './second-factor.js';

/** Where one is signed in, and ending it there. */
export function ownSessionPages(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.sessions,
      name: 'sessionsPage',
      guard: 'session.own',
      async handler(ctx) {
        const list = await accounts.listSessions(ctx.actor);
        const rows = list.map((one) => ({
          id: one.id,
          device: one.device,
          startedAt: one.createdAt.toISOString(),
          usedAt: one.usedAt.toISOString(),
          here: one.current,
        }));
        const devices = (await accounts.listDevices(ctx.actor)).map((one) => ({
          id: one.id,
          device: one.device,
          firstAt: one.firstAt.toISOString(),
          lastAt: one.lastAt.toISOString(),
          state: one.current ? ('current' as const) : one.known ? ('known' as const) : ('asked' as const),
          mayRemove: one.mayRemove,
        }));
        return page(deps, ctx, sessionsPage, { rows, devices, factor: await factorState(deps, ctx) });
      },
    }),
    definePage({
      method: 'post',
      path: `${paths.sessions}/:id/end`,
      name: 'endSessionForm',
      guard: 'session.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.sessions, 'session_ended', () => accounts.signOut(ctx.actor, params.id)),
    }),
    definePage({
      method: 'post',
      path: `${paths.sessions}/end-others`,
      name: 'endOtherSessionsForm',
      guard: 'session.own',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx) => actAt(paths.sessions, 'sessions_ended', () => accounts.signOutEverywhere(ctx.actor, { keepThis: true })),
    }),
    definePage({
      method: 'post',
      path: '/devices/:id/know',
      name: 'vouchForDeviceForm',
      guard: 'session.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.sessions, 'device_known', () => accounts.vouchForDevice(ctx.actor, { id: params.id })),
    }),
    definePage({
      method: 'post',
      path: '/devices/:id/deny',
      name: 'denyDeviceForm',
      guard: 'session.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        await accounts.removeDevice(ctx.actor, { id: params.id, denied: true });
        // whoever got in knows the password
        return redirectWith(paths.password, { kind: 'warn', code: 'device_denied' });
      },
    }),
    definePage({
      method: 'post',
      path: '/devices/:id/remove',
      name: 'removeDeviceForm',
      guard: 'session.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.sessions, 'device_removed', () => accounts.removeDevice(ctx.actor, { id: params.id, denied: false })),
    }),
  ];
}
