import { sql, type Tx } from '../../db/index.js';
import type { StepTimes } from '../flow/clock.js';
import type { Terms } from '../flow/narrow.js';

export async function answerStep(
  tx: Tx,
  id: string,
  position: number,
  one: { agree: boolean; by: string; for: string | null; as: string; at: Date; reason: Buffer | null; narrowed: boolean },
): Promise<void> {
  await tx.run(sql`update request_steps set state = ${one.agree ? 'agreed' : 'refused'}, decided_by = ${one.by}, decided_for = ${one.for}, decided_as = ${one.as},
    decided_at = ${one.at}, reason_sealed = ${one.reason}, narrowed = ${one.narrowed} where request_id = ${id} and position = ${position}`);
}

export async function openStep(tx: Tx, id: string, position: number, times: StepTimes & { at: Date }): Promise<void> {
  await tx.run(sql`update request_steps set state = 'open', opened_at = ${times.at}, remind_at = ${times.remindAt}, escalate_at = ${times.escalateAt}, due_at = ${times.dueAt}
    where request_id = ${id} and position = ${position}`);
}

export async function keepTerms(tx: Tx, id: string, left: Terms): Promise<void> {
  await tx.run(
    sql`update requests set left_acts = ${[...left.acts]}, left_readings = ${left.readings}, left_starts_at = ${left.startsAt}, left_ends_at = ${left.endsAt} where id = ${id}`,
  );
}

/** Records that an approver took out; none is put back. */
export async function dropRecords(tx: Tx, id: string, ids: readonly string[]): Promise<number> {
  return tx.run(sql`update request_records set kept = false where request_id = ${id} and kept and record_id = any (${[...ids]}::uuid[])`);
}

export async function approveRequest(tx: Tx, id: string, grant: string | null, at: Date): Promise<void> {
  await tx.run(sql`update requests set state = 'approved', grant_id = ${grant}, decided_at = ${at} where id = ${id}`);
}
