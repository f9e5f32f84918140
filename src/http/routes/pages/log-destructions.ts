import {
  answerLogDestruction,
  appointForLog,
  candidatesOf,
  checkLogDestruction,
  dismissFromLog,
  listLogRegisters,
  listLogTerms,
  type LogRegisterView,
  OFFICES,
  proposeLogDestruction,
  stopLogDestruction,
  viewLogRegister,
  witnessLogDestruction,
} from '../../../disposition/index.js';
import type { Act } from '../../../access/index.js';
import { invalidField } from '../../../errors/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { EMPTY_FORM, logDestructionPage, logTermsPage, paths, type FormState, type LogDestructionModel, type LogTermsModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { beginLog, certificateParams, logCertificatePdfReply, logCertificateReply } from '../log-destructions.js';
import { notTyped, refusedAt, standingAt } from './acts.js';
import { afterQuery, attempt, formBody, pagingOf, refusedForm, textOf, type Form } from './common.js';

async function listReply(deps: HttpDeps, ctx: RequestContext, after: string | undefined, form: FormState = EMPTY_FORM): Promise<Reply> {
  const sees = deps.access.mayEver(ctx.actor, 'destruction.list');
  const terms = sees ? (await listLogTerms(deps.logTerms, ctx.actor)).items : null;
  const { items, next } = await listLogRegisters(deps.logTerms, ctx.actor, after);
  const names = await deps.accounts.namesOfPersons(items.map((one) => one.madeBy));
  const model: LogTermsModel = {
    terms,
    rows: items.map((one) => ({ ...one, madeBy: names.get(one.madeBy) ?? '' })),
    paging: pagingOf(paths.logTerms, { after }, items.length, next),
    mayPropose: deps.access.mayEver(ctx.actor, 'destruction.make'),
    form,
  };
  return form.errors.length === 0 ? page(deps, ctx, logTermsPage, model) : page(deps, standingAt(ctx, paths.logTerms), logTermsPage, model, { status: 422 });
}

/** Who could take an office that is free, by name and department. */
async function candidates(deps: HttpDeps, ctx: RequestContext, view: LogRegisterView): Promise<LogDestructionModel['candidates']> {
  if (!view.may.appoint) return { executor: [], supervisor: [] };
  const outside = phrasesFor(ctx.lang).pages.disposition.register.outside;
  const taken = new Set([view.madeBy, ...view.approvals.map((one) => one.person), ...view.appointments.map((one) => one.person)]);
  const lists = await Promise.all(OFFICES.map((office) => candidatesOf(deps.logTerms, office)));
  const names = await deps.accounts.namesOfPersons(lists.flat().map((one) => one.personId));
  const [executor = [], supervisor = []] = lists.map((list) =>
    list
      .filter((one) => !taken.has(one.personId))
      .map((one) => ({ value: one.personId, text: [names.get(one.personId) ?? '', ...(one.outside ? [outside] : [])].join(' · ') })),
  );
  return { executor, supervisor };
}

