import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { systemActor, type Actor } from '../../../src/audit/index.js';
import { newId, sql } from '../../../src/db/index.js';
import {
  answerRegister,
  appointFor,
  begin,
  carry,
  checkRegister,
  createErasure,
  erasuresToMake,
  freezeRegister,
  listRegisterItems,
  loadDispositionRules,
  makeHold,
  registerForm,
  stopRegister,
  submitRegister,
  viewRegister,
  watchRegisters,
  witness,
  type HoldsDeps,
} from '../../../src/disposition/index.js';
import { listDiffers } from '../../../src/disposition/register/facts-store.js';
import { answerRequest, bindErasure, closeRequest, loadPrivacyPolicies, makeLetter, readLetter, restrictFor, viewRequest } from '../../../src/privacy/index.js';
import { answerRestriction, capture } from '../../../src/records/index.js';
import { testDraft } from '../../support/archive.js';
import { archiveDay } from '../../support/day.js';
import { pdfText } from '../../support/pdf.js';
import { why } from '../../support/why.js';
import { decided, type TestPrivacy } from '../../privacy/support.js';
import { afterLocks, DAY, destroyed, registerOver, registerState, stateOf, testExecution, type Execution } from '../execution/support.js';
import { saysErasure } from '../support/certificate.js';
import { crew, type Crew } from '../support/way.js';
import { digest, dueRecords, run, withEntry } from '../support/sql.js';

let people: Crew;
let execution: Execution;
let privacy: TestPrivacy;
let officer: Actor;
let legal: Actor;
test.before(async () => {
  people = await crew();
  const { archive, deps } = people.world;
  execution = await testExecution({ archive });
  const policies = await loadPrivacyPolicies(fileURLToPath(new URL('../../../../policies/privacy', import.meta.url)));
  privacy = Object.assign(archive, { privacy: { ...archive.deps, policies, archiveName: deps.archiveName, signer: deps.signer } });
  officer = people.world.hire('compliance_officer', 'compliance');
  legal = people.world.hire('legal', 'legal');
});
test.after.always(async () => {
  await execution.close();
  await people.world.close();
});

const deps = () => people.world.deps;
const archive = () => people.world.archive;

let serial = 0;
/** A client with surveys that law does not prescribe to be kept any longer, while their own term of three years still runs. */
async function client(count: number): Promise<{ number: string; records: string[] }> {
  const number = `C-ERASE-${++serial}`;
  const day = archiveDay(-800, archive().clock.now);
  const records: string[] = [];
  for (let i = 0; i < count; i++) {
    const draft = testDraft({
      client: { number, name: '周某', type: 'individual', phone: '13812345678' },
      serviceType: 'survey',
      channel: 'visit',
      openedAt: `${day}T09:00:00+08:00`,
      closedAt: `${day}T10:00:00+08:00`,
    });
    records.push((await capture(archive().deps, archive().person('agent'), { draft, files: [] })).id);
  }
  return { number, records };
}

const granted = (number: string, by = officer) =>
  decided(privacy, { clerk: people.insider, officer: by }, { kind: 'erasure', client: number, outcome: 'fulfil' });
const digestOf = async (id: string): Promise<string> => (await viewRegister(deps(), people.manager, id)).digest ?? '';
const answer = async (who: Actor, id: string, step: number) => answerRegister(deps(), who, { registerId: id, step, digest: await digestOf(id), agree: true });
const states = (records: readonly string[]) => Promise.all(records.map((one) => stateOf(archive(), one)));

/** A register of erasure as far as it is wanted. */
async function erasure(upTo: 'draft' | 'approving' | 'approved' | 'checked', count = 2) {
  const { number, records } = await client(count);
  const request = await granted(number);
  const { id } = await createErasure(deps(), people.maker, { requestId: request, place: '本部机房' });
  const made = { id, request, records, client: number };
  if (upTo === 'draft') return made;
  await freezeRegister(deps(), people.maker, id);
  await submitRegister(deps(), people.maker, id);
  if (upTo === 'approving') return made;
  await answer(legal, id, 0);
  await answer(people.manager, id, 1);
  if (upTo === 'approved') return made;
  const appoint = (office: 'executor' | 'supervisor', who: Actor) =>
    appointFor(deps(), people.manager, { registerId: id, office, personId: who.personId ?? '' });
  await appoint('executor', people.executor);
  await appoint('supervisor', people.outsider);
  await appoint('supervisor', people.head);
  for (const who of [people.outsider, people.head]) await checkRegister(deps(), who, { registerId: id, digest: await digestOf(id) });
  return made;
}

