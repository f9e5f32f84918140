import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { constraintOf, newId, type Tx } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { GRANT_ACTS } from '../types.js';
import { grantableOf, insertGrant, readerOf } from './store.js';
import { GRANT_DAYS, GRANT_KINDS, GRANT_REASON_LENGTH, GRANT_RECORDS, type GrantDeps, type GrantInput } from './types.js';

const DAY = 86_400_000;
/** Ids that one entry of the log holds. */
const IDS_AN_ENTRY = 80;

const input = z.strictObject({
  kind: z.enum(GRANT_KINDS),
  personId: z.uuid({ error: 'not_a_uuid' }),
  recordIds: z
    .array(z.uuid({ error: 'not_a_uuid' }))
    .min(1, 'empty')
    .max(GRANT_RECORDS, 'too_many'),
  acts: z.array(z.enum(GRANT_ACTS)).min(1, 'empty'),
  purpose: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'invalid'),
  startsAt: z.date(),
  endsAt: z.date(),
  readings: z.int().min(1, 'too_small').max(10_000, 'too_large').nullable(),
  requestId: z.uuid({ error: 'not_a_uuid' }).nullable(),
  reason: z.string().max(GRANT_REASON_LENGTH, 'too_long').optional(),
  supervisedFor: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'invalid')
    .optional(),
});

/** Associated data of the sealed reason of a grant. */
export const grantReasonContext = (id: string): string => `grant/${id}/reason`;

export interface IssuedGrant {
  id: string;
  /** Records that it reaches, and those that it does not: restricted ones, and what is destroyed or about to be. */
  records: number;
  leftOut: number;
}

/**
 * Gives a person what a grant says, within the caller's transaction: whoever decides on it has authorised the act that leads
 * here. Nobody gives himself one, except in an emergency; administrators are given none; a compliance officer only by another
 * officer or the executive. The entries name every record, so that the log alone says who could have read what.
 * @param review when an emergency grant has to be reviewed
 */
export async function issueGrant(
  tx: Tx,
  deps: Pick<GrantDeps, 'audit' | 'keystore' | 'now'> & { access?: GrantDeps['access'] },
  actor: Actor,
  given: GrantInput,
  review: Date | null = null,
): Promise<IssuedGrant> {
  const asked = check(input, given);
  const acts = GRANT_ACTS.filter((act) => act === 'view' || asked.acts.includes(act));
  if (asked.endsAt <= asked.startsAt) throw invalidField('endsAt', 'too_early');
  if (asked.endsAt.getTime() - asked.startsAt.getTime() > GRANT_DAYS * DAY) throw invalidField('endsAt', 'too_late');
  if ((asked.kind === 'emergency') !== (review !== null)) throw new CodedError('forbidden', { detail: 'an emergency grant is reviewed, others are not' });
  if (asked.kind !== 'emergency' && actor.personId === asked.personId) throw new CodedError('same_person');
  const reader = await readerOf(tx, asked.personId);
  const wanted = [...new Set(asked.recordIds)];
  const reached = (await grantableOf(tx, wanted)).map((row) => row.id);
  if (reached.length === 0) throw new CodedError('not_found', { detail: 'no record that may be granted' });
  const id = newId();
  const facts = { grant: id, reader: reader?.pseudonym ?? '', kind: asked.kind };
  const entry = await deps.audit.append(tx, {
    actor,
    act: 'grant.issue',
    subject: { kind: 'grant', id },
    purpose: asked.purpose,
    decision: 'allow',
    ...(deps.access === undefined ? {} : { policy: deps.access.version() }),
    facts: {
      ...facts,
      request: asked.requestId,
      records: reached.length,
      leftOut: wanted.length - reached.length,
      acts,
      starts: asked.startsAt.toISOString(),
      ends: asked.endsAt.toISOString(),
      readings: asked.readings,
    },
    ...(asked.reason ? { side: { reason: asked.reason } } : {}),
  });
  for (let i = 0; i < reached.length; i += IDS_AN_ENTRY) {
    await deps.audit.append(tx, {
      actor,
      act: 'grant.records',
      subject: { kind: 'grant', id },
      decision: 'allow',
      facts: { ...facts, ids: reached.slice(i, i + IDS_AN_ENTRY) },
    });
  }
  try {
    await insertGrant(
      tx,
      {
        id,
        kind: asked.kind,
        person_id: asked.personId,
        reader: facts.reader,
        acts,
        purpose: asked.purpose,
        starts_at: asked.startsAt,
        ends_at: asked.endsAt,
        readings_left: asked.readings,
        request_id: asked.requestId,
        supervised_for: asked.supervisedFor ?? '',
        reason_sealed: asked.reason ? sealField(deps.keystore.secret('catalogue'), grantReasonContext(id), asked.reason) : null,
        issued_by: actor.personId,
        issued_at: deps.now(),
        entry_id: entry.id,
        review_due: review,
      },
      reached,
    );
  } catch (error) {
    const refused = constraintOf(error);
    if (refused === 'compliance_is_authorised' || refused === 'administrators_read_nothing') throw new CodedError('forbidden', { detail: refused });
    throw error;
  }
  return { id, records: reached.length, leftOut: wanted.length - reached.length };
}
