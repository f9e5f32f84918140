import { z } from 'zod';
import { REQUEST_KINDS } from '../../access/index.js';
import { check, invalidField } from '../../errors/index.js';
import { READING_RESULTS } from '../../records/index.js';
import {
  applyForReading,
  decideMany,
  decideRequest,
  endDeputy,
  handBackRequest,
  listDeputies,
  listMyRequests,
  listQueue,
  nameDeputy,
  PAPER_KINDS,
  recallRequest,
  REQUEST_FORMS,
  REQUEST_LIMITS,
  REQUEST_STATES,
  requestInput,
  requestRegister,
  STEP_STATES,
  viewRequest,
  withdrawRequest,
  type PaperFile,
} from '../../requests/index.js';
import { parseJson } from '../body.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';
import { assertSound } from '../sound.js';
import { registerFields, registerFilter } from './request-register.js';

const instant = z.string().meta({ format: 'date-time' });
const after = z.string().max(120).optional();
const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(REQUEST_KINDS).nullable(),
    form: z.enum(REQUEST_FORMS),
    state: z.enum(REQUEST_STATES),
    purpose: z.string(),
    applicant: z.uuid(),
    department: z.string(),
    submittedAt: instant,
    from: instant,
    to: instant,
    records: z.int().nullable(),
    overdue: z.boolean(),
  })
  .meta({ id: 'AccessRequestSummary' });
const step = z.object({
  position: z.int(),
  rule: z.string(),
  role: z.string(),
  department: z.string().nullable(),
  state: z.enum(STEP_STATES),
  dueAt: instant.nullable(),
  decidedBy: z.uuid().nullable(),
  decidedFor: z.uuid().nullable(),
  decidedAs: z.enum(['own', 'deputy', 'escalated']).nullable(),
  decidedAt: instant.nullable(),
  reason: z.string(),
  narrowed: z.boolean(),
});
const full = summary
  .extend({
    reason: z.string(),
    ticket: z.string(),
    outsider: z.object({ name: z.string(), organisation: z.string(), contact: z.string() }).nullable(),
    basis: z.string().nullable(),
    assessment: z.string(),
    named: z.object({ numbers: z.array(z.string()), client: z.string(), search: z.string() }),
    acts: z.array(z.string()),
    readings: z.int().nullable(),
    refusedFor: z.string().nullable(),
    result: z.string().nullable(),
    resultNote: z.string(),
    recalledAt: instant.nullable(),
    decidedAt: instant.nullable(),
    endedAt: instant.nullable(),
    grantId: z.uuid().nullable(),
    digest: z.string().nullable(),
    cut: z.boolean(),
    steps: z.array(step).nullable(),
    items: z.array(
      z.object({ id: z.uuid(), title: z.string(), code: z.string(), department: z.string(), sensitivity: z.string(), fit: z.string(), kept: z.boolean() }),
    ),
    notShown: z.int().nullable(),
    mayAnswer: z.int().nullable(),
    papers: z.array(z.object({ id: z.uuid(), kind: z.enum(PAPER_KINDS), type: z.string(), size: z.int() })),
    own: z.boolean(),
  })
  .meta({ id: 'AccessRequest' });
const applied = z.object({ id: z.uuid(), number: z.string(), state: z.enum(['submitted', 'refused']) });
const decision = z.strictObject({
  step: z.int().min(0).max(1000),
  agree: z.boolean(),
  reason: z.string().max(REQUEST_LIMITS.reason, 'too_long'),
  narrow: z
    .strictObject({
      acts: z.array(z.enum(['view', 'print', 'download'])).optional(),
      startsAt: z.iso.datetime({ offset: true }).optional(),
      endsAt: z.iso.datetime({ offset: true }).optional(),
      readings: z.int().min(1).max(REQUEST_LIMITS.readings).optional(),
      without: z.array(z.uuid()).max(REQUEST_LIMITS.found).optional(),
    })
    .optional(),
});

/** The application stands first, as JSON in the part `request`; then `letter` and `identity`. */
async function applyOutside(deps: HttpDeps, ctx: RequestContext) {
  const parts = ctx.parts({ fileBytes: REQUEST_LIMITS.paperBytes, files: PAPER_KINDS.length })[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done === true || first.value.kind !== 'text' || first.value.field !== 'request') throw invalidField('request', 'must_come_first');
  const given = check(z.looseObject({}), parseJson(first.value.value), 'request');
  assertSound(given);
  async function* papers(): AsyncGenerator<PaperFile> {
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
      const part = next.value;
      const kind = PAPER_KINDS.find((one) => one === part.field);
      if (part.kind !== 'file' || kind === undefined) throw invalidField('request', 'unknown_file');
      yield { kind, name: part.filename, type: part.declaredType, body: part.body };
    }
  }
  try {
    return await applyForReading(deps.requests, ctx.actor, given as unknown as Parameters<typeof applyForReading>[2], papers());
  } finally {
    await parts.return?.();
  }
}

