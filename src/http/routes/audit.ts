import { z } from 'zod';
import {
  describe,
  entrySide,
  exportEntries,
  exportHeader,
  exportRow,
  goneEntries,
  type GoneEntries,
  searchEntries,
  type LogFilter,
  type LoggedEntry,
  type LogReaderDeps,
} from '../../audit/index.js';
import { csvStream, flatten, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import { invalidField } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type Route } from '../route.js';
import { today } from '../today.js';

const text = (max: number) => z.string().max(max, 'too_long').optional();

/** What the log can be searched by. `person` is a person's id, `actor` a pseudonym. */
export const logQuery = z.strictObject({
  person: z.uuid('invalid').optional(),
  actor: text(64),
  act: text(64),
  record: z.uuid('invalid').optional(),
  reading: z.uuid('invalid').optional(),
  client: text(64),
  subject: text(128),
  decision: z.enum(['allow', 'deny', 'error']).optional(),
  purpose: text(40),
  request: text(64),
  from: z.iso.datetime({ offset: true, error: 'not_a_time' }).optional(),
  to: z.iso.datetime({ offset: true, error: 'not_a_time' }).optional(),
});
export type LogQuery = z.infer<typeof logQuery>;

export const entrySchema = z.object({
  log: z.string(),
  sequence: z.string(),
  id: z.uuid(),
  at: z.string(),
  actor: z.string(),
  /** Name behind the pseudonym, where it is known. */
  name: z.string().nullable(),
  role: z.array(z.string()),
  act: z.string(),
  subject: z.object({ kind: z.string(), id: z.string(), version: z.string().nullable() }),
  purpose: z.string().nullable(),
  decision: z.string(),
  policy: z.string().nullable(),
  request: z.string(),
  facts: z.record(z.string(), z.unknown()),
  hasSide: z.boolean(),
  texts: z.object({ zh: z.string(), en: z.string() }),
});

/** Entries of the time that was asked for and are gone by rule. */
export const goneSchema = z.array(
  z.object({ log: z.string(), size: z.string(), first: z.string(), last: z.string(), at: z.string(), procedure: z.string(), rule: z.string() }),
);

export function presentGone(gone: readonly GoneEntries[]): z.infer<typeof goneSchema> {
  return gone.map(({ size, first, last, at, ...rest }) => ({
    ...rest,
    size: String(size),
    first: first.toISOString(),
    last: last.toISOString(),
    at: at.toISOString(),
  }));
}

/** What of a view's time is gone by rule, told on its last page: newest first, that is where it would stand. */
export function goneAfter(deps: Pick<HttpDeps, 'db'>, time: { from?: Date | undefined; to?: Date | undefined }, next: string | null): Promise<GoneEntries[]> {
  return next === null ? goneEntries(deps.db, time) : Promise.resolve([]);
}

export function readerOf(deps: HttpDeps): LogReaderDeps {
  return { audit: deps.audit, db: deps.db, keystore: deps.keystore, authorize: (actor, right) => deps.access.authorize(actor, right) };
}

/** A query as the log understands it: persons become their pseudonyms. */
export async function logFilterOf(deps: HttpDeps, query: LogQuery): Promise<LogFilter> {
  const { person, actor, act, from, to, ...rest } = query;
  const pseudonym = person === undefined ? actor : await deps.accounts.pseudonymOf(person);
  if (person !== undefined && pseudonym === undefined) throw invalidField('person', 'unknown_value');
  return {
    ...rest,
    ...(pseudonym === undefined ? {} : { actors: [pseudonym] }),
    ...(act === undefined ? {} : { acts: [act] }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}

export function presentEntry(one: LoggedEntry, names: ReadonlyMap<string, string>) {
  const { entry } = one;
  return {
    log: one.log,
    sequence: String(one.sequence),
    id: one.id,
    at: entry.t,
    actor: entry.actor,
    name: names.get(entry.actor) ?? null,
    role: entry.role,
    act: entry.act,
    subject: { kind: entry.subject.kind, id: entry.subject.id, version: entry.version ?? null },
    purpose: entry.purpose ?? null,
    decision: entry.decision,
    policy: entry.policy ?? null,
    request: entry.request,
    facts: entry.facts ?? {},
    hasSide: one.hasSide,
    texts: { zh: describe(entry, phrasesFor('zh').audit), en: describe(entry, phrasesFor('en').audit) },
  };
}

export function auditRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/entries',
      name: 'searchAudit',
      tag: 'audit',
      summary: 'Search the audit log; searching it is itself on record.',
      guard: 'audit.search',
      kind: 'api',
      query: logQuery.extend({ after: text(200), limit: z.coerce.number('wrong_type').int().min(1).max(200).optional() }),
      responses: { 200: z.object({ items: z.array(entrySchema), next: z.string().nullable(), gone: goneSchema }) },
      async handler(ctx, { query: { after, limit, ...query } }) {
        const page = { ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) };
        const filter = await logFilterOf(deps, query);
        const found = await searchEntries(readerOf(deps), ctx.actor, filter, page);
        const names = await deps.accounts.namesOf([...new Set(found.items.map((one) => one.entry.actor))]);
        const gone = presentGone(await goneAfter(deps, filter, found.next));
        return { json: { items: found.items.map((one) => presentEntry(one, names)), next: found.next, gone } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/audit/entries/:id/side',
      name: 'readAuditSide',
      tag: 'audit',
      summary: 'The sealed side of an entry: free text, ticket, address. A right and an entry of its own, with a reason.',
      guard: 'audit.side',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reason: z.string().max(500, 'too_long') }),
      responses: { 200: z.object({ state: z.enum(['present', 'none', 'erased']), values: z.record(z.string(), z.string()).optional() }) },
      handler: async (ctx, { params, body }) => ({ json: await entrySide(readerOf(deps), ctx.actor, { entryId: params.id, reason: body.reason }) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/export',
      name: 'exportAudit',
      tag: 'audit',
      summary: 'Export entries as XLSX or CSV; exporting is itself on record.',
      guard: 'audit.export',
      kind: 'api',
      query: logQuery.extend({ format: z.enum(['xlsx', 'csv']).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv'],
      async handler(ctx, { query: { format, lang, ...query } }) {
        const language = lang ?? ctx.lang;
        const entries = await exportEntries(readerOf(deps), ctx.actor, await logFilterOf(deps, query));
        return exportReply(deps, entries, format, language);
      },
    }),
  ];
}

const TYPES = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', csv: 'text/csv; charset=utf-8' } as const;

/** Entries as a table that streams: nothing is held but a batch. */
export function exportReply(deps: HttpDeps, entries: AsyncIterable<LoggedEntry[]>, format: 'xlsx' | 'csv', lang: Lang): Reply {
  const texts = phrasesFor(lang).audit;
  const columns: ExportColumn<string[]>[] = exportHeader(texts).map((head, i) => ({ head, value: (row) => row[i] }));
  async function* rows(): AsyncGenerator<string[]> {
    for await (const one of flatten(entries)) yield exportRow(one, texts);
  }
  const name = `audit-${today(deps)}.${format}`;
  const stream = format === 'csv' ? csvStream(columns, rows()) : xlsxStream('audit', columns, rows());
  return { stream, type: TYPES[format], headers: { 'Content-Disposition': `attachment; filename="${name}"` } };
}
