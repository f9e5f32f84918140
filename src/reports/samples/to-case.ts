import type { Actor } from '../../audit/index.js';
import { dayOf } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';
import { pseudonymsOf } from '../signals/facts-store.js';
import { insertCase, lockOpenCase, nextCaseNumber } from '../signals/store.js';
import { allowed, guarded, personOf } from './acts.js';
import { findItem, itemToCase, lockSample } from './store.js';

/** Turns an item that is in doubt into a case; it joins the one that is still open about that person, if there is one. */
export async function caseOfItem(deps: ReportsDeps, actor: Actor, input: { sampleId: string; position: number }): Promise<string> {
  const person = personOf(deps, actor, 'case.work');
  personOf(deps, actor, 'sample.view');
  const { sampleId, position } = input;
  return guarded(deps, actor, sampleId, 'case', () =>
    deps.db.tx(async (tx) => {
      const sample = await lockSample(tx, sampleId);
      const item = sample && (await findItem(tx, sampleId, position));
      if (!item || item.person_id === null) throw new CodedError('not_found');
      if (item.person_id === person) throw new CodedError('same_person');
      if (item.case_id !== null || item.mark === null || item.mark === 'justified')
        throw new CodedError('wrong_state', { params: { state: item.mark ?? '', step: 'case' } });
      const at = deps.now();
      const reader = (await pseudonymsOf(tx, [item.person_id]))[0]?.pseudonym ?? '';
      const open = await lockOpenCase(tx, item.person_id, 'sample');
      const id = open?.id ?? newId();
      const number = open ? undefined : await nextCaseNumber(tx, dayOf(at, deps.settings.zone).y);
      const entry = await deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: open ? 'case.join' : 'case.open',
        subject: { kind: 'case', id },
        facts: { ...(number === undefined ? {} : { number }), kind: 'sample', sample: sampleId, position, reader },
      });
      if (number !== undefined) await insertCase(tx, { id, number, person: item.person_id, kind: 'sample', at, entry: entry.id, fromSignal: null });
      await itemToCase(tx, sampleId, position, id);
      return id;
    }),
  );
}
