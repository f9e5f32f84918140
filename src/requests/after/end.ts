import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { READING_RESULTS, type ReadingResult } from '../../records/index.js';
import type { RequestsDeps } from '../deps.js';
import { flowOf } from '../decide/capacity.js';
import { advance, type FlowEvent } from '../flow/machine.js';
import { handBackIn } from '../granting.js';
import { onRequest } from '../refusal.js';
import { sealText } from '../seals.js';
import { closeSteps, endRequest, insertNotice, lockRequest, stepsOf, type RequestRow } from '../store.js';
import { REQUEST_LIMITS } from '../values.js';
import { markRecalled, markReturned } from './store.js';

/** Locks an application of one's own and asks what follows; another's does not exist. */
async function own(tx: Tx, id: string, person: string, event: FlowEvent): Promise<RequestRow> {
  const request = await lockRequest(tx, id);
  if (request === undefined || request.applicant !== person) throw new CodedError('not_found');
  const outcome = advance(flowOf(request, await stepsOf(tx, [id])), event);
  if ('refused' in outcome)
    throw new CodedError(outcome.refused, outcome.refused === 'wrong_state' ? { params: { state: request.state, step: event.kind } } : {});
  return request;
}

function personOf(deps: RequestsDeps, actor: Actor): { person: string; policy: string } {
  const { policy } = deps.access.authorize(actor, 'request.own');
  if (actor.personId === null) throw new CodedError('forbidden');
  return { person: actor.personId, policy };
}

const factsOf = (request: RequestRow): { request: string; number: string } => ({ request: request.id, number: request.number });

/** The applicant takes an application back before it is decided. */
export async function withdrawRequest(deps: RequestsDeps, actor: Actor, id: string): Promise<void> {
  await onRequest(deps, actor, { id, step: 'withdraw' }, async () => {
    const { person, policy } = personOf(deps, actor);
    await deps.db.tx(async (tx) => {
      const request = await own(tx, id, person, { kind: 'withdraw', by: person });
      await deps.audit.append(tx, { actor, act: 'request.withdraw', subject: { kind: 'request', id }, decision: 'allow', policy, facts: factsOf(request) });
      await closeSteps(tx, id, 'dropped');
      await endRequest(tx, id, { state: 'withdrawn', why: 'withdrawn', at: deps.now() });
    });
  });
}

export interface HandBackInput {
  requestId: string;
  result: ReadingResult;
  /** What came of it, at most 500 characters. */
  note?: string | undefined;
}

/** Hands back 归还 with the result of the use 利用效果; the grant ends with it. Also owed after the time is over. */
export async function handBackRequest(deps: RequestsDeps, actor: Actor, input: HandBackInput): Promise<void> {
  const id = input.requestId;
  await onRequest(deps, actor, { id, step: 'hand_back' }, async () => {
    const { person, policy } = personOf(deps, actor);
    if (!READING_RESULTS.includes(input.result)) throw invalidField('result', 'unknown_value');
    const note = input.note?.trim() ?? '';
    if (note.length > REQUEST_LIMITS.reason) throw invalidField('note', 'too_long', { max: REQUEST_LIMITS.reason });
    await deps.db.tx(async (tx) => {
      const request = await own(tx, id, person, { kind: 'hand_back', by: person });
      if (request.grant_id !== null) await handBackIn(tx, deps, actor, request.grant_id, input.result);
      await deps.audit.append(tx, {
        actor,
        act: 'request.return',
        subject: { kind: 'request', id },
        purpose: request.purpose,
        decision: 'allow',
        policy,
        facts: { ...factsOf(request), result: input.result, late: request.left_ends_at < deps.now() },
        ...(note === '' ? {} : { side: { note } }),
      });
      await markReturned(tx, id, input.result, sealText(deps, id, 'result', note), deps.now());
    });
  });
}

/** The archive asks for something back 催还 before or after its time is over; the applicant is told. */
export async function recallRequest(deps: RequestsDeps, actor: Actor, id: string): Promise<void> {
  await onRequest(deps, actor, { id, step: 'recall' }, async () => {
    const { policy } = deps.access.authorize(actor, 'request.recall');
    await deps.db.tx(async (tx) => {
      const request = await lockRequest(tx, id);
      if (request === undefined) throw new CodedError('not_found');
      if (request.state !== 'approved' && request.state !== 'expired')
        throw new CodedError('wrong_state', { params: { state: request.state, step: 'recall' } });
      const at = deps.now();
      await deps.audit.append(tx, { actor, act: 'request.recall', subject: { kind: 'request', id }, decision: 'allow', policy, facts: factsOf(request) });
      await markRecalled(tx, id, at);
      await insertNotice(tx, { id: newId(), request: id, kind: 'recall', person: request.applicant, at });
    });
  });
}
