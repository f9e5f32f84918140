import { z } from 'zod';
import { markedPage } from '../marks.js';
import { CodedError } from '../../errors/index.js';
import {
  listMyReadings,
  NOTE_LENGTH,
  openReading,
  readContent,
  readSound,
  READING_RESULTS,
  RESULT_LENGTH,
  returnReading,
  TICKET_LENGTH,
  viewReading,
  type AccessKind,
  type Content,
} from '../../records/index.js';
import { contentDisposition, safeType } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { countContent } from '../metrics.js';
import { parseRange } from '../range.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { fileSchema, pageSchema, readingSchema } from '../schemas.js';

const fileParams = z.strictObject({ id: z.uuid(), fileId: z.uuid() });
const kindQuery = z.strictObject({ download: z.enum(['1']).optional() });
const fileQuery = kindQuery.extend({ print: z.enum(['1']).optional() });
const kindOf = (query: z.infer<typeof fileQuery>): AccessKind => (query.download ? 'download' : query.print ? 'print' : 'view');

export const openReadingBody = z.strictObject({
  purpose: z.string().min(1, 'missing').max(40, 'too_long'),
  note: z.string().max(NOTE_LENGTH, 'too_long').optional(),
  ticket: z.string().max(TICKET_LENGTH, 'too_long').optional(),
});
export const returnBody = z.strictObject({ result: z.enum(READING_RESULTS), note: z.string().max(RESULT_LENGTH, 'too_long').optional() });

