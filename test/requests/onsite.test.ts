import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { revokeGrant } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { capture, openReading, readContent, viewReading, watchGrants } from '../../src/records/index.js';
import {
  applyForReading,
  beginVisit,
  decideRequest,
  endVisit,
  exportRegister,
  handBackRequest,
  listVisits,
  showToVisitor,
  viewVisit,
  visitorOf,
  type SiteDeps,
} from '../../src/requests/index.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { office, type Office } from './support/office.js';
import { lockedTo, signedInAt } from './support/screen.js';

let o: Office;
let deps: SiteDeps;
let clerk: Actor;
let approvers: Actor[];
let record: string;
let file: string;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  deps = { ...o.archive.deps, ...o.deps };
  clerk = { ...o.hire('records_clerk', 'archive'), granted: true };
  approvers = [o.hire('supervisor'), o.hire('records_manager', 'archive'), o.hire('executive', 'office')];
  const files = [{ name: '说明.txt', body: Readable.from([Buffer.from('一句话')], { objectMode: false }), size: null }];
  record = (await capture(deps, o.archive.person('agent'), { draft: testDraft({}), files } as unknown as Parameters<typeof capture>[2])).id;
  file = (await o.archive.database.owner.one<{ id: string }>(sql`select id from record_files where record_id = ${record}`)).id;
});
test.after.always(async () => {
  await o?.close();
});

const paper = (kind: 'letter' | 'identity') => ({ kind, name: `${kind}.txt`, type: 'text/plain', body: Readable.from([Buffer.from(kind)]) });

async function applied(agreed = 3, form: 'view' | 'copy' = 'copy'): Promise<string> {
  const day = (n: number): string => archiveDay(n, o.archive.clock.now);
  const outsider = { name: '赵律师', organisation: '某某律师事务所' };
  const disclosure = { basis: 'separate_consent', reference: '同意书 12 号', assessment: 'PIA-2026-7' };
  const asked = { purpose: 'dispute', reason: '诉讼', form, from: day(-1), to: day(5), records: [record], outsider, disclosure } as const;
  const { id } = await applyForReading(o.deps, clerk, { ...asked, records: [...asked.records] }, [paper('letter'), paper('identity')]);
  for (const [step, actor] of approvers.slice(0, agreed).entries()) await decideRequest(o.deps, actor, { requestId: id, step, agree: true, reason: '同意' });
  return id;
}

/** Begins a visit at a screen of its own: the clerk there, whose session is locked from then on. */
async function begun(request: string): Promise<{ id: string; at: Actor }> {
  const screen = await signedInAt(o.archive, clerk);
  const { id } = await beginVisit(deps, screen, request, asked);
  return { id, at: lockedTo(screen, id, request) };
}

const asked = { place: '阅览室 2 号屏', identityChecked: true };
const refuses = async (t: { is(a: unknown, b: unknown, m?: string): unknown }, work: Promise<unknown>, code: ErrorCode): Promise<void> => {
  const error: unknown = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  t.is(isCoded(error) ? error.code : String(error), code);
};
interface Logged {
  what: string;
  facts: Record<string, unknown>;
}
const logged = (id: string): Promise<Logged[]> =>
  o.archive.database.owner.many<Logged>(
    sql`select concat(e::jsonb ->> 'act', ' ', e::jsonb ->> 'decision', ' ', e::jsonb -> 'facts' ->> 'why') as what, e::jsonb -> 'facts' as facts
      from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb -> 'subject' ->> 'id' = ${id}`,
  );
const words = async (id: string): Promise<string[]> => (await logged(id)).map((one) => one.what.trim());

