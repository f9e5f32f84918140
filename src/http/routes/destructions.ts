import { z } from 'zod';
import {
  begin,
  carry,
  COPY_STATES,
  listDestructionCertificates,
  listDestructionItems,
  listDestructions,
  openDestructionCertificate,
  retryDestruction,
  STEP_STATES,
  STEPS,
  viewDestruction,
  witness,
} from '../../disposition/index.js';
import { readCursorPair, writeCursorPair } from '../cursor.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';

const time = z.string().meta({ format: 'date-time' });
/** Said of a register or its certificate. */
const erasure = z.string().nullable().meta({ description: 'Number of the request under PIPL article 47; null where the terms were over.' });
const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(['checked', 'executing', 'open', 'closed']),
    erasure,
    items: z.int(),
    done: z.int(),
    stuck: z.object({ step: z.enum(STEPS), why: z.string() }).nullable(),
    copies: z.object({ all: z.int(), gone: z.int(), locked: z.int(), until: time.nullable() }),
    startedAt: time.nullable(),
    executedAt: time.nullable(),
    closedAt: time.nullable(),
  })
  .meta({ id: 'Destruction' });
const certificate = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(['main', 'supplement']),
    register: z.uuid(),
    registerNumber: z.string(),
    erasure,
    items: z.int(),
    locked: z.int(),
    size: z.int(),
    documentDigest: z.string(),
    dataDigest: z.string(),
    madeAt: time,
  })
  .meta({ id: 'DestructionCertificate' });
const detail = summary
  .extend({
    digest: z.string(),
    executeAfter: time,
    steps: z.array(
      z.object({
        step: z.enum(STEPS),
        state: z.enum(STEP_STATES),
        attempts: z.int(),
        why: z.string().nullable(),
        facts,
        triedAt: time.nullable(),
        doneAt: time.nullable(),
      }),
    ),
    report: z
      .object({
        at: time,
        checked: z.array(z.object({ what: z.string(), looked: z.int(), found: z.int() })),
        canaries: z
          .object({
            planted: z.int(),
            places: z.array(z.object({ what: z.string(), files: z.int(), bytes: z.int(), unread: z.int(), found: z.int() })),
          })
          .optional(),
        remains: z.array(z.object({ what: z.string(), count: z.int().optional(), until: time.optional() })),
      })
      .nullable(),
    executor: z.uuid().nullable(),
    supervisors: z.array(z.object({ person: z.uuid(), outside: z.boolean(), checkedAt: time.nullable(), witnessedAt: time.nullable() })),
    certificates: z.array(certificate),
    againAt: time.nullable(),
    may: z.object({ begin: z.boolean(), witness: z.boolean(), retry: z.boolean() }),
  })
  .meta({ id: 'DestructionDetail' });
const item = z
  .object({
    position: z.int(),
    record: z.uuid(),
    archivalCode: z.string(),
    serviceNo: z.string(),
    state: z.enum(['listed', 'destroying', 'shredded', 'destroyed']),
    copies: z.array(
      z.object({
        object: z.uuid(),
        record: z.uuid(),
        state: z.enum(COPY_STATES),
        lockedUntil: time.nullable(),
        goneAt: time.nullable(),
        wrapped: z.boolean(),
        objectState: z.string(),
      }),
    ),
  })
  .meta({ id: 'DestructionItem' });

const PDF = 'application/pdf';
const afterQuery = z.strictObject({ after: z.string().max(60).optional() });

/** Begins and sets to work at once; who called does not wait for the end. What fails is retried by the worker. */
export async function beginDestruction(
  { execution, log }: HttpDeps,
  { actor }: Pick<RequestContext, 'actor'>,
  register: string,
  number: string,
): Promise<void> {
  await begin(execution, actor, { register, number });
  void carry(execution, register).catch((error: unknown) => log.error('destruction.failed', error));
}

/** The executor has a stuck step tried again: at work at once, and nobody waits for its end. */
export async function resumeDestruction(
  { execution, log }: HttpDeps,
  { actor }: Pick<RequestContext, 'actor'>,
  register: string,
): Promise<Awaited<ReturnType<typeof retryDestruction>>> {
  const progress = await retryDestruction(execution, actor, register);
  void carry(execution, register).catch((error: unknown) => log.error('destruction.failed', error));
  return progress;
}

export async function certificatePdfReply({ execution }: HttpDeps, { actor }: RequestContext, id: string): Promise<Reply> {
  const { certificate: one, opened } = await openDestructionCertificate(execution, actor, id);
  return {
    stream: opened.body,
    type: PDF,
    headers: {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Disposition': contentDisposition(`${one.number}.pdf`, PDF, 'download'),
    },
  };
}

