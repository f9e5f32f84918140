import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { fits, standingOf, type Standing } from '../appraisal/people.js';
import { moveRegister, type RegisterEvent, type RegisterFlow } from './states.js';
import { appointmentsOf, approvalsOf, lockRegister, type AppointmentRow, type ApprovalRow, type RegisterRow } from './store.js';

/** A register under lock, with whoever takes part. */
export interface Held {
  row: RegisterRow;
  /** Of the round that runs. */
  approvals: ApprovalRow[];
  /** Those who hold an office now. */
  appointments: AppointmentRow[];
  flow: RegisterFlow;
}

/** A stored register as its machine sees it. `remaining` counts what is not destroyed: before execution that is everything. */
export function flowOf(row: RegisterRow, approvals: readonly ApprovalRow[], appointments: readonly AppointmentRow[], remaining = row.item_count): RegisterFlow {
  const hex = (digest: Buffer | null): string | null => digest?.toString('hex') ?? null;
  return {
    state: row.state,
    round: row.round,
    maker: row.made_by_person,
    digest: hex(row.digest),
    items: row.item_count,
    remaining,
    executeAfter: row.execute_after,
    steps: approvals
      .filter((one) => one.round === row.round)
      .map((one) => ({ position: one.position, state: one.state, by: one.person_id, digest: hex(one.digest) })),
    executor: appointments.find((one) => one.office === 'executor' && one.ended_at === null)?.person_id ?? null,
    supervisors: appointments
      .filter((one) => one.office === 'supervisor' && one.ended_at === null)
      .map((one) => ({ person: one.person_id, outside: one.outside, checked: hex(one.checked_digest), witnessed: one.witnessed_at !== null })),
  };
}

export async function hold(tx: Tx, id: string): Promise<Held> {
  const row = await lockRegister(tx, id);
  if (row === undefined) throw new CodedError('not_found');
  const approvals = (await approvalsOf(tx, [id])).filter((one) => one.round === row.round);
  const appointments = (await appointmentsOf(tx, [id])).filter((one) => one.ended_at === null);
  return { row, approvals, appointments, flow: flowOf(row, approvals, appointments) };
}

/** What follows from an event; whatever the machine refuses is thrown. */
export function move(flow: RegisterFlow, event: RegisterEvent): RegisterFlow {
  const outcome = moveRegister(flow, event);
  if ('flow' in outcome) return outcome.flow;
  throw new CodedError(outcome.refused, outcome.refused === 'wrong_state' ? { params: { state: flow.state, step: event.kind } } : {});
}

/** Whoever acts, and the open step that he may answer by his role. */
export function answering(deps: DispositionDeps, actor: Actor, held: Held): { who: Standing; step: ApprovalRow | undefined } {
  const who = standingOf(deps, actor);
  const open = held.approvals.find((one) => one.state === 'open');
  return { who, step: open !== undefined && fits({ role: open.role, department: null }, who) ? open : undefined };
}
