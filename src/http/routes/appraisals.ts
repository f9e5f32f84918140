import { z } from 'zod';
import {
  APPRAISAL_LIMITS,
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
} from '../../disposition/index.js';
import { SENSITIVITIES, SERVICE_TYPES } from '../../records/values.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const day = z.iso.date();
const year = z.int().min(1900).max(9999);
export const appraisalSummary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(APPRAISAL_STATES),
    department: z.string(),
    madeBy: z.uuid(),
    madeAt: instant,
    decidedAt: instant.nullable(),
    items: z.int(),
    undecided: z.int(),
  })
  .meta({ id: 'AppraisalSummary' });
const member = z.object({
  position: z.int(),
  rule: z.string(),
  role: z.string(),
  department: z.string().nullable(),
  person: z.uuid().nullable(),
  answer: z.enum(['agree', 'dissent']).nullable(),
  opinion: z.string(),
  at: instant.nullable(),
});
const step = z.object({
  step: z.int(),
  at: instant,
  proposal: z.enum(PROPOSALS),
  years: z.int().nullable(),
  months: z.int().nullable(),
  basis: z.string().nullable(),
  reason: z.string(),
  items: z.int(),
  undone: z.boolean(),
});
const appraisal = appraisalSummary
  .extend({
    digest: z.string().nullable(),
    rules: z.string().nullable(),
    submittedAt: instant.nullable(),
    counts: z.object({ items: z.int(), undecided: z.int(), destroy: z.int(), extend: z.int(), transfer: z.int(), keep: z.int(), open: z.int() }),
    groups: z.array(z.object({ serviceType: z.string(), year: z.int(), items: z.int(), undecided: z.int() })),
    members: z.array(member),
    steps: z.array(step),
    mayEdit: z.boolean(),
    maySign: z.boolean(),
    mayWithdraw: z.boolean(),
  })
  .meta({ id: 'Appraisal' });
const item = z
  .object({
    position: z.int(),
    record: z.uuid(),
    title: z.string().nullable(),
    archivalCode: z.string(),
    serviceNo: z.string(),
    serviceType: z.string(),
    sensitivity: z.string(),
    year: z.int(),
    closedAt: instant,
    held: z.boolean(),
    termUntil: z.string(),
    termMaximum: z.string().nullable(),
    step: z.int().nullable(),
    proposal: z.enum(PROPOSALS).nullable(),
    years: z.int().nullable(),
    months: z.int().nullable(),
    newUntil: z.string().nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    dissents: z.int(),
  })
  .meta({ id: 'AppraisalItem' });

const which = z.strictObject({
  serviceType: z.enum(SERVICE_TYPES).optional(),
  year: year.optional(),
  sensitivity: z.enum(SENSITIVITIES).optional(),
  proposal: z.enum([...PROPOSALS, 'none']).optional(),
  records: z.array(z.uuid()).min(1).max(APPRAISAL_LIMITS.named, 'too_many').optional(),
});

