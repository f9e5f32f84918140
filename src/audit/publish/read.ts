import { Readable } from 'node:stream';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ObjectStore } from '../../storage/index.js';
import { assertNotGone, goneCertificate } from '../term/gone.js';
import { GONE_FILE } from '../term/note.js';
import { logPrefix } from './layout.js';
import { findPublished } from './store.js';

/** Paths of C2SP tlog-tiles below a log, and of the checkpoints and time stamps beside them. */
const PATH = /^(tile\/([0-7]|entries)\/(x\d{3}\/)*\d{3}(\.p\/\d{1,3})?|checkpoints\/\d{20}|timestamps\/[0-9-]+\.tsr)$/;

/** One published file of a log, as it lies in the object store. @throws `not_found`; `entries_gone` for a bundle that went with the term of its log */
export async function readPublished(deps: { db: Db; store: ObjectStore; archiveId: string }, log: string, path: string): Promise<Readable> {
  if (path === GONE_FILE) {
    const note = await goneCertificate(deps.db, log);
    if (note === undefined) throw new CodedError('not_found');
    return Readable.from([Buffer.from(note)]);
  }
  if (path.startsWith('tile/entries/')) await assertNotGone(deps.db, log);
  const found = PATH.test(path) ? await findPublished(deps.db, `${logPrefix(deps.archiveId, log)}/${path}`) : undefined;
  if (!found) throw new CodedError('not_found');
  return deps.store.get(found);
}
