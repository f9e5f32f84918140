import { z } from 'zod';
import { invalidField } from '../../errors/index.js';
import { dayEnd, dayStart, DIFFERENCE_KINDS, viewComparison, viewComparisons, type Comparison } from '../../records/index.js';
import { readCursorPair, writeCursorPair } from '../cursor.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { readImportUpload, type ImportUpload } from './imports.js';

const comparison = z.object({
  id: z.uuid(),
  state: z.enum(['running', 'done', 'failed']),
  reason: z.string().nullable(),
  system: z.string(),
  from: z.string(),
  to: z.string(),
  comparedAt: z.string(),
  exported: z.int(),
  equal: z.int(),
  onlyInSource: z.int(),
  onlyInArchive: z.int(),
  different: z.int(),
  unreadable: z.int(),
});

function present(one: Comparison) {
  const { window, comparedAt, ...rest } = one;
  return { ...rest, from: window.from.toISOString(), to: window.to.toISOString(), comparedAt: comparedAt.toISOString() };
}

/** The system and the days that a comparison is about; each must be told. */
export function spanOf(span: ImportUpload['span'], zone: string): { system: string; window: { from: Date; to: Date } } {
  for (const name of ['system', 'from', 'to'] as const) if (span[name] === undefined) throw invalidField(name, 'missing');
  const window = { from: dayStart(span.from ?? '', zone), to: dayEnd(span.to ?? '', zone) };
  if (window.to <= window.from) throw invalidField('to', 'before_start');
  return { system: span.system ?? '', window };
}

/** While an old system runs beside the archive, each day's export is compared both ways (R97). */
export function comparisonRoutes(deps: HttpDeps): Route[] {
  const { imports } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/comparisons',
      name: 'compareExport',
      tag: 'imports',
      summary: 'Compare an export of an old system with the archive, for closings from one day to another; the fields come before the file.',
      guard: 'import.run',
      kind: 'api',
      bodyKind: 'multipart',
      multipart: {
        type: 'object',
        required: ['system', 'from', 'to', 'file'],
        properties: {
          system: { type: 'string' },
          from: { type: 'string', format: 'date' },
          to: { type: 'string', format: 'date' },
          mapping: { type: 'string' },
          file: { type: 'string', format: 'binary' },
        },
      },
      responses: { 201: comparison },
      async handler(ctx) {
        const { file, options, span } = await readImportUpload(deps, ctx);
        const { system, window } = spanOf(span, deps.config.timeZone);
        const done = await imports.compare(ctx.actor, { name: file.filename, body: file.body, options, system, window });
        return { status: 201, json: present(done), headers: { Location: `/api/v1/comparisons/${done.id}` } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/comparisons',
      name: 'listComparisons',
      tag: 'imports',
      guard: 'import.view',
      kind: 'api',
      query: z.strictObject({ after: z.string().max(120).optional() }),
      responses: { 200: z.object({ items: z.array(comparison), next: z.string().nullable() }) },
      async handler(ctx, { query }) {
        const found = await viewComparisons(imports.deps, ctx.actor, readCursorPair(query.after));
        return { json: { items: found.items.map(present), next: writeCursorPair(found.next) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/comparisons/:id',
      name: 'viewComparison',
      tag: 'imports',
      summary: 'A comparison and what differs: only in the source, only in the archive, different; a record is named to who may find it.',
      guard: 'import.view',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ kind: z.enum(DIFFERENCE_KINDS).optional(), afterKind: z.string().max(40).optional(), afterNo: z.string().max(64).optional() }),
      responses: {
        200: comparison.extend({
          differences: z.array(z.object({ kind: z.string(), serviceNo: z.string(), record: z.object({ id: z.uuid(), title: z.string() }).nullable() })),
          next: z.object({ kind: z.string(), serviceNo: z.string() }).nullable(),
        }),
      },
      async handler(ctx, { params, query }) {
        const after = query.afterKind === undefined || query.afterNo === undefined ? null : { kind: query.afterKind, serviceNo: query.afterNo };
        const found = await viewComparison(imports.deps, ctx.actor, params.id, { kind: query.kind, after });
        return { json: { ...present(found.comparison), differences: found.differences, next: found.next } };
      },
    }),
  ];
}
