import { text as readText } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import test from 'ava';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import {
  applyForReading,
  decideRequest,
  handBackRequest,
  keepTime,
  listDeputies,
  nameDeputy,
  listMyRequests,
  listNotices,
  listQueue,
  markNoticesSeen,
  openPaper,
  recallRequest,
  requestNumberOf,
  requestCounts,
  requestRegister,
  viewRequest,
  withdrawRequest,
  type RequestInput,
} from '../../src/requests/index.js';
import { openReading } from '../../src/records/index.js';
import { archiveDay } from '../support/day.js';
import { why } from '../support/why.js';
import { office, type Office } from './support/office.js';

let o: Office;
let agent: Actor;
let head: Actor;
let fieldHead: Actor;
let manager: Actor;
let executive: Actor;
let clerk: Actor;
let compliance: Actor;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  agent = o.hire('agent');
  head = o.hire('supervisor');
  fieldHead = o.hire('supervisor', 'field');
  manager = o.hire('records_manager', 'archive');
  executive = o.hire('executive', 'office');
  clerk = o.hire('records_clerk', 'archive');
  compliance = o.hire('compliance_officer', 'office');
});
test.after.always(() => o?.close());

const day = (n: number): string => archiveDay(n, o.archive.clock.now);
const ask = (change: Partial<RequestInput>): RequestInput => ({
  purpose: 'dispute',
  reason: '客户投诉升级，需核对经过',
  form: 'view',
  from: day(0),
  to: day(5),
  ...change,
});
const agree = (actor: Actor, requestId: string, step: number, more: object = {}) =>
  decideRequest(o.deps, actor, { requestId, step, agree: true, reason: '同意', ...more });
const refuses = async (t: { is(a: unknown, b: unknown): unknown }, work: Promise<unknown>, code: ErrorCode): Promise<unknown> => t.is(await why(work), code);
/** What the log says of an application, refusals among it. */
const logged = async (id: string): Promise<string[]> => {
  const rows = await o.archive.database.owner.many<{
    what: string;
  }>(sql`select concat(e::jsonb ->> 'act', ' ', e::jsonb ->> 'decision', ' ', e::jsonb -> 'facts' ->> 'why') as what
    from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb -> 'subject' ->> 'id' = ${id}`);
  return rows.map((row) => row.what.trim());
};

test.serial('R41, R42: internal: the other department, then the archive; a skipped step is 409 and on record; the last agreement grants', async (t) => {
  const record = await o.record({ department: 'field' });
  const made = await applyForReading(o.deps, agent, ask({ records: [record], form: 'print' }));
  t.regex(made.number, /^Q-\d{4}-\d{6}$/);
  await refuses(t, agree(manager, made.id, 1), 'wrong_state');
  await refuses(t, agree(head, made.id, 0), 'not_found');
  await refuses(t, agree(agent, made.id, 0), 'forbidden');
  await refuses(t, decideRequest(o.deps, fieldHead, { requestId: made.id, step: 0, agree: true, reason: ' ' }), 'invalid_field');
  await refuses(t, agree({ ...fieldHead, secondFactor: false }, made.id, 0), 'second_factor_required');
  t.is((await listQueue(o.deps, fieldHead)).length, 1);
  t.is((await listQueue(o.deps, manager)).length, 0);
  t.is((await agree(fieldHead, made.id, 0)).state, 'submitted');
  await refuses(t, agree(fieldHead, made.id, 0), 'wrong_state');
  t.is((await requestCounts(o.deps, manager)).toDecide, 1);
  await refuses(t, agree(manager, made.id, 1, { narrow: { acts: ['view', 'download'] } }), 'invalid_field');
  t.is(await o.granted(made.id), undefined);
  t.is((await agree(manager, made.id, 1, { narrow: { acts: ['view'], readings: 2 } })).state, 'approved');
  const order = await o.granted(made.id);
  t.deepEqual([order?.acts, order?.readings_left, order?.records, order?.person_id, order?.state], [['view'], 2, [record], agent.personId, 'live']);
  const reading = await openReading(o.archive.deps, { ...agent, granted: true }, { recordId: record, purpose: 'dispute' });
  t.is(await requestNumberOf(o.deps, agent, reading.id), made.number, 'R46: what the mark on its pages says');
  t.is(await requestNumberOf(o.deps, head, reading.id), undefined);
  const log = await logged(made.id);
  for (const what of ['request.refused deny wrong_state', 'request.refused deny second_factor_required', 'request.agree allow', 'request.apply allow'])
    t.true(log.includes(what), what);
  const view = await viewRequest(o.deps, agent, made.id);
  t.deepEqual(
    view.steps?.map((one) => [one.role, one.state, one.reason, one.decidedBy]),
    [
      ['supervisor', 'agreed', '同意', fieldHead.personId],
      ['records_manager', 'agreed', '同意', manager.personId],
    ],
  );
  await refuses(t, viewRequest(o.deps, head, made.id), 'not_found');
  await refuses(t, handBackRequest(o.deps, manager, { requestId: made.id, result: 'solved' }), 'not_found');
  await handBackRequest(o.deps, agent, { requestId: made.id, result: 'solved', note: '已答复客户' });
  t.is((await o.granted(made.id))?.state, 'returned');
  t.is((await viewRequest(o.deps, agent, made.id)).state, 'returned');
  await refuses(t, handBackRequest(o.deps, agent, { requestId: made.id, result: 'solved' }), 'wrong_state');
});

