import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import {
  capture,
  completeRecord,
  confirmTerm,
  finishInterrupted,
  openReading,
  readContent,
  reclassify,
  sendBack,
  viewRecord,
} from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { testActor } from '../support/audit.js';

let archive: TestArchive;
let agent: Actor;
let clerk: Actor;
let manager: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
  clerk = archive.person('records_clerk', 'archive');
  manager = archive.person('records_manager', 'archive');
});
test.after.always(() => archive.close());

const SYSTEM = testActor({ kind: 'system', personId: null, accountId: null, pseudonym: 'system', roles: ['system'], sessionId: null });

/** A record that lacks its result and waits. */
async function waiting(change: Record<string, unknown> = {}): Promise<string> {
  const draft = testDraft({ serviceType: 'complaint', handling: '升级处理', ...change });
  delete draft['result'];
  const done = await capture(archive.deps, agent, { draft, files: [] });
  return done.id;
}

async function row(
  id: string,
): Promise<{ sensitivity: string; service_type: string; term_until: string; term_minimum: string; special_term: string; tags: string[] }> {
  const [found] = await archive.database.owner.many<Awaited<ReturnType<typeof row>>>(
    sql`select sensitivity, service_type, term_until, term_minimum, special_term, tags from records where id = ${id}`,
  );
  if (!found) throw new Error('no such record');
  return found;
}

/** The earliest lock of a record's objects, as the store says. */
async function lockOf(id: string): Promise<number> {
  const ids = (await archive.database.owner.many<{ id: string }>(sql`select id from objects where record_id = ${id}`)).map((one) => one.id);
  const dates = await Promise.all((await archive.deps.vault.facts(ids)).map(async (one) => (await archive.store.stat(one.ref))?.lockedUntil?.getTime() ?? 0));
  return Math.min(...dates);
}

async function refusals(id: string): Promise<number> {
  const [found] = await archive.database.owner.many<{ n: number }>(
    sql`select (select count(*) from audit_entries where entry like ${`%"record.refused"%${id}%`})::int + (select count(*) from audit_pending where entry like ${`%"record.refused"%${id}%`})::int as n`,
  );
  return found?.n ?? 0;
}

const ONSITE = { serviceType: 'survey', channel: 'visit', evaluation: 4 };

test('R18: a reclassification is on record with its history; where the minimum grows, the locks in the store grow first', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft(ONSITE), files: [] });
  t.is((await row(id)).term_minimum, '2028-03-01');
  await reclassify(archive.deps, clerk, { recordId: id, serviceType: 'routine', sensitivity: 'highly_sensitive', tags: ['回访 13812345678'] });
  const now = await row(id);
  t.is(now.term_minimum, '2029-03-01');
  t.true((await lockOf(id)) >= Date.parse('2029-03-01T23:59:59+08:00'));
  t.false(now.tags.join('').includes('13812345678'), 'tags are masked like those that came in');
  const view = await viewRecord(archive.deps, manager, id);
  t.deepEqual(view.history.map((one) => one.field).sort(), ['sensitivity', 'serviceType', 'tags']);
  t.false(JSON.stringify(view.history).includes('13812345678'));
});

test('R29: a reclassification shortens neither the term nor the minimum', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft({ channel: 'visit' }), files: [] });
  t.is((await row(id)).term_minimum, '2029-03-01');
  await reclassify(archive.deps, clerk, { recordId: id, serviceType: 'survey' });
  t.like(await row(id), { service_type: 'survey', term_until: '2029-03-01', term_minimum: '2029-03-01' });
});

test('the store being down, a reclassification that needs longer locks does not happen', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft(ONSITE), files: [] });
  const down = { ...archive.deps, vault: { ...archive.deps.vault, lock: () => Promise.reject(new CodedError('store_unavailable')) } };
  await t.throwsAsync(reclassify(down, clerk, { recordId: id, serviceType: 'routine' }), { message: 'store_unavailable' });
  t.like(await row(id), { service_type: 'survey', term_minimum: '2028-03-01' });
});

