import { importStanding, rejectsOf, viewImport, viewImports, type Counts, type DryRun, type ImportReceipt, type KeptUpload } from '../../../records/index.js';
import { importPage, importsPage, newImportPage, paths, type FormState, type ImportModel, type ImportRow } from '../../../ui/index.js';
import { CodedError, isCoded } from '../../../errors/index.js';
import { formatFor } from '../../../phrases/index.js';
import { readCursorPair, writeCursorPair } from '../../cursor.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { z } from 'zod';
import { mappingNames, readImportUpload, rejectReply } from '../imports.js';
import { afterQuery, attempt, departmentsOf, pagingOf, refusedForm } from './common.js';

const STATES: Record<string, ImportRow['state']> = {
  running: 'running',
  stopped: 'stopped',
  done: 'done',
  finished: 'done',
  refused: 'refused',
  failed: 'failed',
  checking: 'checking',
};

function countsOf(counts: Counts): Pick<ImportRow, 'rows' | 'records' | 'rejected'> {
  return { rows: counts.rowsTotal, records: counts.captured + counts.received, rejected: counts.rowsRejected };
}

/** A receipt as the pages show it, with what is known of a running import. */
function rowOf(deps: HttpDeps, receipt: ImportReceipt): ImportRow & { counts: Counts } {
  const progress = deps.imports.progress(receipt.id);
  const counts = progress?.phase === 'taking' ? progress.counts : receipt.counts;
  return {
    id: receipt.id,
    file: receipt.source.name,
    mapping: receipt.mapping.name,
    state: progress?.phase === 'checking' ? 'checking' : progress ? 'running' : (STATES[receipt.state] ?? 'stopped'),
    ...countsOf(counts),
    startedAt: receipt.startedAt.toISOString(),
    by: receipt.source.system,
    counts,
  };
}

async function importModel(deps: HttpDeps, ctx: RequestContext, id: string, receipt: ImportReceipt): Promise<ImportModel> {
  const rejects = await rejectsOf(deps.imports.deps, ctx.actor, id, 0);
  const { counts, ...row } = rowOf(deps, receipt);
  const progress = deps.imports.progress(id);
  const taking = progress?.phase === 'taking' ? progress : undefined;
  const mayRun = deps.access.mayEver(ctx.actor, 'import.run');
  return {
    ...row,
    bytes: receipt.source.bytes,
    preview: null,
    waitsUntil: null,
    progress: {
      rows: counts.rowsTaken + counts.rowsRejected,
      totalRows: counts.rowsTotal || null,
      inRecords: counts.rowsTaken,
      replayed: counts.replayed,
      rowsPerSecond: taking?.rowsPerSecond ?? null,
      secondsLeft: taking?.secondsLeft ?? null,
    },
    refusedWhy: receipt.reason,
    rejects: {
      byCode: rejects.byCode.map((one) => ({ code: one.code, field: 'files', count: one.rows })),
      first: rejects.rows.slice(0, 50).map((one) => ({ row: one.row, errors: one.fields.length > 0 ? one.fields : [{ field: 'serviceNo', code: one.code }] })),
      file: mayRun && rejects.byCode.length > 0,
    },
    batchId: receipt.batch?.id ?? null,
    mayRun,
  };
}

/** A dry run takes nothing in; its result is the answer itself, and the file waits for its import. */
function dryModel(deps: HttpDeps, name: string, done: DryRun & { waiting: KeptUpload | null }): ImportModel {
  return {
    id: done.waiting?.id ?? '',
    file: name,
    mapping: done.mapping.name,
    state: 'checked',
    ...countsOf(done.counts),
    startedAt: deps.now().toISOString(),
    by: '',
    bytes: 0,
    preview: { format: done.format, encoding: done.encoding, unmapped: done.unmapped, rows: done.preview },
    waitsUntil: done.waiting?.expiresAt.toISOString() ?? null,
    progress: {
      rows: done.counts.rowsTotal,
      totalRows: done.counts.rowsTotal,
      inRecords: done.counts.rowsTaken,
      replayed: done.counts.replayed,
      rowsPerSecond: null,
      secondsLeft: null,
    },
    refusedWhy: null,
    rejects: {
      byCode: Object.entries(done.byCode).map(([code, count]) => ({ code, field: 'files', count })),
      first: done.rejects.slice(0, 50).map((one) => ({ row: one.row, errors: one.fields.length > 0 ? one.fields : [{ field: 'serviceNo', code: one.code }] })),
      file: false,
    },
    batchId: null,
    mayRun: done.waiting !== null,
  };
}

async function newImport(deps: HttpDeps, ctx: RequestContext, form: FormState, status = 200) {
  const { options } = await departmentsOf(deps, ctx);
  const mappings = (await mappingNames(deps)).map((name) => ({ value: name, text: name }));
  return page(deps, ctx, newImportPage, { form, mappings, departments: options, maxBytes: deps.config.limits.importBytes }, { status });
}

