import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';
import { allowed, guarded, personOf } from './acts.js';
import type { Mark } from './kinds.js';
import { closeSampleRow, findItem, findSample, insertMark, lockSample, marksOf } from './store.js';

/** Longest note on an item, in characters. */
export const MARK_NOTE_LENGTH = 2000;
export const markContext = (sample: string, mark: string): string => `sample/${sample}/mark/${mark}`;

export interface MarkInput {
  sampleId: string;
  position: number;
  mark: Mark;
  note: string;
}

/** Marks an item as justified, not justified or unclear. Never one's own, and not more of a sample by its drawer than the rules let him. */
export async function markItem(deps: ReportsDeps, actor: Actor, { sampleId, position, mark, note }: MarkInput): Promise<void> {
  const person = personOf(deps, actor, 'sample.mark');
  const text = note.trim();
  if (text === '' && mark !== 'justified') throw invalidField('note', 'requires_reason');
  if (text.length > MARK_NOTE_LENGTH) throw invalidField('note', 'too_long', { max: MARK_NOTE_LENGTH });
  await guarded(deps, actor, sampleId, 'mark', () =>
    deps.db.tx(async (tx) => {
      const sample = await lockSample(tx, sampleId);
      const item = sample && (await findItem(tx, sampleId, position));
      if (!item) throw new CodedError('not_found');
      if (sample.state !== 'open') throw new CodedError('wrong_state', { params: { state: sample.state, step: 'mark' } });
      if (item.person_id === person) throw new CodedError('same_person');
      if (sample.drawn_by === person && (await marksOf(tx, sampleId, person, position)) >= sample.drawer_most) throw new CodedError('same_person');
      const id = newId();
      const entry = await deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: 'sample.mark',
        subject: { kind: 'sample', id: sampleId },
        facts: { number: sample.number, position, mark, note: text !== '' },
      });
      const sealed = text === '' ? null : sealField(deps.keystore.secret('samples'), markContext(sampleId, id), text);
      await insertMark(tx, { id, sample: sampleId, position, mark, by: person, at: deps.now(), note_sealed: sealed, entry: entry.id });
    }),
  );
}

/** Ends a sample once every item is marked; its counts stand in the log. */
export async function closeSample(deps: ReportsDeps, actor: Actor, id: string): Promise<void> {
  const person = personOf(deps, actor, 'sample.mark');
  await guarded(deps, actor, id, 'close', () =>
    deps.db.tx(async (tx) => {
      const row = await lockSample(tx, id);
      const sample = row && (await findSample(tx, id));
      if (!sample) throw new CodedError('not_found');
      const { items, justified, not_justified: notJustified, unclear } = sample;
      if (sample.state !== 'open' || justified + notJustified + unclear < items)
        throw new CodedError('wrong_state', { params: { state: sample.state, step: 'close' } });
      await closeSampleRow(tx, id, person, deps.now());
      await deps.audit.append(tx, {
        ...allowed(deps, actor),
        act: 'sample.close',
        subject: { kind: 'sample', id },
        facts: { number: sample.number, count: items, justified, notJustified, unclear },
      });
    }),
  );
}
