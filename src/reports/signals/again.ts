import type { Actor } from '../../audit/index.js';
import { dayOf } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';
import { pseudonymsOf } from './facts-store.js';
import { findSignal, insertCase, lockOpenCase, lockSignal, nextCaseNumber } from './store.js';

/** Opens a further case from a signal whose case is over. Signals of its kind about that person join it from then on. */
export async function openAgain(deps: ReportsDeps, actor: Actor, signalId: string): Promise<string> {
  deps.access.authorize(actor, 'signal.view');
  deps.access.authorize(actor, 'case.work');
  if (actor.personId === null) throw new CodedError('forbidden');
  const viewer = actor.personId;
  return deps.db.tx(async (tx) => {
    await lockSignal(tx, signalId);
    const signal = await findSignal(tx, signalId);
    if (!signal || signal.person_id === viewer) throw new CodedError('not_found');
    if (signal.case_state !== 'closed') throw new CodedError('wrong_state', { params: { state: signal.case_state, step: 'open' } });
    if (await lockOpenCase(tx, signal.person_id, signal.kind)) throw new CodedError('conflict');
    const id = newId();
    const at = deps.now();
    const number = await nextCaseNumber(tx, dayOf(at, deps.settings.zone).y);
    const reader = (await pseudonymsOf(tx, [signal.person_id]))[0]?.pseudonym ?? '';
    const entry = await deps.audit.append(tx, {
      actor,
      decision: 'allow',
      policy: deps.access.version(),
      act: 'case.open',
      subject: { kind: 'case', id },
      facts: { number, signal: signalId, kind: signal.kind, reader },
    });
    await insertCase(tx, { id, number, person: signal.person_id, kind: signal.kind, at, entry: entry.id, fromSignal: signalId });
    return id;
  });
}
