import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import {
  checkForm,
  defaultSensitivity,
  formatCode,
  holds,
  loadScheme,
  loadSchemes,
  parseScheme,
  patternFault,
  purposesOf,
  scopeOf,
  sensitiveFlags,
  seriesOf,
  SERVICE_TYPES,
  termCode,
} from '../../src/classification/index.js';
import { isCoded } from '../../src/errors/index.js';

const folder = join(process.cwd(), 'policies/scheme');
const scheme = await loadScheme(folder);
const complete = {
  serviceType: 'complaint' as const,
  channel: 'phone',
  medium: 'electronic',
  client: { number: 'C1', name: '王芳' },
  content: '宽带多次中断',
  handling: '派单更换光猫',
  result: '恢复正常',
  clientFeedback: '认可',
};
const without = (draft: object, field: string): never => Object.fromEntries(Object.entries(draft).filter(([key]) => key !== field)) as never;

test('R11, R91: every service type has texts, a class code of its own, a form, a grade and purposes', (t) => {
  t.deepEqual(Object.keys(scheme.serviceTypes).sort(), [...SERVICE_TYPES].sort());
  t.is(new Set(Object.values(scheme.serviceTypes).map((one) => one.class)).size, SERVICE_TYPES.length);
  t.regex(scheme.digest, /^sha256:[0-9a-f]{64}$/);
  t.is(scheme.name, 'general@2026-01');
});

test('R2: leave each demanded field out, and it is named', (t) => {
  t.deepEqual(checkForm(scheme, complete), []);
  for (const field of ['content', 'handling', 'result']) t.deepEqual(checkForm(scheme, without(complete, field)), [{ field, code: 'required_by_form' }]);
  t.deepEqual(checkForm(scheme, { ...complete, content: ' \n' } as never), [{ field: 'content', code: 'required_by_form' }], 'blank says nothing');
  t.deepEqual(checkForm(scheme, without(complete, 'clientFeedback'))[0]?.code, 'one_required_by_form');
  t.deepEqual(
    checkForm(scheme, { serviceType: 'survey' }).map((one) => one.field),
    ['evaluation', 'content'],
  );
});

test('R2: each exception needs its handling, by position', (t) => {
  const exceptions = [{ what: '停电', handling: '改期' }, { what: '缺件' }, { what: '误工', handling: '' }];
  t.deepEqual(
    checkForm(scheme, { ...complete, exceptions } as never).map((one) => one.field),
    ['exceptions.1.handling', 'exceptions.2.handling'],
  );
});

test('R2: a field that the source never had is met by its reason, never invented', (t) => {
  const draft = { ...(without(complete, 'handling') as typeof complete), absent: { handling: '旧系统没有此栏' } };
  t.deepEqual(checkForm(scheme, draft), []);
  t.deepEqual(
    checkForm(scheme, { ...draft, absent: { handling: ' ' } }).map((one) => one.field),
    ['handling'],
    'a reason without words is none',
  );
  t.deepEqual(checkForm(scheme, { ...complete, exceptions: [{ what: '停电' }], absent: { exceptions: '未记录' } } as never), []);
});

test('R3: a signature is demanded on paper and on visits', (t) => {
  const routine = { serviceType: 'routine' as const, channel: 'visit', medium: 'electronic', content: '安装', result: '完成', evaluation: 5 };
  t.deepEqual(
    checkForm(scheme, routine).map((one) => one.field),
    ['signature'],
  );
  t.deepEqual(checkForm(scheme, { ...routine, channel: 'phone' } as never), []);
  t.deepEqual(
    checkForm(scheme, { ...routine, channel: 'phone', medium: 'paper' } as never).map((one) => one.field),
    ['signature'],
  );
});

