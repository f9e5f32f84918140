import type { Actor } from '../../audit/index.js';
import { type Column, newId } from '../../db/index.js';
import { callerId } from '../batches/current.js';
import { holdBatch } from '../batches/store.js';
import { BatchClosed, NothingNew, type IntakeContext } from '../capture/commit.js';
import { type NewRecord, recordColumns } from '../capture/insert-store.js';
import { numberKey } from '../capture/store.js';
import type { Sealed, SealedFacts } from '../../vault/index.js';
import type { RecordsDeps } from '../deps.js';
import { toPayload } from './payload.js';
import { holdNumbers, insertAnnouncement, takenNumbers } from './store.js';

/** A record whose body is sealed, in this process. */
export interface SealedRecord {
  row: NewRecord;
  sealed: Sealed;
}

/** An announcement with its records, also as columns. */
export interface Announced<T> {
  id: string;
  free: T[];
  columns: Column[];
}

/** What came of announcing: `busy` are those whose numbers somebody else has announced, and may yet drop. */
export interface Announcing<T> {
  announced: Announced<T> | undefined;
  busy: T[];
}

/**
 * Says, durably, which records are about to be stored under lock, and takes their numbers. After a crash they are finished, or
 * dropped where nothing was stored: nothing stays locked that no row names.
 * @returns those whose numbers were free, and those that have to wait; the numbers of the others are taken
 */
export async function announce<T extends SealedRecord>(deps: RecordsDeps, actor: Actor, records: readonly T[], context: IntakeContext): Promise<Announcing<T>> {
  const busy: T[] = [];
  try {
    return { announced: await announceAs(deps, actor, records, context, busy), busy };
  } catch (error) {
    if (error instanceof NothingNew) return { announced: undefined, busy };
    throw error;
  }
}

function announceAs<T extends SealedRecord>(deps: RecordsDeps, actor: Actor, records: readonly T[], context: IntakeContext, busy: T[]): Promise<Announced<T>> {
  const id = newId();
  const numbers = records.map(({ row }) => ({ system: row.source_system, serviceNo: row.service_no }));
  return deps.db.tx(async (tx) => {
    await holdNumbers(tx);
    if ((await holdBatch(tx, context.batchId)) !== 'open') throw new BatchClosed();
    const taken = new Map((await takenNumbers(tx, numbers)).map((one) => [numberKey(one.system, one.serviceNo), one.recorded]));
    const left = records.filter(({ row }) => !taken.has(numberKey(row.source_system, row.service_no)));
    busy.splice(0, busy.length, ...records.filter(({ row }) => taken.get(numberKey(row.source_system, row.service_no)) === false));
    if (left.length === 0) throw new NothingNew();
    const sealed = await deps.vault.announce(
      tx,
      left.map((one) => one.sealed),
    );
    const free = left.map((one, i) => ({ ...one, sealed: sealed[i] as Sealed }));
    const columns = recordColumns(free.map(({ row }) => row));
    await insertAnnouncement(tx, {
      id,
      batch_id: context.batchId,
      import_id: context.importId,
      announced_at: deps.now(),
      submitted_by: actor.personId,
      submitted_account: callerId(actor),
      objects: sealed.map((one) => one.objectId),
      keys: generationsOf(sealed),
      numbers: free.map(({ row }) => ({ system: row.source_system, serviceNo: row.service_no })),
      records: toPayload(columns, sealed),
    });
    await deps.audit.append(tx, {
      actor,
      act: 'record.announce',
      subject: { kind: 'batch', id: context.batchId },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { announcement: id, import: context.importId, records: free.length },
    });
    return { id, free, columns };
  });
}

/** Each generation once. */
function generationsOf(sealed: readonly SealedFacts[]): { bucket: string; generation: number }[] {
  return [...new Map(sealed.map(({ bucket, generation }) => [`${bucket} ${generation}`, { bucket, generation }])).values()];
}
