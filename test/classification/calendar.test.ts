import test from 'ava';
import fc from 'fast-check';
import { addPeriod, compareDays, dayOf, daysInMonth, endOf, formatDay, isTimeZone, parseDay, timeClass } from '../../src/classification/index.js';

const day = fc
  .integer({ min: 1900, max: 2200 })
  .chain((y) => fc.integer({ min: 1, max: 12 }).chain((m) => fc.integer({ min: 1, max: daysInMonth(y, m) }).map((d) => ({ y, m, d }))));
const zone = fc.constantFrom('Asia/Shanghai', 'UTC', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata', 'America/Sao_Paulo', 'Africa/Cairo');

test('R39: a period ends on the corresponding day, or on the last of a month that has none', (t) => {
  const end = (from: string, years: number, months = 0): string => formatDay(addPeriod(parseDay(from), { years, months }));
  t.is(end('2023-03-15', 3), '2026-03-15');
  t.is(end('2024-02-29', 3), '2027-02-28');
  t.is(end('2024-02-29', 4), '2028-02-29');
  t.is(end('2025-08-31', 0, 6), '2026-02-28');
  t.is(end('2025-12-31', 0, 2), '2026-02-28');
  t.is(end('2096-02-29', 4), '2100-02-28');
});

test('R39: days that no calendar has are refused', (t) => {
  for (const text of ['2023-02-29', '2024-13-01', '2024-00-10', '2024-04-31', '2024-4-1', '20240401', ''])
    t.throws(() => parseDay(text), { instanceOf: RangeError }, text);
});

test('R39: adding a period goes forward, keeps the month asked for and never jumps over a month', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 60 }), (from, years, months) => {
        const to = addPeriod(from, { years, months });
        const asked = from.y * 12 + from.m - 1 + years * 12 + months;
        return to.y * 12 + to.m - 1 === asked && to.d === Math.min(from.d, daysInMonth(to.y, to.m)) && compareDays(to, from) >= 0;
      }),
    ),
  );
});

test('R39: a day ends where the next one begins, in every zone', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(day, zone, (on, tz) => {
        const end = endOf(on, tz);
        return compareDays(dayOf(new Date(end.getTime() - 1), tz), on) === 0 && compareDays(dayOf(end, tz), on) > 0;
      }),
      { numRuns: 400, examples: [[{ y: 2002, m: 11, d: 2 }, 'America/Sao_Paulo']] },
    ),
  );
});

test('R39: the day of an instant is that of the zone, not of the machine', (t) => {
  const at = new Date('2025-12-31T16:00:00Z');
  t.is(formatDay(dayOf(at, 'Asia/Shanghai')), '2026-01-01');
  t.is(formatDay(dayOf(at, 'UTC')), '2025-12-31');
  t.is(endOf(parseDay('2026-03-01'), 'Asia/Shanghai').toISOString(), '2026-03-01T16:00:00.000Z');
  t.true(isTimeZone('Asia/Shanghai'));
  t.false(isTimeZone('Mars/Olympus'));
});

test('R12: moving the clock moves the class', (t) => {
  const record = { closedAt: new Date('2025-03-01T15:59:59Z'), extended: false }; // still 1 March in Shanghai
  const at = (now: string): string => timeClass(record, new Date(now), 'Asia/Shanghai');
  t.is(at('2025-03-01T16:00:00Z'), 'recent');
  t.is(at('2026-03-01T15:59:59Z'), 'recent');
  t.is(at('2026-03-01T16:00:00Z'), 'historical');
  t.is(timeClass({ ...record, extended: true }, new Date('2025-03-02'), 'Asia/Shanghai'), 'long_term');
});
