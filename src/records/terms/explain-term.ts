import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { decide, type RetentionDecision, type RetentionSubject, type Schedule } from '../../retention/index.js';
import type { RecordsDeps } from '../deps.js';
import { dayText } from '../term.js';
import { eventsOf, termRow, type LoggedEvent, type TermRow } from './store.js';
import { subjectOf } from './subject.js';

/** Why a record is kept until its day: everything that the decision follows from, so that anybody can decide again. */
export interface Derivation {
  record: Pick<TermRow, 'id' | 'archival_code' | 'service_no' | 'title' | 'state'>;
  subject: RetentionSubject;
  events: LoggedEvent[];
  held: boolean;
  /** The day for which it is asked. */
  on: string;
  schedule: Schedule;
  decision: RetentionDecision;
  /** The term that stands in the catalogue. */
  kept: { until: string; minimum: string; maximum: string | null; rule: string };
  /** Whether the catalogue says what the derivation says. */
  agrees: boolean;
}

/** The full derivation of a record's term, under the version of the schedule that gave it (R38). On record. */
export async function explainTerm(deps: RecordsDeps, actor: Actor, id: string): Promise<Derivation> {
  const row = await termRow(deps.db, id, deps.access.where(actor, 'record.view', 'r'));
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: row ? 'record.explain_term' : 'record.refused',
      subject: { kind: 'record', id },
      decision: row ? 'allow' : 'deny',
      policy: deps.access.version(),
    });
  });
  if (!row) throw new CodedError('not_found');
  const schedule = deps.schedules.get(row.schedule_version);
  const events = await eventsOf(deps.db, id);
  const on = dayText(deps.now(), schedule.timeZone);
  const subject = subjectOf(row);
  const decision = decide(subject, events, schedule, row.held ? [{ id: 'held' }] : [], on);
  const kept = { until: row.term_until, minimum: row.term_minimum, maximum: row.term_maximum, rule: row.term_rule };
  return { record: row, subject, events, held: row.held, on, schedule, decision, kept, agrees: decision.until === kept.until && decision.rule === kept.rule };
}
