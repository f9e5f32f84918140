import test from 'ava';
import {
  countEntries,
  describe,
  entrySide,
  eraseSides,
  exportEntries,
  exportHeader,
  exportRow,
  searchEntries,
  type EntryInput,
  type LoggedEntry,
  type LogReaderDeps,
} from '../../src/audit/index.js';
import { CodedError } from '../../src/errors/index.js';
import { newId, sql } from '../../src/db/index.js';
import { phrasesFor } from '../../src/phrases/index.js';
import { testActor, testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { check } from './log-support.js';

const database = await testDatabase();
let now = Date.parse('2026-03-01T08:00:00.000Z');
const { audit, keystore, stop } = await testAudit(database, { now: () => new Date(now) });
test.after.always(async () => {
  await stop();
  await database.close();
});

const officer = testActor({ pseudonym: 'p-officer', roles: ['complianceOfficer'], address: '192.0.2.33' });
const deps: LogReaderDeps = {
  audit,
  db: database.app,
  keystore,
  authorize: (actor) => {
    if (actor.pseudonym !== 'p-officer') throw new CodedError('forbidden');
    return { policy: 'roles@sha256:00' };
  },
};
const eraseDeps = { ...deps, authorize: () => ({ policy: 'roles@sha256:00' }) };

const record = newId();
const reading = newId();
const client = newId();

async function write(...entries: Partial<EntryInput>[]): Promise<void> {
  const pending = await database.app.tx((tx) =>
    audit.appendMany(
      tx,
      entries.map((one) => testEntry(one)),
    ),
  );
  await audit.settled(pending.at(-1)!);
  now += 60_000;
}

test.before(async () => {
  await write({ act: 'record.capture', subject: { kind: 'record', id: record }, facts: { client, files: 2 } });
  await write({
    act: 'reading.open',
    subject: { kind: 'reading', id: reading },
    facts: { record },
    purpose: 'complaint',
    side: { ticket: 'T-77 张三 13800138000' },
  });
  await write({
    act: 'reading.refused',
    subject: { kind: 'record', id: record },
    decision: 'deny',
    actor: testActor({ pseudonym: 'p-b' }),
    facts: { why: 'forbidden' },
  });
  await write({ act: 'dossier.view', subject: { kind: 'dossier', id: client } });
  await write(...Array.from({ length: 40 }, (_, i) => ({ facts: { count: i } })));
});

const acts = (items: readonly LoggedEntry[]): string[] => items.map((one) => one.entry.act);

test.serial('R53: entries are found by person, record, reading, client, act, outcome and time', async (t) => {
  const find = async (filter: Parameters<typeof searchEntries>[2]): Promise<string[]> => {
    const { items } = await searchEntries(deps, officer, filter);
    return acts(items).filter((act) => !act.startsWith('audit.'));
  };
  t.deepEqual(await find({ actors: ['p-b'] }), ['reading.refused']);
  t.deepEqual(await find({ record }), ['reading.refused', 'reading.open', 'record.capture']);
  t.deepEqual(await find({ reading }), ['reading.open']);
  t.deepEqual(await find({ client }), ['dossier.view', 'record.capture']);
  t.deepEqual(await find({ acts: ['reading.open', 'dossier.view'] }), ['dossier.view', 'reading.open']);
  t.deepEqual(await find({ decision: 'deny' }), ['reading.refused']);
  t.deepEqual(await find({ decision: 'deny', record }), ['reading.refused']);
  t.deepEqual(await find({ actors: ['p-b', 'p-b', 'p-3d7f0c'], record }), ['reading.refused', 'reading.open', 'record.capture']);
  t.deepEqual(await find({ actors: [] }), []);
  t.deepEqual(await find({ purpose: 'complaint' }), ['reading.open']);
  t.deepEqual(await find({ subject: client, actors: ['p-3d7f0c'] }), ['dossier.view']);
  t.deepEqual(await find({ from: new Date('2026-03-01T08:01:00.000Z'), to: new Date('2026-03-01T08:02:00.001Z') }), ['reading.refused', 'reading.open']);
  t.deepEqual(await find({ record, from: new Date('2026-03-01T08:02:00.000Z') }), ['reading.refused']);
  t.deepEqual(await find({ to: new Date('2026-03-01T08:00:00.001Z') }), ['record.capture', 'log.open']);
  t.deepEqual(await find({ from: new Date('2030-01-01T00:00:00.000Z') }), []);
  t.deepEqual(await find({ actors: ["'; drop table audit_entries; --"] }).catch((error: CodedError) => [error.code]), ['invalid_field']);
});

test.serial('pages go through every entry once', async (t) => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await searchEntries(deps, officer, { acts: ['record.list'] }, { limit: 7, after });
    seen.push(...page.items.map((one) => one.id));
    after = page.next ?? undefined;
  } while (after !== undefined);
  t.is(seen.length, 40);
  t.is(new Set(seen).size, 40);
  for (const bad of [{ after: 'x' }, { after: Buffer.from('2026:-1').toString('base64url') }, { limit: 0 }, { limit: 501 }, { limit: 1.5 }]) {
    await t.throwsAsync(searchEntries(deps, officer, {}, bad), { message: 'invalid_field' });
  }
});

