import { z } from 'zod';
import { describeAct } from '../../audit/index.js';
import { csvStream, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { CodedError } from '../../errors/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import {
  caseOfItem,
  closeSample,
  drawSample,
  exportSample,
  listSamples,
  MARK_NOTE_LENGTH,
  markItem,
  MARKS,
  SAMPLE_KINDS,
  SAMPLE_STATES,
  takeSample,
  viewSample,
  viewSampleItem,
  type SampleItem,
} from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { purposeNames } from '../purposes.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(SAMPLE_KINDS),
    from: z.string().meta({ format: 'date' }),
    to: z.string().meta({ format: 'date' }),
    frame: z.int(),
    size: z.int(),
    state: z.enum(SAMPLE_STATES),
    drawnBy: z.uuid(),
    announcedAt: instant,
    closedAt: instant.nullable(),
    justified: z.int(),
    notJustified: z.int(),
    unclear: z.int(),
    waiting: z.int(),
  })
  .meta({ id: 'Sample' });
const interval = z.object({ share: z.number(), low: z.number(), high: z.number() });
const result = z.object({ method: z.enum(['wilson', 'all']), confidence: z.number(), notJustified: interval, unclear: interval });
const item = z
  .object({
    position: z.int(),
    entryId: z.uuid(),
    log: z.string(),
    sequence: z.string(),
    personId: z.uuid().nullable(),
    own: z.boolean(),
    mark: z.enum(MARKS).nullable(),
    markedBy: z.uuid().nullable(),
    markedAt: instant.nullable(),
    note: z.string().nullable(),
    caseId: z.uuid().nullable(),
    caseNumber: z.string().nullable(),
    mayMark: z.boolean(),
    mayOpenCase: z.boolean(),
    at: z.string().nullable(),
    act: z.string().nullable(),
    purpose: z.string().nullable(),
    record: z.string().nullable(),
  })
  .meta({ id: 'SampleItem' });
const view = summary
  .extend({
    rules: z.string(),
    head: z.string(),
    seed: z.string(),
    frameDigest: z.string(),
    fromAt: instant,
    toAt: instant,
    drawnAt: instant.nullable(),
    closedBy: z.uuid().nullable(),
    drawerMost: z.int(),
    result: result.nullable(),
    items: z.array(item),
    next: z.int().nullable(),
    mayDraw: z.boolean(),
    mayClose: z.boolean(),
    toMark: z.int().nullable(),
  })
  .meta({ id: 'SampleView' });

const day = z.iso.date('not_a_date');
/** What a sample is drawn from, and how many. */
export const sampleBody = z.strictObject({ kind: z.enum(SAMPLE_KINDS, 'unknown_value'), from: day, to: day, size: z.int('not_whole').min(1, 'too_small') });
export const markBody = z.strictObject({ mark: z.enum(MARKS, 'unknown_value'), note: z.string().max(MARK_NOTE_LENGTH, 'too_long').default('') });
export const itemParams = z.strictObject({ id: z.uuid(), position: z.string().max(60) });

/** A place in the frame; what can be none is not there. */
export function positionOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CodedError('not_found');
  return Number(text);
}

export const EXPORTS = ['xlsx', 'csv', 'json'] as const;

const record = (one: SampleItem): string | null => {
  const value = one.logged?.entry.facts?.['record'];
  return typeof value === 'string' ? value : null;
};
const told = ({ logged, ...one }: SampleItem) => ({
  ...one,
  at: logged?.entry.t ?? null,
  act: logged?.entry.act ?? null,
  purpose: logged?.entry.purpose ?? null,
  record: record({ ...one, logged }),
});