test('R13: the client feedback form has four kinds and three priorities, and its own fields', (t) => {
  const feedback = { kind: 'inquiry', priority: 'urgent', demand: '退款', assignedTo: '李工' };
  t.deepEqual(checkForm(scheme, { ...complete, feedback } as never), []);
  t.deepEqual(
    checkForm(scheme, { ...complete, feedback: { ...feedback, kind: 'praise', priority: 'none' } } as never).map(({ field, code }) => [field, code]),
    [
      ['feedback.kind', 'unknown_value'],
      ['feedback.priority', 'unknown_value'],
    ],
  );
  const nameless = { ...complete, client: { number: 'C1' }, feedback };
  t.deepEqual(
    checkForm(scheme, nameless as never).map((one) => one.field),
    ['client.name'],
  );
  t.deepEqual(
    checkForm(scheme, { ...nameless, feedback: { ...feedback, anonymous: false } } as never).map((one) => one.field),
    ['client.name'],
  );
  t.deepEqual(checkForm(scheme, { ...nameless, feedback: { ...feedback, anonymous: true } } as never), []);
});

test('R94: feedback is read only for solving and improving', (t) => {
  t.deepEqual(purposesOf(scheme, { serviceType: 'survey' }), ['solve', 'improve']);
  t.deepEqual(purposesOf(scheme, { serviceType: 'routine', feedback: { kind: 'help' } } as never), ['solve', 'improve']);
  t.true(purposesOf(scheme, { serviceType: 'complaint' }).includes('dispute'));
  t.false(purposesOf(scheme, { serviceType: 'training' }).includes('dispute'));
});

test('R17: the grade follows from the type, and rises with sensitive personal data', (t) => {
  t.is(defaultSensitivity(scheme, { serviceType: 'routine' }), 'internal');
  t.is(defaultSensitivity(scheme, complete), 'sensitive');
  const flagged = { serviceType: 'routine' as const, tags: ['minor'], content: '证件号 11010519491231002X' };
  t.deepEqual(sensitiveFlags(scheme, flagged), ['tag:minor', 'kind:residentId']);
  t.is(defaultSensitivity(scheme, flagged), 'sensitive');
});

test('R95: what is out of the filing scope is named by its rule', (t) => {
  t.deepEqual(scopeOf(scheme, complete), { decision: 'in', rule: null });
  t.deepEqual(scopeOf(scheme, { ...complete, tags: ['vip', '测试'] } as never), { decision: 'out', rule: 'test_call' });
  t.deepEqual(scopeOf(scheme, { serviceType: 'routine', channel: 'internal' } as never), { decision: 'out', rule: 'internal_chatter' });
  t.deepEqual(scopeOf(scheme, { serviceType: 'training', channel: 'internal' } as never), { decision: 'in', rule: null });
});

test('R3: the archival code names fonds, class, year of closing, term and item', (t) => {
  const input = {
    fonds: 'Z001',
    serviceType: 'complaint' as const,
    closedAt: new Date('2025-12-31T16:30:00Z'),
    period: { years: 3, months: 0 },
    zone: 'Asia/Shanghai',
  };
  t.is(formatCode(scheme, input, 1), 'Z001-TS·2026-D3-0001');
  t.is(formatCode(scheme, { ...input, zone: 'UTC' }, 12_345), 'Z001-TS·2025-D3-12345');
  t.is(seriesOf(scheme, input), 'Z001-TS·2026-D3-#');
  t.throws(() => formatCode(scheme, input, 0), { instanceOf: RangeError });
  t.is(termCode(null), 'Y');
  t.is(termCode({ years: 1, months: 6 }), 'D1M6');
  t.is(termCode({ years: 0, months: 24 }), 'D2');
});

test('R3: a pattern that could give one code twice is refused', (t) => {
  t.is(patternFault('{fonds}-{class}·{year}-{term}-{item:4}'), null);
  for (const pattern of [
    '{fonds}-{class}-{year}-{item}',
    '{fonds}{class}-{year}-{term}-{item}',
    '{fonds}-{class}-{year}-{term}{item}',
    '{fonds}-{class}-{year}-{item}-{term}',
    '{fonds}-{class}-{year}-{term}-{item}-{item}',
    '{fonds}-{class}-{year}-{term}- {item}',
    '{fonds}-{class}-{year}-{term}x{item}',
  ]) {
    t.not(patternFault(pattern), null, pattern);
  }
});

