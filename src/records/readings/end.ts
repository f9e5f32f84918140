import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { noteContext } from './open.js';
import { endAccess, endReading, lockAbandoned, lockExpired, lockOwnReading } from './store.js';

/** Results of use 利用效果 that a reader states when handing back. */
export const READING_RESULTS = ['solved', 'partly', 'not_found', 'not_needed'] as const;
/** Longest note on a result, in characters. */
export const RESULT_LENGTH = 1000;
export type ReadingResult = (typeof READING_RESULTS)[number];

/** Hands a reading back with its result; nothing more can be read under it. */
export async function returnReading(
  deps: RecordsDeps,
  actor: Actor,
  input: { readingId: string; result: ReadingResult; note?: string | undefined },
): Promise<void> {
  const account = actor.accountId;
  if (account === null) throw new CodedError('forbidden');
  if ((input.note?.length ?? 0) > RESULT_LENGTH) throw invalidField('note', 'too_long', { max: RESULT_LENGTH });
  const at = deps.now();
  await deps.db.tx(async (tx) => {
    const reading = await lockOwnReading(tx, input.readingId, account);
    if (!reading) throw new CodedError('not_found');
    if (reading.state !== 'open') throw new CodedError('wrong_state', { params: { state: reading.state, step: 'return' } });
    await deps.audit.append(tx, {
      actor,
      act: 'reading.return',
      subject: { kind: 'reading', id: reading.id },
      purpose: reading.purpose,
      decision: 'allow',
      facts: { record: reading.record_id, result: input.result },
      ...(input.note ? { side: { note: input.note } } : {}),
    });
    const sealed = input.note ? sealField(deps.keystore.secret('catalogue'), `${noteContext(reading.id)}/result`, input.note) : null;
    await endReading(tx, reading.id, { state: 'returned', at, result: input.result, sealed });
  });
}

/** Ends readings that nobody used for their time, never in the middle of a stream; how many. */
export async function expireReadings(deps: RecordsDeps, system: Actor): Promise<number> {
  return deps.db.tx(async (tx) => {
    const at = deps.now();
    const rows = await lockExpired(tx, at, 500);
    for (const row of rows) await endReading(tx, row.id, { state: 'expired', at });
    if (rows.length > 0) {
      await deps.audit.appendMany(
        tx,
        rows.map((row) => ({
          actor: system,
          act: 'reading.expire',
          subject: { kind: 'reading' as const, id: row.id },
          decision: 'allow' as const,
          facts: { record: row.record_id, reader: row.pseudonym },
        })),
      );
    }
    return rows.length;
  });
}

/** Closes accesses whose process died before it could say how they ended; their bytes are unknown, and the entry says so. */
export async function closeAbandoned(deps: RecordsDeps, system: Actor, before: Date): Promise<number> {
  return deps.db.tx(async (tx) => {
    const at = deps.now();
    const rows = await lockAbandoned(tx, before, 500);
    if (rows.length === 0) return 0;
    const entries = await deps.audit.appendMany(
      tx,
      rows.map((row) => ({
        actor: system,
        act: 'reading.end',
        subject: { kind: 'reading' as const, id: row.reading_id },
        decision: 'error' as const,
        facts: { access: row.id, record: row.record_id, bytes: null, whole: null, why: 'process_ended' },
      })),
    );
    for (const [i, row] of rows.entries()) await endAccess(tx, row.id, { at, entry: entries[i]?.id ?? '', bytes: null, whole: null });
    return rows.length;
  });
}