/** Appraisal of what is due, by a group. */
export function appraisalRoutes(deps: HttpDeps): Route[] {
  const { disposition } = deps;
  const api = { kind: 'api', tag: 'disposition' } as const;
  return [
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals',
      name: 'createAppraisal',
      summary: 'Begin an appraisal over due records of one department: all that fit, or those that are named.',
      guard: 'appraisal.make',
      body: z.strictObject({
        department: z.string().min(1).max(40),
        serviceType: z.enum(SERVICE_TYPES).optional(),
        year: year.optional(),
        termBefore: day.optional(),
        records: z.array(z.uuid()).min(1).max(APPRAISAL_LIMITS.named, 'too_many').optional(),
      }),
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), items: z.int(), cut: z.boolean() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await createAppraisal(disposition, ctx.actor, body) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/appraisals',
      name: 'listAppraisals',
      summary: 'Appraisals, newest first; a department’s supervisor sees those of its records that were submitted.',
      guard: 'signed-in',
      query: z.strictObject({ state: z.enum(APPRAISAL_STATES).optional(), after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(appraisalSummary) },
      handler: async (ctx, { query: { after, ...filter } }) => ({ json: await listAppraisals(disposition, ctx.actor, filter, after) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/appraisals/to-sign',
      name: 'appraisalsToSign',
      summary: 'Appraisals that wait for the own signature, oldest first.',
      guard: 'appraisal.sign',
      responses: { 200: z.object({ items: z.array(z.object({ id: z.uuid(), number: z.string(), since: instant })) }) },
      handler: async (ctx) => ({ json: { items: await appraisalsToSign(disposition, ctx.actor) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/appraisals/:id',
      name: 'viewAppraisal',
      guard: 'signed-in',
      params: idParams,
      responses: { 200: appraisal },
      handler: async (ctx, { params }) => ({ json: await viewAppraisal(disposition, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/appraisals/:id/items',
      name: 'listAppraisalItems',
      summary: 'The records of an appraisal in their order, with what is proposed and what became of it.',
      guard: 'signed-in',
      params: idParams,
      query: z.strictObject({
        serviceType: z.enum(SERVICE_TYPES).optional(),
        year: z.coerce.number().pipe(year).optional(),
        sensitivity: z.enum(SENSITIVITIES).optional(),
        proposal: z.enum([...PROPOSALS, 'none']).optional(),
        outcome: z.enum(OUTCOMES).optional(),
        dissent: z.enum(['1']).optional(),
        after: z.coerce.number().int().min(0).max(1_000_000).optional(),
      }),
      responses: { 200: z.object({ items: z.array(item), next: z.int().nullable(), total: z.int() }) },
      handler: async (ctx, { params, query: { after, dissent, ...filter } }) => ({
        json: await listAppraisalItems(disposition, ctx.actor, params.id, { ...filter, dissent: dissent === '1' }, after),
      }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/proposals',
      name: 'proposeDisposition',
      summary: 'One decision for many records of a draft: destroy, extend, transfer, or keep on a legal basis.',
      guard: 'appraisal.make',
      params: idParams,
      body: z.strictObject({
        which,
        proposal: z.enum(PROPOSALS),
        period: z.strictObject({ years: z.int().min(0).max(200), months: z.int().min(0).max(11) }).optional(),
        basis: z.string().max(APPRAISAL_LIMITS.basis, 'too_long').optional(),
        reason: z.string().max(APPRAISAL_LIMITS.reason, 'too_long'),
      }),
      responses: { 200: z.object({ step: z.int(), items: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await proposeFor(disposition, ctx.actor, { appraisalId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/undo',
      name: 'undoProposal',
      summary: 'Take back the last decision of a draft, named by its step.',
      guard: 'appraisal.make',
      params: idParams,
      body: z.strictObject({ step: z.int().min(1).max(1_000_000) }),
      responses: { 200: z.object({ items: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await undoLast(disposition, ctx.actor, { appraisalId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/take-out',
      name: 'takeOutOfAppraisal',
      guard: 'appraisal.make',
      params: idParams,
      body: z.strictObject({ which }),
      responses: { 200: z.object({ items: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await takeOutOf(disposition, ctx.actor, { appraisalId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/submit',
      name: 'submitAppraisal',
      summary: 'Submit to the group: from here on nothing changes, and everybody signs exactly this list.',
      guard: 'appraisal.make',
      params: idParams,
      responses: { 200: z.object({ digest: z.string() }) },
      handler: async (ctx, { params }) => ({ json: await submitToGroup(disposition, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/sign',
      name: 'signAppraisal',
      summary: 'Sign the list as a member of the group, naming its digest; a dissent is kept.',
      guard: 'appraisal.sign',
      params: idParams,
      body: z.strictObject({
        digest: z.string().regex(/^[0-9a-f]{64}$/),
        agree: z.boolean(),
        opinion: z.string().max(APPRAISAL_LIMITS.opinion, 'too_long').optional(),
        dissentOn: z.array(z.uuid()).max(APPRAISAL_LIMITS.named, 'too_many').optional(),
      }),
      responses: { 200: z.object({ state: z.enum(['signing', 'decided']) }) },
      handler: async (ctx, { params, body }) => ({ json: await signAppraisal(disposition, ctx.actor, { appraisalId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/appraisals/:id/withdraw',
      name: 'withdrawAppraisal',
      guard: 'appraisal.make',
      params: idParams,
      async handler(ctx, { params }) {
        await withdrawAppraisal(disposition, ctx.actor, params.id);
        return {};
      },
    }),
  ];
}
