import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { readYaml } from '../../../src/config/index.js';
import { CodedError } from '../../../src/errors/index.js';
import { recordDraft } from '../../../src/records/draft.js';
import { parseTime } from '../../../src/records/import/map/dates.js';
import { bindMapping } from '../../../src/records/import/map/mapper.js';
import { parseMapping } from '../../../src/records/import/map/mapping.js';
import { isStandard, standardMapping } from '../../../src/records/import/map/standard.js';
import { Header, JsonRow, LocalTime, TableRow } from '../../../src/records/import/read/row.js';

const MAPPINGS = fileURLToPath(new URL('../../../../policies/mappings/', import.meta.url));
const base = { version: 1, name: 'x', title: { zh: '某', en: 'x' } };
const needed = { 'source.system': { constant: 's' }, serviceNo: 'no' };

function one(
  fields: Record<string, unknown>,
  row: Record<string, string>,
  more: Record<string, unknown> = {},
  told: Record<string, string> = {},
): ReturnType<ReturnType<typeof bindMapping>['build']> {
  const header = new Header(Object.keys(row));
  const mapper = bindMapping(parseMapping({ ...base, ...more, fields: { ...needed, ...fields } }), header.names, told);
  return mapper.build([new TableRow(header, 2, Object.values(row))]);
}

const refusal = (act: () => unknown): unknown => {
  try {
    act();
    return 'taken';
  } catch (error) {
    return error instanceof CodedError ? error.params : error;
  }
};

test('times are read with their zone; what no clock showed is no time', (t) => {
  const us = 'America/New_York';
  const cases: [string | LocalTime, string, string, string | undefined][] = [
    ['04/12/2018 11:11:26 AM', 'MM/DD/YYYY hh:mm:ss A', us, '2018-04-12T11:11:26-04:00'],
    ['01/12/2018 12:00:00 AM', 'MM/DD/YYYY hh:mm:ss A', us, '2018-01-12T00:00:00-05:00'],
    ['01/12/2018 12:00:00 PM', 'MM/DD/YYYY hh:mm:ss A', us, '2018-01-12T12:00:00-05:00'],
    ['03/11/2018 02:30:00 AM', 'MM/DD/YYYY hh:mm:ss A', us, undefined],
    ['11/04/2018 01:30:00 AM', 'MM/DD/YYYY hh:mm:ss A', us, '2018-11-04T01:30:00-04:00'],
    ['13/01/2018 01:30:00 AM', 'MM/DD/YYYY hh:mm:ss A', us, undefined],
    ['2026年3月1日 9:05', 'auto', 'Asia/Shanghai', '2026-03-01T09:05:00+08:00'],
    ['2026/3/1', 'auto', 'Asia/Shanghai', '2026-03-01T00:00:00+08:00'],
    ['20260301', 'auto', 'Asia/Shanghai', '2026-03-01T00:00:00+08:00'],
    ['46082.5', 'auto', 'Asia/Shanghai', '2026-03-01T12:00:00+08:00'],
    ['２０２６-０３-０１', 'auto', 'Asia/Shanghai', '2026-03-01T00:00:00+08:00'],
    ['2026-02-29', 'auto', 'Asia/Shanghai', undefined],
    ['2026-03-01T09:05:00Z', 'iso', 'Asia/Shanghai', '2026-03-01T09:05:00Z'],
    ['2026-03-01T09:05:00+0530', 'iso', 'Asia/Shanghai', '2026-03-01T09:05:00+05:30'],
    ['上午 9:05 2026-03-01', 'A h:mm YYYY-MM-DD', 'Asia/Shanghai', '2026-03-01T09:05:00+08:00'],
    ['1772326800', 'unix', 'Asia/Shanghai', '2026-03-01T09:00:00+08:00'],
    ['1986-05-04 00:30', 'auto', 'Asia/Shanghai', '1986-05-04T00:30:00+08:00'],
    [new LocalTime('2026-03-01T09:05:00'), 'auto', 'Asia/Shanghai', '2026-03-01T09:05:00+08:00'],
    ['yesterday', 'auto', 'Asia/Shanghai', undefined],
  ];
  for (const [text, format, zone, expected] of cases) t.is(parseTime(text, [format], zone), expected, typeof text === 'string' ? text : text.text);
});

test('a written time stands for the moment that was meant, in any zone', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1971-01-01'), max: new Date('2037-12-31'), noInvalidDate: true }),
        fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'),
        (date, zone) => {
          const second = Math.floor(date.getTime() / 1000);
          return Date.parse(parseTime(String(second), ['unix'], zone) ?? '') === second * 1000;
        },
      ),
    ),
  );
});

