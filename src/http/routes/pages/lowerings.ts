import { z } from 'zod';
import { answerLowering, listLowerings } from '../../../records/index.js';
import { loweringsPage, paths } from '../../../ui/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Route } from '../../route.js';
import { afterQuery, attempt, pagingOf } from './common.js';

/** What waits for a second person before a sensitivity falls, and the answer to it. */
export function loweringPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.lowerings,
      name: 'loweringsPage',
      guard: 'record.reclassify',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listLowerings(deps.records, ctx.actor, query.after);
        const names = await deps.accounts.namesOfPersons(items.map((one) => one.proposedBy));
        const rows = items.map((one) => ({ ...one, code: one.archivalCode ?? '', by: names.get(one.proposedBy) ?? '' }));
        return page(deps, ctx, loweringsPage, { rows, paging: pagingOf(paths.lowerings, query, rows.length, next) });
      },
    }),
    definePage({
      method: 'post',
      path: '/records/:id/lowering',
      name: 'answerLoweringForm',
      guard: 'record.reclassify',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ agree: z.enum(['0', '1']) }),
      async handler(ctx, { params, body }) {
        const agree = body.agree === '1';
        const tried = await attempt(() => answerLowering(deps.records, ctx.actor, { recordId: params.id, agree }));
        if ('done' in tried) return redirectWith(paths.record(params.id), { kind: 'good', code: agree ? 'lowering_agreed' : 'lowering_refused' });
        const reason = phrasesFor(ctx.lang).errors[tried.refused.code].title;
        return redirectWith(paths.record(params.id), { kind: 'bad', code: 'refused', params: { reason } });
      },
    }),
  ];
}
