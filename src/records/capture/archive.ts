import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';
import type { Stored } from '../../vault/index.js';
import type { RecordsDeps } from '../deps.js';
import { mapLimited } from '../limited.js';
import { endOfDay } from '../term.js';
import { giveCodes } from './codes.js';
import { archiveFacts } from './facts.js';
import { interruptedArchivings, lockForArchiving, objectsOf, setArchived, type ToArchive } from './store.js';

/** Records whose objects are locked at the same time. */
const WIDTH = 64;
/** Interrupted archivings taken up together. */
const AT_ONCE = 200;
/** What ends a round of finishing: the next one goes on. */
export const OUTAGES: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'unavailable', 'audit_unavailable', 'disk_full']);

/** A record to be locked and archived. */
export interface ToLock {
  id: string;
  term_minimum: string;
  /** All of its objects, where the caller has just recorded them; the catalogue is asked otherwise. */
  objects?: readonly Stored[];
}

export interface Archived {
  id: string;
  archivalCode: string;
}

/**
 * Second half of archiving, for records that are complete: extends the store's lock to the statutory minimum, reads it
 * back, and only then gives the archival codes 档号 and the state `archived`. Can be repeated: what was interrupted goes on.
 */
export async function archiveComplete(deps: RecordsDeps, actor: Actor, records: readonly ToLock[]): Promise<Archived[]> {
  if (records.length === 0) return [];
  const locked = await lockObjects(deps, records);
  return deps.db.tx(async (tx) => {
    const rows = await stillLocked(tx, records, locked);
    if (rows.length === 0) return [];
    await deps.vault.markLocked(tx, locked);
    return register(deps, tx, actor, rows);
  });
}

/**
 * The records under lock whose every object was locked long enough. One that was completed or reclassified in between has
 * other objects or another minimum: it keeps waiting, and the next round takes it up.
 */
async function stillLocked(tx: Tx, records: readonly { id: string; term_minimum: string }[], locked: readonly { objectId: string }[]): Promise<ToArchive[]> {
  const minimum = new Map(records.map((one) => [one.id, one.term_minimum]));
  const rows = await lockForArchiving(tx, [...minimum.keys()]);
  if (rows.length === 0) return [];
  const known = new Set(locked.map((one) => one.objectId));
  const objects = await objectsOf(
    tx,
    rows.map((row) => row.id),
  );
  const open = new Set(objects.filter((one) => !known.has(one.object_id)).map((one) => one.record_id));
  return rows.filter((row) => !open.has(row.id) && row.term_minimum <= (minimum.get(row.id) ?? ''));
}

/** Locks the objects of each record until the end of its statutory minimum; the dates that the store read back. */
async function lockObjects(deps: RecordsDeps, records: readonly ToLock[]): Promise<{ objectId: string; until: Date }[]> {
  const found = await storedOf(
    deps,
    records.filter((one) => one.objects === undefined).map((one) => one.id),
  );
  const done = await mapLimited(records, WIDTH, async (record) => {
    const own = record.objects ?? found.get(record.id) ?? [];
    const until = await deps.vault.lock(own, endOfDay(record.term_minimum, deps.settings.zone));
    return own.map((one) => ({ objectId: one.objectId, until }));
  });
  return done.flat();
}

/** Where the objects of records stand, by record, as the catalogue says. */
async function storedOf(deps: RecordsDeps, ids: readonly string[]): Promise<Map<string, Stored[]>> {
  if (ids.length === 0) return new Map();
  const objects = await objectsOf(deps.db, ids);
  return Map.groupBy(await deps.vault.facts(objects.map((one) => one.object_id)), (one) => one.recordId);
}

/** Gives codes in id order and writes one entry a record; the counters of the series are taken last, so that they are held shortest. */
async function register(deps: RecordsDeps, tx: Tx, actor: Actor, rows: readonly ToArchive[]): Promise<Archived[]> {
  const at = deps.now();
  const codes = await giveCodes(deps, tx, rows);
  const archived = rows.map((row, i) => ({ row, code: codes[i] as string }));
  await setArchived(
    tx,
    archived.map(({ row, code }) => ({ id: row.id, code })),
    at,
  );
  await deps.audit.appendMany(
    tx,
    archived.map(({ row, code }) => ({
      actor,
      act: 'record.archive',
      subject: { kind: 'record' as const, id: row.id },
      decision: 'allow' as const,
      policy: deps.access.version(),
      facts: archiveFacts(row, code),
    })),
  );
  return archived.map(({ row, code }) => ({ id: row.id, archivalCode: code }));
}

/**
 * Finishes archivings that a crash or an outage of the store interrupted; how many. What cannot be archived, because its
 * object is missing for instance, is passed over and told of: it keeps no other record waiting.
 */
export async function finishInterrupted(deps: RecordsDeps, actor: Actor, olderThanMs: number): Promise<number> {
  const before = new Date(deps.now().getTime() - olderThanMs);
  let count = 0;
  let after: { at: Date; id: string } | null = null;
  for (;;) {
    const waiting = await interruptedArchivings(deps.db, before, after, AT_ONCE);
    const last = waiting.at(-1);
    if (!last) return count;
    after = { at: last.received_at, id: last.id };
    count += await archiveEach(deps, actor, waiting);
  }
}

/** All at once, as a rule; one by one where that fails. */
async function archiveEach(deps: RecordsDeps, actor: Actor, waiting: readonly { id: string; term_minimum: string }[]): Promise<number> {
  try {
    return (await archiveComplete(deps, actor, waiting)).length;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
  }
  let count = 0;
  for (const one of waiting) {
    try {
      count += (await archiveComplete(deps, actor, [one])).length;
    } catch (error) {
      // an outage ends the round; the next one goes on
      if (!(error instanceof CodedError) || OUTAGES.has(error.code)) throw error;
      deps.onTrouble('archiving_failed');
    }
  }
  return count;
}
