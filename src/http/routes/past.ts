import { Readable } from 'node:stream';
import { z } from 'zod';
import { exportWholeLog, type LogItem } from '../../audit/index.js';
import { csvStream, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { invalidField } from '../../errors/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import {
  askWhatCouldRead,
  askWhoCouldRead,
  exportedLine,
  recordOfCode,
  type Answered,
  type CouldRead,
  type WhatCouldRead,
  type WhoCouldRead,
} from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';
import { today } from '../today.js';
import { readerOf } from './audit.js';
import { usageDeps } from './usage.js';

export const PAST_FORMATS = ['xlsx', 'csv', 'json'] as const;
export type PastFormat = (typeof PAST_FORMATS)[number];
/** Persons of a page. */
const PAGE = 100;

const text = (max: number) => z.string().max(max, 'too_long').optional();
const whoQuery = z.strictObject({ record: z.uuid('not_a_uuid').optional(), code: text(100), day: z.iso.date('not_a_date'), purpose: text(40) });
const whatQuery = z.strictObject({ person: z.uuid('not_a_uuid').optional(), actor: text(64), day: z.iso.date('not_a_date'), purpose: text(40) });
type WhoQuery = z.infer<typeof whoQuery>;
type WhatQuery = z.infer<typeof whatQuery>;

const place = z.object({ log: z.string(), sequence: z.string() });
const span = z.object({ from: z.string(), to: z.string() });
const why = z.object({
  by: z.enum(['rule', 'unknown_rule', 'grant']),
  certain: z.boolean(),
  purposes: z.array(z.string()).nullable(),
  role: z.string().nullable(),
  rule: z.string().nullable(),
  policy: z.string().nullable(),
  standing: z.string().nullable(),
  account: z.string().nullable(),
  grant: z.string().nullable(),
  kind: z.string().nullable(),
  acts: z.array(z.string()),
  readingsLeft: z.number().int().nullable(),
  entries: z.array(place),
  spans: z.array(span),
});
const policySchema = z.object({ version: z.string(), since: place }).nullable();
const common = { from: z.string(), to: z.string(), upTo: place.nullable(), policy: policySchema, notes: z.array(z.string()) };
const personSchema = z.object({
  person: z.string(),
  personId: z.string().nullable(),
  name: z.string().nullable(),
  department: z.string().nullable(),
  whys: z.array(why),
});
const whoSchema = z.object({
  ...common,
  record: z
    .object({
      id: z.string(),
      state: z.string(),
      restricted: z.boolean().nullable(),
      purposes: z.array(z.string()).nullable(),
      attributes: z.record(z.string(), z.string()),
    })
    .nullable(),
  total: z.number().int(),
  items: z.array(personSchema),
  next: z.string().nullable(),
});
const productSchema = z.object({
  why,
  departments: z.array(z.string()),
  types: z.array(z.string()),
  sensitivities: z.array(z.string()),
  stages: z.array(z.string()),
});
const grantSchema = z.object({
  grant: z.string(),
  kind: z.string(),
  purpose: z.string(),
  acts: z.array(z.string()),
  records: z.number().int(),
  readingsLeft: z.number().int().nullable(),
  entries: z.array(place),
  spans: z.array(span),
});
const whatSchema = z.object({
  ...common,
  person: z.string(),
  personId: z.string().nullable(),
  name: z.string().nullable(),
  department: z.string().nullable(),
  roles: z.array(z.string()),
  byRole: z.array(productSchema),
  grants: z.array(grantSchema),
});

interface At {
  log: string;
  sequence: bigint;
}
const placeOf = ({ log, sequence }: At) => ({ log, sequence: String(sequence) });
const spanOf = ({ from, to }: { from: Date; to: Date }) => ({ from: from.toISOString(), to: to.toISOString() });

type AnyWhy = CouldRead['whys'][number];

function presentWhy(one: AnyWhy) {
  const rule = one.by === 'rule' ? one : undefined;
  const grant = one.by === 'grant' ? one : undefined;
  return {
    by: one.by,
    certain: one.certain,
    purposes: one.purposes === null ? null : [...one.purposes],
    role: one.by === 'grant' ? null : one.role,
    rule: rule?.rule ?? null,
    policy: one.by === 'grant' ? null : one.policy,
    standing: rule?.standing ?? null,
    account: one.by === 'grant' ? null : one.account,
    grant: grant?.grant ?? null,
    kind: grant?.kind ?? null,
    acts: [...(grant?.acts ?? [])],
    readingsLeft: grant?.readingsLeft ?? null,
    entries: one.entries.map(placeOf),
    spans: one.spans.map(spanOf),
  };
}

