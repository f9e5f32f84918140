import { buffer } from 'node:stream/consumers';
import type { WorkCalendar } from '../../config/index.js';
import type { SigningKey } from '../../crypto/index.js';
import type { Db, Tx } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { keepCounts } from '../counts/gone.js';
import { openCheckpoint } from '../log/note.js';
import { selectLeaves } from '../log/store.js';
import { TILE } from '../log/tiles.js';
import { leafHash } from '../log/tree.js';
import { logPrefix } from '../publish/layout.js';
import { firstOf } from '../publish/publish.js';
import { selectTexts } from '../publish/store.js';
import { selectHeadOf } from '../proof/store.js';
import { GONE_FILE, openGone, signGone, type GoneNote } from './note.js';
import { findGone, insertGone, setGonePublished, setGoneRemoved, selectClosed, type ClosedLog, type GoneRow, type NewGone } from './store.js';

export interface CertifyDeps {
  db: Db;
  /** As `lantai_integrator`. */
  auditDb: Db;
  store: ObjectStore;
  archiveId: string;
  keys: SigningKey;
  originOf: (log: string) => string;
  hours: () => WorkCalendar;
  now: () => Date;
  /** Until when the store must lock the certificate. */
  keepUntil: () => Date;
}

/** What a register decided about a log. */
export interface GoneDecision {
  log: string;
  size: bigint;
  root: Buffer;
  /** Number of the register, and the version of the schedule. */
  procedure: string;
  rule: string;
  /** Pseudonyms of who proposed and who approved. */
  persons: readonly string[];
}

const keyOf = (archiveId: string, log: string): string => `${logPrefix(archiveId, log)}/${GONE_FILE}`;

/** The certificate that the store has of a log; `undefined` for anything that this archive did not sign for it. */
export async function storedNote(
  deps: { store: ObjectStore; archiveId: string; keys: Pick<SigningKey, 'publicKey'>; originOf: (log: string) => string },
  log: string,
): Promise<{ text: string; note: GoneNote } | undefined> {
  const there = await firstOf(deps.store, keyOf(deps.archiveId, log));
  if (!there) return undefined;
  const text = (await buffer(await deps.store.get(there))).toString('utf8');
  const note = openGone(text, deps.keys.publicKey);
  return note?.origin === deps.originOf(log) ? { text, note } : undefined;
}

/** The row of a certificate over a log as it is stored; refused where the stored log is not the one that it speaks of. */
export async function rowOf(db: Db, closed: ClosedLog, text: string, note: GoneNote): Promise<NewGone> {
  const { log, size, root } = closed;
  const [opening] = await selectTexts(db, log, 0n, 1);
  const [first] = await selectLeaves(db, log, 0n, 1);
  if (note.size !== size || !note.root.equals(root) || opening !== note.opening || first?.equals(leafHash(note.opening)) !== true)
    throw new CodedError('audit_unavailable', { detail: 'a certificate speaks of another log than the stored one' });
  const tail = Number(size % BigInt(TILE));
  const leaves = tail === 0 ? [] : await selectLeaves(db, log, size - BigInt(tail), tail);
  const { procedure, rule } = note;
  return { log, size, root, tail: Buffer.concat(leaves), first: closed.first, last: closed.last, procedure, rule, at: new Date(note.at), note: text };
}

/**
 * Certifies that the entries of a log are destroyed: signs over its size and root and keeps the hashes that no full tile holds. Nothing is
 * removed yet. Repeatable: what was certified stays, and what an earlier attempt put into the store is taken over.
 * @param tell puts the change on record in its transaction
 * @throws `changed` where the log is not what was decided
 */
export async function certifyGone(deps: CertifyDeps, decision: GoneDecision, tell: (tx: Tx) => Promise<unknown>): Promise<GoneRow> {
  const { db, keys, originOf, now } = deps;
  const { log, size, root, procedure, rule, persons } = decision;
  const there = await findGone(db, log);
  if (there) return there;
  const closed = (await selectClosed(db)).find((one) => one.log === log);
  const head = await selectHeadOf(db, log);
  const checkpoint = head && openCheckpoint(head.note, keys.publicKey);
  const fits = closed?.whole === true && closed.size === size && closed.root.equals(root) && closed.published === size;
  if (!fits || checkpoint?.size !== size || !checkpoint.root.equals(root) || checkpoint.origin !== originOf(log)) throw new CodedError('changed');
  const [opening] = await selectTexts(db, log, 0n, 1);
  const known = await storedNote(deps, log);
  const note: GoneNote = known?.note ?? { origin: originOf(log), size, root, opening: opening ?? '', at: now().toISOString(), rule, procedure, persons };
  const text = known?.text ?? signGone(note, keys);
  await keepCounts(deps.auditDb, deps.hours(), { log, from: 0n, to: size });
  const row = await rowOf(db, closed, text, note);
  await db.tx(async (tx) => {
    await insertGone(tx, row);
    await tell(tx);
  });
  return { ...row, publishedAt: null, removedAt: null };
}

/** Puts the certificate beside the log, under lock, before anything goes. Repeatable. */
export async function publishGone(deps: CertifyDeps, gone: GoneRow, tell: (tx: Tx) => Promise<unknown>): Promise<void> {
  if (gone.publishedAt !== null) return;
  const bytes = Buffer.from(gone.note);
  const ref = await deps.store.put(keyOf(deps.archiveId, gone.log), bytes, bytes.length).catch(async (error: unknown) => {
    if (!isCoded(error, 'conflict')) throw error;
    const there = await firstOf(deps.store, keyOf(deps.archiveId, gone.log));
    if (!there || !(await buffer(await deps.store.get(there))).equals(bytes))
      throw new CodedError('audit_unavailable', { detail: 'another certificate lies in the store' });
    return there;
  });
  await deps.store.lockUntil(ref, deps.keepUntil());
  await deps.db.tx(async (tx) => {
    await setGonePublished(tx, gone.log, deps.now());
    await tell(tx);
  });
}

/** Notes that the last entry of the database is gone. Repeatable. */
export async function finishGone(deps: Pick<CertifyDeps, 'db' | 'now'>, log: string, tell: (tx: Tx) => Promise<unknown>): Promise<void> {
  if ((await findGone(deps.db, log))?.removedAt !== null) return;
  await deps.db.tx(async (tx) => {
    await setGoneRemoved(tx, log, deps.now());
    await tell(tx);
  });
}
