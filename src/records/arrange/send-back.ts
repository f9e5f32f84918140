import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { reasonContext } from '../catalogue/view.js';
import type { RecordsDeps } from '../deps.js';
import { nextState } from '../states.js';
import type { RecordState } from '../values.js';
import { onRecord } from './refusal.js';
import { lockRecord, setSentBack } from './store.js';

/** Longest reason, in characters. */
export const REASON_LENGTH = 1000;

/** Sends an incomplete record back 退回 to who sent it, with a reason (R96). */
export async function sendBack(deps: RecordsDeps, actor: Actor, input: { recordId: string; reason: string }): Promise<void> {
  const reason = input.reason.trim();
  if (reason === '') throw invalidField('reason', 'missing');
  if (reason.length > REASON_LENGTH) throw invalidField('reason', 'too_long', { max: REASON_LENGTH });
  await onRecord(deps, actor, { act: 'record.send_back', recordId: input.recordId }, () => send(deps, actor, { ...input, reason }));
}

async function send(deps: RecordsDeps, actor: Actor, input: { recordId: string; reason: string }): Promise<void> {
  const { reason } = input;
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.send_back', 'r'));
    if (!record) throw new CodedError('not_found');
    nextState(record.state as RecordState, 'send_back');
    if (record.complete) throw new CodedError('wrong_state', { params: { state: record.state, step: 'send_back' } });
    await setSentBack(tx, record.id, sealField(deps.keystore.secret('catalogue'), reasonContext(record.id), reason));
    await deps.audit.append(tx, {
      actor,
      act: 'record.send_back',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      side: { reason },
    });
  });
}
