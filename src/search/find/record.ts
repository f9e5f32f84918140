import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { summariesOf } from '../../records/index.js';
import { alarmHash, alarmIn } from '../follow/false-alarms.js';
import { enqueue } from '../follow/store.js';
import type { SearchDeps } from './deps.js';
import { fileStates, insertAlarm, maskedOf, mayRead, type FileSearchState } from './store.js';

export interface Searchable {
  files: FileSearchState[];
  /** What was masked before the record was indexed: kinds and counts, never values. */
  masked: { kind: string; count: number }[];
}

/** What of a record can be searched; `null` where the viewer may not find it. The view of the record is on record already. */
export async function searchable(deps: SearchDeps, actor: Actor, recordId: string): Promise<Searchable | null> {
  if ((await summariesOf(deps, actor, [recordId])).length === 0) return null;
  return { files: await fileStates(deps.db, recordId), masked: await maskedOf(deps.db, recordId) };
}

/** Longest text that may be reported. */
export const ALARM_LENGTH = 60;
const report = z.strictObject({ text: z.string().trim().min(1, 'empty').max(ALARM_LENGTH, 'too_long') });

/**
 * Says that what was masked in a record is no personal data: it is not masked there again. Who reports must be allowed to
 * read the record. Only a keyed hash of the text is kept.
 */
export async function reportFalseAlarm(deps: SearchDeps, actor: Actor, recordId: string, input: z.input<typeof report>): Promise<void> {
  const { text } = check(report, input);
  if (!(await mayRead(deps.db, deps.access.where(actor, 'record.read', 'r'), recordId))) {
    await deps.db.tx((tx) =>
      deps.audit.append(tx, { actor, act: 'record.refused', subject: { kind: 'record', id: recordId }, decision: 'deny', policy: deps.access.version() }),
    );
    throw new CodedError('not_found');
  }
  const alarm = alarmIn(text);
  if (alarm === undefined) throw invalidField('text', 'nothing_masked');
  const hash = alarmHash(deps.keystore.secret('false-alarms'), recordId, alarm.plain);
  await deps.db.tx(async (tx) => {
    await insertAlarm(tx, { record: recordId, hash, kind: alarm.kind, by: actor.pseudonym, at: deps.now() });
    await deps.audit.append(tx, {
      actor,
      act: 'record.false_alarm',
      subject: { kind: 'record', id: recordId },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { kind: alarm.kind },
    });
    await enqueue(tx, [recordId], 'changed');
  });
  deps.follower.wake();
}
