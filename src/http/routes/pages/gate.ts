import { z } from 'zod';
import { lacksFactor, smallestStaffing } from '../../../access/index.js';
import { PASSWORD, type SignedIn } from '../../../accounts/index.js';
import { claimPage, EMPTY_FORM, errorCodesPage, helpPage, passwordPage, paths, setUpPage, signInPage, type ClaimModel } from '../../../ui/index.js';
import { LANG_COOKIE, THEME_COOKIE } from '../../context.js';
import type { HttpDeps } from '../../deps.js';
import { SESSION_COOKIE } from '../../middleware/identify.js';
import { flashCookie, localPath, page, redirectWith } from '../../pages.js';
import { definePage, type CookieToSet, type RequestContext, type Route } from '../../route.js';
import { deviceFrom, originOf, sessionCookies } from '../sessions.js';
import { endingAt } from './sign-on.js';
import { attempt, formBody, linkTo, refusedForm, textOf, type Form } from './common.js';

const YEAR = 366 * 86_400;

/** Who may do nothing without a second factor is asked for it at once, or led to enrolment; others go where they wanted to, and the act that needs it asks. */
function afterPassword({ secondFactor, actor }: SignedIn, next: string): string {
  if (!lacksFactor(actor, 'signed-in')) return next;
  return secondFactor === 'enrolled' ? linkTo(paths.verify, { why: 'factor', next }) : linkTo(paths.enrol, { next });
}

