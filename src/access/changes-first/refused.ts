import type { Tx } from '../../db/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';

/** Refusals of a step of approval that are put on record: by whom it was taken, too early, or twice. */
const REFUSALS = new Set<ErrorCode>(['same_person', 'not_seen_yet', 'consent_missing', 'wrong_state']);

/**
 * Runs a step of approval in a transaction. A refusal is written by `record` in the same one before it goes on up: the step looks
 * before it changes anything, so that there is nothing to roll back.
 */
export async function stepOnRecord(
  db: { tx<T>(work: (tx: Tx) => Promise<T>): Promise<T> },
  record: (tx: Tx, why: ErrorCode) => Promise<unknown>,
  step: (tx: Tx) => Promise<void>,
): Promise<void> {
  const refused = await db.tx(async (tx) => {
    try {
      await step(tx);
      return undefined;
    } catch (error) {
      if (!(error instanceof CodedError) || !REFUSALS.has(error.code)) throw error;
      await record(tx, error.code);
      return error;
    }
  });
  if (refused) throw refused;
}