test.serial('R42, R46: the visitor reads beside the supervisor, under the grant, marked with the visitor’s name, and hands back with a result', async (t) => {
  const request = await applied();
  const { id, at } = await begun(request);
  await refuses(t, beginVisit(deps, await signedInAt(o.archive, clerk), request, asked), 'conflict');
  await refuses(t, showToVisitor(deps, clerk, { visitId: id, recordId: record }), 'wrong_state');
  const { readingId } = await showToVisitor(deps, at, { visitId: id, recordId: record });
  t.is((await showToVisitor(deps, at, { visitId: id, recordId: record })).readingId, readingId, 'what is shown already stays');
  const reading = await viewReading(deps, clerk, readingId);
  t.deepEqual([reading.marked, reading.mayDownload, reading.mayPrint], [true, false, false], 'though the grant allows a copy and the role a print');
  t.is(await visitorOf(deps, clerk, readingId), '赵律师');
  t.is(await visitorOf(deps, approvers[0] as Actor, readingId), undefined);
  const body = await readContent(deps, clerk, { readingId, kind: 'view' });
  t.true((await buffer(body.body)).length > 0);
  for (const kind of ['download', 'print'] as const) await refuses(t, readContent(deps, clerk, { readingId, kind }), 'forbidden');
  await refuses(t, readContent(deps, clerk, { readingId, kind: 'download', fileId: file }), 'forbidden');
  await refuses(t, readContent(deps, clerk, { readingId, kind: 'view', fileId: file }), 'forbidden');

  const seen = await viewVisit(deps, clerk, id);
  t.deepEqual(
    [seen.visitor.name, seen.supervisor, seen.place, seen.shown.map((one) => [one.readingId, one.open])],
    ['赵律师', clerk.personId, '阅览室 2 号屏', [[readingId, true]]],
  );
  await endVisit(deps, clerk, id, { result: 'solved', signed: true });
  const [ended] = await listVisits(deps, clerk, request);
  t.deepEqual([ended?.state, ended?.result, ended?.signed, ended?.shown.map((one) => one.open)], ['ended', 'solved', true, [false]]);
  t.not(ended?.endedAt, null);
  const kept = await o.archive.database.owner.one(sql`select access_kind, state, result from readings where id = ${readingId}`);
  t.deepEqual(kept, { access_kind: 'external', state: 'returned', result: 'solved' });
  await refuses(t, readContent(deps, clerk, { readingId, kind: 'view' }), 'reading_expired');
  const lineFor = async (actor: Actor) => {
    for await (const batch of await exportRegister(deps, actor, {}, 'json')) for (const one of batch) if (one.id === request) return one;
    return undefined;
  };
  const line = await lineFor(approvers[1] as Actor);
  t.deepEqual([line?.outsider?.name, line?.supervisors, line?.visits], ['赵律师', [clerk.personId], 1], 'the register says who read beside whom');
  t.is((await lineFor(o.hire('records_clerk', 'archive')))?.outsider, null, 'but not to every clerk');
  const log = await logged(request);
  const shown = log.find((one) => one.what.startsWith('request.visit_show allow'));
  t.deepEqual([shown?.facts['reading'], shown?.facts['record'], shown?.facts['supervisor']], [readingId, record, clerk.pseudonym]);
  for (const act of ['request.visit_begin allow', 'request.visit_end allow', 'request.visit_view allow', 'request.refused deny conflict'])
    t.true(
      log.some((one) => one.what.trim() === act),
      act,
    );
});

test.serial('R42: what was granted for a visitor is neither opened nor downloaded by the clerk alone', async (t) => {
  await applied();
  const secret = (
    await capture(deps, o.archive.person('agent'), { draft: testDraft({ sensitivity: 'sensitive' }), files: [] } as unknown as Parameters<typeof capture>[2])
  ).id;
  const only = record;
  record = secret;
  try {
    await applied();
  } finally {
    record = only;
  }
  await refuses(t, openReading(deps, clerk, { recordId: secret, purpose: 'dispute' }), 'supervised_only');
  t.true((await words(secret)).includes('reading.refused deny supervised_only'));
  // this one may be read by role: without what was granted for the visitor
  const own = await openReading(deps, clerk, { recordId: record, purpose: 'dispute' });
  t.false(own.mayDownload);
});

test.serial(
  'R42: what is shown is opened and linked in one step: where the link fails nothing was opened, and shown twice at once it is one reading',
  async (t) => {
    const request = await applied();
    const { id, at } = await begun(request);
    const both = await Promise.all([1, 2, 3].map(() => showToVisitor(deps, at, { visitId: id, recordId: record })));
    t.is(new Set(both.map((one) => one.readingId)).size, 1);
    const { owner } = o.archive.database;
    const count = async (): Promise<number> => (await owner.one<{ n: number }>(sql`select count(*)::int as n from readings`)).n;
    const before = await count();
    await endVisit(deps, clerk, id, { result: 'solved', signed: true });
    const again = await begun(request);
    await owner.run(sql`create function no_link() returns trigger language plpgsql as $$ begin raise exception 'no link'; end $$`);
    await owner.run(sql`create trigger no_link before insert on site_visit_readings for each row execute function no_link()`);
    await t.throwsAsync(showToVisitor(deps, again.at, { visitId: again.id, recordId: record }), { message: /no link/ });
    t.is(await count(), before, 'not even one that was handed back');
    await owner.run(sql`drop trigger no_link on site_visit_readings`);
    await endVisit(deps, clerk, again.id, { result: 'solved', signed: true });
  },
);

test.serial('R42: a visit that ends stops what is still running under it', async (t) => {
  const watched = await watchGrants(deps);
  const request = await applied();
  const { id, at } = await begun(request);
  const { readingId } = await showToVisitor(deps, at, { visitId: id, recordId: record });
  const running = await readContent(deps, clerk, { readingId, kind: 'view' });
  const broken = new Promise<boolean>((resolve) => running.body.once('close', () => resolve(!running.body.readableEnded)));
  await endVisit(deps, clerk, id, { result: 'solved', signed: true });
  t.true(await broken);
  await watched.close();
});

