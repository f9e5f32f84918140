import type { Actor } from '../../audit/index.js';
import { addWorkingDays, type CalendarYears, dayOf, endOf } from '../../classification/index.js';
import { sealField } from '../../crypto/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { assertSecondFactor } from '../second-factor.js';
import { issueGrant } from './issue.js';
import { refused } from './refused.js';
import { emergencyIdByNumber, emergencyRecord, lockGrant, reviewRow } from './store.js';
import { GRANT_REASON_LENGTH, type GrantDeps } from './types.js';

/** How long an emergency reading lasts, and working days within which it is reviewed. */
const EMERGENCY_MINUTES = 60;
const REVIEW_DAYS = 2;

/** What says when a review is due. */
export interface EmergencyDeps extends GrantDeps {
  calendar(): CalendarYears;
  settings: { zone: string };
}

/** Associated data of what was said of an emergency reading when it was reviewed. */
export const reviewContext = (id: string): string => `grant/${id}/review`;

/** The end of the working day on which a review is due, in the archive's zone. */
export function reviewDue(from: Date, calendar: CalendarYears, zone: string): Date {
  return endOf(addWorkingDays(calendar, dayOf(from, zone), REVIEW_DAYS).day, zone);
}

/**
 * Reads at once in an emergency, where rules allow it: an hour, for a stated reason. Compliance is told by the entry and by the
 * list of what waits for review.
 */
export async function takeEmergency(
  deps: EmergencyDeps,
  actor: Actor,
  input: { recordId: string; purpose: string; reason: string },
): Promise<{ id: string; endsAt: Date }> {
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  if (input.reason.trim() === '') throw invalidField('reason', 'empty');
  if (input.reason.length > GRANT_REASON_LENGTH) throw invalidField('reason', 'too_long', { max: GRANT_REASON_LENGTH });
  const record = await emergencyRecord(deps.db, input.recordId, deps.access.where(actor, 'reading.emergency', 'r'));
  if (record === undefined || !record.purposes.includes(input.purpose)) {
    const error = new CodedError(record === undefined ? 'not_found' : 'purpose_not_allowed');
    return refused(deps, actor, { kind: 'record', id: input.recordId }, 'emergency', error);
  }
  if (record.sensitivity === 'highly_sensitive') assertSecondFactor(actor);
  const startsAt = deps.now();
  const endsAt = new Date(startsAt.getTime() + EMERGENCY_MINUTES * 60_000);
  const { id } = await deps.db.tx(async (tx) => {
    const grant = await issueGrant(
      tx,
      deps,
      actor,
      {
        kind: 'emergency',
        personId: person,
        recordIds: [input.recordId],
        acts: ['view'],
        purpose: input.purpose,
        startsAt,
        endsAt,
        readings: null,
        requestId: null,
        reason: input.reason,
      },
      reviewDue(startsAt, deps.calendar(), deps.settings.zone),
    );
    await deps.audit.append(tx, {
      actor,
      act: 'reading.emergency',
      subject: { kind: 'grant', id: grant.id },
      purpose: input.purpose,
      decision: 'allow',
      policy: deps.access.version(),
      facts: { record: input.recordId, reader: actor.pseudonym },
    });
    return grant;
  });
  return { id, endsAt };
}

/**
 * The record that a number names, for an emergency: somebody who knows the number of a case before him need not be able to find
 * it. Whoever asks for one that rules do not open to him is told the same as for one that is not there.
 */
export async function emergencyByNumber(deps: GrantDeps, actor: Actor, number: string): Promise<string> {
  deps.access.authorizeEver(actor, 'reading.emergency');
  const asked = number.trim();
  if (asked === '') throw invalidField('number', 'empty');
  if (asked.length > 100) throw invalidField('number', 'too_long', { max: 100 });
  const id = await emergencyIdByNumber(deps.db, asked, deps.access.where(actor, 'reading.emergency', 'r'));
  if (id !== undefined) return id;
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'grant.refused',
      subject: { kind: 'list', id: 'grants-emergency' },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { why: 'not_found', asked: 'emergency' },
      side: { number: asked },
    }),
  );
  throw invalidField('number', 'not_known');
}

/** A compliance officer who is another person finds an emergency reading justified or not, once. */
export async function reviewEmergency(deps: GrantDeps, actor: Actor, input: { grantId: string; accepted: boolean; note?: string | undefined }): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'reading.review');
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  if ((input.note?.length ?? 0) > GRANT_REASON_LENGTH) throw invalidField('note', 'too_long', { max: GRANT_REASON_LENGTH });
  const done = deps.db.tx(async (tx) => {
    const grant = await lockGrant(tx, input.grantId);
    if (grant?.kind !== 'emergency') throw new CodedError('not_found');
    if (grant.reviewed_at !== null) throw new CodedError('wrong_state', { params: { state: 'reviewed', step: 'review' } });
    if (grant.person_id === person) throw new CodedError('same_person');
    const sealed = input.note ? sealField(deps.keystore.secret('catalogue'), reviewContext(grant.id), input.note) : null;
    await reviewRow(tx, grant.id, { by: person, at: deps.now(), accepted: input.accepted, sealed });
    await deps.audit.append(tx, {
      actor,
      act: 'reading.review',
      subject: { kind: 'grant', id: grant.id },
      decision: 'allow',
      policy,
      facts: { reader: grant.reader, accepted: input.accepted },
      ...(input.note ? { side: { note: input.note } } : {}),
    });
  });
  await done.catch((error: unknown) => refused(deps, actor, { kind: 'grant', id: input.grantId }, 'review', error));
}
