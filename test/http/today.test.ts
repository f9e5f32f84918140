import test from 'ava';
import { today } from '../../src/http/today.js';

const on = (now: string, timeZone: string): string => today({ now: () => new Date(now), config: { timeZone } } as Parameters<typeof today>[0]);

test('what is taken away bears the day of the archive, also around midnight, the year’s end and 29 February', (t) => {
  t.is(on('2026-11-27T15:59:59.999Z', 'Asia/Shanghai'), '2026-11-27');
  t.is(on('2026-11-27T16:00:00.000Z', 'Asia/Shanghai'), '2026-11-28');
  t.is(on('2026-12-31T16:30:00.000Z', 'Asia/Shanghai'), '2027-01-01');
  t.is(on('2028-02-28T17:00:00.000Z', 'Asia/Shanghai'), '2028-02-29');
  t.is(on('2028-02-28T17:00:00.000Z', 'UTC'), '2028-02-28');
});