test.serial('R42: nobody decides the own application, and the database refuses it too; neither twice, nor out of order, nor a grant without all', async (t) => {
  const record = await o.record({ department: 'field' });
  const own = await applyForReading(o.deps, { ...fieldHead }, ask({ records: [record] }));
  t.is(own.state, 'submitted');
  const other = await applyForReading(o.deps, agent, ask({ records: [record] }));
  const { owner } = o.archive.database;
  await owner.run(sql`alter table request_steps disable trigger request_steps_audited`);
  await owner.run(sql`alter table requests disable trigger requests_audited`);
  const answer = (id: string, position: number, by: string | null) =>
    owner.run(
      sql`update request_steps set state = 'agreed', decided_by = ${by}, decided_as = 'own', decided_at = now(), reason_sealed = 'x' where request_id = ${id} and position = ${position}`,
    );
  await t.throwsAsync(answer(own.id, 0, fieldHead.personId), { message: /nobody_decides_his_own/ });
  await t.throwsAsync(answer(other.id, 1, manager.personId), { message: /in order/ });
  await t.throwsAsync(owner.run(sql`update requests set state = 'approved' where id = ${other.id}`), { message: /every step agreed/ });
  await answer(other.id, 0, fieldHead.personId);
  await t.throwsAsync(answer(other.id, 1, fieldHead.personId), { message: /different_persons/ });
  await owner.run(sql`alter table request_steps enable trigger request_steps_audited`);
  await owner.run(sql`alter table requests enable trigger requests_audited`);
});

test.serial('R42: with nobody to decide, an application is refused at once, with the reason', async (t) => {
  const record = await o.record({ department: 'shop' });
  const made = await applyForReading(o.deps, agent, ask({ records: [record] }));
  t.is(made.state, 'refused');
  t.is((await viewRequest(o.deps, agent, made.id)).refusedFor, 'no_approver');
  t.is((await listMyRequests(o.deps, agent)).items[0]?.state, 'refused');
});

test.serial('R49: a typed number tells the applicant nothing: one that is there and one that is not look the same', async (t) => {
  const secret = await o.record({ department: 'field', serviceType: 'complaint', serviceNo: 'HIDDEN-1', handling: '已处理', sensitivity: 'sensitive' });
  await refuses(t, applyForReading(o.deps, agent, ask({ records: [secret] })), 'invalid_field');
  const there = await applyForReading(o.deps, agent, ask({ numbers: ['HIDDEN-1'] }));
  const absent = await applyForReading(o.deps, agent, ask({ numbers: ['NOWHERE-1'] }));
  const seen = async (id: string) => {
    const { id: _i, number: _n, submittedAt: _s, from: _f, named: _m, ...rest } = await viewRequest(o.deps, agent, id);
    return rest;
  };
  t.deepEqual(await seen(there.id), await seen(absent.id));
  const shown = await viewRequest(o.deps, manager, there.id);
  t.deepEqual(
    shown.items.map((one) => one.id),
    [secret],
  );
  await agree(fieldHead, there.id, 0);
  t.is((await agree(manager, there.id, 1)).state, 'approved');
  await refuses(t, agree(manager, absent.id, 0), 'invalid_field');
  t.is((await decideRequest(o.deps, manager, { requestId: absent.id, step: 0, agree: false, reason: '查无此号' })).state, 'refused');
});

