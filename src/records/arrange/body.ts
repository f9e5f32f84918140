import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../audit/index.js';
import { scopeFacts } from '../../audit/index.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordDraft } from '../draft.js';
import type { BodyFile } from '../capture/prepare.js';

/** What a sealed body holds. */
export interface Body {
  v: 1;
  draft: RecordDraft;
  files: BodyFile[];
}

/**
 * Reads the body of a record for a piece of archive work (completing a description, deciding on a term): an access like
 * any other, on record with its purpose before the first byte.
 */
export async function readBody(
  deps: RecordsDeps,
  actor: Actor,
  target: { recordId: string; versionId: string; objectId: string; size: number },
  work: string,
): Promise<Body> {
  const scope = { actorPseudonym: actor.pseudonym, objectId: target.objectId, range: null };
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'record.work',
      subject: { kind: 'record', id: target.recordId, version: target.versionId },
      purpose: 'archive_work',
      decision: 'allow',
      policy: deps.access.version(),
      facts: { work, ...scopeFacts(scope), bytes: target.size },
    }),
  );
  const opened = await deps.vault.open(actor, await deps.audit.receipt(pending, scope), target.objectId);
  return JSON.parse((await buffer(opened.body)).toString('utf8')) as Body;
}
