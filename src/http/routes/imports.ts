import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { CodedError, check, invalidField } from '../../errors/index.js';
import {
  ENCODINGS,
  FORMATS,
  mappingNamed,
  openRejects,
  rejectCsv,
  sourceSystem,
  viewImport,
  viewImports,
  viewRejects,
  type DryRun,
  type ImportOptions,
  type ImportReceipt,
  type Progress,
  type KeptUpload,
} from '../../records/index.js';
import { readCursorPair, writeCursorPair } from '../cursor.js';
import type { HttpDeps } from '../deps.js';
import type { FilePart } from '../multipart.js';
import { defineRoute, idParams, type RequestContext, type Route } from '../route.js';
import { fieldProblemSchema } from '../schemas.js';

const counts = z.record(z.string(), z.number());
export const receiptSchema = z
  .object({
    id: z.uuid(),
    state: z.string(),
    reason: z.string().nullable(),
    source: z.object({ name: z.string(), digest: z.string(), bytes: z.number(), system: z.string(), format: z.string(), encoding: z.string() }),
    mapping: z.object({ name: z.string(), digest: z.string() }),
    batch: z.object({ id: z.uuid(), number: z.string() }).nullable(),
    counts,
    unmapped: z.array(z.string()),
    startedAt: z.string(),
    updatedAt: z.string(),
    endedAt: z.string().nullable(),
    progress: z.object({ phase: z.string(), rowsPerSecond: z.number().nullable(), secondsLeft: z.number().nullable() }).nullable(),
  })
  .meta({ id: 'ImportReceipt' });

const dryRunSchema = z.object({
  counts,
  byCode: counts,
  rejects: z.array(z.object({ row: z.number(), code: z.string(), fields: z.array(fieldProblemSchema) })),
  mapping: z.object({ name: z.string(), digest: z.string() }),
  format: z.string(),
  encoding: z.string(),
  digest: z.string(),
  unmapped: z.array(z.string()),
  preview: z.array(
    z.object({
      row: z.number(),
      rows: z.number(),
      fields: z.array(z.object({ field: z.string(), columns: z.array(z.string()), value: z.string() })),
      problems: z.array(fieldProblemSchema),
    }),
  ),
  waiting: z.object({ id: z.uuid(), expiresAt: z.string() }).nullable(),
});

export function presentReceipt(receipt: ImportReceipt, progress: Progress | undefined) {
  return {
    ...receipt,
    counts: { ...receipt.counts, ...(progress?.phase === 'taking' ? progress.counts : {}) },
    unmapped: [...receipt.unmapped],
    startedAt: receipt.startedAt.toISOString(),
    updatedAt: receipt.updatedAt.toISOString(),
    endedAt: receipt.endedAt?.toISOString() ?? null,
    progress:
      progress === undefined
        ? null
        : {
            phase: progress.phase,
            rowsPerSecond: progress.phase === 'taking' ? progress.rowsPerSecond : null,
            secondsLeft: progress.phase === 'taking' ? progress.secondsLeft : null,
          },
  };
}

/** Rejected rows that a dry run answers; the counts go on beyond. */
const SHOWN = 200;

function presentDryRun(done: DryRun & { waiting: KeptUpload | null }) {
  return {
    ...done,
    counts: { ...done.counts },
    unmapped: [...done.unmapped],
    waiting: done.waiting && { id: done.waiting.id, expiresAt: done.waiting.expiresAt.toISOString() },
    rejects: done.rejects.slice(0, SHOWN).map(({ row, code, fields }) => ({ row, code, fields: [...fields] })),
  };
}

const day = z.iso.date({ error: 'not_a_date' }).refine((text) => text >= '1900', { error: 'not_a_date' });
const fields = z.strictObject({
  mapping: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'unknown_value')
    .optional(),
  format: z.enum(FORMATS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  delimiter: z.string().min(1).max(1).optional(),
  sheet: z.string().max(100).optional(),
  dryRun: z.enum(['0', '1']).optional(),
  keep: z.enum(['0', '1']).optional(),
  parameters: z.string().max(10_000).optional(),
  system: sourceSystem.optional(),
  from: day.optional(),
  to: day.optional(),
  department: z.string().max(64, 'too_long').optional(),
});

/** What an upload to be imported says before its file. */
export interface ImportUpload {
  options: ImportOptions;
  dryRun: boolean;
  /** After a dry run: whether the file waits for its import. */
  keep: boolean;
  /** For a comparison: the source system and its first and last day of closing. */
  span: { system: string | undefined; from: string | undefined; to: string | undefined };
  file: FilePart;
  /** The fields as they were sent, for a form that is shown again. */
  told: Record<string, string>;
}

/** Reads the fields, then hands over the file unread. Every field must come before the file. */
export async function readImportUpload(deps: HttpDeps, ctx: RequestContext): Promise<ImportUpload> {
  if (!ctx.header('Content-Type').startsWith('multipart/form-data')) throw new CodedError('unsupported_type');
  const told: Record<string, string> = {};
  for await (const part of ctx.parts({ fileBytes: deps.config.limits.importBytes, files: 1 })) {
    if (part.kind === 'text') {
      if (part.value !== '') told[part.field] = part.value;
      continue;
    }
    const { mapping, parameters, dryRun, keep, system, from, to, department, ...table } = check(fields, told);
    const options: ImportOptions = {
      ...(Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined)) as Omit<ImportOptions, 'mapping' | 'parameters'>),
      ...(mapping === undefined ? {} : { mapping: await mappingNamed(mapping, deps.mappings) }),
      ...(parameters === undefined ? {} : { parameters: check(z.record(z.string(), z.string().max(500)), parseParameters(parameters), 'parameters') }),
    };
    // a file with the standard headers says neither whose it is nor whence it comes
    if (mapping === undefined && (system !== undefined || department !== undefined))
      options.parameters = { ...(system === undefined ? {} : { source: system }), ...(department === undefined ? {} : { department }), ...options.parameters };
    return { options, dryRun: dryRun === '1', keep: keep === '1', span: { system, from, to }, file: part, told };
  }
  throw invalidField('file', 'missing');
}

