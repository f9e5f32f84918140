import { z } from 'zod';
import {
  answerLift,
  answerProposal,
  exportHold,
  HOLD_KINDS,
  HOLD_MATTERS,
  HOLD_NAMED,
  HOLD_REASON,
  HOLD_REFERENCE,
  HOLD_SCOPES,
  HOLD_STATES,
  keepHold,
  listHolds,
  makeHold,
  previewHold,
  proposeLift,
  viewHold,
  type HeldLine,
} from '../../disposition/index.js';
import { QUERY_LENGTH } from '../../search/index.js';
import { csvStream, flatten, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { phrasesFor } from '../../phrases/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema, summarySchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });
export const holdSchema = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(HOLD_KINDS),
    matter: z.enum(HOLD_MATTERS),
    reference: z.string().nullable(),
    reason: z.string(),
    scope: z.enum(HOLD_SCOPES),
    client: z.string().nullable(),
    log: z.string().nullable(),
    query: z.string().nullable(),
    owner: z.uuid(),
    reviewOn: day.nullable(),
    overdue: z.boolean(),
    proposed: z.boolean(),
    state: z.enum(HOLD_STATES),
    madeBy: z.uuid(),
    madeAt: instant,
    decidedBy: z.uuid().nullable(),
    decidedAt: instant.nullable(),
    declineReason: z.string().nullable(),
    inForceAt: instant.nullable(),
    lapsesAt: instant.nullable(),
    liftReason: z.string().nullable(),
    liftProposedBy: z.uuid().nullable(),
    liftProposedAt: instant.nullable(),
    liftedBy: z.uuid().nullable(),
    endedAt: instant.nullable(),
    records: z.int(),
    caught: z.int(),
    own: z.boolean(),
  })
  .meta({ id: 'Hold' });

const after = z.string().max(120).optional();
const reason = z.string().min(1).max(HOLD_REASON);
const scope = {
  records: z.array(z.uuid()).min(1).max(HOLD_NAMED).optional(),
  numbers: z.array(z.string().min(1).max(200)).min(1).max(HOLD_NAMED).optional(),
  client: z.string().min(1).max(64).optional(),
  query: z.string().min(1).max(QUERY_LENGTH).optional(),
  log: z.string().min(1).max(5).optional(),
};
const made = z.object({ id: z.uuid(), number: z.string(), records: z.int() });
const answered = z.object({ state: z.enum(HOLD_STATES), records: z.int() });
const freeze = z.strictObject({ ...scope, matter: z.enum(HOLD_MATTERS), reference: z.string().max(HOLD_REFERENCE).optional(), reason });
const hold = freeze.extend({ reviewOn: z.string().max(10) });

export const HOLD_FORMATS = ['csv', 'xlsx'] as const;
const TYPES = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', csv: 'text/csv; charset=utf-8' } as const;

/** The records of a hold as a table that streams. */
export async function holdTable(deps: HttpDeps, ctx: RequestContext, id: string, format: (typeof HOLD_FORMATS)[number]): Promise<Reply> {
  const { number, lines } = await exportHold(deps.holds, ctx.actor, id);
  const { values, pages } = phrasesFor(ctx.lang);
  const t = pages.holds.table;
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const columns: ExportColumn<HeldLine>[] = [
    { head: t.archivalCode, value: (row) => row.archival_code },
    { head: t.serviceNo, value: (row) => row.service_no },
    { head: t.title, value: (row) => row.title },
    { head: t.department, value: (row) => row.department },
    { head: t.closed, value: (row) => day.format(row.closed_at) },
    { head: t.state, value: (row) => values.recordState[row.state as keyof typeof values.recordState] },
    { head: t.since, value: (row) => day.format(row.since) },
    { head: t.caught, value: (row) => (row.caught ? t.yes : t.no) },
    { head: t.until, value: (row) => (row.until === null ? null : day.format(row.until)) },
  ];
  const rows = flatten(lines);
  const stream = format === 'csv' ? csvStream(columns, rows) : xlsxStream('holds', columns, rows);
  return { stream, type: TYPES[format], headers: { 'Content-Disposition': `attachment; filename="${number}.${format}"` } };
}

