import type { Actor } from '../../audit/index.js';
import { constraintOf, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { Staged } from '../../vault/index.js';
import { callerId } from '../batches/current.js';
import { shareNumbers } from '../announced/store.js';
import { holdBatch } from '../batches/store.js';
import type { RecordsDeps } from '../deps.js';
import { receiveFacts } from './facts.js';
import type { StagedFile } from './files.js';
import type { Prepared } from './prepare.js';
import { insertReceived, insertVersions, type NewRecord } from './insert-store.js';
import { insertFiles, rememberKey } from './store.js';

/** A prepared record whose body and files are sealed and stored. */
export interface StagedRecord {
  prepared: Prepared;
  body: Staged;
  files: StagedFile[];
}

export interface IntakeContext {
  batchId: string;
  importId: string | null;
  /** Remembered with the record, so that a repeated request finds it. */
  idempotency?: { route: string; key: string };
}

/** The batch was handed over in the meantime; the caller opens another. */
export class BatchClosed extends CodedError {
  constructor() {
    super('wrong_state', { params: { state: 'handed_over', step: 'receive' } });
  }
}

/** Every number was taken in the meantime: the transaction is rolled back, since a change without an entry is none. */
class NothingNew extends Error {}

/**
 * Puts staged records into the catalogue as `received`, with their audit entries, in one transaction.
 * @returns ids that were inserted; the others lost a race to the same service number
 */
export async function commitReceived(deps: RecordsDeps, actor: Actor, list: readonly StagedRecord[], context: IntakeContext): Promise<Set<string>> {
  const at = deps.now();
  try {
    return await deps.db.tx((tx) => insertAll(deps, tx, actor, list, context, at));
  } catch (error) {
    if (error instanceof NothingNew) return new Set();
    if (constraintOf(error) === 'idempotency_keys_pkey') throw new CodedError('conflict', { cause: error });
    throw error;
  }
}

async function insertAll(deps: RecordsDeps, tx: Tx, actor: Actor, list: readonly StagedRecord[], context: IntakeContext, at: Date): Promise<Set<string>> {
  await shareNumbers(tx); // before the batch, as announcing does: nobody waits for the other
  const state = await holdBatch(tx, context.batchId);
  if (state !== 'open') throw new BatchClosed();
  const intake = { receivedAt: at, batchId: context.batchId, importId: context.importId, submittedBy: actor.personId, submittedAccount: callerId(actor) };
  const ids = await insertReceived(tx, list.map(rowOf), intake);
  const inserted = list.filter(({ prepared }) => ids.has(prepared.id));
  if (inserted.length === 0) throw new NothingNew();
  await deps.vault.record(
    tx,
    inserted.flatMap((one) => [one.body, ...one.files.map((file) => file.staged)]),
  );
  await insertVersions(
    tx,
    inserted.map(({ prepared, body }) => ({
      id: prepared.versionId,
      record_id: prepared.id,
      number: 1,
      body_object: body.objectId,
      reason: 'capture' as const,
      created_at: at,
      created_by: actor.personId,
    })),
  );
  await insertFiles(
    tx,
    inserted.flatMap(({ prepared, files }) => files.map((file) => ({ ...file.row, record_id: prepared.id, first_version: 1 }))),
  );
  const first = inserted[0];
  const caller = callerId(actor);
  if (context.idempotency && first && caller !== null) await rememberKey(tx, caller, context.idempotency.route, context.idempotency.key, first.prepared.id, at);
  await deps.audit.appendMany(
    tx,
    inserted.map((one) => ({
      actor,
      act: 'record.receive',
      subject: { kind: 'record' as const, id: one.prepared.id, version: one.prepared.versionId },
      decision: 'allow' as const,
      policy: deps.access.version(),
      facts: receiveFacts(rowOf(one), intake, ids.get(one.prepared.id) === true),
    })),
  );
  return new Set(ids.keys());
}

function rowOf({ prepared, files }: StagedRecord): NewRecord {
  return { ...prepared.row, id: prepared.id, version_id: prepared.versionId, file_count: files.length };
}
