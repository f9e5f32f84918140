import { assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { openReading } from '../../records/index.js';
import { onRequest } from '../refusal.js';
import { findRequest, recordsOfRequest } from '../store.js';
import { assertApproved, maySeeCopies, underOf } from './certify.js';
import type { CertifyDeps } from './deps.js';
import { openReadingOn } from './store.js';

/**
 * Opens a reading in which pages are looked at before they are copied, so that what has to be blacked out is drawn on them: to be
 * seen under a mark and nothing else, for who may certify, while a copy may be made. One that is open already is used again.
 */
export async function openToDraw(deps: CertifyDeps, actor: Actor, asked: { requestId: string; recordId: string }): Promise<string> {
  return onRequest(deps, actor, { id: asked.requestId, step: 'certify' }, async () => {
    deps.access.authorize(actor, 'copy.certify');
    assertSecondFactor(actor);
    const row = await findRequest(deps.db, asked.requestId);
    if (!row || actor.accountId === null || !maySeeCopies(deps, actor, row)) throw new CodedError('not_found');
    await assertApproved(deps, deps.db, row);
    const named = (await recordsOfRequest(deps.db, row.id)).some((one) => one.record_id === asked.recordId && one.kept && one.fit === 'fit');
    if (!named) throw new CodedError('not_found');
    const under = underOf(actor, row, true);
    const of = { account: actor.accountId, record: asked.recordId, purpose: row.purpose, grant: under.under?.grantId ?? null, at: deps.now() };
    const open = await openReadingOn(deps.db, of);
    if (open !== undefined) return open;
    return (await openReading(deps, actor, { recordId: asked.recordId, purpose: row.purpose, ticket: row.number, ...under })).id;
  });
}
