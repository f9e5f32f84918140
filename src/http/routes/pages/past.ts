import { z } from 'zod';
import { check, invalidField } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import {
  askWhatCouldRead,
  askWhoCouldRead,
  OTHER_DEPARTMENTS,
  recordOfCode,
  type Answered,
  type CouldRead,
  type WhatCouldRead,
  type WhoCouldRead,
} from '../../../reports/index.js';
import { pastPage, paths, type PastAnswer, type PastModel, type PastPersonRow, type PastReason } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { PAST_FORMATS, pageOfPersons, pastExport } from '../past.js';
import { usageDeps } from '../usage.js';
import { refusedAt, standingAt } from './acts.js';
import { findsRecords, queryOf } from './audit-find.js';
import { attempt, departmentsOf, formBody, linkTo, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

/** The address of an answer: ids and pseudonyms, never a name or a number. */
const pastQuery = z.strictObject({
  record: z.uuid('not_a_uuid').optional(),
  person: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'invalid')
    .optional(),
  day: z.iso.date('not_a_date').optional(),
  purpose: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'invalid')
    .optional(),
});
type Query = z.infer<typeof pastQuery>;
type Texts = ReturnType<typeof phrasesFor>['pages']['past'];
type Span = CouldRead['whys'][number]['spans'][number];

interface Words {
  t: Texts;
  department: (code: string | undefined) => string;
  role: (code: string) => string;
  purpose: (code: string) => string;
  time: (at: Date) => string;
  list: (codes: readonly string[], texts: Readonly<Record<string, string>>) => string;
  day: { from: Date; to: Date };
}

