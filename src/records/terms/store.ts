import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { RetentionEvent } from '../../retention/index.js';

interface EventRow {
  kind: RetentionEvent['kind'];
  name: string;
  at: Date;
  months: number | null;
  until: string | null;
  minimum: string | null;
  basis: string | null;
  source: string;
  entry_id: string;
}

/** An event with the place in the log where it stands. */
export type LoggedEvent = RetentionEvent & { source: string; entry: string };

/** Everything that happened to a record and that its term depends on, extensions after appraisal included, in order. */
export async function eventsOf(db: Queryable, record: string): Promise<LoggedEvent[]> {
  const rows = await db.many<EventRow>(sql`
    select kind, name, at, months, until, minimum, basis, source, entry_id from (
      select kind, name, at, months, until, minimum, null as basis, source, entry_id, id from record_events where record_id = ${record}
      union all
      select 'extension', '', at, case when permanent then 119988 else years * 12 + months end, until, null, case when permanent then basis end, 'appraisal', entry_id, 0
        from record_extensions where record_id = ${record}
    ) e order by at, id`);
  return rows.map(eventOf);
}

function eventOf({ kind, name, at, months, until, minimum, basis, source, entry_id }: EventRow): LoggedEvent {
  const from = { at, source, entry: entry_id };
  if (kind === 'event') return { kind, name, ...from };
  if (kind === 'extension') {
    const period = { years: Math.floor((months ?? 0) / 12), months: (months ?? 0) % 12 };
    return { kind, period, ...(until === null ? {} : { until }), ...(basis === null ? {} : { basis }), ...from };
  }
  if (kind === 'promised') return { kind, until: until ?? '', minimum: minimum ?? '', ...from };
  return { kind: 'contact', ...from };
}

export interface NewEvent {
  record: string;
  kind: 'contact' | 'event' | 'promised';
  name: string;
  at: Date;
  until: string | null;
  minimum: string | null;
  source: string;
  entry: string;
  recordedAt: Date;
  by: string;
}

/** Whether it is new: the same event of the same source is known once. */
export async function insertEvent(tx: Tx, one: NewEvent): Promise<boolean> {
  const row = await tx.maybe(sql`insert into record_events (record_id, kind, name, at, until, minimum, source, entry_id, recorded_at, recorded_by)
    values (${one.record}, ${one.kind}, ${one.name}, ${one.at}, ${one.until}::date, ${one.minimum}::date, ${one.source}, ${one.entry}, ${one.recordedAt}, ${one.by})
    on conflict (record_id, kind, name, at, source) do nothing returning id`);
  return row !== undefined;
}

export async function knownEvent(tx: Tx, record: string, kind: string, name: string, at: Date, source: string): Promise<boolean> {
  return (
    (await tx.maybe(
      sql`select 1 from record_events where record_id = ${record} and kind = ${kind} and name = ${name} and at = ${at} and source = ${source}`,
    )) !== undefined
  );
}

/** Due records whose day moved on are kept again: those that an appraisal extended stand as extended, as before. The state of each now. */
export function keepAgain(tx: Tx, ids: readonly string[]): Promise<{ id: string; state: string }[]> {
  return tx.many<{ id: string; state: string }>(sql`update records r
    set state = case when exists (select from record_extensions e where e.record_id = r.id and e.until <= r.term_until) then 'extended' else 'archived' end
    where r.id = any (${[...ids]}::uuid[]) and r.state = 'due' returning r.id, r.state`);
}

export interface TermRow {
  id: string;
  archival_code: string | null;
  service_no: string;
  title: string;
  closed_at: Date;
  service_type: string;
  client_type: string;
  channel: string;
  medium: string;
  sensitivity: string;
  tags: string[];
  has_feedback: boolean;
  special_term: string;
  held: boolean;
  state: string;
  schedule_version: string;
  term_rule: string;
  term_until: string;
  term_minimum: string;
  term_maximum: string | null;
}

/** The facts that a record's term follows from, and the term that stands in the catalogue. */
export function termRow(db: Queryable, id: string, rights: ReturnType<typeof sql>): Promise<TermRow | undefined> {
  return db.maybe<TermRow>(sql`select r.id, r.archival_code, r.service_no, r.title, r.closed_at, r.service_type, r.client_type, r.channel, r.medium, r.sensitivity, r.tags, r.has_feedback,
      r.special_term, r.held, r.state, r.schedule_version, r.term_rule, r.term_until, r.term_minimum, r.term_maximum
    from records r where r.id = ${id} and (${rights})`);
}
