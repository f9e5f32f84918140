import { Readable } from 'node:stream';
import { z } from 'zod';
import { REQUEST_KINDS } from '../../access/index.js';
import { csvStream, flatten, useFormPdf, useRegisterPdf, xlsxStream, type ExportColumn, type UseRow } from '../../documents/index.js';
import { phrasesFor, say, type AllPhrases, type Lang } from '../../phrases/index.js';
import { dayEnd, dayStart } from '../../records/index.js';
import { exportRegister, REQUEST_FORMS, REQUEST_STATES, viewRequest, type RegisterEntry, type RegisterFilter } from '../../requests/index.js';
import type { HttpDeps } from '../deps.js';
import { attached, both } from '../printed.js';
import { purposeNames } from '../purposes.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';

export const REGISTER_FORMATS = ['xlsx', 'csv', 'json', 'pdf'] as const;
type Format = (typeof REGISTER_FORMATS)[number];
const TYPES = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  pdf: 'application/pdf',
} as const satisfies Record<Format, string>;

const day = z.iso.date('not_a_date').optional();
/** What the register can be asked for; days are those on which the application was made. */
export const registerFields = {
  kind: z.enum(REQUEST_KINDS, 'unknown_value').optional(),
  state: z.enum(REQUEST_STATES, 'unknown_value').optional(),
  form: z.enum(REQUEST_FORMS, 'unknown_value').optional(),
  from: day,
  to: day,
};
export const registerQuery = z.strictObject(registerFields);
export type RegisterQuery = z.infer<typeof registerQuery>;

export function registerFilter(deps: HttpDeps, { from, to, ...rest }: RegisterQuery): RegisterFilter {
  const zone = deps.config.timeZone;
  return { ...rest, ...(from === undefined ? {} : { from: dayStart(from, zone) }), ...(to === undefined ? {} : { to: dayEnd(to, zone) }) };
}

const resultText = (p: AllPhrases, result: string | null): string | undefined =>
  result === null ? '' : p.pages.reading.giveBack.results[result as keyof AllPhrases['pages']['reading']['giveBack']['results']];

const purposeBoth = (deps: HttpDeps, code: string): string => {
  const { zh, en } = purposeNames(deps, code);
  return zh === en ? zh : `${zh} ${en}`;
};

/** Form 5 查阅申请审批单: one application and its approval, as a PDF signed by the archive. */
export async function useFormReply(deps: HttpDeps, ctx: RequestContext, id: string): Promise<Reply> {
  const one = await viewRequest(deps.requests, ctx.actor, id, 'request.print');
  const steps = one.steps ?? [];
  const names = await deps.accounts.namesOfPersons([one.applicant, ...steps.flatMap((step) => (step.decidedBy === null ? [] : [step.decidedBy]))]);
  const departments = new Map((await deps.accounts.departmentNames()).map((department) => [department.code, `${department.names.zh} ${department.names.en}`]));
  const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
  const given = one.grantId !== null || (one.form === 'paper' && ['approved', 'expired', 'returned'].includes(one.state));
  const outsider = one.outsider;
  const body = await useFormPdf(
    {
      archive: deps.config.archiveName,
      zone: deps.config.timeZone,
      madeAt: deps.now(),
      number: one.number,
      reader: [outsider?.name, outsider?.organisation, names.get(one.applicant)].filter(Boolean).join(' · '),
      department: departments.get(one.department) ?? one.department,
      contact: outsider?.contact ?? '',
      kind: one.kind === null ? both((p) => p.pages.requests.notTold) : both((p) => p.pages.requests.kinds[one.kind ?? 'internal']),
      way: both((p) => p.pages.requests.forms[one.form]),
      purpose: purposeBoth(deps, one.purpose),
      reason: [one.reason, one.ticket].filter((text) => text !== '').join(' · '),
      basis:
        one.basis === null ? '' : `${both((p) => (p.values.disclosureBasis as Record<string, string>)[one.basis ?? ''], one.basis)} ${one.assessment}`.trim(),
      state: both((p) => p.pages.requests.states[one.state]),
      result: `${both((p) => resultText(p, one.result))} ${one.resultNote}`.trim(),
      from: new Date(one.from),
      to: new Date(one.to),
      lent: given ? date(one.decidedAt) : null,
      back: one.state === 'returned' ? date(one.endedAt) : null,
      records: one.items.map((item) => ({
        code: item.code,
        title: item.title,
        sensitivity: both((p) => (p.values.sensitivity as Record<string, string>)[item.sensitivity], item.sensitivity),
        place: '',
        note: item.kept ? '' : both((p) => p.pages.requests.takenOut),
      })),
      notShown: one.notShown ?? 0,
      steps: steps.map((step) => ({
        who: `${both((p) => (p.access.roles as Record<string, string>)[step.role], step.role)} ${step.department === null ? '' : (departments.get(step.department) ?? step.department)}`.trim(),
        name: step.decidedBy === null ? '' : (names.get(step.decidedBy) ?? ''),
        opinion: [both((p) => p.pages.requests.stepStates[step.state]), step.reason].filter((text) => text !== '').join(' · '),
        at: date(step.decidedAt),
      })),
    },
    deps.signer,
  );
  return { body, type: TYPES.pdf, headers: attached(`${phrasesFor(ctx.lang).documents.useForm.title}-${one.number}.pdf`, TYPES.pdf) };
}

