import { z } from 'zod';
import { phrasesFor, say } from '../../../phrases/index.js';
import { READING_RESULTS, type ReadingResult } from '../../../records/index.js';
import { decideRequest, handBackRequest, markNoticesSeen, recallRequest, viewRequest, withdrawRequest, type RequestView } from '../../../requests/index.js';
import { EMPTY_FORM, paths, requestPage, type FormState, type RequestModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { paperReply } from '../request-papers.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { attempt, formBody, listOf, refusedForm, textOf } from './common.js';
import { rowOf } from './request-lists.js';

async function modelOf(deps: HttpDeps, ctx: RequestContext, one: RequestView, form: FormState): Promise<RequestModel> {
  const steps = one.steps ?? [];
  const persons = [one.applicant, ...steps.flatMap((step) => [step.decidedBy, step.decidedFor].filter((id) => id !== null))];
  const names = await deps.accounts.namesOfPersons([...new Set(persons)]);
  const departments = new Map((await deps.accounts.departmentNames()).map((department) => [department.code, department.names[ctx.lang]]));
  const phrases = phrasesFor(ctx.lang);
  const t = phrases.pages.requests;
  const roles: Readonly<Record<string, string>> = phrases.access.roles;
  const bases: Readonly<Record<string, string>> = phrases.values.disclosureBasis;
  const { form: way, ...row } = rowOf(deps, ctx, one, names);
  return {
    ...row,
    way,
    own: one.own,
    mayRecall: !one.own && deps.access.mayEver(ctx.actor, 'request.recall'),
    reason: one.reason,
    ticket: one.ticket,
    typed: one.named.numbers.join(phrases.common.comma),
    client: one.named.client,
    search: one.named.search,
    from: one.from,
    readings: one.readings,
    acts: one.acts as RequestModel['acts'],
    outsider: one.outsider === null ? '' : [one.outsider.name, one.outsider.organisation].filter((text) => text !== '').join(' · '),
    basis: one.basis === null ? '' : (bases[one.basis] ?? one.basis),
    assessment: one.assessment,
    refusedFor: one.refusedFor,
    result: one.result === null ? '' : `${phrases.pages.reading.giveBack.results[one.result as ReadingResult]} ${one.resultNote}`.trim(),
    digest: one.digest ?? '',
    steps:
      one.steps?.map((step) => ({
        position: step.position,
        who:
          step.department === null
            ? (roles[step.role] ?? step.role)
            : say(t.stepOf, { role: roles[step.role] ?? step.role, department: departments.get(step.department) ?? step.department }),
        state: step.state,
        dueAt: step.dueAt,
        by: step.decidedBy === null ? '' : (names.get(step.decidedBy) ?? ''),
        as: step.decidedAs === null ? '' : say(t.decidedAs[step.decidedAs], { name: names.get(step.decidedFor ?? '') ?? '' }),
        decidedAt: step.decidedAt,
        reason: step.reason,
      })) ?? null,
    items: one.items.map((item) => ({
      id: item.id,
      title: item.title,
      code: item.code,
      fit: item.fit as RequestModel['items'][number]['fit'],
      kept: item.kept,
    })),
    notShown: one.notShown ?? 0,
    mayAnswer: one.mayAnswer,
    papers: one.papers,
    mayCertify: one.outsider !== null && one.grantId !== null && deps.access.mayEver(ctx.actor, 'copy.certify'),
    mayVisit:
      one.outsider !== null &&
      one.grantId !== null &&
      deps.access.mayEver(ctx.actor, 'request.register') &&
      (one.own || deps.access.mayEver(ctx.actor, 'request.resolve')),
    form,
  };
}

async function oneReply(deps: HttpDeps, ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
  return page(deps, ctx, requestPage, await modelOf(deps, ctx, await viewRequest(deps.requests, ctx.actor, id), form), { status });
}
/** One application: looking at it, deciding, taking it back, handing back. */
export function requestPages(deps: HttpDeps): Route[] {
  const { requests } = deps;
  const said = (ctx: RequestContext, id: string, code: Parameters<typeof codeText>[1]): Reply =>
    redirectWith(paths.request(id), { kind: 'bad', code: 'refused', params: { reason: codeText(ctx, code) } });
  return [
    definePage({
      method: 'get',
      path: '/requests/:id',
      name: 'requestPage',
      guard: 'request.own',
      params: idParams,
      handler: (ctx, { params }) => oneReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: paths.requestNotices,
      name: 'noticesSeenForm',
      guard: 'request.own',
      bodyKind: 'form',
      body: z.object({ to: z.iso.datetime() }),
      async handler(ctx, { body }) {
        await markNoticesSeen(requests, ctx.actor, new Date(body.to));
        return redirectWith(paths.home, { kind: 'good', code: 'saved' });
      },
    }),
    definePage({
      method: 'get',
      path: '/requests/:id/papers/:paper',
      name: 'requestPaperPage',
      guard: 'request.decide',
      params: z.strictObject({ id: z.uuid(), paper: z.uuid() }),
      streams: ['application/octet-stream'],
      handler: (ctx, { params }) => paperReply(deps, ctx, params),
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/decide',
      name: 'decideRequestForm',
      guard: 'request.decide',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const agree = textOf(body, 'agree') === '1';
        const acts = listOf(body, 'acts');
        const narrow = agree && acts.length > 0 ? { narrow: { acts } } : {};
        const step = Number(textOf(body, 'step'));
        const tried = await attempt(() => decideRequest(requests, ctx.actor, { requestId: params.id, step, agree, reason: textOf(body, 'reason'), ...narrow }));
        if ('done' in tried) return redirectWith(paths.request(params.id), { kind: 'good', code: agree ? 'request_agreed' : 'request_refused' });
        if (tried.refused.fields.length > 0) return oneReply(deps, ctx, params.id, refusedForm(body, tried.refused), 422);
        return said(ctx, params.id, tried.refused.code);
      },
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/withdraw',
      name: 'withdrawRequestForm',
      guard: 'request.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        const tried = await attempt(() => withdrawRequest(requests, ctx.actor, params.id));
        if ('refused' in tried) return said(ctx, params.id, tried.refused.code);
        return redirectWith(paths.request(params.id), { kind: 'good', code: 'request_withdrawn' });
      },
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/recall',
      name: 'recallRequestForm',
      guard: 'request.recall',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        const tried = await attempt(() => recallRequest(requests, ctx.actor, params.id));
        if ('refused' in tried) return said(ctx, params.id, tried.refused.code);
        return redirectWith(paths.request(params.id), { kind: 'good', code: 'request_recalled' });
      },
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/return',
      name: 'handBackRequestForm',
      guard: 'request.own',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ result: z.enum(READING_RESULTS), note: z.string().max(500).optional() }),
      async handler(ctx, { params, body }) {
        const tried = await attempt(() => handBackRequest(requests, ctx.actor, { requestId: params.id, ...body }));
        if ('refused' in tried) return said(ctx, params.id, tried.refused.code);
        return redirectWith(paths.request(params.id), { kind: 'good', code: 'returned' });
      },
    }),
  ];
}

function codeText(ctx: RequestContext, code: keyof ReturnType<typeof phrasesFor>['errors']): string {
  return phrasesFor(ctx.lang).errors[code].title;
}
