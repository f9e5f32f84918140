import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { onRecord } from './refusal.js';
import { insertHistory, lockRecord, setSpecialTerm } from './store.js';
import { eventsOf } from '../terms/store.js';
import { putTerm, renewTerm, storedOf } from './term.js';

/** Answers an application for a longer term in a special case (R29): only someone other than who asked for it may. */
export async function confirmTerm(deps: RecordsDeps, actor: Actor, input: { recordId: string; confirm: boolean }): Promise<void> {
  await onRecord(deps, actor, { act: 'record.confirm_term', recordId: input.recordId }, () => answer(deps, actor, input));
}

async function answer(deps: RecordsDeps, actor: Actor, input: { recordId: string; confirm: boolean }): Promise<void> {
  const stored = await storedOf(deps, input.recordId);
  await deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, input.recordId, deps.access.where(actor, 'record.confirm_term', 'r'));
    if (!record) throw new CodedError('not_found');
    if (record.special_term !== 'asked') throw new CodedError('wrong_state', { params: { state: record.special_term, step: 'confirm_term' } });
    if (!['received', 'sent_back', 'archived'].includes(record.state))
      throw new CodedError('wrong_state', { params: { state: record.state, step: 'confirm_term' } });
    if (actor.personId === null || actor.personId === record.special_term_asked_by) throw new CodedError('same_person');
    const next = input.confirm ? renewTerm(deps, record, record, await eventsOf(tx, record.id), 'confirmed') : undefined;
    const until = next?.until ?? record.term_until;
    const entry = await deps.audit.append(tx, {
      actor,
      act: input.confirm ? 'record.term_confirm' : 'record.term_refuse',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { until, rule: next?.term.rule ?? record.term_rule },
    });
    const [state, askedBy] = [input.confirm ? ('confirmed' as const) : ('refused' as const), record.special_term_asked_by];
    await setSpecialTerm(tx, record.id, { state, askedBy, by: actor.personId, at: deps.now() });
    if (next) await putTerm(deps, tx, record, next, stored, { entry: entry.id, by: actor.pseudonym });
    if (until !== record.term_until)
      await insertHistory(tx, [{ record: record.id, at: deps.now(), by: actor.pseudonym, entry: entry.id, field: 'term', old: record.term_until, new: until }]);
  });
}
