import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  answerRequest,
  closeRequest,
  decideRequest,
  examineRequest,
  extendRequest,
  identifyRequest,
  listRequests,
  makeLetter,
  readLetter,
  registerRequest,
  requestsWaiting,
  viewRequest,
  type RegisterInput,
} from '../../src/privacy/index.js';
import { answerCorrection, answerRestriction, capture, correctRecord, proposeRestriction, viewRecord } from '../../src/records/index.js';
import { makeHold, type HoldsDeps } from '../../src/disposition/index.js';
import { testDraft } from '../support/archive.js';
import { decided, testPrivacy, type TestPrivacy } from './support.js';
import { archiveDay } from '../support/day.js';
import { why } from '../support/why.js';

let archive: TestPrivacy;
let clerk: Actor;
let officer: Actor;
let manager: Actor;
let agent: Actor;
test.before(async () => {
  archive = await testPrivacy();
  clerk = archive.person('records_clerk', 'archive');
  officer = archive.person('compliance_officer', 'compliance');
  manager = archive.person('records_manager', 'archive');
  agent = archive.person('agent');
});
test.after.always(() => archive?.close());

const DAY = 86_400_000;
const ask = (change: Partial<RegisterInput> = {}, who = clerk) =>
  registerRequest(archive.privacy, who, {
    kind: 'explanation',
    channel: 'phone',
    client: 'C-700',
    asked: '请说明如何使用我的电话',
    name: '周某',
    contact: '13800000000',
    ...change,
  });
const take = async (client: string, change: Record<string, unknown> = {}): Promise<string> =>
  (
    await capture(archive.deps, agent, {
      draft: testDraft({ client: { number: client, name: '周某', type: 'individual', phone: '13812345678' }, ...change }),
      files: [],
    })
  ).id;

test.serial('PIPL 50: a request walks its steps, each with who, when and why; none is skipped', async (t) => {
  const first = await ask();
  t.regex(first.number, /^P-\d{4}-000001$/);
  t.is((await ask()).number.slice(-6), '000002', 'numbers have no gaps');
  const { id } = first;
  t.is(await why(ask({}, agent)), 'forbidden');
  t.is(await why(examineRequest(archive.privacy, clerk, { id, note: 'x' })), 'wrong_state');
  t.is(await why(decideRequest(archive.privacy, officer, { id, outcome: 'fulfil', reason: 'x' })), 'wrong_state');
  t.is(await why(identifyRequest(archive.privacy, clerk, { id, method: 'guess', note: 'x' })), 'invalid_field');
  await identifyRequest(archive.privacy, clerk, { id, method: 'account', note: '登录后提交' });
  await examineRequest(archive.privacy, clerk, { id, note: '查明用途' });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: 'x' })), 'wrong_state');
  await decideRequest(archive.privacy, officer, { id, outcome: 'fulfil', reason: '仅用于服务回访' });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: '邮件' })), 'not_fulfilled', 'no letter yet');
  t.is(await why(makeLetter(archive.privacy, clerk, { id, kind: 'refusal', lang: 'zh' })), 'wrong_state');
  await makeLetter(archive.privacy, clerk, { id, kind: 'fulfilment', lang: 'zh' });
  await answerRequest(archive.privacy, clerk, { id, note: '邮件发出' });
  await closeRequest(archive.privacy, clerk, { id, note: '' });
  const view = await viewRequest(archive.privacy, officer, id);
  t.deepEqual(
    view.steps.map((one) => one.step),
    ['register', 'identify', 'examine', 'decide', 'answer', 'close'],
  );
  t.is(view.asked, '请说明如何使用我的电话');
  t.is(view.steps[2]?.note, '查明用途');
  t.is(view.steps[3]?.by ?? null, officer.personId);
  t.is(await why(viewRequest(archive.privacy, agent, id)), 'forbidden');
  const { n } = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from (select entry as e from audit_entries union all select entry from audit_pending) x where e like ${`%${id}%`} and e ~ '请说明|周某|13800000000|查明'`,
  );
  t.is(n, 0, 'no personal data in the log');
  const refused = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from (select entry as e from audit_entries union all select entry from audit_pending) x where e like ${`%${id}%`} and e like '%privacy.refused%'`,
  );
  t.true(refused.n >= 5, 'every refusal stands in the log');
});