export function readingRoutes(deps: HttpDeps): Route[] {
  const records = deps.records;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/readings',
      name: 'openReading',
      tag: 'readings',
      summary: 'Open a reading of a record for a purpose.',
      guard: 'record.read',
      kind: 'api',
      params: idParams,
      body: openReadingBody,
      responses: {
        201: z.object({ id: z.uuid(), recordId: z.uuid(), purpose: z.string(), mayDownload: z.boolean(), mayPrint: z.boolean(), expiresAt: z.string() }),
      },
      async handler(ctx, { params, body }) {
        const opened = await openReading(records, ctx.actor, { recordId: params.id, ...body });
        return { status: 201, json: { ...opened, expiresAt: opened.expiresAt.toISOString() }, headers: { Location: `/api/v1/readings/${opened.id}` } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings',
      name: 'listMyReadings',
      tag: 'readings',
      summary: 'The readings of the caller, newest first.',
      guard: 'reading.own',
      kind: 'api',
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(readingSchema) },
      handler: async (ctx, { query }) => ({ json: await listMyReadings(records, ctx.actor, query.after) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings/:id',
      name: 'viewReading',
      tag: 'readings',
      summary: 'One reading of the caller, with the files that can be opened under it.',
      guard: 'reading.own',
      kind: 'api',
      params: idParams,
      responses: { 200: readingSchema.extend({ files: z.array(fileSchema) }) },
      handler: async (ctx, { params }) => ({ json: await viewReading(records, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings/:id/content',
      name: 'readContent',
      tag: 'readings',
      summary: 'The body of the record: the whole draft as it was handed in, and its files by name.',
      guard: 'record.read',
      kind: 'api',
      params: idParams,
      query: kindQuery,
      streams: ['application/json'],
      handler: (ctx, { params, query }) => stream(deps, ctx, { readingId: params.id, kind: query.download ? 'download' : 'view' }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings/:id/files/:fileId',
      name: 'readFile',
      tag: 'readings',
      summary: 'One file of the record, bit for bit; ranges are supported. `download=1` needs the right to download, `print=1` the right to print.',
      guard: 'record.read',
      kind: 'api',
      params: fileParams,
      query: fileQuery,
      streams: ['application/octet-stream'],
      handler: (ctx, { params, query }) => stream(deps, ctx, { readingId: params.id, fileId: params.fileId, kind: kindOf(query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings/:id/files/:fileId/sound',
      name: 'playSound',
      tag: 'readings',
      summary:
        'An AMR recording as WAV, which every browser plays; ranges are supported. Playing is an access to the whole recording. 16 MiB and six hours at most: longer ones are downloaded.',
      guard: 'record.read',
      kind: 'api',
      params: fileParams,
      streams: ['audio/wav'],
      async handler(ctx, { params }) {
        const range = parseRange(ctx.header('Range'));
        const sound = await readSound(records, ctx.actor, { readingId: params.id, fileId: params.fileId, range });
        if (ctx.gone.aborted) {
          sound.body.destroy();
          throw new CodedError('invalid_request', { detail: 'the client went away' });
        }
        const headers = headersOf({ ...sound, type: 'audio/wav', name: 'sound.wav' }, 'view', range !== undefined);
        return { status: range ? 206 : 200, stream: sound.body, type: 'audio/wav', headers };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/readings/:id/files/:fileId/page',
      name: 'readPage',
      tag: 'readings',
      summary:
        'One page of a PDF or picture as a picture with the reader’s name, the number of the reading and the time burned in; `X-Pages` says how many there are.',
      guard: 'record.read',
      kind: 'api',
      params: fileParams,
      query: z.strictObject({ page: z.coerce.number().int().min(1).max(10_000).optional(), print: z.enum(['1']).optional() }),
      streams: ['image/jpeg'],
      async handler(ctx, { params, query }) {
        const { jpeg, pages } = await markedPage(deps, ctx, {
          readingId: params.id,
          fileId: params.fileId,
          page: query.page ?? 1,
          kind: query.print ? 'print' : 'view',
        });
        return { body: jpeg, type: 'image/jpeg', headers: { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Pages': String(pages) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/readings/:id/print',
      name: 'printContent',
      tag: 'readings',
      summary: 'The body of the record, to be printed: an entry `reading.print` stands in the log before the first byte.',
      guard: 'record.print',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      streams: ['application/json'],
      handler: (ctx, { params }) => stream(deps, ctx, { readingId: params.id, kind: 'print' }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/readings/:id/return',
      name: 'returnReading',
      tag: 'readings',
      summary: 'Hand a reading back with its result.',
      guard: 'reading.own',
      kind: 'api',
      params: idParams,
      body: returnBody,
      async handler(ctx, { params, body }) {
        await returnReading(records, ctx.actor, { readingId: params.id, ...body });
        return {};
      },
    }),
  ];
}

/** Streams content under a reading, with the right head for its kind. */
export async function stream(deps: HttpDeps, ctx: RequestContext, request: { readingId: string; fileId?: string; kind: AccessKind }): Promise<Reply> {
  const range = parseRange(ctx.header('Range'));
  const content = await readContent(deps.records, ctx.actor, { ...request, range });
  if (ctx.gone.aborted) {
    content.body.destroy();
    throw new CodedError('invalid_request', { detail: 'the client went away' });
  }
  content.body.once('close', () => countContent(content.left()));
  return {
    status: range ? 206 : 200,
    stream: content.body,
    type: safeType(content.type, request.kind),
    headers: headersOf(content, request.kind, range !== undefined),
  };
}

/** What is shown inline may run nothing and load nothing. A browser's own PDF viewer does not start in a sandbox, so PDF has none. */
function policyOf(type: string): string {
  const rest = "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";
  return type.startsWith('application/pdf') ? rest : `sandbox; ${rest}`;
}

function headersOf(content: Pick<Content, 'start' | 'end' | 'size' | 'type' | 'name'>, kind: AccessKind, partial: boolean): Record<string, string> {
  return {
    'Content-Length': String(content.end - content.start),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': policyOf(content.type),
    'Content-Disposition': contentDisposition(content.name, content.type, kind),
    ...(partial ? { 'Content-Range': `bytes ${content.start}-${content.end - 1}/${content.size}` } : {}),
  };
}