test.serial('R49: nor does one of a department without an approver, or a confidential one whose time is cut: both look like none', async (t) => {
  await o.record({ department: 'shop', serviceType: 'complaint', serviceNo: 'HIDDEN-2', handling: '已处理', sensitivity: 'sensitive' });
  await o.record({ department: 'field', serviceNo: 'HIDDEN-3', sensitivity: 'highly_sensitive' });
  const seen = async (number: string) => {
    const made = await applyForReading(o.deps, agent, ask({ numbers: [number], to: day(60) }));
    const { id: _i, number: _n, submittedAt: _s, from: _f, named: _m, ...rest } = await viewRequest(o.deps, agent, made.id);
    const [first] = (await listMyRequests(o.deps, agent)).items;
    return { state: made.state, rest, listed: first?.to };
  };
  const none = await seen('NOWHERE-2');
  t.is(none.state, 'submitted');
  t.deepEqual(await seen('HIDDEN-2'), none);
  t.deepEqual(await seen('HIDDEN-3'), none);
  const waiting = (await listQueue(o.deps, executive)).find((one) => one.kind === 'confidential');
  t.true(waiting !== undefined && waiting.to < String(none.listed), 'the executive sees what can be granted at most');
});

test.serial('R94: feedback only for its purposes, whether the applicant names it or it is found behind a number', async (t) => {
  const survey = await o.record({ serviceType: 'survey' });
  await refuses(t, applyForReading(o.deps, agent, ask({ records: [survey] })), 'purpose_not_allowed');
  const made = await applyForReading(o.deps, agent, ask({ records: [survey], purpose: 'improve' }));
  t.is(made.state, 'submitted');
});

test.serial('R41: highly sensitive records are confidential: the executive alone authorises, compliance is told', async (t) => {
  const record = await o.record({ sensitivity: 'highly_sensitive' });
  const made = await applyForReading(o.deps, head, ask({ records: [record] }));
  await refuses(t, agree(manager, made.id, 0), 'not_found');
  t.is((await viewRequest(o.deps, executive, made.id)).kind, 'confidential');
  t.is((await agree(executive, made.id, 0)).state, 'approved');
  t.is((await o.granted(made.id))?.kind, 'confidential');
  const told = await o.archive.database.owner.many<{ to_role: string }>(
    sql`select to_role from request_notices where request_id = ${made.id} and kind = 'told'`,
  );
  t.deepEqual(told, [{ to_role: 'compliance_officer' }]);
  t.is((await viewRequest(o.deps, compliance, made.id)).state, 'approved');
  const news = async (actor: Actor) => (await listNotices(o.deps, actor)).filter((one) => one.requestId === made.id).map((one) => one.kind);
  t.deepEqual([await news(compliance), await news(head), await news(agent), await news(executive)], [['told'], ['decided'], [], []]);
  const last = (await listNotices(o.deps, compliance)).at(-1);
  await markNoticesSeen(o.deps, compliance, new Date(last?.at ?? 0));
  await markNoticesSeen(o.deps, compliance, new Date(0));
  t.deepEqual([await listNotices(o.deps, compliance), await news(head)], [[], ['decided']]);
});

const paper = (kind: 'letter' | 'identity', text: string) => ({ kind, name: `${kind}.txt`, type: 'text/plain', body: Readable.from([Buffer.from(text)]) });

