import { z } from 'zod';
import {
  answerRegister,
  appointFor,
  appraisedWaiting,
  CHANGES,
  checkRegister,
  createRegister,
  dismissFrom,
  freezeRegister,
  ITEM_STATES,
  listRegisterItems,
  listRegisters,
  OFFICES,
  REGISTER_KINDS,
  REGISTER_LIMITS,
  REGISTER_STATES,
  registersWaiting,
  rejectRegisterItems,
  stopRegister,
  submitRegister,
  takeOutOfRegister,
  viewRegister,
} from '../../disposition/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const state = z.enum(REGISTER_STATES);
export const registerSummary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(REGISTER_KINDS),
    request: z.object({ id: z.uuid(), number: z.string() }).nullable(),
    state,
    madeBy: z.uuid(),
    madeAt: instant,
    items: z.int(),
    approvedAt: instant.nullable(),
    executeAfter: instant.nullable(),
    endedAt: instant.nullable(),
  })
  .meta({ id: 'DestructionRegisterSummary' });
const approval = z.object({
  round: z.int(),
  position: z.int(),
  step: z.string(),
  role: z.string(),
  state: z.enum(['waiting', 'open', 'agreed', 'refused', 'dropped']),
  person: z.uuid().nullable(),
  answer: z.enum(['agree', 'refuse']).nullable(),
  digest: z.string().nullable(),
  reason: z.string(),
  at: instant.nullable(),
});
const appointment = z.object({
  office: z.enum(OFFICES),
  person: z.uuid(),
  outside: z.boolean(),
  appointedBy: z.uuid(),
  appointedAt: instant,
  endedAt: instant.nullable(),
  checkedAt: instant.nullable(),
  witnessedAt: instant.nullable(),
});
const register = registerSummary
  .extend({
    round: z.int(),
    place: z.string(),
    rules: z.string().nullable(),
    digest: z.string().nullable(),
    frozenAt: instant.nullable(),
    checkedAt: instant.nullable(),
    executingAt: instant.nullable(),
    openedAt: instant.nullable(),
    closedAt: instant.nullable(),
    endedBy: z.uuid().nullable(),
    endReason: z.string(),
    counts: z.partialRecord(z.enum(ITEM_STATES), z.int()),
    approvals: z.array(approval),
    appointments: z.array(appointment),
    may: z.object({
      prepare: z.boolean(),
      submit: z.boolean(),
      answer: z.int().nullable(),
      appoint: z.boolean(),
      check: z.boolean(),
      stop: z.boolean(),
    }),
  })
  .meta({ id: 'DestructionRegister' });
const item = z
  .object({
    position: z.int(),
    record: z.uuid(),
    state: z.enum(ITEM_STATES),
    title: z.string().nullable(),
    archivalCode: z.string(),
    serviceNo: z.string(),
    serviceType: z.string(),
    sensitivity: z.string(),
    department: z.string(),
    medium: z.string(),
    closedAt: instant,
    archivedAt: z.string().nullable(),
    files: z.int(),
    termUntil: z.string(),
    appraisal: z.string().nullable(),
    appraisedAt: instant.nullable(),
    erasure: z.string().nullable(),
    ground: z.string(),
    reason: z.string(),
    changed: z.array(z.enum(CHANGES)),
  })
  .meta({ id: 'DestructionItem' });

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'invalid');
const step = z.int().min(0).max(100);
const reason = z.string().max(REGISTER_LIMITS.reason, 'too_long');
const positions = z.array(z.int().min(1).max(1_000_000)).min(1).max(REGISTER_LIMITS.named, 'too_many');

