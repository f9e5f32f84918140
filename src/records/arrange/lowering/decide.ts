import type { Actor } from '../../../audit/index.js';
import { CodedError } from '../../../errors/index.js';
import type { RecordsDeps } from '../../deps.js';
import { applyClassification } from '../apply.js';
import { onRecord } from '../refusal.js';
import { lockRecord } from '../store.js';
import { storedOf } from '../term.js';
import { decideLowering, waitingLowering } from './store.js';

export interface DecideLoweringInput {
  recordId: string;
  agree: boolean;
}

/**
 * Answers a proposal to lower a record's sensitivity: whoever may reclassify the record, except the person who proposed
 * it. Refusing is open to that person too: it takes the proposal back.
 */
export async function answerLowering(deps: RecordsDeps, actor: Actor, input: DecideLoweringInput): Promise<void> {
  await onRecord(deps, actor, { act: 'record.reclassify', recordId: input.recordId }, () => answer(deps, actor, input));
}

async function answer(deps: RecordsDeps, actor: Actor, input: DecideLoweringInput): Promise<void> {
  const stored = await storedOf(deps, input.recordId);
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.reclassify', 'r'));
    if (!record) throw new CodedError('not_found');
    const proposal = await waitingLowering(tx, record.id);
    if (!proposal) throw new CodedError('wrong_state', { params: { state: record.state, step: 'lower' } });
    if (actor.personId === null || (input.agree && actor.personId === proposal.proposed_by)) throw new CodedError('same_person');
    if (input.agree && record.sensitivity !== proposal.from_level) throw new CodedError('conflict');
    const by = actor.personId;
    await decideLowering(tx, proposal.id, { state: input.agree ? 'agreed' : 'refused', by, at: deps.now() });
    if (input.agree) {
      const to = { ...record, sensitivity: proposal.to_level };
      await applyClassification(deps, tx, actor, { record, to, stored, act: 'record.lowering_agree', facts: { lowering: proposal.id } });
      return;
    }
    await deps.audit.append(tx, {
      actor,
      act: 'record.lowering_refuse',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { lowering: proposal.id, sensitivity: proposal.to_level, own: by === proposal.proposed_by },
    });
  });
}
