import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemActor } from '../audit/index.js';
import type { RecordsDeps } from '../records/index.js';
import { openStore } from '../storage/index.js';
import { createVault } from '../vault/index.js';
import type { Archive } from './archive.js';

/**
 * An archive as it was in earlier years, for the demo that tells them: what is taken in is locked from the day it came, not from the day
 * it is told. A store of its own kind (S3) keeps its own clock; there what was destroyed waits for the end of its lock as anywhere.
 */
export function pastOf(archive: Archive): { at(now: () => Date): { records: RecordsDeps; close(): Promise<void> }; follow(): Promise<unknown> } {
  const { config, db, keystore, audit, records } = archive;
  return {
    at(now) {
      if (config.s3) return { records: { ...records, now }, close: () => Promise.resolve() };
      const store = openStore({ kind: 'folder', folder: join(config.dataDir, 'objects'), now });
      const vault = createVault({ db, store, keystore, audit, now: archive.now, random: randomBytes });
      return { records: { ...records, vault, now }, close: () => store.close() };
    },
    follow: () => archive.follower.rebuildNow(systemActor(), () => undefined),
  };
}
