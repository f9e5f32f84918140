import { type ClosedLog, closedLogs, holdsOver, type Actor, type EntryInput } from '../../audit/index.js';
import { constraintOf, type Queryable, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { dayText } from '../../records/index.js';
import type { RetentionDecision } from '../../retention/index.js';
import { onOne } from '../appraisal/refusal.js';
import { differentPersons } from '../register/answer.js';
import { VOIDABLE, type RegisterFlow } from '../register/states.js';
import type { LogTermDeps } from './deps.js';
import {
  dropLogApprovals,
  endLogRegister,
  lockLogRegister,
  logAppointmentsOf,
  logApprovalsOf,
  type LogAppointmentRow,
  type LogApprovalRow,
  type LogRegisterRow,
} from './store.js';
import { type LogObstacle, logTerm, obstaclesOf } from './term.js';

/** A register over a log under lock, with whoever takes part. */
export interface HeldLog {
  row: LogRegisterRow;
  approvals: LogApprovalRow[];
  appointments: LogAppointmentRow[];
  flow: RegisterFlow;
}

const hex = (digest: Buffer | null): string | null => digest?.toString('hex') ?? null;

/** A register over a log as the machine of all registers sees it: one item, the log. */
export function flowOfLog(row: LogRegisterRow, approvals: readonly LogApprovalRow[], appointments: readonly LogAppointmentRow[], remaining = 1): RegisterFlow {
  return {
    state: row.state,
    round: 1,
    maker: row.made_by_person,
    digest: hex(row.digest),
    items: 1,
    remaining,
    executeAfter: row.execute_after,
    steps: approvals.map((one) => ({ position: one.position, state: one.state, by: one.person_id, digest: hex(one.digest) })),
    executor: appointments.find((one) => one.office === 'executor')?.person_id ?? null,
    supervisors: appointments
      .filter((one) => one.office === 'supervisor')
      .map((one) => ({ person: one.person_id, outside: one.outside, checked: hex(one.checked_digest), witnessed: one.witnessed_at !== null })),
  };
}

export async function holdLogRegister(tx: Tx, id: string): Promise<HeldLog> {
  const row = await lockLogRegister(tx, id);
  if (row === undefined) throw new CodedError('not_found');
  const approvals = await logApprovalsOf(tx, id);
  const appointments = await logAppointmentsOf(tx, id);
  return { row, approvals, appointments, flow: flowOfLog(row, approvals, appointments) };
}

/** An act on a register over a log, by somebody who may: refusals are on record, and the database's word about persons is said as such. */
export function onLog<T>(deps: LogTermDeps, actor: Actor, id: string, step: string, work: () => Promise<T>): Promise<T> {
  return onOne(deps, actor, { of: 'register', id, step }, () =>
    differentPersons(async () => {
      try {
        return await work();
      } catch (error) {
        if (constraintOf(error) === 'log_kept_by_hold') throw new CodedError('held', { params: { count: 1 }, cause: error });
        throw error;
      }
    }),
  );
}

/** An entry about a register over a log. */
export function logEntry(
  deps: LogTermDeps,
  actor: Actor,
  act: string,
  row: Pick<LogRegisterRow, 'id' | 'number' | 'log'>,
  facts: EntryInput['facts'] = {},
): EntryInput {
  const policy = actor.kind === 'person' ? { policy: deps.access.version() } : {};
  return { actor, act, subject: { kind: 'destruction', id: row.id }, decision: 'allow', ...policy, facts: { number: row.number, log: row.log, ...facts } };
}

export interface LogStand {
  closed: ClosedLog;
  term: RetentionDecision;
  holds: string[];
  against: LogObstacle[];
}

/** How a log stands today, by the schedule that acts. */
export async function standOf(deps: LogTermDeps, on: Queryable, closed: ClosedLog): Promise<LogStand> {
  const schedule = deps.schedules.newest;
  const today = dayText(deps.now(), schedule.timeZone);
  const holds = closed.procedure === null ? await holdsOver(on, closed.log) : [];
  const term = logTerm(closed.log, schedule, today, holds);
  return { closed, term, holds, against: obstaclesOf(closed, term, holds, today) };
}

/** Why a register no longer says what is so; empty where it does. */
export async function changedLog(deps: LogTermDeps, on: Queryable, row: LogRegisterRow): Promise<(LogObstacle | 'tree' | 'rule')[]> {
  const closed = (await closedLogs(on)).find((one) => one.log === row.log);
  if (!closed) return ['incomplete'];
  const { term, against } = await standOf(deps, on, closed);
  return [
    ...against,
    ...(closed.size === row.size && closed.root.equals(row.root) ? [] : (['tree'] as const)),
    ...(term.rule === row.rule && term.until === row.term_until ? [] : (['rule'] as const)),
  ];
}

export async function voidLog(deps: LogTermDeps, tx: Tx, actor: Actor, held: HeldLog, why: readonly string[]): Promise<void> {
  const { id, state } = held.row;
  await dropLogApprovals(tx, id);
  await endLogRegister(tx, id, { state: 'voided', by: null, reason: null, at: deps.now() });
  await deps.audit.append(tx, logEntry(deps, actor, 'destruction.void', held.row, { from: state, why: [...why] }));
}

/**
 * Runs the next act on a register under lock, where nothing changed: else the register is voided, which is committed, and the act refused.
 * @throws `held` or `changed`
 */
export async function onStanding<T>(deps: LogTermDeps, actor: Actor, id: string, work: (tx: Tx, held: HeldLog) => Promise<T>): Promise<T> {
  const done = await deps.db.tx(async (tx): Promise<{ done: T } | { why: readonly string[] }> => {
    const held = await holdLogRegister(tx, id);
    const why = VOIDABLE.includes(held.row.state) ? await changedLog(deps, tx, held.row) : [];
    if (why.length > 0) {
      await voidLog(deps, tx, actor, held, why);
      return { why };
    }
    return { done: await work(tx, held) };
  });
  if ('done' in done) return done.done;
  if (done.why.includes('held')) throw new CodedError('held', { params: { count: 1 } });
  throw new CodedError('changed', { fields: [{ field: 'log', code: 'has_blockers', params: { what: done.why.join(', ') } }] });
}
