import { finishAnnounced, finishImport } from '../announced/finish.js';
import { systemActor } from '../../audit/index.js';
import { openImportBatch } from '../batches/current.js';
import { isBatchOpen } from '../batches/store.js';
import { captureMany } from '../capture/capture-many.js';
import { checkMany } from '../capture/check-many.js';
import type { RecordsDeps } from '../deps.js';
import type { ImportDeps } from './deps.js';

/** An import into the archive: the same checks, rights and entries as every other way in. */
export function importsOf(deps: RecordsDeps): ImportDeps {
  return {
    db: deps.db,
    audit: deps.audit,
    keystore: deps.keystore,
    now: deps.now,
    authorize: (actor, act) => void deps.access.authorize(actor, act),
    findable: (actor) => deps.access.where(actor, 'record.list', 'r'),
    captureMany: (actor, items, context) => captureMany(deps, actor, items, context),
    finishAnnounced: () => finishAnnounced(deps, systemActor()),
    finishImport: (id) => finishImport(deps, id),
    checkMany: (actor, items) => checkMany(deps, actor, items),
    isBatchOpen: (id) => isBatchOpen(deps.db, id),
    openBatch: (actor, system) => openImportBatch(deps, actor, system),
  };
}
