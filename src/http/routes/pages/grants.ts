import { z } from 'zod';
import {
  emergencyByNumber,
  GRANT_KINDS,
  GRANT_RESULTS,
  grantView,
  handBackGrant,
  listGrants,
  reviewEmergency,
  revokeGrant,
  takeEmergency,
  type GrantView,
} from '../../../access/index.js';
import type { CodedError } from '../../../errors/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { openReading } from '../../../records/index.js';
import { requestNumbers } from '../../../requests/index.js';
import {
  EMPTY_FORM,
  grantPage,
  grantsPage,
  paths,
  recordPage,
  type FilterChip,
  type FormState,
  type GrantListRow,
  type GrantsModel,
  type GrantTab,
} from '../../../ui/index.js';
import { readCursorPair, writeCursorPair } from '../../cursor.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { refusedAt, standingAt } from './acts.js';
import { attempt, formBody, linkTo, optional, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';
import { recordModel } from './records.js';

const HREF: Record<GrantTab, string> = { own: paths.grants, all: paths.allGrants, review: paths.emergencies };
const MAY = { own: 'reading.own', all: 'grant.list', review: 'reading.review' } as const;

const query = z.strictObject({
  after: z.string().max(120).optional(),
  kind: z.union([z.enum(GRANT_KINDS), z.literal('')]).optional(),
  live: z.enum(['1', '']).optional(),
});
type Asked = z.infer<typeof query>;

function rowOf(deps: HttpDeps, ctx: RequestContext, one: GrantView, numbers: ReadonlyMap<string, string>): GrantListRow {
  return {
    id: one.id,
    kind: one.kind,
    state: one.state,
    reader: one.person.name,
    purpose: purposeText(deps, ctx, one.purpose),
    records: one.records,
    until: one.endsAt,
    issuedAt: one.issuedAt,
    left: one.readingsLeft,
    request: one.requestId === null ? null : { id: one.requestId, number: numbers.get(one.requestId) ?? '' },
    reason: one.reason,
    review: one.review,
  };
}

function chipsOf(ctx: RequestContext, path: string, { kind, live }: Asked): FilterChip[] {
  const t = phrasesFor(ctx.lang).pages.grants;
  return [
    ...(kind ? [{ label: t.filters.kind, value: t.kinds[kind], remove: linkTo(path, { live }) }] : []),
    ...(live ? [{ label: t.filters.live, value: t.filters.onlyLive, remove: linkTo(path, { kind }) }] : []),
  ];
}

async function listReply(deps: HttpDeps, ctx: RequestContext, tab: GrantTab, asked: Asked, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
  const { items, next } = await listGrants(deps, ctx.actor, {
    which: tab,
    live: asked.live === '1',
    kind: asked.kind || undefined,
    after: readCursorPair(asked.after),
  });
  const numbers = await requestNumbers(deps.requests, [...new Set(items.map((one) => one.requestId).filter((id) => id !== null))]);
  const rows = items.map((one) => rowOf(deps, ctx, one, numbers));
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
  const model: GrantsModel = {
    tab,
    tabs: (['own', 'all', 'review'] as const).filter((one) => deps.access.mayEver(ctx.actor, MAY[one])),
    rows,
    paging: pagingOf(HREF[tab], { ...asked }, rows.length, writeCursorPair(next)),
    filters: { values: asked, errors: [] },
    chips: chipsOf(ctx, HREF[tab], asked),
    emergency: tab === 'own' && deps.access.mayEver(ctx.actor, 'reading.emergency') ? { form, purposes } : null,
  };
  return page(deps, standingAt(ctx, status === 200 ? ctx.url : HREF[tab]), grantsPage, model, { status });
}

async function oneReply(deps: HttpDeps, ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
  const one = await grantView(deps, ctx.actor, id);
  const numbers = await requestNumbers(deps.requests, one.requestId === null ? [] : [one.requestId]);
  const own = one.person.id === ctx.actor.personId;
  return page(
    deps,
    standingAt(ctx, paths.grant(id)),
    grantPage,
    {
      ...rowOf(deps, ctx, one, numbers),
      acts: one.acts,
      from: one.startsAt,
      issuedBy: one.issuedBy,
      supervisedFor: one.supervisedFor,
      endedAt: one.endedAt,
      result: one.result ?? '',
      endReason: one.endReason,
      listed: one.listed.map((record) => ({ id: record.id, title: record.title === '—' ? null : record.title, code: record.archivalCode ?? '' })),
      review: one.review,
      own,
      mayRevoke: deps.access.mayEver(ctx.actor, 'grant.revoke'),
      mayReview: !own && one.review !== null && deps.access.mayEver(ctx.actor, 'reading.review'),
      form,
    },
    { status },
  );
}

/** Takes the grant and opens the reading under it in one go: there is no time in an emergency. */
async function readNow(deps: HttpDeps, ctx: RequestContext, recordId: string, body: Form): Promise<Reply> {
  const purpose = textOf(body, 'purpose');
  await takeEmergency(deps.records, ctx.actor, { recordId, purpose, reason: textOf(body, 'reason') });
  // the session was looked up before there was a grant
  const reading = await openReading(deps.records, { ...ctx.actor, granted: true }, { recordId, purpose });
  return redirectWith(paths.reading(reading.id), { kind: 'warn', code: 'emergency_taken' });
}

/** An act on one grant; what is wrong with a field stands beside it, everything else above the page. */
async function actOn(deps: HttpDeps, ctx: RequestContext, id: string, body: Form, done: string, act: () => Promise<unknown>): Promise<Reply> {
  const tried = await attempt(act);
  if ('done' in tried) return redirectWith(paths.grant(id), { kind: 'good', code: done });
  if (tried.refused.fields.length > 0) return oneReply(deps, ctx, id, refusedForm(body, tried.refused), tried.refused.status);
  return refusedAt(paths.grant(id), tried.refused);
}

/** Grants 授权 and emergency readings, for people. */
export function grantPages(deps: HttpDeps): Route[] {
  const list = (tab: GrantTab, name: string): Route =>
    definePage({ method: 'get', path: HREF[tab], name, guard: MAY[tab], query, handler: (ctx, asked) => listReply(deps, ctx, tab, asked.query) });
  const fields = (refused: CodedError, body: Form): FormState => {
    const form = refusedForm(body, refused);
    return form.errors.length > 0 ? form : { ...form, errors: [{ field: 'purpose', code: refused.code }] };
  };
  return [
    list('own', 'grantsPage'),
    list('all', 'allGrantsPage'),
    list('review', 'emergenciesPage'),
    definePage({
      method: 'post',
      path: paths.emergencies,
      name: 'emergencyByNumberForm',
      guard: 'reading.emergency',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(async () => readNow(deps, ctx, await emergencyByNumber(deps, ctx.actor, textOf(body, 'number')), body));
        if ('done' in tried) return tried.done;
        if (tried.refused.code === 'forbidden') throw tried.refused;
        return listReply(deps, ctx, 'own', {}, fields(tried.refused, body), tried.refused.status);
      },
    }),
    definePage({
      method: 'post',
      path: '/records/:id/emergency',
      name: 'emergencyForm',
      guard: 'reading.emergency',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const tried = await attempt(() => readNow(deps, ctx, params.id, body));
        if ('done' in tried) return tried.done;
        if (tried.refused.code === 'forbidden') throw tried.refused;
        const model = await recordModel(deps, ctx, params.id);
        if (model.reading.kind !== 'denied' || model.reading.emergency === null) return refusedAt(paths.record(params.id), tried.refused);
        const reading = { ...model.reading, emergency: { ...model.reading.emergency, form: fields(tried.refused, body) } };
        return page(deps, standingAt(ctx, paths.record(params.id)), recordPage, { ...model, reading }, { status: tried.refused.status });
      },
    }),
    definePage({
      method: 'get',
      path: '/grants/:id',
      name: 'grantPage',
      guard: 'reading.own',
      params: idParams,
      handler: (ctx, { params }) => oneReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/grants/:id/revoke',
      name: 'revokeGrantForm',
      guard: 'grant.revoke',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) =>
        actOn(deps, ctx, params.id, body, 'grant_revoked', () => revokeGrant(deps, ctx.actor, { grantId: params.id, reason: textOf(body, 'reason') })),
    }),
    definePage({
      method: 'post',
      path: '/grants/:id/return',
      name: 'handBackGrantForm',
      guard: 'reading.own',
      params: idParams,
      bodyKind: 'form',
      body: z.looseObject({ result: z.enum(GRANT_RESULTS), note: z.string().max(2000).optional() }),
      handler: (ctx, { params, body }) =>
        actOn(deps, ctx, params.id, { ...optional('note', body.note ?? ''), result: body.result }, 'grant_returned', () =>
          handBackGrant(deps, ctx.actor, { grantId: params.id, result: body.result, note: body.note }),
        ),
    }),
    definePage({
      method: 'post',
      path: '/grants/:id/review',
      name: 'reviewEmergencyForm',
      guard: 'reading.review',
      params: idParams,
      bodyKind: 'form',
      body: z.looseObject({ accepted: z.enum(['0', '1']), note: z.string().max(2000).optional() }),
      handler: (ctx, { params, body }) =>
        actOn(deps, ctx, params.id, optional('note', body.note ?? ''), 'emergency_reviewed', () =>
          reviewEmergency(deps, ctx.actor, { grantId: params.id, accepted: body.accepted === '1', note: body.note }),
        ),
    }),
  ];
}
