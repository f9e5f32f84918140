import { z } from 'zod';
import type { Enrolment } from '../../accounts/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const codeBody = z.strictObject({ code: z.string().min(1, 'missing').max(40, 'too_long') });
const state = z.object({ needed: z.boolean(), enrolledAt: z.string().nullable(), recoveryLeft: z.int(), shown: z.boolean() }).meta({ id: 'SecondFactor' });
const enrolment = z.object({ secret: z.string(), uri: z.string(), expiresAt: z.string() });
const codes = z.object({ recoveryCodes: z.array(z.string()) });
const reset = z.object({ id: z.uuid(), accountId: z.uuid(), username: z.string(), name: z.string(), proposedAt: z.string(), own: z.boolean() });

const shownEnrolment = (one: Enrolment) => ({ ...one, expiresAt: one.expiresAt.toISOString() });

/** The own second factor, and taking it from somebody who lost it. */
export function secondFactorRoutes(deps: HttpDeps): Route[] {
  return [...ownRoutes(deps), ...resetRoutes(deps)];
}

function ownRoutes({ accounts }: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/me/second-factor',
      name: 'viewSecondFactor',
      tag: 'accounts',
      guard: 'own',
      kind: 'api',
      responses: { 200: state },
      async handler(ctx) {
        const one = await accounts.secondFactorState(ctx.actor);
        return { json: { ...one, enrolledAt: one.enrolledAt?.toISOString() ?? null } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/second-factor',
      name: 'beginSecondFactor',
      tag: 'accounts',
      summary: 'Begin enrolment: a secret for an authenticator app (RFC 6238, SHA-1, six digits, thirty seconds). Nothing changes until a code confirms it.',
      guard: 'own',
      kind: 'api',
      bodyKind: 'none',
      responses: { 201: enrolment },
      handler: async (ctx) => ({ status: 201, json: shownEnrolment(await accounts.beginSecondFactor(ctx.actor)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/second-factor/confirm',
      name: 'confirmSecondFactor',
      tag: 'accounts',
      summary: 'Confirm enrolment with a code; answers the recovery codes, shown this once. Every other session ends.',
      guard: 'own',
      kind: 'api',
      body: codeBody,
      responses: { 201: codes },
      handler: async (ctx, { body }) => ({ status: 201, json: await accounts.confirmSecondFactor(ctx.actor, body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/second-factor/show',
      name: 'showSecondFactor',
      tag: 'accounts',
      summary: 'Show the second factor in this session: six digits, or one of the recovery codes. Each works once.',
      guard: 'own',
      kind: 'api',
      body: codeBody,
      responses: { 200: z.object({ recoveryLeft: z.int() }) },
      handler: async (ctx, { body }) => ({ json: await accounts.showSecondFactor(ctx.actor, body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/second-factor/recovery-codes',
      name: 'renewRecoveryCodes',
      tag: 'accounts',
      summary: 'New recovery codes, shown this once; the old ones are void.',
      guard: 'own',
      kind: 'api',
      bodyKind: 'none',
      responses: { 201: codes },
      handler: async (ctx) => ({ status: 201, json: await accounts.renewRecoveryCodes(ctx.actor) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/me/second-factor',
      name: 'removeSecondFactor',
      tag: 'accounts',
      summary: 'Remove the own second factor; refused while a role needs it.',
      guard: 'own',
      kind: 'api',
      bodyKind: 'none',
      async handler(ctx) {
        await accounts.removeSecondFactor(ctx.actor);
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/me/reauthenticate',
      name: 'reauthenticate',
      tag: 'accounts',
      summary: 'Show the own password once more, for dangerous acts of the next ten minutes.',
      guard: 'own',
      kind: 'api',
      body: z.strictObject({ password: z.string().min(1, 'missing').max(1000, 'too_long') }),
      async handler(ctx, { body }) {
        await accounts.reauthenticate(ctx.actor, body);
        return {};
      },
    }),
  ];
}

function resetRoutes({ accounts }: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/:id/second-factor/reset',
      name: 'proposeSecondFactorReset',
      tag: 'people',
      summary: 'Propose to take the second factor from somebody who lost it; acts only once a second person agrees.',
      guard: 'account.manage',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      responses: { 201: z.object({ resetId: z.uuid() }) },
      handler: async (ctx, { params }) => ({ status: 201, json: await accounts.proposeReset(ctx.actor, { accountId: params.id }) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/second-factor-resets',
      name: 'listSecondFactorResets',
      tag: 'people',
      guard: 'role.confirm',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(reset) }) },
      async handler(ctx) {
        const list = await accounts.listWaitingResets(ctx.actor);
        const items = list.map(({ resetId, proposedBy, proposedAt, ...one }) => ({
          ...one,
          id: resetId,
          proposedAt: proposedAt.toISOString(),
          own: proposedBy === ctx.actor.personId,
        }));
        return { json: { items } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/second-factor-resets/:id/decide',
      name: 'decideSecondFactorReset',
      tag: 'people',
      summary: "The second person's word on a reset.",
      guard: 'role.confirm',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      async handler(ctx, { params, body }) {
        await accounts.decideReset(ctx.actor, { resetId: params.id, agree: body.agree });
        return {};
      },
    }),
  ];
}
