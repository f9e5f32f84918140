import { z } from 'zod';
import { TICKET_MINUTES } from '../../../accounts/index.js';
import { CodedError, isCoded } from '../../../errors/index.js';
import { showToVisitor, viewVisit } from '../../../requests/index.js';
import { EMPTY_FORM, onSitePage, paths, siteReadingPage, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { endAtScreen, siteDeps } from '../site-visits.js';
import { standingAt } from './acts.js';
import { attempt, formBody, inForm, purposeText, textOf } from './common.js';
import { readingModel } from './readings.js';
import { baseOf, configured, TICKET_COOKIE } from './sign-on.js';

/** Why an answer of the provider did not count. */
const WHY = ['sign_on_expired', 'sign_on_invalid', 'sign_on_denied', 'sign_on_unknown', 'sign_on_unavailable'] as const;

/** What somebody from outside sees in the session that is locked to the reading on site, and how who stands by ends it there. */
export function onSitePages(deps: HttpDeps): Route[] {
  const site = siteDeps(deps);

  const lockedTo = (ctx: RequestContext): string => {
    if (ctx.actor.locked === undefined) throw new CodedError('not_found');
    return ctx.actor.locked.visit;
  };
  const nameOf = async (person: string): Promise<string> => (await deps.accounts.namesOfPersons([person])).get(person) ?? '';

  async function reply(ctx: RequestContext, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
    const visit = await viewVisit(site, ctx.actor, lockedTo(ctx));
    const model = {
      visitId: visit.id,
      number: visit.number,
      visitor: visit.visitor.name,
      by: await nameOf(visit.supervisor),
      place: visit.place,
      purpose: purposeText(deps, ctx, visit.purpose),
      endsAt: visit.endsAt,
      strayed: visit.strayed,
      records: visit.records.map((one) => ({ ...one, open: visit.shown.some((shown) => shown.recordId === one.id && shown.open) })),
      asked: await deps.accounts.askedAtLock(ctx.actor),
      form,
    };
    return page(deps, standingAt(ctx, paths.onSite), onSitePage, model, { status });
  }

  return [
    definePage({
      method: 'get',
      path: paths.onSite,
      name: 'onSitePage',
      guard: 'reading.supervise',
      query: z.object({ why: z.enum(WHY).optional().catch(undefined) }),
      handler: (ctx, { query }) => reply(ctx, query.why === undefined ? EMPTY_FORM : { values: {}, errors: [{ field: 'provider', code: query.why }] }),
    }),
    definePage({
      // a link, not a form: a form may not lead to another site
      method: 'get',
      path: paths.proveOnSite,
      name: 'proveOnSite',
      guard: 'reading.supervise',
      async handler(ctx) {
        lockedTo(ctx);
        try {
          const { url, ticket } = await configured(deps).beginProof(ctx.actor, baseOf(deps, ctx) + paths.signOnAnswer);
          return { redirect: url, cookies: [{ name: TICKET_COOKIE, value: ticket, maxAge: TICKET_MINUTES * 60 }] };
        } catch (error) {
          if (!isCoded(error, 'sign_on_unavailable')) throw error;
          return reply(ctx, { values: {}, errors: [{ field: 'provider', code: error.code }] }, error.status);
        }
      },
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
        if (lockedTo(ctx) !== params.id) throw new CodedError('not_found');
        // the second factor is shown before the session is locked; here nobody could show it
        const tried = await attempt(() => showToVisitor(site, ctx.actor, { visitId: params.id, recordId: body.record })).catch((error: unknown) => {
          if (isCoded(error, 'second_factor_required')) return { refused: error };
          throw error;
        });
        if ('done' in tried) return { status: 303, headers: { Location: paths.siteReading(params.id, tried.done.readingId) } };
        return reply(ctx, { values: {}, errors: [{ field: 'record', code: tried.refused.code }] }, tried.refused.status);
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
        if (lockedTo(ctx) !== params.id) throw new CodedError('not_found');
        const visit = await viewVisit(site, ctx.actor, params.id);
        if (!visit.shown.some((one) => one.readingId === params.reading)) throw new CodedError('not_found');
        const reading = await readingModel(deps, ctx, params.reading, query.file, undefined, query.page ?? 1);
        const model = { visitId: params.id, number: visit.number, visitor: visit.visitor.name, by: await nameOf(visit.supervisor), reading };
        return page(deps, ctx, siteReadingPage, model);
      },
    }),
    definePage({
      method: 'post',
      path: paths.endOnSite,
      name: 'endOnSiteForm',
      guard: 'reading.supervise',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const visit = lockedTo(ctx);
        const password = typeof body['password'] === 'string' ? body['password'].slice(0, 1000) : '';
        const asked = { result: textOf(body, 'result') as 'solved', note: textOf(body, 'note'), signed: textOf(body, 'signed') === '1' };
        const tried = await attempt(() => endAtScreen(deps, ctx, visit, { ...asked, password, code: textOf(body, 'code').slice(0, 40) }));
        if ('refused' in tried) {
          const { password: _, code: __, ...kept } = body;
          const refused = tried.refused.code === 'bad_credentials' ? wrongPassword() : tried.refused;
          return reply(ctx, inForm(kept, refused, 'result'), refused.status);
        }
        const next = redirectWith(tried.done.reopened ? paths.siteVisit(visit) : paths.signIn, { kind: 'good', code: 'visit_ended' });
        return { ...next, headers: tried.done.headers, cookies: [...(next.cookies ?? []), ...tried.done.cookies] };
      },
    }),
  ];
}

const wrongPassword = (): CodedError => new CodedError('invalid_field', { fields: [{ field: 'password', code: 'invalid' }] });