function presentCommon(answer: Answered<WhoCouldRead | WhatCouldRead>) {
  const { policy, upTo } = answer;
  return {
    ...spanOf(answer.day),
    upTo: upTo === null ? null : placeOf(upTo),
    policy: policy === null ? null : { version: policy.version, since: placeOf(policy.since) },
    notes: [...answer.notes],
  };
}

function presentPerson(one: CouldRead, names: ReadonlyMap<string, string>) {
  return {
    person: one.person,
    personId: one.personId,
    name: names.get(one.person) ?? null,
    department: one.department ?? null,
    whys: one.whys.map(presentWhy),
  };
}

/** Persons behind a place of the list, at most a page of them. */
export function pageOfPersons(persons: readonly CouldRead[], after: string | undefined, limit = PAGE): { items: CouldRead[]; next: string | null } {
  const rest = after === undefined ? persons : persons.filter((one) => one.person > after);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? (items.at(-1)?.person ?? null) : null };
}

export async function recordAsked(
  deps: HttpDeps,
  ctx: RequestContext,
  { record, code }: { record?: string | undefined; code?: string | undefined },
): Promise<string> {
  if (record !== undefined) return record;
  if (code === undefined) throw invalidField('record', 'missing');
  return recordOfCode(usageDeps(deps), ctx.actor, code);
}

async function personAsked(deps: HttpDeps, { person, actor }: WhatQuery): Promise<string> {
  const found = person === undefined ? actor : await deps.accounts.pseudonymOf(person);
  if (found === undefined) throw invalidField('person', person === undefined ? 'missing' : 'unknown_value');
  return found;
}

async function who(deps: HttpDeps, ctx: RequestContext, query: WhoQuery, after: string | undefined, limit: number | undefined) {
  const { day, purpose } = query;
  const answer = await askWhoCouldRead(usageDeps(deps), ctx.actor, { record: await recordAsked(deps, ctx, query), day, purpose });
  const { items, next } = pageOfPersons(answer.persons, after, limit);
  const names = await deps.accounts.namesOf(items.map((one) => one.person));
  const { record } = answer;
  return {
    ...presentCommon(answer),
    record:
      record === null
        ? null
        : {
            id: record.id,
            state: record.state,
            restricted: record.restricted ?? null,
            purposes: record.purposes ? [...record.purposes] : null,
            attributes: { ...record.attributes },
          },
    total: answer.persons.length,
    items: items.map((one) => presentPerson(one, names)),
    next,
  };
}

async function what(deps: HttpDeps, ctx: RequestContext, query: WhatQuery, format?: string) {
  const { day, purpose } = query;
  const answer = await askWhatCouldRead(usageDeps(deps), ctx.actor, { person: await personAsked(deps, query), day, purpose, format });
  const names = await deps.accounts.namesOf([answer.person]);
  return {
    ...presentCommon(answer),
    person: answer.person,
    personId: answer.personId,
    name: names.get(answer.person) ?? null,
    department: answer.department ?? null,
    roles: answer.roles,
    byRole: answer.byRole.map(({ why: reason, spans, ...product }) => ({ why: presentWhy({ ...reason, spans }), ...product })),
    grants: answer.grants.map((one) => ({ ...one, acts: [...one.acts], entries: one.entries.map(placeOf), spans: one.spans.map(spanOf) })),
  };
}

const TYPES = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;

/** One row a person and reason, all cells text. */
type Row = readonly string[];

const times = (spans: readonly { from: string; to: string }[]): string => spans.map((one) => `${one.from}/${one.to}`).join(' ');
const places = (entries: readonly { log: string; sequence: string }[]): string => entries.map((one) => `${one.log}/${one.sequence}`).join(' ');

