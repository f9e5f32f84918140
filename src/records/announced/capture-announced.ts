import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, systemActor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { Archived } from '../capture/archive.js';
import type { IntakeContext } from '../capture/commit.js';
import { bodyBytes, type Prepared } from '../capture/prepare.js';
import type { RecordsDeps } from '../deps.js';
import { mapLimited } from '../limited.js';
import { endOfDay } from '../term.js';
import { announce, type Announced, numberOf, type SealedRecord } from './announce.js';
import { archiveAnnounced } from './archive-announced.js';
import { finishAnnounced } from './finish.js';
import { anyAnnounced, type Numbered } from './store.js';

/** Objects of one call that are stored at the same time. Of four calls at work about half store, the others decide or commit. */
const WIDTH = 64;
/** Milliseconds to wait for numbers that somebody else has announced, between two looks, and between two tries to finish it for him. */
const PATIENCE = 30_000;
const LOOK = 250;
const FINISH = 2_000;
/** Records of one announcement. */
const MOST = 1000;

/**
 * Takes in many complete records without files: each is sealed, announced, stored under its statutory lock, and put into the catalogue
 * as archived, once. One that is received first and archived later is written twice, and its lock set twice.
 * @returns what was archived; the others lost a race to the same number
 */
export async function captureAnnounced(deps: RecordsDeps, actor: Actor, list: readonly Prepared[], context: IntakeContext): Promise<Archived[]> {
  const archived: Archived[] = [];
  for (let from = 0; from < list.length; from += MOST) {
    const records: SealedRecord[] = [];
    for (const prepared of list.slice(from, from + MOST)) records.push(await seal(deps, prepared));
    archived.push(...(await storeAll(deps, actor, records, context)));
  }
  return archived;
}

/** What somebody else has announced is waited for: it may be dropped yet, and is taken in then. */
async function storeAll(deps: RecordsDeps, actor: Actor, records: readonly SealedRecord[], context: IntakeContext): Promise<Archived[]> {
  const { announced, busy } = await announce(deps, actor, records, context);
  const archived = announced ? await storeAnnounced(deps, actor, announced) : [];
  if (busy.length === 0) return archived;
  await untilFree(deps, busy.map(numberOf));
  return [...archived, ...(await storeAll(deps, actor, busy, context))];
}

/** @throws CodedError `conflict` where numbers stay announced; whoever comes again later finds them free, or taken */
async function untilFree(deps: RecordsDeps, numbers: readonly Numbered[]): Promise<void> {
  for (let waited = 0; await anyAnnounced(deps.db, numbers); waited += LOOK) {
    if (waited >= PATIENCE) throw new CodedError('conflict', { detail: 'numbers stay announced' });
    if (waited % FINISH === 0) await finishAnnounced(deps, systemActor());
    await sleep(LOOK);
  }
}

async function storeAnnounced(deps: RecordsDeps, actor: Actor, announced: Announced): Promise<Archived[]> {
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
