import type { Actor } from '../../audit/index.js';
import { openField } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { pageOf, readCursor, writeCursor, type Page } from '../catalogue/cursor.js';
import { PAGE_SIZE } from '../catalogue/filter.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordState } from '../values.js';
import { isMarked } from './content.js';
import { noteContext } from './open.js';
import { filesAt, listOwnReadings, openReadingsOf, ownReading, readableRecord, type ReadingRow } from './store.js';

export interface MyReading {
  id: string;
  recordId: string;
  archivalCode: string | null;
  title: string;
  recordState: RecordState;
  purpose: string;
  note: string;
  ticket: string;
  state: 'open' | 'returned' | 'expired' | 'revoked';
  /** The grant under which it was opened; `null`: by role. */
  grantId: string | null;
  openedAt: string;
  lastUsedAt: string;
  expiresAt: string;
  endedAt: string | null;
  result: string | null;
  mayDownload: boolean;
  mayPrint: boolean;
  /** Files are shown under a mark that names the reader; their own bytes are for who may download. */
  marked: boolean;
}

export interface ReadingView extends MyReading {
  files: { id: string; name: string; extension: string; mediaType: string; size: number; flags: string[] }[];
}

function show(deps: RecordsDeps): (row: ReadingRow) => MyReading {
  const now = deps.now();
  return (row) => {
    const side =
      row.note_sealed === null
        ? {}
        : (JSON.parse(openField(deps.keystore.secret('catalogue'), noteContext(row.id), row.note_sealed)) as { note?: string; ticket?: string });
    return {
      id: row.id,
      recordId: row.record_id,
      archivalCode: row.archival_code,
      title: row.title,
      recordState: row.record_state,
      purpose: row.purpose,
      note: side.note ?? '',
      ticket: side.ticket ?? '',
      state: row.state === 'open' && row.expires_at < now ? 'expired' : row.state,
      grantId: row.grant_id,
      openedAt: row.opened_at.toISOString(),
      lastUsedAt: row.last_used_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      result: row.result,
      mayDownload: row.may_download,
      mayPrint: row.may_print,
      marked: isMarked(row),
    };
  };
}

/** One's own readings, newest first; one entry for the list. */
export async function listMyReadings(deps: RecordsDeps, actor: Actor, after?: string): Promise<Page<MyReading>> {
  if (actor.accountId === null) throw new CodedError('forbidden');
  const rows = await listOwnReadings(deps.db, actor.accountId, deps.access.where(actor, 'record.view', 'r'), readCursor(after), PAGE_SIZE + 1);
  const page = pageOf(rows, PAGE_SIZE, show(deps), (row) => writeCursor(row.opened_at, row.id));
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'reading.list',
      subject: { kind: 'list', id: 'own-readings' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { shown: page.items.length },
    }),
  );
  return page;
}

/** How many of one's own readings are still open; a number alone is no look at them. */
export async function countOpenReadings(deps: RecordsDeps, actor: Actor): Promise<number> {
  return actor.accountId === null ? 0 : openReadingsOf(deps.db, actor.accountId, deps.now());
}

/** One of one's own readings, with the files that can be opened under it. */
export async function viewReading(deps: RecordsDeps, actor: Actor, id: string): Promise<ReadingView> {
  const row = actor.accountId === null ? undefined : await ownReading(deps.db, id, actor.accountId, deps.access.where(actor, 'record.view', 'r'));
  if (!row) throw new CodedError('not_found');
  // the names of files are what the reading opened: gone with the right to read
  const readable = await readableRecord(deps.db, row.record_id, deps.access.where(actor, 'record.read', 'r'), deps.access.granted(actor, 'r'));
  const files = readable ? await filesAt(deps.db, row.version_id) : [];
  return {
    ...show(deps)(row),
    files: files.map((file) => ({
      id: file.id,
      name: file.name,
      extension: file.extension,
      mediaType: file.media_type,
      size: Number(file.size),
      flags: file.flags,
    })),
  };
}
