import { z } from 'zod';
import {
  answerLift,
  answerProposal,
  HOLD_MATTERS,
  HOLD_STATES,
  HOLD_TAKES,
  keepHold,
  listHolds,
  makeHold,
  ownersOf,
  previewHold,
  proposeLift,
  viewHold,
  type HoldWay,
  type ScopeInput,
} from '../../../disposition/index.js';
import { CodedError, isCoded } from '../../../errors/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import {
  EMPTY_FORM,
  errorText,
  holdFormPage,
  holdPage,
  holdsPage,
  paths,
  type FormState,
  type HoldFormModel,
  type HoldModel,
  type Option,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { HOLD_FORMATS, holdTable } from '../holds.js';
import { afterQuery, attempt, formBody, listOf, optional, pagingOf, refusedForm, rowOf, textOf, type Form } from './common.js';

const WAYS: readonly HoldWay[] = ['set', 'freeze', 'propose'];

/** The ways in which this person may make a hold; one who may set one need not propose. */
function waysOf(deps: HttpDeps, { actor }: RequestContext): HoldWay[] {
  const may = WAYS.filter((way) => deps.access.mayEver(actor, `hold.${way}`));
  return may.includes('set') ? may.filter((way) => way !== 'propose') : may;
}

async function ownerOptions(deps: HttpDeps, ctx: RequestContext): Promise<Option[]> {
  if (!deps.access.mayEver(ctx.actor, 'hold.set')) return [];
  const persons = (await ownersOf(deps.holds)).filter((one) => one !== ctx.actor.personId);
  const names = await deps.accounts.namesOfPersons(persons);
  return persons.map((value) => ({ value, text: names.get(value) ?? '' }));
}

/** What a form says a hold is over; several records as they were picked, or numbers one a line. */
function scopeOf(form: Form): ScopeInput {
  const numbers = textOf(form, 'numbers')
    .split(/[\s,，、;；]+/u)
    .filter((one) => one !== '');
  const records = listOf(form, 'record').filter((one) => one !== '');
  if (!records.every((one) => z.uuid().safeParse(one).success)) throw new CodedError('not_found');
  return {
    ...(records.length > 0 ? { records } : {}),
    ...(numbers.length > 0 ? { numbers } : {}),
    ...optional('client', textOf(form, 'client')),
    ...optional('query', textOf(form, 'query')),
    ...optional('log', textOf(form, 'log')),
  };
}

async function formOf(deps: HttpDeps, ctx: RequestContext, form: FormState, preview: HoldFormModel['preview'], status = 200): Promise<Reply> {
  const model = { form, ways: waysOf(deps, ctx), owners: await ownerOptions(deps, ctx), preview };
  return page(deps, ctx, holdFormPage, model, { status });
}

/** The form with what its scope would take; with what is wrong beside its field, where it cannot be said. */
async function previewed(deps: HttpDeps, ctx: RequestContext, form: Form, refused?: CodedError): Promise<Reply> {
  const state = refused ? refusedForm(form, refused) : { values: form, errors: [] };
  const tried = await attempt(() => previewHold(deps.holds, ctx.actor, scopeOf(form)));
  if ('refused' in tried) {
    const wrong = refusedForm(form, tried.refused);
    return formOf(deps, ctx, refused ? state : wrong, null, tried.refused.status);
  }
  const { total, tooMany, sample } = tried.done;
  return formOf(deps, ctx, state, { total, tooMany, max: HOLD_TAKES, sample: sample.map(rowOf) }, refused?.status ?? 200);
}