/** Coming in, going out, the first start, and how the pages look. */
export function gatePages(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  const claim = (ctx: RequestContext, model: Omit<ClaimModel, 'passwordMin'>, status = 200) =>
    page(deps, ctx, claimPage, { ...model, passwordMin: PASSWORD.min }, { status });
  return [
    definePage({
      method: 'get',
      path: paths.signIn,
      name: 'signInPage',
      guard: 'public',
      query: z.strictObject({ next: z.string().max(2000).optional() }),
      async handler(ctx, { query }) {
        if (ctx.actor.kind === 'person') return { redirect: localPath(query.next) };
        if ((await accounts.bootstrapState()).state === 'open') return { redirect: paths.setUp };
        return page(deps, ctx, signInPage, {
          signOn: accounts.signOn !== undefined,
          form: EMPTY_FORM,
          ...(query.next === undefined ? {} : { next: localPath(query.next) }),
        });
      },
    }),
    definePage({
      method: 'post',
      path: paths.signIn,
      name: 'signInForm',
      guard: 'public',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const username = textOf(body, 'username');
        const password = typeof body['password'] === 'string' ? body['password'] : '';
        const next = localPath(textOf(body, 'next') || undefined);
        const tried = await attempt(() => accounts.signIn({ username, password, ...originOf(ctx), ...deviceFrom(ctx) }));
        if ('done' in tried) {
          const told = tried.done.device.isNew ? [flashCookie({ kind: 'info', code: 'new_device' })] : [];
          return { redirect: afterPassword(tried.done, next), cookies: [...sessionCookies(tried.done), ...told] };
        }
        return page(
          deps,
          ctx,
          signInPage,
          { signOn: accounts.signOn !== undefined, form: { values: { username }, errors: [] }, refused: tried.refused.code, next },
          { status: tried.refused.status },
        );
      },
    }),
    definePage({
      method: 'post',
      path: paths.signOut,
      name: 'signOutForm',
      guard: 'own',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const ending = await endingAt(deps, ctx);
        // whoever sits at a screen that is locked to a reading on site signs out there, and nowhere else
        if (textOf(body, 'everywhere') === 'yes' && ctx.actor.locked === undefined) await accounts.signOutEverywhere(ctx.actor, {});
        else await accounts.signOut(ctx.actor, undefined);
        const reply = redirectWith(paths.signIn, { kind: 'good', code: 'signed_out' });
        if (ending) return { ...ending, cookies: [...ending.cookies, { name: SESSION_COOKIE, value: '', maxAge: 0 }] };
        return { ...reply, cookies: [...(reply.cookies ?? []), { name: SESSION_COOKIE, value: '', maxAge: 0 }] };
      },
    }),
    definePage({
      method: 'get',
      path: paths.claim,
      name: 'claimPage',
      guard: 'public',
      handler: async (ctx) => claim(ctx, { form: EMPTY_FORM, askName: (await accounts.bootstrapState()).state === 'open' }),
    }),
    definePage({
      method: 'post',
      path: paths.claim,
      name: 'claimForm',
      guard: 'public',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const askName = (await accounts.bootstrapState()).state === 'open';
        const typed: Form = { token: textOf(body, 'token'), name: textOf(body, 'name'), username: textOf(body, 'username') };
        const password = typeof body['password'] === 'string' ? body['password'] : '';
        if (password !== body['again']) return claim(ctx, { form: { values: typed, errors: [{ field: 'again', code: 'does_not_match' }] }, askName }, 422);
        const names = askName ? { name: textOf(body, 'name'), username: textOf(body, 'username') } : {};
        try {
          await accounts.claimInvitation({ secret: textOf(body, 'token'), password, ...names, ...originOf(ctx) });
        } catch (error) {
          const tried = await attempt(() => Promise.reject(error)).catch(() => undefined);
          if (tried === undefined || 'done' in tried)
            return claim(ctx, { form: { values: typed, errors: [{ field: 'token', code: 'expired' }] }, askName }, 422);
          const { refused } = tried;
          const shown = refused.fields.length === 0 ? { refused: refused.code } : {};
          return claim(ctx, { form: refusedForm(typed, refused, { secret: 'token' }), askName, ...shown }, refused.status);
        }
        return redirectWith(askName ? paths.setUp : paths.signIn, { kind: 'good', code: 'password_set' });
      },
    }),
    definePage({
      method: 'get',
      path: paths.setUp,
      name: 'setUpPage',
      guard: 'public',
      async handler(ctx) {
        const state = await accounts.bootstrapState();
        if (state.state === 'closed' && ctx.actor.kind === 'nobody') return { redirect: paths.signIn };
        const { profile } = deps.policies.active();
        const staffing = smallestStaffing(profile);
        const waiting = state.state === 'open' ? state.waiting : [];
        const now = deps.now();
        return page(deps, ctx, setUpPage, {
          closed: state.state === 'closed',
          invitations: [
            ...(state.state === 'open' ? state.claimed : []).map((role) => ({ role, state: 'claimed' as const, at: now.toISOString() })),
            ...waiting.map((one) => ({
              role: one.role,
              state: one.expiresAt > now ? ('waiting' as const) : ('expired' as const),
              at: one.expiresAt.toISOString(),
            })),
          ],
          profile: profile.names[ctx.lang],
          least: staffing.persons,
          staffing: staffing.duties.map((duty) => ({ duty: duty.names[ctx.lang], roles: duty.roles })),
        });
      },
    }),
    definePage({
      method: 'post',
      path: paths.preferences,
      name: 'preferencesForm',
      guard: 'public',
      bodyKind: 'form',
      body: formBody,
      async handler(_ctx, { body }) {
        const cookies: CookieToSet[] = [];
        const lang = textOf(body, 'lang');
        const theme = textOf(body, 'theme');
        if (lang === 'zh' || lang === 'en') cookies.push({ name: LANG_COOKIE, value: lang, maxAge: YEAR });
        if (theme === 'auto' || theme === 'light' || theme === 'dark') cookies.push({ name: THEME_COOKIE, value: theme, maxAge: YEAR });
        return Promise.resolve({ redirect: localPath(textOf(body, 'back') || undefined), cookies });
      },
    }),
    definePage({
      method: 'get',
      path: paths.password,
      name: 'passwordPage',
      guard: 'own',
      handler: async (ctx) =>
        page(deps, ctx, passwordPage, { form: EMPTY_FORM, username: (await accounts.whoIs(ctx.actor)).username, passwordMin: PASSWORD.min }),
    }),
    definePage({
      method: 'post',
      path: paths.password,
      name: 'passwordForm',
      guard: 'own',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const raw = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
        const again = async (form: Parameters<typeof passwordPage>[1]['form']) =>
          page(deps, ctx, passwordPage, { form, username: (await accounts.whoIs(ctx.actor)).username, passwordMin: PASSWORD.min }, { status: 422 });
        if (raw('next') !== raw('again')) return again({ values: {}, errors: [{ field: 'again', code: 'does_not_match' }] });
        const tried = await attempt(() => accounts.setPassword(ctx.actor, { current: raw('now'), next: raw('next') }));
        if ('done' in tried) return redirectWith(paths.home, { kind: 'good', code: 'saved' });
        const { refused } = tried;
        if (refused.fields.length > 0) return again(refusedForm({}, refused, { current: 'now', password: 'next' }));
        return again({ values: {}, errors: [{ field: 'now', code: 'invalid' }] });
      },
    }),
    definePage({
      method: 'get',
      path: paths.help,
      name: 'helpPage',
      guard: 'public',
      handler: (ctx) => page(deps, ctx, helpPage, { signedIn: ctx.actor.kind === 'person' }),
    }),
    definePage({
      method: 'get',
      path: paths.errorCodes,
      name: 'errorCodesPage',
      guard: 'public',
      handler: (ctx) => page(deps, ctx, errorCodesPage, {}),
    }),
  ];
}
