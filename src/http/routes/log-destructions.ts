import { z } from 'zod';
import {
  answerLogDestruction,
  appointForLog,
  beginLogDestruction,
  carryLogDestruction,
  CERTIFICATE_KINDS,
  type CertificateKind,
  checkLogDestruction,
  dismissFromLog,
  listLogRegisters,
  listLogTerms,
  LOG_OBSTACLES,
  logCertificate,
  OFFICES,
  openLogCertificate,
  proposeLogDestruction,
  REGISTER_LIMITS,
  REGISTER_STATES,
  stopLogDestruction,
  viewLogRegister,
  witnessLogDestruction,
} from '../../disposition/index.js';
import { LOG_NAME } from '../../audit/index.js';
import type { HttpDeps } from '../deps.js';
import { contentDisposition } from '../disposition.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const state = z.enum(REGISTER_STATES);
const term = z
  .object({
    log: z.string(),
    size: z.string(),
    first: instant,
    last: instant,
    until: z.string(),
    rule: z.string(),
    schedule: z.string(),
    due: z.boolean(),
    against: z.array(z.enum(LOG_OBSTACLES)),
    holds: z.array(z.string()),
    register: z.object({ id: z.uuid(), number: z.string(), state }).nullable(),
  })
  .meta({ id: 'LogTerm' });
const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    log: z.string(),
    state,
    madeBy: z.uuid(),
    madeAt: instant,
    size: z.string(),
    executeAfter: instant.nullable(),
    endedAt: instant.nullable(),
  })
  .meta({ id: 'LogDestructionSummary' });
const register = summary
  .extend({
    root: z.string(),
    bundles: z.string(),
    first: instant,
    last: instant,
    rule: z.string(),
    schedule: z.string(),
    until: z.string(),
    rules: z.string(),
    digest: z.string(),
    approvedAt: instant.nullable(),
    checkedAt: instant.nullable(),
    executingAt: instant.nullable(),
    openedAt: instant.nullable(),
    closedAt: instant.nullable(),
    endedBy: z.uuid().nullable(),
    endReason: z.string(),
    approvals: z.array(
      z.object({
        position: z.int(),
        step: z.string(),
        role: z.string(),
        state: z.enum(['waiting', 'open', 'agreed', 'refused', 'dropped']),
        person: z.uuid().nullable(),
        reason: z.string(),
        at: instant.nullable(),
      }),
    ),
    appointments: z.array(
      z.object({
        office: z.enum(OFFICES),
        person: z.uuid(),
        outside: z.boolean(),
        appointedAt: instant,
        checkedAt: instant.nullable(),
        witnessedAt: instant.nullable(),
      }),
    ),
    progress: z.object({
      bundlesGone: z.string(),
      entriesGone: z.string(),
      locked: z.int(),
      lockedUntil: instant.nullable(),
      attempts: z.int(),
      why: z.string().nullable(),
      againAt: instant.nullable(),
    }),
    certified: z.boolean(),
    certificates: z.array(
      z.object({
        number: z.string(),
        kind: z.enum(CERTIFICATE_KINDS),
        madeAt: instant,
        size: z.int(),
        locked: z.int(),
        documentDigest: z.string(),
        dataDigest: z.string(),
      }),
    ),
    may: z.object({
      answer: z.int().nullable(),
      appoint: z.boolean(),
      check: z.boolean(),
      stop: z.boolean(),
      begin: z.boolean(),
      witness: z.boolean(),
    }),
  })
  .meta({ id: 'LogDestruction' });

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'invalid');
const reason = z.string().max(REGISTER_LIMITS.reason, 'too_long');

const PDF = 'application/pdf';
export const certificateParams = idParams.extend({ kind: z.enum(CERTIFICATE_KINDS) });

/** Begins and sets to work at once; who called does not wait for the end. What fails is retried by the worker. */
export async function beginLog({ logTerms, log }: HttpDeps, { actor }: Pick<RequestContext, 'actor'>, registerId: string, number: string): Promise<void> {
  await beginLogDestruction(logTerms, actor, { registerId, number });
  void carryLogDestruction(logTerms, registerId).catch((error: unknown) => log.error('destruction.failed', error));
}

/** The signed certificate as a file. */
export async function logCertificateReply({ logTerms }: HttpDeps, { actor }: Pick<RequestContext, 'actor'>, id: string): Promise<Reply> {
  const { number, note } = await logCertificate(logTerms, actor, id);
  return { body: Buffer.from(note), type: 'text/plain; charset=utf-8', headers: { 'Content-Disposition': `attachment; filename="${number}-gone.txt"` } };
}

/** The signed document as a file. */
export async function logCertificatePdfReply(
  { logTerms }: HttpDeps,
  { actor }: Pick<RequestContext, 'actor'>,
  id: string,
  kind: CertificateKind,
): Promise<Reply> {
  const { body, number } = await openLogCertificate(logTerms, actor, id, kind);
  const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
  return { stream: body, type: PDF, headers: { ...headers, 'Content-Disposition': contentDisposition(`${number}.pdf`, PDF, 'download') } };
}