test.serial('who registered a request does not decide it, by person; the database says the same', async (t) => {
  const { id } = await ask({ kind: 'erasure' }, officer);
  await identifyRequest(archive.privacy, officer, { id, method: 'document', note: '身份证' });
  await examineRequest(archive.privacy, officer, { id, note: '无记录' });
  const decide = (who: Actor) => why(decideRequest(archive.privacy, who, { id, outcome: 'refuse', ground: 'not_held', reason: '无记录' }));
  t.is(await decide(officer), 'same_person');
  t.is(await decide({ ...manager, personId: officer.personId }), 'same_person');
  t.is(await decide({ ...manager, secondFactor: false }), 'second_factor_required');
  t.is(await decide(clerk), 'forbidden');
  const alone = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: officer, act: 'privacy.decide', subject: { kind: 'privacyRequest', id }, decision: 'allow' });
    await tx.run(
      sql`update privacy_requests set state = 'decided', outcome = 'refuse', ground = 'not_held', decided_by = registered_by, decided_at = now() where id = ${id}`,
    );
  });
  t.is(((await t.throwsAsync(alone)) as { code?: string }).code, '23514');
  t.is(await decide(manager), 'done');
});

test.serial('due days: listed as overdue when past, extended once in time with a notice, reminded of before', async (t) => {
  const receivedAt = new Date(archive.clock.now.getTime() - 40 * DAY);
  const { id } = await ask({ receivedAt });
  t.true((await listRequests(archive.privacy, officer, { overdue: true })).items.some((one) => one.id === id));
  t.true(((await viewRequest(archive.privacy, officer, id)).left ?? 0) < 0);
  t.is(await why(extendRequest(archive.privacy, clerk, { id, reason: '太晚' })), 'wrong_state', 'too late');
  const { id: inTime, due } = await ask();
  const waiting = await requestsWaiting(archive.privacy, officer);
  t.true(waiting.overdue >= 1);
  const { to } = await extendRequest(archive.privacy, clerk, { id: inTime, reason: '需向外地部门调取' });
  t.true(to > due);
  t.is(await why(extendRequest(archive.privacy, clerk, { id: inTime, reason: '再延' })), 'wrong_state', 'only once');
  await makeLetter(archive.privacy, clerk, { id: inTime, kind: 'extension', lang: 'zh' });
  t.deepEqual(await requestsWaiting(archive.privacy, agent), { overdue: 0, soon: 0, decide: 0 });
  t.is(await why(listRequests(archive.privacy, agent)), 'forbidden');
});

test.serial('PIPL 47: erasure before term is restriction where the law demands the record, and marked for destruction where nothing does', async (t) => {
  const client = 'C-ERASE-1';
  const record = await take(client);
  const bound = await why(decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'fulfil' }));
  t.is(bound, 'invalid_field', 'a minimum term stands against it');
  const id = await decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'restrict', ground: 'term' });
  t.like((await viewRequest(archive.privacy, officer, id)).finding, { records: 1, term: 1, free: 0 });
  await makeLetter(archive.privacy, clerk, { id, kind: 'refusal', lang: 'en' });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: '邮件' })), 'not_fulfilled', 'the letter promises a restriction that does not stand');
  const restriction = await proposeRestriction(archive.deps, officer, { client, ground: 'term', reason: '法定期限未满', requestId: id });
  await answerRestriction(archive.deps, manager, { id: restriction.id, agree: true });
  t.is(await why(viewRecord(archive.deps, agent, record)), 'not_found');
  t.is((await viewRequest(archive.privacy, officer, id)).restrictions[0]?.id, restriction.id);
  await answerRequest(archive.privacy, clerk, { id, note: '邮件' });
  await closeRequest(archive.privacy, clerk, { id, note: '' });

  // a record whose minimum term has passed long ago
  const free = 'C-ERASE-2';
  const old = await take(free, { openedAt: '2004-03-01T09:00:00+08:00', closedAt: '2004-03-01T10:00:00+08:00' });
  const { term_minimum } = await archive.database.owner.one<{ term_minimum: string }>(sql`select term_minimum from records where id = ${old}`);
  t.true(term_minimum < archiveDay(0, archive.clock.now), term_minimum);
  const erasure = await decided(archive, { clerk, officer }, { kind: 'erasure', client: free, outcome: 'fulfil' });
  t.like((await viewRequest(archive.privacy, officer, erasure)).erasures, { marked: 1, open: 1, destroyed: 0 });
  await makeLetter(archive.privacy, clerk, { id: erasure, kind: 'fulfilment', lang: 'zh' });
  await answerRequest(archive.privacy, clerk, { id: erasure, note: '邮寄' });
  t.is(await why(closeRequest(archive.privacy, clerk, { id: erasure, note: '' })), 'not_fulfilled', 'nothing but destruction settles it');
  const forced = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'privacy.step', subject: { kind: 'privacyRequest', id: erasure }, decision: 'allow' });
    await tx.run(sql`update privacy_requests set state = 'closed', closed_at = now() where id = ${erasure}`);
  });
  t.is(((await t.throwsAsync(forced)) as { code?: string }).code, '23514');
});

