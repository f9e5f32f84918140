import type { Actor } from '../../audit/index.js';
import { type Column, newId, type Tx } from '../../db/index.js';
import type { Sealed, SealedFacts } from '../../vault/index.js';
import { callerId } from '../batches/current.js';
import { holdBatch } from '../batches/store.js';
import { BatchClosed, type IntakeContext } from '../capture/commit.js';
import { type NewRecord, recordColumns } from '../capture/insert-store.js';
import { numberKey } from '../capture/store.js';
import type { RecordsDeps } from '../deps.js';
import { toPayload } from './payload.js';
import { holdNumbers, insertAnnouncement, type Numbered, takenNumbers } from './store.js';

/** A record whose body is sealed, in this process. */
export interface SealedRecord {
  row: NewRecord;
  sealed: Sealed;
}

/** An announcement with its records, also as columns. */
export interface Announced {
  id: string;
  free: SealedRecord[];
  columns: Column[];
}

/** What came of announcing: `busy` are those whose numbers somebody else has announced, and may yet drop. */
export interface Announcing {
  /** `undefined` where no number was free. */
  announced: Announced | undefined;
  busy: SealedRecord[];
}

/**
 * Says, durably, which records are about to be stored under lock, and takes their numbers. After a crash they are finished, or
 * dropped where nothing was stored: nothing stays locked that no row names.
 * @returns those whose numbers were free, and those that have to wait; the numbers of the others are taken
 */
export function announce(deps: RecordsDeps, actor: Actor, records: readonly SealedRecord[], context: IntakeContext): Promise<Announcing> {
  return deps.db.tx(async (tx) => {
    await holdNumbers(tx);
    if ((await holdBatch(tx, context.batchId)) !== 'open') throw new BatchClosed();
    const taken = new Map((await takenNumbers(tx, records.map(numberOf))).map((one) => [numberKey(one.system, one.serviceNo), one.recorded]));
    const recorded = ({ row }: SealedRecord): boolean | undefined => taken.get(numberKey(row.source_system, row.service_no));
    const left = records.filter((one) => recorded(one) === undefined);
    const busy = records.filter((one) => recorded(one) === false);
    return { announced: left.length === 0 ? undefined : await announceAll(deps, tx, actor, left, context), busy };
  });
}

async function announceAll(deps: RecordsDeps, tx: Tx, actor: Actor, records: readonly SealedRecord[], context: IntakeContext): Promise<Announced> {
  const id = newId();
  const sealed = await deps.vault.announce(
    tx,
    records.map((one) => one.sealed),
  );
  const free = records.map(({ row }, i) => ({ row, sealed: sealed[i] as Sealed }));
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
    numbers: free.map(numberOf),
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
}

export function numberOf({ row }: SealedRecord): Numbered {
  return { system: row.source_system, serviceNo: row.service_no };
}

/** Each generation once. */
function generationsOf(sealed: readonly SealedFacts[]): { bucket: string; generation: number }[] {
  return [...new Map(sealed.map(({ bucket, generation }) => [`${bucket} ${generation}`, { bucket, generation }])).values()];
}
