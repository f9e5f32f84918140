import { z } from 'zod';
import {
  answerRegister,
  appointFor,
  appraisalsToSign,
  appraisedWaiting,
  candidatesOf,
  checkRegister,
  createErasure,
  createRegister,
  dismissFrom,
  erasuresToMake,
  freezeRegister,
  listRegisterItems,
  listRegisters,
  OFFICES,
  REGISTER_STATES,
  registersWaiting,
  rejectRegisterItems,
  stopRegister,
  submitRegister,
  takeOutOfRegister,
  viewRegister,
} from '../../../disposition/index.js';
import type { Act } from '../../../access/index.js';
import { check, invalidField } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { EMPTY_FORM, paths, registerPage, registersPage, registersWaitingPage, type FormState, type RegisterModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { notTyped, refusedAt } from './acts.js';
import { receiptsOf } from './receipts.js';
import { attempt, formBody, listOf, pagingOf, refusedForm, textOf, type Form } from './common.js';
import { registerTimeline } from './register-timeline.js';

async function listReply(
  deps: HttpDeps,
  ctx: RequestContext,
  query: { state?: RegisterModel['state'] | undefined; after?: string | undefined },
  form: FormState = EMPTY_FORM,
): Promise<Reply> {
  const { items, next } = await listRegisters(deps.disposition, ctx.actor, { state: query.state }, query.after);
  const names = await deps.accounts.namesOfPersons(items.map((one) => one.madeBy));
  const departments = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]]));
  const makes = deps.access.mayEver(ctx.actor, 'destruction.make');
  const appraisals = makes ? await appraisedWaiting(deps.disposition, ctx.actor) : [];
  const model = {
    rows: items.map((one) => ({ ...one, madeBy: names.get(one.madeBy) ?? '' })),
    state: query.state ?? null,
    paging: pagingOf(paths.registers, { state: query.state, after: query.after }, items.length, next),
    make: makes
      ? {
          appraisals: appraisals.map((one) => ({ ...one, department: departments.get(one.department) ?? one.department })),
          erasures: await erasuresToMake(deps.disposition, ctx.actor),
          form,
        }
      : null,
    waiting: (await registersWaiting(deps.disposition, ctx.actor)).length,
  };
  return page(deps, ctx, registersPage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

/** Who could take an office that is free, by name and department. */
async function candidates(deps: HttpDeps, ctx: RequestContext, taken: ReadonlySet<string>): Promise<RegisterModel['candidates']> {
  const t = phrasesFor(ctx.lang).pages.disposition.register;
  const departments = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]]));
  const lists = await Promise.all(OFFICES.map((office) => candidatesOf(deps.disposition, office)));
  const names = await deps.accounts.namesOfPersons(lists.flat().map((one) => one.personId));
  const [executor = [], supervisor = []] = lists.map((list) =>
    list
      .filter((one) => !taken.has(one.personId))
      .map((one) => {
        const where = [departments.get(one.department) ?? one.department, ...(one.outside ? [t.outside] : [])].filter((text) => text !== '');
        return { value: one.personId, text: `${names.get(one.personId) ?? ''} · ${where.join(' · ')}` };
      }),
  );
  return { executor, supervisor };
}

