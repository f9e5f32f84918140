import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import {
  endStandingRule,
  expireGrants,
  grantView,
  handBackGrant,
  issueGrant,
  reviewEmergency,
  revokeGrant,
  reviewDue,
  takeEmergency,
  type GrantInput,
} from '../../src/access/index.js';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { browse, capture, listRecords, openReading, readContent, returnReading, viewRecord, watchGrants } from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
let author: Actor;
let manager: Actor;
let watch: { close(): Promise<void> };
const HOUR = 3_600_000;
test.before(async () => {
  archive = await testArchive();
  agent = { ...archive.person('agent', 'service'), granted: true, secondFactor: false };
  author = archive.person('agent');
  manager = archive.person('records_manager', 'archive');
  watch = await watchGrants(archive.deps);
});
test.after.always(async () => {
  await watch.close();
  await archive.close();
});

const take = async (change: Record<string, unknown> = {}): Promise<string> =>
  (await capture(archive.deps, author, { draft: testDraft({ sensitivity: 'sensitive', ...change }), files: [] })).id;
const give = (recordIds: string[], change: Partial<GrantInput> = {}, by = manager) =>
  archive.deps.db.tx((tx) =>
    issueGrant(tx, archive.deps, by, {
      kind: 'internal',
      personId: agent.personId ?? '',
      recordIds,
      acts: ['view'],
      purpose: 'solve',
      startsAt: archive.clock.now,
      endsAt: new Date(archive.clock.now.getTime() + HOUR),
      readings: null,
      requestId: null,
      ...change,
    }),
  );
const open = (recordId: string, purpose = 'solve', who = agent) => openReading(archive.deps, who, { recordId, purpose });
const read = async (readingId: string, kind: 'view' | 'print' | 'download' = 'view') =>
  buffer((await readContent(archive.deps, agent, { readingId, kind })).body);

test.serial('R41 R43: what no role gives is found, counted, seen and read under a grant, for its purpose, and no longer than it lasts', async (t) => {
  const id = await take();
  t.is(await why(viewRecord(archive.deps, agent, id)), 'not_found');
  t.is(await why(open(id)), 'not_found');
  const before = (await browse(archive.deps, agent)).total;
  const { id: grant } = await give([id]);
  t.is((await browse(archive.deps, agent)).total, before + 1);
  t.true((await listRecords(archive.deps, agent, {})).items.some((one) => one.id === id));
  const seen = await viewRecord(archive.deps, agent, id);
  t.true(seen.may.read);
  t.false(seen.may.download);
  t.is(await why(open(id, 'improve')), 'purpose_not_allowed');
  const reading = await open(id);
  t.true((await read(reading.id)).length > 0);
  t.is(await why(read(reading.id, 'print')), 'forbidden');
  t.is(await why(read(reading.id, 'download')), 'forbidden');
  const row = await archive.database.owner.one<{ grant_id: string; access_kind: string }>(
    sql`select grant_id, access_kind from readings where id = ${reading.id}`,
  );
  t.deepEqual(row, { grant_id: grant, access_kind: 'internal' });
  archive.clock.now = new Date(archive.clock.now.getTime() + HOUR);
  t.is(await why(read(reading.id)), 'reading_expired');
  t.is(await why(open(id)), 'not_found');
  t.is(await why(viewRecord(archive.deps, agent, id)), 'not_found');
  t.is(await expireGrants(archive.deps, systemActor()), 1);
  t.is((await archive.database.owner.one<{ state: string }>(sql`select state from readings where id = ${reading.id}`)).state, 'expired');
});

test.serial('R43: handing back ends it, for the reader alone; a counted grant is counted down and then used up', async (t) => {
  const id = await take();
  const { id: grant } = await give([id], { readings: 2 });
  const reading = await open(id);
  await open(id);
  t.is(await why(open(id)), 'grant_used_up');
  t.is(await why(handBackGrant(archive.deps, author, { grantId: grant, result: 'solved' })), 'not_found');
  await handBackGrant(archive.deps, agent, { grantId: grant, result: 'solved' });
  t.is(await why(handBackGrant(archive.deps, agent, { grantId: grant, result: 'solved' })), 'wrong_state');
  t.is(await why(grantView(archive.deps, author, grant)), 'not_found');
  const entries = sql`select entry from (select entry from audit_entries union all select entry from audit_pending) e
    where entry like '%"act":"grant.refused"%' and entry like ${`%${grant}%`}`;
  const asked = (await archive.database.owner.many<{ entry: string }>(entries)).map(({ entry }) => /"asked":"(\w+)"/.exec(entry)?.[1] ?? '');
  t.deepEqual(
    asked.toSorted((a, b) => a.localeCompare(b)),
    ['return', 'return', 'view'],
    'each refusal is on record',
  );
  t.is(await why(read(reading.id)), 'reading_expired');
  t.is(await why(open(id)), 'not_found');
});

