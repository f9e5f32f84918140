import type { Actor } from '../audit/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import { proposeRestriction, RESTRICTION_RECORDS, type RestrictionGround } from '../records/index.js';
import type { PrivacyDeps } from './deps.js';
import { keptOf } from './erasure-store.js';
import { onRequest } from './refusal.js';
import { requestById } from './store.js';

/**
 * Proposes the restriction that a request asks for: of its client as a whole, or, where part of the records is to be destroyed, of
 * the others by name, since what is restricted is not destroyed. Many of them take several restrictions, each a transaction of its own;
 * what ended between two is asked for again and goes on with the records that no restriction names yet.
 */
export async function restrictFor(
  deps: PrivacyDeps,
  actor: Actor,
  input: { requestId: string; ground: RestrictionGround; reason: string },
): Promise<{ restrictions: number }> {
  // what is refused of a restriction itself is put on record by whoever proposes it
  const row = await onRequest(deps, actor, { step: 'restrict', id: input.requestId }, async () => {
    deps.access.authorizeEver(actor, 'record.restrict');
    const found = await requestById(deps.db, input.requestId);
    if (!found) throw new CodedError('not_found');
    return found;
  });
  const { requestId, ground, reason } = input;
  const destroys = row.kind === 'erasure' && (row.outcome === 'fulfil' || row.outcome === 'partly');
  if (!destroys) {
    await proposeRestriction(deps, actor, { client: row.client_number, ground, reason, requestId });
    return { restrictions: 1 };
  }
  const { all, left } = await keptOf(deps.db, row.id, row.client_number);
  if (all === 0) throw invalidField('records', 'nothing_chosen');
  let restrictions = 0;
  for (let at = 0; at < left.length; at += RESTRICTION_RECORDS, restrictions++)
    await proposeRestriction(deps, actor, { records: left.slice(at, at + RESTRICTION_RECORDS), ground, reason, requestId });
  return { restrictions };
}