test.serial('PIPL 47, R34: what is held is not marked for destruction, however the hold came; it can be restricted, and the letter says so', async (t) => {
  const client = 'C-ERASE-HELD';
  const past = { openedAt: '2004-03-01T09:00:00+08:00', closedAt: '2004-03-01T10:00:00+08:00' };
  await take(client, past);
  const legal = { ...archive.person('legal', 'legal'), secondFactor: true };
  // a hold over a client asks no query and no store
  const holds = {
    ...archive.deps,
    people: { holdersOf: () => Promise.resolve([]) },
    store: archive.store,
    search: undefined as unknown as HoldsDeps['search'],
  };
  const reviewOn = archiveDay(30, archive.clock.now);
  const rush = await Promise.all([
    why(decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'fulfil' })),
    makeHold(holds, legal, 'set', { matter: 'lawsuit', reason: '客户起诉', client, reviewOn }),
  ]);
  const { n } = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from privacy_erasures e join records r on r.id = e.record_id where r.client_number = ${client}`,
  );
  t.is(n, rush[0] === 'invalid_field' ? 0 : 1, 'the hold came before, or after: never in between');
  t.is(await why(decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'fulfil' })), 'invalid_field');
  const id = await decided(archive, { clerk, officer }, { kind: 'erasure', client, outcome: 'restrict', ground: 'hold' });
  t.like((await viewRequest(archive.privacy, officer, id)).finding, { records: 1, held: 1, free: 0 });
  await makeLetter(archive.privacy, clerk, { id, kind: 'refusal', lang: 'zh' });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: '邮寄' })), 'not_fulfilled', 'the letter promises a restriction that does not stand');
});

test.serial('R86: a correction that was asked for is answered only once the corrected version stands', async (t) => {
  const client = 'C-CORRECT-1';
  const record = await take(client);
  const id = await decided(archive, { clerk, officer }, { kind: 'correction', client, outcome: 'fulfil' });
  await makeLetter(archive.privacy, clerk, { id, kind: 'fulfilment', lang: 'zh' });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: '邮件' })), 'not_fulfilled');
  const { id: correction } = await correctRecord(archive.deps, clerk, {
    recordId: record,
    patch: { client: { phone: '13900002222' } },
    reason: '已核实',
    requestId: id,
  });
  await answerCorrection(archive.deps, manager, { id: correction, agree: true });
  t.is(await why(answerRequest(archive.privacy, clerk, { id, note: '邮件' })), 'done');
});

test.serial('letters say what was decided and on what, are signed, kept sealed, and opened on record', async (t) => {
  const id = await decided(archive, { clerk, officer }, { kind: 'copy', client: 'C-LETTER', outcome: 'refuse', ground: 'not_held' });
  const made = await Promise.all((['zh', 'en'] as const).map((lang) => makeLetter(archive.privacy, clerk, { id, kind: 'refusal', lang })));
  const letters = (await viewRequest(archive.privacy, officer, id)).letters;
  t.is(letters.length, 2);
  const folder = await mkdtemp(join(tmpdir(), 'lantai-letters-'));
  try {
    for (const [i, { id: letter }] of made.entries()) {
      const { pdf, name } = await readLetter(archive.privacy, officer, { id, letter });
      t.regex(name, /^P-\d{4}-\d{6}-refusal-(zh|en)\.pdf$/);
      const { stored } = await archive.database.owner.one<{ stored: Buffer }>(sql`select pdf_sealed as stored from privacy_letters where id = ${letter}`);
      t.false(stored.includes('%PDF'));
      const path = join(folder, `${i}.pdf`);
      await writeFile(path, pdf);
      const text = spawnSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
      if (text.error === undefined) {
        const flat = text.stdout.replace(/\s+/g, '');
        for (const part of i === 0 ? ['周某', '第四十五条', '人民法院提起诉讼', '未保存请求人的个人信息'] : ['Dear周某', 'PIPL,article45', 'people’scourt'])
          t.true(flat.includes(part), part);
      }
      const signed = spawnSync('pdfsig', [path], { encoding: 'utf8' });
      if (signed.error === undefined) t.regex(signed.stdout, /Signature is Valid/);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  t.is(await why(readLetter(archive.privacy, agent, { id, letter: letters[0]?.id ?? '' })), 'forbidden');
});
