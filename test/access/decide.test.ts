import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import {
  ACT_NAMES,
  ACTS,
  ADMIN_ROLES,
  authorize,
  conditionFor,
  decide,
  evaluate,
  mayEver,
  PERSON_ROLES,
  readPolicies,
  SCOPE_NAMES,
  type RecordAct,
  type RecordAttributes,
} from '../../src/access/index.js';
import { isCoded } from '../../src/errors/index.js';
import { machine, person } from './support/actors.js';
import { records } from './support/arbitraries.js';

const FOLDER = fileURLToPath(new URL('../../../policies', import.meta.url));
const set = await readPolicies(FOLDER, 'default');
const strict = await readPolicies(FOLDER, 'strict');
const small = await readPolicies(FOLDER, 'small');

const RECORD: RecordAttributes = {
  service_type: 'routine',
  client_type: 'individual',
  department: 'hotline',
  sensitivity: 'internal',
  medium: 'electronic',
  channel: 'phone',
  state: 'archived',
  restricted: false,
  fonds: 'Z001',
  staff_account: '',
};
const recordActs = ACT_NAMES.filter((act): act is RecordAct => ACTS[act] === 'record');

test('the condition for lists and the decision on one record agree for every role, act and record', (t) => {
  const someone = fc.record({
    roles: fc.subarray([...PERSON_ROLES]),
    department: fc.constantFrom('hotline', '售后', ''),
    accountId: fc.constantFrom('a-1', null),
  });
  fc.assert(
    fc.property(someone, fc.constantFrom(...recordActs), records, fc.constantFrom(set, strict, small), (who, act, record, policies) => {
      const actor = person(who.roles, who);
      t.is(decide(policies, actor, act, record).allow, evaluate(conditionFor(policies, actor, act), record));
    }),
    { numRuns: 3_000 },
  );
});

test('R41: an agent reads the own department up to sensitive, and highly sensitive records nobody at all', (t) => {
  const agent = person(['agent']);
  for (const sensitivity of ['public', 'internal', 'sensitive']) t.true(decide(set, agent, 'record.read', { ...RECORD, sensitivity }).allow);
  t.true(decide(set, agent, 'record.view', { ...RECORD, department: 'field' }).allow);
  t.false(decide(set, agent, 'record.read', { ...RECORD, department: 'field' }).allow);
  for (const role of PERSON_ROLES) {
    const actor = person([role]);
    for (const department of ['hotline', 'field']) {
      t.false(decide(set, actor, 'record.read', { ...RECORD, department, sensitivity: 'highly_sensitive' }).allow, role);
    }
  }
});

test('R41: a clerk sees the own highly sensitive intake until it is archived', (t) => {
  const clerk = person(['records_clerk'], { accountId: 'a-1' });
  const own = { ...RECORD, sensitivity: 'highly_sensitive', staff_account: 'a-1' };
  t.true(decide(set, clerk, 'record.read', { ...own, state: 'received' }).allow);
  t.false(decide(set, clerk, 'record.read', { ...own, state: 'archived' }).allow);
  t.false(decide(set, person(['records_clerk'], { accountId: 'a-2' }), 'record.read', { ...own, state: 'received' }).allow);
});

test('R83: the three administrators touch no record', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...ADMIN_ROLES), fc.constantFrom(...recordActs), records, (role, act, record) => {
      t.false(decide(set, person([role]), act, record).allow);
    }),
  );
});

test('R87: restricted records are found only by rules that speak of them', (t) => {
  const restricted = { ...RECORD, restricted: true };
  const finders = PERSON_ROLES.filter((role) => decide(set, person([role]), 'record.list', restricted).allow);
  t.deepEqual(finders, ['records_manager', 'legal', 'compliance_officer']);
  for (const role of PERSON_ROLES) t.false(decide(set, person([role]), 'record.read', restricted).allow, role);
});

test('R94: surveys are read only in the service team', (t) => {
  const readers = PERSON_ROLES.filter((role) => decide(set, person([role]), 'record.read', { ...RECORD, service_type: 'survey', sensitivity: 'public' }).allow);
  t.deepEqual(readers, ['agent', 'supervisor']);
  t.false(decide(set, person(['agent']), 'record.read', { ...RECORD, service_type: 'survey', sensitivity: 'public', department: 'field' }).allow);
});

test('failure class 12: no roles, no department, no attributes, an unknown act or an unknown role allow nothing', (t) => {
  for (const act of ACT_NAMES) {
    t.false(decide(set, person([]), act, RECORD).allow);
    t.false(decide(set, person(['superuser', '__proto__', 'system', 'integration']), act, RECORD).allow, act);
    t.false(decide(set, person(['agent'], { kind: 'nobody' }), act, RECORD).allow);
  }
  for (const act of recordActs) t.false(decide(set, person([...PERSON_ROLES]), act).allow, act);
  t.false(decide(set, person([...PERSON_ROLES]), 'toString' as 'record.read', RECORD).allow);
  t.false(decide(set, person(['agent'], { department: '' }), 'record.read', { ...RECORD, department: '' }).allow);
  t.false(decide(set, person(['records_clerk'], { accountId: null }), 'record.read', { ...RECORD, state: 'received', sensitivity: 'highly_sensitive' }).allow);
});

test('a machine does what both its scopes and the policy give', (t) => {
  t.true(decide(set, machine(['capture']), 'record.capture', RECORD).allow);
  t.false(decide(set, machine(['capture']), 'import.run').allow);
  t.true(decide(set, machine(['import']), 'import.run').allow);
  t.false(decide(set, machine(['everything', '*']), 'record.capture', RECORD).allow);
  t.false(decide(set, machine([]), 'record.capture', RECORD).allow);
  for (const act of ['record.read', 'record.unmask', 'record.download', 'person.manage', 'audit.search'] as const) {
    t.false(decide(set, machine([...SCOPE_NAMES], { roles: [...PERSON_ROLES] }), act, RECORD).allow, act);
  }
});

test('invariant 6: every decision names version and rule; a refusal is coded and carries the version', (t) => {
  const allowed = authorize(set, person(['agent']), 'record.read', RECORD);
  t.is(allowed.rule, 'agent/read-own');
  t.regex(allowed.policy, /^roles@sha256:[0-9a-f]{64}$/);
  const error = t.throws(() => authorize(set, person(['legal']), 'record.read', RECORD));
  t.true(isCoded(error, 'forbidden'));
  t.like(error, { act: 'record.read', policy: set.version });
});

test('the profiles differ where they say so', (t) => {
  const agent = person(['agent']);
  t.true(decide(set, agent, 'record.list', { ...RECORD, department: 'field' }).allow);
  t.false(decide(strict, agent, 'record.list', { ...RECORD, department: 'field' }).allow);
  t.false(decide(strict, agent, 'record.read', { ...RECORD, sensitivity: 'sensitive' }).allow);
  t.false(decide(strict, person(['supervisor']), 'record.download', RECORD).allow);
  t.not(set.version, strict.version);
  t.deepEqual(small.profile.stands_for, { executive: 'records_manager' });
});

test('menus know what could ever be allowed', (t) => {
  t.true(mayEver(set, person(['agent']), 'record.read'));
  t.false(mayEver(set, person(['agent'], { department: '' }), 'record.capture'));
  t.false(mayEver(set, person(['agent']), 'audit.search'));
});