test('R29: a longer term is confirmed once, by another person than who asked, whoever that was', async (t) => {
  const asked = await capture(archive.deps, manager, { draft: testDraft({ specialTerm: { reason: '重大投诉' } }), files: [] });
  await t.throwsAsync(confirmTerm(archive.deps, manager, { recordId: asked.id, confirm: true }), { message: 'same_person' });
  t.is(await refusals(asked.id), 1);
  const other = archive.person('records_manager', 'archive');
  const both = await Promise.allSettled([
    confirmTerm(archive.deps, other, { recordId: asked.id, confirm: true }),
    confirmTerm(archive.deps, other, { recordId: asked.id, confirm: false }),
  ]);
  t.is(both.filter((one) => one.status === 'fulfilled').length, 1);
  // asked for while completing: the one who completed has asked
  const id = await waiting();
  await completeRecord(archive.deps, manager, { recordId: id, patch: { result: '已解决', exceptions: [], specialTerm: { reason: '重大投诉' } } });
  t.is((await row(id)).special_term, 'asked');
  await t.throwsAsync(confirmTerm(archive.deps, manager, { recordId: id, confirm: true }), { message: 'same_person' });
  await confirmTerm(archive.deps, other, { recordId: id, confirm: true });
  t.is((await row(id)).term_until, '2031-03-01');
});

test('R29: nor does the database take an answer of who asked, or one that nobody gave', async (t) => {
  const { id } = await capture(archive.deps, manager, { draft: testDraft({ specialTerm: { reason: '重大投诉' } }), files: [] });
  const other = archive.person('records_manager', 'archive').personId;
  const says = async (...statements: ReturnType<typeof sql>[]): Promise<string> => {
    const error = await t.throwsAsync<Error & { code?: string; constraint?: string }>(
      archive.deps.db.tx(async (tx) => {
        await archive.deps.audit.append(tx, { actor: manager, act: 'record.term_confirm', subject: { kind: 'record', id }, decision: 'allow' });
        for (const one of statements) await tx.run(one);
      }),
    );
    return error?.constraint ?? error?.code ?? '';
  };
  const answered = (asked: string | null | undefined, by: string | null | undefined, confirmed = true) =>
    sql`insert into special_term_answers (record_id, asked_by, answered_by, confirmed, at) values (${id}, ${asked ?? null}, ${by ?? null}, ${confirmed}, now())`;
  const confirmed = sql`update records set special_term = 'confirmed' where id = ${id}`;
  const me = manager.personId;
  t.is(await says(confirmed), 'special_term_second_person', 'without an answer');
  t.is(await says(answered(me, me)), 'special_term_second_person', 'the same person');
  t.is(await says(answered(other, me), confirmed), 'special_term_second_person', 'as if another had asked');
  t.is(await says(answered(null, me), confirmed), 'special_term_second_person', 'as if nobody had asked');
  t.is(await says(answered(me, other, false), confirmed), 'special_term_second_person', 'another answer than was given');
  t.is((await row(id)).special_term, 'asked');
});

test('a term that was confirmed outlives the completion of its record', async (t) => {
  const id = await waiting({ specialTerm: { reason: '重大投诉' } });
  await confirmTerm(archive.deps, manager, { recordId: id, confirm: true });
  await completeRecord(archive.deps, clerk, { recordId: id, patch: { result: '已解决' } });
  t.like(await row(id), { special_term: 'confirmed', term_until: '2031-03-01' });
});

test('R18: completing takes back nothing that was classified since; a sender lowers no sensitivity', async (t) => {
  const id = await waiting({ sensitivity: 'internal' });
  await reclassify(archive.deps, clerk, { recordId: id, sensitivity: 'sensitive' });
  await sendBack(archive.deps, clerk, { recordId: id, reason: '缺处理结果' });
  await t.throwsAsync(completeRecord(archive.deps, agent, { recordId: id, patch: { result: '已解决', sensitivity: 'public' } }), { message: 'forbidden' });
  await t.throwsAsync(completeRecord(archive.deps, agent, { recordId: id, patch: { result: '已解决', department: 'field' } }), { message: 'forbidden' });
  await completeRecord(archive.deps, agent, { recordId: id, patch: { result: '已解决' } });
  t.is((await row(id)).sensitivity, 'sensitive');
});

