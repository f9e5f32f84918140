import test from 'ava';
import { foundFaults } from '../../src/audit/index.js';

const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
const fault = (sequence: number | null, kind: 'leaf' | 'head' = 'leaf') => ({ kind, log: '2026', sequence: sequence === null ? null : String(sequence) });
const run = (at: number, result: 'whole' | 'faulty' | 'cut_off', faults: ReturnType<typeof fault>[] = [], count = faults.length) => ({
  started_at: day(at),
  result,
  fault_count: BigInt(count),
  faults,
});

test('R55: what verifications found is told by ranges, what the newest still finds first', (t) => {
  const found = foundFaults([
    run(5, 'cut_off'),
    run(4, 'faulty', [fault(7), fault(8), fault(9), fault(null, 'head')]),
    run(2, 'faulty', [fault(3), fault(7), fault(8)]),
  ]);
  t.deepEqual(
    found.map((one) => [one.kind, one.from, one.to, one.open, one.firstFound.getUTCDate(), one.lastFound.getUTCDate()]),
    [
      ['head', null, null, true, 4, 4],
      ['leaf', '7', '8', true, 2, 4],
      ['leaf', '9', '9', true, 4, 4],
      ['leaf', '3', '3', false, 2, 2],
    ],
  );
});

test('R55: a later whole run closes all; one with too many faults to name them closes none', (t) => {
  const faulty = run(2, 'faulty', [fault(3)]);
  t.deepEqual(
    foundFaults([run(3, 'whole'), faulty]).map((one) => one.open),
    [false],
  );
  t.deepEqual(
    foundFaults([run(3, 'faulty', [fault(1)], 500), faulty]).map((one) => one.open),
    [true, true],
  );
  t.deepEqual(foundFaults([]), []);
  t.deepEqual(foundFaults([run(1, 'whole')]), []);
});
