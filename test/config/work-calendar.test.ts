import { fileURLToPath } from 'node:url';
import test from 'ava';
import { exceptionOn, loadCalendars } from '../../src/classification/index.js';
import { readYaml, workCalendar, type DayExceptions } from '../../src/config/index.js';

const policies = (path: string): string => fileURLToPath(new URL(`../../../policies/${path}`, import.meta.url));
const nothing: DayExceptions = { version: 'none', on: () => null };
const none = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
const at = (text: string): Date => new Date(text);

test('the shipped hours: within, outside, holidays, weekends that are worked, in the zone of the archive', async (t) => {
  const source = await readYaml(policies('hours/default.yaml'));
  const { newest } = await loadCalendars(policies('calendar'));
  const shipped: DayExceptions = { version: newest.digest, on: (day) => exceptionOn(newest, day) };
  const hours = workCalendar(source, 'Asia/Shanghai', shipped);
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
  t.regex(hours.version, /^hours@sha256:[0-9a-f]{64}$/);
  for (const other of [workCalendar(source, 'Asia/Tokyo', shipped), workCalendar(source, 'Asia/Shanghai', { ...shipped, version: 'other' })])
    t.not(other.version, hours.version);
});

test('a day off that is worked has its own hours, or those of a Monday', (t) => {
  const week = { ...none, mon: ['08:30-18:00'], sat: ['09:00-12:00'] };
  const hours = workCalendar({ week }, 'UTC', { version: 'x', on: (day) => (day >= '2026-05-09' ? 'worked' : null) });
  for (const [time, within] of [
    ['2026-05-02T10:00:00Z', true], // a Saturday of six working days
    ['2026-05-09T08:45:00Z', false],
    ['2026-05-09T11:59:59Z', true],
    ['2026-05-10T08:45:00Z', true],
  ] as const)
    t.is(hours.within(at(time)), within, time);
});

test('days begin where the zone says, also where the clock leaves midnight out or is moved by half an hour', (t) => {
  const begins = (zone: string, day: string): string => workCalendar({ week: none }, zone, nothing).startOf(day).toISOString();
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
    { week: none, holidays: [] },
    { week: none, other: 1 },
  ];
  for (const one of bad) t.throws(() => workCalendar(one, 'Asia/Shanghai', nothing), undefined, JSON.stringify(one));
});
