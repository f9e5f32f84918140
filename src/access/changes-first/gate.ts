import type { Queryable, Tx } from '../../db/index.js';
import { constraintOf } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ChangeKind } from './kinds.js';
import { closeRow, insertChange, lockChange, seenAmong } from './store.js';

export interface Announced {
  /** The id of the row that it is about: of a grant of a role, a version of rules, a standing rule. */
  id: string;
  kind: ChangeKind;
  /** Codes and ids that say what it is about; no personal data. */
  facts: Readonly<Record<string, string>>;
  /** Person; `null` where the program found a changed file. */
  proposedBy: string | null;
  now: Date;
}

/**
 * Puts a change in front of the audit administrator, in the transaction that proposes it. From here on it can be approved,
 * but it acts only once he has seen it: {@link assertSeen} in the step that makes it act, and a trigger
 * `change_seen_first()` on its table, hold that.
 */
export function announceChange(tx: Tx, one: Announced): Promise<void> {
  return insertChange(tx, one);
}

/** Throws `not_seen_yet` unless an audit administrator has seen the change; locks it until the transaction ends. */
export async function assertSeen(tx: Tx, id: string): Promise<void> {
  const row = await lockChange(tx, id);
  if (row === undefined || row.seen_at === null) throw new CodedError('not_seen_yet');
}

/** The change was refused, withdrawn or taken: it waits no longer. */
export function closeChange(tx: Tx, id: string, now: Date): Promise<void> {
  return closeRow(tx, id, now);
}

/** Which of some changes have been seen, for pages that offer the next step only then. */
export function changesSeen(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  return seenAmong(db, ids);
}

/** The database refuses the same; what a race let through comes back as the same error. */
export function notSeen(error: unknown): CodedError | undefined {
  return constraintOf(error) === 'seen_first' ? new CodedError('not_seen_yet') : undefined;
}