async function oneReply(deps: HttpDeps, ctx: RequestContext, id: string, form: FormState = EMPTY_FORM): Promise<Reply> {
  const one = await viewLogRegister(deps.logTerms, ctx.actor, id);
  const people = [one.madeBy, one.endedBy, ...one.approvals.map((each) => each.person), ...one.appointments.map((each) => each.person)];
  const model: LogDestructionModel = {
    one,
    names: await deps.accounts.namesOfPersons(people.filter((each) => each !== null)),
    candidates: await candidates(deps, ctx, one),
    pauseDays: deps.logTerms.dispositionRules().pause_days,
    form,
  };
  return page(deps, standingAt(ctx, paths.logDestruction(id)), logDestructionPage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

/** The end of the term of logs: what is due, the registers, one of them with every act on it. */
export function logDestructionPages(deps: HttpDeps): Route[] {
  const { logTerms } = deps;
  const act = (name: string, guard: Act, run: (ctx: RequestContext, id: string, form: Form) => Promise<string | FormState>): Route =>
    definePage({
      method: 'post',
      path: `/log-destructions/:id/${name}`,
      name: `${name}LogDestructionForm`,
      guard,
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const back = paths.logDestruction(params.id);
        const tried = await attempt(() => run(ctx, params.id, body));
        if ('refused' in tried) {
          if (tried.refused.code !== 'invalid_field') return refusedAt(back, tried.refused);
          return oneReply(deps, ctx, params.id, refusedForm(body, tried.refused, name === 'stop' ? { reason: 'stop' } : { number: 'confirm' }));
        }
        if (typeof tried.done !== 'string') return oneReply(deps, ctx, params.id, tried.done);
        return redirectWith(back, { kind: 'good', code: tried.done });
      },
    });
  /** The register's number, which dangerous acts ask to be typed. */
  const typed = async (ctx: RequestContext, id: string, form: Form): Promise<FormState | null> =>
    notTyped(form, (await viewLogRegister(logTerms, ctx.actor, id)).number);
  return [
    definePage({
      method: 'get',
      path: paths.logTerms,
      name: 'logTermsPage',
      guard: 'destruction.view',
      query: afterQuery,
      handler: (ctx, { query }) => listReply(deps, ctx, query.after),
    }),
    definePage({
      method: 'post',
      path: paths.logTerms,
      name: 'proposeLogDestructionForm',
      guard: 'destruction.make',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const log = textOf(body, 'log');
        const wrong = notTyped(body, log);
        if (wrong !== null) return listReply(deps, ctx, undefined, wrong);
        const tried = await attempt(() => proposeLogDestruction(logTerms, ctx.actor, { log }));
        if ('refused' in tried) return refusedAt(paths.logTerms, tried.refused);
        return redirectWith(paths.logDestruction(tried.done.id), { kind: 'good', code: 'register_submitted' });
      },
    }),
    definePage({
      method: 'get',
      path: '/log-destructions/:id',
      name: 'logDestructionPage',
      guard: 'destruction.view',
      params: idParams,
      handler: (ctx, { params }) => oneReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/log-destructions/:id/gone',
      name: 'logCertificateFile',
      guard: 'destruction.view',
      params: idParams,
      streams: ['text/plain'],
      handler: (ctx, { params }) => logCertificateReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/log-destructions/:id/certificates/:kind',
      name: 'logCertificateDocument',
      guard: 'destruction.view',
      params: certificateParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => logCertificatePdfReply(deps, ctx, params.id, params.kind),
    }),
    act('answer', 'destruction.approve', async (ctx, id, form) => {
      const agree = textOf(form, 'agree') === '1';
      const wrong = agree ? await typed(ctx, id, form) : null;
      if (wrong !== null) return wrong;
      const step = Number(textOf(form, 'step'));
      const { state } = await answerLogDestruction(logTerms, ctx.actor, {
        registerId: id,
        step,
        digest: textOf(form, 'digest'),
        agree,
        reason: textOf(form, 'reason'),
      });
      return !agree ? 'register_rejected' : state === 'approved' ? 'register_approved' : 'register_agreed';
    }),
    act('appoint', 'destruction.appoint', async (ctx, id, form) => {
      const office = OFFICES.find((one) => one === textOf(form, 'office'));
      if (office === undefined) throw invalidField('personId', 'required');
      await appointForLog(logTerms, ctx.actor, { registerId: id, office, personId: textOf(form, 'personId') });
      return 'register_appointed';
    }),
    act('dismiss', 'destruction.appoint', async (ctx, id, form) => {
      await dismissFromLog(logTerms, ctx.actor, { registerId: id, personId: textOf(form, 'personId') });
      return 'register_dismissed';
    }),
    act('check', 'destruction.check', async (ctx, id, form) => {
      const wrong = await typed(ctx, id, form);
      if (wrong !== null) return wrong;
      await checkLogDestruction(logTerms, ctx.actor, { registerId: id, digest: textOf(form, 'digest') });
      return 'register_checked';
    }),
    act('stop', 'destruction.view', async (ctx, id, form) => {
      await stopLogDestruction(logTerms, ctx.actor, { registerId: id, reason: textOf(form, 'stop') });
      return 'log_destruction_stopped';
    }),
    act('begin', 'destruction.execute', async (ctx, id, form) => {
      await beginLog(deps, ctx, id, textOf(form, 'confirm'));
      return 'destruction_begun';
    }),
    act('witness', 'destruction.witness', async (ctx, id) => {
      await witnessLogDestruction(logTerms, ctx.actor, id);
      return 'destruction_witnessed';
    }),
  ];
}
