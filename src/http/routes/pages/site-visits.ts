import { beginVisit, endVisit, listVisits, viewRequest, viewVisit, VISIT_MINUTES } from '../../../requests/index.js';
import { EMPTY_FORM, paths, siteVisitPage, siteVisitsPage, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { FORGET, siteDeps, slipReply } from '../site-visits.js';
import { standingAt } from './acts.js';
import { attempt, formBody, inForm, purposeText, textOf } from './common.js';

const BEGIN_FORM: FormState = { values: { minutes: String(VISIT_MINUTES.default) }, errors: [] };

/** Reading on site, at the desk of who stands by: begin, look after, end, and the slip to be signed. What the visitor sees is in `on-site`. */
export function siteVisitPages(deps: HttpDeps): Route[] {
  const site = siteDeps(deps);

  async function listReply(ctx: RequestContext, id: string, form: FormState = BEGIN_FORM, status = 200): Promise<Reply> {
    const visits = await listVisits(site, ctx.actor, id);
    const request = await viewRequest(deps.requests, ctx.actor, id);
    const names = await deps.accounts.namesOfPersons([...new Set(visits.map((one) => one.supervisor))]);
    const model = {
      requestId: id,
      number: request.number,
      visitor: request.outsider?.name ?? '',
      visits: visits.map((one) => ({ ...one, by: names.get(one.supervisor) ?? '', count: one.shown.length })),
      mayBegin:
        request.own && request.state === 'approved' && deps.access.mayEver(ctx.actor, 'reading.supervise') && !visits.some((one) => one.state === 'open'),
      form,
    };
    return page(deps, ctx, siteVisitsPage, model, { status });
  }

  async function oneReply(ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
    const visit = await viewVisit(site, ctx.actor, id);
    const names = await deps.accounts.namesOfPersons([visit.supervisor]);
    const mine = visit.supervisor === ctx.actor.personId && visit.state === 'open';
    const shown = (record: string) => visit.shown.filter((one) => one.recordId === record);
    const model = {
      id,
      requestId: visit.requestId,
      number: visit.number,
      visitor: [visit.visitor.name, visit.visitor.organisation].filter((one) => one !== '').join(' · '),
      by: names.get(visit.supervisor) ?? '',
      place: visit.place,
      purpose: purposeText(deps, ctx, visit.purpose),
      beganAt: visit.beganAt,
      endedAt: visit.endedAt,
      result: visit.result,
      note: visit.note,
      signed: visit.signed,
      endsAt: visit.endsAt,
      brokenOff: visit.brokenOff,
      strayed: visit.strayed,
      mine,
      records: visit.records.map((one) => ({
        ...one,
        times: shown(one.id).map(({ at }) => at),
      })),
      form,
    };
    return page(deps, standingAt(ctx, paths.siteVisit(id)), siteVisitPage, model, { status });
  }

  return [
    definePage({
      method: 'get',
      path: '/requests/:id/visits',
      name: 'siteVisitsPage',
      guard: 'request.register',
      params: idParams,
      handler: (ctx, { params }) => listReply(ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/visits',
      name: 'beginVisitForm',
      guard: 'reading.supervise',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const asked = { place: textOf(body, 'place'), identityChecked: textOf(body, 'identityChecked') === '1', minutes: Number(textOf(body, 'minutes')) };
        const tried = await attempt(() => beginVisit(site, ctx.actor, params.id, asked));
        // nothing that was shown here before is shown again by going back
        if ('done' in tried) return { redirect: paths.onSite, headers: FORGET };
        return listReply(ctx, params.id, inForm(body, tried.refused, 'place'), tried.refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/site-visits/:id',
      name: 'siteVisitPage',
      guard: 'request.register',
      params: idParams,
      handler: (ctx, { params }) => oneReply(ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/site-visits/:id/end',
      name: 'endVisitForm',
      guard: 'reading.supervise',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const asked = { result: textOf(body, 'result') as 'solved', note: textOf(body, 'note'), signed: textOf(body, 'signed') === '1' };
        const tried = await attempt(() => endVisit(site, ctx.actor, params.id, asked));
        if ('done' in tried) return redirectWith(paths.siteVisit(params.id), { kind: 'good', code: 'visit_ended' });
        return oneReply(ctx, params.id, inForm(body, tried.refused, 'result'), tried.refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/site-visits/:id/slip.pdf',
      name: 'visitSlipPage',
      guard: 'request.register',
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => slipReply(deps, ctx, params.id),
    }),
  ];
}
