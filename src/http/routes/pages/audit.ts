import { z } from 'zod';
import { entrySide, exportEntries, searchEntries, viewEntry } from '../../../audit/index.js';
import { check } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { auditPage, EMPTY_FORM, entryPage, local, paths, type AuditModel, type EntryModel, type FilterChip, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { exportReply, goneAfter, readerOf } from '../audit.js';
import { refusedAt, standingAt } from './acts.js';
import { auditQuery, filterOf, findsRecords, KEPT, queryOf, type AuditQuery } from './audit-find.js';
import { placeParams } from '../audit-log.js';
import { namesFor, rowOf, whoIs, type Names } from './audit-rows.js';
import { attempt, formBody, linkTo, pagingOf, refusedForm, textOf, type Form, purposeText } from './common.js';

const pageQuery = auditQuery.extend({ after: z.string().max(200, 'too_long').optional() });

const options = (texts: Readonly<Record<string, string>>) => Object.entries(texts).map(([value, text]) => ({ value, text }));

/** Filters in force as chips; each link leaves one of them out. */
function chipsOf(deps: HttpDeps, ctx: RequestContext, query: AuditQuery, names: Names): FilterChip[] {
  const { audit, pages } = phrasesFor(ctx.lang);
  const t = pages.audit;
  const f = (value: string): string => local(value, deps.config.timeZone).replace('T', ' ');
  const acts: Readonly<Record<string, string>> = audit.acts;
  const values: Partial<Record<keyof AuditQuery, [string, string]>> = {
    ...(query.actors && {
      actors: [
        t.filters.who,
        query.actors
          .split(',')
          .map((one) => whoIs(audit, names, one))
          .join(' · '),
      ],
    }),
    ...(query.records && { records: [t.filters.record, countOf(query.records, t.records)] }),
    ...(query.reading && { reading: [t.columns.subject, `…${query.reading.slice(-8)}`] }),
    ...(query.subject && { subject: [t.columns.subject, query.subject.length > 12 ? `…${query.subject.slice(-8)}` : query.subject] }),
    ...(query.request && { request: [t.request, `…${query.request.slice(-8)}`] }),
    ...(query.act && { act: [t.filters.act, acts[query.act] ?? query.act] }),
    ...(query.purpose && { purpose: [t.filters.purpose, purposeText(deps, ctx, query.purpose)] }),
    ...(query.decision && { decision: [t.filters.decision, audit.decisions[query.decision]] }),
    ...(query.from && { from: [t.filters.from, f(query.from)] }),
    ...(query.to && { to: [t.filters.to, f(query.to)] }),
  };
  return Object.entries(values).map(([name, [label, value]]) => ({ label, value, remove: linkTo(paths.audit, { ...query, [name]: undefined }) }));
}

function countOf(ids: string, text: string): string {
  const count = ids.split(',').length;
  return count === 1 ? `…${ids.slice(-8)}` : say(text, { count });
}

async function modelOf(deps: HttpDeps, ctx: RequestContext): Promise<Omit<AuditModel, 'rows' | 'gone' | 'paging' | 'filters' | 'chips' | 'exports' | 'kept'>> {
  const { audit } = phrasesFor(ctx.lang);
  const state = await deps.audit.state();
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, one]) => ({ value, text: one[ctx.lang] }));
  return {
    acts: options(audit.acts),
    purposes,
    head: state.log === null || state.headAt === null ? null : { log: state.log, size: String(state.size), at: state.headAt.toISOString() },
    findsRecords: findsRecords(deps, ctx),
  };
}

const kept = (query: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(KEPT.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));

async function show(deps: HttpDeps, ctx: RequestContext, { after, ...query }: z.infer<typeof pageQuery>): Promise<Reply> {
  const filter = filterOf(query);
  const found = await searchEntries(readerOf(deps), ctx.actor, filter, after === undefined ? {} : { after });
  const names = await namesFor(deps, found.items, query.actors?.split(',') ?? []);
  const mayExport = deps.access.mayEver(ctx.actor, 'audit.export') && found.items.length > 0;
  const zone = deps.config.timeZone;
  return page(deps, ctx, auditPage, {
    ...(await modelOf(deps, ctx)),
    rows: found.items.map((one) => rowOf(deps, ctx, one, names)),
    gone: await goneAfter(deps, filter, found.next),
    paging: pagingOf(paths.audit, { ...query, after }, found.items.length, found.next),
    filters: {
      values: {
        act: query.act,
        purpose: query.purpose,
        decision: query.decision,
        from: query.from && local(query.from, zone),
        to: query.to && local(query.to, zone),
      },
      errors: [],
    },
    chips: chipsOf(deps, ctx, query, names),
    exports: mayExport ? { xlsx: linkTo(paths.auditExport, { ...query, format: 'xlsx' }), csv: linkTo(paths.auditExport, { ...query, format: 'csv' }) } : null,
    kept: kept(query),
  });
}

