import type { Actor } from '../../audit/index.js';
import type { Archived } from '../capture/archive.js';
import type { IntakeContext } from '../capture/commit.js';
import { bodyBytes, type Prepared } from '../capture/prepare.js';
import type { RecordsDeps } from '../deps.js';
import { mapLimited } from '../limited.js';
import { endOfDay } from '../term.js';
import { announce, type SealedRecord } from './announce.js';
import { archiveAnnounced } from './archive-announced.js';

/** Objects of one call that are stored at the same time. Of four calls at work about half store, the others decide or commit. */
const WIDTH = 64;
/** Records of one announcement. */
const MOST = 1000;

/**
 * Takes in many complete records without files: each is sealed, announced, stored under its statutory lock, and put into the catalogue
 * as archived, once. One that is received first and archived later is written twice, and its lock set twice.
 * @returns what was archived; the others lost a race to the same number
 */
export async function captureAnnounced(deps: RecordsDeps, actor: Actor, list: readonly Prepared[], context: IntakeContext): Promise<Archived[]> {
  const archived: Archived[] = [];
  for (let from = 0; from < list.length; from += MOST) archived.push(...(await captureSome(deps, actor, list.slice(from, from + MOST), context)));
  return archived;
}

async function captureSome(deps: RecordsDeps, actor: Actor, list: readonly Prepared[], context: IntakeContext): Promise<Archived[]> {
  const records: SealedRecord[] = [];
  for (const prepared of list) records.push(await seal(deps, prepared));
  const announced = await announce(deps, actor, records, context);
  if (!announced) return [];
  const stored = await mapLimited(announced.free, WIDTH, async ({ row, sealed }) => ({
    row,
    staged: await deps.vault.putLocked(sealed, endOfDay(row.term_minimum, deps.settings.zone)),
  }));
  return archiveAnnounced(deps, actor, announced.id, { records: stored, columns: announced.columns });
}

async function seal(deps: RecordsDeps, prepared: Prepared): Promise<SealedRecord> {
  const body = bodyBytes(prepared.draft, []);
  const sealed = await deps.vault.seal({ recordId: prepared.id, versionId: prepared.versionId, fonds: prepared.row.fonds, body, size: body.length });
  return { row: { ...prepared.row, id: prepared.id, version_id: prepared.versionId, file_count: 0 }, sealed };
}
