import { z } from 'zod';
import {
  browse,
  CLIENT_TYPES,
  dossier,
  listIntakeBatches,
  listRecords,
  moveBatch,
  SERVICE_TYPES,
  viewBatch,
  type Batch,
  type BrowseCounts,
  type RecordFilter,
} from '../../../records/index.js';
import { CodedError } from '../../../errors/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { batchesPage, batchPage, browseListPage, browsePage, dossierPage, paths, type BatchRow, type RecordRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { fileCatalogueReply, fileNoteReply } from '../file-forms.js';
import { transferListReply } from '../transfer-list.js';
import { afterQuery, departmentsOf, formBody, pagingOf, rowOf, textOf } from './common.js';

const typeParam = z.enum(SERVICE_TYPES);
const clientParam = z.enum(CLIENT_TYPES);
const yearParams = z.strictObject({ type: typeParam, clientType: clientParam, year: z.coerce.number('wrong_type').int().min(1900).max(9999) });
type TypeCounts = BrowseCounts['types'][number];

function span(years: readonly { year: number }[]): { from: number; to: number } {
  const all = years.map(({ year }) => year);
  return { from: Math.min(...all), to: Math.max(...all) };
}

const yearsOf = (type: TypeCounts): { year: number }[] => type.clientTypes.flatMap((one) => one.years);

function browsePages(deps: HttpDeps): Route[] {
  const counts = async (ctx: RequestContext, type?: string): Promise<TypeCounts[]> => {
    const { types } = await browse(deps.records, ctx.actor);
    return type === undefined ? types : types.filter((one) => one.serviceType === type);
  };
  return [
    definePage({
      method: 'get',
      path: paths.browse,
      name: 'browsePage',
      guard: 'record.list',
      async handler(ctx) {
        const types = await counts(ctx);
        return page(deps, ctx, browsePage, {
          types: types.map((one) => ({ type: typeParam.parse(one.serviceType), count: one.count, ...span(yearsOf(one)) })),
        });
      },
    }),
    definePage({
      method: 'get',
      path: '/browse/:type',
      name: 'browseTypePage',
      guard: 'record.list',
      params: z.strictObject({ type: typeParam }),
      async handler(ctx, { params }) {
        const [found] = await counts(ctx, params.type);
        const clientTypes = (found?.clientTypes ?? []).map((one) => ({ type: clientParam.parse(one.clientType), count: one.count, ...span(one.years) }));
        return page(deps, ctx, browsePage, { type: params.type, clientTypes });
      },
    }),
    definePage({
      method: 'get',
      path: '/browse/:type/:clientType',
      name: 'browseClientsPage',
      guard: 'record.list',
      params: z.strictObject({ type: typeParam, clientType: clientParam }),
      async handler(ctx, { params }) {
        const [found] = await counts(ctx, params.type);
        const years = found?.clientTypes.find((one) => one.clientType === params.clientType)?.years ?? [];
        return page(deps, ctx, browsePage, { ...params, years: [...years].sort((a, b) => a.year - b.year) });
      },
    }),
    definePage({
      method: 'get',
      path: '/browse/:type/:clientType/:year',
      name: 'browseYearPage',
      guard: 'record.list',
      params: yearParams,
      query: afterQuery,
      async handler(ctx, { params, query }) {
        const { items, next } = await listRecords(deps.records, ctx.actor, { ...params, ...query } as RecordFilter);
        const { name } = await departmentsOf(deps, ctx);
        const rows = items.map((one) => ({ ...rowOf(one), department: name(one.department) }));
        return page(deps, ctx, browseListPage, {
          ...params,
          rows,
          paging: pagingOf(paths.browseYear(params.type, params.clientType, params.year), query, rows.length, next),
          mayPrint: deps.access.mayEver(ctx.actor, 'batch.confirm'),
        });
      },
    }),
    definePage({
      method: 'get',
      path: '/browse/:type/:clientType/:year/catalogue.pdf',
      name: 'fileCataloguePage',
      guard: 'batch.confirm',
      params: yearParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => fileCatalogueReply(deps, ctx, params),
    }),
    definePage({
      method: 'post',
      path: '/browse/:type/:clientType/:year/note',
      name: 'fileNoteForm',
      guard: 'batch.confirm',
      params: yearParams,
      bodyKind: 'form',
      body: formBody,
      streams: ['application/pdf'],
      handler: (ctx, { params, body }) => fileNoteReply(deps, ctx, params, textOf(body, 'note')),
    }),
    definePage({
      method: 'get',
      path: '/clients/:number',
      name: 'dossierPage',
      guard: 'dossier.view',
      params: z.strictObject({ number: z.string().max(64) }),
      query: afterQuery,
      async handler(ctx, { params, query }) {
        const found = await dossier(deps.records, ctx.actor, params.number, query.after);
        if (!found) throw new CodedError('not_found');
        const rows = found.items.map(rowOf);
        const rated = found.items.flatMap((one) => (one.evaluation === null ? [] : [one.evaluation]));
        const perYear = new Map<number, number>();
        const byChannel = new Map<string, number>();
        for (const { year, channel, count } of found.counts) {
          perYear.set(year, (perYear.get(year) ?? 0) + count);
          byChannel.set(channel, (byChannel.get(channel) ?? 0) + count);
        }
        return page(deps, ctx, dossierPage, {
          number: found.client,
          name: found.name === '' ? null : found.name,
          type: clientParam.catch('other').parse(found.clientType),
          total: found.total,
          meanEvaluation: rated.length === 0 ? null : rated.reduce((sum, one) => sum + one, 0) / rated.length,
          byChannel: [...byChannel].map(([channel, count]) => ({ channel: channel as RecordRow['channel'], count })),
          perYear: [...perYear].sort(([a], [b]) => a - b).map(([year, count]) => ({ year, count })),
          rows,
          paging: pagingOf(paths.client(params.number), query, rows.length, found.next),
        });
      },
    }),
  ];
}

