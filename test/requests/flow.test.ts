import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { policySet, profilesIn, readPolicies, REQUEST_KINDS, type PolicyDocument, type RoutingRule } from '../../src/access/index.js';
import { isCoded } from '../../src/errors/index.js';
import {
  advance,
  begin,
  dueActs,
  fits,
  narrow,
  overdueReminders,
  planRoute,
  routesMarkdown,
  stepTimes,
  stepWithoutApprover,
  type Candidate,
  type Flow,
  type FlowEvent,
} from '../../src/requests/index.js';

const FOLDER = fileURLToPath(new URL('../../../policies', import.meta.url));
const shipped = await readPolicies(FOLDER, 'default');
const ruleOf = (kind: (typeof REQUEST_KINDS)[number]): RoutingRule => shipped.requests.get(kind) as RoutingRule;
const DEPARTMENTS = ['hotline', 'field', 'shop'] as const;

for (const profile of await profilesIn(FOLDER))
  test(`R41: ways of applications of the profile ${profile} are as reviewed (after a wanted change: npm run matrix)`, async (t) => {
    const file = profile === 'default' ? 'routes.golden.md' : `routes.${profile}.golden.md`;
    const golden = await readFile(new URL(`../../../test/requests/${file}`, import.meta.url), 'utf8');
    t.is(routesMarkdown(await readPolicies(FOLDER, profile)), golden);
  });

interface Draft {
  requests: { kind: string; steps: Record<string, unknown>[]; days: Record<string, number> }[];
  roles: { role: string; rules: { acts: string[] }[] }[];
}
const stepOf = (d: Draft, at: number, key: string, value: string): void => {
  const step = d.requests[0]?.steps[at];
  if (step) step[key] = value;
};
const WRONG: Record<string, (document: Draft) => void> = {
  'a kind without a file': (d) => void d.requests.pop(),
  'a kind twice': (d) => void d.requests.push(structuredClone(d.requests[0] as Draft['requests'][0])),
  'no steps': (d) => void ((d.requests[0] as Draft['requests'][0]).steps = []),
  'an administrator who decides': (d) => stepOf(d, 0, 'role', 'system_admin'),
  'a machine that decides': (d) => stepOf(d, 0, 'role', 'integration'),
  'a role that no rule lets decide': (d) => stepOf(d, 0, 'role', 'agent'),
  'no step of the archive': (d) => void d.requests[0]?.steps.splice(1),
  'a step id twice': (d) => stepOf(d, 1, 'id', 'department'),
  'a reminder after the end': (d) => void ((d.requests[0] as Draft['requests'][0]).days['remind'] = 11),
  'no end': (d) => void delete d.requests[0]?.days['expire'],
};

for (const [name, change] of Object.entries(WRONG))
  test(`R42: rules of applications with ${name} are invalid as a whole`, (t) => {
    const document = JSON.parse(shipped.canonical) as Draft;
    change(document);
    const error = t.throws(() => policySet(document as unknown as PolicyDocument));
    t.true(isCoded(error, 'policy_invalid'), String(error));
  });

test('R41, R42: every shipped profile says for each kind who decides; a version from before there were any decides nothing', async (t) => {
  for (const name of await profilesIn(FOLDER)) t.deepEqual([...(await readPolicies(FOLDER, name)).requests.keys()], [...REQUEST_KINDS]);
  const { requests: _requests, ...before } = JSON.parse(shipped.canonical) as PolicyDocument & { requests: unknown };
  t.is(policySet(before).requests.size, 0);
  t.not(policySet(before).digest, shipped.digest, 'the rules of applications are part of what two persons approve');
});

test('R41: internal needs the other department first, external each department, archive and executive, confidential the executive', (t) => {
  const way = (kind: (typeof REQUEST_KINDS)[number], departments: string[]): string[] =>
    planRoute(ruleOf(kind), { own: 'hotline', departments }).map((one) => (one.department === null ? one.role : `${one.role}@${one.department}`));
  t.deepEqual(way('internal', ['hotline']), ['records_manager']);
  t.deepEqual(way('internal', ['shop', 'hotline', 'field', 'shop']), ['supervisor@field', 'supervisor@shop', 'records_manager']);
  t.deepEqual(way('external', ['hotline']), ['supervisor@hotline', 'records_manager', 'executive']);
  t.deepEqual(way('external', []), ['records_manager', 'executive']);
  t.deepEqual(way('confidential', ['field', 'hotline']), ['executive']);
});