/** A search that could not be understood: what was typed, and what is wrong beside it. */
async function refused(deps: HttpDeps, ctx: RequestContext, body: Form, filters: FormState): Promise<Reply> {
  const values = Object.fromEntries(KEPT.map((name) => [name, textOf(body, name)]));
  const model: AuditModel = {
    ...(await modelOf(deps, ctx)),
    rows: null,
    gone: [],
    paging: { shown: 0 },
    filters,
    chips: [],
    exports: null,
    kept: kept(values),
  };
  return page(deps, standingAt(ctx, paths.audit), auditPage, model, { status: 422 });
}

async function find(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const tried = await attempt(async () => linkTo(paths.audit, check(auditQuery, await queryOf(deps, ctx, body))));
  if ('done' in tried) return { redirect: tried.done };
  return tried.refused.fields.length > 0 ? refused(deps, ctx, body, refusedForm(body, tried.refused)) : refusedAt(paths.audit, tried.refused);
}

async function showEntry(
  deps: HttpDeps,
  ctx: RequestContext,
  { log, sequence }: z.infer<typeof placeParams>,
  more: { side?: EntryModel['side']; form?: FormState } = {},
): Promise<Reply> {
  const item = await viewEntry(readerOf(deps), ctx.actor, { log, sequence: BigInt(sequence) });
  const names = await namesFor(deps, [item]);
  const { entry } = item;
  const there = entry.side === undefined ? 'none' : item.hasSide ? 'present' : 'erased';
  const to = (one: bigint | null): string | null => (one === null ? null : paths.auditEntry(log, String(one)));
  const model: EntryModel = {
    ...rowOf(deps, ctx, item, names, true),
    policy: entry.policy ?? null,
    request: entry.request,
    canonical: item.canonical,
    side: more.side ?? there,
    maySeeSide: deps.access.mayEver(ctx.actor, 'audit.side'),
    previous: to(item.previous),
    next: to(item.next),
    form: more.form ?? EMPTY_FORM,
  };
  return page(deps, ctx, entryPage, model, { status: more.form ? 422 : 200 });
}

/** The sealed side of an entry: shown once, in the answer to whoever said why. */
async function showSide(deps: HttpDeps, ctx: RequestContext, where: z.infer<typeof placeParams>, body: Form): Promise<Reply> {
  const { id } = await viewEntry(readerOf(deps), ctx.actor, { log: where.log, sequence: BigInt(where.sequence) });
  const tried = await attempt(() => entrySide(readerOf(deps), ctx.actor, { entryId: id, reason: textOf(body, 'reason').slice(0, 500) }));
  if ('done' in tried) {
    const side = tried.done;
    return showEntry(deps, ctx, where, { side: side.state === 'present' ? Object.entries(side.values).map(([name, text]) => ({ name, text })) : side.state });
  }
  if (tried.refused.fields.length === 0) return refusedAt(paths.auditEntry(where.log, where.sequence), tried.refused);
  return showEntry(deps, ctx, where, { form: refusedForm(body, tried.refused) });
}

/** The audit log: search, one entry, its sealed side, and taking it away as a table. */
export function auditPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.audit,
      name: 'auditPage',
      guard: 'audit.search',
      query: pageQuery,
      handler: (ctx, { query }) => show(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: paths.audit,
      name: 'auditForm',
      guard: 'audit.search',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => find(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: paths.auditExport,
      name: 'auditExportPage',
      guard: 'audit.export',
      query: auditQuery.extend({ format: z.enum(['xlsx', 'csv']).default('xlsx') }),
      async handler(ctx, { query: { format, ...query } }) {
        return exportReply(deps, await exportEntries(readerOf(deps), ctx.actor, filterOf(query)), format, ctx.lang);
      },
    }),
    definePage({
      method: 'get',
      path: `${paths.audit}/:log/:sequence`,
      name: 'auditEntryPage',
      guard: 'audit.search',
      params: placeParams,
      handler: (ctx, { params }) => showEntry(deps, ctx, params),
    }),
    definePage({
      method: 'post',
      path: `${paths.audit}/:log/:sequence`,
      name: 'auditSideForm',
      guard: 'audit.side',
      params: placeParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) => showSide(deps, ctx, params, body),
    }),
  ];
}