test('a completion that changes the classification leaves it in the history', async (t) => {
  const id = await waiting({ sensitivity: 'internal' });
  await completeRecord(archive.deps, clerk, { recordId: id, patch: { result: '已解决', sensitivity: 'sensitive' } });
  const view = await viewRecord(archive.deps, clerk, id);
  t.true(view.history.some((one) => one.field === 'sensitivity' && one.old_value === 'internal' && one.new_value === 'sensitive'));
});

test('a form that sends back the masked title and tags it was shown changes neither', async (t) => {
  const id = await waiting({ title: '王小明 13812345678 投诉', tags: ['王小明'] });
  const view = await viewRecord(archive.deps, clerk, id);
  t.false(view.title.includes('13812345678'));
  await completeRecord(archive.deps, clerk, { recordId: id, patch: { title: view.title, tags: view.tags, result: '已解决' } });
  const reader = archive.person('supervisor');
  const opened = await openReading(archive.deps, reader, { recordId: id, purpose: 'solve' });
  const content = await readContent(archive.deps, reader, { readingId: opened.id, kind: 'view' });
  const { draft } = JSON.parse((await buffer(content.body)).toString()) as { draft: { title: string; tags: string[] } };
  t.is(draft.title, '王小明 13812345678 投诉');
  t.deepEqual(draft.tags, ['王小明']);
});

test('accepting what still lacks something makes no version', async (t) => {
  const id = await waiting();
  for (let i = 0; i < 3; i++) await completeRecord(archive.deps, clerk, { recordId: id, patch: {} });
  t.is((await viewRecord(archive.deps, clerk, id)).versions.length, 1);
});

test('a signature that names a file needs the file, also when it comes with the completion', async (t) => {
  const id = await waiting();
  const patch = { result: '已解决', signature: { kind: 'file', file: '签名.txt' } };
  await t.throwsAsync(completeRecord(archive.deps, clerk, { recordId: id, patch }), { message: 'invalid_field' });
  const files = [{ name: '签名.txt', body: Readable.from([Buffer.from('王')], { objectMode: false }), size: 3 }];
  t.is((await completeRecord(archive.deps, clerk, { recordId: id, patch, files })).state, 'archived');
});

test('who may not arrange, send back, reclassify or confirm is refused on record', async (t) => {
  const id = await waiting();
  const stranger = archive.person('agent', 'field');
  await t.throwsAsync(completeRecord(archive.deps, stranger, { recordId: id, patch: {} }), { message: 'not_found' });
  await t.throwsAsync(sendBack(archive.deps, stranger, { recordId: id, reason: 'x' }), { message: 'not_found' });
  await t.throwsAsync(reclassify(archive.deps, stranger, { recordId: id, sensitivity: 'public' }), { message: 'not_found' });
  await t.throwsAsync(confirmTerm(archive.deps, stranger, { recordId: id, confirm: true }), { message: 'not_found' });
  t.is(await refusals(id), 4);
});

test.serial('a record completed while it is being archived is archived only with every object locked', async (t) => {
  const { id } = await capture({ ...archive.deps, vault: { ...archive.deps.vault, lock: () => Promise.reject(new CodedError('store_unavailable')) } }, agent, {
    draft: testDraft(),
    files: [],
  }).catch(() => ({ id: '' }));
  t.is(id, '');
  const [left] = await archive.database.owner.many<{ id: string }>(sql`select id from records where state = 'received' and complete`);
  const record = left?.id ?? '';
  // between locking and registering, the clerk completes it once more
  let once = true;
  const racing = {
    ...archive.deps,
    vault: {
      ...archive.deps.vault,
      lock: async (...args: Parameters<typeof archive.deps.vault.lock>) => {
        const until = await archive.deps.vault.lock(...args);
        if (once) {
          once = false;
          await completeRecord({ ...archive.deps, vault: { ...archive.deps.vault, lock: () => Promise.reject(new CodedError('store_unavailable')) } }, clerk, {
            recordId: record,
            patch: { result: '已再次核实' },
          }).catch(() => undefined);
        }
        return until;
      },
    },
  };
  t.is(await finishInterrupted(racing, SYSTEM, -1000), 0);
  t.is(await finishInterrupted(archive.deps, SYSTEM, -1000), 1);
  t.true((await lockOf(record)) >= Date.parse('2029-03-01T23:59:59+08:00'));
});
