import { createHash } from 'node:crypto';
import type { Db } from '../../db/index.js';
import { isCoded } from '../../errors/index.js';
import { originOf, type AuditKeystore } from '../audit.js';
import { openCheckpoint } from '../log/note.js';
import { readSignerMemory, type SignerMemory } from '../log/signer.js';
import { loadEdge, selectEnds } from '../log/store.js';
import { EMPTY_ROOT } from '../log/tree.js';
import { selectNewestHead } from '../store.js';
import type { BrokenLog, LogPoint } from './break.js';
import { selectHeads } from './break-store.js';
import { checkpointSizes, holdsMore, newestSigned, type StoredLogs } from './stored.js';

export interface AssessDeps {
  db: Db;
  keystore: AuditKeystore;
  stored: StoredLogs;
  now: () => Date;
}

/** Why a log cannot go on: it is shorter than what was signed, differs from it, or the signer's memory is lost. */
export type BreakKind = 'behind' | 'differs' | 'memory';

export type Assessed = BrokenLog & { kind: BreakKind };

/** Compares log, signer and object store; `null` where the log fits what was signed. */
export async function assessLog(deps: AssessDeps): Promise<Assessed | null> {
  const last = await readSignerMemory(deps.keystore.folder);
  const newest = await selectNewestHead(deps.db);
  const log = last?.log ?? newest?.log ?? String(deps.now().getUTCFullYear());
  const kind = await kindOf(deps, log, last);
  if (kind === null) return null;
  const signed = last && { size: last.size, root: last.root };
  return { kind, log, signed, published: await publishedOf(deps, log), held: await heldOf(deps, log) };
}

async function kindOf(deps: AssessDeps, log: string, last: SignerMemory | null): Promise<BreakKind | null> {
  if (last === null) return (await selectHeads(deps.db, log, 1)).length > 0 || (await holdsMore(deps.stored, log, 0n)) ? 'memory' : null;
  const end = (await selectEnds(deps.db, log)).find((one) => one.log === log);
  if (end === undefined || end.size < last.size) return 'behind';
  return (await rootAt(deps.db, log, last.size))?.equals(last.root) ? null : 'differs';
}

/** The root that the stored log gives at a size; `undefined` where it has gaps. */
async function rootAt(db: Db, log: string, size: bigint): Promise<Buffer | undefined> {
  return loadEdge(db, log, size).then(
    (edge) => edge.root(),
    (error: unknown) => {
      if (error instanceof Error && !isCoded(error) && error.message === 'edge does not fit its size') return undefined;
      throw error;
    },
  );
}

/** The newest checkpoint in the store that is signed. Out of reach, it is not known. */
async function publishedOf({ stored, keystore }: AssessDeps, log: string): Promise<LogPoint | null> {
  const { publicKey } = keystore.signingKey('audit-log');
  try {
    const found = await newestSigned(stored, log, await checkpointSizes(stored, log), originOf(keystore.archiveId, log), publicKey);
    return found ? { size: found.size, root: found.root } : null;
  } catch (error) {
    if (isCoded(error, 'store_unavailable')) return null;
    throw error;
  }
}

const MOST_HEADS = 1000;

/** The newest signed head that the stored hashes give again. */
async function heldOf({ db, keystore }: AssessDeps, log: string): Promise<BrokenLog['held']> {
  const { publicKey } = keystore.signingKey('audit-log');
  for (const { size, root, note } of await selectHeads(db, log, MOST_HEADS)) {
    const opened = openCheckpoint(note, publicKey);
    if (opened?.origin !== originOf(keystore.archiveId, log) || opened.size !== size || !opened.root.equals(root)) continue;
    if ((await rootAt(db, log, size))?.equals(root)) return { size, root, digest: createHash('sha256').update(note).digest() };
  }
  return { size: 0n, root: EMPTY_ROOT, digest: createHash('sha256').digest() };
}