test('R18: every version resolves by its own name; unknown ones are refused', async (t) => {
  const temp = await mkdtemp(join(tmpdir(), 'scheme-'));
  t.teardown(() => rm(temp, { recursive: true }));
  const text = await readFile(join(folder, '2026-01.yaml'), 'utf8');
  await writeFile(join(temp, '2026-01.yaml'), text);
  await writeFile(join(temp, '2026-07.yaml'), text.replace('version: 2026-01', 'version: 2026-07').replace('class: TS', 'class: TY'));
  const set = await loadSchemes(temp);
  t.is(set.newest.version, '2026-07');
  t.is(set.get('2026-01').serviceTypes.complaint.class, 'TS');
  t.is(set.get('2026-01').digest, scheme.digest);
  t.not(set.newest.digest, scheme.digest);
  t.throws(() => set.get('2020-01'), { code: 'policy_invalid' } as never);
  await writeFile(join(temp, '2026-09.yaml'), text);
  t.true(isCoded(await t.throwsAsync(loadSchemes(temp)), 'policy_invalid'), 'a file named after another version');
});

test('R18: an empty folder, a broken file and a bad reference refuse everything', async (t) => {
  const temp = await mkdtemp(join(tmpdir(), 'scheme-'));
  t.teardown(() => rm(temp, { recursive: true }));
  t.true(isCoded(await t.throwsAsync(loadSchemes(temp)), 'policy_invalid'));
  t.true(isCoded(await t.throwsAsync(loadSchemes(join(temp, 'missing'))), 'policy_invalid'));
  await writeFile(join(temp, '2026-01.yaml'), 'format: [');
  t.true(isCoded(await t.throwsAsync(loadSchemes(temp)), 'policy_invalid'));
  const good = parse(await readFile(join(folder, '2026-01.yaml'), 'utf8')) as Record<string, Record<string, Record<string, unknown>>>;
  const bad: ((copy: typeof good) => void)[] = [
    (copy) => delete copy['serviceTypes']?.['training'],
    (copy) => Object.assign(copy['serviceTypes']?.['routine'] ?? {}, { form: 'none' }),
    (copy) => Object.assign(copy['serviceTypes']?.['routine'] ?? {}, { purposes: ['marketing'] }),
    (copy) => Object.assign(copy['serviceTypes']?.['routine'] ?? {}, { class: 'TS' }),
    (copy) => Object.assign(copy['serviceTypes']?.['routine'] ?? {}, { sensitivity: '秘密' }),
    (copy) => Object.assign(copy['archivalCode'] ?? {}, { pattern: '{item}' }),
    (copy) => Object.assign(copy, { surprise: true }),
  ];
  for (const [i, spoil] of bad.entries()) {
    const copy = structuredClone(good);
    spoil(copy);
    t.true(
      isCoded(
        t.throws(() => parseScheme(copy)),
        'policy_invalid',
      ),
      `case ${i}`,
    );
  }
});

test('conditions: present, absent, one of, all, any', (t) => {
  const draft = { channel: 'phone', tags: ['a', 'b'], evaluation: 0, followUps: [] };
  t.true(holds({ field: 'tags', in: ['b'] }, draft));
  t.true(holds({ field: 'evaluation', is: 'present' }, draft), 'zero is a value');
  t.true(holds({ field: 'followUps', is: 'absent' }, draft));
  t.true(holds({ field: 'client.name', is: 'absent' }, draft));
  t.true(holds({ field: 'constructor', is: 'absent' }, draft), 'only own fields count');
  t.true(
    holds(
      {
        all: [
          { field: 'channel', in: ['phone'] },
          {
            any: [
              { field: 'tags', in: ['x'] },
              { field: 'tags', in: ['a'] },
            ],
          },
        ],
      },
      draft,
    ),
  );
});
