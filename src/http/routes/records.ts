import { z } from 'zod';
import { check } from '../../errors/index.js';
import { explain } from '../../retention/index.js';
import {
  browse,
  capture,
  completeRecord,
  confirmTerm,
  dossier,
  findRecords,
  listRecords,
  listSentBackToMe,
  listWaiting,
  QUERY_LENGTH,
  recordFilter,
  reclassify,
  sendBack,
  SENSITIVITIES,
  SERVICE_TYPES,
  CLIENT_TYPES,
  viewRecord,
  type RecordView,
} from '../../records/index.js';
import { CodedError } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type RequestContext, type Route } from '../route.js';
import { capturedSchema, fieldProblemSchema, pageSchema, recordSchema, summarySchema } from '../schemas.js';
import { readRecordUpload } from '../uploads.js';
import { parseJson, readText } from '../body.js';
import { assertSound } from '../sound.js';

const MULTIPART = {
  type: 'object',
  required: ['record'],
  properties: {
    record: { type: 'string', contentMediaType: 'application/json', description: 'RecordDraft; must be the first part' },
    files: { type: 'array', items: { type: 'string', format: 'binary' } },
  },
};

/** A record or a patch with its files: JSON alone, or multipart with the JSON first. */
async function uploadOf(deps: HttpDeps, ctx: RequestContext, field: string) {
  if (ctx.header('Content-Type').startsWith('multipart/form-data')) return readRecordUpload(ctx.parts(), field);
  if (!/^application\/json\b/.test(ctx.header('Content-Type'))) throw new CodedError('unsupported_type');
  return { json: parseJson(await readText(ctx.raw, deps.config.limits.jsonBytes)), files: [] };
}

const foundSchema = z.object({
  understood: z.enum(['empty', 'day', 'number']),
  from: z.string().optional(),
  to: z.string().optional(),
  client: z.string().nullable(),
  items: z.array(summarySchema.extend({ by: z.string() })),
  next: z.string().nullable(),
});

