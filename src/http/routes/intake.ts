import { z } from 'zod';
import { closingsReport, latenessReport, listIntakeBatches, moveBatch, reportClosings, viewBatch } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { batchSchema, pageSchema, summarySchema } from '../schemas.js';

const cursor = z.string().max(120).optional();

export const latenessQuery = z.strictObject({
  hours: z.coerce.number('wrong_type').int().min(1).max(8760).optional(),
  days: z.coerce.number('wrong_type').int().min(1).max(3660).optional(),
  afterLate: cursor,
  afterCalls: cursor,
});

export function intakeRoutes(deps: HttpDeps): Route[] {
  const records = deps.records;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/batches',
      name: 'listBatches',
      tag: 'intake',
      summary: 'Batches of intake, newest first.',
      guard: 'batch.view',
      kind: 'api',
      query: z.strictObject({ after: cursor }),
      responses: { 200: pageSchema(batchSchema) },
      handler: async (ctx, { query }) => ({ json: await listIntakeBatches(records, ctx.actor, query.after) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/batches/:id',
      name: 'viewBatch',
      tag: 'intake',
      guard: 'batch.view',
      kind: 'api',
      params: idParams,
      responses: { 200: batchSchema },
      handler: async (ctx, { params }) => ({ json: await viewBatch(records, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/batches/:id/hand-over',
      name: 'handOverBatch',
      tag: 'intake',
      summary: 'The side that made the records hands the batch over.',
      guard: 'batch.hand_over',
      kind: 'api',
      params: idParams,
      async handler(ctx, { params }) {
        await moveBatch(records, ctx.actor, { batchId: params.id, step: 'hand_over' });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/batches/:id/confirm',
      name: 'confirmBatch',
      tag: 'intake',
      summary: 'The archive confirms that it has received the batch; another person than who handed it over.',
      guard: 'batch.confirm',
      kind: 'api',
      params: idParams,
      async handler(ctx, { params }) {
        await moveBatch(records, ctx.actor, { batchId: params.id, step: 'confirm' });
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/lateness',
      name: 'viewLateness',
      tag: 'intake',
      summary: 'What was archived late, what never came, what lacks its return call, what the filing scope kept out.',
      guard: 'report.lateness',
      kind: 'api',
      query: latenessQuery,
      responses: {
        200: z.object({
          hours: z.int(),
          days: z.int(),
          departments: z.array(z.object({ department: z.string(), total: z.int(), late: z.int(), medianSeconds: z.number(), p95Seconds: z.number() })),
          late: pageSchema(summarySchema),
          missingReturnCalls: pageSchema(summarySchema),
          closedNotArchived: z.array(z.object({ sourceSystem: z.string(), serviceNo: z.string(), closedAt: z.string(), department: z.string() })),
          outOfScope: z.array(z.object({ sourceSystem: z.string(), reason: z.string(), count: z.int() })),
        }),
      },
      handler: async (ctx, { query }) => ({ json: await latenessReport(records, ctx.actor, query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/closings',
      name: 'reportClosings',
      tag: 'intake',
      summary: 'A source system reports what it has closed, so that what never arrives is seen.',
      guard: 'report.closings',
      kind: 'api',
      body: closingsReport,
      async handler(ctx, { body }) {
        await reportClosings(records, ctx.actor, body);
        return {};
      },
    }),
  ];
}
