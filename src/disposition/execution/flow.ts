import { digestText, type RegisterFlow, type RegisterStep } from '../register/index.js';
import type { ApprovalRow, AppointmentRow, RegisterRow } from './store.js';

/** A register as the pure machine sees it. `remaining`: items that are not destroyed to the last copy. */
export function flowOf(
  register: RegisterRow,
  approvals: readonly ApprovalRow[],
  appointments: readonly AppointmentRow[],
  remaining = register.item_count,
): RegisterFlow {
  return {
    state: register.state,
    round: register.round,
    maker: register.made_by_person,
    digest: digestText(register.digest),
    items: register.item_count,
    remaining,
    executeAfter: register.execute_after,
    steps: approvals.map((one) => ({
      position: one.position,
      state: one.state as RegisterStep['state'],
      by: one.person_id,
      digest: one.digest && digestText(one.digest),
    })),
    executor: appointments.find((one) => one.office === 'executor')?.person_id ?? null,
    supervisors: appointments
      .filter((one) => one.office === 'supervisor')
      .map((one) => ({
        person: one.person_id,
        outside: one.outside,
        checked: one.checked_digest && digestText(one.checked_digest),
        witnessed: one.witnessed_at !== null,
      })),
  };
}
