import { z } from 'zod';
import { listDestructionCertificates, listDestructionItems, listDestructions, STEPS, viewDestruction, witness } from '../../../disposition/index.js';
import { destructionCertificatesPage, destructionPage, destructionsPage, EMPTY_FORM, paths, type DestructionState, type FormState } from '../../../ui/index.js';
import { readCursorPair, writeCursorPair } from '../../cursor.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { beginDestruction, certificatePdfReply, resumeDestruction } from '../destructions.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { receiptsOf } from './receipts.js';
import { afterQuery, attempt, formBody, pagingOf, refusedForm, textOf } from './common.js';

const GUARD = 'destruction.progress';
const itemsQuery = z.strictObject({ after: z.coerce.number().int().min(0).max(10_000_000).default(0) });

async function showOne(deps: HttpDeps, ctx: RequestContext, id: string, after: number, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
  const one = await viewDestruction(deps.execution, ctx.actor, id);
  const { items, next } = await listDestructionItems(deps.execution, ctx.actor, id, after);
  const people = [...(one.executor === null ? [] : [one.executor]), ...one.supervisors.map((who) => who.person)];
  const model = {
    one: { ...one, state: one.state as DestructionState },
    receipts: await receiptsOf(deps, ctx, 'destructions', id),
    names: await deps.accounts.namesOfPersons(people),
    items,
    paging: pagingOf(paths.destruction(id), { after: after === 0 ? undefined : after }, items.length, next === null ? null : String(next)),
    form,
  };
  return page(deps, status === 200 ? ctx : standingAt(ctx, paths.destruction(id)), destructionPage, model, { status });
}

/** Destructions that are carried out, and their certificates, for people. */
export function destructionPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.destructions,
      name: 'destructionsPage',
      guard: GUARD,
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listDestructions(deps.execution, ctx.actor, readCursorPair(query.after));
        const rows = items.map((one) => ({ ...one, state: one.state as DestructionState }));
        return page(deps, ctx, destructionsPage, {
          rows,
          steps: STEPS.length,
          paging: pagingOf(paths.destructions, query, items.length, writeCursorPair(next)),
        });
      },
    }),
    definePage({
      method: 'get',
      path: paths.destructionCertificates,
      name: 'destructionCertificatesPage',
      guard: GUARD,
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listDestructionCertificates(deps.execution, ctx.actor, readCursorPair(query.after));
        return page(deps, ctx, destructionCertificatesPage, {
          rows: items,
          paging: pagingOf(paths.destructionCertificates, query, items.length, writeCursorPair(next)),
        });
      },
    }),
    definePage({
      method: 'get',
      path: '/destruction-certificates/:id/certificate.pdf',
      name: 'destructionCertificatePdf',
      guard: GUARD,
      params: idParams,
      streams: ['application/pdf'],
      handler: (ctx, { params }) => certificatePdfReply(deps, ctx, params.id),
    }),
    definePage({
      method: 'get',
      path: '/destructions/:id',
      name: 'destructionPage',
      guard: GUARD,
      params: idParams,
      query: itemsQuery,
      handler: (ctx, { params, query }) => showOne(deps, ctx, params.id, query.after),
    }),
    definePage({
      method: 'post',
      path: '/destructions/:id/begin',
      name: 'beginDestructionForm',
      guard: 'destruction.execute',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const to = paths.destruction(params.id);
        const tried = await attempt(() => beginDestruction(deps, ctx, params.id, textOf(body, 'number').trim()));
        if ('done' in tried) return redirectWith(to, { kind: 'good', code: 'destruction_begun' });
        return tried.refused.fields.length > 0 ? showOne(deps, ctx, params.id, 0, refusedForm(body, tried.refused), 422) : refusedAt(to, tried.refused);
      },
    }),
    definePage({
      method: 'post',
      path: '/destructions/:id/witness',
      name: 'witnessDestructionForm',
      guard: 'destruction.witness',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.destruction(params.id), 'destruction_witnessed', () => witness(deps.execution, ctx.actor, params.id)),
    }),
    definePage({
      method: 'post',
      path: '/destructions/:id/retry',
      name: 'retryDestructionForm',
      guard: 'destruction.execute',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.destruction(params.id), 'destruction_retried', () => resumeDestruction(deps, ctx, params.id)),
    }),
  ];
}