/** The end of the term of logs: what is due, and the registers under which their entries are destroyed. */
export function logDestructionRoutes(deps: HttpDeps): Route[] {
  const { logTerms } = deps;
  const api = { kind: 'api', tag: 'disposition' } as const;
  const path = '/api/v1/log-destructions';
  return [
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/log-terms',
      name: 'logTerms',
      summary: 'The audit logs of the past with their terms as records of use, and what stands against destroying their entries.',
      guard: 'destruction.list',
      responses: { 200: z.object({ current: z.string().nullable(), items: z.array(term) }) },
      handler: async (ctx) => ({ json: await listLogTerms(logTerms, ctx.actor) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path,
      name: 'proposeLogDestruction',
      summary: 'Propose to destroy the entries of a log whose term is over: exactly this log, these bundles, this tree. Hashes and checkpoints stay.',
      guard: 'destruction.make',
      body: z.strictObject({ log: z.string().regex(LOG_NAME, 'invalid') }),
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), digest: z.string() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await proposeLogDestruction(logTerms, ctx.actor, body) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path,
      name: 'listLogDestructions',
      summary: 'Registers over logs, newest first: every one, or those in which one takes part.',
      guard: 'destruction.view',
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(summary) },
      handler: async (ctx, { query }) => ({ json: await listLogRegisters(logTerms, ctx.actor, query.after) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/:id`,
      name: 'viewLogDestruction',
      guard: 'signed-in',
      params: idParams,
      responses: { 200: register },
      handler: async (ctx, { params }) => ({ json: await viewLogRegister(logTerms, ctx.actor, params.id) }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/:id/gone`,
      name: 'logDestructionCertificate',
      summary: 'The signed certificate that the entries were destroyed (C2SP signed note), as it stands beside the log.',
      guard: 'signed-in',
      params: idParams,
      streams: ['text/plain'],
      handler: (ctx, { params }) => logCertificateReply(deps, ctx, params.id),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: `${path}/:id/certificates/:kind`,
      name: 'logDestructionDocument',
      summary: 'The certificate that the entries were destroyed, or its supplement, as it was made: a signed PDF with its data as JSON inside.',
      guard: 'signed-in',
      params: certificateParams,
      streams: [PDF],
      handler: (ctx, { params }) => logCertificatePdfReply(deps, ctx, params.id, params.kind),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/answer`,
      name: 'answerLogDestruction',
      summary: 'Approve or reject in the own turn, naming the digest that was seen.',
      guard: 'destruction.approve',
      params: idParams,
      body: z.strictObject({ step: z.int().min(0).max(100), digest, agree: z.boolean(), reason: reason.optional() }),
      responses: { 200: z.object({ state }) },
      handler: async (ctx, { params, body }) => ({ json: await answerLogDestruction(logTerms, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/appointments`,
      name: 'appointForLogDestruction',
      summary: 'Appoint the executor or a supervisor: another person than everybody who takes part.',
      guard: 'destruction.appoint',
      params: idParams,
      body: z.strictObject({ office: z.enum(OFFICES), personId: z.uuid() }),
      responses: { 201: z.object({ outside: z.boolean() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: await appointForLog(logTerms, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/dismiss`,
      name: 'dismissFromLogDestruction',
      guard: 'destruction.appoint',
      params: idParams,
      body: z.strictObject({ personId: z.uuid() }),
      async handler(ctx, { params, body }) {
        await dismissFromLog(logTerms, ctx.actor, { registerId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/check`,
      name: 'checkLogDestruction',
      summary: 'Sign as a supervisor that it was checked, before anything is carried out.',
      guard: 'destruction.check',
      params: idParams,
      body: z.strictObject({ digest }),
      responses: { 200: z.object({ state }) },
      handler: async (ctx, { params, body }) => ({ json: await checkLogDestruction(logTerms, ctx.actor, { registerId: params.id, ...body }) }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/stop`,
      name: 'stopLogDestruction',
      summary: 'Stop it before it is carried out; anyone named on it may.',
      guard: 'destruction.view',
      params: idParams,
      body: z.strictObject({ reason }),
      async handler(ctx, { params, body }) {
        await stopLogDestruction(logTerms, ctx.actor, { registerId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/begin`,
      name: 'beginLogDestruction',
      summary: 'The executor begins, after the pause, naming the number of the register; it is carried out in the background, and cannot be stopped any more.',
      guard: 'destruction.execute',
      params: idParams,
      body: z.strictObject({ number: z.string().min(1).max(40) }),
      responses: { 202: z.object({ id: z.uuid() }) },
      async handler(ctx, { params, body }) {
        await beginLog(deps, ctx, params.id, body.number);
        return { status: 202, json: { id: params.id } };
      },
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: `${path}/:id/witness`,
      name: 'witnessLogDestruction',
      summary: 'A supervisor signs that the destruction was witnessed. With both, and nothing left under lock, the register closes.',
      guard: 'destruction.witness',
      params: idParams,
      async handler(ctx, { params }) {
        await witnessLogDestruction(logTerms, ctx.actor, params.id);
        return { status: 204 };
      },
    }),
  ];
}
