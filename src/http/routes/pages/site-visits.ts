import { z } from 'zod';
import { CodedError } from '../../../errors/index.js';
import { beginVisit, endVisit, listVisits, showToVisitor, viewRequest, viewVisit } from '../../../requests/index.js';
import { EMPTY_FORM, paths, siteReadingPage, siteVisitPage, siteVisitsPage, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { siteDeps, slipReply } from '../site-visits.js';
import { standingAt } from './acts.js';
import { attempt, formBody, purposeText, refusedForm, textOf } from './common.js';
import { readingModel } from './readings.js';

/** Reading on site: begin, show, end, and the slip to be signed. */
export function siteVisitPages(deps: HttpDeps): Route[] {
  const site = siteDeps(deps);

  async function listReply(ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
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
      mine,
      records: visit.records.map((one) => ({
        ...one,
        times: shown(one.id).map(({ at }) => at),
        open: shown(one.id).find(({ open }) => open)?.readingId ?? null,
      })),
      form,
    };
    return page(deps, standingAt(ctx, paths.siteVisit(id)), siteVisitPage, model, { status });
  }

  /** A refusal that belongs to a field stays beside it; what concerns the whole is said at the first one. */
  const inForm = (body: Parameters<typeof refusedForm>[0], refused: CodedError, field: string): FormState =>
    refusedForm(body, refused.fields.length > 0 ? refused : new CodedError('invalid_field', { fields: [{ field, code: refused.code }] }));

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
        const asked = { place: textOf(body, 'place'), identityChecked: textOf(body, 'identityChecked') === '1' };
        const tried = await attempt(() => beginVisit(site, ctx.actor, params.id, asked));
        if ('done' in tried) return redirectWith(paths.siteVisit(tried.done.id), { kind: 'good', code: 'visit_begun' });
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
      path: '/site-visits/:id/show',
      name: 'showToVisitorForm',
      guard: 'reading.supervise',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ record: z.uuid('invalid') }),
      async handler(ctx, { params, body }) {
        const tried = await attempt(() => showToVisitor(site, ctx.actor, { visitId: params.id, recordId: body.record }));
        if ('done' in tried) return { status: 303, headers: { Location: paths.siteReading(params.id, tried.done.readingId) } };
        return oneReply(ctx, params.id, { values: {}, errors: [{ field: 'record', code: tried.refused.code }] }, tried.refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/site-visits/:id/readings/:reading',
      name: 'siteReadingPage',
      guard: 'reading.supervise',
      params: z.strictObject({ id: z.uuid(), reading: z.uuid() }),
      query: z.strictObject({ file: z.uuid('invalid').optional(), page: z.coerce.number().int().min(1).max(10_000).optional() }),
      async handler(ctx, { params, query }) {
        const visit = await viewVisit(site, ctx.actor, params.id);
        if (!visit.shown.some((one) => one.readingId === params.reading)) throw new CodedError('not_found');
        const reading = await readingModel(deps, ctx, params.reading, query.file, undefined, query.page ?? 1);
        return page(deps, ctx, siteReadingPage, { visitId: params.id, number: visit.number, visitor: visit.visitor.name, reading });
      },
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
