import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import type { RequestsDeps } from '../deps.js';
import { dueActs, overdueReminders } from '../flow/clock.js';
import { closeSteps, endRequest, insertNotice, lockRequest, stepsOf, type RequestRow, type StepRow } from '../store.js';
import { dueSteps, markExpired, markReminded, markStep, overdueRequests } from './store.js';

const BATCH = 200;
/** Days between reminders where the rule of a kind is gone. */
const OVERDUE_DAYS = 3;

/**
 * What time does to applications: approvers are reminded, others may answer as well, what nobody answered by its date is
 * refused, what is over and not handed back is reminded of (R45). Repeatable; each application is looked at under lock.
 */
export async function keepTime(deps: RequestsDeps, system: Actor): Promise<{ steps: number; overdue: number }> {
  const now = deps.now();
  const ids = await dueSteps(deps.db, now, BATCH);
  for (const id of ids) await deps.db.tx((tx) => onStep(deps, tx, system, id, now));
  let overdue = 0;
  const of = new Map([...deps.rules().requests].map(([kind, rule]) => [kind, rule.days.overdue]));
  for (const one of await overdueRequests(deps.db, now, { of, else: OVERDUE_DAYS }, BATCH))
    overdue += Number(await deps.db.tx((tx) => onOverdue(deps, tx, system, one, now)));
  return { steps: ids.length, overdue };
}

async function log(deps: RequestsDeps, tx: Tx, system: Actor, act: string, request: RequestRow, more: Record<string, number | string> = {}): Promise<void> {
  const facts = { request: request.id, number: request.number, ...more };
  await deps.audit.append(tx, { actor: system, act, subject: { kind: 'request', id: request.id }, decision: 'allow', facts });
}

async function onStep(deps: RequestsDeps, tx: Tx, system: Actor, id: string, now: Date): Promise<void> {
  const request = await lockRequest(tx, id);
  const step = (await stepsOf(tx, [id])).find((one) => one.state === 'open');
  if (request?.state !== 'submitted' || step === undefined) return;
  for (const act of dueActs(timesOf(step), now)) {
    const about = { id: newId(), request: id, at: now };
    if (act === 'lapse') {
      await log(deps, tx, system, 'request.lapse', request, { step: step.position });
      await closeSteps(tx, id, 'unanswered');
      await endRequest(tx, id, { state: 'lapsed', why: 'unanswered', at: now });
      await insertNotice(tx, { ...about, kind: 'decided', person: request.applicant });
    } else if (act === 'remind') {
      await log(deps, tx, system, 'request.remind', request, { step: step.position });
      await markStep(tx, step, 'reminded', now);
      await insertNotice(tx, { ...about, kind: 'remind', role: step.role, department: step.department });
    } else {
      await log(deps, tx, system, 'request.escalate', request, { step: step.position });
      await markStep(tx, step, 'escalated', now);
      await insertNotice(tx, { ...about, kind: 'escalate', role: step.escalate ?? step.role });
    }
  }
}

function timesOf(step: StepRow): Parameters<typeof dueActs>[0] {
  const { remind_at, escalate_at, due_at } = step;
  if (remind_at === null || escalate_at === null || due_at === null) throw new Error('an open step without its dates');
  return { remindAt: remind_at, escalateAt: escalate_at, dueAt: due_at, escalate: step.escalate, remindedAt: step.reminded_at, escalatedAt: step.escalated_at };
}

async function onOverdue(deps: RequestsDeps, tx: Tx, system: Actor, id: string, now: Date): Promise<boolean> {
  const request = await lockRequest(tx, id);
  if (request === undefined || (request.state !== 'approved' && request.state !== 'expired')) return false;
  const every = deps.rules().requests.get(request.kind)?.days.overdue ?? OVERDUE_DAYS;
  const due = overdueReminders(request.left_ends_at, every, now);
  if (request.state === 'expired' && due <= request.overdue_reminders) return false;
  await log(deps, tx, system, request.state === 'approved' ? 'request.expire' : 'request.overdue', request, { count: due });
  if (request.state === 'approved') await markExpired(tx, id);
  await markReminded(tx, id, due);
  await insertNotice(tx, { id: newId(), request: id, kind: 'overdue', person: request.applicant, at: now });
  return true;
}