/** A hold that may be made by its ways; what was typed stays. */
async function make(deps: HttpDeps, ctx: RequestContext, form: Form): Promise<Reply> {
  const way = WAYS.find((one) => one === textOf(form, 'way'));
  if (way === undefined) return previewed(deps, ctx, form, new CodedError('invalid_field', { fields: [{ field: 'way', code: 'missing' }] }));
  const input = {
    ...scopeOf(form),
    matter: textOf(form, 'matter'),
    reference: textOf(form, 'reference'),
    reason: textOf(form, 'reason'),
    ...(way === 'freeze' ? {} : { reviewOn: textOf(form, 'reviewOn') }),
    ...(way === 'set' ? { owner: textOf(form, 'owner') } : {}),
  };
  const tried = await attempt(() => makeHold(deps.holds, ctx.actor, way, input));
  if ('done' in tried) return redirectWith(paths.hold(tried.done.id), { kind: 'good', code: 'saved' });
  return previewed(deps, ctx, form, tried.refused);
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

async function view(deps: HttpDeps, ctx: RequestContext, id: string, after: string | undefined): Promise<Reply> {
  const hold = await viewHold(deps.holds, ctx.actor, id, after);
  const persons = [hold.owner, hold.madeBy, hold.decidedBy, hold.liftProposedBy, hold.liftedBy].filter((one) => one !== null);
  const may = (act: 'hold.set' | 'hold.lift' | 'hold.view'): boolean => deps.access.mayEver(ctx.actor, act);
  const model: HoldModel = {
    hold,
    names: await deps.accounts.namesOfPersons(persons),
    rows: hold.covered.items.map((one) => ({ ...rowOf(one), since: one.since, caught: one.caught })),
    paging: { ...pagingOf(paths.hold(id), { after }, hold.covered.items.length, hold.covered.next), total: hold.records },
    may: { set: may('hold.set'), lift: may('hold.lift'), export: may('hold.view') },
    owners: await ownerOptions(deps, ctx),
    form: EMPTY_FORM,
  };
  return page(deps, ctx, holdPage, model);
}

const listQuery = afterQuery.extend({
  state: z.enum(['', ...HOLD_STATES, 'open']).optional(),
  matter: z.enum(['', ...HOLD_MATTERS]).optional(),
  overdue: z.enum(['1']).optional(),
});

/** Disposal holds, for people. */
export function holdPages(deps: HttpDeps): Route[] {
  const { holds } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.holds,
      name: 'holdsPage',
      guard: 'hold.propose',
      query: listQuery,
      async handler(ctx, { query }) {
        const { state, matter, overdue, after } = query;
        const filter = { ...(state ? { state } : {}), ...(matter ? { matter } : {}), ...(overdue ? { overdue: true } : {}) };
        const { items, next } = await listHolds(holds, ctx.actor, filter, after);
        const names = await deps.accounts.namesOfPersons([...new Set(items.map((one) => one.owner))]);
        return page(deps, ctx, holdsPage, {
          rows: items.map((one) => ({ ...one, ownerName: names.get(one.owner) ?? '' })),
          paging: pagingOf(paths.holds, query, items.length, next),
          filters: { values: query, errors: [] },
          filtered: Object.keys(filter).length > 0,
          mayMake: waysOf(deps, ctx).length > 0,
        });
      },
    }),
    definePage({
      method: 'get',
      path: paths.newHold,
      name: 'newHoldPage',
      guard: 'hold.propose',
      query: z.strictObject({ record: z.uuid().optional() }),
      handler: (ctx, { query }) => (query.record === undefined ? formOf(deps, ctx, EMPTY_FORM, null) : previewed(deps, ctx, { record: query.record })),
    }),
    definePage({
      method: 'post',
      path: paths.newHold,
      name: 'newHoldForm',
      guard: 'hold.propose',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => (textOf(body, 'do') === 'make' ? make(deps, ctx, body) : previewed(deps, ctx, body)),
    }),
    definePage({
      method: 'get',
      path: '/holds/:id',
      name: 'holdPage',
      guard: 'hold.propose',
      params: idParams,
      query: afterQuery,
      handler: (ctx, { params, query }) => view(deps, ctx, params.id, query.after),
    }),
    definePage({
      method: 'get',
      path: '/holds/:id/records.:format',
      name: 'holdTablePage',
      guard: 'hold.view',
      params: z.strictObject({ id: z.uuid(), format: z.enum(HOLD_FORMATS) }),
      streams: ['text/csv; charset=utf-8'],
      handler: (ctx, { params }) => holdTable(deps, ctx, params.id, params.format),
    }),
    definePage({
      method: 'post',
      path: '/holds/:id/:step',
      name: 'holdStepForm',
      guard: 'hold.propose',
      params: z.strictObject({ id: z.uuid(), step: z.enum(['answer', 'lift', 'lift-answer', 'review']) }),
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) => acted(ctx, paths.hold(params.id), () => stepOf(deps, ctx, params.id, params.step, body)),
    }),
  ];
}

async function stepOf(
  { holds }: HttpDeps,
  { actor }: RequestContext,
  id: string,
  step: 'answer' | 'lift' | 'lift-answer' | 'review',
  form: Form,
): Promise<unknown> {
  const reason = textOf(form, 'reason');
  const owner = textOf(form, 'owner');
  switch (step) {
    case 'answer':
      return answerProposal(holds, actor, { id, accept: textOf(form, 'accept') === '1', reason, owner });
    case 'lift':
      return proposeLift(holds, actor, { id, reason });
    case 'lift-answer':
      return answerLift(holds, actor, { id, agree: textOf(form, 'agree') === '1' });
    case 'review':
      return keepHold(holds, actor, { id, reason, reviewOn: textOf(form, 'reviewOn'), owner });
  }
}
