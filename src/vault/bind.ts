import { systemActor } from '../audit/index.js';
import type { Queryable } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import { findIdentity, insertIdentity } from './store.js';
import type { VaultDeps } from './types.js';

/** Whether this database ever belonged to a keystore. Only where it did not may a keystore be made. */
export async function isBound(db: Queryable): Promise<boolean> {
  return (await findIdentity(db)) !== undefined;
}

/** Binds a new database to the keystore; afterwards refuses every other keystore, which could open nothing. */
export async function bind(deps: VaultDeps): Promise<void> {
  const { archiveId, fingerprint } = deps.keystore;
  const found = await findIdentity(deps.db);
  if (!found) {
    await deps.db.tx(async (tx) => {
      if (!(await insertIdentity(tx, archiveId, fingerprint))) return;
      await deps.audit.append(tx, { actor: systemActor(), act: 'archive.bind', subject: { kind: 'archive', id: archiveId }, decision: 'allow' });
    });
    return bind(deps);
  }
  if (found.archive_id !== archiveId || found.keystore_fingerprint !== fingerprint) {
    throw new CodedError('key_unavailable', { detail: 'this database belongs to another keystore' });
  }
}
