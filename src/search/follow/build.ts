import { buffer } from 'node:stream/consumers';
import type { RecordDraft } from '../../records/index.js';
import { openSystemReading } from '../../vault/index.js';
import type { SearchDocument } from '../port.js';
import type { FollowDeps } from './deps.js';
import { documentOf, isBare, type FileWords, type IndexedRow } from './document.js';
import { sparedBy } from './false-alarms.js';
import { alarmsOf, keepMasked } from './store.js';

/** What the log calls the purpose of reading contents for the index. */
export const PURPOSE = 'extract_text';

/** The drafts in the bodies of records; one that cannot be opened is left out: its record is found by number and dates. */
async function draftsOf(deps: FollowDeps, rows: readonly IndexedRow[]): Promise<Map<string, RecordDraft>> {
  const drafts = new Map<string, RecordDraft>();
  const wanted = new Map(rows.filter((row) => !isBare(row)).map((row) => [row.body_object, row.id]));
  if (wanted.size === 0) return drafts;
  const reading = await openSystemReading(deps, { purpose: PURPOSE, objectIds: [...wanted.keys()] });
  let damaged = 0;
  for await (const object of reading.objects()) {
    const opened = await object.open().catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      damaged++;
      return undefined;
    });
    if (opened === undefined) continue;
    const { draft } = JSON.parse((await buffer(opened.body)).toString('utf8')) as { draft: RecordDraft };
    drafts.set(wanted.get(object.objectId) as string, draft);
  }
  await reading.end({ read: drafts.size, damaged });
  return drafts;
}

/** Damage is told and repaired elsewhere; it must not keep other records out of the index for ever. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'content_damaged';
}

/**
 * Documents of records as they are now, with what was masked in them. Without `files` the texts of files are not in them;
 * records that have files are then stamped as unfinished.
 */
export async function buildDocuments(
  deps: FollowDeps,
  rows: readonly IndexedRow[],
  files?: ReadonlyMap<string, readonly FileWords[]>,
): Promise<SearchDocument[]> {
  const drafts = await draftsOf(deps, rows);
  const ids = rows.map((row) => row.id);
  const alarms = await alarmsOf(deps.db, ids);
  const secret = deps.keystore.secret('false-alarms');
  const counts: { record: string; kind: string; count: number }[] = [];
  const documents = rows.map((row) => {
    const spared = sparedBy(secret, row.id, alarms.get(row.id) ?? []);
    const built = documentOf(files === undefined ? { ...row, texts: '' } : row, drafts.get(row.id) ?? null, files?.get(row.id) ?? [], spared);
    counts.push(...built.masked.map((one) => ({ record: row.id, ...one })));
    return built.document;
  });
  await deps.db.tx((tx) => keepMasked(tx, counts, ids));
  return documents;
}
