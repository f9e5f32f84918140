import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { readBody } from '../arrange/body.js';
import { asClassified } from '../arrange/classification.js';
import { onRecord } from '../arrange/refusal.js';
import { insertHistory, lockRecord, type LockedRecord } from '../arrange/store.js';
import { applyTerm, renewTerm, storedOf, writePromise } from '../arrange/term.js';
import type { Prepared } from '../capture/prepare.js';
import { insertVersions } from '../capture/insert-store.js';
import type { RecordsDeps } from '../deps.js';
import { rightsFacts } from '../rights-facts.js';
import type { RetentionEvent } from '../../retention/index.js';
import { endOfDay } from '../term.js';
import { eventsOf } from '../terms/store.js';
import { assertCorrectable, assertShown, prepareCorrected } from './propose.js';
import { correctionById, decideCorrection, lockCorrection, setCorrected, type CorrectionRow, mayCorrect } from './store.js';

/**
 * Answers a proposed correction: whoever may correct the record, except the person who proposed it; refusing is open to
 * that person too. Agreed, the proposed body becomes the record's newest version, the old one stays, the index follows,
 * and the term is decided anew: it only ever moves to a later day.
 */
export async function answerCorrection(
  deps: RecordsDeps,
  actor: Actor,
  input: { id: string; agree: boolean },
): Promise<{ recordId: string; version: number | null }> {
  const found = await correctionById(deps.db, input.id, mayCorrect(deps, actor));
  return onRecord(deps, actor, { act: 'record.correct', recordId: found?.record_id ?? input.id }, async () => {
    if (!found) throw new CodedError('not_found');
    if (actor.personId === null || (input.agree && actor.personId === found.proposed_by)) throw new CodedError('same_person');
    if (found.state !== 'proposed') throw new CodedError('wrong_state', { params: { state: found.state, step: 'correct' } });
    return input.agree ? agree(deps, actor, found, actor.personId) : refuse(deps, actor, found, actor.personId);
  });
}

async function refuse(deps: RecordsDeps, actor: Actor, { id, record_id }: CorrectionRow, by: string): Promise<{ recordId: string; version: null }> {
  await deps.db.tx(async (tx) => {
    const now = waiting(await lockCorrection(tx, id));
    await decideCorrection(tx, id, { state: 'refused', by, at: deps.now() });
    await deps.audit.append(tx, {
      actor,
      act: 'record.correction_refuse',
      subject: { kind: 'record', id: record_id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { correction: id, own: now.proposed_by === by },
    });
  });
  return { recordId: record_id, version: null };
}

async function agree(deps: RecordsDeps, actor: Actor, found: CorrectionRow, by: string): Promise<{ recordId: string; version: number }> {
  assertShown(actor, found);
  const target = { recordId: found.record_id, versionId: found.new_version, objectId: found.body_object, size: Number(found.body_size) };
  const body = await readBody(deps, actor, target, 'correct');
  const stored = await storedOf(deps, found.record_id);
  const own = await deps.vault.facts([found.body_object]);
  return deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, found.record_id, mayCorrect(deps, actor));
    assertCorrectable(record);
    waiting(await lockCorrection(tx, found.id));
    // it was made from what stood there then; what came later must not be lost by it
    if (record.version_id !== found.from_version) throw new CodedError('conflict');
    const prepared = prepareCorrected(deps, record, asClassified(body.draft, record));
    const { next, corrected } = termAfter(deps, record, prepared, await eventsOf(tx, record.id));
    const number = record.version_number + 1;
    const at = deps.now();
    // the new body is kept as long as the rest, and read back, before it counts
    const until = await deps.vault.lock(own, endOfDay(next.minimum, deps.settings.zone));
    await deps.vault.markLocked(
      tx,
      own.map((one) => ({ objectId: one.objectId, until })),
    );
    await applyTerm(deps, tx, corrected, next, stored);
    await decideCorrection(tx, found.id, { state: 'agreed', by, at });
    await insertVersions(tx, [
      { id: found.new_version, record_id: record.id, number, body_object: found.body_object, reason: 'correction', created_at: at, created_by: by },
    ]);
    const restricted = await setCorrected(tx, record.id, prepared.row, { id: found.new_version, number });
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.correction_agree',
      subject: { kind: 'record', id: record.id, version: found.new_version },
      decision: 'allow',
      policy: deps.access.version(),
      facts: {
        correction: found.id,
        number,
        fields: found.fields.slice(0, 50),
        until: next.until,
        minimum: next.minimum,
        ...rightsNow(record, prepared),
        restricted,
      },
    });
    await writePromise(deps, tx, corrected, next, { entry: entry.id, by: actor.pseudonym });
    const term = next.until === record.term_until ? [] : [{ field: 'term', old: record.term_until, new: next.until }];
    await insertHistory(
      tx,
      [{ field: 'version', old: String(record.version_number), new: String(number) }, ...term].map((one) => ({
        record: record.id,
        at,
        by: actor.pseudonym,
        entry: entry.id,
        ...one,
      })),
    );
    return { recordId: record.id, version: number };
  });
}

/** What the rules look at once it is corrected: a correction touches neither class nor sensitivity. */
function rightsNow(record: LockedRecord, { row }: Prepared): ReturnType<typeof rightsFacts> {
  return rightsFacts({ ...record, channel: row.channel, department: row.department, purposes: JSON.parse(row.purposes) as string[] });
}

/** The term of the record as corrected; never earlier than the one that stands. */
function termAfter(
  deps: RecordsDeps,
  record: LockedRecord,
  prepared: Prepared,
  events: readonly RetentionEvent[],
): { next: ReturnType<typeof renewTerm>; corrected: LockedRecord } {
  const { row } = prepared;
  const corrected = { ...record, closed_at: row.closed_at, channel: row.channel, has_feedback: row.has_feedback };
  return { next: renewTerm(deps, corrected, record, events), corrected };
}

function waiting(row: CorrectionRow | undefined): CorrectionRow {
  if (!row) throw new CodedError('not_found');
  if (row.state !== 'proposed') throw new CodedError('wrong_state', { params: { state: row.state, step: 'correct' } });
  return row;
}
