import { createHash } from 'node:crypto';
import type { Queryable, Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { commitmentTo, openSide } from '../side.js';
import type { Actor } from '../types.js';
import { enter, type Authorize, type LogReaderDeps } from './deps.js';
import { eraseSideRows, selectEntry, sidesOf } from './store.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Erased at once; more than this is several acts. */
const MANY = 1000;

/** What stood beside an entry: `none` there never was, `erased` it was removed (the entry still verifies). */
export type EntrySide = { state: 'present'; values: Record<string, string> } | { state: 'none' | 'erased' };

/** Reads the free text and the address of an entry: an act of its own, with a reason. */
export async function entrySide(deps: LogReaderDeps, actor: Actor, input: { entryId: string; reason: string }): Promise<EntrySide> {
  if (!UUID.test(input.entryId)) throw new CodedError('not_found');
  if (input.reason.trim() === '') throw invalidField('reason', 'requires_reason');
  await enter(deps, actor, 'audit.side', { act: 'audit.side', subject: { kind: 'log', id: input.entryId }, side: { reason: input.reason } });
  const found = await selectEntry(deps.db, input.entryId);
  if (!found) throw new CodedError('not_found');
  if (found.entry.side === undefined) return { state: 'none' };
  if (found.sealed === null) return { state: 'erased' };
  try {
    const side = openSide(deps.keystore.secret('side-rows'), input.entryId, found.sealed);
    if (commitmentTo(side) === found.entry.side) return { state: 'present', values: side.values };
  } catch (error) {
    throw new CodedError('content_damaged', { detail: 'side row of an audit entry', cause: error });
  }
  throw new CodedError('content_damaged', { detail: 'side row of an audit entry does not fit its commitment' });
}

/** Acts beside whose entries stands what somebody wrote about what is in a record: the same text goes from the record's row. */
const OF_CONTENT = ['record.send_back', 'record.correction_propose'];

/** How many such texts about these records the log still has. */
export async function countSidesAbout(on: Queryable, records: readonly string[]): Promise<number> {
  return (await sidesOf(on, OF_CONTENT, records)).length;
}

/** Removes such texts about records that are gone, in the caller's transaction, which appends an entry. The log stays whole. */
export async function eraseSidesAbout(tx: Tx, records: readonly string[]): Promise<number> {
  const ids = await sidesOf(tx, OF_CONTENT, records);
  return ids.length === 0 ? 0 : eraseSideRows(tx, ids);
}

/** Erasing is no part of reading: its right is given apart. */
export type EraseDeps = Omit<LogReaderDeps, 'authorize'> & { authorize: Authorize<'audit.erase_side'> };

/** Removes side rows for good, with a reason; the log stays whole. Returns how many there were. */
export async function eraseSides(deps: EraseDeps, actor: Actor, input: { entryIds: readonly string[]; reason: string }): Promise<number> {
  if (input.entryIds.length === 0) throw invalidField('entryIds', 'missing');
  if (input.entryIds.length > MANY) throw invalidField('entryIds', 'too_many', { max: MANY });
  if (!input.entryIds.every((id) => UUID.test(id))) throw invalidField('entryIds', 'not_a_uuid');
  if (input.reason.trim() === '') throw invalidField('reason', 'requires_reason');
  const { policy } = await deps.authorize(actor, 'audit.erase_side');
  const ids = [...input.entryIds].sort();
  const digest = createHash('sha256').update(ids.join('\n')).digest('hex');
  return await deps.db.tx(async (tx) => {
    const count = await eraseSideRows(tx, ids);
    await deps.audit.append(tx, {
      actor,
      act: 'audit.erase_side',
      subject: { kind: 'log', id: 'side' },
      decision: 'allow',
      policy,
      facts: { count, digest },
      side: { reason: input.reason, entries: ids.join(' ') },
    });
    return count;
  });
}