test.serial(
  'R103: for somebody outside: no basis, no assessment, no letter → refused; with them three persons decide, and the papers lie sealed',
  async (t) => {
    const record = await o.record();
    const outsider = { name: '赵律师', organisation: '某某律师事务所' };
    const disclosure = { basis: 'separate_consent', reference: '同意书 12 号', assessment: 'PIA-2026-7' };
    const give = (change: Partial<RequestInput>, papers = [paper('letter', '介绍信正文'), paper('identity', '身份证明正文')]) =>
      applyForReading(o.deps, clerk, ask({ records: [record], outsider, disclosure, ...change }), papers);
    await refuses(t, applyForReading(o.deps, agent, ask({ records: [record], outsider, disclosure }), []), 'forbidden');
    await refuses(t, give({ disclosure: undefined }), 'invalid_field');
    await refuses(t, give({ disclosure: { basis: 'separate_consent', reference: 'x' } }), 'invalid_field');
    await refuses(t, give({}, [paper('letter', 'x')]), 'invalid_field');
    const made = await give({});
    const papers = (await viewRequest(o.deps, head, made.id)).papers;
    t.deepEqual(
      papers.map((one) => [one.kind, one.type]),
      [
        ['letter', 'text/plain'],
        ['identity', 'text/plain'],
      ],
    );
    const letter = { requestId: made.id, paperId: papers[0]?.id ?? '' };
    const opened = await openPaper(o.deps, head, letter);
    t.deepEqual([opened.name, await readText(opened.body)], ['letter.txt', '介绍信正文']);
    await refuses(t, openPaper(o.deps, { ...head, secondFactor: false }, letter), 'second_factor_required');
    for (const other of [manager, fieldHead, executive]) await refuses(t, openPaper(o.deps, other, letter), 'not_found');
    await refuses(t, openPaper(o.deps, clerk, letter), 'forbidden');
    t.deepEqual([(await viewRequest(o.deps, clerk, made.id)).papers, (await viewRequest(o.deps, manager, made.id)).papers], [[], []]);
    const log = await logged(made.id);
    t.true(log.includes('request.paper allow') && log.includes('request.refused deny not_found'));
    await agree(head, made.id, 0);
    await refuses(t, openPaper(o.deps, head, letter), 'not_found');
    await openPaper(o.deps, manager, letter).then((one) => one.body.destroy());
    await refuses(t, agree(executive, made.id, 2), 'wrong_state');
    await agree(manager, made.id, 1);
    t.is((await agree(executive, made.id, 2)).state, 'approved');
    t.is((await o.granted(made.id))?.supervised_for, made.number);
    const { n } = await o.archive.database.owner.one<{ n: number }>(
      sql`select count(*)::int as n from disclosures where source_id = ${made.id} and assessment = 'PIA-2026-7'`,
    );
    t.is(n, 1);
    t.is((await viewRequest(o.deps, manager, made.id)).outsider?.name, '赵律师');
    const dump = await o.archive.database.owner.many(sql`select q::text from requests q union all select p::text from request_papers p`);
    t.notRegex(JSON.stringify(dump), /赵律师|介绍信|同意书|letter\.txt/);
  },
);

test.serial('R45: approvers are reminded, another may answer once it is late, what nobody answers is refused; what is over is reminded of', async (t) => {
  const { clock } = o.archive;
  const start = clock.now;
  const later = (days: number): void => void (clock.now = new Date(start.getTime() + days * 86_400_000));
  const record = await o.record({ department: 'field' });
  const late = await applyForReading(o.deps, agent, ask({ records: [record], to: day(30) }));
  const lapsing = await applyForReading(o.deps, agent, ask({ records: [record], to: day(30) }));
  const system = systemActor();
  later(2);
  await keepTime(o.deps, system);
  await keepTime(o.deps, system);
  const notices = (id: string) =>
    o.archive.database.owner.many<{ kind: string }>(sql`select kind from request_notices where request_id = ${id} order by made_at`);
  t.deepEqual(await notices(late.id), [{ kind: 'remind' }]);
  await refuses(t, agree(manager, late.id, 0), 'forbidden');
  later(4);
  await keepTime(o.deps, system);
  await agree(manager, late.id, 0);
  await refuses(t, agree(manager, late.id, 1), 'same_person');
  later(8.1);
  await keepTime(o.deps, system);
  t.is((await agree(executive, late.id, 1)).state, 'approved');
  later(10);
  await keepTime(o.deps, system);
  t.is((await viewRequest(o.deps, agent, lapsing.id)).state, 'lapsed');
  t.is((await viewRequest(o.deps, agent, lapsing.id)).refusedFor, 'unanswered');
  await recallRequest(o.deps, manager, late.id);
  later(32);
  await keepTime(o.deps, system);
  later(35.5);
  await keepTime(o.deps, system);
  await keepTime(o.deps, system);
  const kinds = (await notices(late.id)).map((one) => one.kind);
  t.deepEqual(kinds, ['remind', 'escalate', 'remind', 'escalate', 'decided', 'recall', 'overdue', 'overdue']);
  const over = await viewRequest(o.deps, agent, late.id);
  t.true(over.overdue);
  t.true((await requestCounts(o.deps, agent)).overdue >= 1);
  await handBackRequest(o.deps, agent, { requestId: late.id, result: 'partly' });
  t.is((await viewRequest(o.deps, agent, late.id)).state, 'returned');
  clock.now = start;
});