/** Applications for reading: apply, decide, hand back, the register, deputies. */
export function requestRoutes(deps: HttpDeps): Route[] {
  const { requests } = deps;
  const api = { kind: 'api', tag: 'requests' } as const;
  return [
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests',
      name: 'applyForReading',
      summary: 'Apply for reading: records by id or typed number, a client, or a search; for a purpose, with a reason, for a time.',
      guard: 'request.apply',
      body: requestInput,
      responses: { 201: applied },
      handler: async (ctx, { body }) => ({ status: 201, json: await applyForReading(requests, ctx.actor, body) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/outside',
      name: 'applyForOutsider',
      summary: 'Apply for somebody from outside, with letter, proof of identity and the basis of the disclosure.',
      guard: 'request.apply_outside',
      bodyKind: 'multipart',
      multipart: {
        type: 'object',
        required: ['request', ...PAPER_KINDS],
        properties: {
          request: { type: 'string', contentMediaType: 'application/json' },
          letter: { type: 'string', format: 'binary' },
          identity: { type: 'string', format: 'binary' },
        },
      },
      responses: { 201: applied },
      handler: async (ctx) => ({ status: 201, json: await applyOutside(deps, ctx) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests',
      name: 'listMyRequests',
      summary: 'Own applications, newest first.',
      guard: 'request.own',
      query: z.strictObject({ after }),
      responses: { 200: pageSchema(summary) },
      handler: async (ctx, { query }) => ({ json: await listMyRequests(requests, ctx.actor, query.after) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/queue',
      name: 'listRequestQueue',
      summary: 'Applications that wait for the own answer, the most urgent first.',
      guard: 'request.decide',
      query: z.strictObject({ kind: z.enum(REQUEST_KINDS).optional(), late: z.enum(['0', '1']).optional() }),
      responses: { 200: z.object({ items: z.array(summary.extend({ step: z.int(), rule: z.string(), dueAt: instant })) }) },
      handler: async (ctx, { query }) => ({ json: { items: await listQueue(requests, ctx.actor, { kind: query.kind, late: query.late === '1' }) } }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/queue/decide',
      name: 'decideManyRequests',
      summary: 'The same answer to many applications; each is decided on its own right and on record by itself, and what could not be decided is said.',
      guard: 'request.decide',
      body: z.strictObject({
        items: z
          .array(z.strictObject({ requestId: z.uuid('not_a_uuid'), step: z.int().min(0).max(1000) }))
          .min(1, 'empty')
          .max(REQUEST_LIMITS.decided, 'too_many'),
        agree: z.boolean(),
        reason: z.string().max(REQUEST_LIMITS.reason, 'too_long'),
      }),
      responses: {
        200: z.object({
          items: z.array(
            z.object({ requestId: z.uuid(), number: z.string().nullable(), state: z.enum(REQUEST_STATES).nullable(), refused: z.string().nullable() }),
          ),
        }),
      },
      handler: async (ctx, { body }) => ({ json: { items: await decideMany(requests, ctx.actor, body) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/register',
      name: 'requestRegister',
      summary: 'The register of applications, newest first.',
      guard: 'request.register',
      query: z.strictObject({ ...registerFields, after }),
      responses: { 200: pageSchema(summary) },
      handler: async (ctx, { query: { after: from, ...asked } }) => ({ json: await requestRegister(requests, ctx.actor, registerFilter(deps, asked), from) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/deputies',
      name: 'listDeputies',
      guard: 'request.decide',
      responses: {
        200: z.object({ items: z.array(z.object({ id: z.uuid(), deputyId: z.uuid(), from: instant, to: instant, endedAt: instant.nullable() })) }),
      },
      handler: async (ctx) => ({ json: { items: await listDeputies(requests, ctx.actor) } }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/deputies',
      name: 'nameDeputy',
      summary: 'Name who decides while one is away.',
      guard: 'request.decide',
      body: z.strictObject({ deputyId: z.string().max(64), from: z.string().max(10), to: z.string().max(10) }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await nameDeputy(requests, ctx.actor, body) }),
    }),
    defineRoute({
      ...api,
      method: 'delete',
      path: '/api/v1/requests/deputies/:id',
      name: 'endDeputy',
      guard: 'request.decide',
      params: idParams,
      async handler(ctx, { params }) {
        await endDeputy(requests, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/:id',
      name: 'viewRequest',
      summary: 'One application: for its applicant, for whoever decides on it, for the register.',
      guard: 'signed-in',
      params: idParams,
      responses: { 200: full },
      handler: async (ctx, { params }) => ({ json: await viewRequest(requests, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/decide',
      name: 'decideRequest',
      summary: 'Answer a step of an application in its turn; an approver may take away, never add.',
      guard: 'request.decide',
      params: idParams,
      body: decision,
      responses: { 200: z.object({ state: z.enum(REQUEST_STATES) }) },
      async handler(ctx, { params, body }) {
        const { narrow, ...rest } = body;
        const day = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));
        const less = narrow && { ...narrow, startsAt: day(narrow.startsAt), endsAt: day(narrow.endsAt) };
        return { json: await decideRequest(requests, ctx.actor, { requestId: params.id, ...rest, narrow: less }) };
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/withdraw',
      name: 'withdrawRequest',
      guard: 'request.own',
      params: idParams,
      async handler(ctx, { params }) {
        await withdrawRequest(requests, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/return',
      name: 'handBackRequest',
      summary: 'Hand back with the result of the use.',
      guard: 'request.own',
      params: idParams,
      body: z.strictObject({ result: z.enum(READING_RESULTS), note: z.string().max(REQUEST_LIMITS.reason, 'too_long').optional() }),
      async handler(ctx, { params, body }) {
        await handBackRequest(requests, ctx.actor, { requestId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/recall',
      name: 'recallRequest',
      guard: 'request.recall',
      params: idParams,
      async handler(ctx, { params }) {
        await recallRequest(requests, ctx.actor, params.id);
        return {};
      },
    }),
  ];
}
