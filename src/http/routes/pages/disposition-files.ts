import type { Readable } from 'node:stream';
import { z } from 'zod';
import { appraisalReport, exportAppraisal, exportRegister, registerForm, type ExportedItem, type RegisterItemView } from '../../../disposition/index.js';
import { csvStream, xlsxStream, type ExportColumn } from '../../../documents/index.js';
import { phrasesFor, say, type Lang } from '../../../phrases/index.js';
import { dayText } from '../../../records/index.js';
import type { HttpDeps } from '../../deps.js';
import { definePage, idParams, type Reply, type Route } from '../../route.js';

const TYPES = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', csv: 'text/csv; charset=utf-8' } as const;
const formatQuery = z.strictObject({ format: z.enum(['xlsx', 'csv']).default('xlsx') });
const STREAMS = ['application/octet-stream'];

function table<Row>(name: string, format: 'xlsx' | 'csv', columns: ExportColumn<Row>[], rows: readonly Row[]): Reply {
  async function* each(): AsyncGenerator<Row> {
    yield* rows;
  }
  const stream = format === 'csv' ? csvStream(columns, each()) : xlsxStream(name, columns, each());
  return { stream, type: TYPES[format], headers: { 'Content-Disposition': `attachment; filename="${name}.${format}"` } };
}

function pdf(file: { body: Readable; number: string }): Reply {
  return {
    stream: file.body,
    type: 'application/pdf',
    headers: { 'Content-Disposition': `attachment; filename="${file.number}.pdf"`, 'Cache-Control': 'no-store' },
  };
}

function appraisalColumns(lang: Lang, zone: string): ExportColumn<ExportedItem>[] {
  const phrases = phrasesFor(lang);
  const t = phrases.pages.disposition.appraisal;
  const types: Readonly<Record<string, string>> = phrases.values.serviceType;
  const f = phrases.dispositionForms.report.columns;
  return [
    { head: f.no, value: (one) => one.position },
    { head: f.code, value: (one) => one.archivalCode },
    { head: f.title, value: (one) => one.title ?? '' },
    { head: t.items.columns.type, value: (one) => types[one.serviceType] ?? one.serviceType },
    { head: t.items.columns.closed, value: (one) => dayText(new Date(one.closedAt), zone) },
    { head: t.items.columns.until, value: (one) => one.termUntil },
    { head: t.items.columns.proposal, value: (one) => t.proposals[one.proposal ?? 'none'] },
    { head: f.until, value: (one) => one.newUntil ?? '' },
    { head: t.decide.reason, value: (one) => one.reason },
    { head: t.decide.basis, value: (one) => one.basis },
    { head: t.items.columns.outcome, value: (one) => (one.outcome === null ? '' : t.outcomes[one.outcome]) },
    { head: f.dissent, value: (one) => one.dissents },
  ];
}

function registerColumns(lang: Lang, zone: string): ExportColumn<RegisterItemView>[] {
  const phrases = phrasesFor(lang);
  const f = phrases.dispositionForms.register.columns;
  const t = phrases.pages.disposition.register;
  const values = phrases.values as unknown as Readonly<Record<'medium' | 'sensitivity', Readonly<Record<string, string>>>>;
  const changes: Readonly<Record<string, string>> = t.changes;
  return [
    { head: f.no, value: (one) => one.position },
    { head: f.code, value: (one) => one.archivalCode },
    { head: f.title, value: (one) => one.title ?? '' },
    { head: f.department, value: (one) => one.department },
    { head: f.date, value: (one) => dayText(new Date(one.closedAt), zone) },
    { head: f.medium, value: (one) => values.medium[one.medium] ?? one.medium },
    { head: f.extent, value: (one) => one.files },
    { head: f.sensitivity, value: (one) => values.sensitivity[one.sensitivity] ?? one.sensitivity },
    { head: f.term, value: (one) => one.termUntil },
    { head: f.appraised, value: (one) => (one.appraisedAt === null ? '' : dayText(new Date(one.appraisedAt), zone)) },
    { head: f.ground, value: (one) => (one.erasure === null ? one.ground : say(phrases.dispositionForms.register.erasure, { number: one.erasure })) },
    { head: t.items.columns.state, value: (one) => t.itemStates[one.state] },
    { head: t.answer.reason, value: (one) => [...one.changed.map((change) => changes[change] ?? change), one.reason].filter((text) => text !== '').join(' ') },
  ];
}

/** Tables and signed documents of appraisals and registers. */
export function dispositionFilePages(deps: HttpDeps): Route[] {
  const { disposition } = deps;
  return [
    definePage({
      method: 'get',
      path: '/appraisals/:id/items',
      name: 'exportAppraisal',
      guard: 'signed-in',
      params: idParams,
      query: formatQuery,
      streams: STREAMS,
      async handler(ctx, { params, query }) {
        const { number, items } = await exportAppraisal(disposition, ctx.actor, params.id);
        return table(number, query.format, appraisalColumns(ctx.lang, deps.config.timeZone), items);
      },
    }),
    definePage({
      method: 'get',
      path: '/appraisals/:id/report.pdf',
      name: 'appraisalReport',
      guard: 'signed-in',
      params: idParams,
      streams: STREAMS,
      handler: async (ctx, { params }) => pdf(await appraisalReport(disposition, ctx.actor, params.id)),
    }),
    definePage({
      method: 'get',
      path: '/destruction/:id/items',
      name: 'exportRegister',
      guard: 'signed-in',
      params: idParams,
      query: formatQuery,
      streams: STREAMS,
      async handler(ctx, { params, query }) {
        const { number, items } = await exportRegister(disposition, ctx.actor, params.id);
        return table(number, query.format, registerColumns(ctx.lang, deps.config.timeZone), items);
      },
    }),
    definePage({
      method: 'get',
      path: '/destruction/:id/register.pdf',
      name: 'registerForm',
      guard: 'signed-in',
      params: idParams,
      streams: STREAMS,
      handler: async (ctx, { params }) => pdf(await registerForm(disposition, ctx.actor, params.id)),
    }),
  ];
}
