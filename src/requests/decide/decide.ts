import { assertSecondFactor, GRANT_ACTS, recordDisclosure, type RoutingRule } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { digestOf, fitOf } from '../apply/materialise.js';
import type { RequestsDeps } from '../deps.js';
import { stepTimes } from '../flow/clock.js';
import { advance } from '../flow/machine.js';
import { narrow, type Narrowing } from '../flow/narrow.js';
import { planRoute } from '../flow/route.js';
import { grantIn } from '../granting.js';
import { onRequest } from '../refusal.js';
import { openOutsider, openText, sealText } from '../seals.js';
import { closeSteps, endRequest, insertNotice, lockRequest, recordsOfRequest, stepsOf, type RequestRecord, type RequestRow, type StepRow } from '../store.js';
import { REQUEST_LIMITS } from '../values.js';
import { answeringAs, capacityOf, flowOf, type Answering } from './capacity.js';
import { answerStep, approveRequest, dropRecords, keepTerms, openStep } from './store.js';

export interface DecideInput {
  requestId: string;
  /** Position of the step that is answered; a page that was open for long must not answer the next one. */
  step: number;
  agree: boolean;
  /** Why; at most 500 characters. */
  reason: string;
  /** What is taken away from what was asked for. */
  narrow?: (Narrowing & { without?: readonly string[] | undefined }) | undefined;
}

/**
 * Answers one step of an application, in its turn, by another person than the applicant. The last agreement gives the grant
 * in the same transaction, over the list that was applied for: one that was changed since is refused.
 */
export async function decideRequest(deps: RequestsDeps, actor: Actor, input: DecideInput): Promise<{ state: RequestRow['state'] }> {
  return onRequest(deps, actor, { id: input.requestId, step: 'decide' }, async () => {
    const { policy } = deps.access.authorize(actor, 'request.decide');
    assertSecondFactor(actor);
    const reason = input.reason.trim();
    if (reason === '') throw invalidField('reason', 'requires_reason');
    if (reason.length > REQUEST_LIMITS.reason) throw invalidField('reason', 'too_long', { max: REQUEST_LIMITS.reason });
    const capacity = await capacityOf(deps, actor);
    return deps.db.tx(async (tx) => {
      const request = await lockRequest(tx, input.requestId);
      if (request === undefined) throw new CodedError('not_found');
      const steps = await stepsOf(tx, [request.id]);
      const step = steps.find((one) => one.position === input.step);
      // somebody who has no part in it does not learn that it is there
      if (!steps.some((one) => one.decided_by === capacity.me.personId || answeringAs(one, capacity) !== null)) throw new CodedError('not_found');
      const as = step && answeringAs(step, capacity);
      const outcome = advance(flowOf(request, steps), {
        kind: 'decide',
        position: input.step,
        by: capacity.me.personId,
        for: as?.for ?? null,
        agree: input.agree,
      });
      if ('refused' in outcome)
        throw new CodedError(outcome.refused, outcome.refused === 'wrong_state' ? { params: { state: request.state, step: 'decide' } } : {});
      if (!step || !as) throw new CodedError('forbidden', { detail: 'not an approver of this step' });
      const narrowed = input.agree ? await takeAway(tx, request, input.narrow) : false;
      const at = deps.now();
      await answerStep(tx, request.id, step.position, {
        agree: input.agree,
        by: capacity.me.personId,
        for: as.for,
        as: as.as,
        at,
        reason: sealText(deps, request.id, `step/${step.position}`, reason),
        narrowed,
      });
      const { state } = outcome.flow;
      await logDecision(deps, tx, actor, { request, step, as, agree: input.agree, narrowed, policy, reason });
      if (state === 'refused') {
        await closeSteps(tx, request.id, 'dropped');
        await endRequest(tx, request.id, { state: 'refused', why: null, at });
      } else if (state === 'approved') await grant(deps, tx, actor, request.id, at);
      else await openNext(deps, tx, request, steps, step.position + 1, at);
      if (state !== 'submitted') await insertNotice(tx, { id: newId(), request: request.id, kind: 'decided', person: request.applicant, at });
      return { state };
    });
  });
}

async function logDecision(
  deps: RequestsDeps,
  tx: Tx,
  actor: Actor,
  one: { request: RequestRow; step: StepRow; as: Answering; agree: boolean; narrowed: boolean; policy: string; reason: string },
): Promise<void> {
  await deps.audit.append(tx, {
    actor,
    act: one.agree ? 'request.agree' : 'request.refuse',
    subject: { kind: 'request', id: one.request.id },
    purpose: one.request.purpose,
    decision: 'allow',
    policy: one.policy,
    facts: {
      request: one.request.id,
      number: one.request.number,
      kind: one.request.kind,
      step: one.step.position,
      rule: one.step.rule,
      as: one.as.as,
      narrowed: one.narrowed,
    },
    side: { reason: one.reason },
  });
}

