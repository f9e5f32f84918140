import { z } from 'zod';
import { comparisonSeenBy, DIFFERENCE_KINDS, viewComparison, viewComparisons, type Comparison } from '../../../records/index.js';
import { comparisonPage, comparisonsPage, newComparisonPage, paths, type ComparisonRow, type FormState } from '../../../ui/index.js';
import { formatFor } from '../../../phrases/index.js';
import { readCursorPair, writeCursorPair } from '../../cursor.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { spanOf } from '../comparisons.js';
import { mappingNames, readImportUpload } from '../imports.js';
import { afterQuery, attempt, departmentsOf, pagingOf, refusedForm } from './common.js';

function rowOf(deps: HttpDeps, ctx: RequestContext, one: Comparison): ComparisonRow {
  const f = formatFor(ctx.lang, deps.config.timeZone);
  return {
    id: one.id,
    system: one.system,
    from: f.date(one.window.from),
    to: f.date(new Date(one.window.to.getTime() - 1)),
    comparedAt: one.comparedAt.toISOString(),
    state: one.state,
    exported: one.exported,
    equal: one.equal,
    counts: { only_in_archive: one.onlyInArchive, only_in_source: one.onlyInSource, different: one.different, unreadable: one.unreadable },
  };
}

async function newComparison(deps: HttpDeps, ctx: RequestContext, form: FormState, status = 200) {
  const mappings = (await mappingNames(deps)).map((name) => ({ value: name, text: name }));
  const { options } = await departmentsOf(deps, ctx);
  return page(deps, ctx, newComparisonPage, { form, mappings, departments: options, maxBytes: deps.config.limits.importBytes }, { status });
}

const differencesQuery = z.strictObject({ kind: z.enum(DIFFERENCE_KINDS).optional(), after: z.string().max(200).optional() });

/** Where a page of differences ended: `kind:number`. */
function placeOf(after: string | undefined): { kind: string; serviceNo: string } | null {
  const at = after?.indexOf(':') ?? -1;
  return after === undefined || at < 0 ? null : { kind: after.slice(0, at), serviceNo: after.slice(at + 1) };
}

/** Comparing with a system that goes on beside the archive (R97). */
export function comparisonPages(deps: HttpDeps): Route[] {
  const { imports } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.comparisons,
      name: 'comparisonsPage',
      guard: 'import.view',
      query: afterQuery,
      async handler(ctx, { query }) {
        const found = await viewComparisons(imports.deps, ctx.actor, readCursorPair(query.after));
        return page(deps, ctx, comparisonsPage, {
          rows: found.items.map((one) => rowOf(deps, ctx, one)),
          paging: pagingOf(paths.comparisons, query, found.items.length, writeCursorPair(found.next)),
          mayCompare: deps.access.mayEver(ctx.actor, 'import.run'),
        });
      },
    }),
    definePage({
      method: 'get',
      path: paths.newComparison,
      name: 'newComparisonPage',
      guard: 'import.run',
      handler: (ctx) => newComparison(deps, ctx, { values: {}, errors: [] }),
    }),
    definePage({
      method: 'post',
      path: paths.comparisons,
      name: 'comparisonForm',
      guard: 'import.run',
      bodyKind: 'multipart',
      async handler(ctx) {
        let values: FormState['values'] = {};
        const tried = await attempt(async () => {
          const { file, options, span, told } = await readImportUpload(deps, ctx);
          values = told;
          const { system, window } = spanOf(span, deps.config.timeZone);
          return imports.startComparison(ctx.actor, { name: file.filename, body: file.body, options, system, window });
        });
        if ('done' in tried) return redirectWith(paths.comparison(tried.done), { kind: 'good', code: 'comparison_started' });
        const { refused } = tried;
        const fields = refused.fields.length > 0 ? refused.fields : [{ field: 'file', code: 'unreadable' }];
        return newComparison(deps, ctx, { ...refusedForm({}, refused), values, errors: fields }, refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/comparisons/:id',
      name: 'comparisonPage',
      guard: 'import.view',
      params: idParams,
      query: differencesQuery,
      async handler(ctx, { params, query }) {
        const found = await viewComparison(imports.deps, ctx.actor, params.id, { kind: query.kind, after: placeOf(query.after) });
        const progress = imports.comparing(params.id);
        const next = found.next === null ? null : `${found.next.kind}:${found.next.serviceNo}`;
        return page(deps, ctx, comparisonPage, {
          ...rowOf(deps, ctx, found.comparison),
          reason: found.comparison.reason,
          progress: { rows: progress?.rows ?? 0, total: progress?.total || null },
          kind: query.kind ?? null,
          differences: found.differences,
          paging: pagingOf(paths.comparison(params.id), query, found.differences.length, next),
        });
      },
    }),
    definePage({
      method: 'get',
      path: '/comparisons/:id/progress',
      name: 'comparisonProgressPage',
      guard: 'import.view',
      params: idParams,
      responses: { 200: z.object({ done: z.number(), total: z.number().nullable(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx, { params }) {
        const { comparison } = await comparisonSeenBy(imports.deps, ctx.actor, params.id);
        const progress = imports.comparing(params.id);
        const f = formatFor(ctx.lang, deps.config.timeZone);
        return {
          json: {
            done: progress?.rows ?? 0,
            total: progress?.total || null,
            figures: { rows: f.number(progress?.rows ?? 0) },
            finished: comparison.state !== 'running',
          },
        };
      },
    }),
  ];
}
