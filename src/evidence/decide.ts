import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { allowed, guarded, personOf } from './acts.js';
import type { EvidenceDesk } from './deps.js';
import { decidePack, endPack, lockPack, type PackRow } from './store.js';

/** Approves a pack, or declines it; never its maker, nor whom it is about. What was approved is made at once. */
export async function decideEvidence(deps: EvidenceDesk, actor: Actor, id: string, agree: boolean): Promise<void> {
  const person = personOf(deps, actor, 'evidence.approve');
  await guarded(deps, actor, id, agree ? 'approve' : 'decline', () =>
    deps.db.tx(async (tx) => {
      const row = await lockPack(tx, id);
      if (!row) throw new CodedError('not_found');
      if (row.asked_by === person || row.person_id === person) throw new CodedError('same_person');
      const step = agree ? 'approve' : 'decline';
      if (row.state !== 'waiting') throw new CodedError('wrong_state', { params: { state: row.state, step } });
      await decidePack(tx, id, agree ? 'approved' : 'declined', person, deps.now());
      await deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: agree ? 'evidence.approve' : 'evidence.decline',
        subject: { kind: 'evidence', id },
        facts: factsOf(row),
      });
    }),
  );
  if (agree) deps.runs.wake();
}

/** Takes back what one asked for oneself, as long as nobody answered. */
export async function withdrawEvidence(deps: EvidenceDesk, actor: Actor, id: string): Promise<void> {
  const person = personOf(deps, actor, 'evidence.make');
  await guarded(deps, actor, id, 'withdraw', () =>
    deps.db.tx(async (tx) => {
      const row = await lockPack(tx, id);
      if (!row) throw new CodedError('not_found');
      if (row.asked_by !== person) throw new CodedError('forbidden');
      if (row.state !== 'waiting') throw new CodedError('wrong_state', { params: { state: row.state, step: 'withdraw' } });
      await endPack(tx, id, 'withdrawn', null, deps.now());
      await deps.audit.append(tx, { ...allowed(deps, actor), act: 'evidence.withdraw', subject: { kind: 'evidence', id }, facts: factsOf(row) });
    }),
  );
}

/** How the log tells packs apart. */
export const factsOf = (row: PackRow): Record<string, string> => ({
  number: row.number,
  kind: row.kind,
  ...(row.person_id === null ? {} : { person: row.person_id }),
  ...(row.record_id === null ? {} : { record: row.record_id }),
});
