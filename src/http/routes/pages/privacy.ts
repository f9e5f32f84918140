import { z } from 'zod';
import { CodedError, isCoded } from '../../../errors/index.js';
import { isLang, phrasesFor } from '../../../phrases/index.js';
import {
  answerRequest,
  bindErasure,
  closeRequest,
  decideFile,
  decideRequest,
  examineRequest,
  extendRequest,
  identifyRequest,
  listCopyFiles,
  listDisclosed,
  listRequests,
  makeLetter,
  registerRequest,
  restrictFor,
  viewRequest,
} from '../../../privacy/index.js';
import { answerRestriction, dayStart, listRestrictions, proposeRelease, RESTRICTION_GROUNDS, viewRestriction } from '../../../records/index.js';
import {
  disclosuresPage,
  EMPTY_FORM,
  errorText,
  paths,
  privacyListPage,
  privacyRequestPage,
  restrictionPage,
  restrictionsPage,
  type FormState,
  type PrivacyListModel,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { copyReply, letterReply } from '../privacy.js';
import { afterQuery, attempt, formBody, pagingOf, refusedForm, textOf, type Form } from './common.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function placesOf(deps: HttpDeps, { actor }: RequestContext): PrivacyListModel['places'] {
  const may = (act: Parameters<HttpDeps['access']['mayEver']>[1]): boolean => deps.access.mayEver(actor, act);
  return [
    ...(may('privacy.view') ? (['requests', 'overdue'] as const) : []),
    ...(may('privacy.decide') ? (['restrictions'] as const) : []),
    ...(may('disclosure.view') ? (['disclosures'] as const) : []),
  ];
}

/** Back to a page, saying what was done or why not; a page that is not there says so itself. */
async function acted(ctx: RequestContext, to: string, act: () => Promise<unknown>): Promise<Reply> {
  const tried = await attempt(act).catch((error: unknown) => {
    if (isCoded(error, 'not_found')) return { refused: error };
    throw error;
  });
  if ('done' in tried) return redirectWith(to, { kind: 'good', code: 'saved' });
  const p = phrasesFor(ctx.lang);
  const [field] = tried.refused.fields;
  const reason = field === undefined ? p.errors[tried.refused.code].title : errorText({ p }, field);
  return redirectWith(to, { kind: 'bad', code: 'refused', params: { reason } });
}

async function list(
  deps: HttpDeps,
  ctx: RequestContext,
  query: { after?: string | undefined; overdue?: string | undefined },
  form: FormState,
  status = 200,
): Promise<Reply> {
  const overdue = query.overdue === '1';
  const { items, next } = await listRequests(deps.privacy, ctx.actor, { overdue }, query.after);
  const names = await deps.accounts.namesOfPersons(items.map((one) => one.registeredBy));
  const model: PrivacyListModel = {
    places: placesOf(deps, ctx),
    overdue,
    rows: items.map((one) => ({ ...one, by: names.get(one.registeredBy) ?? '' })),
    paging: pagingOf(paths.privacy, query, items.length, next),
    mayRegister: deps.access.mayEver(ctx.actor, 'privacy.register'),
    form,
  };
  return page(deps, ctx, privacyListPage, model, { status });
}

/** Clients' requests, restrictions and disclosures, for people. */
export function privacyPageRoutes(deps: HttpDeps): Route[] {
  return [...requestPages(deps), ...restrictionPages(deps)];
}

function requestPages(deps: HttpDeps): Route[] {
  const { privacy } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.privacy,
      name: 'privacyPage',
      guard: 'privacy.view',
      query: afterQuery.extend({ overdue: z.enum(['1']).optional() }),
      handler: (ctx, { query }) => list(deps, ctx, query, EMPTY_FORM),
    }),
    definePage({
      method: 'post',
      path: paths.privacy,
      name: 'registerPrivacyForm',
      guard: 'privacy.register',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const day = textOf(body, 'receivedOn');
        const receivedAt = DAY.test(day) && !Number.isNaN(Date.parse(day)) ? dayStart(day, deps.config.timeZone) : undefined;
        const field = (name: string) => textOf(body, name);
        const input = {
          kind: field('kind'),
          channel: field('channel'),
          client: field('client'),
          asked: field('asked'),
          name: field('name'),
          contact: field('contact'),
        };
        const tried = await attempt(() => registerRequest(privacy, ctx.actor, { ...input, receivedAt }));
        if ('done' in tried) return redirectWith(paths.privacyRequest(tried.done.id), { kind: 'good', code: 'saved' });
        return list(deps, ctx, {}, refusedForm(body, tried.refused, { receivedAt: 'receivedOn' }), tried.refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/privacy/:id',
      name: 'privacyRequestPage',
      guard: 'privacy.view',
      params: idParams,
      async handler(ctx, { params }) {
        const request = await viewRequest(privacy, ctx.actor, params.id);
        const names = await deps.accounts.namesOfPersons(request.steps.map((one) => one.by));
        const files = request.kind === 'copy' && request.mayWork ? await listCopyFiles(privacy, ctx.actor, params.id) : [];
        const mayRestrict = deps.access.mayEver(ctx.actor, 'record.restrict') && request.state !== 'closed';
        return page(deps, ctx, privacyRequestPage, { request, names, files, mayRestrict });
      },
    }),
    definePage({
      method: 'get',
      path: '/privacy/:id/letters/:letter',
      name: 'privacyLetterPage',
      guard: 'privacy.view',
      params: z.strictObject({ id: z.uuid(), letter: z.uuid() }),
      streams: ['application/pdf'],
      handler: (ctx, { params }) => letterReply(deps, ctx, params.id, params.letter),
    }),
    definePage({
      method: 'post',
      path: '/privacy/:id/:step',
      name: 'privacyStepForm',
      guard: 'privacy.view',
      params: z.strictObject({ id: z.uuid(), step: z.string().max(20) }),
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        if (params.step === 'copy') return copyReply(deps, ctx, params.id, ctx.lang);
        return acted(ctx, paths.privacyRequest(params.id), () => stepOf(deps, ctx, params, body));
      },
    }),
    definePage({
      method: 'get',
      path: paths.disclosures,
      name: 'disclosuresPage',
      guard: 'disclosure.view',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listDisclosed(privacy, ctx.actor, {}, query.after);
        const names = await deps.accounts.namesOfPersons(items.map((one) => one.by));
        const rows = items.map((one) => ({ ...one, byName: names.get(one.by) ?? '' }));
        return page(deps, ctx, disclosuresPage, { places: placesOf(deps, ctx), rows, paging: pagingOf(paths.disclosures, query, rows.length, next) });
      },
    }),
  ];
}