test.serial('R87, PIPL 47: what a request marked goes onto a register of erasure, through its own approvals, to the certificate and the letter', async (t) => {
  const one = await erasure('approving');
  t.is((await viewRequest(privacy.privacy, officer, one.request)).erasures.open, 2);
  const { term_until, term_minimum } = await archive().database.owner.one<{ term_until: string; term_minimum: string }>(
    sql`select term_until, term_minimum from records where id = ${one.records[0]}`,
  );
  const today = archiveDay(0, archive().clock.now);
  t.true(term_minimum < today && today < term_until, `its own term is not over: ${term_minimum}, ${term_until}`);
  const view = await viewRegister(deps(), people.manager, one.id);
  t.is(view.kind, 'erasure');
  t.regex(view.request?.number ?? '', /^P-\d{4}-\d{6}$/);
  t.deepEqual(
    view.approvals.map((step) => [step.step, step.role, step.state]),
    [
      ['counsel', 'legal', 'open'],
      ['manager', 'records_manager', 'waiting'],
    ],
  );
  t.is(await why(answer(people.manager, one.id, 1)), 'forbidden', 'legal first');
  t.is((await answer(legal, one.id, 0)).state, 'approving');
  t.deepEqual(await states(one.records), ['archived', 'archived']);
  t.is((await answer(people.manager, one.id, 1)).state, 'approved');
  t.deepEqual(await states(one.records), ['approved', 'approved']);
  t.false(await listDiffers(deps().db, one.id, deps().now()));
  const appoint = (office: 'executor' | 'supervisor', who: Actor) =>
    appointFor(deps(), people.manager, { registerId: one.id, office, personId: who.personId ?? '' });
  await appoint('executor', people.executor);
  await appoint('supervisor', people.outsider);
  await appoint('supervisor', people.head);
  for (const who of [people.outsider, people.head]) await checkRegister(deps(), who, { registerId: one.id, digest: await digestOf(one.id) });

  await makeLetter(privacy.privacy, people.insider, { id: one.request, kind: 'fulfilment', lang: 'zh' });
  t.is(await why(makeLetter(privacy.privacy, people.insider, { id: one.request, kind: 'erased', lang: 'zh' })), 'wrong_state', 'it is not so yet');
  await answerRequest(privacy.privacy, people.insider, { id: one.request, note: '邮件' });
  t.is(await why(closeRequest(privacy.privacy, people.insider, { id: one.request, note: '' })), 'not_fulfilled');

  const input = { register: one.id, number: view.number };
  t.is(await why(begin(execution.deps, people.executor, input)), 'wrong_state', 'the pause');
  const { now } = archive().clock;
  archive().clock.now = new Date(now.getTime() + 8 * DAY);
  await begin(execution.deps, people.executor, input);
  t.deepEqual(await carry(execution.deps, one.id), { state: 'executed' }, String(execution.faults.at(-1)));
  t.deepEqual(await states(one.records), ['destroyed', 'destroyed']);
  const letter = { id: one.request, kind: 'erased', lang: 'zh' as const };
  t.is(await why(makeLetter(privacy.privacy, people.insider, letter)), 'not_fulfilled', 'nobody has witnessed it yet');
  t.deepEqual((await viewRequest(privacy.privacy, officer, one.request)).missing, ['certificate']);
  for (const who of [people.outsider, people.head]) await witness(execution.deps, who, one.id);
  t.is(await registerState(archive(), one.id), 'closed');

  const after = await viewRequest(privacy.privacy, officer, one.request);
  t.like(after.erasures, { marked: 2, destroyed: 2, open: 0, bound: 0 });
  const certificate = after.registers[0]?.certificate ?? '';
  t.regex(certificate, /^Z-/);
  await saysErasure(t, execution, people.manager, one.id, view.request?.number ?? '-');
  t.deepEqual(after.missing, ['erased']);
  t.is(await why(closeRequest(privacy.privacy, people.insider, { id: one.request, note: '' })), 'not_fulfilled', 'the client was not told');
  for (const lang of ['zh', 'en'] as const) {
    const { id: made } = await makeLetter(privacy.privacy, people.insider, { ...letter, lang });
    const { pdf } = await readLetter(privacy.privacy, officer, { id: one.request, letter: made });
    t.true(pdf.includes('/ByteRange'), 'signed');
    const text = pdfText(pdf);
    if (text === undefined) continue;
    for (const said of [view.number, certificate, view.request?.number ?? '', lang === 'zh' ? '已于' : 'were destroyed on'])
      t.true(text.includes(said), `${lang}: ${said} in ${text}`);
  }
  await closeRequest(privacy.privacy, people.insider, { id: one.request, note: '' });
  t.is((await viewRequest(privacy.privacy, officer, one.request)).state, 'closed');
  archive().clock.now = now; // so that the second factors of the others were shown just now
  const form = pdfText(await buffer((await registerForm(deps(), people.manager, one.id)).body));
  if (form !== undefined) t.true(form.includes(view.request?.number ?? '-'), form);
});

