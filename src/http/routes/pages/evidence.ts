import { z } from 'zod';
import {
  askEvidence,
  decideEvidence,
  evidenceProgress,
  listEvidence,
  PACK_LIMITS,
  PACK_STATES,
  viewEvidence,
  withdrawEvidence,
} from '../../../evidence/index.js';
import { check } from '../../../errors/index.js';
import { formatDay, dayOf } from '../../../classification/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { evidencePackPage, evidencePage, paths, type EvidenceModel, type FormState } from '../../../ui/index.js';
import { readCursorPair, writeCursorPair } from '../../cursor.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { packBody, packQuery, packReply } from '../evidence.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { attempt, formBody, linkTo, optional, pagingOf, refusedForm, textOf, type Form } from './common.js';

const MONTH = 30 * 86_400_000;

/** The last thirty days, about a period: what a form begins with. */
function freshForm(deps: HttpDeps): FormState {
  const day = (at: Date): string => formatDay(dayOf(at, deps.config.timeZone));
  const now = deps.now();
  return { values: { kind: 'period', from: day(new Date(now.getTime() - MONTH)), to: day(now) }, errors: [] };
}

async function showList(deps: HttpDeps, ctx: RequestContext, query: z.output<typeof packQuery>, form: FormState, status = 200): Promise<Reply> {
  const { items, next } = await listEvidence(deps.evidence, ctx.actor, { state: query.state, after: readCursorPair(query.after) });
  const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.askedBy))]);
  const model: EvidenceModel = {
    view: query.state ?? 'all',
    views: (['all', ...PACK_STATES] as const).map((name) => ({ name, href: linkTo(paths.evidence, name === 'all' ? {} : { state: name }) })),
    rows: items.map((one) => ({ ...one, by: names.get(one.askedBy) ?? '' })),
    paging: pagingOf(paths.evidence, query, items.length, writeCursorPair(next)),
    form: deps.access.mayEver(ctx.actor, 'evidence.make') ? form : null,
    maySides: deps.access.mayEver(ctx.actor, 'audit.side'),
    limits: PACK_LIMITS,
  };
  return page(deps, status === 200 ? ctx : standingAt(ctx, paths.evidence), evidencePage, model, { status });
}

async function ask(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const typed = { kind: textOf(body, 'kind'), from: textOf(body, 'from'), to: textOf(body, 'to'), reason: textOf(body, 'reason') };
  const tried = await attempt(() =>
    askEvidence(
      deps.evidence,
      ctx.actor,
      check(packBody, { ...typed, ...optional('subject', textOf(body, 'subject')), sides: textOf(body, 'sides') === 'yes' }),
    ),
  );
  if ('done' in tried) {
    const code = tried.done.state === 'waiting' ? 'evidence_asked' : 'evidence_begun';
    return redirectWith(paths.evidencePack(tried.done.id), { kind: 'good', code });
  }
  return tried.refused.fields.length > 0 ? showList(deps, ctx, {}, refusedForm(body, tried.refused), 422) : refusedAt(paths.evidence, tried.refused);
}

async function showOne(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const one = await viewEvidence(deps.evidence, ctx.actor, id);
  const persons = [one.askedBy, one.decidedBy, one.personId].filter((each) => each !== null);
  const names = await deps.accounts.namesOfPersons([...new Set(persons)]);
  const name = (person: string | null): string => (person === null ? '' : (names.get(person) ?? ''));
  return page(deps, ctx, evidencePackPage, {
    one,
    by: name(one.askedBy),
    decidedBy: name(one.decidedBy),
    subject: one.personId === null ? (one.client ?? one.recordId ?? '') : name(one.personId),
    recordHref: one.recordId !== null && deps.access.mayEver(ctx.actor, 'record.view') ? paths.record(one.recordId) : null,
    failure: one.failure === null ? null : failureText(ctx, one.failure),
  });
}

function failureText(ctx: RequestContext, code: string): string {
  const texts = phrasesFor(ctx.lang).evidence.failures;
  return Object.hasOwn(texts, code) ? texts[code as keyof typeof texts] : say(texts.other, { code });
}

/** Evidence packs, for people: asked for, approved, watched, fetched. */
export function evidencePages(deps: HttpDeps): Route[] {
  const { evidence } = deps;
  const step = (id: string, act: 'evidence_approved' | 'evidence_declined' | 'evidence_withdrawn', run: () => Promise<void>): Promise<Reply> =>
    actAt(paths.evidencePack(id), act, run);
  return [
    definePage({
      method: 'get',
      path: paths.evidence,
      name: 'evidencePage',
      guard: 'evidence.view',
      query: packQuery,
      handler: (ctx, { query }) => showList(deps, ctx, query, freshForm(deps)),
    }),
    definePage({
      method: 'post',
      path: paths.evidence,
      name: 'askEvidenceForm',
      guard: 'evidence.make',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => ask(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: '/evidence/:id',
      name: 'evidencePackPage',
      guard: 'evidence.view',
      params: idParams,
      handler: (ctx, { params }) => showOne(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/evidence/:id/progress',
      name: 'evidenceProgress',
      guard: 'evidence.view',
      params: idParams,
      responses: { 200: z.object({ done: z.int(), total: z.int(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx, { params }) {
        const { done, total, finished } = await evidenceProgress(evidence, ctx.actor, params.id);
        const text = say(phrasesFor(ctx.lang).pages.evidence.progress, { done, total });
        return { json: { done, total, figures: { making: text }, finished } };
      },
    }),
    definePage({
      method: 'get',
      path: '/evidence/:id/pack.zip',
      name: 'evidencePackFile',
      guard: 'evidence.make',
      params: idParams,
      streams: ['application/zip'],
      handler: (ctx, { params }) => packReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/evidence/:id/decide',
      name: 'decideEvidenceForm',
      guard: 'evidence.approve',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler(ctx, { params, body }) {
        const agree = textOf(body, 'agree') === 'yes';
        return step(params.id, agree ? 'evidence_approved' : 'evidence_declined', () => decideEvidence(evidence, ctx.actor, params.id, agree));
      },
    }),
    definePage({
      method: 'post',
      path: '/evidence/:id/withdraw',
      name: 'withdrawEvidenceForm',
      guard: 'evidence.make',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => step(params.id, 'evidence_withdrawn', () => withdrawEvidence(evidence, ctx.actor, params.id)),
    }),
  ];
}
