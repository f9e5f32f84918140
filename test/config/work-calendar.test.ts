import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readWorkCalendar, workCalendar } from '../../src/config/index.js';

const shipped = fileURLToPath(new URL('../../../policies/hours/default.yaml', import.meta.url));
const none = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
const at = (text: string): Date => new Date(text);

test('the shipped hours: within, outside, holidays, weekends that are worked, in the zone of the archive', async (t) => {
  const hours = await readWorkCalendar(shipped, 'Asia/Shanghai');
  for (const [time, within] of [
    ['2026-03-02T08:30:00+08:00', true],
    ['2026-03-02T08:29:59.999+08:00', false],
    ['2026-03-02T17:59:59.999+08:00', true],
    ['2026-03-02T18:00:00+08:00', false],
    ['2026-03-07T10:00:00+08:00', false],
    ['2026-02-14T10:00:00+08:00', true],
    ['2026-02-17T10:00:00+08:00', false],
    ['2026-10-08T10:00:00+08:00', true],
    ['2026-10-01T10:00:00+08:00', false],
  ] as const)
    t.is(hours.within(at(time)), within, time);
  t.is(hours.dayOf(at('2026-02-28T16:00:00Z')), '2026-03-01');
  t.is(hours.firstWorkday('2026-10'), '2026-10-08');
  t.is(hours.firstWorkday('2026-02'), '2026-02-02');
  t.is(hours.addWorkdays('2026-09-30', 2), '2026-10-09');
  t.is(hours.addWorkdays('2026-10-08', -1), '2026-09-30');
  t.true(hours.isWorkday('2026-10-10'));
  t.regex(hours.version, /^hours@sha256:[0-9a-f]{64}$/);
  t.not((await readWorkCalendar(shipped, 'Asia/Tokyo')).version, hours.version);
});

test('days begin where the zone says, also where the clock leaves midnight out or is moved by half an hour', (t) => {
  const begins = (zone: string, day: string): string => workCalendar({ week: none }, zone).startOf(day).toISOString();
  t.is(begins('Asia/Shanghai', '2026-03-01'), '2026-02-28T16:00:00.000Z');
  t.is(begins('Asia/Kathmandu', '2026-03-01'), '2026-02-28T18:15:00.000Z');
  t.is(begins('America/Sao_Paulo', '2018-11-04'), '2018-11-04T03:00:00.000Z', 'midnight was 01:00');
  t.is(begins('Australia/Lord_Howe', '2026-04-06'), '2026-04-05T13:30:00.000Z');
  t.is(begins('Pacific/Kiritimati', '2026-01-01'), '2025-12-31T10:00:00.000Z');
});

test('a file that is no calendar is refused', (t) => {
  const bad: unknown[] = [
    null,
    {},
    { week: { ...none, mon: ['18:00-08:00'] } },
    { week: { ...none, mon: ['08:10-18:00'] } },
    { week: none, holidays: ['2026-02-30'] },
    { week: none, holidays: ['2026-05-05..2026-05-01'] },
    { week: none, other: 1 },
  ];
  for (const one of bad) t.throws(() => workCalendar(one, 'Asia/Shanghai'), undefined, JSON.stringify(one));
  t.throws(() => workCalendar({ week: none }, 'Asia/Shanghai').addWorkdays('2026-01-01', 1), { message: /no day of the week/ });
});
