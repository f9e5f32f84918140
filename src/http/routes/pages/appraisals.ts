import { z } from 'zod';
import {
  APPRAISAL_STATES,
  appraisalsToSign,
  createAppraisal,
  listAppraisalItems,
  listAppraisals,
  OUTCOMES,
  PROPOSALS,
  proposeFor,
  signAppraisal,
  submitToGroup,
  takeOutOf,
  undoLast,
  viewAppraisal,
  withdrawAppraisal,
  type AppraisalFilter,
  type Proposal,
} from '../../../disposition/index.js';
import { check, invalidField } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { SENSITIVITIES, SERVICE_TYPES } from '../../../records/values.js';
import { appraisalPage, appraisalsPage, EMPTY_FORM, paths, type AppraisalModel, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { refusedAt } from './acts.js';
import { receiptsOf } from './receipts.js';
import { attempt, departmentsOf, formBody, linkTo, listOf, pagingOf, refusedForm, textOf, type Form } from './common.js';

const blank = z.literal('').transform(() => undefined);
const filterQuery = z.strictObject({
  serviceType: z.union([blank, z.enum(SERVICE_TYPES)]).optional(),
  year: z.union([blank, z.string().regex(/^\d{4}$/)]).optional(),
  sensitivity: z.union([blank, z.enum(SENSITIVITIES)]).optional(),
  proposal: z.union([blank, z.enum([...PROPOSALS, 'none'])]).optional(),
  outcome: z.union([blank, z.enum(OUTCOMES)]).optional(),
  dissent: z.union([blank, z.literal('1')]).optional(),
});
type FilterQuery = z.infer<typeof filterQuery>;
const deskQuery = filterQuery.extend({
  after: z
    .string()
    .regex(/^\d{1,7}$/)
    .optional(),
});

const filterOf = ({ year, dissent, ...rest }: FilterQuery): AppraisalFilter => ({
  ...rest,
  year: year === undefined ? undefined : Number(year),
  dissent: dissent === '1',
});

const textsOf = (filter: FilterQuery): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** The filters that a form of the desk carried along; what is none is left out. */
function carried(form: Form): FilterQuery {
  const given = Object.fromEntries(Object.entries(form).flatMap(([name, value]) => (name.startsWith('filter.') ? [[name.slice(7), value]] : [])));
  const read = filterQuery.safeParse(given);
  return read.success ? read.data : {};
}

async function listReply(
  deps: HttpDeps,
  ctx: RequestContext,
  query: { state?: AppraisalModel['state'] | undefined; after?: string | undefined },
  form: FormState = EMPTY_FORM,
): Promise<Reply> {
  const { items, next } = await listAppraisals(deps.disposition, ctx.actor, { state: query.state }, query.after);
  const names = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]]));
  const makes = deps.access.mayEver(ctx.actor, 'appraisal.make');
  const toSign = deps.access.mayNow(ctx.actor, 'appraisal.sign') ? await appraisalsToSign(deps.disposition, ctx.actor) : [];
  const model = {
    rows: items.map((one) => ({ ...one, department: names.get(one.department) ?? one.department })),
    toSign,
    start: makes ? { departments: [...names].map(([value, text]) => ({ value, text })), form } : null,
    state: query.state ?? null,
    paging: pagingOf(paths.appraisals, { state: query.state, after: query.after }, items.length, next),
  };
  return page(deps, ctx, appraisalsPage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

async function deskReply(
  deps: HttpDeps,
  ctx: RequestContext,
  id: string,
  query: FilterQuery & { after?: string | undefined },
  form: FormState = EMPTY_FORM,
): Promise<Reply> {
  const { after, ...filter } = query;
  const view = await viewAppraisal(deps.disposition, ctx.actor, id);
  const shown = await listAppraisalItems(deps.disposition, ctx.actor, id, filterOf(filter), Number(after ?? 0));
  const people = [view.madeBy, ...view.members.flatMap((one) => (one.person === null ? [] : [one.person]))];
  const names = await deps.accounts.namesOfPersons(people);
  const departments = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]]));
  const phrases = phrasesFor(ctx.lang);
  const roles: Readonly<Record<string, string>> = phrases.access.roles;
  const texts = textsOf(filter);
  const here = paths.appraisal(id);
  const model: AppraisalModel = {
    ...view,
    receipts: await receiptsOf(deps, ctx, 'appraisals', id),
    department: departments.get(view.department) ?? view.department,
    madeBy: names.get(view.madeBy) ?? '',
    groups: view.groups.map((one) => ({
      ...one,
      serviceType: one.serviceType as AppraisalModel['groups'][number]['serviceType'],
      href: linkTo(here, { ...texts, serviceType: one.serviceType, year: one.year }),
    })),
    members: view.members.map((one) => {
      const role = roles[one.role] ?? one.role;
      const department = one.department === null ? null : (departments.get(one.department) ?? one.department);
      const who = department === null ? role : say(phrases.pages.disposition.appraisal.group.of, { role, department });
      return { who, name: names.get(one.person ?? '') ?? '', answer: one.answer, opinion: one.opinion, at: one.at };
    }),
    steps: view.steps.map((one) => ({ ...one, basis: one.basis ?? '' })),
    items: shown.items.map((one) => ({
      ...one,
      code: one.archivalCode,
      serviceType: one.serviceType as AppraisalModel['items'][number]['serviceType'],
      sensitivity: one.sensitivity as AppraisalModel['items'][number]['sensitivity'],
    })),
    total: shown.total,
    filter: texts,
    paging: { ...pagingOf(here, { ...texts, after }, shown.items.length, shown.next === null ? null : String(shown.next)), total: shown.total },
    exports: { xlsx: `${paths.appraisalExport(id)}?format=xlsx`, csv: `${paths.appraisalExport(id)}?format=csv` },
    form,
  };
  return page(deps, ctx, appraisalPage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

/** The records that a form means: those that were picked, or all that fit the filter. */
function meant(form: Form, filter: FilterQuery): AppraisalFilter {
  const picked = z.array(z.uuid()).max(10_000).safeParse(listOf(form, 'records'));
  if (textOf(form, 'scope') === 'all') return filterOf(filter);
  if (!picked.success || picked.data.length === 0) throw invalidField('scope', 'nothing_chosen');
  return { records: picked.data };
}

/** A number of a form, or nothing; what is none is refused beside its field. */
function numberOf(form: Form, name: string, max: number): number | undefined {
  const text = textOf(form, name);
  if (text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > max) throw invalidField(name, 'invalid');
  return value;
}

/** Appraisals: the list, the desk, and signing. */
export function appraisalPages(deps: HttpDeps): Route[] {
  const { disposition } = deps;
  /** An act of the desk: goes back to the same view, or shows what is wrong beside the form. */
  const act = (
    name: string,
    guard: 'appraisal.make' | 'appraisal.sign',
    run: (ctx: RequestContext, id: string, form: Form, filter: FilterQuery) => Promise<{ code: string; params?: Record<string, number> }>,
  ): Route =>
    definePage({
      method: 'post',
      path: `/appraisals/:id/${name}`,
      name: `${name}AppraisalForm`,
      guard,
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const filter = carried(body);
        const back = linkTo(paths.appraisal(params.id), textsOf(filter));
        const tried = await attempt(() => run(ctx, params.id, body, filter));
        if ('done' in tried) return redirectWith(back, { kind: 'good', ...tried.done });
        if (tried.refused.fields.length === 0) return refusedAt(back, tried.refused);
        const renamed = { period: 'years', which: 'scope', dissentOn: 'opinion' };
        return deskReply(deps, { ...ctx, url: back }, params.id, filter, refusedForm(body, tried.refused, renamed));
      },
    });
  return [
    definePage({
      method: 'get',
      path: paths.appraisals,
      name: 'appraisalsPage',
      guard: 'signed-in',
      query: z.strictObject({ state: z.enum(APPRAISAL_STATES).optional(), after: z.string().max(400).optional() }),
      handler: (ctx, { query }) => listReply(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: paths.appraisals,
      name: 'createAppraisalForm',
      guard: 'appraisal.make',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(async () => {
          const { options } = await departmentsOf(deps, ctx).catch(() => ({ options: [] }));
          const department = textOf(body, 'department');
          if (department === '' || (options.length > 0 && !options.some((one) => one.value === department))) throw invalidField('department', 'required');
          const serviceType = SERVICE_TYPES.find((one) => one === textOf(body, 'serviceType'));
          const before = textOf(body, 'termBefore');
          if (before !== '' && !z.iso.date().safeParse(before).success) throw invalidField('termBefore', 'invalid');
          return createAppraisal(disposition, ctx.actor, {
            department,
            serviceType,
            year: numberOf(body, 'year', 9999),
            termBefore: before === '' ? undefined : before,
          });
        });
        if ('done' in tried)
          return redirectWith(paths.appraisal(tried.done.id), { kind: 'good', code: 'appraisal_created', params: { count: tried.done.items } });
        return listReply(deps, { ...ctx, url: paths.appraisals }, {}, refusedForm(body, tried.refused));
      },
    }),
    definePage({
      method: 'get',
      path: '/appraisals/:id',
      name: 'appraisalPage',
      guard: 'signed-in',
      params: idParams,
      query: deskQuery,
      handler: (ctx, { params, query }) => deskReply(deps, ctx, params.id, query),
    }),
    act('propose', 'appraisal.make', async (ctx, id, form, filter) => {
      const proposal = PROPOSALS.find((one): one is Proposal => one === textOf(form, 'proposal'));
      if (proposal === undefined) throw invalidField('proposal', 'required');
      const years = numberOf(form, 'years', 200);
      const months = numberOf(form, 'months', 11);
      const period = years === undefined && months === undefined ? undefined : { years: years ?? 0, months: months ?? 0 };
      const done = await proposeFor(disposition, ctx.actor, {
        appraisalId: id,
        which: meant(form, filter),
        proposal,
        period,
        basis: textOf(form, 'basis'),
        reason: textOf(form, 'reason'),
      });
      return { code: 'appraisal_proposed', params: { count: done.items } };
    }),
    act('take-out', 'appraisal.make', async (ctx, id, form, filter) => {
      const { items } = await takeOutOf(disposition, ctx.actor, { appraisalId: id, which: meant(form, filter) });
      return { code: 'appraisal_taken_out', params: { count: items } };
    }),
    act('undo', 'appraisal.make', async (ctx, id, form) => {
      const { items } = await undoLast(disposition, ctx.actor, { appraisalId: id, step: numberOf(form, 'step', 1_000_000) ?? 0 });
      return { code: 'appraisal_undone', params: { count: items } };
    }),
    act('submit', 'appraisal.make', async (ctx, id) => {
      await submitToGroup(disposition, ctx.actor, id);
      return { code: 'appraisal_submitted' };
    }),
    act('withdraw', 'appraisal.make', async (ctx, id) => {
      await withdrawAppraisal(disposition, ctx.actor, id);
      return { code: 'appraisal_withdrawn' };
    }),
    act('sign', 'appraisal.sign', async (ctx, id, form) => {
      const agree = textOf(form, 'agree') === '1';
      const dissentOn = check(z.array(z.uuid()).max(10_000), listOf(form, 'records'), 'records');
      const { state } = await signAppraisal(disposition, ctx.actor, {
        appraisalId: id,
        digest: textOf(form, 'digest'),
        agree,
        opinion: textOf(form, 'opinion'),
        dissentOn,
      });
      return { code: state === 'decided' ? 'appraisal_decided' : 'appraisal_signed' };
    }),
  ];
}
