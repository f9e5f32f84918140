import { z } from 'zod';
import { describeAct, describeFacts, describeSubject, encodePlace, entrySide, exportEntries, searchEntries, type LoggedEntry } from '../../../audit/index.js';
import { CodedError } from '../../../errors/index.js';
import { canonicalJson } from '../../../crypto/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { findRecords } from '../../../records/index.js';
import {
  auditPage,
  EMPTY_FORM,
  entryPage,
  paths,
  type AuditModel,
  type EntryModel,
  type EntryRow,
  type FilterChip,
  type FormState,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { exportReply, logFilterOf, logQuery, readerOf, type LogQuery } from '../audit.js';
import { attempt, formBody, linkTo, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

const pageQuery = logQuery.extend({ after: z.string().max(200).optional() });
type PageQuery = z.infer<typeof pageQuery>;

/** Where a subject has a page of its own. */
function hrefOf(deps: HttpDeps, ctx: RequestContext, { kind, id }: { kind: string; id: string }): string | null {
  if (!/^[\da-f-]{36}$/.test(id)) return null;
  if (kind === 'record' && deps.access.mayEver(ctx.actor, 'record.view')) return paths.record(id);
  if (kind === 'batch' && deps.access.mayEver(ctx.actor, 'batch.view')) return paths.batch(id);
  if (kind === 'person' && deps.access.mayEver(ctx.actor, 'person.view')) return paths.person(id);
  return null;
}

function rowOf(deps: HttpDeps, ctx: RequestContext, one: LoggedEntry, names: ReadonlyMap<string, string>): EntryRow {
  const { audit, access } = phrasesFor(ctx.lang);
  const { entry } = one;
  const fixed: Record<string, string> = audit.actors;
  return {
    log: one.log,
    sequence: String(one.sequence),
    at: entry.t,
    who: names.get(entry.actor) ?? fixed[entry.actor] ?? entry.actor,
    roles: entry.role.map((role) => (access.roles as Record<string, string>)[role] ?? role).join(' · '),
    act: describeAct(entry.act, audit),
    subject: describeSubject(entry.subject, audit),
    subjectHref: hrefOf(deps, ctx, entry.subject),
    purpose: entry.purpose === undefined || entry.purpose === null ? '' : purposeText(deps, ctx, entry.purpose),
    decision: entry.decision,
    facts: describeFacts(entry, audit),
  };
}

async function rowsOf(deps: HttpDeps, ctx: RequestContext, entries: readonly LoggedEntry[]): Promise<EntryRow[]> {
  const names = await deps.accounts.namesOf([...new Set(entries.map((one) => one.entry.actor))]);
  return entries.map((one) => rowOf(deps, ctx, one, names));
}

const LOCAL = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})$/;

/** A form's local time in the archive's zone, as the log's query says it. */
function instantOf(deps: HttpDeps, text: string): string | undefined {
  if (!LOCAL.test(text)) return undefined;
  const offset = new Intl.DateTimeFormat('en', { timeZone: deps.config.timeZone, timeZoneName: 'longOffset' }).formatToParts(new Date(`${text}Z`));
  return `${text}:00${offset.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') || '+00:00'}`;
}

/** What the form asks for, as an address: names and numbers of people become ids. */
async function asked(deps: HttpDeps, ctx: RequestContext, form: Form): Promise<{ query: PageQuery } | { wrong: FormState['errors'] }> {
  const query: Record<string, string> = {};
  const who = textOf(form, 'who');
  if (who !== '') {
    const found = deps.access.mayEver(ctx.actor, 'person.view') ? (await deps.accounts.listPeople(ctx.actor, { text: who } as never)).items : [];
    if (found[0] === undefined) query['actor'] = who;
    else query['person'] = found[0].personId;
  }
  const record = textOf(form, 'record');
  if (/^[\da-f-]{36}$/.test(record)) query['record'] = record;
  else if (record !== '') {
    const found = deps.access.mayEver(ctx.actor, 'record.list') ? (await findRecords(deps.records, ctx.actor, record)).items[0] : undefined;
    if (found === undefined) return { wrong: [{ field: 'record', code: 'unknown_value' }] };
    query['record'] = found.id;
  }
  for (const name of ['client', 'act', 'purpose', 'decision'] as const) if (textOf(form, name) !== '') query[name] = textOf(form, name);
  for (const name of ['from', 'to'] as const) {
    const at = instantOf(deps, textOf(form, name));
    if (at !== undefined) query[name] = at;
    else if (textOf(form, name) !== '') return { wrong: [{ field: name, code: 'not_a_time' }] };
  }
  return { query: query as PageQuery };
}

function chipsOf(ctx: RequestContext, query: PageQuery): FilterChip[] {
  const { pages, audit } = phrasesFor(ctx.lang);
  const labels: Record<string, string> = { ...pages.audit.filters, person: pages.audit.filters.who, actor: pages.audit.filters.who };
  return Object.entries(query)
    .filter((one): one is [string, string] => one[0] !== 'after' && one[1] !== undefined)
    .map(([name, value]) => ({
      label: labels[name] ?? name,
      value: name === 'act' ? describeAct(value, audit) : name === 'decision' ? ((audit.decisions as Record<string, string>)[value] ?? value) : value,
      remove: linkTo(paths.audit, { ...query, [name]: undefined, after: undefined }),
    }));
}

