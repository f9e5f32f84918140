import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import {
  EMPTY_FORM,
  enrolPage,
  paths,
  recoveryCodesPage,
  secondFactorPage,
  verifyPage,
  type EnrolModel,
  type FactorState,
  type FormState,
  type VerifyModel,
  type WaitingFactorReset,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { localPath, page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, standingAt } from './acts.js';
import { attempt, formBody, linkTo, listOf, refusedForm, textOf, type Form } from './common.js';

const nextQuery = z.strictObject({ next: z.string().max(2000).optional() });
const verifyQuery = nextQuery.extend({ why: z.enum(['factor', 'recent']).default('factor') });

/** How the own second factor stands, as pages show it. */
export async function factorState(deps: HttpDeps, ctx: RequestContext): Promise<FactorState> {
  const { enrolledAt, ...state } = await deps.accounts.secondFactorState(ctx.actor);
  return { ...state, enrolledAt: enrolledAt?.toISOString() ?? null };
}

/** What waits for a second person; nothing for who may not be one. */
export async function resetsOf(deps: HttpDeps, ctx: RequestContext): Promise<WaitingFactorReset[]> {
  if (!deps.access.mayNow(ctx.actor, 'role.confirm')) return [];
  const list = await deps.accounts.listWaitingResets(ctx.actor);
  return list.map(({ resetId, name, username, proposedAt, proposedBy }) => ({
    id: resetId,
    name,
    username,
    at: proposedAt.toISOString(),
    own: proposedBy === ctx.actor.personId,
  }));
}

type Refused = Pick<EnrolModel, 'refused' | 'refusedParams'>;

async function showEnrol(deps: HttpDeps, ctx: RequestContext, next: string | undefined, more: { form?: FormState } & Refused = {}): Promise<Reply> {
  const begun = await deps.accounts.begunSecondFactor(ctx.actor);
  const model: EnrolModel = {
    enrolment: begun && { secret: begun.secret, uri: begun.uri, until: begun.expiresAt.toISOString() },
    form: EMPTY_FORM,
    needed: (await deps.accounts.secondFactorState(ctx.actor)).needed,
    ...(next === undefined ? {} : { next: localPath(next) }),
    ...more,
  };
  return page(deps, standingAt(ctx, linkTo(paths.enrol, { next })), enrolPage, model, { status: more.form || more.refused ? 422 : 200 });
}

async function confirm(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const next = textOf(body, 'next') || undefined;
  const tried = await attempt(() => deps.accounts.confirmSecondFactor(ctx.actor, { code: textOf(body, 'code').slice(0, 40) }));
  if ('done' in tried) return showCodes(deps, ctx, tried.done.recoveryCodes, localPath(next));
  const { refused } = tried;
  if (refused.fields.length > 0) return showEnrol(deps, ctx, next, { form: refusedForm({}, refused) });
  return showEnrol(deps, ctx, next, { refused: refused.code, refusedParams: refused.params });
}

/** The answer to the very request that made them is the only place where recovery codes ever stand. */
function showCodes(deps: HttpDeps, ctx: RequestContext, codes: readonly string[], next: string): Promise<Reply> {
  return page(deps, standingAt(ctx, paths.secondFactor), recoveryCodesPage, { codes, next });
}

/** The codes as a file: what the page holds comes back and is handed out again, so that nothing is kept. */
function codesFile(ctx: RequestContext, body: Form): Reply {
  const codes = listOf(body, 'code').filter((code) => /^[a-z2-9]{4}(-[a-z2-9]{4}){2}$/.test(code));
  const { fileTitle } = phrasesFor(ctx.lang).pages.factor.codes;
  return {
    body: Buffer.from([fileTitle, '', ...codes, ''].join('\r\n')),
    type: 'text/plain; charset=utf-8',
    headers: { 'Content-Disposition': 'attachment; filename="lantai-recovery-codes.txt"' },
  };
}

type VerifyMore = Partial<Pick<VerifyModel, 'code' | 'password' | 'refused' | 'refusedParams'>>;

async function showVerify(
  deps: HttpDeps,
  ctx: RequestContext,
  asked: { why: 'factor' | 'recent'; next?: string | undefined },
  more: VerifyMore = {},
): Promise<Reply> {
  const next = localPath(asked.next);
  const enrolled = (await factorState(deps, ctx)).enrolledAt !== null;
  if (asked.why === 'factor' && !enrolled) return { redirect: linkTo(paths.enrol, { next }) };
  const model: VerifyModel = { why: asked.why, enrolled, code: EMPTY_FORM, password: EMPTY_FORM, next, ...more };
  const here = standingAt(ctx, linkTo(paths.verify, { why: asked.why, next }));
  return page(deps, here, verifyPage, model, { status: Object.keys(more).length > 0 ? 422 : 200 });
}

async function verify(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const why = textOf(body, 'why') === 'recent' ? 'recent' : 'factor';
  const next = textOf(body, 'next') || undefined;
  const password = typeof body['password'] === 'string' ? body['password'].slice(0, 1000) : undefined;
  const byPassword = why === 'recent' && password !== undefined;
  const tried = await attempt<unknown>(() =>
    byPassword ? deps.accounts.reauthenticate(ctx.actor, { password }) : deps.accounts.showSecondFactor(ctx.actor, { code: textOf(body, 'code').slice(0, 40) }),
  );
  if ('done' in tried) return { redirect: localPath(next) };
  const { refused } = tried;
  if (refused.fields.length > 0) return showVerify(deps, ctx, { why, next }, { code: refusedForm({}, refused) });
  if (refused.code === 'bad_credentials') {
    return showVerify(deps, ctx, { why, next }, { password: { values: {}, errors: [{ field: 'password', code: 'invalid' }] } });
  }
  return showVerify(deps, ctx, { why, next }, { refused: refused.code, refusedParams: refused.params });
}

/** The own second factor: enrolled, shown, renewed, removed; and agreeing to take it from somebody who lost it. */
export function secondFactorPages(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  const form = { method: 'post', bodyKind: 'form', body: formBody } as const;
  return [
    definePage({
      method: 'get',
      path: paths.secondFactor,
      name: 'secondFactorPage',
      guard: 'own',
      handler: async (ctx) => page(deps, ctx, secondFactorPage, { state: await factorState(deps, ctx) }),
    }),
    definePage({
      method: 'get',
      path: paths.enrol,
      name: 'enrolPage',
      guard: 'own',
      query: nextQuery,
      handler: (ctx, { query }) => showEnrol(deps, ctx, query.next),
    }),
    definePage({
      ...form,
      path: paths.enrol,
      name: 'enrolForm',
      guard: 'own',
      async handler(ctx, { body }) {
        await accounts.beginSecondFactor(ctx.actor);
        return { redirect: linkTo(paths.enrol, { next: textOf(body, 'next') }) };
      },
    }),
    definePage({ ...form, path: paths.confirmFactor, name: 'confirmFactorForm', guard: 'own', handler: (ctx, { body }) => confirm(deps, ctx, body) }),
    definePage({
      ...form,
      path: paths.recoveryCodes,
      name: 'renewCodesForm',
      guard: 'own',
      handler: async (ctx) => showCodes(deps, ctx, (await accounts.renewRecoveryCodes(ctx.actor)).recoveryCodes, paths.secondFactor),
    }),
    definePage({
      ...form,
      path: paths.recoveryFile,
      name: 'recoveryCodesFile',
      guard: 'own',
      handler: (ctx, { body }) => Promise.resolve(codesFile(ctx, body)),
    }),
    definePage({
      ...form,
      path: paths.removeFactor,
      name: 'removeFactorForm',
      guard: 'own',
      handler: (ctx) => actAt(paths.secondFactor, 'factor_removed', () => accounts.removeSecondFactor(ctx.actor)),
    }),
    definePage({
      method: 'get',
      path: paths.verify,
      name: 'verifyPage',
      guard: 'own',
      query: verifyQuery,
      handler: (ctx, { query }) => showVerify(deps, ctx, query),
    }),
    definePage({ ...form, path: paths.verify, name: 'verifyForm', guard: 'own', handler: (ctx, { body }) => verify(deps, ctx, body) }),
    definePage({
      ...form,
      path: '/second-factor-resets/:id/decide',
      name: 'decideResetForm',
      guard: 'role.confirm',
      params: idParams,
      async handler(ctx, { params, body }) {
        const word = textOf(body, 'agree');
        if (word !== 'yes' && word !== 'no') return redirectWith(paths.people, { kind: 'bad', code: 'invalid_request' });
        const agree = word === 'yes';
        return actAt(paths.people, agree ? 'factor_reset' : 'factor_reset_refused', () => accounts.decideReset(ctx.actor, { resetId: params.id, agree }));
      },
    }),
  ];
}