function rowsOf(persons: readonly ReturnType<typeof presentPerson>[], lang: Lang): Row[] {
  const { past } = phrasesFor(lang).pages;
  const { roles } = phrasesFor(lang).access;
  const roleOf = (role: string | null): string => (role === null ? '' : ((roles as Readonly<Record<string, string>>)[role] ?? role));
  return persons.flatMap((one) =>
    one.whys.map((reason): Row => [
      one.person,
      one.name ?? '',
      one.department ?? '',
      past.by[reason.by],
      roleOf(reason.role),
      reason.rule ?? '',
      reason.policy ?? '',
      reason.standing ?? '',
      reason.grant ?? '',
      reason.purposes === null ? past.everyPurpose : reason.purposes.join(' '),
      reason.certain ? past.certain : past.perhaps,
      times(reason.spans),
      places(reason.entries),
    ]),
  );
}

async function* each(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

/** The whole answer to take away; asking for it is a right and an entry of its own. */
export async function pastExport(deps: HttpDeps, ctx: RequestContext, query: WhoQuery, format: PastFormat, lang: Lang): Promise<Reply> {
  const { day, purpose } = query;
  const answer = await askWhoCouldRead(usageDeps(deps), ctx.actor, { record: await recordAsked(deps, ctx, query), day, purpose, format });
  const names = await deps.accounts.namesOf(answer.persons.map((one) => one.person));
  const persons = answer.persons.map((one) => presentPerson(one, names));
  const headers = { 'Content-Disposition': `attachment; filename="could-read-${day}.${format}"` };
  if (format === 'json') {
    const { record } = answer;
    const whole = { ...presentCommon(answer), record, persons };
    return { body: Buffer.from(`${JSON.stringify(whole, null, 1)}\n`), type: TYPES.json, headers };
  }
  const columns: ExportColumn<Row>[] = Object.values(phrasesFor(lang).pages.past.columns).map((head, i) => ({ head, value: (row) => row[i] ?? '' }));
  const rows = each(rowsOf(persons, lang));
  return { stream: format === 'csv' ? csvStream(columns, rows) : xlsxStream('could-read', columns, rows), type: TYPES[format], headers };
}

async function* linesOf(log: AsyncIterable<LogItem[]>): AsyncGenerator<string> {
  for await (const batch of log) yield batch.map(exportedLine).join('');
}

/** Who could have read a record on a past day, and what a person could have read, from the log alone. */
export function pastRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/past/who-could-read',
      name: 'whoCouldRead',
      tag: 'audit',
      summary:
        'Who could have read a record on a day, with every role, rule and grant behind it and the entries it rests on: from the log alone. Asking is itself on record.',
      guard: 'usage.view',
      kind: 'api',
      query: whoQuery.extend({ after: text(64), limit: z.coerce.number('wrong_type').int().min(1).max(500).optional() }),
      responses: { 200: whoSchema },
      handler: async (ctx, { query: { after, limit, ...query } }) => ({ json: await who(deps, ctx, query, after, limit) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/past/who-could-read/export',
      name: 'exportWhoCouldRead',
      tag: 'audit',
      summary: 'The whole answer as XLSX, CSV or JSON; taking it away is itself on record.',
      guard: 'usage.export',
      kind: 'api',
      query: whoQuery.extend({ format: z.enum(PAST_FORMATS).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv', 'application/json'],
      handler: (ctx, { query: { format, lang, ...query } }) => pastExport(deps, ctx, query, format, lang ?? ctx.lang),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/past/what-could-read',
      name: 'whatCouldRead',
      tag: 'audit',
      summary:
        'What a person could have read on a day, by department, type, sensitivity and stage, and under which grants: from the log alone. Asking is itself on record.',
      guard: 'usage.view',
      kind: 'api',
      query: whatQuery,
      responses: { 200: whatSchema },
      handler: async (ctx, { query }) => ({ json: await what(deps, ctx, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/audit/log',
      name: 'exportWholeLog',
      tag: 'audit',
      summary: 'The whole log, oldest first, one entry a line: what `lantai could-read` replays without the archive. Exporting is itself on record.',
      guard: 'audit.export',
      kind: 'api',
      streams: ['application/jsonl'],
      async handler(ctx) {
        const log = await exportWholeLog(readerOf(deps), ctx.actor);
        const name = `audit-log-${today(deps)}.jsonl`;
        return {
          stream: Readable.from(linesOf(log)),
          type: 'application/jsonl; charset=utf-8',
          headers: { 'Content-Disposition': `attachment; filename="${name}"` },
        };
      },
    }),
  ];
}
