import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import {
  checkForm,
  CLIENT_TYPES,
  findPersonalData,
  loadScheme,
  scopeOf,
  SENSITIVITIES,
  SERVICE_TYPES,
  defaultSensitivity,
} from '../../src/classification/index.js';
import { demoRecords } from '../../src/demo/index.js';
import type { DemoFile, DemoRecord } from '../../src/demo/index.js';
import { recordDraft } from '../../src/records/index.js';

const now = new Date('2026-11-23T02:30:00Z');
const scheme = await loadScheme(join(process.cwd(), 'policies/scheme'));
const all: DemoRecord[] = [...demoRecords({ seed: 'test', now })];
const drafts = all.map((one) => one.draft);
const share = (which: (one: DemoRecord) => boolean): number => all.filter(which).length / all.length;
const bytes = async (file: DemoFile): Promise<Buffer> => {
  const made = await file.make();
  return made instanceof Readable ? buffer(made) : made;
};

test('at least 300 records, every one a valid draft within the filing scope, numbers unique, oldest first', (t) => {
  t.true(all.length >= 300);
  for (const draft of drafts) {
    const read = recordDraft.safeParse(draft);
    t.true(read.success, `${draft.title}: ${read.error?.message ?? ''}`);
    t.is(scopeOf(scheme, draft).decision, 'in', draft.title);
    t.true(draft.openedAt <= (draft.servedAt ?? '') && (draft.servedAt ?? '') <= draft.closedAt && draft.closedAt < now.toISOString());
    t.notRegex(JSON.stringify(draft), /\{\w+\}|undefined/, draft.title);
  }
  t.is(new Set(drafts.map((one) => one.serviceNo)).size, all.length);
  t.deepEqual(
    drafts.map((one) => one.closedAt),
    drafts.map((one) => one.closedAt).sort(),
  );
});

test('all service types, client types, sensitivities, both languages and media; six years back', (t) => {
  t.is(new Set(drafts.map((one) => one.serviceType)).size, SERVICE_TYPES.length);
  t.is(new Set(drafts.map((one) => one.client.type)).size, CLIENT_TYPES.length);
  t.is(new Set(drafts.map((one) => one.sensitivity ?? defaultSensitivity(scheme, one))).size, SENSITIVITIES.length);
  t.is(new Set(drafts.map((one) => one.medium)).size, 2);
  t.true(new Set(drafts.map((one) => one.channel)).size >= 8);
  t.is(new Set(drafts.map((one) => one.department)).size, 5);
  const chinese = share(({ draft }) => /\p{Script=Han}/u.test(draft.title));
  t.true(chinese > 0.6 && chinese < 0.9, String(chinese));
  const years = new Set(drafts.map((one) => one.closedAt.slice(0, 4)));
  t.true(years.size >= 6, [...years].join(' '));
});

test('titles read like cases: few repeat, none carries a number of a person', (t) => {
  const titles = new Map<string, number>();
  for (const { title } of drafts) titles.set(title, (titles.get(title) ?? 0) + 1);
  t.true(titles.size > all.length * 0.7, `${titles.size} of ${all.length}`);
  t.true(Math.max(...titles.values()) <= 6);
  for (const { title } of drafts) t.deepEqual(findPersonalData(title), [], title);
});

test('some wait to be arranged, with the reason; complete ones fill their form', (t) => {
  const waiting = drafts.filter((one) => checkForm(scheme, one).length > 0);
  t.true(waiting.length >= 3 && waiting.length < all.length * 0.1, String(waiting.length));
  const recent = new Date(now.getTime() - 21 * 86_400_000).toISOString();
  for (const one of waiting) t.true(one.closedAt > recent, `${one.title}: ${JSON.stringify(checkForm(scheme, one))}`);
});

test('R92, R93: clients come back; return calls are made, late or missing; exceptions have their handling', (t) => {
  const visits = new Map<string, number>();
  for (const { client } of drafts) visits.set(client.number, (visits.get(client.number) ?? 0) + 1);
  t.true(Math.max(...visits.values()) >= 8);
  t.true([...visits.values()].filter((n) => n >= 3).length >= 25, String([...visits.values()]));
  t.true(share(({ draft }) => draft.exceptions !== undefined) > 0.08);
  const delays = drafts.flatMap((one) => (one.returnCall ? [Date.parse(one.returnCall.at) - Date.parse(one.closedAt)] : []));
  t.true(delays.some((ms) => ms > 86_400_000) && delays.some((ms) => ms <= 86_400_000));
  t.true(share(({ draft }) => draft.serviceType === 'complaint' && draft.returnCall === undefined) > 0.03);
  t.true(share(({ draft }) => draft.feedback !== undefined) > 0.15);
  t.true(drafts.some((one) => one.specialTerm !== undefined));
  t.true(share(({ draft }) => findPersonalData(draft.content ?? '').length > 0) > 0.1, 'content carries numbers that must be masked');
});

test('files of at least six formats, several to a record, made the same each time', async (t) => {
  const files = all.flatMap((one) => one.files);
  t.true(new Set(files.map((file) => file.type)).size >= 9);
  t.true(all.some((one) => one.files.length >= 3));
  for (const { draft } of all)
    t.true(
      draft.signature?.kind !== 'file' ||
        all.some((one) => one.draft === draft && one.files.some((file) => file.name === (draft.signature as { file: string }).file)),
    );
  const one = new Map(files.map((file) => [file.type, file]));
  for (const [type, file] of one) {
    const made = await bytes(file);
    t.true(made.length > 60, type);
    t.deepEqual(await bytes(file), made, type);
  }
});

test('the same seed and day tell the same archive, another seed another one', async (t) => {
  const digest = async (seed: string): Promise<string> => {
    const hash = createHash('sha256');
    for (const { draft, files } of demoRecords({ seed, now, count: 40 })) {
      hash.update(JSON.stringify(draft));
      for (const file of files) if (!file.type.includes('pdf')) hash.update(await bytes(file));
    }
    return hash.digest('hex');
  };
  t.is(await digest('a'), await digest('a'));
  t.not(await digest('a'), await digest('b'));
});
