import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { unknownCause } from '../cause.js';
import type { RecordsDeps } from '../deps.js';
import { releaseContext, reasonContext } from './contexts.js';
import { allowedOf, countOfClient, insertRestriction, lockRestriction, proposeReleaseOf } from './store.js';
import { onRestriction } from './refusal.js';
import { afterStep, type RestrictionGround } from './values.js';

/** Records that one restriction may name. */
export const RESTRICTION_RECORDS = 1_000;
export const RESTRICTION_REASON = 1_000;

export interface RestrictionInput {
  /** Named records, or everything of a client, present and to come: one of the two. */
  records?: readonly string[] | undefined;
  client?: string | undefined;
  ground: RestrictionGround;
  reason: string;
  /** The client's request behind it. */
  requestId?: string | undefined;
}

/** Proposes to keep records and no longer use them; it acts once another person agrees. */
export async function proposeRestriction(deps: RecordsDeps, actor: Actor, input: RestrictionInput): Promise<{ id: string }> {
  return onRestriction(deps, actor, { act: 'record.restrict', id: input.records?.[0] ?? null }, async () => {
    deps.access.authorizeEver(actor, 'record.restrict');
    const by = personOf(actor);
    const reason = reasonOf(input.reason);
    const client = input.client?.trim() ?? '';
    const records = [...new Set(input.records ?? [])];
    if ((client === '') === (records.length === 0)) throw invalidField('records', 'missing');
    if (records.length > RESTRICTION_RECORDS) throw invalidField('records', 'too_long', { max: RESTRICTION_RECORDS });
    await checkRights(deps, actor, client, records);
    return deps.db.tx((tx) => insert(deps, tx, actor, { ...input, client, records, reason, by })).catch(unknownCause);
  });
}

/** Nobody restricts what the rules do not let him restrict; a client's restriction takes all of that client. */
async function checkRights(deps: RecordsDeps, actor: Actor, client: string, records: readonly string[]): Promise<void> {
  const rights = deps.access.where(actor, 'record.restrict', 'r');
  if (client === '') {
    if ((await allowedOf(deps.db, records, rights)).length < records.length) throw new CodedError('not_found');
    return;
  }
  const counts = await countOfClient(deps.db, client, rights);
  if (counts.allowed === 0) throw new CodedError('not_found');
  if (counts.allowed < counts.all) throw new CodedError('forbidden');
}

async function insert(
  deps: RecordsDeps,
  tx: Tx,
  actor: Actor,
  input: Omit<RestrictionInput, 'records' | 'client'> & { client: string; records: readonly string[]; by: string },
): Promise<{ id: string }> {
  const id = newId();
  await deps.audit.append(tx, {
    actor,
    act: 'restriction.propose',
    subject: { kind: 'restriction', id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { ground: input.ground, ...(input.client === '' ? { records: input.records.length } : {}), ...(input.requestId ? { cause: input.requestId } : {}) },
    side: { reason: input.reason, ...(input.client === '' ? {} : { client: input.client }) },
  });
  await insertRestriction(tx, {
    id,
    client: input.client === '' ? null : input.client,
    ground: input.ground,
    reason: sealField(deps.keystore.secret('catalogue'), reasonContext(id), input.reason),
    request: input.requestId ?? null,
    records: input.records,
    by: input.by,
    at: deps.now(),
  });
  return { id };
}

/** Proposes to use the records of a restriction again; it acts once another person agrees. */
export async function proposeRelease(deps: RecordsDeps, actor: Actor, input: { id: string; reason: string }): Promise<void> {
  await onRestriction(deps, actor, { act: 'record.release', id: input.id }, async () => {
    deps.access.authorizeEver(actor, 'record.release');
    const by = personOf(actor);
    const reason = reasonOf(input.reason);
    await deps.db.tx(async (tx) => {
      const row = await lockRestriction(tx, input.id);
      if (!row) throw new CodedError('not_found');
      if (afterStep(row.state, 'propose_release') === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step: 'release' } });
      await deps.audit.append(tx, {
        actor,
        act: 'restriction.release_propose',
        subject: { kind: 'restriction', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { ground: row.ground },
        side: { reason },
      });
      await proposeReleaseOf(tx, row.id, { reason: sealField(deps.keystore.secret('catalogue'), releaseContext(row.id), reason), by, at: deps.now() });
    });
  });
}

function personOf(actor: Actor): string {
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason === '') throw invalidField('reason', 'missing');
  if (reason.length > RESTRICTION_REASON) throw invalidField('reason', 'too_long', { max: RESTRICTION_REASON });
  return reason;
}
