import { buffer } from 'node:stream/consumers';
import { scopeFacts, type Actor, type ReceiptScope } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { onRequest } from '../refusal.js';
import { findRequest, type RequestRow } from '../store.js';
import { maySeeCopies } from './certify.js';
import type { CertifyDeps } from './deps.js';
import { certifiedCopiesOf, certifiedCopyById, fileIdsOf, type CertifiedCopyRow } from './store.js';

export interface CertifiedCopyView {
  id: string;
  number: string;
  requestId: string;
  recordId: string;
  pages: number;
  boxes: number;
  size: number;
  digest: string;
  madeBy: string;
  madeAt: string;
}

/** The certified copies of one application; looking is on record. */
export async function listCertifiedCopies(deps: CertifyDeps, actor: Actor, requestId: string): Promise<CertifiedCopyView[]> {
  return onRequest(deps, actor, { id: requestId, step: 'copies' }, async () => {
    deps.access.authorize(actor, 'copy.certify');
    const row = await findRequest(deps.db, requestId);
    if (!row || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    const rows = await certifiedCopiesOf(deps.db, row.id);
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'copy.list',
        subject: { kind: 'request', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { shown: rows.length },
      }),
    );
    return rows.map((one) => ({
      id: one.id,
      number: one.number,
      requestId: one.request_id,
      recordId: one.record_id,
      pages: one.pages,
      boxes: one.boxes,
      size: Number(one.size),
      digest: one.digest,
      madeBy: one.made_by,
      madeAt: one.made_at.toISOString(),
    }));
  });
}

/**
 * A certified copy as it was made, for its maker and for who may read its record; never while the record is restricted.
 * The entry stands in the log before the vault is asked for the key.
 */
export async function fetchCertifiedCopy(deps: CertifyDeps, actor: Actor, id: string): Promise<{ number: string; pdf: Buffer }> {
  return refusedOn(deps, actor, id, async () => {
    deps.access.authorize(actor, 'copy.certify');
    const { copy, row } = await copyFor(deps, actor, id);
    const scope: ReceiptScope = { actorPseudonym: actor.pseudonym, objectId: copy.object_id, range: null };
    const pending = await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'copy.fetch',
        subject: { kind: 'certifiedCopy', id: copy.id },
        purpose: row.purpose,
        decision: 'allow',
        policy: deps.access.version(),
        facts: { number: copy.number, request: row.id, record: copy.record_id, ...scopeFacts(scope) },
      }),
    );
    const opened = await deps.vault.open(actor, deps.audit.receipt(pending, scope), copy.object_id, null);
    return { number: copy.number, pdf: await buffer(opened.body) };
  });
}

/** Whether somebody may have a certified copy, and its number; nothing of it is opened. @throws `not_found` */
export async function findCertifiedCopy(deps: CertifyDeps, actor: Actor, id: string): Promise<{ number: string }> {
  return refusedOn(deps, actor, id, async () => {
    deps.access.authorize(actor, 'copy.certify');
    return { number: (await copyFor(deps, actor, id)).copy.number };
  });
}

async function copyFor(deps: CertifyDeps, actor: Actor, id: string): Promise<{ copy: CertifiedCopyRow; row: RequestRow }> {
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  const copy = await certifiedCopyById(deps.db, id, person, deps.access.where(actor, 'record.read', 'r'));
  const row = copy && (await findRequest(deps.db, copy.request_id));
  if (!copy || !row || copy.restricted || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
  return { copy, row };
}

/** What is refused of a copy is on record too. */
async function refusedOn<T>(deps: CertifyDeps, actor: Actor, id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && error.status < 500 && error.code !== 'forbidden')
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          actor,
          act: 'copy.refused',
          subject: { kind: 'certifiedCopy', id },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { step: 'fetch', why: error.code },
        }),
      );
    throw error;
  }
}

/** The files of a record in their order, so that a form may name them by number; no names, which only a reading opens. */
export async function filesInOrder(deps: CertifyDeps, actor: Actor, asked: { requestId: string; recordId: string }): Promise<string[]> {
  return onRequest(deps, actor, { id: asked.requestId, step: 'certify' }, async () => {
    deps.access.authorize(actor, 'copy.certify');
    const row = await findRequest(deps.db, asked.requestId);
    if (!row || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    return fileIdsOf(deps.db, row.id, asked.recordId);
  });
}
