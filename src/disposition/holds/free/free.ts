import type { Queryable, Tx } from '../../../db/index.js';
import { CodedError } from '../../../errors/index.js';
import { heldOf, lockRecords, openHolds, type HoldOver } from './store.js';

/** Records that a destructive step asks for at once. */
export const AT_ONCE = 20_000;

/** The open holds over records, by record; a record without one is left out. */
export async function holdsOf(db: Queryable, ids: readonly string[]): Promise<Map<string, HoldOver[]>> {
  return ids.length === 0 ? new Map() : Map.groupBy(await openHolds(db, ids), (one) => one.record);
}

/** Locks records until the transaction ends and says which of them are held. */
export async function heldAmong(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(ids)];
  // an empty list is a mistake of the caller's and never means "all", nor "nothing to ask"
  if (wanted.length === 0) throw new CodedError('internal', { detail: 'asked for holds over no record' });
  if (wanted.length > AT_ONCE) throw new CodedError('too_large', { params: { max: AT_ONCE } });
  const there = await lockRecords(tx, wanted);
  if (there.length < wanted.length) throw new CodedError('not_found');
  return heldOf(tx, wanted);
}

/** What every destructive step asks first, in its own transaction: throws `held` where a hold stands over any of the records. */
export async function assertFree(tx: Tx, ids: readonly string[]): Promise<void> {
  const held = await heldAmong(tx, ids);
  if (held.length > 0) throw new CodedError('held', { params: { count: held.length } });
}