test.serial('nobody grants to himself, restricted records are never reached, and what is highly sensitive asks for the second factor', async (t) => {
  const id = await take({ sensitivity: 'highly_sensitive' });
  t.is(await why(give([id], {}, agent)), 'same_person');
  await give([id], { kind: 'confidential' });
  t.is(await why(open(id)), 'second_factor_required');
  const strong = { ...agent, secondFactor: true };
  const reading = await open(id, 'solve', strong);
  t.is(await why(read(reading.id)), 'second_factor_required', 'a session that did not show it gets nothing of what another opened');
  t.true((await buffer((await readContent(archive.deps, strong, { readingId: reading.id, kind: 'view' })).body)).length > 0);
  t.is(await why(open(id, 'solve', { ...strong, roles: ['audit_admin'] })), 'not_found', 'an administrator reads nothing, whatever was granted');
  t.is(await why(open(id, 'solve', { ...strong, roles: [] })), 'not_found', 'nor does somebody without a role');
  const told = sql`select count(*)::int as n from audit_entries where act = 'reading.confidential' and subject_id = ${reading.id}`;
  for (let i = 0; i < 50 && (await archive.database.owner.one<{ n: number }>(told)).n === 0; i++) await sleep(20);
  t.is((await archive.database.owner.one<{ n: number }>(told)).n, 1);
  await archive.database.owner.run(sql`alter table records disable trigger user`);
  await archive.database.owner.run(sql`update records set restricted = true where id = ${id}`);
  await archive.database.owner.run(sql`alter table records enable trigger user`);
  t.is(await why(read(reading.id)), 'not_found');
  t.is(await why(open(id, 'solve', strong)), 'not_found');
  t.is(await why(give([id])), 'not_found');
});

test.serial('R43: a counted grant gives nothing any more once its last reading has ended: not found, not counted, not seen', async (t) => {
  const id = await take();
  const { id: grant } = await give([id], { readings: 2 });
  const [first, second] = [await open(id), await open(id)];
  await returnReading(archive.deps, agent, { readingId: first.id, result: 'solved' });
  t.true((await viewRecord(archive.deps, agent, id)).may.read, 'one is still open');
  t.true((await read(second.id)).length > 0);
  await returnReading(archive.deps, agent, { readingId: second.id, result: 'solved' });
  t.is(await why(viewRecord(archive.deps, agent, id)), 'not_found');
  t.false((await listRecords(archive.deps, agent, {})).items.some((one) => one.id === id));
  t.is(await why(open(id)), 'not_found');
  const deps = { ...archive.deps, access: archive.deps.access };
  t.is((await grantView(deps, agent, grant)).listed[0]?.title, '—', 'nor is its title told under the grant');
  t.is(await why(handBackGrant(archive.deps, agent, { grantId: grant, result: 'solved' })), 'done');
});

test.serial('R41: a reading that was opened by role needs that role still; what was granted besides does not keep it open', async (t) => {
  const id = await take();
  const reading = await open(id, 'solve', author);
  await give([id], { personId: author.personId ?? '', purpose: 'improve' });
  const moved: Actor = { ...author, roles: ['legal'], granted: true };
  t.is(await why(readContent(archive.deps, moved, { readingId: reading.id, kind: 'view' })), 'forbidden');
  t.is(await why(open(id, 'improve', moved)), 'done');
});

test.serial('R43: what one grant lets be downloaded is not downloaded under another, which is for another purpose', async (t) => {
  const id = await take();
  await give([id]);
  await give([id], { purpose: 'improve', acts: ['view', 'print', 'download'] });
  const solve = await open(id);
  t.deepEqual([solve.mayDownload, solve.mayPrint], [false, false]);
  t.is(await why(read(solve.id, 'download')), 'forbidden');
  const improve = await open(id, 'improve');
  t.deepEqual([improve.mayDownload, improve.mayPrint], [true, true]);
});

