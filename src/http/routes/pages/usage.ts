import { z } from 'zod';
import { daysBefore } from '../../../audit/index.js';
import { check } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { listUsage, viewUsage, type Usage, type UsageQuestion } from '../../../reports/index.js';
import { paths, usagePage, type FilterChip, type FormState, type UsageLine, type UsageModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { goneAfter } from '../audit.js';
import { FORMATS, timeOf, usageDeps, usageExport, usageFields } from '../usage.js';
import { refusedAt, standingAt } from './acts.js';
import { findsRecords, queryOf } from './audit-find.js';
import { namesFor, rowOf, whoIs, type Names } from './audit-rows.js';
import { attempt, departmentsOf, formBody, linkTo, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

/** Days shown where no day was asked for. */
const DAYS = 30;
const ids = (max: number) =>
  z
    .string()
    .regex(/^[\w-]+(,[\w-]+)*$/, 'invalid')
    .max(max, 'too_long')
    .optional();

/** The address of a view: pseudonyms and ids, never a name or a client's number. */
const usageQuery = z.strictObject({ actors: ids(1000), records: ids(3700), ...usageFields });
type Query = z.infer<typeof usageQuery>;
const KEPT = ['actors', 'records'] as const;

function questionOf({ actors, records, ...rest }: Query): UsageQuestion {
  return { ...rest, ...(actors === undefined ? {} : { actors: actors.split(',') }), ...(records === undefined ? {} : { records: records.split(',') }) };
}

/** The same view narrowed to one line of it. */
const narrowed = (query: Query, more: Partial<Record<keyof Query, string>>): string => linkTo(paths.usage, { ...query, ...more });

interface Words {
  department: (code: string) => string;
  purpose: (code: string) => string;
  act: (code: string) => string;
  who: (pseudonym: string) => string;
}

function wordsOf(deps: HttpDeps, ctx: RequestContext, names: Names, department: (code: string) => string): Words {
  const { audit, pages } = phrasesFor(ctx.lang);
  const acts: Readonly<Record<string, string>> = audit.acts;
  return {
    department: (code) => (code === '' ? pages.usage.noDepartment : department(code)),
    purpose: (code) => (code === '' ? audit.noPurpose : purposeText(deps, ctx, code)),
    act: (code) => acts[code] ?? code,
    who: (pseudonym) => whoIs(audit, names, pseudonym),
  };
}

function linesOf(usage: Usage, query: Query, words: Words): UsageModel['usage'] {
  const line = (text: string, count: number, more: Partial<Record<keyof Query, string>>): UsageLine => ({ text, count, href: narrowed(query, more) });
  return {
    total: usage.total,
    outside: usage.outside,
    refused: usage.refused,
    personCount: usage.personCount,
    days: usage.days.map((one) => line(one.day, one.count, { from: one.day, to: one.day })),
    outsideDays: usage.days.filter((one) => one.outside > 0).map((one) => line(one.day, one.outside, { from: one.day, to: one.day, hours: 'outside' })),
    // an empty code cannot stand in an address: its line leads to the view as it is
    purposes: usage.purposes.map((one) => line(words.purpose(one.purpose), one.count, one.purpose === '' ? {} : { purpose: one.purpose })),
    acts: usage.acts.map((one) => line(words.act(one.act), one.count, { act: one.act })),
    departments: usage.departments.map((one) => line(words.department(one.department), one.count, one.department === '' ? {} : { department: one.department })),
    persons: usage.persons.map((one) => line(words.who(one.person), one.count, { actors: one.person })),
  };
}

function chipsOf(ctx: RequestContext, query: Query, words: Words): FilterChip[] {
  const { audit, pages } = phrasesFor(ctx.lang);
  const t = pages.usage;
  const many = (list: string): string => (list.includes(',') ? say(t.records, { count: list.split(',').length }) : `…${list.slice(-8)}`);
  const values: [keyof Query, string, string | undefined][] = [
    ['actors', t.filters.who, query.actors?.split(',').map(words.who).join(' · ')],
    ['records', t.filters.record, query.records && many(query.records)],
    ['department', t.filters.department, query.department && words.department(query.department)],
    ['use', t.filters.use, query.use && t.uses[query.use]],
    ['act', t.filters.act, query.act && words.act(query.act)],
    ['purpose', t.filters.purpose, query.purpose && words.purpose(query.purpose)],
    ['decision', t.filters.decision, query.decision && audit.decisions[query.decision]],
    ['hours', t.filters.hours, query.hours && t.hours[query.hours]],
    ['from', t.filters.from, query.from],
    ['to', t.filters.to, query.to],
  ];
  return values.flatMap(([name, label, value]) =>
    value === undefined || value === '' ? [] : [{ label, value, remove: linkTo(paths.usage, { ...query, [name]: undefined }) }],
  );
}

async function optionsFor(deps: HttpDeps, ctx: RequestContext) {
  const departments = await departmentsOf(deps, ctx);
  const { audit } = phrasesFor(ctx.lang);
  return {
    name: departments.name,
    departments: departments.options,
    purposes: Object.entries(deps.records.schemes.newest.purposes).map(([value, one]) => ({ value, text: one[ctx.lang] })),
    acts: Object.entries(audit.acts).map(([value, text]) => ({ value, text })),
    findsRecords: findsRecords(deps, ctx),
  };
}

const kept = (query: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(KEPT.flatMap((name) => (typeof query[name] === 'string' && query[name] !== '' ? [[name, query[name]]] : [])));

async function show(deps: HttpDeps, ctx: RequestContext, { after, ...asked }: Query & { after?: string | undefined }): Promise<Reply> {
  const query: Query =
    asked.from === undefined && asked.to === undefined && asked.records === undefined ? { ...asked, from: daysBefore(deps.hours(), deps.now(), DAYS) } : asked;
  const question = questionOf(query);
  const usage = await viewUsage(usageDeps(deps), ctx.actor, question);
  const found = await listUsage(usageDeps(deps), ctx.actor, question, { after });
  const names = await namesFor(deps, found.items, [...usage.persons.map((one) => one.person), ...(query.actors?.split(',') ?? [])]);
  const { name, ...options } = await optionsFor(deps, ctx);
  const words = wordsOf(deps, ctx, names, name);
  const mayExport = deps.access.mayEver(ctx.actor, 'usage.export') && usage.total > 0;
  const exportOf = (format: (typeof FORMATS)[number]): string => linkTo(paths.usageExport, { ...query, format });
  const { actors: _actors, records: _records, ...typed } = query;
  return page(deps, ctx, usagePage, {
    ...options,
    usage: linesOf(usage, query, words),
    rows: found.items.map((one) => rowOf(deps, ctx, one, names)),
    gone: await goneAfter(deps, timeOf(deps, question), found.next),
    paging: { ...pagingOf(paths.usage, { ...query, after }, found.items.length, found.next), total: usage.total },
    filters: { values: typed, errors: [] },
    chips: chipsOf(ctx, query, words),
    exports: mayExport ? { xlsx: exportOf('xlsx'), csv: exportOf('csv'), json: exportOf('json'), pdf: exportOf('pdf') } : null,
    kept: kept(query),
  });
}

async function refused(deps: HttpDeps, ctx: RequestContext, body: Form, filters: FormState): Promise<Reply> {
  const { name: _name, ...options } = await optionsFor(deps, ctx);
  const model: UsageModel = { ...options, usage: null, rows: [], gone: [], paging: { shown: 0 }, filters, chips: [], exports: null, kept: kept(body) };
  return page(deps, standingAt(ctx, paths.usage), usagePage, model, { status: 422 });
}

/** What was typed, as a view with an address: names and numbers become pseudonyms and ids. */
async function find(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const { from: _from, to: _to, ...rest } = body;
  const tried = await attempt(async () => {
    const query = await queryOf(deps, ctx, rest);
    for (const name of ['department', 'use', 'hours', 'from', 'to']) if (textOf(body, name) !== '') query[name] = textOf(body, name);
    return linkTo(paths.usage, check(usageQuery, query));
  });
  if ('done' in tried) return { redirect: tried.done };
  return tried.refused.fields.length > 0 ? refused(deps, ctx, body, refusedForm(body, tried.refused)) : refusedAt(paths.usage, tried.refused);
}

/** Who read what: figures, charts, the entries behind them, and taking them away. */
export function usagePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.usage,
      name: 'usagePage',
      guard: 'usage.view',
      query: usageQuery.extend({ after: z.string().max(200, 'too_long').optional() }),
      handler: (ctx, { query }) => show(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: paths.usage,
      name: 'usageForm',
      guard: 'usage.view',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => find(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: paths.usageExport,
      name: 'usageExportPage',
      guard: 'usage.export',
      query: usageQuery.extend({ format: z.enum(FORMATS).default('xlsx') }),
      handler: (ctx, { query: { format, ...query } }) => usageExport(deps, ctx, questionOf(query), format, ctx.lang),
    }),
  ];
}
