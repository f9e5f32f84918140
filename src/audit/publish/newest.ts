import type { Db } from '../../db/index.js';
import { selectHeadOf } from '../proof/store.js';
import { selectNewestHead } from '../store.js';

/** The newest signed head of a log, or of the newest one, as a note (C2SP tlog-checkpoint); `undefined` where there is none. */
export async function newestCheckpoint(db: Db, log?: string): Promise<string | undefined> {
  return (await (log === undefined ? selectNewestHead(db) : selectHeadOf(db, log)))?.note;
}

/** The log that is being written; `undefined` before the first entry. */
export async function newestLog(db: Db): Promise<string | undefined> {
  return (await selectNewestHead(db))?.log;
}
