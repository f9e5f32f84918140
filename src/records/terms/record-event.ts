import type { Actor } from '../../audit/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { onRecord } from '../arrange/refusal.js';
import { insertHistory, lockRecord } from '../arrange/store.js';
import { putTerm, renewTerm, storedOf } from '../arrange/term.js';
import type { RecordsDeps } from '../deps.js';
import { dayText } from '../term.js';
import { eventsOf, insertEvent, keepAgain, knownEvent } from './store.js';

/** The last contact with the client is an event of its own kind: rules speak of it apart from named ones. */
export const LAST_CONTACT = 'last_contact';
const CLOCK_SKEW = 5 * 60_000;
/** What is being destroyed, or is gone, has no term that could move. */
const LIVING = new Set(['received', 'sent_back', 'archived', 'due', 'extended', 'approved']);

export interface EventInput {
  recordId: string;
  /** `contract_end`, `trade_completed`, … or `last_contact`. */
  name: string;
  at: Date;
  /** The system that knows. */
  source: string;
}

export interface EventOutcome {
  until: string;
  /** Said before: nothing changed. */
  known: boolean;
}

/**
 * Takes in an event from outside that a record's term may count from. The term is decided anew: it moves to a later day, never by
 * itself to an earlier one, with its entry and its history; the store's locks follow a later minimum. The same event again acts once.
 */
export async function recordEvent(deps: RecordsDeps, actor: Actor, input: EventInput): Promise<EventOutcome> {
  if (input.at.getTime() > deps.now().getTime() + CLOCK_SKEW) throw invalidField('at', 'in_the_future');
  return onRecord(deps, actor, { act: 'record.event', recordId: input.recordId }, () => take(deps, actor, input));
}

async function take(deps: RecordsDeps, actor: Actor, { recordId, name, at, source }: EventInput): Promise<EventOutcome> {
  const stored = await storedOf(deps, recordId);
  const contact = name === LAST_CONTACT;
  const event = contact ? ({ kind: 'contact', at } as const) : ({ kind: 'event', name, at } as const);
  return deps.db.tx(async (tx) => {
    const record = await lockRecord(tx, recordId, deps.access.where(actor, 'record.event', 'r'));
    if (!record) throw new CodedError('not_found');
    if (!LIVING.has(record.state)) throw new CodedError('wrong_state', { params: { state: record.state, step: 'event' } });
    if (await knownEvent(tx, recordId, event.kind, contact ? '' : name, at, source)) return { until: record.term_until, known: true };
    const next = renewTerm(deps, record, record, [...(await eventsOf(tx, recordId)), event]);
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'record.event',
      subject: { kind: 'record', id: recordId },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { event: name, at: at.toISOString(), source, until: next.until, minimum: next.minimum },
    });
    const recordedAt = deps.now();
    await insertEvent(tx, {
      record: recordId,
      kind: event.kind,
      name: contact ? '' : name,
      at,
      until: null,
      minimum: null,
      source,
      entry: entry.id,
      recordedAt,
      by: actor.pseudonym,
    });
    await putTerm(deps, tx, record, next, stored, { entry: entry.id, by: actor.pseudonym });
    const history = next.until === record.term_until ? [] : [{ field: 'term', old: record.term_until, new: next.until }];
    if (record.state === 'due' && next.until >= dayText(recordedAt, deps.settings.zone)) {
      const kept = await keepAgain(tx, [recordId]);
      history.push(...kept.map(({ state }) => ({ field: 'state', old: 'due', new: state })));
    }
    await insertHistory(
      tx,
      history.map((one) => ({ record: recordId, at: recordedAt, by: actor.pseudonym, entry: entry.id, ...one })),
    );
    return { until: next.until, known: false };
  });
}
