import { buffer } from 'node:stream/consumers';
import type { Db, Queryable } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { ObjectRef, ObjectStore } from '../../storage/index.js';
import { checkpointPath, fullAt, logPrefix, partPath, planParts } from './layout.js';
import { partBytes } from './parts.js';
import { insertPublished, type OpenLog, type PublishedRow, selectOpen, tryPublishLock } from './store.js';

export interface PublishDeps {
  /** As `lantai_integrator`. */
  auditDb: Db;
  store: ObjectStore;
  archiveId: string;
  now: () => Date;
  /** Until when the store must lock what is published of a log: the minimum term of records of use that end with its year. */
  keepUntil: (log: string) => Date;
}

export interface PublishReport {
  /** Whether another process was publishing, so that this one did nothing. */
  elsewhere: boolean;
  parts: number;
  /** The checkpoints published now. */
  checkpoints: { log: string; size: bigint }[];
}

/**
 * Puts what the log grew by into the object store, under lock: full tiles and entry bundles once, partial ones for this size, and the
 * checkpoint last, so that whoever finds a checkpoint finds all below it (C2SP tlog-tiles). A kill in between leaves parts that the next
 * time finds there; they must be the same bytes, else `audit_unavailable`: what is published is never replaced.
 */
export async function publishLog(deps: PublishDeps): Promise<PublishReport> {
  const report: PublishReport = { elsewhere: false, parts: 0, checkpoints: [] };
  const session = await deps.auditDb.session();
  try {
    if (await tryPublishLock(session)) for (const one of await selectOpen(session)) await publish(deps, session, one, report);
    else report.elsewhere = true;
  } finally {
    session.release(true); // closing the connection gives the lock back
  }
  return report;
}

async function publish(deps: PublishDeps, db: Queryable, { log, size, note, published }: OpenLog, report: PublishReport): Promise<void> {
  if (size === published) return;
  const place = logPrefix(deps.archiveId, log);
  for (const part of planParts(published, size)) {
    await put(deps, db, { key: `${place}/${partPath(part)}`, log, kind: 'part', size, fullAt: fullAt(part) }, await partBytes(db, log, part));
    report.parts++;
  }
  await put(deps, db, { key: `${place}/${checkpointPath(size)}`, log, kind: 'checkpoint', size, fullAt: null }, Buffer.from(note));
  report.checkpoints.push({ log, size });
}

/** Stores one object for as long as the log is kept (a partial one for the day that every object is locked), and notes it. */
export async function put(deps: PublishDeps, db: Queryable, row: Omit<PublishedRow, 'version'>, bytes: Buffer): Promise<void> {
  const ref = await deps.store.put(row.key, bytes, bytes.length).catch(async (error: unknown) => {
    if (!isCoded(error, 'conflict')) throw error;
    const there = await firstOf(deps.store, row.key);
    if (!there || !(await buffer(await deps.store.get(there))).equals(bytes))
      throw new CodedError('audit_unavailable', { detail: 'the log differs from what was published' });
    return there;
  });
  if (row.fullAt === null) await deps.store.lockUntil(ref, deps.keepUntil(row.log));
  await insertPublished(db, { ...row, version: ref.version }, deps.now());
}

/** The first version of an object: what was published under a name. A later one in a store that keeps versions is somebody else's. */
export async function firstOf(store: ObjectStore, key: string): Promise<ObjectRef | undefined> {
  let first: (ObjectRef & { modifiedAt: Date }) | undefined;
  for await (const entry of store.list(key)) {
    if (entry.key === key && (first === undefined || entry.modifiedAt < first.modifiedAt)) first = entry;
  }
  return first && { key: first.key, version: first.version };
}