test('columns become fields: joined, split, labelled, tables, defaults, constants, parameters, absent', (t) => {
  const { draft, files, faults } = one(
    {
      title: { join: ['a', 'b'], separator: ' / ' },
      content: { labelled: { a: 'A', empty: 'E', b: 'B' } },
      serviceType: '类型',
      channel: { column: 'c', values: { tel: 'phone' } },
      medium: { column: 'empty', default: 'electronic' },
      tags: { column: 'tags', split: { by: ';' } },
      participants: { column: 'tags', split: { by: ';' } },
      'client.number': { template: 'C-{a}' },
      'staff.name': { column: 'name', split: { by: ' ', part: 2 } },
      department: { parameter: 'department' },
      evaluation: '评价',
      signature: 'b',
      'client.name': { column: 'empty', absent: 'never asked' },
      place: { column: 'lines', oneLine: true },
      files: { column: 'files', split: { by: '|' } },
      followUps: {
        items: [
          { at: { column: 'day' }, note: 'a' },
          { at: { column: 'empty' }, note: 'empty' },
        ],
      },
    },
    {
      no: ' 1 ',
      a: 'x',
      b: 'y',
      empty: ' ',
      c: 'tel',
      类型: '投诉',
      tags: 'p; q',
      name: 'Li Wei',
      评价: '非常满意',
      lines: 'u\n v',
      files: 'a.pdf|b.wav',
      day: '2026-01-05',
    },
    { absent: { signature: 'none' } },
    { department: 'hotline' },
  );
  t.deepEqual(faults, []);
  t.deepEqual(files, ['a.pdf', 'b.wav']);
  t.deepEqual(draft, {
    source: { system: 's' },
    serviceNo: '1',
    title: 'x / y',
    content: 'A: x\nB: y',
    serviceType: 'complaint',
    channel: 'phone',
    medium: 'electronic',
    tags: ['p', 'q'],
    participants: [{ name: 'p' }, { name: 'q' }],
    client: { number: 'C-x' },
    staff: { name: 'Wei' },
    department: 'hotline',
    evaluation: 5,
    signature: { kind: 'statement', text: 'y' },
    place: 'u v',
    followUps: [{ at: '2026-01-05T00:00:00+08:00', note: 'x' }],
    absent: { signature: 'none', 'client.name': 'never asked' },
  });
});

test('what a mapping cannot make of a row is named by field and code', (t) => {
  const { faults } = one({ channel: { column: 'c', values: { tel: 'phone' } }, openedAt: 'd' }, { no: '1', c: 'fax', d: 'soon' });
  t.deepEqual(faults, [
    { field: 'channel', code: 'unknown_value' },
    { field: 'openedAt', code: 'not_a_time' },
  ]);
});

test('rows of a group and arrays of a JSON line become lines', (t) => {
  const header = new Header(['no', 'n', 'say', 'at']);
  const mapper = bindMapping(
    parseMapping({
      ...base,
      group: { by: ['no'] },
      fields: { ...needed, content: { lines: '{n}: {say}' }, openedAt: { column: 'at', pick: 'earliest' }, closedAt: { column: 'at', pick: 'latest' } },
    }),
    header.names,
  );
  const rows = [
    ['a', '1', 'hi', '2026-01-06'],
    ['a', '2', '', '2026-01-05'],
  ].map((cells, i) => new TableRow(header, i + 2, cells));
  t.like(mapper.build(rows).draft, { content: '1: hi\n2: ', openedAt: '2026-01-05T00:00:00+08:00', closedAt: '2026-01-06T00:00:00+08:00' });
  const json = bindMapping(
    parseMapping({
      ...base,
      fields: {
        ...needed,
        content: { each: { path: 'm', line: '{r}: {t}' }, words: { r: { u: '客户' } } },
        participants: { each: { path: 'm', item: { name: 'r' } } },
      },
    }),
    [],
  );
  t.like(
    json.build([
      new JsonRow(
        1,
        {
          no: 7,
          m: [
            { r: 'u', t: '好' },
            { r: 's', t: 1 },
          ],
        },
        '',
      ),
    ]).draft,
    { serviceNo: '7', content: '客户: 好\ns: 1', participants: [{ name: 'u' }, { name: 's' }] },
  );
});

test('a mapping that makes no sense is refused with the place', (t) => {
  const cases: [Record<string, unknown>, string][] = [
    [{ fields: { ...needed, title: { column: 'a', constant: 'b' } } }, 'fields.title'],
    [{ fields: { ...needed, openedAt: { column: 'a', date: 'DD.MM' } } }, 'fields.openedAt.date'],
    [{ fields: { serviceNo: 'no' } }, 'fields.source.system'],
    [{ fields: { ...needed, nothing: 'a' } }, 'fields.nothing'],
    [{ fields: needed, timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ fields: needed, surprise: 1 }, 'surprise'],
  ];
  for (const [more, place] of cases)
    t.like(
      refusal(() => parseMapping({ ...base, ...more })),
      { reason: 'mapping_invalid', place },
    );
  t.like(
    refusal(() => bindMapping(parseMapping({ ...base, fields: { ...needed, title: 'gone' } }), ['no'])),
    { reason: 'missing_columns', columns: 'gone' },
  );
});

test('R3: a file with the standard headers needs no mapping', (t) => {
  const names = ['服务编号', '服务日期', '服务人员', '客户编号', '服务内容', '服务结果', '客户签名', '服务评价'];
  t.true(isStandard(names));
  t.false(isStandard(names.slice(1)));
  const header = new Header(names);
  const mapper = bindMapping(standardMapping(), names, { department: 'hotline' });
  const { draft, faults } = mapper.build([new TableRow(header, 2, ['KF-1', '2026-03-01 09:05', '王敏', 'C-9', '咨询套餐', '已答复', '本人确认', '5分'])]);
  t.deepEqual(faults, []);
  const parsed = recordDraft.parse(draft);
  t.like(parsed, { serviceNo: 'KF-1', closedAt: '2026-03-01T09:05:00+08:00', evaluation: 5, department: 'hotline', title: '服务记录 KF-1' });
  t.truthy(parsed.absent?.['client.name']);
});

test('the mappings that come with the project are sound', async (t) => {
  t.true(existsSync(MAPPINGS));
  for (const file of readdirSync(MAPPINGS).filter((name) => name.endsWith('.yaml')))
    t.is(`${parseMapping(await readYaml(`${MAPPINGS}${file}`)).name}.yaml`, file);
});