test.serial('R43: revoking stops what streams in the middle, and the log says how many bytes had left', async (t) => {
  const size = 24 * 2 ** 20;
  const bytes = randomBytes(size);
  const { id } = await capture(archive.deps, author, {
    draft: testDraft({ sensitivity: 'sensitive' }),
    files: [{ name: 'long.txt', body: Readable.from([Buffer.from(bytes.toString('hex').slice(0, size))]), size }],
  });
  const { id: grant } = await give([id], { acts: ['view', 'download'] });
  const reading = await open(id);
  const file = await archive.database.owner.one<{ id: string }>(sql`select id from record_files where record_id = ${id}`);
  const content = await readContent(archive.deps, agent, { readingId: reading.id, fileId: file.id, kind: 'download' });
  let got = 0;
  const broken = new Promise<string>((resolve) => {
    content.body.on('error', () => resolve('stopped'));
    content.body.on('end', () => resolve('whole'));
  });
  content.body.on('data', (chunk: Buffer) => {
    got += chunk.length;
    if (got > 2 ** 20) content.body.pause();
  });
  while (got <= 2 ** 20) await sleep(5);
  t.is(await why(revokeGrant(archive.deps, agent, { grantId: grant, reason: '误授' })), 'forbidden');
  const at = performance.now();
  await revokeGrant(archive.deps, manager, { grantId: grant, reason: '误授' });
  t.is(await broken, 'stopped');
  t.true(performance.now() - at < 1_000);
  t.true(got < size);
  const ended = sql`select bytes_sent, whole from accesses where reading_id = ${reading.id} and ended_at is not null`;
  let end: { bytes_sent: bigint; whole: boolean } | undefined;
  for (let i = 0; i < 100 && end === undefined; i++, await sleep(20)) end = await archive.database.owner.maybe(ended);
  t.false(end?.whole);
  t.is(Number(end?.bytes_sent), got);
  t.is(await why(read(reading.id)), 'reading_expired');
  t.is(await why(open(id)), 'not_found');
});

test.serial('an emergency is read at once for an hour, with a reason, and reviewed by another officer; agents have none', async (t) => {
  const id = await take();
  const chief: Actor = { ...archive.person('supervisor', 'service'), granted: true };
  const officer = archive.person('compliance_officer', 'compliance');
  const ask = { recordId: id, purpose: 'solve', reason: '客户现场事故' };
  t.is(await why(open(id, 'solve', chief)), 'not_found');
  t.is(await why(takeEmergency(archive.deps, agent, ask)), 'not_found');
  t.is(await why(takeEmergency(archive.deps, chief, { ...ask, reason: ' ' })), 'invalid_field');
  t.is(await why(takeEmergency(archive.deps, chief, { ...ask, purpose: 'no_such_purpose' })), 'purpose_not_allowed');
  const { id: grant, endsAt } = await takeEmergency(archive.deps, chief, ask);
  t.is(endsAt.getTime() - archive.clock.now.getTime(), HOUR);
  // 1 October there; worked again on the 8th and 9th
  t.is(reviewDue(new Date('2026-09-30T17:00:00Z'), archive.deps.calendar(), 'Asia/Shanghai').toISOString(), '2026-10-09T16:00:00.000Z');
  await open(id, 'solve', chief);
  t.is(await why(reviewEmergency(archive.deps, chief, { grantId: grant, accepted: true })), 'forbidden');
  t.is(await why(reviewEmergency(archive.deps, { ...officer, personId: chief.personId }, { grantId: grant, accepted: true })), 'same_person');
  t.is(await why(reviewEmergency(archive.deps, officer, { grantId: grant, accepted: false, note: '理由不足' })), 'done');
  t.is(await why(reviewEmergency(archive.deps, officer, { grantId: grant, accepted: true })), 'wrong_state');
});

test.serial('R41: what is read by role names its standing rule; once that is ended nothing is read by role, and a grant still gives', async (t) => {
  const id = await take();
  const reading = await open(id, 'solve', author);
  const named = sql`select standing_rule, grant_id from readings where id = ${reading.id}`;
  t.deepEqual(await archive.database.owner.one(named), { standing_rule: 'internal.1', grant_id: null });
  t.is(await why(endStandingRule(archive.deps, author, 'internal.1')), 'forbidden');
  await endStandingRule(archive.deps, { ...manager, secondFactor: true }, 'internal.1');
  t.is(await why(endStandingRule(archive.deps, { ...manager, secondFactor: true }, 'internal.1')), 'wrong_state');
  t.is(await why(readContent(archive.deps, author, { readingId: reading.id, kind: 'view' })), 'reading_expired');
  t.is(await why(open(id, 'solve', author)), 'no_standing_rule');
  await give([id]);
  t.is(await why(open(id)), 'done');
});