/** Takes away what the approver does; what would give more than was asked for is refused. */
async function takeAway(tx: Tx, request: RequestRow, by: DecideInput['narrow']): Promise<boolean> {
  if (by === undefined) return false;
  const { without = [], ...less } = by;
  const asked = { acts: request.left_acts, startsAt: request.left_starts_at, endsAt: request.left_ends_at, readings: request.left_readings };
  const result = narrow(asked, less);
  if ('widened' in result) throw invalidField(`narrow.${result.widened}`, 'widens');
  await keepTerms(tx, request.id, result.terms);
  const dropped = without.length === 0 ? 0 : await dropRecords(tx, request.id, without);
  return dropped > 0 || Object.keys(less).length > 0;
}

function ruleOf(deps: RequestsDeps, kind: RequestRow['kind']): RoutingRule {
  const rule = deps.rules().requests.get(kind);
  if (rule === undefined) throw new CodedError('policy_invalid', { detail: `nothing says who decides on ${kind} applications` });
  return rule;
}

async function openNext(deps: RequestsDeps, tx: Tx, request: RequestRow, steps: readonly StepRow[], position: number, at: Date): Promise<void> {
  if (!steps.some((one) => one.position === position)) throw new Error('no next step');
  await openStep(tx, request.id, position, { ...stepTimes(ruleOf(deps, request.kind).days, at), at });
}

/** Every step that the rules in force ask for must have been taken: they, or whose the records are, may have changed since. */
async function assertWayTaken(deps: RequestsDeps, tx: Tx, request: RequestRow, given: readonly RequestRecord[]): Promise<void> {
  const asked = planRoute(ruleOf(deps, request.kind), { own: request.department, departments: given.map((one) => one.department_now) });
  const taken = await stepsOf(tx, [request.id]);
  if (!asked.every((one) => taken.some((step) => step.role === one.role && step.department === one.department)))
    throw new CodedError('conflict', { detail: 'the rules or the departments changed since: apply again' });
}

async function grant(deps: RequestsDeps, tx: Tx, actor: Actor, id: string, at: Date): Promise<void> {
  const request = await lockRequest(tx, id);
  if (request === undefined) throw new CodedError('not_found');
  const list = await recordsOfRequest(tx, id);
  if (digestOf(list.map((one) => one.record_id)) !== request.digest) throw new CodedError('changed');
  // what was destroyed, restricted or reclassified since may not be granted any more
  const given = list.filter((one) => one.kept && one.fit === 'fit' && fitOf(one, request.purpose) === 'fit');
  if (given.length === 0) throw invalidField('records', 'nothing_to_grant');
  if (request.kind === 'internal' && given.some((one) => one.sensitivity === 'highly_sensitive'))
    throw new CodedError('conflict', { detail: 'became confidential' });
  await assertWayTaken(deps, tx, request, given);
  if (request.left_ends_at <= at) throw invalidField('narrow.endsAt', 'too_early');
  const recordIds = given.map((one) => one.record_id);
  const startsAt = request.left_starts_at > at ? request.left_starts_at : at;
  const lent = request.form === 'paper';
  const made = lent
    ? null
    : await grantIn(tx, deps, actor, {
        kind: request.kind,
        personId: request.applicant,
        recordIds,
        acts: GRANT_ACTS.filter((act) => request.left_acts.includes(act)),
        purpose: request.purpose,
        startsAt,
        endsAt: request.left_ends_at,
        readings: request.left_readings,
        requestId: id,
        ...(request.kind === 'external' ? { supervisedFor: request.number } : {}),
      });
  await approveRequest(tx, id, made?.id ?? null, at);
  const outsider = openOutsider(deps, id, request.outsider_sealed);
  if (outsider !== null)
    await recordDisclosure(tx, deps, actor, {
      kind: 'request',
      sourceId: id,
      recipient: outsider.organisation === '' ? outsider.name : `${outsider.name} (${outsider.organisation})`,
      recordIds,
      disclosure: {
        basis: request.basis,
        reference: openText(deps, id, 'reference', request.reference_sealed),
        law: request.law,
        assessment: request.assessment,
      },
    });
  const confidential = given.some((one) => one.sensitivity === 'highly_sensitive');
  const told = new Set([...ruleOf(deps, request.kind).tell, ...(confidential ? (deps.rules().requests.get('confidential')?.tell ?? []) : [])]);
  for (const role of told) await insertNotice(tx, { id: newId(), request: id, kind: 'told', role, at });
}