export function recordRoutes(deps: HttpDeps): Route[] {
  const records = deps.records;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/records',
      name: 'captureRecord',
      tag: 'records',
      summary: 'Take in one record with its files. Repeating it with the same content answers 200 with the same record.',
      guard: 'record.capture',
      kind: 'api',
      bodyKind: 'multipart',
      multipart: MULTIPART,
      responses: { 200: capturedSchema, 201: capturedSchema, 202: capturedSchema },
      async handler(ctx) {
        const upload = await uploadOf(deps, ctx, 'record');
        const done = await capture(records, ctx.actor, { draft: upload.json, files: upload.files, idempotencyKey: ctx.idempotencyKey });
        const status = done.replayed ? 200 : done.state === 'archived' ? 201 : 202;
        return { status, json: done, headers: { Location: `/api/v1/records/${done.id}` } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/records',
      name: 'listRecords',
      tag: 'records',
      summary: 'A page of the catalogue, newest closing first, under the rights of the caller.',
      guard: 'record.list',
      kind: 'api',
      query: recordFilter,
      responses: { 200: pageSchema(summarySchema) },
      handler: async (ctx, { query }) => ({ json: await listRecords(records, ctx.actor, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/find',
      name: 'findRecords',
      tag: 'records',
      summary: 'What the search box finds: service number, archival code, client number, phone number, day or span of days.',
      guard: 'record.list',
      kind: 'api',
      query: z.strictObject({ q: z.string().max(QUERY_LENGTH, 'too_long'), after: z.string().max(120).optional() }),
      responses: { 200: foundSchema },
      handler: async (ctx, { query }) => ({ json: await findRecords(records, ctx.actor, query.q, query.after) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/find',
      name: 'findRecordsPrivately',
      tag: 'records',
      summary: 'The same with the text in the body: for phone numbers, which have no place in an address.',
      guard: 'record.list',
      kind: 'api',
      body: z.strictObject({ q: z.string().max(QUERY_LENGTH, 'too_long'), after: z.string().max(120).optional() }),
      responses: { 200: foundSchema },
      handler: async (ctx, { body }) => ({ json: await findRecords(records, ctx.actor, body.q, body.after) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/browse',
      name: 'browseRecords',
      tag: 'records',
      summary: 'Counts by service type, client type and year under the rights of the caller.',
      guard: 'record.list',
      kind: 'api',
      responses: {
        200: z.object({
          total: z.int(),
          types: z.array(
            z.object({
              serviceType: z.string(),
              count: z.int(),
              clientTypes: z.array(z.object({ clientType: z.string(), count: z.int(), years: z.array(z.object({ year: z.int(), count: z.int() })) })),
            }),
          ),
        }),
      },
      handler: async (ctx) => ({ json: await browse(records, ctx.actor) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/clients/:number',
      name: 'viewDossier',
      tag: 'records',
      summary: 'The dossier of a client over all channels.',
      guard: 'dossier.view',
      kind: 'api',
      params: z.strictObject({ number: z.string().max(64) }),
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: {
        200: pageSchema(summarySchema).extend({
          client: z.string(),
          name: z.string(),
          clientType: z.string().nullable(),
          total: z.int(),
          first: z.string().nullable(),
          last: z.string().nullable(),
          counts: z.array(z.object({ serviceType: z.string(), channel: z.string(), year: z.int(), count: z.int() })),
        }),
      },
      async handler(ctx, { params, query }) {
        const found = await dossier(records, ctx.actor, params.number, query.after);
        if (!found) throw new CodedError('not_found');
        return { json: found };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/records/:id',
      name: 'viewRecord',
      tag: 'records',
      summary: 'The catalogue view of a record; personal data is masked.',
      guard: 'record.view',
      kind: 'api',
      params: idParams,
      responses: { 200: recordSchema },
      handler: async (ctx, { params }) => ({ json: present(deps, await viewRecord(records, ctx.actor, params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/complete',
      name: 'completeRecord',
      tag: 'arranging',
      summary: 'Complete the description of a record that waits to be arranged (merge patch of the draft, and files).',
      guard: 'record.arrange',
      kind: 'api',
      params: idParams,
      bodyKind: 'multipart',
      multipart: { ...MULTIPART, required: ['patch'], properties: { patch: MULTIPART.properties.record, files: MULTIPART.properties.files } },
      responses: { 200: capturedSchema },
      async handler(ctx, { params }) {
        const upload = await uploadOf(deps, ctx, 'patch');
        assertSound(upload.json, 'patch');
        const patch = check(z.record(z.string(), z.unknown()), upload.json, 'patch');
        return { json: await completeRecord(records, ctx.actor, { recordId: params.id, patch, files: upload.files }) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/send-back',
      name: 'sendBackRecord',
      tag: 'arranging',
      summary: 'Send an incomplete record back to who sent it, with a reason.',
      guard: 'record.send_back',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reason: z.string() }),
      async handler(ctx, { params, body }) {
        await sendBack(records, ctx.actor, { recordId: params.id, reason: body.reason });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/reclassify',
      name: 'reclassifyRecord',
      tag: 'records',
      summary:
        'Change the classification of a record; its history stays, its archival code never changes. A lower sensitivity waits for a second person (202).',
      guard: 'record.reclassify',
      kind: 'api',
      params: idParams,
      body: z.strictObject({
        serviceType: z.enum(SERVICE_TYPES).optional(),
        clientType: z.enum(CLIENT_TYPES).optional(),
        sensitivity: z.enum(SENSITIVITIES).optional(),
        tags: z.array(z.string().min(1).max(64)).max(30).optional(),
      }),
      responses: { 202: z.object({ lowering: z.uuid() }) },
      async handler(ctx, { params, body }) {
        const { lowering } = await reclassify(records, ctx.actor, { recordId: params.id, ...body });
        return lowering === null ? {} : { status: 202, json: { lowering } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/term',
      name: 'confirmTerm',
      tag: 'records',
      summary: 'Confirm or refuse the longer term that was asked for in a special case.',
      guard: 'record.confirm_term',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ confirm: z.boolean() }),
      async handler(ctx, { params, body }) {
        await confirmTerm(records, ctx.actor, { recordId: params.id, confirm: body.confirm });
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/waiting',
      name: 'listWaiting',
      tag: 'arranging',
      summary: 'What arrived and is not archived yet: incomplete, or sent back; `mine` is what was sent back to the caller.',
      guard: 'signed-in',
      kind: 'api',
      query: z.strictObject({ state: z.enum(['received', 'sent_back', 'mine']).default('received'), after: z.string().max(120).optional() }),
      responses: {
        200: pageSchema(summarySchema.extend({ missing: z.array(fieldProblemSchema), similarTo: z.uuid().nullable(), reason: z.string().nullable() })),
      },
      async handler(ctx, { query }) {
        if (query.state === 'mine') return { json: { items: await listSentBackToMe(records, ctx.actor), next: null } };
        return { json: await listWaiting(records, ctx.actor, { state: query.state, after: query.after }) };
      },
    }),
  ];
}

/** A record's view as the API answers it, with the derivation of its term in words. */
export function present(deps: HttpDeps, view: RecordView) {
  const schedule = deps.records.schedules.get(view.term.version);
  const decision = { ...view.term, maximum: view.term.maximum ?? view.term.until } as unknown as Parameters<typeof explain>[0];
  return {
    ...view,
    term: { ...view.term, texts: { zh: explain(decision, schedule, 'zh'), en: explain(decision, schedule, 'en') } },
    versions: view.versions.map((one) => ({ number: one.number, reason: one.reason, createdAt: one.created_at.toISOString() })),
    history: view.history.map((one) => ({ at: one.at.toISOString(), field: one.field, old: one.old_value, new: one.new_value })),
    readings: view.readings.map((one) => ({
      id: one.id,
      purpose: one.purpose,
      openedAt: one.opened_at.toISOString(),
      endedAt: one.ended_at?.toISOString() ?? null,
      state: one.state,
      result: one.result,
      own: one.own,
    })),
  };
}
