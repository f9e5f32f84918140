import { z } from 'zod';
import type { HttpDeps } from '../deps.js';
import type { SignedIn } from '../../accounts/index.js';
import { SESSION_COOKIE } from '../middleware/identify.js';
import { defineRoute, type CookieToSet, type RequestContext, type Route } from '../route.js';

export const credentials = z.strictObject({
  username: z.string().min(1, 'missing').max(100, 'too_long'),
  password: z.string().min(1, 'missing').max(1000, 'too_long'),
});
export const claimBody = z.strictObject({
  secret: z.string().min(1, 'missing').max(100, 'too_long'),
  password: z.string().min(1, 'missing').max(1000, 'too_long'),
  name: z.string().max(100, 'too_long').optional(),
  username: z.string().max(100, 'too_long').optional(),
});
export const passwordBody = z.strictObject({ current: z.string().max(1000, 'too_long'), next: z.string().max(1000, 'too_long') });

const me = z.object({
  kind: z.string(),
  accountId: z.uuid().nullable(),
  name: z.string(),
  username: z.string(),
  roles: z.array(z.string()),
  department: z.string(),
  secondFactor: z.boolean(),
});

/** Where a request comes from, for use-cases before anybody is known. */
export function originOf(ctx: RequestContext): { address: string | null; requestId: string } {
  return { address: ctx.actor.address, requestId: ctx.actor.requestId };
}

/** A short label of the device, from what its browser says of itself. */
function deviceOf(ctx: RequestContext): string {
  const agent = ctx.header('User-Agent');
  const browser = /(Edg|OPR|Firefox|Chrome|Safari|curl)[/ ]([\d]+)/.exec(agent);
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent);
  return [browser ? `${browser[1]} ${browser[2]}` : 'client', system?.[1] ?? ''].filter(Boolean).join(' · ');
}

/** By which a device is known to the accounts that signed in on it; random, and nothing of the browser. */
const DEVICE_COOKIE = '__Host-device';
const DEVICE_DAYS = 400;

/** The device of a sign-in: its label, and the cookie that it was given before. */
export function deviceFrom(ctx: RequestContext): { device: string; deviceToken: string | undefined } {
  return { device: deviceOf(ctx), deviceToken: ctx.cookie(DEVICE_COOKIE) };
}

/** Of the session that was opened, and of the device. */
export function sessionCookies({ token, device }: Pick<SignedIn, 'token' | 'device'>): CookieToSet[] {
  return [
    { name: SESSION_COOKIE, value: token },
    { name: DEVICE_COOKIE, value: device.token, maxAge: DEVICE_DAYS * 86_400 },
  ];
}

export function sessionRoutes(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/sessions',
      name: 'signIn',
      tag: 'accounts',
      summary: 'Sign in with user name and password; the session is a cookie.',
      guard: 'public',
      kind: 'api',
      body: credentials,
      responses: { 201: z.object({ expiresAt: z.string(), roles: z.array(z.string()), secondFactor: z.enum(['none', 'enrolled']) }) },
      async handler(ctx, { body }) {
        const signed = await accounts.signIn({ ...body, ...originOf(ctx), ...deviceFrom(ctx) });
        return {
          status: 201,
          json: { expiresAt: signed.expiresAt.toISOString(), roles: [...signed.actor.roles], secondFactor: signed.secondFactor },
          cookies: sessionCookies(signed),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/sessions',
      name: 'listSessions',
      tag: 'accounts',
      guard: 'session.own',
      kind: 'api',
      responses: {
        200: z.object({ items: z.array(z.object({ id: z.uuid(), device: z.string(), createdAt: z.string(), usedAt: z.string(), current: z.boolean() })) }),
      },
      async handler(ctx) {
        const items = await accounts.listSessions(ctx.actor);
        return {
          json: {
            items: items.map((one) => ({
              id: one.id,
              device: one.device,
              createdAt: one.createdAt.toISOString(),
              usedAt: one.usedAt.toISOString(),
              current: one.current,
            })),
          },
        };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/sessions/:id',
      name: 'signOut',
      tag: 'accounts',
      summary: 'End one session of the own account; `current` is this one, `all` ends every one.',
      guard: 'own',
      kind: 'api',
      params: z.strictObject({ id: z.union([z.uuid(), z.enum(['current', 'all'])]) }),
      bodyKind: 'none',
      async handler(ctx, { params }) {
        if (params.id === 'all') await accounts.signOutEverywhere(ctx.actor, {});
        else await accounts.signOut(ctx.actor, params.id === 'current' ? undefined : params.id);
        return { cookies: params.id === 'current' || params.id === 'all' ? [{ name: SESSION_COOKIE, value: '', maxAge: 0 }] : [] };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/me',
      name: 'whoAmI',
      tag: 'accounts',
      guard: 'own',
      kind: 'api',
      responses: { 200: me },
      async handler(ctx) {
        const who = await accounts.whoIs(ctx.actor);
        return {
          json: {
            kind: ctx.actor.kind,
            accountId: ctx.actor.accountId,
            name: who.name,
            username: who.username,
            roles: [...ctx.actor.roles],
            department: ctx.actor.department,
            secondFactor: ctx.actor.secondFactor,
          },
        };
      },
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/me/password',
      name: 'setPassword',
      tag: 'accounts',
      summary: 'Change the own password; every other session ends.',
      guard: 'own',
      kind: 'api',
      body: passwordBody,
      async handler(ctx, { body }) {
        await accounts.setPassword(ctx.actor, body);
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/setup',
      name: 'viewSetup',
      tag: 'accounts',
      summary: 'How far the first start has come; nothing but roles and times.',
      guard: 'public',
      kind: 'api',
      responses: {
        200: z.object({
          state: z.enum(['none', 'open', 'closed']),
          demo: z.boolean(),
          waiting: z.array(z.object({ role: z.string(), expiresAt: z.string() })),
          claimed: z.array(z.string()),
        }),
      },
      async handler() {
        const state = await accounts.bootstrapState();
        const open = state.state === 'open' ? state : undefined;
        return {
          json: {
            state: state.state,
            demo: deps.demo,
            waiting: (open?.waiting ?? []).map((one) => ({ role: one.role, expiresAt: one.expiresAt.toISOString() })),
            claimed: open?.claimed ?? [],
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/invitations/claim',
      name: 'claimInvitation',
      tag: 'accounts',
      summary: 'Claim an invitation: the three of the first start with name and user name, later ones with the password alone.',
      guard: 'public',
      kind: 'api',
      body: claimBody,
      responses: { 201: z.object({ accountId: z.uuid(), username: z.string(), role: z.string().nullable(), bootstrapClosed: z.boolean() }) },
      async handler(ctx, { body }) {
        const done = await accounts.claimInvitation({ ...body, ...originOf(ctx) });
        return { status: 201, json: { accountId: done.accountId, username: done.username, role: done.role, bootstrapClosed: done.bootstrapClosed } };
      },
    }),
  ];
}
