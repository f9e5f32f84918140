import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { CHANNELS, CLIENT_TYPES, MEDIA, PERMANENT, SENSITIVITIES, SERVICE_TYPES, type Condition } from '../../src/classification/index.js';
import { sql } from '../../src/db/index.js';
import { parseSchedule, type RetentionEvent, type RetentionSubject, type Schedule } from '../../src/retention/index.js';
import type { TestDatabase } from '../support/database.js';

const BATCH = '018f0000-0000-7000-8000-000000000001';
export const TAGS = ['vip', '反洗钱', 'platform_trade', 'anonymised'];
const EVENTS = ['contract_end', 'trade_completed'];

/** A record as the catalogue holds it, with its events. */
export interface RandomRecord {
  id: string;
  subject: RetentionSubject & { specialTerm?: 'asked' | 'confirmed' };
  department: string;
  state: 'archived' | 'extended' | 'due';
  held: boolean;
  events: RetentionEvent[];
}

const instant = fc.date({ min: new Date('2012-01-01'), max: new Date('2031-12-31T23:59:59Z'), noInvalidDate: true });
/** Evenings and midnights of East Asia come often. */
const turning = fc
  .tuple(instant, fc.constantFrom('15:59:59', '16:00:00', '04:00:00'))
  .map(([at, time]) => new Date(`${at.toISOString().slice(0, 10)}T${time}Z`));
const leap = fc
  .constantFrom('2016-02-29T04:00:00Z', '2020-02-28T16:00:00Z', '2024-02-29T15:59:59Z', '2023-12-31T16:00:00Z', '2021-08-31T04:00:00Z')
  .map((at) => new Date(at));
const when = fc.oneof(instant, turning, leap);
const period = fc.record({ years: fc.nat(6), months: fc.nat(11) }).filter(({ years, months }) => years + months > 0);

const event: fc.Arbitrary<RetentionEvent> = fc.oneof(
  fc.record({ kind: fc.constant('contact' as const), at: when }),
  fc.record({ kind: fc.constant('event' as const), name: fc.constantFrom(...EVENTS), at: when }),
  fc.record({ kind: fc.constant('extension' as const), at: when, period }),
  // what appraisals signed: a further term, or keeping for good on a basis
  fc.record({ kind: fc.constant('extension' as const), at: when, period, until: fc.constantFrom('2026-06-30', '2029-02-28', '2041-01-31') }),
  fc.record({
    kind: fc.constant('extension' as const),
    at: when,
    period: fc.constant(PERMANENT),
    until: fc.constant('9999-12-31'),
    basis: fc.constant('《某法》第三条'),
  }),
  fc.record({
    kind: fc.constant('promised' as const),
    at: when,
    until: fc.constantFrom('2025-06-30', '2030-01-31'),
    minimum: fc.constantFrom('2020-06-30', '2026-02-28'),
  }),
);

const record: fc.Arbitrary<RandomRecord> = fc.record({
  id: fc.constant('').map(() => randomUUID()),
  subject: fc
    .record({
      closedAt: when,
      serviceType: fc.constantFrom(...SERVICE_TYPES),
      clientType: fc.constantFrom(...CLIENT_TYPES),
      channel: fc.constantFrom(...CHANNELS),
      medium: fc.constantFrom(...MEDIA),
      sensitivity: fc.constantFrom(...SENSITIVITIES),
      tags: fc.subarray(TAGS),
      feedback: fc.boolean(),
      special: fc.constantFrom('none', 'asked', 'confirmed', 'refused'),
    })
    .map(({ feedback, special, ...rest }) => ({
      kind: 'service' as const,
      ...rest,
      forms: feedback ? ['feedback'] : [],
      ...(special === 'asked' || special === 'confirmed' ? { specialTerm: special as 'asked' | 'confirmed' } : {}),
    })),
  department: fc.constantFrom('hotline', 'field', 'archive'),
  state: fc.constantFrom('archived' as const, 'extended' as const, 'due' as const),
  held: fc.constantFrom(false, false, false, true),
  // an act happens once: what says the same of the same instant is one event
  events: fc.uniqueArray(event, { maxLength: 4, selector: (one) => `${one.kind} ${one.kind === 'event' ? one.name : ''} ${one.at.getTime()}` }),
});