/** Destruction registers: made, frozen, approved in order, supervised, stopped. */
export function registerRoutes(deps: HttpDeps): Route[] {
  const { disposition } = deps;
  const api = { kind: 'api', tag: 'disposition' } as const;
  const path = '/api/v1/destruction-registers';
  return [
    defineRoute({
      ...api,
      method: 'post',
      path,
      name: 'createDestructionRegister',
      summary: 'Make a draft of appraised records that wait for destruction.',
      guard: 'destruction.make',
      body: z.strictObject({
        appraisals: z.array(z.uuid()).min(1).max(200).optional(),
        records: z.array(z.uuid()).min(1).max(REGISTER_LIMITS.named, 'too_many').optional(),
        place: z.string().max(REGISTER_LIMITS.place, 'too_long').optional(),
      }),
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), items: z.int(), cut: z.boolean() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await createRegister(disposition, ctx.actor, body) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path,
      name: 'listDestructionRegisters',
      summary: 'Registers, newest first: every one, or those in which one takes part.',
      guard: 'destruction.view',
      query: z.strictObject({ state: state.optional(), after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(registerSummary) },
      handler: async (ctx, { query: { after, ...filter } }) => ({ json: await listRegisters(disposition, ctx.actor, filter, after) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/waiting`,
      name: 'destructionWaiting',
      summary: 'What waits for the caller: steps to approve, offices to fill, lists to check, those to carry out.',
      guard: 'destruction.view',
      responses: {
        200: z.object({
          items: z.array(
            z.object({
              id: z.uuid(),
              number: z.string(),
              since: instant,
              items: z.int(),
              what: z.enum(['approve', 'appoint', 'check', 'witness', 'execute', 'submit']),
            }),
          ),
        }),
      },
      handler: async (ctx) => ({ json: { items: await registersWaiting(disposition, ctx.actor) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/appraised`,
      name: 'appraisedWaiting',
      summary: 'Appraised records that wait for a register, by appraisal.',
      guard: 'destruction.make',
      responses: {
        200: z.object({ items: z.array(z.object({ id: z.uuid(), number: z.string(), department: z.string(), items: z.int(), decidedAt: instant })) }),
      },
      handler: async (ctx) => ({ json: { items: await appraisedWaiting(disposition, ctx.actor) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/:id`,
      name: 'viewDestructionRegister',
      guard: 'signed-in',
      params: idParams,
      responses: { 200: register },
      handler: async (ctx, { params }) => ({ json: await viewRegister(disposition, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/:id/items`,
      name: 'listDestructionItems',
      summary: 'The items of a register in their order.',
      guard: 'signed-in',
      params: idParams,
      query: z.strictObject({ state: z.enum(ITEM_STATES).optional(), after: z.coerce.number().int().min(0).max(1_000_000).optional() }),
      responses: { 200: z.object({ items: z.array(item), next: z.int().nullable() }) },
      handler: async (ctx, { params, query: { after, ...filter } }) => ({ json: await listRegisterItems(disposition, ctx.actor, params.id, filter, after) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/take-out`,
      name: 'takeOutOfRegister',
      guard: 'destruction.make',
      params: idParams,
      body: z.strictObject({ positions }),
      responses: { 200: z.object({ items: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await takeOutOfRegister(disposition, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/freeze`,
      name: 'freezeRegister',
      summary: 'Freeze the list: its digest is what everybody signs.',
      guard: 'destruction.make',
      params: idParams,
      responses: { 200: z.object({ digest: z.string(), items: z.int() }) },
      handler: async (ctx, { params }) => ({ json: await freezeRegister(disposition, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/submit`,
      name: 'submitRegister',
      guard: 'destruction.make',
      params: idParams,
      responses: { 200: z.object({ steps: z.int() }) },
      handler: async (ctx, { params }) => ({ json: await submitRegister(disposition, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/answer`,
      name: 'answerRegister',
      summary: 'Approve or reject in the own turn, naming the digest of the list that was seen.',
      guard: 'destruction.approve',
      params: idParams,
      body: z.strictObject({ step, digest, agree: z.boolean(), reason: reason.optional() }),
      responses: { 200: z.object({ state }) },
      handler: async (ctx, { params, body }) => ({ json: await answerRegister(disposition, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/reject-items`,
      name: 'rejectRegisterItems',
      summary: 'Take items out in the own turn; everybody signs the rest anew.',
      guard: 'destruction.approve',
      params: idParams,
      body: z.strictObject({ step, digest, positions, reason }),
      responses: { 200: z.object({ digest: z.string(), items: z.int(), round: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await rejectRegisterItems(disposition, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/appointments`,
      name: 'appointForRegister',
      summary: 'Appoint the executor or a supervisor: another person than everybody who takes part.',
      guard: 'destruction.appoint',
      params: idParams,
      body: z.strictObject({ office: z.enum(OFFICES), personId: z.uuid() }),
      responses: { 201: z.object({ id: z.uuid(), outside: z.boolean() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: await appointFor(disposition, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/dismiss`,
      name: 'dismissFromRegister',
      guard: 'destruction.appoint',
      params: idParams,
      body: z.strictObject({ personId: z.uuid() }),
      async handler(ctx, { params, body }) {
        await dismissFrom(disposition, ctx.actor, { registerId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/check`,
      name: 'checkRegister',
      summary: 'Sign as a supervisor that the list was checked, before anything is carried out.',
      guard: 'destruction.check',
      params: idParams,
      body: z.strictObject({ digest }),
      responses: { 200: z.object({ state }) },
      handler: async (ctx, { params, body }) => ({ json: await checkRegister(disposition, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/stop`,
      name: 'stopRegister',
      summary: 'Stop it before it is carried out; anyone named on it may.',
      guard: 'destruction.view',
      params: idParams,
      body: z.strictObject({ reason }),
      async handler(ctx, { params, body }) {
        await stopRegister(disposition, ctx.actor, { registerId: params.id, ...body });
        return {};
      },
    }),
  ];
}
