import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { refused } from './refused.js';
import { endGrants, lockGrant, lockOver, openReadingsUnder, type GrantRow } from './store.js';
import { GRANT_REASON_LENGTH, type GrantDeps } from './types.js';

/** Associated data of what was said when a grant ended. */
export const grantEndContext = (id: string): string => `grant/${id}/end`;
/** What a reader states when handing back, as of a reading. */
export const GRANT_RESULTS = ['solved', 'partly', 'not_found', 'not_needed'] as const;
export type GrantResult = (typeof GRANT_RESULTS)[number];

const factsOf = (grant: Pick<GrantRow, 'id' | 'request_id' | 'kind' | 'reader'>) => ({
  grant: grant.id,
  request: grant.request_id,
  kind: grant.kind,
  reader: grant.reader,
});

function sealed(deps: Pick<GrantDeps, 'keystore'>, id: string, text: string | undefined): Buffer | null {
  return text === undefined || text === '' ? null : sealField(deps.keystore.secret('catalogue'), grantEndContext(id), text);
}

/**
 * Takes a grant back at once: from the next query on it gives nothing, its readings are over, and what streams under it stops.
 * The reason is needed.
 */
export async function revokeGrant(deps: GrantDeps, actor: Actor, input: { grantId: string; reason: string }): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'grant.revoke');
  if (input.reason.trim() === '') throw invalidField('reason', 'empty');
  if (input.reason.length > GRANT_REASON_LENGTH) throw invalidField('reason', 'too_long', { max: GRANT_REASON_LENGTH });
  const done = deps.db.tx(async (tx) => {
    const grant = await lockGrant(tx, input.grantId);
    if (grant === undefined) throw new CodedError('not_found');
    if (grant.state !== 'live') throw new CodedError('wrong_state', { params: { state: grant.state, step: 'revoke' } });
    const readings = await openReadingsUnder(tx, grant.id);
    await deps.audit.append(tx, {
      actor,
      act: 'grant.revoke',
      subject: { kind: 'grant', id: grant.id },
      purpose: grant.purpose,
      decision: 'allow',
      policy,
      facts: { ...factsOf(grant), records: grant.records, readings },
      side: { reason: input.reason },
    });
    await endGrants(tx, [grant.id], { state: 'revoked', at: deps.now(), by: actor.personId, result: null, sealed: sealed(deps, grant.id, input.reason) });
  });
  await done.catch((error: unknown) => refused(deps, actor, { kind: 'grant', id: input.grantId }, 'revoke', error));
}

interface HandBack {
  grantId: string;
  result: GrantResult;
  note?: string | undefined;
}

/** Hands a grant back 归还 with the result of use; nothing more is read under it. Only by whom it was given to. */
export async function handBackGrant(deps: GrantDeps, actor: Actor, input: HandBack): Promise<void> {
  const done = deps.db.tx((tx) => handBackIn(tx, deps, actor, input));
  await done.catch((error: unknown) => refused(deps, actor, { kind: 'grant', id: input.grantId }, 'return', error));
}

/** The same within the caller's transaction; whoever calls it puts a refusal on record. */
export async function handBackIn(tx: Tx, deps: Omit<GrantDeps, 'db'>, actor: Actor, input: HandBack): Promise<void> {
  if ((input.note?.length ?? 0) > GRANT_REASON_LENGTH) throw invalidField('note', 'too_long', { max: GRANT_REASON_LENGTH });
  const grant = await lockGrant(tx, input.grantId);
  if (grant === undefined || actor.personId === null || grant.person_id !== actor.personId) throw new CodedError('not_found');
  if (grant.state !== 'live') throw new CodedError('wrong_state', { params: { state: grant.state, step: 'return' } });
  await deps.audit.append(tx, {
    actor,
    act: 'grant.return',
    subject: { kind: 'grant', id: grant.id },
    purpose: grant.purpose,
    decision: 'allow',
    policy: deps.access.version(),
    facts: { ...factsOf(grant), records: grant.records, result: input.result },
    ...(input.note ? { side: { note: input.note } } : {}),
  });
  await endGrants(tx, [grant.id], {
    state: 'returned',
    at: deps.now(),
    by: actor.personId,
    result: input.result,
    sealed: sealed(deps, grant.id, input.note),
  });
}

/** Puts on record that grants are over. They gave nothing from their last moment on; this ends what is open under them. How many. */
export async function expireGrants(deps: Pick<GrantDeps, 'db' | 'audit' | 'now'>, system: Actor): Promise<number> {
  return deps.db.tx(async (tx) => {
    const at = deps.now();
    const rows = await lockOver(tx, at, 500);
    if (rows.length === 0) return 0;
    await deps.audit.appendMany(
      tx,
      rows.map((row) => ({
        actor: system,
        act: 'grant.expire',
        subject: { kind: 'grant' as const, id: row.id },
        decision: 'allow' as const,
        facts: factsOf(row),
      })),
    );
    await endGrants(
      tx,
      rows.map((row) => row.id),
      { state: 'expired', at, by: null, result: null, sealed: null },
    );
    return rows.length;
  });
}