async function wordsOf(deps: HttpDeps, ctx: RequestContext, day: Words['day']): Promise<Words> {
  const phrases = phrasesFor(ctx.lang);
  const t = phrases.pages.past;
  const departments = await departmentsOf(deps, ctx);
  const format = new Intl.DateTimeFormat(ctx.lang, { timeZone: deps.config.timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const wordOf = (texts: Readonly<Record<string, string>>, code: string): string => (Object.hasOwn(texts, code) ? (texts[code] ?? code) : code);
  return {
    t,
    day,
    department: (code) =>
      code === undefined ? t.unknownDepartment : code === '' ? t.noDepartment : code === OTHER_DEPARTMENTS ? t.otherDepartments : departments.name(code),
    role: (code) => wordOf(phrases.access.roles, code),
    purpose: (code) => purposeText(deps, ctx, code),
    time: (at) => format.format(at),
    list: (codes, texts) => codes.map((code) => wordOf(texts, code)).join(' · '),
  };
}

function timesOf(words: Words, spans: readonly Span[]): string {
  const [only] = spans;
  if (spans.length === 1 && only !== undefined && only.from <= words.day.from && only.to >= words.day.to) return words.t.whole;
  return spans.map(({ from, to }) => `${words.time(from)} – ${words.time(to)}`).join(', ');
}

function reasonOf(words: Words, one: CouldRead['whys'][number]): PastReason {
  const { t } = words;
  const common = {
    purposes: one.purposes === null ? t.everyPurpose : one.purposes.map(words.purpose).join(' · '),
    certain: one.certain,
    times: timesOf(words, one.spans),
    entries: one.entries.map(({ log, sequence }) => ({ log, sequence: String(sequence) })),
  };
  if (one.by === 'grant') {
    const kind = (t.grantKinds as Readonly<Record<string, string>>)[one.kind] ?? one.kind;
    return { ...common, id: one.grant, text: `${t.by.grant} · ${kind}`, more: one.grant };
  }
  const text = `${words.role(one.role)} · ${t.by[one.by]}`;
  if (one.by === 'unknown_rule') return { ...common, id: `${one.account}/${one.role}`, text, more: one.policy };
  return {
    ...common,
    id: `${one.account}/${one.rule}/${one.policy}/${one.standing}`,
    text: `${text} ${one.rule}`,
    more: `${t.columns.standing} ${one.standing} · ${one.policy.slice(0, 24)}…`,
  };
}

function basisOf(words: Words, answer: Answered<WhoCouldRead | WhatCouldRead>): Pick<PastAnswer, 'basis' | 'policy' | 'notes'> {
  const { t } = words;
  const { from, to } = answer.day;
  return {
    basis: say(t.basis, {
      log: answer.upTo?.log ?? '—',
      sequence: answer.upTo === null ? '—' : String(answer.upTo.sequence),
      from: words.time(from),
      to: words.time(to),
    }),
    policy: say(t.policy, { version: answer.policy?.version ?? '—' }),
    notes: answer.notes.map((note) => t.notes[note]),
  };
}

function recordFacts(ctx: RequestContext, words: Words, record: NonNullable<WhoCouldRead['record']>): { term: string; value: string }[] {
  const { values } = phrasesFor(ctx.lang);
  const { attributes, restricted, state } = record;
  return [
    { term: words.t.record, value: record.id },
    { term: words.t.departments, value: words.department(attributes.department) },
    { term: words.t.types, value: words.list([attributes.service_type ?? '?'], values.serviceType) },
    { term: words.t.sensitivities, value: words.list([attributes.sensitivity ?? '?'], values.sensitivity) },
    { term: words.t.recordNow, value: `${words.list([state], values.recordState)}${restricted === true ? ` · ${words.t.restricted.yes}` : ''}` },
  ];
}

async function aboutRecord(
  deps: HttpDeps,
  ctx: RequestContext,
  query: Query & { record: string; day: string },
  after: string | undefined,
): Promise<PastAnswer> {
  const answer = await askWhoCouldRead(usageDeps(deps), ctx.actor, query);
  const words = await wordsOf(deps, ctx, answer.day);
  const { items, next } = pageOfPersons(answer.persons, after);
  const names = await deps.accounts.namesOf(items.map((one) => one.person));
  const seesPeople = deps.access.mayEver(ctx.actor, 'person.view');
  return {
    ...basisOf(words, answer),
    about: 'record',
    facts: answer.record === null ? [{ term: words.t.record, value: query.record }] : recordFacts(ctx, words, answer.record),
    total: answer.persons.length,
    persons: items.map((one): PastPersonRow => ({
      person: one.person,
      name: names.get(one.person) ?? one.person,
      href: one.personId !== null && seesPeople ? paths.person(one.personId) : null,
      department: words.department(one.department),
      reasons: one.whys.map((why) => reasonOf(words, why)),
    })),
    paging: { ...pagingOf(paths.past, { ...query, after }, items.length, next), total: answer.persons.length },
  };
}

async function aboutPerson(deps: HttpDeps, ctx: RequestContext, query: Query & { person: string; day: string }): Promise<PastAnswer> {
  const answer = await askWhatCouldRead(usageDeps(deps), ctx.actor, query);
  const words = await wordsOf(deps, ctx, answer.day);
  const { values } = phrasesFor(ctx.lang);
  const name = (await deps.accounts.namesOf([answer.person])).get(answer.person) ?? answer.person;
  return {
    ...basisOf(words, answer),
    about: 'person',
    name,
    facts: [
      { term: words.t.columns.name, value: name },
      { term: words.t.columns.department, value: words.department(answer.department) },
      { term: words.t.columns.role, value: answer.roles.map(words.role).join(' · ') || '—' },
    ],
    byRole: answer.byRole.map((one) => ({
      reason: reasonOf(words, { ...one.why, spans: one.spans }),
      departments: one.departments.map(words.department).join(' · '),
      types: words.list(one.types, values.serviceType),
      sensitivities: words.list(one.sensitivities, values.sensitivity),
      stages: words.list(one.stages, words.t.stage),
    })),
    grants: answer.grants.map((one) => ({
      id: one.grant,
      kind: one.kind,
      records: one.records,
      reason: reasonOf(words, { by: 'grant', certain: true, purposes: [one.purpose], ...one }),
    })),
  };
}

async function optionsFor(deps: HttpDeps, ctx: RequestContext): Promise<Pick<PastModel, 'purposes'>> {
  return { purposes: Object.entries(deps.records.schemes.newest.purposes).map(([value, one]) => ({ value, text: one[ctx.lang] })) };
}

async function show(deps: HttpDeps, ctx: RequestContext, { after, ...query }: Query & { after?: string | undefined }): Promise<Reply> {
  const { record, person, day } = query;
  const answer =
    day === undefined
      ? null
      : record !== undefined
        ? await aboutRecord(deps, ctx, { ...query, record, day }, after)
        : person === undefined
          ? null
          : await aboutPerson(deps, ctx, { ...query, person, day });
  const mayExport = answer?.about === 'record' && answer.total > 0 && deps.access.mayEver(ctx.actor, 'usage.export');
  const exportOf = (format: (typeof PAST_FORMATS)[number]): string => linkTo(paths.pastExport, { ...query, format });
  const today = deps.hours().dayOf(deps.now());
  return page(deps, ctx, pastPage, {
    ...(await optionsFor(deps, ctx)),
    form: { values: { ...query, person: query.person ?? '', day: query.day ?? today }, errors: [] },
    answer,
    exports: mayExport ? { xlsx: exportOf('xlsx'), csv: exportOf('csv'), json: exportOf('json') } : null,
  });
}

/** A record by its id, its archival code or, for whoever may find records, its service number. */
async function recordTyped(deps: HttpDeps, ctx: RequestContext, typed: string): Promise<string> {
  if (z.uuid().safeParse(typed).success) return typed.toLowerCase();
  if (!findsRecords(deps, ctx)) return recordOfCode(usageDeps(deps), ctx.actor, typed);
  const { records } = await queryOf(deps, ctx, { record: typed });
  return records?.split(',')[0] ?? '';
}

async function personTyped(deps: HttpDeps, ctx: RequestContext, typed: string): Promise<string> {
  const { actors } = await queryOf(deps, ctx, { who: typed });
  const found = actors?.split(',') ?? [];
  if (found.length > 1) throw invalidField('person', 'too_many', { max: 1 });
  return found[0] ?? '';
}

/** What was typed, as an answer with an address: names and numbers become pseudonyms and ids. */
async function find(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const tried = await attempt(async () => {
    const about = textOf(body, 'about') === 'person' ? 'person' : 'record';
    const typed = textOf(body, about);
    if (typed === '') throw invalidField(about, 'missing');
    const named = about === 'person' ? { person: await personTyped(deps, ctx, typed) } : { record: await recordTyped(deps, ctx, typed) };
    const day = textOf(body, 'day');
    if (day === '') throw invalidField('day', 'missing');
    const purpose = textOf(body, 'purpose');
    const query = check(pastQuery, { ...named, day, ...(purpose === '' ? {} : { purpose }) });
    if (deps.hours().startOf(day) > deps.now()) throw invalidField('day', 'in_the_future');
    return linkTo(paths.past, query);
  });
  if ('done' in tried) return { redirect: tried.done };
  if (tried.refused.fields.length === 0) return refusedAt(paths.past, tried.refused);
  const model: PastModel = { ...(await optionsFor(deps, ctx)), form: refusedForm(body, tried.refused, { who: 'person' }), answer: null, exports: null };
  return page(deps, standingAt(ctx, paths.past), pastPage, model, { status: 422 });
}

/** Who could have read it: asked by record or by person, answered from the log. */
export function pastPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.past,
      name: 'pastPage',
      guard: 'usage.view',
      query: pastQuery.extend({ after: z.string().max(64, 'too_long').optional() }),
      handler: (ctx, { query }) => show(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: paths.past,
      name: 'pastForm',
      guard: 'usage.view',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => find(deps, ctx, body),
    }),
    definePage({
      method: 'get',
      path: paths.pastExport,
      name: 'pastExportPage',
      guard: 'usage.export',
      query: pastQuery.extend({ format: z.enum(PAST_FORMATS).default('xlsx') }),
      handler(ctx, { query: { format, record, day, purpose } }) {
        if (day === undefined) throw invalidField('day', 'missing');
        return pastExport(deps, ctx, { record, day, purpose }, format, ctx.lang);
      },
    }),
  ];
}
