import test from 'ava';
import { ACT_NAMES, ADMIN_ROLES, asksRecent, asksSecondFactor, assertRecent, assertSecondFactor } from '../../src/access/index.js';
import { systemActor } from '../../src/audit/index.js';
import { testActor } from '../support/audit.js';

test('R47: an administrator may do nothing but keep the own session before the second factor was shown, also by acts made later', (t) => {
  for (const role of ADMIN_ROLES) {
    const actor = testActor({ roles: [role] });
    t.deepEqual(
      ACT_NAMES.filter((act) => !asksSecondFactor(actor, act)),
      ['session.own'],
      role,
    );
    t.true(asksSecondFactor(actor, 'something.new'));
  }
});

test("R47: acts of weight ask everybody, an agent's everyday work asks nobody", (t) => {
  for (const act of ['role.confirm', 'policy.activate', 'policy.confirm', 'request.decide', 'copy.certify']) {
    t.true(asksSecondFactor(testActor({ roles: ['records_manager'] }), act), act);
  }
  for (const act of ['record.list', 'record.read', 'record.download', 'reading.own', 'record.capture', 'dossier.view']) {
    t.false(asksSecondFactor(testActor({ roles: ['agent'] }), act), act);
    t.false(asksRecent(testActor(), act), act);
  }
  t.false(asksSecondFactor(testActor({ kind: 'integration', roles: ['system_admin'] }), 'role.give'), 'machines have rules of their own');
});

test('R47: a second factor that was not shown in this session is refused, whoever asks', (t) => {
  t.notThrows(() => assertSecondFactor(testActor({ secondFactor: true })));
  t.notThrows(() => assertSecondFactor(systemActor()));
  for (const kind of ['person', 'integration', 'nobody'] as const) {
    t.throws(() => assertSecondFactor(testActor({ kind, secondFactor: false })), { message: 'second_factor_required' });
  }
});

test('R47: a dangerous act asks for password or code of the last ten minutes', (t) => {
  const at = (minutes: number) => ({ now: () => new Date(Date.UTC(2026, 2, 2, 1, minutes)) });
  const actor = testActor({ shownAt: new Date(Date.UTC(2026, 2, 2, 1)) });
  t.notThrows(() => assertRecent(at(10), actor));
  t.throws(() => assertRecent({ now: () => new Date(Date.UTC(2026, 2, 2, 1, 10, 1)) }, actor), { message: 'reauthentication_required' });
  t.throws(() => assertRecent(at(0), testActor({ shownAt: null })), { message: 'reauthentication_required' });
  t.true(asksRecent(testActor(), 'role.confirm') && asksRecent(testActor(), 'policy.activate'));
});
