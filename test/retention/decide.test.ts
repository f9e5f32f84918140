import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { addPeriod, compareDays, dayOf, endOf, formatDay, parseDay } from '../../src/classification/index.js';
import { decide, loadSchedules, lockUntil } from '../../src/retention/index.js';
import type { RetentionDecision, RetentionEvent, RetentionSubject } from '../../src/retention/index.js';

const schedule = (await loadSchedules(join(process.cwd(), 'retention'))).newest;
const closedAt = new Date('2023-03-15T02:00:00Z');
const complaint: RetentionSubject = { kind: 'service', serviceType: 'complaint', clientType: 'individual', channel: 'visit', closedAt };
const on = (subject: Partial<RetentionSubject>, events: RetentionEvent[] = [], day = '2024-01-01', holds: { id: string }[] = []): RetentionDecision =>
  decide({ ...complaint, ...subject }, events, schedule, holds, day);

interface Vector {
  note: string;
  closedAt: string;
  timeZone: string;
  years: number;
  months: number;
  trigger: string;
  until: string;
  endsBefore: string;
}
const { vectors } = JSON.parse(readFileSync(join(process.cwd(), 'test/vectors/retention-calendar.json'), 'utf8')) as { vectors: Vector[] };

for (const vector of vectors) {
  test(`R39: ${vector.note}`, (t) => {
    const trigger = dayOf(new Date(vector.closedAt), vector.timeZone);
    const until = addPeriod(trigger, vector);
    t.is(formatDay(trigger), vector.trigger);
    t.is(formatDay(until), vector.until);
    t.is(endOf(until, vector.timeZone).getTime(), Date.parse(vector.endsBefore));
  });
}

test('R29: three years without a reason; five once the records manager has confirmed one', (t) => {
  t.like(on({}), { until: '2026-03-15', rule: 'service', version: 'general@2026-01', minimum: '2026-03-15', maximum: '2028-03-15', extended: false });
  const asked = on({ specialTerm: 'asked' });
  t.is(asked.until, '2026-03-15');
  t.true(asked.reasons.some((one) => one.code === 'special_asked'));
  t.like(on({ specialTerm: 'confirmed' }), { until: '2028-03-15', rule: 'service_special', minimum: '2026-03-15', period: { years: 5, months: 0 } });
});

test('R30: feedback at least two years, communications three, records of use five', (t) => {
  t.like(on({ serviceType: 'survey' }), { until: '2026-03-15', minimum: '2025-03-15', rule: 'feedback' });
  t.is(on({ serviceType: 'survey', channel: 'phone' }).minimum, '2026-03-15');
  t.is(on({ serviceType: 'complaint', forms: ['feedback'] }).minimum, '2026-03-15', 'every rule keeps its minimum');
  t.like(decide({ kind: 'usage', closedAt }, [], schedule, [], '2024-01-01'), { until: '2028-03-15', minimum: '2028-03-15', rule: 'usage' });
});

test('R32: a sector rule lengthens the term by a tag', (t) => {
  t.like(on({ tags: ['反洗钱'] }), { until: '2033-03-15', minimum: '2033-03-15', maximum: '2033-03-15', rule: 'anti_money_laundering' });
  const trade = [{ kind: 'event', name: 'trade_completed', at: new Date('2024-06-01T00:00:00Z') } as const];
  t.like(on({ tags: ['platform_trade'] }, trade), { until: '2027-06-01', minimum: '2027-06-01', rule: 'platform_trade' });
  t.is(on({ tags: ['platform_trade'] }).until, '2026-03-15', 'until the event happens the closing counts');
  t.is(on({ tags: ['platform_trade'] }, [{ kind: 'event', name: 'another', at: new Date('2029-01-01') }]).until, '2026-03-15');
});

test('R35: the day after the term a record is due for appraisal; a hold stops that (R34)', (t) => {
  t.false(on({}, [], '2026-03-15').due);
  t.true(on({}, [], '2026-03-16').due);
  t.like(on({}, [], '2026-03-16', [{ id: 'a' }, { id: 'b' }]), { due: false, held: true, until: '2026-03-15' });
});

test('R36: an extension runs from the original day and never shortens', (t) => {
  const extend = (years: number): RetentionEvent => ({ kind: 'extension', at: new Date('2026-04-01'), period: { years, months: 0 } });
  t.like(on({}, [extend(6)], '2026-04-02'), { until: '2029-03-15', maximum: '2029-03-15', extended: true, due: false });
  t.is(on({}, [extend(1)]).until, '2026-03-15');
});

test('R40: keeping beyond the maximum is said', (t) => {
  t.false(on({}, [], '2028-03-15').reasons.some((one) => one.code === 'over_maximum'));
  t.true(on({}, [], '2028-03-16').reasons.some((one) => one.code === 'over_maximum'));
});

test('a record that no rule matches is an error, never nothing to keep', (t) => {
  const narrow = { ...schedule, rules: schedule.rules.filter((one) => one.id === 'usage') };
  t.throws(() => decide(complaint, [], narrow, [], '2024-01-01'), { code: 'policy_invalid' } as never);
});

