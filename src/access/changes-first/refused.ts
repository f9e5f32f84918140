import type { Tx } from '../../db/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';

/** Refusals of a step of approval that are put on record: by whom it was taken, too early, or twice. */
const REFUSALS = new Set<ErrorCode>(['same_person', 'not_seen_yet', 'consent_missing', 'wrong_state']);

/** A step of approving a version of something. */
export interface ApprovalStep<Row> {
  lock(tx: Tx): Promise<Row | undefined>;
  /** States in which it may be taken. */
  states: readonly string[];
  /** Looks before it changes anything: where it refuses there is nothing to roll back. */
  work(tx: Tx, row: Row): Promise<void>;
  /** Puts a refusal on record, in the same transaction. */
  refused(tx: Tx, row: Row, why: ErrorCode): Promise<unknown>;
}

/** Takes a step of approval in a transaction. @throws `not_found`, `wrong_state`, and what `work` throws */
export async function stepOnRecord<Row extends { state: string }>(
  db: { tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> },
  step: ApprovalStep<Row>,
): Promise<void> {
  const refused = await db.tx(async (tx) => {
    const row = await step.lock(tx);
    if (row === undefined) throw new CodedError('not_found');
    try {
      if (!step.states.includes(row.state)) throw new CodedError('wrong_state', { params: { state: row.state, step: 'approve' } });
      await step.work(tx, row);
      return undefined;
    } catch (error) {
      if (!(error instanceof CodedError) || !REFUSALS.has(error.code)) throw error;
      await step.refused(tx, row, error.code);
      return error;
    }
  });
  if (refused) throw refused;
}