/** A line with the names that stand behind its ids. */
interface Named extends RegisterEntry {
  reader: string;
  stoodBy: string;
}

async function* named(deps: HttpDeps, entries: AsyncIterable<RegisterEntry[]>, lang: Lang): AsyncGenerator<Named[]> {
  const outside = phrasesFor(lang).pages.requests.fromOutside;
  for await (const batch of entries) {
    const names = await deps.accounts.namesOfPersons([...new Set(batch.flatMap((one) => [one.applicant, ...one.supervisors]))]);
    const of = (person: string): string => names.get(person) ?? '';
    yield batch.map((one) => {
      const visitor = [one.outsider?.name, one.outsider?.organisation].filter(Boolean).join(' · ') || outside;
      return { ...one, reader: one.kind === 'external' ? `${visitor} (${of(one.applicant)})` : of(one.applicant), stoodBy: one.supervisors.map(of).join(', ') };
    });
  }
}

function columnsFor(deps: HttpDeps, lang: Lang): ExportColumn<Named>[] {
  const p = phrasesFor(lang);
  const t = p.pages.requests;
  const time = (text: string | null): string => (text === null ? '' : timeIn(deps, text));
  return [
    { head: t.columns.number, value: (one) => one.number, width: 16 },
    { head: t.columns.state, value: (one) => t.states[one.state], width: 14 },
    { head: t.columns.kind, value: (one) => (one.kind === null ? t.notTold : t.kinds[one.kind]), width: 10 },
    { head: t.columns.form, value: (one) => t.forms[one.form], width: 10 },
    { head: t.columns.applicant, value: (one) => one.reader, width: 26 },
    { head: p.documents.useForm.department, value: (one) => one.department, width: 14 },
    { head: p.documents.visitSlip.supervisor, value: (one) => one.stoodBy, width: 14 },
    { head: t.columns.purpose, value: (one) => purposeNames(deps, one.purpose)[lang], width: 20 },
    { head: t.columns.records, value: (one) => one.records, width: 8 },
    { head: p.documents.useRegister.record, value: (one) => one.codes.join(' '), width: 40 },
    { head: t.columns.submitted, value: (one) => time(one.submittedAt), width: 18 },
    { head: t.columns.decided, value: (one) => time(one.decidedAt), width: 18 },
    { head: t.facts.from, value: (one) => time(one.from), width: 18 },
    { head: t.facts.to, value: (one) => time(one.to), width: 18 },
    { head: p.documents.useForm.back, value: (one) => (one.state === 'returned' ? time(one.endedAt) : ''), width: 18 },
    { head: t.facts.result, value: (one) => `${resultText(p, one.result) ?? ''} ${one.note}`.trim(), width: 30 },
  ];
}