test("the store is locked until the end of the minimum in the schedule's zone", (t) => {
  t.is(lockUntil(on({}), schedule).toISOString(), '2026-03-15T16:00:00.000Z');
});

test('R38, R39: minimum ≤ until ≤ maximum, the reasons name the deciding rule once, and asking later changes no date', (t) => {
  const tags = fc.subarray(['anti_money_laundering', 'platform_trade', 'vip']);
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2080-12-31'), noInvalidDate: true });
  const subject = fc.record({
    kind: fc.constant('service' as const),
    closedAt: date,
    serviceType: fc.constantFrom('routine', 'special', 'complaint', 'survey', 'training'),
    channel: fc.constantFrom('phone', 'visit', 'internal'),
    tags,
    forms: fc.subarray(['feedback']),
    specialTerm: fc.constantFrom('asked', 'confirmed'),
  }) as fc.Arbitrary<RetentionSubject>;
  const event: fc.Arbitrary<RetentionEvent> = fc.oneof(
    fc.record({ kind: fc.constant('event' as const), name: fc.constant('trade_completed'), at: date }),
    fc.record({ kind: fc.constant('extension' as const), at: date, period: fc.record({ years: fc.nat(12), months: fc.nat(11) }) }),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(subject, fc.array(event, { maxLength: 3 }), date, (what, events, now) => {
        const decision = decide(what, events, schedule, [], now.toISOString().slice(0, 10));
        const again = decide(what, events, schedule, [], '2199-01-01');
        const deciding = decision.reasons.filter((one) => one.code === 'rule' && one.decides);
        return (
          compareDays(parseDay(decision.minimum), parseDay(decision.until)) <= 0 &&
          compareDays(parseDay(decision.until), parseDay(decision.maximum)) <= 0 &&
          deciding.length === 1 &&
          again.until === decision.until &&
          again.minimum === decision.minimum &&
          again.due
        );
      }),
      { numRuns: 500 },
    ),
  );
});

test('R34, R36, R39: a later trigger never gives an earlier date, what was signed is never taken back, and a hold never makes anything destructible', (t) => {
  const instant = fc.oneof(
    fc.date({ min: new Date('2000-01-01'), max: new Date('2060-12-31'), noInvalidDate: true }),
    // evenings and midnights of East Asia, month ends, leap days
    fc
      .tuple(fc.integer({ min: 2000, max: 2060 }), fc.constantFrom('01-31', '02-28', '02-29', '08-31', '12-31'), fc.constantFrom('15:59:59', '16:00:00'))
      .map(([y, day, time]) => new Date(`${y}-${day}T${time}Z`)),
  );
  const zone = fc.constantFrom('Asia/Shanghai', 'UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia');
  const length = fc.record({ years: fc.nat(12), months: fc.nat(30) }).filter(({ years, months }) => years + months > 0);
  const subject = fc.record({
    serviceType: fc.constantFrom('routine', 'special', 'complaint', 'survey', 'training'),
    tags: fc.subarray(['anti_money_laundering', 'platform_trade', 'vip']),
    specialTerm: fc.constantFrom('asked', 'confirmed'),
  }) as fc.Arbitrary<Partial<RetentionSubject>>;
  const days = (a: Date, b: Date): [Date, Date] => (a <= b ? [a, b] : [b, a]);
  const property = fc.property(subject, instant, instant, zone, length, length, (what, one, other, timeZone, period, further) => {
    const [first, second] = days(one, other);
    const rules = schedule.rules.map((rule) => (rule.id === 'service' ? { ...rule, period, minimum: period, maximum: { years: 9999, months: 0 } } : rule));
    const under = { ...schedule, timeZone, rules };
    const at = (closed: Date, events: RetentionEvent[], holds: { id: string }[] = [], day = '2030-01-01'): RetentionDecision =>
      decide({ ...complaint, ...what, closedAt: closed }, events, under, holds, day);
    const event = (when: Date): RetentionEvent => ({ kind: 'event', name: 'trade_completed', at: when });
    const until = '2047-05-31';
    const signed: RetentionEvent = { kind: 'extension', at: second, period: further, until };
    const plain = at(first, []);
    const late = at(second, []);
    const held = at(first, [signed], [{ id: 'h' }], '2999-01-01');
    return (
      plain.until <= late.until &&
      plain.minimum <= late.minimum &&
      plain.maximum <= late.maximum &&
      at(first, [event(first)]).until <= at(first, [event(second)]).until &&
      at(first, [signed]).until >= until &&
      at(first, [signed]).until >= plain.until &&
      !held.due &&
      held.until === at(first, [signed]).until &&
      held.minimum === at(first, [signed]).minimum &&
      at(first, [signed], [], '2999-01-01').due
    );
  });
  t.notThrows(() => fc.assert(property, { numRuns: 1000 }));
});
