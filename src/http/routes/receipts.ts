import { viewAppraisal, viewDestruction, viewRegister } from '../../disposition/index.js';
import { fetchReceipts, type ReceiptSubject } from '../../evidence/index.js';
import { findCertifiedCopy } from '../../requests/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type RequestContext, type Reply, type Route } from '../route.js';
import { certifyDeps } from './certified-copies.js';

async function receiptsReply(deps: HttpDeps, ctx: RequestContext, subject: ReceiptSubject): Promise<Reply> {
  const { body, name } = await fetchReceipts(deps.evidence, ctx.actor, subject);
  return { stream: body, type: 'application/zip', headers: { 'Content-Disposition': `attachment; filename="${name}"`, 'Cache-Control': 'no-store' } };
}

/** Receipts: the entries of what was done to a thing, with the proof that they stand in the signed log, for whoever may see the thing. */
export function receiptRoutes(deps: HttpDeps): Route[] {
  const api = { method: 'get' as const, kind: 'api' as const, tag: 'audit', params: idParams, streams: ['application/zip'] };
  const proofs = 'with proofs of inclusion, checkpoints and keys, in the form of an evidence pack.';
  return [
    defineRoute({
      ...api,
      path: '/api/v1/destruction-registers/:id/receipts.zip',
      name: 'fetchRegisterReceipts',
      summary: `The log’s entries about a destruction register, ${proofs}`,
      guard: 'signed-in',
      async handler(ctx, { params: { id } }) {
        const { number } = await viewRegister(deps.disposition, ctx.actor, id);
        return receiptsReply(deps, ctx, { kind: 'destruction', id, number });
      },
    }),
    defineRoute({
      ...api,
      path: '/api/v1/destructions/:id/receipts.zip',
      name: 'fetchDestructionReceipts',
      summary: `The log’s entries about a destruction and its certificate, ${proofs}`,
      guard: 'destruction.progress',
      async handler(ctx, { params: { id } }) {
        const { number } = await viewDestruction(deps.execution, ctx.actor, id);
        return receiptsReply(deps, ctx, { kind: 'destruction', id, number });
      },
    }),
    defineRoute({
      ...api,
      path: '/api/v1/appraisals/:id/receipts.zip',
      name: 'fetchAppraisalReceipts',
      summary: `The log’s entries about an appraisal, ${proofs}`,
      guard: 'signed-in',
      async handler(ctx, { params: { id } }) {
        const { number } = await viewAppraisal(deps.disposition, ctx.actor, id);
        return receiptsReply(deps, ctx, { kind: 'appraisal', id, number });
      },
    }),
    defineRoute({
      ...api,
      path: '/api/v1/certified-copies/:id/receipts.zip',
      name: 'fetchCertifiedCopyReceipts',
      summary: `The log’s entry of a certified copy, ${proofs}`,
      guard: 'copy.certify',
      async handler(ctx, { params: { id } }) {
        const { number } = await findCertifiedCopy(certifyDeps(deps), ctx.actor, id);
        return receiptsReply(deps, ctx, { kind: 'certifiedCopy', id, number });
      },
    }),
  ];
}
