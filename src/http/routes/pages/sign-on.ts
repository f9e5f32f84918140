import { z } from 'zod';
import { TICKET_MINUTES, type SignOn } from '../../../accounts/index.js';
import { CodedError, isCoded } from '../../../errors/index.js';
import { connectionPage, paths, signedOutPage } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { flashCookie, localPath, page, redirectWith } from '../../pages.js';
import { definePage, type CookieToSet, type Reply, type RequestContext, type Route } from '../../route.js';
import { deviceFrom, originOf, sessionCookies } from '../sessions.js';
import { linkTo } from './common.js';

/** What the browser keeps while its person is at the provider. */
export const TICKET_COOKIE = '__Host-sign-on';
const END_COOKIE = '__Host-sign-out';

export function configured(deps: HttpDeps): SignOn {
  if (deps.accounts.signOn === undefined) throw new CodedError('not_found');
  return deps.accounts.signOn;
}

/** How this archive is reached, for addresses that the provider sends people back to. The Host was checked before. */
export function baseOf(deps: HttpDeps, ctx: RequestContext): string {
  return deps.config.publicUrl?.replace(/\/$/, '') ?? `${deps.config.tls ? 'https' : 'http'}://${ctx.header('Host')}`;
}

const gone = (name: string): CookieToSet => ({ name, value: '', maxAge: 0 });

/** Says on the sign-in page why it did not come to a session. */
function refusedAtGate(error: unknown, cookies: CookieToSet[]): Reply {
  if (!isCoded(error)) throw error;
  const reply = redirectWith(paths.signIn, { kind: 'bad', code: error.code });
  return { ...reply, cookies: [...(reply.cookies ?? []), ...cookies] };
}

/** Back from the provider in a session that is locked to a reading on site: nobody is signed on; at most it may now be ended. */
async function answerAtLock(deps: HttpDeps, ctx: RequestContext, search: string): Promise<Reply> {
  const given = { redirectUri: baseOf(deps, ctx) + paths.signOnAnswer, search, ticket: ctx.cookie(TICKET_COOKIE) ?? '' };
  const cookies = [gone(TICKET_COOKIE)];
  try {
    await configured(deps).finishProof(ctx.actor, given);
    return { redirect: paths.onSite, cookies };
  } catch (error) {
    if (!isCoded(error) || error.code === 'unauthenticated') throw error;
    return { redirect: linkTo(paths.onSite, { why: error.code }), cookies };
  }
}

/** After a session that came from the provider ended here: the page that leads to the end of the one there. */
export async function endingAt(deps: HttpDeps, ctx: RequestContext): Promise<{ redirect: string; cookies: CookieToSet[] } | undefined> {
  const url = await deps.accounts.signOn?.endUrl(ctx.actor, baseOf(deps, ctx) + paths.signIn);
  if (url === undefined || url === null) return undefined;
  return { redirect: paths.signedOut, cookies: [{ name: END_COOKIE, value: Buffer.from(url).toString('base64url'), maxAge: 60 }] };
}

/** Single sign-on: to the provider, back from it, its notices, and how the connection fares. */
export function signOnPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.signOn,
      name: 'beginSignOn',
      guard: 'public',
      query: z.strictObject({ next: z.string().max(2000).optional(), fresh: z.literal('1').optional() }),
      async handler(ctx, { query }) {
        const signOn = configured(deps);
        try {
          const { url, ticket } = await signOn.begin({
            redirectUri: baseOf(deps, ctx) + paths.signOnAnswer,
            next: localPath(query.next),
            fresh: query.fresh === '1',
          });
          return { redirect: url, cookies: [{ name: TICKET_COOKIE, value: ticket, maxAge: TICKET_MINUTES * 60 }] };
        } catch (error) {
          return refusedAtGate(error, []);
        }
      },
    }),
    definePage({
      method: 'get',
      path: paths.signOnAnswer,
      name: 'answerSignOn',
      guard: 'public',
      async handler(ctx) {
        const signOn = configured(deps);
        const at = ctx.url.indexOf('?');
        if (ctx.actor.locked !== undefined) return answerAtLock(deps, ctx, at < 0 ? '' : ctx.url.slice(at));
        try {
          const done = await signOn.finish({
            redirectUri: baseOf(deps, ctx) + paths.signOnAnswer,
            search: at < 0 ? '' : ctx.url.slice(at),
            ticket: ctx.cookie(TICKET_COOKIE) ?? '',
            ...deviceFrom(ctx),
            ...originOf(ctx),
          });
          if ('again' in done) return { redirect: linkTo(paths.signOn, { fresh: '1', next: localPath(done.again) }), cookies: [gone(TICKET_COOKIE)] };
          const told = done.device.isNew ? [flashCookie({ kind: 'info', code: 'new_device' })] : [];
          return { redirect: localPath(done.next), cookies: [...sessionCookies(done), gone(TICKET_COOKIE), ...told] };
        } catch (error) {
          return refusedAtGate(error, [gone(TICKET_COOKIE)]);
        }
      },
    }),
    definePage({
      method: 'post',
      path: paths.signOnNotice,
      name: 'noticeSignOn',
      guard: 'public',
      bodyKind: 'form',
      body: z.object({ logout_token: z.string().min(1).max(20_000) }),
      async handler(ctx, { body }) {
        await configured(deps).notice({ logoutToken: body.logout_token, ...originOf(ctx) });
        return { status: 200, body: Buffer.alloc(0), type: 'text/plain' };
      },
    }),
    definePage({
      method: 'get',
      path: paths.signedOut,
      name: 'signedOutPage',
      guard: 'public',
      async handler(ctx) {
        const kept = ctx.cookie(END_COOKIE) ?? '';
        const url = /^[\w-]{1,2000}$/.test(kept) ? Buffer.from(kept, 'base64url').toString('utf8') : '';
        // only to the provider that is configured, whatever the cookie says
        const known = deps.config.oidc !== undefined && URL.canParse(url) && new URL(url).origin === new URL(deps.config.oidc.issuer).origin;
        if (!known) return { redirect: paths.signIn };
        const reply = await page(deps, ctx, signedOutPage, { url });
        return { ...reply, headers: { Refresh: `1; url=${url}` }, cookies: [...(reply.cookies ?? []), gone(END_COOKIE)] };
      },
    }),
    definePage({
      method: 'get',
      path: paths.connection,
      name: 'connectionPage',
      guard: 'account.manage',
      async handler(ctx) {
        const state = await configured(deps).state(ctx.actor);
        return page(deps, ctx, connectionPage, {
          ...state,
          lastSuccessAt: state.lastSuccessAt?.toISOString() ?? null,
          lastFailureAt: state.lastFailureAt?.toISOString() ?? null,
        });
      },
    }),
  ];
}