async function batchRow(deps: HttpDeps, batches: readonly Batch[]): Promise<BatchRow[]> {
  const persons = batches.flatMap((one) => [one.handedOverBy, one.receivedBy]).filter((one) => one !== null);
  const names = await deps.accounts.namesOfPersons([...new Set(persons)]);
  const signed = (by: string | null, at: string | null): BatchRow['received'] => (by === null || at === null ? null : { name: names.get(by) ?? '', at });
  return batches.map((one) => ({
    id: one.id,
    number: one.number,
    department: one.sourceSystem,
    count: one.total,
    madeAt: one.openedAt,
    handedOver: signed(one.handedOverBy, one.handedOverAt),
    received: signed(one.receivedBy, one.receivedAt),
    state: one.state,
  }));
}

function batchPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.batches,
      name: 'batchesPage',
      guard: 'batch.view',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listIntakeBatches(deps.records, ctx.actor, query.after);
        return page(deps, ctx, batchesPage, { rows: await batchRow(deps, items), paging: pagingOf(paths.batches, query, items.length, next) });
      },
    }),
    definePage({
      method: 'get',
      path: '/batches/:id',
      name: 'batchPage',
      guard: 'batch.view',
      params: idParams,
      query: afterQuery,
      handler: async (ctx, { params, query }) => page(deps, ctx, batchPage, await batchModel(deps, ctx, params.id, query.after)),
    }),
    definePage({
      method: 'post',
      path: '/batches/:id/confirm',
      name: 'confirmBatchForm',
      guard: 'batch.view',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const { total } = await viewBatch(deps.records, ctx.actor, params.id);
        if (textOf(body, 'confirm') !== String(total)) {
          const form = { values: body, errors: [{ field: 'confirm', code: 'not_typed', params: { expected: String(total) } }] };
          return page(deps, ctx, batchPage, { ...(await batchModel(deps, ctx, params.id, undefined)), form }, { status: 422 });
        }
        await moveBatch(deps.records, ctx.actor, { batchId: params.id, step: textOf(body, 'role') === 'receive' ? 'confirm' : 'hand_over' });
        return redirectWith(paths.batch(params.id), { kind: 'good', code: 'batch_confirmed' });
      },
    }),
    definePage({
      method: 'get',
      path: '/batches/:id/transfer-list.pdf',
      name: 'transferListPage',
      guard: 'batch.view',
      params: idParams,
      handler: (ctx, { params }) => transferListReply(deps, ctx, params.id),
    }),
  ];
}

async function batchModel(deps: HttpDeps, ctx: RequestContext, id: string, after: string | undefined) {
  const batch = await viewBatch(deps.records, ctx.actor, id);
  const [row] = await batchRow(deps, [batch]);
  if (row === undefined) throw new CodedError('not_found');
  const { items, next } = await listRecords(deps.records, ctx.actor, { batch: id, ...(after === undefined ? {} : { after }) } as RecordFilter);
  const { common } = phrasesFor(ctx.lang);
  const list = items.map((one, index) => ({
    no: index + 1,
    id: one.id,
    code: one.archivalCode,
    title: one.title,
    date: one.closedAt,
    extent: say(common.files, { count: one.fileCount }),
    medium: one.medium,
    term: one.keptUntil,
    note: one.archivalCode === null ? phrasesFor(ctx.lang).values.recordState[one.state] : '',
  }));
  const settled = batch.waiting + batch.sentBack === 0 && batch.total > 0;
  return {
    ...row,
    archived: batch.archived,
    waiting: batch.waiting,
    sentBack: batch.sentBack,
    files: batch.files,
    list,
    paging: pagingOf(paths.batch(id), { after }, list.length, next),
    mayHandOver: batch.state === 'open' && settled && deps.access.mayEver(ctx.actor, 'batch.hand_over'),
    mayReceive: batch.state === 'handed_over' && batch.handedOverBy !== ctx.actor.personId && deps.access.mayEver(ctx.actor, 'batch.confirm'),
  };
}

/** Repositories, dossiers, batches and lateness. */
export function shelfPages(deps: HttpDeps): Route[] {
  return [...browsePages(deps), ...batchPages(deps)];
}
