import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { PrivacyDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { lockRequest, requestById } from '../store.js';
import { fileOfClient, filesOfClient, putFileDecision } from './store.js';

export interface CopyFileView {
  id: string;
  recordId: string;
  name: string;
  mediaType: string;
  size: number;
  /** `null`: nobody decided yet, so it is only listed. */
  approved: boolean | null;
}

/** The files of the client's records that may go into a copy: each is decided on its own, for nobody masks a picture. */
export async function listCopyFiles(deps: PrivacyDeps, actor: Actor, id: string): Promise<CopyFileView[]> {
  return onRequest(deps, actor, { step: 'files', id }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    const row = await requestById(deps.db, id);
    if (!row) throw new CodedError('not_found');
    const files = await filesOfClient(deps.db, id, row.client_number, deps.access.where(actor, 'record.list', 'r'));
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'privacy.view',
        subject: { kind: 'privacyRequest', id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { files: files.length },
      }),
    );
    return files.map((one) => ({
      id: one.id,
      recordId: one.record_id,
      name: one.name,
      mediaType: one.media_type,
      size: Number(one.size),
      approved: one.approved,
    }));
  });
}

/** Decides whether one file goes into the copy. Who decides has looked at it under a reading, as everybody. */
export async function decideFile(deps: PrivacyDeps, actor: Actor, input: { id: string; fileId: string; approved: boolean }): Promise<void> {
  await onRequest(deps, actor, { step: 'file', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.register');
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    await deps.db.tx(async (tx) => {
      const row = await lockRequest(tx, input.id);
      if (!row) throw new CodedError('not_found');
      if (row.kind !== 'copy' || row.state === 'answered' || row.state === 'closed')
        throw new CodedError('wrong_state', { params: { state: row.state, step: 'file' } });
      const file = await fileOfClient(tx, row.client_number, input.fileId, deps.access.where(actor, 'record.list', 'r'));
      if (!file) throw new CodedError('not_found');
      await putFileDecision(tx, { request: row.id, file: input.fileId, approved: input.approved, by, at: deps.now() });
      await deps.audit.append(tx, {
        actor,
        act: 'privacy.file_approve',
        subject: { kind: 'privacyRequest', id: row.id },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { file: input.fileId, record: file.record_id, approved: input.approved },
      });
    });
  });
}