/** Refusals that stand in the log about a request. */
async function refusals(request: string): Promise<string[]> {
  const rows = await archive().database.owner.many<{ told: string }>(sql`select (entry ->> 'act') || ' ' || (entry #>> '{facts,why}') as told from
    (select entry::jsonb as entry from audit_pending union all select entry::jsonb from audit_entries) x
    where entry ->> 'act' like '%.refused' and entry #>> '{subject,id}' = ${request}`);
  return rows.map((row) => row.told);
}

test.serial('R68: whoever decided on the request gives the signature of counsel at most, and takes no other part', async (t) => {
  const { number } = await client(1);
  const both = people.world.hireWith(['compliance_officer', 'records_clerk', 'records_manager'], 'archive');
  const request = await granted(number, both);
  t.is(await why(createErasure(deps(), both, { requestId: request })), 'same_person', 'does not make it');
  t.deepEqual(await refusals(request), ['destruction.refused same_person']);
  t.is(await why(createErasure(deps(), people.head, { requestId: request })), 'forbidden');
  const { id } = await createErasure(deps(), people.maker, { requestId: request });
  t.is(await why(createErasure(deps(), people.executor, { requestId: request })), 'invalid_field', 'it is listed already');
  await freezeRegister(deps(), people.maker, id);
  await submitRegister(deps(), people.maker, id);
  const appoint = (office: 'executor' | 'supervisor') => appointFor(deps(), people.manager, { registerId: id, office, personId: both.personId ?? '' });
  t.is(await why(appoint('executor')), 'same_person');
  t.is(await why(appoint('supervisor')), 'same_person');
  await answer(legal, id, 0);
  t.is(await why(answer(both, id, 1)), 'same_person', 'does not approve as records manager');
  t.is((await answer(people.manager, id, 1)).state, 'approved');
  await stopRegister(deps(), people.maker, { registerId: id, reason: '试验结束' });
});

test.serial('R68: where legal decided, compliance or the decider reviews it; the same person never signs twice', async (t) => {
  const { number } = await client(1);
  const request = await granted(number, legal);
  const { id } = await createErasure(deps(), people.maker, { requestId: request });
  await freezeRegister(deps(), people.maker, id);
  await submitRegister(deps(), people.maker, id);
  t.is((await answer(legal, id, 0)).state, 'approving', 'the signature of counsel');
  t.is(await why(answer(legal, id, 1)), 'forbidden');
  await stopRegister(deps(), people.maker, { registerId: id, reason: '试验结束' });
});