export function randomRecords(count: number, seed: number): RandomRecord[] {
  return fc.sample(record, { numRuns: count, seed });
}

const leaf = fc.oneof<fc.Arbitrary<Condition>[]>(
  fc.subarray([...SERVICE_TYPES], { minLength: 1 }).map((list) => ({ field: 'serviceType', in: list })),
  fc.subarray([...CHANNELS], { minLength: 1 }).map((list) => ({ field: 'channel', in: list })),
  fc.subarray([...SENSITIVITIES], { minLength: 1 }).map((list) => ({ field: 'sensitivity', in: list })),
  fc.subarray([...MEDIA], { minLength: 1 }).map((list) => ({ field: 'medium', in: list })),
  fc.subarray(TAGS, { minLength: 1 }).map((list) => ({ field: 'tags', in: list })),
  fc
    .constantFrom('tags', 'forms', 'specialTerm', 'channel')
    .chain((field) => fc.constantFrom('present' as const, 'absent' as const).map((is) => ({ field, is }))),
  fc.constant<Condition>({ field: 'forms', in: ['feedback'] }),
  fc.constantFrom('asked', 'confirmed').map((value) => ({ field: 'specialTerm', in: [value] })),
);
const matching = fc.oneof<fc.Arbitrary<Condition>[]>(
  leaf,
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
  fc.tuple(leaf, leaf, leaf).map(([a, b, c]) => ({ any: [a, { all: [b, c] }] })),
);
const trigger = fc.oneof(
  fc.constant({ on: 'closing' as const }),
  fc.constant({ on: 'last_contact' as const }),
  fc.constantFrom(...EVENTS).map((name) => ({ on: 'event' as const, name })),
);
const text = { zh: '《某法》第一条', en: 'a law' };
const lengths = fc.tuple(period, period, period).map((list) => list.sort((a, b) => a.years * 12 + a.months - b.years * 12 - b.months));

/** A schedule with any conditions, triggers and lengths; `whole`: its last rule meets every record. */
export function randomSchedule(seed: number, whole: boolean): Schedule {
  const rule = fc.record({ match: matching, trigger, lengths, permanent: fc.constantFrom(false, false, false, false, true) });
  const [rules = []] = fc.sample(fc.array(rule, { minLength: 1, maxLength: 6 }), { numRuns: 1, seed });
  const [zone = 'UTC'] = fc.sample(fc.constantFrom('Asia/Shanghai', 'UTC', 'America/New_York', 'Asia/Kolkata'), { numRuns: 1, seed });
  const common = { title: text, basis: [text], owner: text, follows: 'appraisal' };
  return parseSchedule({
    format: 1,
    id: 'random',
    version: `2027-${String((seed % 12) + 1).padStart(2, '0')}`,
    title: text,
    timeZone: zone,
    rules: [
      ...rules.map((one, i) => ({
        ...common,
        id: `r${i}`,
        match: one.match,
        trigger: one.trigger,
        minimum: one.lengths[0],
        period: one.lengths[1],
        maximum: one.permanent ? 'permanent' : one.lengths[2],
        ...(one.permanent ? { permanent: { law: text } } : {}),
      })),
      ...(whole
        ? [
            {
              ...common,
              id: 'all',
              match: { field: 'kind', in: ['service'] },
              trigger: { on: 'closing' },
              minimum: { years: 1 },
              period: { years: 3 },
              maximum: { years: 5 },
            },
          ]
        : []),
    ],
  });
}