test.serial('a list that was changed between application and the last agreement is not granted', async (t) => {
  const [one, two] = [await o.record(), await o.record()];
  const made = await applyForReading(o.deps, agent, ask({ records: [one] }));
  const { owner } = o.archive.database;
  await owner.run(sql`alter table request_records disable trigger request_records_audited`);
  await owner.run(sql`insert into request_records (request_id, record_id, department, listed, fit) values (${made.id}, ${two}, 'hotline', true, 'fit')`);
  await owner.run(sql`alter table request_records enable trigger request_records_audited`);
  await refuses(t, agree(manager, made.id, 0), 'changed');
  t.is((await viewRequest(o.deps, agent, made.id)).state, 'submitted');
});

test.serial('limits, a client by number, withdrawing, the register, and paper on loan gives no grant', async (t) => {
  const numbers = Array.from({ length: 51 }, (_, i) => `N-${i}`);
  await refuses(t, applyForReading(o.deps, agent, ask({ numbers })), 'invalid_field');
  await refuses(t, applyForReading(o.deps, agent, ask({ numbers: ['A'], client: 'C' })), 'invalid_field');
  await refuses(t, applyForReading(o.deps, agent, ask({})), 'invalid_field');
  await refuses(t, applyForReading(o.deps, agent, ask({ numbers: ['A'], to: day(200) })), 'invalid_field');
  const record = await o.record({ client: { number: 'C-77', name: '李四', type: 'individual' } });
  const made = await applyForReading(o.deps, agent, ask({ client: 'C-77' }));
  t.is((await viewRequest(o.deps, agent, made.id)).records, null);
  t.is((await viewRequest(o.deps, manager, made.id)).records, 1);
  await withdrawRequest(o.deps, agent, made.id);
  await refuses(t, withdrawRequest(o.deps, agent, made.id), 'wrong_state');
  const lent = await applyForReading(o.deps, agent, ask({ records: [record], form: 'paper' }));
  t.is((await agree(manager, lent.id, 0)).state, 'approved');
  t.is(await o.granted(lent.id), undefined);
  const list = await requestRegister(o.deps, manager, { form: 'paper' });
  t.deepEqual(
    list.items.map((one) => one.id),
    [lent.id],
  );
  await refuses(t, requestRegister(o.deps, agent, {}), 'forbidden');
});

test.serial('R42: a deputy decides for the absent approver, for the time said; never somebody who may not decide, never the applicant', async (t) => {
  const other = o.hire('records_manager', 'archive');
  const record = await o.record({ department: 'field' });
  await refuses(t, nameDeputy(o.deps, fieldHead, { deputyId: agent.personId ?? '', from: day(0), to: day(3) }), 'invalid_field');
  await refuses(t, nameDeputy(o.deps, fieldHead, { deputyId: fieldHead.personId ?? '', from: day(0), to: day(3) }), 'same_person');
  await refuses(t, nameDeputy(o.deps, fieldHead, { deputyId: head.personId ?? '', from: day(0), to: day(200) }), 'invalid_field');
  await nameDeputy(o.deps, fieldHead, { deputyId: head.personId ?? '', from: day(0), to: day(3) });
  t.is((await listDeputies(o.deps, fieldHead)).length, 1);
  const mine = await applyForReading(o.deps, head, ask({ records: [record] }));
  await refuses(t, agree(head, mine.id, 0), 'same_person');
  const made = await applyForReading(o.deps, agent, ask({ records: [record] }));
  await agree(head, made.id, 0);
  const view = await viewRequest(o.deps, other, made.id);
  t.deepEqual([view.steps?.[0]?.decidedAs, view.steps?.[0]?.decidedFor], ['deputy', fieldHead.personId]);
  t.is((await agree(other, made.id, 1)).state, 'approved');
});