test.serial('R73, R87: a hold that comes late voids it; what it caught is restricted instead, on a ground that the letter names', async (t) => {
  const one = await erasure('checked', 2);
  const [first = '', second = ''] = one.records;
  const holds = { ...deps(), store: execution.deps.store } as unknown as HoldsDeps;
  const reviewOn = archiveDay(90, deps().now());
  const bind = (ground: string, who = officer) => bindErasure(privacy.privacy, who, { id: one.request, ground, reason: '客户已起诉，须保全' });
  t.is(await why(bind('hold')), 'invalid_field', 'nothing stands against it');
  await makeHold(holds, legal, 'set', { matter: 'lawsuit', reason: '诉讼保全', reviewOn, records: [first] });
  await watchRegisters(deps(), systemActor());
  t.is(await registerState(archive(), one.id), 'voided');
  t.deepEqual(await states(one.records), ['archived', 'archived'], 'kept as before: their term is not over');
  t.deepEqual((await listRegisterItems(deps(), people.manager, one.id)).items.find((item) => item.record === first)?.changed.includes('hold'), true);
  t.like(
    (await erasuresToMake(deps(), people.maker)).find((waiting) => waiting.id === one.request),
    { items: 2, blocked: 1 },
  );

  t.is(await why(bind('hold', people.insider)), 'forbidden', 'who works on it does not decide');
  t.is(await why(bind('identity')), 'invalid_field', 'no ground of a restriction');
  t.deepEqual(await bind('hold'), { bound: 1 });
  const { restrictions } = await restrictFor(privacy.privacy, officer, { requestId: one.request, ground: 'hold', reason: '诉讼保全' });
  t.is(restrictions, 1);
  for (const who of [officer, archive().person('agent', 'hotline')]) {
    const nowhere = newId();
    const code = who === officer ? 'not_found' : 'forbidden';
    t.is(await why(restrictFor(privacy.privacy, who, { requestId: nowhere, ground: 'hold', reason: '诉讼保全' })), code);
    t.deepEqual(await refusals(nowhere), [`privacy.refused ${code}`]);
  }
  const restriction = (await viewRequest(privacy.privacy, officer, one.request)).restrictions[0]?.id ?? '';
  await answerRestriction(archive().deps, people.manager, { id: restriction, agree: true });
  const restricted = await archive().database.owner.many<{ id: string }>(sql`select id from records where client_number = ${one.client} and restricted`);
  t.deepEqual(
    restricted.map((row) => row.id),
    [first],
    'what is to be destroyed is not restricted',
  );
  const again = await createErasure(deps(), people.maker, { requestId: one.request });
  t.is(again.items, 1);
  t.deepEqual(
    (await listRegisterItems(deps(), people.manager, again.id)).items.map((item) => item.record),
    [second],
  );
  t.is(
    await why(
      withEntry(archive(), (tx) =>
        tx.run(sql`update privacy_erasures set bound_at = now(), bound_ground = 'hold', bound_entry = ${newId()} where record_id = ${second}`),
      ),
    ),
    'error: nothing stands against erasing it',
  );
});

test.serial('R87: what was marked when it had fallen due is destroyed as such, and the letter names that register and its certificate', async (t) => {
  const number = `C-ERASE-${++serial}`;
  const records = await dueRecords(archive(), 1, { client: { number, name: '周某', type: 'individual' } });
  const request = await granted(number);
  const one = await registerOver(archive(), records);
  const { now } = archive().clock;
  afterLocks(archive());
  await destroyed(execution, one);
  for (const who of one.supervisors) await witness(execution.deps, who, one.id);
  archive().clock.now = now;
  const { erasures, registers } = await viewRequest(privacy.privacy, officer, request);
  t.like(erasures, { marked: 1, destroyed: 1, open: 0 });
  t.deepEqual(
    registers.map((each) => each.number),
    [one.number],
  );
  const { id: letter } = await makeLetter(privacy.privacy, people.insider, { id: request, kind: 'erased', lang: 'en' });
  const text = pdfText((await readLetter(privacy.privacy, officer, { id: request, letter })).pdf);
  if (text === undefined) return;
  t.regex(text, /destroyed on \d{4}-\d{2}-\d{2}/);
  for (const said of [one.number, registers[0]?.certificate ?? '-']) t.true(text.includes(said), `${said} in ${text}`);
});

