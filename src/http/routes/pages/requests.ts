import { z } from 'zod';
import { phrasesFor, say } from '../../../phrases/index.js';
import { READING_RESULTS, summariesOf, type ReadingResult } from '../../../records/index.js';
import {
  applyForReading,
  decideRequest,
  handBackRequest,
  listMyRequests,
  listQueue,
  markNoticesSeen,
  requestRegister,
  viewRequest,
  withdrawRequest,
  type QueueItem,
  type RequestInput,
  type RequestSummary,
  type RequestView,
} from '../../../requests/index.js';
import {
  EMPTY_FORM,
  newRequestPage,
  paths,
  requestPage,
  requestsPage,
  type FormState,
  type RequestListRow,
  type RequestModel,
  type RequestsModel,
  type RequestTab,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { paperReply } from '../request-papers.js';
import { REGISTER_FORMATS, registerFilter, registerQuery, registerReply, useFormReply, type RegisterQuery } from '../request-register.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { afterQuery, attempt, linkTo, formBody, listOf, optional, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

/** The form of the register sends what was left open as an empty text. */
const left = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.literal('')]);
const registerPageQuery = z.strictObject({
  kind: left(registerQuery.shape.kind),
  state: left(registerQuery.shape.state),
  form: left(registerQuery.shape.form),
  from: left(registerQuery.shape.from),
  to: left(registerQuery.shape.to),
  after: z.string().max(120).optional(),
});

const rowOf = (deps: HttpDeps, ctx: RequestContext, one: RequestSummary | QueueItem, names: ReadonlyMap<string, string>): RequestListRow => ({
  id: one.id,
  number: one.number,
  kind: one.kind,
  form: one.form,
  state: one.state,
  applicant: names.get(one.applicant) ?? '',
  purpose: purposeText(deps, ctx, one.purpose),
  to: one.to,
  dueAt: 'dueAt' in one ? one.dueAt : null,
  records: one.records,
});

async function listReply(
  deps: HttpDeps,
  ctx: RequestContext,
  tab: RequestTab,
  items: readonly (RequestSummary | QueueItem)[],
  next: string | null,
  after?: string,
  asked: RegisterQuery = {},
): Promise<Reply> {
  const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.applicant))]);
  const may = { mine: 'request.own', queue: 'request.decide', register: 'request.register' } as const;
  const tabs = (['mine', 'queue', 'register'] as const).filter((one) => deps.access.mayEver(ctx.actor, may[one]));
  const path = { mine: paths.requests, queue: paths.requestQueue, register: paths.requestRegister }[tab];
  const rows = items.map((one) => rowOf(deps, ctx, one, names));
  const outside = deps.access.mayEver(ctx.actor, 'request.apply_outside');
  return page(deps, ctx, requestsPage, {
    tab,
    tabs,
    outside,
    rows,
    paging: pagingOf(path, { ...asked, after }, rows.length, next),
    ...(tab === 'register' ? { register: registerOf(asked) } : {}),
  });
}

function registerOf(asked: RegisterQuery): NonNullable<RequestsModel['register']> {
  const to = (format: (typeof REGISTER_FORMATS)[number]): string => linkTo(paths.registerExport, { ...asked, format });
  return { form: { values: asked, errors: [] }, exports: { xlsx: to('xlsx'), csv: to('csv'), json: to('json'), pdf: to('pdf') } };
}

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

async function applyReply(deps: HttpDeps, ctx: RequestContext, form: FormState, recordId: string, status = 200): Promise<Reply> {
  const [record] = recordId === '' ? [] : await summariesOf(deps.records, ctx.actor, [recordId]);
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
  const shown = record ? { id: record.id, title: record.title, code: record.archivalCode ?? record.serviceNo } : null;
  return page(deps, ctx, newRequestPage, { form, record: shown, purposes }, { status });
}

function inputOf(form: Form): RequestInput {
  const record = textOf(form, 'record');
  const numbers = textOf(form, 'records')
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return {
    records: record === '' ? [] : [record],
    numbers: record === '' ? numbers : [],
    ...optional('client', textOf(form, 'client')),
    ...optional('search', textOf(form, 'search')),
    purpose: textOf(form, 'purpose'),
    reason: textOf(form, 'reason'),
    ...optional('ticket', textOf(form, 'ticket')),
    form: textOf(form, 'form') as RequestInput['form'],
    from: textOf(form, 'from'),
    to: textOf(form, 'to'),
  };
}

/** Applications for reading: lists, applying, deciding, handing back. */
export function requestPages(deps: HttpDeps): Route[] {
  const { requests } = deps;
  const said = (ctx: RequestContext, id: string, code: Parameters<typeof codeText>[1]): Reply =>
    redirectWith(paths.request(id), { kind: 'bad', code: 'refused', params: { reason: codeText(ctx, code) } });
  return [
    definePage({
      method: 'get',
      path: paths.requests,
      name: 'requestsPage',
      guard: 'request.own',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listMyRequests(requests, ctx.actor, query.after);
        return listReply(deps, ctx, 'mine', items, next, query.after);
      },
    }),
    definePage({
      method: 'get',
      path: paths.requestQueue,
      name: 'requestQueuePage',
      guard: 'request.decide',
      handler: async (ctx) => listReply(deps, ctx, 'queue', await listQueue(requests, ctx.actor), null),
    }),
    definePage({
      method: 'get',
      path: paths.requestRegister,
      name: 'requestRegisterPage',
      guard: 'request.register',
      query: registerPageQuery,
      async handler(ctx, { query }) {
        const { after, ...given } = query;
        const asked = registerQuery.parse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
        const { items, next } = await requestRegister(requests, ctx.actor, registerFilter(deps, asked), after);
        return listReply(deps, ctx, 'register', items, next, after, asked);
      },
    }),
    definePage({
      method: 'get',
      path: paths.registerExport,
      name: 'requestRegisterExport',
      guard: 'request.register',
      query: registerQuery.extend({ format: z.enum(REGISTER_FORMATS).default('xlsx') }),
      streams: ['application/octet-stream'],
      handler: (ctx, { query: { format, ...query } }) => registerReply(deps, ctx, query, format),
    }),
    definePage({
      method: 'get',
      path: '/requests/:id/form.pdf',
      name: 'requestFormPage',
      guard: 'request.own',
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => useFormReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: paths.newRequest,
      name: 'newRequestPage',
      guard: 'request.apply',
      query: z.strictObject({ record: z.uuid().optional() }),
      async handler(ctx, { query }) {
        const today = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone }).format(deps.now());
        return applyReply(deps, ctx, { values: { form: 'view', from: today }, errors: [] }, query.record ?? '');
      },
    }),
    definePage({
      method: 'post',
      path: paths.newRequest,
      name: 'applyForm',
      guard: 'request.apply',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => applyForReading(requests, ctx.actor, inputOf(body)));
        if ('done' in tried) {
          const { id, number, state } = tried.done;
          return redirectWith(paths.request(id), {
            kind: state === 'submitted' ? 'good' : 'bad',
            code: state === 'submitted' ? 'applied' : 'applied_refused',
            params: { number },
          });
        }
        const { refused } = tried;
        const form = refusedForm(body, refused, { numbers: 'records' });
        const shown = refused.fields.length > 0 ? form : { ...form, errors: [{ field: 'purpose', code: refused.code }] };
        return applyReply(deps, ctx, shown, textOf(body, 'record'), refused.status);
      },
    }),
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
