import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import { decideMany, listMyRequests, listQueue, requestRegister, type QueueItem, type RequestSummary } from '../../../requests/index.js';
import { EMPTY_FORM, paths, requestsPage, type RequestListRow, type RequestsModel, type RequestTab } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { REGISTER_FORMATS, registerFilter, registerQuery, registerReply, useFormReply, type RegisterQuery } from '../request-register.js';
import { standingAt } from './acts.js';
import { afterQuery, attempt, formBody, linkTo, listOf, pagingOf, purposeText, refusedForm, textOf } from './common.js';

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

/** Application and step, as the queue's boxes name them. */
const PICKED = /^([0-9a-f-]{36})\.(\d{1,4})$/;

/** One line of a list of applications. */
export const rowOf = (deps: HttpDeps, ctx: RequestContext, one: RequestSummary | QueueItem, names: ReadonlyMap<string, string>): RequestListRow => ({
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
  ...('step' in one ? { step: one.step } : {}),
});

async function listReply(
  deps: HttpDeps,
  ctx: RequestContext,
  tab: RequestTab,
  items: readonly (RequestSummary | QueueItem)[],
  next: string | null,
  after?: string,
  asked: RegisterQuery = {},
  more: { many?: NonNullable<RequestsModel['many']>; status?: number } = {},
): Promise<Reply> {
  const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.applicant))]);
  const may = { mine: 'request.own', queue: 'request.decide', register: 'request.register' } as const;
  const tabs = (['mine', 'queue', 'register'] as const).filter((one) => deps.access.mayEver(ctx.actor, may[one]));
  const path = { mine: paths.requests, queue: paths.requestQueue, register: paths.requestRegister }[tab];
  const rows = items.map((one) => rowOf(deps, ctx, one, names));
  const outside = deps.access.mayEver(ctx.actor, 'request.apply_outside');
  return page(
    deps,
    more.many ? standingAt(ctx, path) : ctx,
    requestsPage,
    {
      tab,
      tabs,
      outside,
      rows,
      paging: pagingOf(path, { ...asked, after }, rows.length, next),
      ...(tab === 'register' ? { register: registerOf(asked) } : {}),
      ...(tab === 'queue' ? { many: more.many ?? { form: EMPTY_FORM, done: [] } } : {}),
    },
    { status: more.status ?? 200 },
  );
}

function registerOf(asked: RegisterQuery): NonNullable<RequestsModel['register']> {
  const to = (format: (typeof REGISTER_FORMATS)[number]): string => linkTo(paths.registerExport, { ...asked, format });
  return { form: { values: asked, errors: [] }, exports: { xlsx: to('xlsx'), csv: to('csv'), json: to('json'), pdf: to('pdf') } };
}
/** Applications in lists: one's own, what waits, the register, and what is printed of them. */
export function requestListPages(deps: HttpDeps): Route[] {
  const { requests } = deps;
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
      method: 'post',
      path: paths.decideMany,
      name: 'decideManyForm',
      guard: 'request.decide',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const picked = listOf(body, 'pick').map((one) => PICKED.exec(one));
        const items = picked.flatMap((one) => (one === null ? [] : [{ requestId: one[1] ?? '', step: Number(one[2]) }]));
        const tried = await attempt(() => decideMany(requests, ctx.actor, { items, agree: textOf(body, 'agree') === '1', reason: textOf(body, 'reason') }));
        const queue = await listQueue(requests, ctx.actor);
        const again = (many: NonNullable<RequestsModel['many']>, status: number): Promise<Reply> =>
          listReply(deps, ctx, 'queue', queue, null, undefined, {}, { many, status });
        if ('refused' in tried) return again({ form: refusedForm(body, tried.refused, { items: 'reason' }), done: [] }, tried.refused.status);
        const words = phrasesFor(ctx.lang).errors;
        const done = tried.done.map((one) => ({ number: one.number ?? '', state: one.state, refused: one.refused === null ? null : words[one.refused].title }));
        return again({ form: EMPTY_FORM, done }, 200);
      },
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
  ];
}