test.serial('R87: an erasure can be stopped whatever extension its records had', async (t) => {
  const one = await erasure('approved', 1);
  const [record = ''] = one.records;
  // as a schedule may have left it that shortened the term before extensions counted for it
  await archive().database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`insert into record_extensions (id, record_id, appraisal_id, at, years, months, permanent, basis, until, entry_id)
      select ${newId()}, id, ${newId()}, now(), 1, 0, false, '', term_until + 1, ${newId()} from records where id = ${record}`);
  });
  await stopRegister(deps(), people.maker, { registerId: one.id, reason: '试验结束' });
  t.deepEqual(await states(one.records), ['archived']);
});

test.serial('R31, R87: under rules that say nothing of erasure nothing is destroyed before its term', async (t) => {
  const { number } = await client(1);
  const request = await granted(number);
  const former = (await loadDispositionRules(fileURLToPath(new URL('../../../../policies/disposition', import.meta.url)))).versions.find(
    (one) => one.name === 'disposition@2026-01',
  );
  if (former === undefined) throw new Error('the former version is gone');
  t.is(await why(createErasure({ ...deps(), dispositionRules: () => former }, people.maker, { requestId: request })), 'policy_invalid');
});

test.serial('R31, R68, R87: the database refuses every other way', async (t) => {
  const refused = async (what: string, work: Promise<unknown>): Promise<boolean> =>
    t.regex(String(await t.throwsAsync(work, undefined, what)), /check_violation|erasure|marked|decided|agrees|kept|approved|register/, what);
  const marked = await client(1);
  const request = await granted(marked.number);
  const other = await client(1);
  const at = deps().now();
  const number = `X-2026-9${String(Math.trunc(Math.random() * 99_999)).padStart(5, '0')}`;
  const insert = (id: string, of: string | null, kind: string, person = newId()) =>
    sql`insert into destruction_registers (id, number, kind, request_id, state, made_by_person, made_by_account, made_at) values (${id}, ${number}, ${kind}, ${of}, 'draft', ${person}, ${newId()}, ${at})`;
  await refused('without a request', run(archive(), insert(newId(), null, 'erasure')));
  await refused('a request that a term register names', run(archive(), insert(newId(), request, 'term')));
  await refused('made by who decided', run(archive(), insert(newId(), request, 'erasure', officer.personId ?? '')));
  const id = newId();
  await run(archive(), insert(id, request, 'erasure'));
  const list = (record: string) => sql`insert into destruction_items (register_id, position, record_id) values (${id}, 1, ${record})`;
  await refused('a record that nobody marked', run(archive(), list(other.records[0] ?? '')));
  await run(archive(), list(marked.records[0] ?? ''));
  await refused('another kind', run(archive(), sql`update destruction_registers set kind = 'term' where id = ${id}`));
  await run(
    archive(),
    sql`update destruction_items set facts = '{}', digest = ${digest} where register_id = ${id}`,
    sql`update destruction_registers set state = 'frozen', digest = ${digest}, item_count = 1, rules = 'r', frozen_at = ${at} where id = ${id}`,
    sql`insert into destruction_approvals (register_id, round, position, step, role, state, opened_at) values (${id}, 1, 0, 'manager', 'records_manager', 'open', ${at})`,
    sql`update destruction_registers set state = 'approving' where id = ${id}`,
    sql`update destruction_approvals set state = 'agreed', answer = 'agree', person_id = ${newId()}, account_id = ${newId()}, digest = ${digest}, at = ${at}, entry_id = ${newId()} where register_id = ${id}`,
  );
  await refused(
    'neither legal nor compliance',
    run(archive(), sql`update destruction_registers set state = 'approved', approved_at = ${at}, execute_after = ${at} where id = ${id}`),
  );
  await refused('a record by itself', run(archive(), sql`update records set state = 'approved' where id = ${other.records[0]}`));
  t.is(await stateOf(archive(), marked.records[0] ?? ''), 'archived');
});
