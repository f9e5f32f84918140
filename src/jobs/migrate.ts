import { Logger, runMigrations } from 'graphile-worker';
import { openDatabase } from '../db/index.js';
import { GRANTS } from './store.js';

/** Its own lines are not ours to vouch for: they may quote payloads and errors. */
export const quiet = new Logger(() => () => undefined);

/** Brings the queue's tables to the library's newest version and lets the server's role use them. Run as `lantai_owner`. */
export async function migrateJobs(ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, logger: quiet, noHandleSignals: true });
  const db = openDatabase({ connectionString: ownerUrl, max: 1, applicationName: 'lantai migrate' });
  try {
    await db.run(GRANTS);
  } finally {
    await db.close();
  }
}
