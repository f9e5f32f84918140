import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { loadCalendars } from '../../src/classification/index.js';
import {
  detect,
  loadSignalRules,
  median,
  parseSignalRules,
  signalWhy,
  usual,
  type DayFacts,
  type DetectContext,
  type FoundSignal,
} from '../../src/reports/index.js';

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const rules = (await loadSignalRules(path('policies/signals'))).newest;
const calendar = (await loadCalendars(path('policies/calendar'))).newest;
const context: DetectContext = { rules: rules.signals, calendar, zone: 'Asia/Shanghai' };

interface Golden {
  name: string;
  day: string;
  /** person, how many, from which time of UTC on, what else is true of each. */
  readings: { person: string; times: number; at: string; purpose?: string; stranger?: boolean; complaint?: number }[];
  history: { person: string; department: string; counts: number[] }[];
  departments: Record<string, string>;
  refusals: { person: string; count: number }[];
  ended: { person: string; returned: number; left: number }[];
  texts: { person: string; key: string; before: number; today: number }[];
  signals: { kind: string; person: string; figures: Record<string, number>; evidence: number; zh: string; en: string }[];
}

const golden = JSON.parse(readFileSync(path('test/reports/golden/signals.json'), 'utf8')) as Golden[];

function factsOf(one: Golden): DayFacts {
  let serial = 0;
  const id = (): string => `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`;
  const noon = new Date(`${one.day}T04:00:00Z`);
  const earlier = new Date(noon.getTime() - 2 * 86_400_000);
  return {
    day: one.day,
    readings: one.readings.flatMap(({ times, at, ...rest }) =>
      Array.from({ length: times }, (_, i) => ({
        reading: id(),
        person: rest.person,
        at: new Date(new Date(at).getTime() + i * 1000),
        purpose: rest.purpose ?? 'solve',
        stranger: rest.stranger ?? false,
        complaint: rest.complaint ?? null,
      })),
    ),
    history: one.history.flatMap(({ person, department, counts }) => counts.map((count, i) => ({ person, department, day: `2026-10-${10 + i}`, count }))),
    departments: new Map(Object.entries(one.departments)),
    refusals: one.refusals.map(({ person, count }) => ({ person, count, entries: Array.from({ length: Math.min(count, 100) }, id) })),
    ended: one.ended.flatMap(({ person, returned, left }) =>
      Array.from({ length: returned + left }, (_, i) => ({ person, reading: id(), returned: i < returned })),
    ),
    texts: one.texts.flatMap(({ person, key, before, today }) =>
      Array.from({ length: before + today }, (_, i) => ({ person, key, reading: id(), at: i < before ? earlier : noon })),
    ),
  };
}

const shown = (one: FoundSignal) => ({
  kind: one.kind,
  person: one.person,
  figures: one.figures,
  evidence: one.evidence.length,
  zh: signalWhy('zh', one),
  en: signalWhy('en', one),
});

for (const one of golden) {
  test(`signals of a day, as reviewed: ${one.name}`, (t) => {
    t.deepEqual(detect(context, factsOf(one)).map(shown), one.signals as ReturnType<typeof shown>[]);
  });
}

const person = fc.constantFrom('a', 'b', 'c');
const facts: fc.Arbitrary<DayFacts> = fc.record({
  day: fc.constantFrom('2026-10-07', '2026-10-10', '2026-11-26'),
  readings: fc.array(
    fc.record({
      reading: fc.uuid(),
      person,
      at: fc.date({ min: new Date('2026-11-25T16:00:00Z'), max: new Date('2026-11-26T15:59:59Z'), noInvalidDate: true }),
      purpose: fc.constantFrom('solve', 'quality', 'dispute'),
      stranger: fc.boolean(),
      complaint: fc.option(fc.integer({ min: 0, max: 60 })),
    }),
    { maxLength: 60 },
  ),
  history: fc.array(fc.record({ person, department: fc.constantFrom('x', 'y'), day: fc.constant('2026-11-20'), count: fc.integer({ min: 1, max: 30 }) }), {
    maxLength: 30,
  }),
  departments: fc.constant(
    new Map([
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ]),
  ),
  refusals: fc.array(fc.record({ person, count: fc.integer({ min: 1, max: 20 }), entries: fc.array(fc.uuid(), { minLength: 1, maxLength: 3 }) }), {
    maxLength: 3,
  }),
  ended: fc.array(fc.record({ person, reading: fc.uuid(), returned: fc.boolean() }), { maxLength: 40 }),
  texts: fc.array(
    fc.record({
      reading: fc.uuid(),
      person,
      key: fc.constantFrom('k1', 'k2'),
      at: fc.constantFrom(new Date('2026-11-26T04:00:00Z'), new Date('2026-11-20T04:00:00Z')),
    }),
    { maxLength: 40 },
  ),
});

test('the same facts in any order give the same signals', (t) => {
  fc.assert(
    fc.property(facts, (one) => {
      const turned = {
        ...one,
        readings: one.readings.toReversed(),
        history: one.history.toReversed(),
        ended: one.ended.toReversed(),
        texts: one.texts.toReversed(),
      };
      t.deepEqual(detect(context, turned), detect(context, one));
    }),
    { numRuns: 300 },
  );
});

test('every signal reaches its minimum, names what it rests on, and is about somebody who did it', (t) => {
  fc.assert(
    fc.property(facts, (one) => {
      for (const found of detect(context, one)) {
        t.true((found.figures['count'] ?? 0) >= rules.signals[found.kind].minimum);
        t.true(found.evidence.length >= 1 && found.evidence.length <= 100);
        t.is(new Set(found.evidence).size, found.evidence.length);
        t.notRegex(signalWhy('zh', found) + signalWhy('en', found), /[{}]/);
      }
    }),
    { numRuns: 300 },
  );
});

test('what is switched off tells nothing, and switching off one kind changes no other', (t) => {
  fc.assert(
    fc.property(facts, fc.constantFrom(...(Object.keys(rules.signals) as (keyof typeof rules.signals)[])), (one, kind) => {
      const off = { ...context, rules: { ...rules.signals, [kind]: { ...rules.signals[kind], on: false } } };
      t.deepEqual(
        detect(off, one),
        detect(context, one).filter((found) => found.kind !== kind),
      );
    }),
    { numRuns: 200 },
  );
});

test('one wild day does not move what is usual', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 5, max: 15 }), { minLength: 9, maxLength: 30 }), fc.integer({ min: 1000, max: 1e6 }), (days, wild) => {
      const [calm, with_] = [usual(days, 4), usual([...days, wild], 4)];
      t.true(with_.limit <= calm.median + 60);
      t.true(with_.limit >= median(days) - 15);
    }),
  );
});

test('rules that contradict themselves or lack a part are refused', (t) => {
  const { digest: _digest, name: _name, ...content } = rules;
  const { volume: _volume, ...rest } = rules.signals;
  t.throws(() => parseSignalRules({ ...content, signals: rest }), { message: /policy_invalid/ });
  t.throws(() => parseSignalRules({ ...content, signals: { ...content.signals, outside_hours: { ...content.signals.outside_hours, to: '06:00' } } }), {
    message: /policy_invalid/,
  });
  t.throws(() => parseSignalRules({ ...content, signals: { ...content.signals, refusals: { ...content.signals.refusals, minimum: 0 } } }), {
    message: /policy_invalid/,
  });
  t.is(parseSignalRules(content).digest, rules.digest);
});