test.serial('R58: looking into the log is itself logged, before anything is shown; who may not sees nothing', async (t) => {
  const { items } = await searchEntries(deps, officer, { record });
  t.is(items[0]!.entry.act, 'audit.search');
  t.is(items[0]!.entry.facts?.['record'], record);
  t.is(items[0]!.entry.policy, 'roles@sha256:00');
  const before = (await audit.state()).size;
  await t.throwsAsync(searchEntries(deps, testActor(), {}), { message: 'forbidden' });
  t.is((await audit.state()).size, before);
  const closed: LogReaderDeps = { ...deps, audit: { ...audit, settled: () => Promise.reject(new CodedError('audit_unavailable')) } };
  await t.throwsAsync(searchEntries(closed, officer, { record }), { message: 'audit_unavailable' });
  await t.throwsAsync(exportEntries(closed, officer, {}), { message: 'audit_unavailable' });
});

test.serial('counts by act and outcome', async (t) => {
  const { total, atLeast, counts } = await countEntries(deps, officer, { acts: ['record.list', 'reading.refused'] });
  t.is(total, 41);
  t.false(atLeast);
  t.deepEqual(counts, [
    { act: 'record.list', decision: 'allow', count: 40 },
    { act: 'reading.refused', decision: 'deny', count: 1 },
  ]);
});

test.serial('the export gives every entry, newest first, as text in both languages', async (t) => {
  const all: LoggedEntry[] = [];
  for await (const rows of await exportEntries(deps, officer, { to: new Date('2026-03-01T08:04:00.000Z') })) all.push(...rows);
  t.deepEqual(acts(all), ['dossier.view', 'reading.refused', 'reading.open', 'record.capture', 'log.open']);
  const { zh, en } = { zh: phrasesFor('zh').audit, en: phrasesFor('en').audit };
  t.is(exportHeader(zh).length, exportRow(all[0]!, zh).length);
  t.deepEqual(exportRow(all[1]!, zh).slice(3, 11), ['p-b', 'agent', '拒绝查阅', `记录 ${record}`, '', '', '拒绝', '原因 forbidden']);
  t.is(describe(all[3]!.entry, zh), `收入记录：记录 ${record} · 2 个文件`);
  t.is(describe(all[3]!.entry, en), `Took a record in: record ${record} · 2 files`);
  t.is(describe({ ...all[2]!.entry, act: 'future.act', subject: { kind: 'future', id: '7' } }, en), 'Other act (future.act): future 7 · purpose complaint');
});

test.serial('R57: address and free text stand in no table in clear, and can be read with a reason, and erased', async (t) => {
  const { items } = await searchEntries(deps, officer, { acts: ['reading.open'] });
  const [found] = items;
  t.true(found?.hasSide);
  for (const [table, column] of Object.entries({ audit_entries: 'entry', audit_pending: 'entry', audit_side: "encode(sealed, 'escape')" })) {
    const { n } = await database.owner.one<{ n: number }>(
      table === 'audit_side'
        ? sql`select count(*)::int as n from audit_side where encode(sealed, 'escape') ~ '13800138000|192\\.0\\.2\\.33|T-77'`
        : sql`select count(*)::int as n from (select entry from audit_entries union all select entry from audit_pending) e where entry ~ '13800138000|张三|192\\.0\\.2\\.33|T-77'`,
    );
    t.is(n, 0, column);
  }
  await t.throwsAsync(entrySide(deps, officer, { entryId: found!.id, reason: ' ' }), { message: 'invalid_field' });
  t.deepEqual(await entrySide(deps, officer, { entryId: found!.id, reason: 'complaint 12' }), {
    state: 'present',
    values: { ticket: 'T-77 张三 13800138000' },
  });
  const seen = await searchEntries(deps, officer, { acts: ['audit.side'] });
  t.is(seen.items[0]?.entry.subject.id, found!.id);

  t.is(await eraseSides(eraseDeps, officer, { entryIds: [found!.id], reason: 'request 4' }), 1);
  t.deepEqual(await entrySide(deps, officer, { entryId: found!.id, reason: 'again' }), { state: 'erased' });
  await t.throwsAsync(entrySide(deps, officer, { entryId: newId(), reason: 'x' }), { message: 'not_found' });
  const report = await check(database, keystore);
  t.deepEqual(report.faults, [], 'the log verifies as before');
  t.is(report.erased, 1);
});