test.serial('R42: before approval, for somebody else’s application, unidentified, unsigned without a word, twice ended: refused and on record', async (t) => {
  const waiting = await applied(2);
  await refuses(t, beginVisit(deps, clerk, waiting, asked), 'wrong_state');
  t.true((await words(waiting)).includes('request.refused deny wrong_state'));
  const request = await applied();
  await refuses(t, beginVisit(deps, clerk, request, { ...asked, identityChecked: false }), 'invalid_field');
  await refuses(t, beginVisit(deps, clerk, request, { ...asked, place: ' ' }), 'invalid_field');
  await refuses(t, beginVisit(deps, o.hire('records_clerk', 'archive'), request, asked), 'not_found');
  await refuses(t, beginVisit(deps, o.archive.person('agent'), request, asked), 'forbidden');
  const { id, at } = await begun(request);
  const other = o.hire('records_clerk', 'archive');
  await refuses(t, showToVisitor(deps, other, { visitId: id, recordId: record }), 'not_found');
  await refuses(t, viewVisit(deps, other, id), 'not_found');
  await refuses(t, endVisit(deps, other, id, { result: 'solved', signed: true }), 'not_found');
  t.is((await viewVisit(deps, approvers[1] as Actor, id)).state, 'open', 'whoever keeps the register sees it');
  await refuses(t, showToVisitor(deps, at, { visitId: id, recordId: await o.record() }), 'not_found');
  await refuses(t, endVisit(deps, clerk, id, { result: 'solved', signed: false }), 'invalid_field');
  await endVisit(deps, clerk, id, { result: 'not_found', signed: false, note: '利用人先行离开' });
  await refuses(t, endVisit(deps, clerk, id, { result: 'solved', signed: true }), 'wrong_state');
  await refuses(t, showToVisitor(deps, at, { visitId: id, recordId: record }), 'wrong_state');
  const log = await words(request);
  for (const why of ['invalid_field', 'not_found', 'wrong_state']) t.true(log.includes(`request.refused deny ${why}`), why);
});

test.serial('R43: a grant that is taken back ends what the visitor sees, in the middle of the visit; the visit itself is still ended by hand', async (t) => {
  const request = await applied();
  const { id, at } = await begun(request);
  const { readingId } = await showToVisitor(deps, at, { visitId: id, recordId: record });
  const grant = await o.archive.database.owner.one<{ id: string }>(sql`select id from grants where request_id = ${request}`);
  await revokeGrant(deps, approvers[1] as Actor, { grantId: grant.id, reason: '误授' });
  await refuses(t, readContent(deps, clerk, { readingId, kind: 'view' }), 'reading_expired');
  await refuses(t, showToVisitor(deps, at, { visitId: id, recordId: record }), 'wrong_state');
  await endVisit(deps, clerk, id, { result: 'partly', signed: true });
  await handBackRequest(deps, clerk, { requestId: request, result: 'partly' });
  await refuses(t, beginVisit(deps, clerk, request, asked), 'wrong_state');
});

test.serial('the database refuses a visit without approval, beside somebody else, or with a reading that may be downloaded', async (t) => {
  const { owner } = o.archive.database;
  const waiting = await applied(1);
  const request = await applied();
  const { id, at } = await begun(request);
  const { readingId } = await showToVisitor(deps, at, { visitId: id, recordId: record });
  await endVisit(deps, clerk, id, { result: 'solved', signed: true });
  for (const table of ['site_visits', 'site_visit_readings'])
    await o.archive.database.superuser.run(
      table === 'site_visits'
        ? sql`alter table site_visits disable trigger site_visits_audited`
        : sql`alter table site_visit_readings disable trigger site_visit_readings_audited`,
    );
  const insert = (to: string, supervisor: string) =>
    owner.run(
      sql`insert into site_visits (id, request_id, supervisor, place, began_at, entry_id) values (gen_random_uuid(), ${to}, ${supervisor}, 'x', now(), gen_random_uuid())`,
    );
  await t.throwsAsync(insert(waiting, clerk.personId ?? ''), { message: /needs an approved application/ });
  await t.throwsAsync(insert(request, approvers[0]?.personId ?? ''), { message: /needs an approved application/ });
  await t.throwsAsync(owner.run(sql`update site_visits set state = 'open', ended_at = null, result = null, signed = null where id = ${id}`), {
    message: /ends once/,
  });
  await insert(request, clerk.personId ?? '');
  const open = await owner.one<{ id: string }>(sql`select id from site_visits where request_id = ${request} and state = 'open'`);
  await owner.run(sql`delete from site_visit_readings where reading_id = ${readingId}`);
  const other = await openReading(deps, clerk, { recordId: record, purpose: 'dispute' });
  await t.throwsAsync(owner.run(sql`insert into site_visit_readings (visit_id, reading_id) values (${open.id}, ${other.id})`), {
    message: /not a reading of this visit/,
  });
});