function parseParameters(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidField('parameters', 'not_json');
  }
}

/** Names of the mappings that the project ships. */
export async function mappingNames(deps: HttpDeps): Promise<string[]> {
  return (await readdir(deps.mappings))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -5))
    .sort((a, b) => (a < b ? -1 : 1));
}

export function importRoutes(deps: HttpDeps): Route[] {
  const { imports } = deps;
  const shape = { items: z.array(receiptSchema), next: z.string().nullable() };
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/imports',
      name: 'listImports',
      tag: 'imports',
      guard: 'import.view',
      kind: 'api',
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: { 200: z.object(shape) },
      async handler(ctx, { query }) {
        const page = await viewImports(imports.deps, ctx.actor, readCursorPair(query.after));
        return { json: { items: page.items.map((one) => presentReceipt(one, imports.progress(one.id))), next: writeCursorPair(page.next) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/mappings',
      name: 'listMappings',
      tag: 'imports',
      guard: 'import.view',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(z.string()) }) },
      handler: async () => ({ json: { items: await mappingNames(deps) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/imports',
      name: 'startImport',
      tag: 'imports',
      summary:
        'Import a table (CSV, TSV, XLSX, JSONL, plain or gzip). Fields first, the file last; `dryRun=1` checks everything and takes nothing in; with `keep=1` the file then waits an hour for `/start`.',
      guard: 'import.run',
      kind: 'api',
      bodyKind: 'multipart',
      multipart: {
        type: 'object',
        required: ['file'],
        properties: {
          mapping: { type: 'string' },
          format: { type: 'string' },
          encoding: { type: 'string' },
          parameters: { type: 'string' },
          dryRun: { type: 'string' },
          keep: { type: 'string' },
          system: { type: 'string' },
          department: { type: 'string' },
          file: { type: 'string', format: 'binary' },
        },
      },
      responses: { 200: dryRunSchema, 202: z.object({ id: z.uuid() }) },
      async handler(ctx) {
        const upload = await readImportUpload(deps, ctx);
        const input = { name: upload.file.filename, body: upload.file.body, options: upload.options };
        if (upload.dryRun) return { json: presentDryRun(await imports.tryOut(ctx.actor, input, { keep: upload.keep })) };
        const id = await imports.start(ctx.actor, input);
        return { status: 202, json: { id }, headers: { Location: `/api/v1/imports/${id}` } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/:id',
      name: 'viewImport',
      tag: 'imports',
      summary: 'How an import stands; its receipt once it has ended.',
      guard: 'import.view',
      kind: 'api',
      params: idParams,
      responses: { 200: receiptSchema },
      handler: async (ctx, { params }) => ({ json: presentReceipt(await viewImport(imports.deps, ctx.actor, params.id), imports.progress(params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/imports/:id/start',
      name: 'startWaitingImport',
      tag: 'imports',
      summary: 'Import a file that was tried out with `keep=1` and still waits, without sending it again; for the one who sent it.',
      guard: 'import.run',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      responses: { 202: z.object({ id: z.uuid() }) },
      async handler(ctx, { params }) {
        const id = await imports.startWaiting(ctx.actor, params.id);
        return { status: 202, json: { id }, headers: { Location: `/api/v1/imports/${id}` } };
      },
    }),
    ...(['stop', 'resume'] as const).map((act) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/imports/:id/${act}`,
        name: `${act}Import`,
        tag: 'imports',
        guard: 'import.run',
        kind: 'api',
        params: idParams,
        bodyKind: 'none',
        async handler(ctx, { params }) {
          await imports[act](ctx.actor, params.id);
          return {};
        },
      }),
    ),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/:id/rejects',
      name: 'viewRejects',
      tag: 'imports',
      summary: 'Rejected rows by code, and a page of them without what they hold.',
      guard: 'import.view',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ after: z.coerce.number('wrong_type').int().min(0).optional() }),
      responses: {
        200: z.object({
          byCode: z.array(z.object({ code: z.string(), rows: z.number() })),
          rows: z.array(z.object({ row: z.number(), code: z.string(), fields: z.array(fieldProblemSchema) })),
          next: z.number().nullable(),
        }),
      },
      handler: async (ctx, { params, query }) => ({ json: await viewRejects(imports.deps, ctx.actor, params.id, query.after ?? 0) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/imports/:id/rejects.csv',
      name: 'downloadRejects',
      tag: 'imports',
      summary: 'The reject file: every rejected row with what is wrong, in both languages.',
      guard: 'import.run',
      kind: 'api',
      params: idParams,
      streams: ['text/csv'],
      handler: (ctx, { params }) => rejectReply(deps, ctx, params.id),
    }),
  ];
}

export async function rejectReply(deps: HttpDeps, ctx: RequestContext, id: string) {
  const file = await openRejects(deps.imports.deps, ctx.actor, id);
  return {
    stream: rejectCsv(file, ctx.lang),
    type: 'text/csv; charset=utf-8',
    headers: { 'Content-Disposition': `attachment; filename="rejects-${id.slice(-8)}.csv"` },
  };
}
