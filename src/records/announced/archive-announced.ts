import type { Actor, EntryInput } from '../../audit/index.js';
import type { Column, Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { Staged } from '../../vault/index.js';
import { giveCodes } from '../capture/codes.js';
import { archiveFacts, receiveFacts } from '../capture/facts.js';
import { insertArchived, insertVersions, type NewRecord } from '../capture/insert-store.js';
import type { Archived } from '../capture/archive.js';
import type { RecordsDeps } from '../deps.js';
import { type AnnouncementRow, deleteAnnouncement, holdAnnouncement } from './store.js';

/** An announced record whose object is stored, with the lock date that was read back. */
export interface StoredRecord {
  row: NewRecord;
  staged: Staged;
}

export interface StoredRecords {
  records: readonly StoredRecord[];
  /** Their rows as columns. */
  columns: readonly Column[];
}

/**
 * Puts announced records into the catalogue as archived, each with its code, once and for all; one entry a record says that it was
 * received and archived. The announcement is over in the same transaction.
 * @throws CodedError `conflict` where somebody else has finished it
 */
export async function archiveAnnounced(
  deps: RecordsDeps,
  actor: Actor,
  id: string,
  stored: StoredRecords,
  also: readonly EntryInput[] = [],
): Promise<Archived[]> {
  return deps.db.tx(async (tx) => {
    const announcement = await holdAnnouncement(tx, id);
    if (!announcement) throw new CodedError('conflict', { detail: 'the announcement is over' });
    const archived = stored.records.length === 0 ? [] : await insertAll(deps, tx, actor, announcement, stored);
    await deleteAnnouncement(tx, id);
    await deps.audit.appendMany(tx, [...archived.map((one) => one.entry), ...also], { newborn: true });
    return archived.map(({ id: recordId, archivalCode }) => ({ id: recordId, archivalCode }));
  });
}

async function insertAll(
  deps: RecordsDeps,
  tx: Tx,
  actor: Actor,
  announcement: AnnouncementRow,
  { records, columns }: StoredRecords,
): Promise<(Archived & { entry: EntryInput })[]> {
  const at = deps.now();
  await deps.vault.record(
    tx,
    records.map((one) => one.staged),
  );
  const rows = records.map((one) => one.row);
  const codes = await giveCodes(deps, tx, rows);
  const intake = {
    receivedAt: announcement.announced_at,
    batchId: announcement.batch_id,
    importId: announcement.import_id,
    submittedBy: announcement.submitted_by,
    submittedAccount: announcement.submitted_account,
  };
  const inserted = await insertArchived(tx, columns, intake, { codes, archivedAt: at });
  if (inserted.size !== rows.length) throw new Error('a number that was announced was taken');
  await insertVersions(
    tx,
    records.map(({ row, staged }) => ({
      id: row.version_id,
      record_id: row.id,
      number: 1,
      body_object: staged.objectId,
      reason: 'capture' as const,
      created_at: at,
      created_by: announcement.submitted_by,
    })),
  );
  return rows.map((row, i) => {
    const code = codes[i] as string;
    return {
      id: row.id,
      archivalCode: code,
      entry: {
        actor,
        act: 'record.archive',
        subject: { kind: 'record' as const, id: row.id, version: row.version_id },
        decision: 'allow' as const,
        policy: deps.access.version(),
        facts: { ...receiveFacts(row, intake, inserted.get(row.id) === true), ...archiveFacts(row, code) },
      },
    };
  });
}