async function auditModel(deps: HttpDeps, ctx: RequestContext, { after, ...query }: PageQuery, filters?: FormState): Promise<AuditModel> {
  const found = await searchEntries(readerOf(deps), ctx.actor, await logFilterOf(deps, query as LogQuery), after === undefined ? {} : { after });
  const { audit } = phrasesFor(ctx.lang);
  return {
    rows: await rowsOf(deps, ctx, found.items),
    paging: pagingOf(paths.audit, { ...query, after }, found.items.length, found.next),
    filters: filters ?? { values: { act: query.act, decision: query.decision, purpose: query.purpose, client: query.client }, errors: [] },
    chips: chipsOf(ctx, query),
    acts: Object.entries(audit.acts).map(([value, text]) => ({ value, text })),
    purposes: Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] })),
    head: null,
    exportHref: deps.access.mayEver(ctx.actor, 'audit.export') ? linkTo(paths.auditExport, query) : null,
  };
}

/** One entry by its place: the newest before the next place. Looking at it is itself on record. */
async function entryAt(deps: HttpDeps, ctx: RequestContext, { log, sequence }: z.infer<typeof place>): Promise<LoggedEntry> {
  const after = encodePlace({ log, sequence: BigInt(sequence) + 1n });
  const { items } = await searchEntries(readerOf(deps), ctx.actor, {}, { after, limit: 1 });
  const [one] = items;
  if (one === undefined || one.log !== log || String(one.sequence) !== sequence) throw new CodedError('not_found');
  return one;
}

async function entryModel(deps: HttpDeps, ctx: RequestContext, one: LoggedEntry, side: EntryModel['side'], form: FormState): Promise<EntryModel> {
  const [row] = await rowsOf(deps, ctx, [one]);
  if (row === undefined) throw new CodedError('not_found');
  const before = one.sequence > 0n ? paths.auditEntry(one.log, String(one.sequence - 1n)) : null;
  return {
    ...row,
    policy: one.entry.policy ?? null,
    request: one.entry.request,
    canonical: canonicalJson(one.entry),
    side,
    form,
    maySeeSide: deps.access.mayEver(ctx.actor, 'audit.side'),
    previous: before,
    next: paths.auditEntry(one.log, String(one.sequence + 1n)),
  };
}

const place = z.strictObject({ log: z.string().regex(/^[\w-]{1,40}$/, 'invalid'), sequence: z.string().regex(/^\d{1,18}$/, 'invalid') });

const sideOf = (one: LoggedEntry): EntryModel['side'] => (one.hasSide ? 'present' : one.entry.side === undefined ? 'none' : 'erased');

function entryPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: '/audit/:log/:sequence',
      name: 'auditEntryPage',
      guard: 'audit.search',
      params: place,
      async handler(ctx, { params }) {
        const one = await entryAt(deps, ctx, params);
        return page(deps, ctx, entryPage, await entryModel(deps, ctx, one, sideOf(one), EMPTY_FORM));
      },
    }),
    definePage({
      method: 'post',
      path: '/audit/:log/:sequence',
      name: 'auditSideForm',
      guard: 'audit.side',
      params: place,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const one = await entryAt(deps, ctx, params);
        const tried = await attempt(() => entrySide(readerOf(deps), ctx.actor, { entryId: one.id, reason: textOf(body, 'reason') }));
        if ('refused' in tried) {
          if (tried.refused.fields.length === 0) throw tried.refused;
          return page(deps, ctx, entryPage, await entryModel(deps, ctx, one, sideOf(one), refusedForm(body, tried.refused)), { status: tried.refused.status });
        }
        const { done } = tried;
        const side = done.state === 'present' ? Object.entries(done.values ?? {}).map(([name, text]) => ({ name, text })) : done.state;
        return page(deps, ctx, entryPage, await entryModel(deps, ctx, one, side, EMPTY_FORM));
      },
    }),
  ];
}

/** The audit log, searched, looked at and exported. */
export function auditPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.audit,
      name: 'auditPage',
      guard: 'audit.search',
      query: pageQuery,
      handler: async (ctx, { query }) => page(deps, ctx, auditPage, await auditModel(deps, ctx, query)),
    }),
    definePage({
      method: 'post',
      path: paths.audit,
      name: 'auditForm',
      guard: 'audit.search',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const wanted = await asked(deps, ctx, body);
        if ('query' in wanted) return { redirect: linkTo(paths.audit, wanted.query) };
        return page(deps, ctx, auditPage, await auditModel(deps, ctx, {}, { values: body, errors: wanted.wrong }), { status: 422 });
      },
    }),
    definePage({
      method: 'get',
      path: paths.auditExport,
      name: 'auditExportPage',
      guard: 'audit.export',
      query: logQuery,
      async handler(ctx, { query }) {
        return exportReply(await exportEntries(readerOf(deps), ctx.actor, await logFilterOf(deps, query)), 'xlsx', ctx.lang, deps.now());
      },
    }),
    ...entryPages(deps),
  ];
}
