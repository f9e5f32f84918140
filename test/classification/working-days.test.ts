import { fileURLToPath } from 'node:url';
import test from 'ava';
import { addWorkingDays, firstWorkingDay, formatDay, loadCalendars, parseCalendar, parseDay, workingDay } from '../../src/classification/index.js';

const folder = fileURLToPath(new URL('../../../policies/calendar', import.meta.url));
const { newest } = await loadCalendars(folder);
const works = (day: string): boolean => workingDay(newest, parseDay(day)).works;

test('R98: holidays, make-up days and weekends of 2026', (t) => {
  for (const day of ['2026-01-01', '2026-01-03', '2026-02-15', '2026-02-23', '2026-05-04', '2026-06-19', '2026-09-25', '2026-10-07', '2026-11-28'])
    t.false(works(day), day);
  for (const day of ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10', '2026-10-08', '2026-11-27']) t.true(works(day), day);
  let off = 0;
  for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 86_400_000) if (!works(new Date(at).toISOString().slice(0, 10))) off += 1;
  t.is(off, 117); // 104 days of weekends, 19 weekdays off, 6 weekend days worked
});

test('R98: the first working day of every month of 2026', (t) => {
  const days = Array.from({ length: 12 }, (_, i) => formatDay(firstWorkingDay(newest, { y: 2026, m: i + 1 }).day).slice(5));
  t.deepEqual(days, ['01-04', '02-02', '03-02', '04-01', '05-06', '06-01', '07-01', '08-03', '09-01', '10-08', '11-02', '12-01']);
});

test('R98: a year that is not in the file falls back to weekends, and says so', (t) => {
  t.deepEqual(workingDay(newest, parseDay('2027-01-01')), { works: true, known: false });
  t.deepEqual(firstWorkingDay(newest, { y: 2027, m: 5 }), { day: parseDay('2027-05-03'), known: false });
});

test('working days are counted over holidays', (t) => {
  t.is(formatDay(addWorkingDays(newest, parseDay('2026-09-30'), 2).day), '2026-10-09');
  t.is(formatDay(addWorkingDays(newest, parseDay('2026-10-09'), 2).day), '2026-10-12'); // Saturday the 10th is worked
  t.false(addWorkingDays(newest, parseDay('2026-12-31'), 1).known);
});

test('a calendar that contradicts itself is refused', (t) => {
  const { digest: _digest, name: _name, ...content } = newest;
  const title = { zh: '节', en: 'Day' };
  for (const year of [
    { holidays: [{ from: '2026-05-05', to: '2026-05-01', title }], workdays: [] },
    { holidays: [{ from: '2025-05-01', to: '2025-05-02', title }], workdays: [] },
    { holidays: [], workdays: ['2026-05-06'] },
    { holidays: [{ from: '2026-05-01', to: '2026-05-09', title }], workdays: ['2026-05-09'] },
    { holidays: [{ from: '2026-02-30', to: '2026-03-01', title }], workdays: [] },
  ])
    t.throws(() => parseCalendar({ ...content, years: { 2026: year } }), { message: /policy_invalid/ });
});