async function oneReply(deps: HttpDeps, ctx: RequestContext, id: string, after: string | undefined, form: FormState = EMPTY_FORM): Promise<Reply> {
  const view = await viewRegister(deps.disposition, ctx.actor, id);
  const shown = await listRegisterItems(deps.disposition, ctx.actor, id, {}, Number(after ?? 0));
  const people = new Set([
    view.madeBy,
    ...view.approvals.flatMap((one) => (one.person === null ? [] : [one.person])),
    ...view.appointments.map((one) => one.person),
    ...(view.endedBy === null ? [] : [view.endedBy]),
  ]);
  const names = await deps.accounts.namesOfPersons([...people]);
  const departments = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]]));
  const name = (person: string | null): string => (person === null ? '' : (names.get(person) ?? ''));
  const taken = new Set([
    view.madeBy,
    ...view.approvals.flatMap((one) => (one.person === null ? [] : [one.person])),
    ...view.appointments.filter((one) => one.endedAt === null).map((one) => one.person),
  ]);
  const model: RegisterModel = {
    id,
    number: view.number,
    kind: view.kind,
    request:
      view.request === null
        ? null
        : { number: view.request.number, href: deps.access.mayEver(ctx.actor, 'privacy.view') ? paths.privacyRequest(view.request.id) : null },
    state: view.state,
    itemCount: view.items,
    place: view.place,
    digest: view.digest,
    rules: view.rules,
    round: view.round,
    executeAfter: view.executeAfter,
    endReason: view.endReason,
    maker: name(view.madeBy),
    pauseDays: deps.disposition.dispositionRules().pause_days,
    timeline: registerTimeline(ctx.lang, view, name, deps.now()),
    people: view.appointments.filter((one) => one.endedAt === null).map((one) => ({ ...one, name: name(one.person) })),
    items: shown.items.map((one) => ({
      ...one,
      code: one.archivalCode,
      ground: one.erasure === null ? one.ground : say(phrasesFor(ctx.lang).dispositionForms.register.erasure, { number: one.erasure }),
      department: departments.get(one.department) ?? one.department,
    })) as RegisterModel['items'],
    paging: pagingOf(paths.register(id), { after }, shown.items.length, shown.next === null ? null : String(shown.next)),
    may: {
      ...view.may,
      again: (view.state === 'voided' || view.state === 'stopped') && (view.counts.released ?? 0) > 0 && deps.access.mayEver(ctx.actor, 'destruction.make'),
    },
    candidates: view.may.appoint ? await candidates(deps, ctx, taken) : { executor: [], supervisor: [] },
    exports: { xlsx: `${paths.registerItems(id)}?format=xlsx`, csv: `${paths.registerItems(id)}?format=csv` },
    receipts: await receiptsOf(deps, ctx, 'destruction-registers', id),
    form,
  };
  return page(deps, ctx, registerPage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

const positionsOf = (form: Form): number[] => check(z.array(z.coerce.number().int().min(1).max(1_000_000)).max(10_000), listOf(form, 'positions'), 'positions');

/** Destruction registers: the list, what waits for me, one with its approvals, and every act on it. */
export function registerPages(deps: HttpDeps): Route[] {
  const { disposition } = deps;
  const act = (
    name: string,
    guard: Act,
    run: (ctx: RequestContext, id: string, form: Form) => Promise<{ code: string; params?: Record<string, number>; to?: string } | FormState>,
  ): Route =>
    definePage({
      method: 'post',
      path: `/destruction/:id/${name}`,
      name: `${name}RegisterForm`,
      guard,
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const back = paths.register(params.id);
        const tried = await attempt(() => run(ctx, params.id, body));
        if ('refused' in tried) {
          const shown = tried.refused.fields.length > 0 && tried.refused.code === 'invalid_field';
          if (!shown) return refusedAt(back, tried.refused);
          return oneReply(
            deps,
            { ...ctx, url: back },
            params.id,
            undefined,
            refusedForm(body, tried.refused, { positions: 'reason', ...(name === 'stop' ? { reason: 'stop' } : {}) }),
          );
        }
        if ('errors' in tried.done) return oneReply(deps, { ...ctx, url: back }, params.id, undefined, tried.done);
        const { to, ...flash } = tried.done;
        return redirectWith(to ?? back, { kind: 'good', ...flash });
      },
    });
  /** The register's number, which dangerous acts ask to be typed. */
  const typed = async (ctx: RequestContext, id: string, form: Form): Promise<FormState | null> =>
    notTyped(form, (await viewRegister(disposition, ctx.actor, id)).number);
  return [
    definePage({
      method: 'get',
      path: paths.registers,
      name: 'registersPage',
      guard: 'destruction.view',
      query: z.strictObject({ state: z.enum(REGISTER_STATES).optional(), after: z.string().max(400).optional() }),
      handler: (ctx, { query }) => listReply(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: paths.registers,
      name: 'createRegisterForm',
      guard: 'destruction.make',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => {
          const appraisals = check(z.array(z.uuid()).max(200), listOf(body, 'appraisals'), 'appraisals');
          if (appraisals.length === 0) throw invalidField('appraisals', 'nothing_chosen');
          return createRegister(disposition, ctx.actor, { appraisals, place: textOf(body, 'place') });
        });
        if ('done' in tried)
          return redirectWith(paths.register(tried.done.id), { kind: 'good', code: 'register_created', params: { count: tried.done.items } });
        return listReply(deps, { ...ctx, url: paths.registers }, {}, refusedForm(body, tried.refused, { records: 'appraisals' }));
      },
    }),
    definePage({
      method: 'post',
      path: paths.erasureRegister,
      name: 'createErasureForm',
      guard: 'destruction.make',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => {
          if (textOf(body, 'request') === '') throw invalidField('request', 'nothing_chosen');
          const requestId = check(z.uuid(), textOf(body, 'request'), 'request');
          return createErasure(disposition, ctx.actor, { requestId, place: textOf(body, 'place') });
        });
        if ('done' in tried)
          return redirectWith(paths.register(tried.done.id), { kind: 'good', code: 'register_created', params: { count: tried.done.items } });
        if (tried.refused.code !== 'invalid_field') return refusedAt(paths.registers, tried.refused);
        return listReply(deps, { ...ctx, url: paths.registers }, {}, refusedForm(body, tried.refused));
      },
    }),
    definePage({
      method: 'get',
      path: paths.registersWaiting,
      name: 'registersWaitingPage',
      guard: 'destruction.view',
      async handler(ctx) {
        const rows = await registersWaiting(disposition, ctx.actor);
        const appraisals = deps.access.mayNow(ctx.actor, 'appraisal.sign') ? await appraisalsToSign(disposition, ctx.actor) : [];
        return page(deps, ctx, registersWaitingPage, { rows, appraisals });
      },
    }),
    definePage({
      method: 'get',
      path: '/destruction/:id',
      name: 'registerPage',
      guard: 'destruction.view',
      params: idParams,
      query: z.strictObject({
        after: z
          .string()
          .regex(/^\d{1,7}$/)
          .optional(),
      }),
      handler: (ctx, { params, query }) => oneReply(deps, ctx, params.id, query.after),
    }),
    act('freeze', 'destruction.make', async (ctx, id) => {
      const { items } = await freezeRegister(disposition, ctx.actor, id);
      return { code: 'register_frozen', params: { count: items } };
    }),
    act('take-out', 'destruction.make', async (ctx, id, form) => {
      const { items } = await takeOutOfRegister(disposition, ctx.actor, { registerId: id, positions: positionsOf(form) });
      return { code: 'register_taken_out', params: { count: items } };
    }),
    act('submit', 'destruction.make', async (ctx, id) => {
      await submitRegister(disposition, ctx.actor, id);
      return { code: 'register_submitted' };
    }),
    act('answer', 'destruction.approve', async (ctx, id, form) => {
      const agree = textOf(form, 'agree') === '1';
      const wrong = agree ? await typed(ctx, id, form) : null;
      if (wrong !== null) return wrong;
      const { state } = await answerRegister(disposition, ctx.actor, {
        registerId: id,
        step: Number(textOf(form, 'step')),
        digest: textOf(form, 'digest'),
        agree,
        reason: textOf(form, 'reason'),
      });
      return { code: !agree ? 'register_rejected' : state === 'approved' ? 'register_approved' : 'register_agreed' };
    }),
    act('reject-items', 'destruction.approve', async (ctx, id, form) => {
      const done = await rejectRegisterItems(disposition, ctx.actor, {
        registerId: id,
        step: Number(textOf(form, 'step')),
        digest: textOf(form, 'digest'),
        positions: positionsOf(form),
        reason: textOf(form, 'reason'),
      });
      return { code: 'register_items_out', params: { count: done.items } };
    }),
    act('appoint', 'destruction.appoint', async (ctx, id, form) => {
      const office = OFFICES.find((one) => one === textOf(form, 'office'));
      if (office === undefined) throw invalidField('personId', 'required');
      await appointFor(disposition, ctx.actor, { registerId: id, office, personId: textOf(form, 'personId') });
      return { code: 'register_appointed' };
    }),
    act('dismiss', 'destruction.appoint', async (ctx, id, form) => {
      await dismissFrom(disposition, ctx.actor, { registerId: id, personId: textOf(form, 'personId') });
      return { code: 'register_dismissed' };
    }),
    act('check', 'destruction.check', async (ctx, id, form) => {
      const wrong = await typed(ctx, id, form);
      if (wrong !== null) return wrong;
      await checkRegister(disposition, ctx.actor, { registerId: id, digest: textOf(form, 'digest') });
      return { code: 'register_checked' };
    }),
    act('stop', 'destruction.view', async (ctx, id, form) => {
      await stopRegister(disposition, ctx.actor, { registerId: id, reason: textOf(form, 'stop') });
      return { code: 'register_stopped' };
    }),
    act('again', 'destruction.make', async (ctx, id) => {
      const { request } = await viewRegister(disposition, ctx.actor, id);
      if (request !== null) {
        const made = await createErasure(disposition, ctx.actor, { requestId: request.id });
        return { code: 'register_created', params: { count: made.items }, to: paths.register(made.id) };
      }
      const records: string[] = [];
      for (let after: number | null = 0; after !== null;) {
        const part: Awaited<ReturnType<typeof listRegisterItems>> = await listRegisterItems(disposition, ctx.actor, id, { state: 'released' }, after);
        records.push(...part.items.map((one) => one.record));
        after = part.next;
      }
      const made = await createRegister(disposition, ctx.actor, { records });
      return { code: 'register_created', params: { count: made.items }, to: paths.register(made.id) };
    }),
  ];
}
