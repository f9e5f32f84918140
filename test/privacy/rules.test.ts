import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { loadCalendars, parseDay, workingDay } from '../../src/classification/index.js';
import { isCoded } from '../../src/errors/index.js';
import {
  checkDecision,
  checkExtension,
  dueDay,
  loadPrivacyPolicies,
  missingBeforeAnswer,
  openSteps,
  OUTCOMES,
  outcomesOf,
  parsePrivacyPolicy,
  PRIVACY_KINDS,
  PRIVACY_STATES,
  privacyAfterStep,
} from '../../src/privacy/index.js';

const folder = fileURLToPath(new URL('../../../policies/privacy', import.meta.url));
const { newest } = await loadPrivacyPolicies(folder);
const { newest: calendar } = await loadCalendars(fileURLToPath(new URL('../../../policies/calendar', import.meta.url)));
const works = (day: string): boolean => workingDay(calendar, parseDay(day)).works;
const code = (run: () => unknown): string => {
  try {
    run();
    return 'done';
  } catch (error) {
    return isCoded(error) ? `${error.code}${error.fields[0] ? `:${error.fields[0].field}` : ''}` : String(error);
  }
};

test('PIPL 50: an answer is due after fifteen working days; days off do not count, weekends that are worked do', (t) => {
  // received on a Friday before a plain week
  t.is(dueDay('2026-03-06', newest.answer, calendar), '2026-03-27');
  // over the National Day holidays, with Sunday 20 September and Saturday 10 October worked
  t.is(dueDay('2026-09-18', newest.answer, calendar), '2026-10-15');
  t.false(works('2026-10-01'));
  t.true(works('2026-10-10'));
  // a year without a list counts weekends only: never later than with one
  t.is(dueDay('2027-02-01', newest.answer, calendar), '2027-02-22');
  t.is(dueDay('2026-12-25', { days: 30, unit: 'days' }, calendar), '2027-01-24');
});

test('a term of working days holds just so many of them, and ends on one', (t) => {
  const day = fc.integer({ min: 0, max: 3000 }).map((n) => new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.integer({ min: 1, max: 40 }), (from, days) => {
      const due = dueDay(from, { days, unit: 'working_days' }, calendar);
      let count = 0;
      for (let at = Date.parse(from) + 86_400_000; at <= Date.parse(due); at += 86_400_000) if (works(new Date(at).toISOString().slice(0, 10))) count++;
      return count === days && works(due);
    }),
  );
  t.pass();
});

test('no step can be skipped or done twice: every order but the one is refused', (t) => {
  const right: Record<string, string> = { received: 'identify', identified: 'examine', examined: 'decide', decided: 'answer', answered: 'close' };
  for (const state of PRIVACY_STATES)
    for (const step of ['identify', 'examine', 'decide', 'answer', 'close'] as const)
      t.is(
        code(() => privacyAfterStep(state, step)),
        right[state] === step ? 'done' : 'wrong_state',
        `${state} ${step}`,
      );
  t.deepEqual(openSteps({ state: 'closed', extended: false }), []);
  t.deepEqual(openSteps({ state: 'received', extended: false }), ['identify', 'extend']);
  t.deepEqual(openSteps({ state: 'received', extended: true }), ['identify']);
});

test('extended once, and only before the due day is over', (t) => {
  const facts = { state: 'identified' as const, due: '2026-03-27', extended: false };
  t.is(
    code(() => checkExtension(facts, '2026-03-27')),
    'done',
  );
  t.is(
    code(() => checkExtension(facts, '2026-03-28')),
    'wrong_state',
  );
  t.is(
    code(() => checkExtension({ ...facts, extended: true }, '2026-03-20')),
    'wrong_state',
  );
  t.is(
    code(() => checkExtension({ ...facts, state: 'decided' }, '2026-03-20')),
    'wrong_state',
  );
});

test('a decision: another person, an outcome of its kind, a ground that serves for it', (t) => {
  const facts = { kind: 'erasure', state: 'examined', due: '2026-03-27', extended: false, registeredBy: 'a', twoPersons: true, outcome: null } as const;
  const term = newest.grounds['term'];
  const identity = newest.grounds['identity'];
  t.is(
    code(() => checkDecision(facts, 'b', 'restrict', term, 'term')),
    'done',
  );
  t.is(
    code(() => checkDecision(facts, 'a', 'restrict', term, 'term')),
    'same_person',
  );
  t.is(
    code(() => checkDecision({ ...facts, twoPersons: false }, 'a', 'restrict', term, 'term')),
    'done',
  );
  t.is(
    code(() => checkDecision(facts, 'b', 'restrict', undefined, undefined)),
    'invalid_field:ground',
  );
  t.is(
    code(() => checkDecision(facts, 'b', 'restrict', identity, 'identity')),
    'invalid_field:ground',
  );
  t.is(
    code(() => checkDecision({ ...facts, kind: 'copy' }, 'b', 'restrict', term, 'term')),
    'invalid_field:outcome',
  );
  t.is(
    code(() => checkDecision({ ...facts, state: 'received' }, 'b', 'fulfil', undefined, undefined)),
    'wrong_state',
  );
  t.is(
    code(() => checkDecision({ ...facts, state: 'received' }, 'b', 'refuse', identity, 'identity')),
    'done',
    'who cannot be identified is refused at once',
  );
});

test('what is decided must be done before it is answered, whatever the kind', (t) => {
  const nothing = { copies: 0, corrections: 0, restrictions: 0, marked: 0, letters: [] };
  const all = { copies: 1, corrections: 1, restrictions: 1, marked: 1, letters: ['fulfilment', 'refusal'] as const };
  for (const kind of PRIVACY_KINDS)
    for (const outcome of OUTCOMES.filter((one) => outcomesOf(kind).includes(one))) {
      t.true(missingBeforeAnswer(kind, outcome, nothing).length > 0, `${kind} ${outcome}`);
      t.deepEqual(missingBeforeAnswer(kind, outcome, all), []);
    }
  t.deepEqual(missingBeforeAnswer('erasure', 'restrict', { ...nothing, letters: ['refusal'] }), ['restriction']);
  t.deepEqual(missingBeforeAnswer('copy', 'refuse', nothing), ['refusal']);
});

test('a broken file of rules refuses everything', (t) => {
  const { name: _, digest: __, ...content } = newest;
  t.is(parsePrivacyPolicy(content).digest, newest.digest);
  for (const change of [
    { version: 'x' },
    { answer: { days: 0, unit: 'days' } },
    { twoPersons: ['everything'] },
    { grounds: {} },
    { grounds: { ...content.grounds, term: { ...content.grounds['term'], outcomes: ['fulfil'] } } },
    { calendar: { off: [{ from: '2026-02-02', to: '2026-02-01' }], worked: [] } },
    { more: 1 },
  ])
    t.is(
      code(() => parsePrivacyPolicy({ ...content, ...change })),
      'policy_invalid',
      JSON.stringify(change),
    );
});
