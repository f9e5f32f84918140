import { deputyCandidates, endDeputy, listDeputies, nameDeputy, standsInFor, type Deputy } from '../../../requests/index.js';
import { deputiesPage, paths, type DeputyRow, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { today } from '../../today.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { attempt, formBody, refusedForm, textOf } from './common.js';

function stateOf(one: Deputy, now: Date): DeputyRow['state'] {
  if (one.endedAt !== null || Date.parse(one.to) <= now.getTime()) return 'over';
  return Date.parse(one.from) > now.getTime() ? 'ahead' : 'now';
}

async function reply(deps: HttpDeps, ctx: RequestContext, given?: FormState, status = 200): Promise<Reply> {
  const list = await listDeputies(deps.requests, ctx.actor);
  const absent = await standsInFor(deps.requests, ctx.actor);
  const people = await deputyCandidates(deps.requests, ctx.actor);
  const names = await deps.accounts.namesOfPersons([...new Set([...list.map((one) => one.deputyId), ...absent, ...people])]);
  return page(
    deps,
    standingAt(ctx, paths.deputies),
    deputiesPage,
    {
      rows: list.map((one) => ({
        id: one.id,
        name: names.get(one.deputyId) ?? '',
        from: one.from,
        // shown is the last day, not the moment after it
        to: new Date(Date.parse(one.to) - 1).toISOString(),
        state: stateOf(one, deps.now()),
      })),
      standsFor: absent.map((id) => names.get(id) ?? ''),
      people: people.map((value) => ({ value, text: names.get(value) ?? value })).sort((one, other) => one.text.localeCompare(other.text, ctx.lang)),
      form: given ?? { values: { from: today(deps) }, errors: [] },
    },
    { status },
  );
}

/** Who stands in for one where applications are decided. */
export function deputyPages(deps: HttpDeps): Route[] {
  return [
    definePage({ method: 'get', path: paths.deputies, name: 'deputiesPage', guard: 'request.decide', handler: (ctx) => reply(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.deputies,
      name: 'nameDeputyForm',
      guard: 'request.decide',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const input = { deputyId: textOf(body, 'deputy'), from: textOf(body, 'from'), to: textOf(body, 'to') };
        const tried = await attempt(() => nameDeputy(deps.requests, ctx.actor, input));
        if ('done' in tried) return redirectWith(paths.deputies, { kind: 'good', code: 'deputy_named' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.deputies, tried.refused);
        return reply(deps, ctx, refusedForm(body, tried.refused, { deputyId: 'deputy' }), tried.refused.status);
      },
    }),
    definePage({
      method: 'post',
      path: '/requests/deputies/:id/end',
      name: 'endDeputyForm',
      guard: 'request.decide',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.deputies, 'deputy_ended', () => endDeputy(deps.requests, ctx.actor, params.id)),
    }),
  ];
}