const timeIn = (deps: HttpDeps, text: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(text));

async function* jsonLines(entries: AsyncIterable<RegisterEntry[]>): AsyncGenerator<string> {
  let first = true;
  yield '[';
  for await (const one of flatten(entries)) {
    yield `${first ? '\n' : ',\n'}${JSON.stringify(one)}`;
    first = false;
  }
  yield '\n]\n';
}

/** Codes that a printed line holds. */
const PRINTED_CODES = 6;

async function* printed(deps: HttpDeps, entries: AsyncIterable<Named[]>): AsyncGenerator<UseRow> {
  const words = (pick: (t: AllPhrases['documents']['useRegister']) => string, params: Record<string, string | number>): string =>
    both((p) => say(pick(p.documents.useRegister), params));
  for await (const one of flatten(entries)) {
    const more = (one.records ?? 0) - Math.min(one.codes.length, PRINTED_CODES);
    yield {
      number: one.number,
      reader: one.stoodBy === '' ? one.reader : `${one.reader}\n${words((t) => t.supervised, { name: one.stoodBy })}`,
      codes: [...one.codes.slice(0, PRINTED_CODES), ...(more > 0 ? [words((t) => t.more, { count: more })] : [])].join('\n'),
      purpose: purposeBoth(deps, one.purpose),
      result: one.result === null ? both((p) => p.pages.requests.states[one.state]) : `${both((p) => resultText(p, one.result))} ${one.note}`.trim(),
      date: timeIn(deps, one.endedAt ?? one.submittedAt),
    };
  }
}

/** The register in one of its formats; the export stands in the log before its first line. */
export async function registerReply(deps: HttpDeps, ctx: RequestContext, query: RegisterQuery, format: Format, lang: Lang = ctx.lang): Promise<Reply> {
  const entries = await exportRegister(deps.requests, ctx.actor, registerFilter(deps, query), format);
  const headers = attached(`${phrasesFor(lang).documents.useRegister.title}-${timeIn(deps, deps.now().toISOString()).slice(0, 10)}.${format}`, TYPES[format]);
  const reply = { type: TYPES[format], headers };
  if (format === 'json') return { ...reply, stream: Readable.from(jsonLines(entries)) };
  if (format === 'pdf') {
    const scope = Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`)
      .join('  ');
    const { archiveName: archive, timeZone: zone } = deps.config;
    const rows = printed(deps, named(deps, entries, 'zh'));
    return { ...reply, body: await useRegisterPdf({ archive, zone, madeAt: deps.now(), scope, rows }, deps.signer) };
  }
  const rows = flatten(named(deps, entries, lang));
  const columns = columnsFor(deps, lang);
  return { ...reply, stream: format === 'csv' ? csvStream(columns, rows) : xlsxStream('register', columns, rows) };
}

/** What the office prints and takes away: the form of one application, the register. */
export function requestRegisterRoutes(deps: HttpDeps): Route[] {
  const api = { kind: 'api', tag: 'requests' } as const;
  return [
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/register/export',
      name: 'exportRequestRegister',
      summary: 'Take the register of use away as XLSX, CSV or JSON, or as a signed PDF; exporting is itself on record.',
      guard: 'request.register',
      query: registerQuery.extend({ format: z.enum(REGISTER_FORMATS).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: Object.values(TYPES).map((type) => type.replace(/;.*/, '')),
      handler: (ctx, { query: { format, lang, ...query } }) => registerReply(deps, ctx, query, format, lang ?? ctx.lang),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/:id/form.pdf',
      name: 'printRequestForm',
      summary: 'The form of one application with its approval as a signed PDF: for its applicant, for whoever decides on it, for the register.',
      guard: 'signed-in',
      params: idParams,
      streams: [TYPES.pdf],
      handler: (ctx, { params }) => useFormReply(deps, ctx, params.id),
    }),
  ];
}
