import test from 'ava';
import { foundReads, type ReconciliationRow } from '../../src/checks/index.js';

const row = (day: number, result: ReconciliationRow['facts']['result'], objects: string[] = []): ReconciliationRow => ({
  at: new Date(Date.UTC(2026, 0, day)),
  facts: { result, reads: 9, unlogged: objects.length, unseen: 0, from: '', until: '', objects },
});
const seen = (...rows: ReconciliationRow[]): unknown[] =>
  foundReads(rows).map((one) => [one.object, one.open, one.firstFound.getUTCDate(), one.lastFound.getUTCDate()]);

test('R54, R56: reads past the archive are told as found: first and last time, and what the newest reconciliation still finds first', (t) => {
  t.deepEqual(seen(row(4, 'unlogged', ['b', 'c']), row(2, 'unlogged', ['a', 'b']), row(3, 'empty')), [
    ['b', true, 2, 4],
    ['c', true, 4, 4],
    ['a', false, 2, 2],
  ]);
  t.deepEqual(seen(row(5, 'clean'), row(2, 'unlogged', ['a'])), [['a', false, 2, 2]], 'a later one over a whole log of the store found it no more');
  t.deepEqual(seen(row(5, 'incomplete'), row(2, 'unlogged', ['a'])), [['a', true, 2, 2]], 'one that is not whole closes nothing');
  t.deepEqual(seen(row(5, 'empty'), row(2, 'unlogged', ['a'])), [['a', true, 2, 2]], 'nor one with nothing to compare');
  t.deepEqual(seen(), []);
});

test('R54: where a reconciliation found more objects than it names, it says so and closes none of before', (t) => {
  const many = Array.from({ length: 20 }, (_, i) => `o${i}`);
  const found = foundReads([row(4, 'unlogged', many), row(2, 'unlogged', ['a'])]);
  t.is(found.length, 22);
  t.true(found.every((one) => one.open));
  t.true(found.some((one) => one.object === null));
});