test('R42: in a small firm the records manager stands for the executive and decides once', async (t) => {
  const small = await readPolicies(FOLDER, 'small');
  const steps = planRoute(small.requests.get('external') as RoutingRule, { own: 'archive', departments: ['hotline'] });
  t.deepEqual(
    steps.map((one) => one.role),
    ['supervisor', 'records_manager'],
  );
  t.is(small.profile.stands_for.executive, 'records_manager');
});

test('R42: nobody but the applicant, or one person for two steps, is an empty list of approvers', (t) => {
  const steps = planRoute(ruleOf('internal'), { own: 'hotline', departments: ['field'] });
  const both: Candidate = { personId: 'a', roles: ['supervisor', 'records_manager'], department: 'field' };
  t.is(stepWithoutApprover(steps, [], 'x')?.rule, 'department');
  t.is(stepWithoutApprover(steps, [both], 'x')?.rule, 'archive', 'the same person cannot answer twice');
  t.is(stepWithoutApprover(steps, [both, { ...both, personId: 'b', department: 'shop' }], 'x'), null);
  t.is(stepWithoutApprover(steps, [{ ...both, personId: 'b', department: 'shop' }, both], 'x'), null, 'whatever the order');
  t.is(stepWithoutApprover(steps, [both, { ...both, personId: 'b' }], 'b')?.rule, 'archive', 'the applicant never counts');
});

const people = fc.array(
  fc.record({
    personId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    roles: fc.subarray(['supervisor', 'records_manager', 'executive', 'agent'] as string[]),
    department: fc.constantFrom(...DEPARTMENTS),
  }),
  { maxLength: 6 },
);

/** Whether some assignment of different persons to all steps exists, by trying them all. */
function seatable(steps: ReturnType<typeof planRoute>, list: readonly Candidate[], applicant: string, used: ReadonlySet<string> = new Set()): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return true;
  return list.some(
    (one) => one.personId !== applicant && !used.has(one.personId) && fits(first, one) && seatable(rest, list, applicant, new Set([...used, one.personId])),
  );
}

test('R42: whether every step has an approver of its own is found exactly (against trying every assignment)', (t) => {
  fc.assert(
    fc.property(
      people,
      fc.subarray([...DEPARTMENTS]),
      fc.constantFrom(...REQUEST_KINDS),
      fc.constantFrom('a', 'b', 'x'),
      (list, departments, kind, applicant) => {
        const steps = planRoute(ruleOf(kind), { own: 'hotline', departments });
        return (stepWithoutApprover(steps, list, applicant) === null) === seatable(steps, list, applicant);
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});

const event: fc.Arbitrary<FlowEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('decide' as const),
    position: fc.integer({ min: -1, max: 6 }),
    by: fc.constantFrom('applicant', 'a', 'b', 'c', 'd'),
    for: fc.constantFrom(null, null, 'applicant', 'a'),
    agree: fc.boolean(),
  }),
  fc.constant({ kind: 'lapse' as const }),
  fc.record({ kind: fc.constant('withdraw' as const), by: fc.constantFrom('applicant', 'a') }),
  fc.constant({ kind: 'expire' as const }),
  fc.record({ kind: fc.constant('hand_back' as const), by: fc.constantFrom('applicant', 'a') }),
);

function sound(flow: Flow): string | null {
  const states = flow.steps.map((one) => one.state);
  const deciders = flow.steps.flatMap((one) => one.decidedBy ?? []);
  if (deciders.includes('applicant')) return 'the applicant decided';
  if (new Set(deciders).size !== deciders.length) return 'one person decided twice';
  if (states.filter((one) => one === 'open').length !== (flow.state === 'submitted' ? 1 : 0)) return 'not exactly one step is open while it is being decided';
  const pending = states.findIndex((one) => one !== 'agreed');
  if (pending >= 0 && states.slice(pending).includes('agreed')) return 'a step was skipped';
  const granted = flow.state === 'approved' || flow.state === 'expired' || flow.state === 'returned';
  if (granted !== (pending === -1)) return 'granted exactly when every step agreed';
  return null;
}

