import test from 'ava';
import { correctionPatch, formFromDraft } from '../../src/ui/index.js';

const ZONE = 'Asia/Shanghai';
const draft = {
  title: '宽带报修',
  openedAt: '2026-03-01T01:00:37Z',
  client: { number: 'C-1', name: '王小明', phone: '13812345678' },
  content: '第一行\n第二行',
  evaluation: 5,
  participants: [{ name: '李静', role: '坐席' }],
  exceptions: [
    { what: '断线', handling: '重置' },
    { what: '噪声', handling: '换线' },
  ],
};
const form = formFromDraft(draft, ZONE);
const change = (values: Record<string, string>): Record<string, unknown> => correctionPatch(draft, { ...form, ...values }, ZONE);

test('a form that is sent back as it was shown changes nothing, whatever a browser makes of line ends and seconds', (t) => {
  t.deepEqual(change({}), {});
  t.deepEqual(change({ content: '第一行\r\n第二行' }), {});
});

test('only what differs is changed; what is emptied is removed; lists are changed whole', (t) => {
  t.deepEqual(change({ title: '宽带报修与移机' }), { title: '宽带报修与移机' });
  t.deepEqual(change({ 'client.phone': '', 'client.name': '王晓明' }), { client: { phone: null, name: '王晓明' } });
  t.deepEqual(change({ openedAt: '2026-03-01T09:30' }), { openedAt: '2026-03-01T09:30:00+08:00' });
  t.deepEqual(change({ evaluation: '4', participants: '' }), { evaluation: 4, participants: null });
  t.deepEqual(change({ 'exceptions.1.handling': '更换话机' }), {
    exceptions: [
      { what: '断线', handling: '重置' },
      { what: '噪声', handling: '更换话机' },
    ],
  });
});

test('what the form does not offer is not changed by it', (t) => {
  t.deepEqual(
    correctionPatch(draft, { serviceNo: 'X', sensitivity: 'public', 'client.type': 'enterprise', 'source.system': 'x', '__proto__.x': '1' }, ZONE),
    {},
  );
});