/** A sample to take away: with its draw, so that it can be drawn again, as JSON; its items as a table. */
export async function sampleExport(deps: HttpDeps, ctx: RequestContext, id: string, format: (typeof EXPORTS)[number], lang: Lang): Promise<Reply> {
  const { sample, items } = await exportSample(deps.reports, ctx.actor, id, format);
  const headers = { 'Content-Disposition': `attachment; filename="${sample.number}.${format}"` };
  if (format === 'json') {
    const { items: _page, next: _next, mayDraw: _draw, mayClose: _close, toMark: _mark, ...whole } = sample;
    return {
      body: Buffer.from(`${JSON.stringify({ ...whole, items: items.map(told) }, null, 1)}\n`),
      type: 'application/json; charset=utf-8',
      headers,
    };
  }
  const t = phrasesFor(lang);
  const c = t.pages.oversight.samples.columns;
  const names = await deps.accounts.namesOfPersons([...new Set(items.flatMap((one) => [one.personId, one.markedBy]).filter((one) => one !== null))]);
  const name = (person: string | null): string => (person === null ? '' : (names.get(person) ?? person));
  const columns: ExportColumn<SampleItem>[] = [
    { head: c.position, value: (one) => one.position, width: 8 },
    { head: c.entry, value: (one) => `${one.log}/${one.sequence}` },
    { head: c.at, value: (one) => one.logged?.entry.t, width: 24 },
    { head: c.who, value: (one) => name(one.personId) },
    { head: c.act, value: (one) => one.logged && describeAct(one.logged.entry.act, t.audit) },
    { head: c.purpose, value: (one) => one.logged?.entry.purpose && purposeNames(deps, one.logged.entry.purpose)[lang] },
    { head: c.record, value: record, width: 38 },
    { head: c.mark, value: (one) => one.mark && t.reports.samples.marks[one.mark] },
    { head: c.markedBy, value: (one) => name(one.markedBy) },
    { head: c.markedAt, value: (one) => one.markedAt, width: 24 },
    { head: c.note, value: (one) => one.note, width: 40 },
    { head: c.case, value: (one) => one.caseNumber },
  ];
  return format === 'csv'
    ? { stream: csvStream(columns, items), type: 'text/csv; charset=utf-8', headers }
    : { stream: xlsxStream(sample.number, columns, items), type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', headers };
}

/** Samples for review: drawn so that anybody can draw them again, marked by others than those they are about. */
export function sampleRoutes(deps: HttpDeps): Route[] {
  const { reports } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/samples',
      name: 'listSamples',
      tag: 'audit',
      summary: 'Samples for review, newest first, with the counts of their marks.',
      guard: 'sample.view',
      kind: 'api',
      query: z.strictObject({ state: z.enum(SAMPLE_STATES, 'unknown_value').optional(), after: z.string().max(200, 'too_long').optional() }),
      responses: { 200: pageSchema(summary) },
      handler: async (ctx, { query }) => ({ json: await listSamples(reports, ctx.actor, query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/samples',
      name: 'takeSample',
      tag: 'audit',
      summary: 'Draw a sample from days past; its seed and what it is drawn from stand in the signed log before it is drawn.',
      guard: 'sample.draw',
      kind: 'api',
      body: sampleBody,
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: { id: await takeSample(reports, ctx.actor, body) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/samples/:id',
      name: 'viewSample',
      tag: 'audit',
      summary: 'A sample: seed, frame and digest to draw it again, its marks, its result with an interval, and a page of its items.',
      guard: 'sample.view',
      kind: 'api',
      params: idParams,
      query: z.strictObject({
        after: z.coerce
          .number('wrong_type')
          .int()
          .min(-1)
          .max(2 ** 31 - 1)
          .optional(),
      }),
      responses: { 200: view },
      async handler(ctx, { params, query }) {
        const one = await viewSample(reports, ctx.actor, params.id, query.after);
        return { json: { ...one, items: one.items.map(told) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/samples/:id/draw',
      name: 'drawSample',
      tag: 'audit',
      summary: 'Draw a sample that was announced and not drawn, by its seed.',
      guard: 'sample.draw',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await drawSample(reports, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/samples/:id/items/:position',
      name: 'viewSampleItem',
      tag: 'audit',
      summary: 'One item of a sample, and the next one that waits for the caller.',
      guard: 'sample.view',
      kind: 'api',
      params: itemParams,
      responses: { 200: z.object({ item, next: z.int().nullable() }) },
      async handler(ctx, { params }) {
        const one = await viewSampleItem(reports, ctx.actor, params.id, positionOf(params.position));
        return { json: { item: told(one.item), next: one.next } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/samples/:id/items/:position/mark',
      name: 'markSampleItem',
      tag: 'audit',
      summary: "Mark an item as justified, not justified or unclear; never one's own, and not more of it by its drawer than the rules let him.",
      guard: 'sample.mark',
      kind: 'api',
      params: itemParams,
      body: markBody,
      async handler(ctx, { params, body }) {
        await markItem(reports, ctx.actor, { sampleId: params.id, position: positionOf(params.position), ...body });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/samples/:id/items/:position/case',
      name: 'caseOfSampleItem',
      tag: 'audit',
      summary: 'Turn an item in doubt into a case.',
      guard: 'case.work',
      kind: 'api',
      params: itemParams,
      bodyKind: 'none',
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { params }) => ({
        status: 201,
        json: { id: await caseOfItem(reports, ctx.actor, { sampleId: params.id, position: positionOf(params.position) }) },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/samples/:id/close',
      name: 'closeSample',
      tag: 'audit',
      summary: 'End a sample once every item is marked.',
      guard: 'sample.mark',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await closeSample(reports, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/samples/:id/export',
      name: 'exportSample',
      tag: 'audit',
      summary: 'Take a sample away: its items as XLSX or CSV; with its draw and result as JSON. Exporting is itself on record.',
      guard: 'usage.export',
      kind: 'api',
      params: idParams,
      query: z.strictObject({ format: z.enum(EXPORTS).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv', 'application/json'],
      handler: (ctx, { params, query }) => sampleExport(deps, ctx, params.id, query.format, query.lang ?? ctx.lang),
    }),
  ];
}
