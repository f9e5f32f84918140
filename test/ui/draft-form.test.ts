import test from 'ava';
import { recordDraft } from '../../src/records/draft.js';
import { draftFromForm, formFromDraft } from '../../src/ui/index.js';

const ZONE = 'Asia/Shanghai';

const typed = {
  serviceNo: 'KF-1',
  'source.system': 'manual',
  openedAt: '2026-03-01T09:00',
  closedAt: '2026-03-01T10:30',
  serviceType: 'complaint',
  'client.number': 'C1',
  'client.type': 'individual',
  'client.phone': '',
  'staff.name': 'Chen Li',
  department: 'service-east',
  channel: 'phone',
  title: 'Outage',
  content: 'one\r\ntwo',
  medium: 'electronic',
  evaluation: '4',
  tags: 'a, b\uFF0Cc',
  participants: 'Wang, witness\nZhao',
  'exceptions.0.what': 'system down',
  'exceptions.0.handling': 'restarted',
  'exceptions.1.what': '',
  'exceptions.1.handling': '',
  'followUps.1.at': '2026-03-02T08:00',
  'followUps.1.note': 'called',
  'signature.kind': 'statement',
  'signature.text': 'I agree',
  'signature.file': '',
  'feedback.kind': 'complaint',
  'feedback.priority': 'urgent',
  'feedback.anonymous': 'yes',
};

test('R2: the form of a record becomes a draft that the schema accepts', (t) => {
  const draft = recordDraft.parse(draftFromForm(typed, ZONE));
  t.is(draft.openedAt, '2026-03-01T09:00:00+08:00');
  t.is(draft.content, 'one\ntwo');
  t.is(draft.evaluation, 4);
  t.deepEqual(draft.tags, ['a', 'b', 'c']);
  t.deepEqual(draft.participants, [{ name: 'Wang', role: 'witness' }, { name: 'Zhao' }]);
  t.deepEqual(draft.exceptions, [{ what: 'system down', handling: 'restarted' }]);
  t.deepEqual(draft.followUps, [{ at: '2026-03-02T08:00:00+08:00', note: 'called' }]);
  t.deepEqual(draft.signature, { kind: 'statement', text: 'I agree' });
  t.is(draft.client.phone, undefined);
  t.true(draft.feedback?.anonymous);
});

test('a draft shown in the form and sent again is the same draft', (t) => {
  const draft = recordDraft.parse(draftFromForm(typed, ZONE));
  t.deepEqual(recordDraft.parse(draftFromForm(formFromDraft(draft, ZONE), ZONE)), draft);
});

test('R39: a local time gets the offset that its zone had then', (t) => {
  const at = (time: string) => (draftFromForm({ closedAt: time }, 'Europe/Berlin') as { closedAt: string }).closedAt;
  t.is(at('2026-01-15T12:00'), '2026-01-15T12:00:00+01:00');
  t.is(at('2026-07-15T12:00'), '2026-07-15T12:00:00+02:00');
  t.is(at('2026-02-30'), '2026-02-30');
  t.is(at('tomorrow'), 'tomorrow');
});

test('names of fields reach into nothing but the draft', (t) => {
  const draft = draftFromForm({ '__proto__.polluted': 'x', 'constructor.prototype.polluted': 'x', 'a b': 'x', title: 'ok' }, ZONE);
  t.deepEqual(draft, { title: 'ok' });
  t.is(({} as { polluted?: string }).polluted, undefined);
});
