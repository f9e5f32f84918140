import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {
  digestText,
  itemDigest,
  moveRegister,
  named,
  registerDigest,
  type RegisterEvent,
  type RegisterFlow,
  type RegisterItem,
} from '../../../src/disposition/index.js';

const DAY = 86_400_000;
const start: RegisterFlow = {
  state: 'draft',
  round: 1,
  maker: 'maker',
  digest: null,
  items: 0,
  remaining: 0,
  executeAfter: null,
  steps: [],
  executor: null,
  supervisors: [],
};

function walk(flow: RegisterFlow, events: readonly RegisterEvent[]): RegisterFlow {
  return events.reduce((at, event) => {
    const outcome = moveRegister(at, event);
    if ('refused' in outcome) throw new Error(`${event.kind}: ${outcome.refused}`);
    return outcome.flow;
  }, flow);
}

const after = new Date(7 * DAY);
const agree = (position: number, by: string, digest = 'd'): RegisterEvent => ({ kind: 'answer', position, by, digest, agree: true, executeAfter: after });
const whole: readonly RegisterEvent[] = [
  { kind: 'freeze', digest: 'd', items: 3 },
  { kind: 'submit', steps: 2 },
  agree(0, 'manager'),
  agree(1, 'executive'),
  { kind: 'appoint', office: 'executor', person: 'executor', outside: false },
  { kind: 'appoint', office: 'supervisor', person: 'first', outside: true },
  { kind: 'appoint', office: 'supervisor', person: 'second', outside: false },
  { kind: 'check', by: 'first', digest: 'd' },
  { kind: 'check', by: 'second', digest: 'd' },
  { kind: 'begin', by: 'executor', at: after },
  { kind: 'executed', remaining: 1 },
  { kind: 'witness', by: 'first' },
  { kind: 'witness', by: 'second' },
  { kind: 'removed', remaining: 0 },
  { kind: 'close' },
];
const upTo = (kind: RegisterEvent['kind'], nth = 1): RegisterEvent[] => {
  let seen = 0;
  const at = whole.findIndex((one) => one.kind === kind && ++seen === nth);
  return whole.slice(0, at);
};

test('a register goes its whole way, in order (R67, R105)', (t) => {
  t.is(walk(start, whole).state, 'closed');
  t.is(walk(start, upTo('close')).state, 'open');
});

test('nothing is approved that nobody signed, and no empty list is frozen', (t) => {
  t.deepEqual(moveRegister(start, { kind: 'freeze', digest: 'd', items: 0 }), { refused: 'wrong_state' });
  const frozen = walk(start, upTo('submit'));
  t.deepEqual(moveRegister(frozen, { kind: 'submit', steps: 0 }), { refused: 'wrong_state' });
  const approving = walk(start, upTo('answer'));
  t.deepEqual(moveRegister(approving, agree(1, 'executive')), { refused: 'wrong_state' }, 'out of turn');
  t.deepEqual(moveRegister(approving, agree(0, 'manager', 'other')), { refused: 'changed' }, 'another list');
});

test('the pause is waited out, and only the executor begins', (t) => {
  const checked = walk(start, upTo('begin'));
  t.is(checked.state, 'checked');
  t.deepEqual(moveRegister(checked, { kind: 'begin', by: 'executor', at: new Date(after.getTime() - 1) }), { refused: 'wrong_state' });
  t.deepEqual(moveRegister(checked, { kind: 'begin', by: 'manager', at: after }), { refused: 'forbidden' });
});

test('without two signatures 已监销 it stays open; with a copy left it stays open (R105, R70)', (t) => {
  const once = walk(start, [...upTo('witness', 2), { kind: 'removed', remaining: 0 }]);
  t.deepEqual(moveRegister(once, { kind: 'close' }), { refused: 'wrong_state' });
  const signed = walk(start, upTo('removed'));
  t.deepEqual(moveRegister(signed, { kind: 'close' }), { refused: 'wrong_state' });
});

test('items taken out: everybody signs the rest anew', (t) => {
  const second = walk(start, [...upTo('answer', 2), { kind: 'reject_items', position: 1, by: 'executive', count: 1, digest: 'e' }]);
  t.like(second, { state: 'approving', round: 2, items: 2, digest: 'e' });
  t.deepEqual(moveRegister(second, agree(0, 'manager')), { refused: 'changed' });
  t.is(walk(second, [agree(0, 'manager', 'e'), agree(1, 'executive', 'e')]).state, 'approved');
  t.deepEqual(
    moveRegister(second, { kind: 'reject_items', position: 0, by: 'manager', count: 2, digest: 'f' }),
    { refused: 'wrong_state' },
    'all of them is the whole',
  );
});

