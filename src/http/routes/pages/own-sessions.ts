import { paths, sessionsPage } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
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
        return page(deps, ctx, sessionsPage, { rows, factor: await factorState(deps, ctx) });
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
  ];
}