async function stepOf({ privacy }: HttpDeps, { actor, lang }: RequestContext, { id, step }: { id: string; step: string }, form: Form): Promise<unknown> {
  const note = textOf(form, 'note');
  switch (step) {
    case 'identify':
      return identifyRequest(privacy, actor, { id, method: textOf(form, 'method'), note });
    case 'examine':
      return examineRequest(privacy, actor, { id, note });
    case 'extend':
      return extendRequest(privacy, actor, { id, reason: note });
    case 'decide':
      return decideRequest(privacy, actor, { id, outcome: textOf(form, 'outcome'), ground: textOf(form, 'ground'), reason: note });
    case 'bind':
      return bindErasure(privacy, actor, { id, ground: textOf(form, 'ground'), reason: note });
    case 'answer':
      return answerRequest(privacy, actor, { id, note });
    case 'close':
      return closeRequest(privacy, actor, { id, note });
    case 'letter': {
      const wanted = textOf(form, 'lang');
      return makeLetter(privacy, actor, { id, kind: textOf(form, 'kind'), lang: isLang(wanted) ? wanted : lang });
    }
    case 'file':
      return decideFile(privacy, actor, { id, fileId: textOf(form, 'file'), approved: textOf(form, 'approved') === '1' });
    default:
      throw new CodedError('not_found');
  }
}

function restrictionPages(deps: HttpDeps): Route[] {
  const { records, privacy } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.restrictions,
      name: 'restrictionsPage',
      guard: 'privacy.decide',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listRestrictions(records, ctx.actor, {}, query.after);
        const names = await deps.accounts.namesOfPersons(items.map((one) => one.proposedBy));
        const rows = items.map((one) => ({ ...one, by: names.get(one.proposedBy) ?? '' }));
        return page(deps, ctx, restrictionsPage, { places: placesOf(deps, ctx), rows, paging: pagingOf(paths.restrictions, query, rows.length, next) });
      },
    }),
    definePage({
      method: 'post',
      path: paths.restrictions,
      name: 'proposeRestrictionForm',
      guard: 'record.restrict',
      bodyKind: 'form',
      body: z.object({ request: z.uuid(), ground: z.enum(RESTRICTION_GROUNDS), reason: z.string().max(2000) }),
      handler: (ctx, { body }) =>
        acted(ctx, paths.privacyRequest(body.request), () =>
          restrictFor(privacy, ctx.actor, { requestId: body.request, ground: body.ground, reason: body.reason }),
        ),
    }),
    definePage({
      method: 'get',
      path: '/restrictions/:id',
      name: 'restrictionPage',
      guard: 'privacy.decide',
      params: idParams,
      async handler(ctx, { params }) {
        const restriction = await viewRestriction(records, ctx.actor, params.id);
        const { proposedBy, decidedBy, releaseProposedBy, releasedBy } = restriction;
        const names = await deps.accounts.namesOfPersons([proposedBy, decidedBy, releaseProposedBy, releasedBy].filter((one) => one !== null));
        return page(deps, ctx, restrictionPage, { restriction, names, mayRelease: deps.access.mayEver(ctx.actor, 'record.release') });
      },
    }),
    definePage({
      method: 'post',
      path: '/restrictions/:id/answer',
      name: 'answerRestrictionForm',
      guard: 'privacy.decide',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ agree: z.enum(['0', '1']) }),
      handler: (ctx, { params, body }) =>
        acted(ctx, paths.restriction(params.id), () => answerRestriction(records, ctx.actor, { id: params.id, agree: body.agree === '1' })),
    }),
    definePage({
      method: 'post',
      path: '/restrictions/:id/release',
      name: 'proposeReleaseForm',
      guard: 'record.release',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ reason: z.string().max(2000) }),
      handler: (ctx, { params, body }) =>
        acted(ctx, paths.restriction(params.id), () => proposeRelease(records, ctx.actor, { id: params.id, reason: body.reason })),
    }),
  ];
}
