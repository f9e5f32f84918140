import type { Db } from '../../db/index.js';
import { selectNewestHead } from '../store.js';

/** The newest signed head of the log as a note (C2SP tlog-checkpoint); `undefined` where nothing was ever logged. */
export async function newestCheckpoint(db: Db): Promise<string | undefined> {
  return (await selectNewestHead(db))?.note;
}