/** Disposal holds: what they are over is destroyed by nobody. */
export function holdRoutes(deps: HttpDeps): Route[] {
  const { holds } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/holds',
      name: 'listHolds',
      tag: 'holds',
      summary: 'Disposal holds, newest first. One who may only propose sees the own proposals.',
      guard: 'hold.propose',
      kind: 'api',
      query: z.strictObject({
        state: z.enum([...HOLD_STATES, 'open']).optional(),
        kind: z.enum(HOLD_KINDS).optional(),
        matter: z.enum(HOLD_MATTERS).optional(),
        scope: z.enum(HOLD_SCOPES).optional(),
        owner: z.uuid().optional(),
        record: z.uuid().optional(),
        overdue: z.enum(['1']).optional(),
        after,
      }),
      responses: { 200: pageSchema(holdSchema) },
      handler: async (ctx, { query: { after: from, overdue, ...ask } }) => ({
        json: await listHolds(holds, ctx.actor, { ...ask, overdue: overdue === '1' }, from),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds',
      name: 'setHold',
      tag: 'holds',
      summary: 'Set a hold over records, a client or a query; the latter two take what comes as well.',
      guard: 'hold.set',
      kind: 'api',
      body: hold.extend({ owner: z.uuid().optional() }),
      responses: { 201: made },
      handler: async (ctx, { body }) => ({ status: 201, json: await makeHold(holds, ctx.actor, 'set', body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/proposals',
      name: 'proposeHold',
      tag: 'holds',
      summary: 'Propose a hold; it stands once legal or compliance accepts it.',
      guard: 'hold.propose',
      kind: 'api',
      body: hold,
      responses: { 201: made },
      handler: async (ctx, { body }) => ({ status: 201, json: await makeHold(holds, ctx.actor, 'propose', body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/freezes',
      name: 'freezeRecords',
      tag: 'holds',
      summary: 'Freeze records for 72 hours; it lapses by itself.',
      guard: 'hold.freeze',
      kind: 'api',
      body: freeze,
      responses: { 201: made },
      handler: async (ctx, { body }) => ({ status: 201, json: await makeHold(holds, ctx.actor, 'freeze', body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/preview',
      name: 'previewHold',
      tag: 'holds',
      summary: 'How many records a hold would take now, and the newest of them, as far as the caller may find them.',
      guard: 'hold.propose',
      kind: 'api',
      body: z.strictObject(scope),
      responses: { 200: z.object({ total: z.int(), tooMany: z.boolean(), sample: z.array(summarySchema) }) },
      handler: async (ctx, { body }) => ({ json: await previewHold(holds, ctx.actor, body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/holds/:id',
      name: 'viewHold',
      tag: 'holds',
      summary: 'One hold with a page of its records, and how far the store was told of their objects.',
      guard: 'hold.propose',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ after }),
      responses: {
        200: holdSchema
          .extend({
            objects: z.object({ pending: z.int(), done: z.int(), failed: z.int() }).nullable(),
            covered: pageSchema(summarySchema.extend({ since: instant.nullable(), caught: z.boolean() }).meta({ id: 'HeldRecord' })),
          })
          .meta({ id: 'HoldView' }),
      },
      handler: async (ctx, { params, query }) => ({ json: await viewHold(holds, ctx.actor, params.id, query.after) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/holds/:id/records',
      name: 'exportHold',
      tag: 'holds',
      summary: 'The records of a hold as a table, as far as the caller may find them.',
      guard: 'hold.view',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ format: z.enum(HOLD_FORMATS).default('csv') }),
      streams: Object.values(TYPES),
      handler: (ctx, { params, query }) => holdTable(deps, ctx, params.id, query.format),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/:id/answer',
      name: 'answerHoldProposal',
      tag: 'holds',
      summary: 'Accept a proposed hold, from when on it stands, or decline it with a reason; the proposer may take it back.',
      guard: 'hold.propose',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ accept: z.boolean(), reason: z.string().max(HOLD_REASON).optional(), owner: z.uuid().optional() }),
      responses: { 200: answered },
      handler: async (ctx, { params, body }) => ({ json: await answerProposal(holds, ctx.actor, { id: params.id, ...body }) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/:id/review',
      name: 'keepHold',
      tag: 'holds',
      summary: 'After a review: the day of the next one, and who keeps the hold.',
      guard: 'hold.set',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reviewOn: z.string().max(10), owner: z.uuid().optional(), reason }),
      async handler(ctx, { params, body }) {
        await keepHold(holds, ctx.actor, { id: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/:id/lift',
      name: 'proposeLift',
      tag: 'holds',
      summary: 'Propose, with a reason, to lift a hold; its records stay held until another person agrees.',
      guard: 'hold.lift',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reason }),
      async handler(ctx, { params, body }) {
        await proposeLift(holds, ctx.actor, { id: params.id, reason: body.reason });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/holds/:id/lift/answer',
      name: 'answerLift',
      tag: 'holds',
      summary: 'Agree to lift a hold that another person proposed to lift, or keep it.',
      guard: 'hold.lift',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      responses: { 200: answered },
      handler: async (ctx, { params, body }) => ({ json: await answerLift(holds, ctx.actor, { id: params.id, agree: body.agree }) }),
    }),
  ];
}