/** Puts records with their events into the catalogue as they are, past the triggers that ask for log entries. */
export async function fill(
  { owner, superuser }: Pick<TestDatabase, 'owner' | 'superuser'>,
  records: readonly (RandomRecord & { until?: string; maximum?: string })[],
  term = '2026-01-01',
  version = 'general@2026-01',
): Promise<void> {
  const audited = ['batches', 'records', 'record_events', 'holds'] as const;
  await owner.tx(async (tx) => {
    for (const table of audited) await tx.run(DISABLE[table]);
    await tx.run(
      sql`insert into batches (id, kind, number, source_system, opened_at, state) values (${BATCH}, 'import', 'B1', 'test', now(), 'open') on conflict do nothing`,
    );
    const rows = records.map(({ id, subject, department, state, held, until = term, maximum }) => ({
      until,
      maximum: maximum ?? null,
      id,
      department,
      state,
      held,
      ...subject,
      tags: subject.tags,
      has_feedback: (subject.forms ?? []).length > 0,
      special: subject.specialTerm ?? 'none',
    }));
    await tx.run(sql`insert into records (id, fonds, source_system, service_no, archival_code, archived_at, state, complete, service_type, client_type, medium, sensitivity, channel, department,
        held, client_number, staff_name, title, tags, year, opened_at, closed_at, received_at, returns_call, has_feedback, special_term, scheme_version, schedule_version, term_rule, term_until,
        term_minimum, term_maximum, term_reasons, purposes, version_id, batch_id)
      select id, 'Z001', 'test', id::text, id::text, "closedAt", state, true, "serviceType", "clientType", medium, sensitivity, channel, department, held, 'C-1', '李静', '记录', tags, 2024,
        "closedAt", "closedAt", "closedAt", false, has_feedback, special, '2026-01', ${version}, 'service', until, until, maximum, '[]', '{}', gen_random_uuid(), ${BATCH}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, state text, "closedAt" timestamptz, "serviceType" text, "clientType" text, medium text, sensitivity text,
        channel text, department text, held boolean, tags text[], has_feedback boolean, special text, until date, maximum date)`);
    const events = records.flatMap(({ id, events: list }) =>
      list
        .filter((one) => !signed(one))
        .map((one) => ({
          record: id,
          kind: one.kind,
          name: one.kind === 'event' ? one.name : '',
          at: one.at,
          months: one.kind === 'extension' ? one.period.years * 12 + one.period.months : null,
          until: one.kind === 'promised' ? one.until : null,
          minimum: one.kind === 'promised' ? one.minimum : null,
        })),
    );
    await tx.run(sql`insert into record_events (record_id, kind, name, at, months, until, minimum, source, entry_id, recorded_at, recorded_by)
      select record, kind, name, at, months, until, minimum, 'test', gen_random_uuid(), now(), 'p-test'
      from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as x(record uuid, kind text, name text, at timestamptz, months integer, until date, minimum date)`);
    for (const table of audited) await tx.run(ENABLE[table]);
  });
  const extensions = records.flatMap(({ id, events }) =>
    events.filter(signed).map((one) => ({
      record: id,
      at: one.at,
      years: one.basis === undefined ? one.period.years : null,
      months: one.basis === undefined ? one.period.months : null,
      basis: one.basis ?? null,
      until: one.until,
    })),
  );
  if (extensions.length > 0)
    await superuser.tx(async (tx) => {
      // past the appraisal that signs it
      await tx.run(sql`set local session_replication_role = replica`);
      await tx.run(sql`insert into record_extensions (id, record_id, appraisal_id, at, years, months, permanent, basis, until, entry_id)
        select gen_random_uuid(), record, gen_random_uuid(), at, years, months, years is null, basis, until, gen_random_uuid()
        from jsonb_to_recordset(${JSON.stringify(extensions)}::jsonb) as x(record uuid, at timestamptz, years integer, months integer, basis text, until date)`);
    });
}

type Extension = Extract<RetentionEvent, { kind: 'extension' }>;
const signed = (one: RetentionEvent): one is Extension & { until: string } => one.kind === 'extension' && one.until !== undefined;

const DISABLE = {
  batches: sql`alter table batches disable trigger batches_audited`,
  records: sql`alter table records disable trigger records_audited`,
  record_events: sql`alter table record_events disable trigger record_events_audited`,
  // what is under hold is made so here, without its hold
  holds: sql`alter table records disable trigger records_come_unheld`,
};
const ENABLE = {
  batches: sql`alter table batches enable trigger batches_audited`,
  records: sql`alter table records enable trigger records_audited`,
  record_events: sql`alter table record_events enable trigger record_events_audited`,
  holds: sql`alter table records enable trigger records_come_unheld`,
};