/** A file that no longer waits is no missing page: it has to be chosen again. */
function waitingGone(error: unknown): never {
  if (isCoded(error, 'not_found')) throw new CodedError('wrong_state', { params: { state: 'expired', step: 'import' } });
  throw error;
}

/** Importing: the form, the dry run, the running import with its progress, receipt and rejected rows. */
export function importPages(deps: HttpDeps): Route[] {
  const { imports } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.imports,
      name: 'importsPage',
      guard: 'import.view',
      query: afterQuery,
      async handler(ctx, { query }) {
        const found = await viewImports(imports.deps, ctx.actor, readCursorPair(query.after));
        const rows = found.items.map((one) => rowOf(deps, one));
        return page(deps, ctx, importsPage, {
          rows,
          paging: pagingOf(paths.imports, query, rows.length, writeCursorPair(found.next)),
          mayImport: deps.access.mayEver(ctx.actor, 'import.run'),
        });
      },
    }),
    definePage({
      method: 'get',
      path: paths.newImport,
      name: 'newImportPage',
      guard: 'import.run',
      handler: (ctx) => newImport(deps, ctx, { values: { dryRun: '1' }, errors: [] }),
    }),
    definePage({
      method: 'post',
      path: paths.imports,
      name: 'importForm',
      guard: 'import.run',
      bodyKind: 'multipart',
      async handler(ctx) {
        const tried = await attempt(async () => {
          const upload = await readImportUpload(deps, ctx);
          const input = { name: upload.file.filename, body: upload.file.body, options: upload.options };
          if (upload.dryRun) return { name: upload.file.filename, dry: await imports.tryOut(ctx.actor, input, { keep: true }) };
          return { id: await imports.start(ctx.actor, input) };
        });
        if ('refused' in tried) {
          const { refused } = tried;
          const fields = refused.fields.length > 0 ? refused.fields : [{ field: 'file', code: 'unreadable' }];
          return newImport(deps, ctx, { ...refusedForm({ dryRun: '1' }, refused, { body: 'file' }), errors: fields }, refused.status);
        }
        if (tried.done.id !== undefined) return redirectWith(paths.import(tried.done.id), { kind: 'good', code: 'import_started' });
        return page(deps, ctx, importPage, dryModel(deps, tried.done.name, tried.done.dry));
      },
    }),
    definePage({
      method: 'get',
      path: '/imports/:id',
      name: 'importPage',
      guard: 'import.view',
      params: idParams,
      handler: async (ctx, { params }) =>
        page(deps, ctx, importPage, await importModel(deps, ctx, params.id, await viewImport(imports.deps, ctx.actor, params.id))),
    }),
    definePage({
      method: 'get',
      path: '/imports/:id/progress',
      name: 'importProgressPage',
      guard: 'import.view',
      params: idParams,
      responses: { 200: z.object({ done: z.number(), total: z.number().nullable(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx, { params }) {
        const model = await importModel(deps, ctx, params.id, await importStanding(imports.deps, ctx.actor, params.id));
        const f = formatFor(ctx.lang, deps.config.timeZone);
        const { progress } = model;
        return {
          json: {
            done: progress.rows,
            total: progress.totalRows,
            figures: {
              rows: f.number(progress.rows),
              records: f.number(model.records),
              rejected: f.number(model.rejected),
              rate: progress.rowsPerSecond === null ? '—' : f.number(Math.round(progress.rowsPerSecond)),
              remaining: progress.secondsLeft === null ? '—' : f.clock(progress.secondsLeft),
            },
            finished: model.state !== 'running' && model.state !== 'checking',
          },
        };
      },
    }),
    definePage({
      method: 'post',
      path: '/imports/:id/start',
      name: 'startImportForm',
      guard: 'import.run',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        const tried = await attempt(() => imports.startWaiting(ctx.actor, params.id).catch(waitingGone));
        if ('refused' in tried) {
          const code = tried.refused.code === 'wrong_state' ? 'waited_too_long' : 'unreadable';
          return newImport(deps, ctx, { values: { dryRun: '1' }, errors: [{ field: 'file', code }] }, tried.refused.status);
        }
        return redirectWith(paths.import(tried.done), { kind: 'good', code: 'import_started' });
      },
    }),
    ...(['stop', 'resume'] as const).map((act) =>
      definePage({
        method: 'post',
        path: `/imports/:id/${act}`,
        name: `${act}ImportForm`,
        guard: 'import.run',
        params: idParams,
        bodyKind: 'none',
        async handler(ctx, { params }) {
          await imports[act](ctx.actor, params.id);
          return redirectWith(paths.import(params.id), { kind: 'good', code: act === 'stop' ? 'import_stopped' : 'import_started' });
        },
      }),
    ),
    definePage({
      method: 'get',
      path: '/imports/:id/rejects',
      name: 'importRejectsPage',
      guard: 'import.run',
      params: idParams,
      handler: (ctx, { params }) => rejectReply(deps, ctx, params.id),
    }),
  ];
}