test('R42: whatever is tried in whatever order, no step is skipped, nobody decides his own or twice, and what ended stays ended', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...REQUEST_KINDS), fc.subarray([...DEPARTMENTS]), fc.array(event, { maxLength: 25 }), (kind, departments, events) => {
      let flow = begin('applicant', planRoute(ruleOf(kind), { own: 'hotline', departments }));
      for (const one of events) {
        const before = flow;
        const outcome = advance(flow, one);
        if ('refused' in outcome) continue;
        flow = outcome.flow;
        if (['refused', 'lapsed', 'withdrawn', 'returned'].includes(before.state)) throw new Error(`${before.state} went on`);
        const fault = sound(flow);
        if (fault !== null) throw new Error(fault);
      }
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});

test('R42: a step out of its turn, and one answered already, is wrong_state', (t) => {
  const flow = begin('applicant', planRoute(ruleOf('external'), { own: 'x', departments: ['hotline'] }));
  const decide = (position: number, by: string): FlowEvent => ({ kind: 'decide', position, by, for: null, agree: true });
  t.deepEqual(advance(flow, decide(1, 'a')), { refused: 'wrong_state' });
  t.deepEqual(advance(flow, decide(2, 'a')), { refused: 'wrong_state' });
  const first = advance(flow, decide(0, 'a'));
  if (!('flow' in first)) return t.fail();
  t.deepEqual(advance(first.flow, decide(0, 'b')), { refused: 'wrong_state' });
  t.deepEqual(advance(first.flow, decide(1, 'a')), { refused: 'same_person' });
  t.deepEqual(advance(first.flow, { kind: 'decide', position: 1, by: 'b', for: 'applicant', agree: true }), { refused: 'same_person' });
});

test('R42: an approver narrows and never widens', (t) => {
  const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
  const any = fc.record(
    {
      acts: fc.subarray(['view', 'print', 'download'] as string[]),
      startsAt: fc.integer({ min: 1, max: 30 }).map(day),
      endsAt: fc.integer({ min: 1, max: 30 }).map(day),
      readings: fc.integer({ min: -1, max: 20 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.subarray(['view', 'print', 'download'] as string[], { minLength: 1 }),
      fc.option(fc.integer({ min: 1, max: 10 })),
      fc.array(any, { maxLength: 5 }),
      (acts, readings, list) => {
        const asked = { acts, startsAt: day(5), endsAt: day(20), readings };
        let terms: typeof asked = asked;
        for (const one of list) {
          const next = narrow(terms, one);
          if ('terms' in next) terms = next.terms as typeof asked;
        }
        const within =
          terms.acts.every((act) => acts.includes(act)) && terms.startsAt >= asked.startsAt && terms.endsAt <= asked.endsAt && terms.startsAt < terms.endsAt;
        return (
          within && (readings === null || (terms.readings !== null && terms.readings <= readings)) && (!acts.includes('view') || terms.acts.includes('view'))
        );
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});

test('R45: an open step is reminded of, handed up and lapses by the days of its rule; what is overdue is reminded of again and again', (t) => {
  const opened = new Date('2026-03-02T01:00:00Z');
  const at = (days: number, ms = 0): Date => new Date(opened.getTime() + days * 86_400_000 + ms);
  const { days } = ruleOf('internal');
  const step = { ...stepTimes(days, opened), escalate: 'records_manager', remindedAt: null, escalatedAt: null };
  t.deepEqual(dueActs(step, at(2, -1)), []);
  t.deepEqual(dueActs(step, at(2)), ['remind']);
  t.deepEqual(dueActs({ ...step, remindedAt: at(2) }, at(4, -1)), []);
  t.deepEqual(dueActs({ ...step, remindedAt: at(2) }, at(4)), ['escalate']);
  t.deepEqual(dueActs(step, at(5)), ['remind', 'escalate']);
  t.deepEqual(dueActs({ ...step, escalate: null }, at(5)), ['remind']);
  t.deepEqual(dueActs({ ...step, remindedAt: at(2), escalatedAt: at(4) }, at(10, -1)), []);
  t.deepEqual(dueActs(step, at(10)), ['lapse']);
  t.deepEqual(
    [-1, 0, 1, 2.9, 3, 6, 300].map((n) => overdueReminders(opened, 3, at(n))),
    [0, 1, 1, 1, 2, 3, 101],
  );
});
