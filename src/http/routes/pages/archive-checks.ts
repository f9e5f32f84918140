import { z } from 'zod';
import { type CheckView, PARTS, percentUp } from '../../../checks/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { archiveCheckPage, archiveChecksPage, type CheckModel, paths, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { beforeQuery, listChecks, nextFault, placeQuery, presentCheck, presentFault, presentReconciliation } from '../archive-checks.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { namesFor, whoIs } from './audit-rows.js';
import { attempt, type Form, formBody, pagingOf, refusedForm, textOf } from './common.js';

function modelOf(check: CheckView, by: string): CheckModel {
  const { parts, ...rest } = presentCheck(check);
  return { ...rest, by, parts: parts.map((one) => ({ ...one, ...(one.upperBound === undefined ? {} : { atMost: percentUp(one.upperBound) }) })) };
}

async function show(deps: HttpDeps, ctx: RequestContext, after?: string, form?: FormState): Promise<Reply> {
  const { items, next } = await listChecks(deps, ctx, after);
  const names = await namesFor(
    deps,
    [],
    items.map((one) => one.pseudonym),
  );
  const texts = phrasesFor(ctx.lang).audit;
  const model = {
    checks: items.map((one) => modelOf(one, whoIs(texts, names, one.pseudonym))),
    reads: (await deps.checks.reconciliations(ctx.actor)).map(presentReconciliation),
    kind: deps.config.s3 ? ('s3' as const) : ('folder' as const),
    paging: pagingOf(paths.archiveChecks, { after }, items.length, next),
    ...(form ? { form } : {}),
  };
  return page(deps, standingAt(ctx, paths.archiveChecks), archiveChecksPage, model, { status: form ? 422 : 200 });
}

function inputOf(form: Form): Parameters<HttpDeps['checks']['start']>[1] {
  if (textOf(form, 'mode') !== 'sample') return { mode: 'whole' };
  const seed = textOf(form, 'seed');
  return { mode: 'sample', size: Number(textOf(form, 'size')), seed: seed === '' ? undefined : seed };
}

/** Verifying the whole archive from a page: started, watched, and past ones kept. */
export function archiveCheckPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.archiveChecks,
      name: 'archiveChecksPage',
      guard: 'storage.check',
      query: beforeQuery,
      handler: (ctx, { query }) => show(deps, ctx, query.after),
    }),
    definePage({
      method: 'post',
      path: paths.archiveCheckAct('start'),
      name: 'verifyArchiveForm',
      guard: 'storage.check',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => deps.checks.start(ctx.actor, inputOf(body)));
        if ('done' in tried) return redirectWith(paths.archiveChecks, { kind: 'good', code: 'archive_checking' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.archiveChecks, tried.refused);
        return show(deps, ctx, undefined, refusedForm(body, tried.refused));
      },
    }),
    definePage({
      method: 'post',
      path: paths.archiveCheckAct('give-up'),
      name: 'giveUpArchiveCheckForm',
      guard: 'storage.check',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx) => actAt(paths.archiveChecks, 'archive_check_given_up', () => deps.checks.giveUp(ctx.actor)),
    }),
    definePage({
      method: 'get',
      path: paths.archiveCheckProgress,
      name: 'archiveCheckProgress',
      guard: 'storage.check',
      responses: { 200: z.object({ done: z.int(), total: z.int(), figures: z.record(z.string(), z.string()), finished: z.boolean() }) },
      async handler(ctx) {
        const row = await deps.checks.unfinished();
        const texts = phrasesFor(ctx.lang).checks;
        const part = row?.part ?? PARTS[0];
        const { done = 0, total = 0 } = row?.counts[part] ?? {};
        const text = say(texts.progress, { part: texts.parts[part], done, total });
        return { json: { done: Math.min(done, total), total, figures: { check: text }, finished: row === undefined } };
      },
    }),
    definePage({
      method: 'get',
      path: '/system/archive/:id',
      name: 'archiveCheckPage',
      guard: 'storage.check',
      params: idParams,
      query: placeQuery,
      async handler(ctx, { params, query }) {
        const { check, faults } = await deps.checks.view(ctx.actor, params.id, BigInt(query.after ?? '0'));
        const names = await namesFor(deps, [], [check.pseudonym]);
        return page(deps, ctx, archiveCheckPage, {
          check: modelOf(check, whoIs(phrasesFor(ctx.lang).audit, names, check.pseudonym)),
          faults: faults.map(presentFault),
          paging: pagingOf(paths.archiveCheck(params.id), { after: query.after }, faults.length, nextFault(faults, check.fault_count)),
        });
      },
    }),
  ];
}
