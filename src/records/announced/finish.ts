import { type Actor, systemActor } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { OUTAGES } from '../capture/archive.js';
import { type NewRecord, recordColumns } from '../capture/insert-store.js';
import { termColumns } from '../capture/prepare.js';
import type { RecordsDeps } from '../deps.js';
import { tryLock } from '../import/store.js';
import { mapLimited } from '../limited.js';
import { endOfDay, termOf } from '../term.js';
import { archiveAnnounced, type StoredRecord } from './archive-announced.js';
import { type AnnouncedRecord, fromPayload } from './payload.js';
import { announcedRecords, type AnnouncementRow, announcements } from './store.js';

type Subject = Parameters<typeof termOf>[1];

/** Objects that are looked for at the same time. */
const WIDTH = 16;
/** Milliseconds after which nobody can be at work any more on what was announced outside of an import. */
const ABANDONED = 15 * 60_000;
/** The same of an import whose lock is free: its connection may have been lost a moment ago, and it does not know yet. */
const YOUNG = 15_000;

/**
 * Finishes what a crash or an outage of the store left announced: what was stored is archived, what was not is dropped, and its number is
 * free again. An import's own is left alone while the import runs.
 * @returns records that were archived
 */
export async function finishAnnounced(deps: RecordsDeps, actor: Actor): Promise<number> {
  let count = 0;
  for (const one of await announcements(deps.db)) {
    const age = deps.now().getTime() - one.announced_at.getTime();
    if (age < (one.import_id === null ? ABANDONED : YOUNG)) continue;
    count += await (one.import_id === null ? finishTold(deps, actor, one) : whileNobodyImports(deps.db, one.import_id, () => finishTold(deps, actor, one)));
  }
  return count;
}

/** The same for one import, by who holds its lock. */
export async function finishImport(deps: RecordsDeps, importId: string): Promise<void> {
  for (const one of await announcements(deps.db, importId)) await finishTold(deps, systemActor(), one);
}

/** What cannot be finished keeps no other waiting; an outage ends the round. */
async function finishTold(deps: RecordsDeps, actor: Actor, one: AnnouncementRow): Promise<number> {
  try {
    return await finishOne(deps, actor, one);
  } catch (error) {
    if (isCoded(error, 'conflict')) return 0; // somebody else finished it
    if (error instanceof CodedError && OUTAGES.has(error.code)) throw error;
    deps.onTrouble('archiving_failed');
    return 0;
  }
}

/** An import holds its lock on a connection of its own, which ends with it. */
async function whileNobodyImports(db: Db, importId: string, work: () => Promise<number>): Promise<number> {
  const session = await db.session();
  try {
    return (await tryLock(session, importId)) ? await work() : 0;
  } finally {
    session.release(true);
  }
}

async function finishOne(deps: RecordsDeps, actor: Actor, one: AnnouncementRow): Promise<number> {
  const text = await announcedRecords(deps.db, one.id);
  if (text === undefined) return 0;
  const records = fromPayload(text);
  const found = await mapLimited(records, WIDTH, (record) => findOne(deps, record));
  const stored = found.filter((record) => record !== undefined);
  const archived = await archiveAnnounced(deps, actor, one.id, { records: stored, columns: recordColumns(stored.map(({ row }) => row)) }, [
    {
      actor,
      act: 'record.finish_announced',
      subject: { kind: 'batch', id: one.batch_id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { announcement: one.id, import: one.import_id, announced: records.length, archived: stored.length },
    },
  ]);
  return archived.length;
}

async function findOne(deps: RecordsDeps, { row: told, sealed }: AnnouncedRecord): Promise<StoredRecord | undefined> {
  const row = underNewest(deps, told);
  const staged = await deps.vault.findStored(sealed, endOfDay(row.term_minimum, deps.settings.zone));
  return staged && { row, staged };
}

/** A schedule that acts since is the one that decides: terms are decided anew once a version, over what the catalogue has by then. */
function underNewest(deps: RecordsDeps, row: NewRecord): NewRecord {
  const term = termOf(deps.schedules, subjectOf(row), deps.now());
  if (row.schedule_version === term.version) return row;
  return { ...row, ...termColumns(term) };
}

/** What the retention rules look at, of a row. */
function subjectOf(row: NewRecord): Subject {
  return {
    closedAt: row.closed_at,
    serviceType: row.service_type as NonNullable<Subject['serviceType']>,
    clientType: row.client_type as NonNullable<Subject['clientType']>,
    channel: row.channel as NonNullable<Subject['channel']>,
    medium: row.medium as NonNullable<Subject['medium']>,
    sensitivity: row.sensitivity as NonNullable<Subject['sensitivity']>,
    tags: JSON.parse(row.tags) as string[],
    forms: row.has_feedback ? ['feedback'] : [],
    ...(row.special_term === 'asked' ? { specialTerm: 'asked' as const } : {}),
  };
}