/** Carrying out destruction registers, and their certificates. */
export function destructionRoutes(deps: HttpDeps): Route[] {
  const { execution } = deps;
  const see = { kind: 'api', tag: 'disposition', guard: 'destruction.progress' } as const;
  return [
    defineRoute({
      ...see,
      method: 'get',
      path: '/api/v1/destructions',
      name: 'listDestructions',
      summary:
        'Destructions that wait for their executor, are under way or were carried out, newest first; whoever may not list registers sees those he takes part in.',
      query: afterQuery,
      responses: { 200: z.object({ items: z.array(summary), next: z.string().nullable() }) },
      async handler(ctx, { query }) {
        const { items, next } = await listDestructions(execution, ctx.actor, readCursorPair(query.after));
        return { json: { items, next: writeCursorPair(next) } };
      },
    }),
    defineRoute({
      ...see,
      method: 'get',
      path: '/api/v1/destructions/:id',
      name: 'viewDestruction',
      summary: 'One destruction: steps, copies, closure check, signatures and certificates. The id is that of the register.',
      params: idParams,
      responses: { 200: detail },
      handler: async (ctx, { params }) => ({ json: { ...(await viewDestruction(execution, ctx.actor, params.id)) } }),
    }),
    defineRoute({
      ...see,
      method: 'get',
      path: '/api/v1/destructions/:id/items',
      name: 'listDestructionCopies',
      summary: 'Its records in the order of the register, with the state of every copy of each.',
      params: idParams,
      query: z.strictObject({ after: z.coerce.number().int().min(0).max(10_000_000).default(0) }),
      responses: { 200: z.object({ items: z.array(item), next: z.int().nullable() }) },
      async handler(ctx, { params, query }) {
        const { items, next } = await listDestructionItems(execution, ctx.actor, params.id, query.after);
        return {
          json: {
            items: items.map((one) => ({
              ...one,
              copies: one.copies.map((copy) => ({ ...copy, lockedUntil: copy.lockedUntil?.toISOString() ?? null, goneAt: copy.goneAt?.toISOString() ?? null })),
            })),
            next,
          },
        };
      },
    }),
    defineRoute({
      ...see,
      guard: 'destruction.execute',
      method: 'post',
      path: '/api/v1/destructions/:id/begin',
      name: 'beginDestruction',
      summary:
        'The executor begins, with the number of the register; every record is asked again under its lock. Needs a second factor, shown a moment ago. From here on there is no way back.',
      params: idParams,
      body: z.strictObject({ number: z.string().min(1).max(40) }),
      responses: { 202: z.object({ id: z.uuid() }) },
      async handler(ctx, { params, body }) {
        await beginDestruction(deps, ctx, params.id, body.number);
        return { status: 202, json: { id: params.id }, headers: { Location: `/api/v1/destructions/${params.id}` } };
      },
    }),
    defineRoute({
      ...see,
      guard: 'destruction.execute',
      method: 'post',
      path: '/api/v1/destructions/:id/retry',
      name: 'retryDestruction',
      summary: 'The executor has a step that is stuck tried again now instead of waiting; answers at once with how far it is.',
      params: idParams,
      responses: { 202: summary },
      async handler(ctx, { params }) {
        const progress = await resumeDestruction(deps, ctx, params.id);
        return { status: 202, json: { ...progress }, headers: { Location: `/api/v1/destructions/${params.id}` } };
      },
    }),
    defineRoute({
      ...see,
      guard: 'destruction.witness',
      method: 'post',
      path: '/api/v1/destructions/:id/witness',
      name: 'witnessDestruction',
      summary:
        'A supervisor signs that the destruction was witnessed; with the second signature the certificate is made. Needs a second factor, shown a moment ago.',
      params: idParams,
      async handler(ctx, { params }) {
        await witness(execution, ctx.actor, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      ...see,
      method: 'get',
      path: '/api/v1/destruction-certificates',
      name: 'listDestructionCertificates',
      summary: 'Certificates of destruction, newest first.',
      query: afterQuery,
      responses: { 200: z.object({ items: z.array(certificate), next: z.string().nullable() }) },
      async handler(ctx, { query }) {
        const { items, next } = await listDestructionCertificates(execution, ctx.actor, readCursorPair(query.after));
        return { json: { items, next: writeCursorPair(next) } };
      },
    }),
    defineRoute({
      ...see,
      method: 'get',
      path: '/api/v1/destruction-certificates/:id',
      name: 'fetchDestructionCertificate',
      summary: 'A certificate as it was made: a signed PDF with its data as JSON inside; an entry stands in the log before its first byte.',
      params: idParams,
      streams: [PDF],
      handler: (ctx, { params }) => certificatePdfReply(deps, ctx, params.id),
    }),
  ];
}