const people = ['maker', 'p1', 'p2', 'p3', 'p4', 'p5'];
const person = fc.constantFrom(...people);
const digest = fc.constantFrom('d', 'e');
const anyEvent: fc.Arbitrary<RegisterEvent> = fc.oneof(
  fc.record({ kind: fc.constant('freeze' as const), digest, items: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant('submit' as const), steps: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('answer' as const), position: fc.nat(2), by: person, digest, agree: fc.boolean(), executeAfter: fc.constant(after) }),
  fc.record({ kind: fc.constant('reject_items' as const), position: fc.nat(2), by: person, count: fc.nat(4), digest }),
  fc.record({ kind: fc.constant('appoint' as const), office: fc.constantFrom('executor' as const, 'supervisor' as const), person, outside: fc.boolean() }),
  fc.record({ kind: fc.constant('dismiss' as const), person }),
  fc.record({ kind: fc.constant('check' as const), by: person, digest }),
  fc.constant({ kind: 'void' as const }),
  fc.record({ kind: fc.constant('stop' as const), by: person }),
  fc.record({ kind: fc.constant('begin' as const), by: person, at: fc.constantFrom(new Date(0), after) }),
  fc.record({ kind: fc.constant('executed' as const), remaining: fc.nat(3) }),
  fc.record({ kind: fc.constant('removed' as const), remaining: fc.nat(3) }),
  fc.record({ kind: fc.constant('witness' as const), by: person }),
  fc.constant({ kind: 'close' as const }),
);
/** Mostly the right way, with anything in between, so that late states are reached. */
const sequence = fc.tuple(fc.nat(whole.length), fc.array(anyEvent, { maxLength: 40 })).map(([upTo_, rest]) => [...whole.slice(0, upTo_), ...rest]);

test('whatever happens in whatever order, no list is executed that different persons did not sign (R68)', (t) => {
  const reached = new Map<string, number>();
  fc.assert(
    fc.property(sequence, (events) => {
      let flow = start;
      for (const event of events) {
        const outcome = moveRegister(flow, event);
        if ('refused' in outcome) continue;
        flow = outcome.flow;
        reached.set(flow.state, (reached.get(flow.state) ?? 0) + 1);
        const all = named(flow);
        if (new Set(all).size !== all.length) return false;
        if (['approved', 'checked', 'executing', 'open', 'closed'].includes(flow.state)) {
          if (flow.items < 1 || flow.steps.length === 0 || !flow.steps.every((one) => one.state === 'agreed' && one.digest === flow.digest)) return false;
        }
        if (['checked', 'executing', 'open', 'closed'].includes(flow.state)) {
          if (flow.executor === null || flow.supervisors.length !== 2 || !flow.supervisors.some((one) => one.outside)) return false;
          if (!flow.supervisors.every((one) => one.checked === flow.digest)) return false;
        }
        if (flow.state === 'closed' && !(flow.remaining === 0 && flow.supervisors.every((one) => one.witnessed))) return false;
      }
      return true;
    }),
    { numRuns: 5_000 },
  );
  for (const state of ['approved', 'checked', 'executing', 'open', 'closed', 'voided', 'stopped', 'rejected'] as const)
    t.true((reached.get(state) ?? 0) > 0, state); // of the rarest there are 16 on average
});

interface Golden {
  number: string;
  items: RegisterItem[];
  itemDigests: string[];
  digest: string;
}

const goldenFile = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../../../../test/disposition/register/golden/${name}.json`, import.meta.url), 'utf8')) as Golden;

for (const name of ['register', 'register-v2'])
  test(`the digest of a list is what the golden file ${name} says, whatever the order it is read in (R67)`, (t) => {
    const golden = goldenFile(name);
    t.deepEqual(
      golden.items.map(({ position, ...facts }) => [position, digestText(itemDigest(facts))]),
      golden.itemDigests.map((one, i) => [i + 1, one]),
    );
    t.is(digestText(registerDigest(golden.number, golden.items)), golden.digest);
    t.is(digestText(registerDigest(golden.number, [...golden.items].reverse())), golden.digest);
    const [first, ...rest] = golden.items as [RegisterItem, ...RegisterItem[]];
    const changes: RegisterItem[] = [
      { ...first, term: { ...first.term, until: '2030-01-01' } },
      { ...first, objects: first.objects.slice(1) },
      { ...first, version: { ...first.version, number: 2 } },
      { ...first, class: { ...first.class, sensitivity: 'public' } },
      { ...first, position: 9 },
    ];
    for (const change of changes) t.not(digestText(registerDigest(golden.number, [change, ...rest])), golden.digest);
    t.not(digestText(registerDigest('X-2026-000002', golden.items)), golden.digest);
    t.throws(() => registerDigest(golden.number, []));
  });

test('a list signed in the former format keeps its digest, and no list is signed in two formats (R67)', (t) => {
  const former = goldenFile('register');
  const now = goldenFile('register-v2');
  t.true(former.items.every((one) => one.schedule !== undefined) && now.items.every((one) => one.schedule === undefined));
  t.not(former.digest, now.digest);
  t.throws(() => registerDigest(former.number, [...former.items.slice(0, 1), ...now.items.slice(1)]), { message: /one format/ });
});
