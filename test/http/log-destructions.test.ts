import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { newId, sql } from '../../src/db/index.js';
import { clearLogs } from '../../src/disposition/index.js';
import { hire } from '../pages/walking.js';
import { staffed, testServer, type Answer, type Client, type Staff, type TestServer } from '../support/server.js';
import { alsoAs, endBundleLocks, movedClock, personOf, signedInAll, withFactors, yearsOn } from '../support/years-on.js';

const DAY = 86_400_000;
const PEOPLE = ['maker', 'clerk', 'manager', 'executor', 'insider', 'compliance', 'agent.two'] as const;
type People = Record<(typeof PEOPLE)[number], Client>;

const clock = movedClock();
let server: TestServer;
let staff: Staff;
let log = '';
test.before(async (t) => {
  t.timeout(120_000);
  server = await testServer({ now: clock.now });
  staff = await staffed(server);
  for (const name of ['maker', 'executor', 'insider']) await hire(server, staff, name, 'records_clerk', 'archive');
  // a person who could by his roles also approve: only the rule of different persons stands in his way
  for (const name of ['maker', 'executor']) await alsoAs(staff, server, name, 'records_manager');
  await withFactors(server, PEOPLE);
  log = await yearsOn(server, clock);
});
test.after.always(() => server.close());

const said = (answer: Answer): [number, unknown] => [answer.status, answer.json['code']];
const path = '/api/v1/log-destructions';

/** Refusals of a register that are on record: step and reason. */
async function refusals(id: string): Promise<string[]> {
  const rows = await server.database.owner.many<{ what: string }>(
    sql`select concat(e::jsonb -> 'facts' ->> 'step', ' ', e::jsonb -> 'facts' ->> 'why') as what
      from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb ->> 'act' = 'destruction.refused' and e::jsonb -> 'subject' ->> 'id' = ${id}`,
  );
  return rows.map((row) => row.what);
}

test.serial('R90, R66–R68, R105: a log past its term goes over the API by different persons, in order; every other way is refused on its route', async (t) => {
  t.timeout(180_000);
  let people: People = await signedInAll(server, PEOPLE);
  const terms = await people.clerk('GET', '/api/v1/log-terms');
  t.is(terms.status, 200, terms.text);
  const [due] = terms.json['items'] as { log: string; due: boolean; against: string[]; register: unknown }[];
  t.like(due, { log, due: true, against: [], register: null });

  // proposing: who may, over what
  for (const stranger of [people.compliance, people.manager, people['agent.two']]) t.is((await stranger('POST', path, { log })).status, 403);
  t.deepEqual(said(await people.clerk('POST', path, { log: String(terms.json['current']) })), [404, 'not_found'], 'the log that is being written');
  t.is((await people.clerk('POST', path, { log: '../x' })).status, 422);
  t.is((await people.clerk('POST', path, { log, all: true })).status, 422, 'nothing that is not asked for');
  const made = await people.maker('POST', path, { log });
  t.is(made.status, 201, made.text);
  const { id, number, digest } = made.json as { id: string; number: string; digest: string };
  t.deepEqual(said(await people.clerk('POST', path, { log })), [409, 'conflict'], 'one register over a log');
  const at = (step: string): string => `${path}/${id}/${step}`;
  const state = async (): Promise<unknown> => (await people.manager('GET', `${path}/${id}`)).json['state'];

  // who takes no part does not learn of it
  for (const step of ['', '/gone']) t.is((await people['agent.two']('GET', `${path}/${id}${step}`)).status, 404);
  t.deepEqual((await people['agent.two']('GET', path)).json['items'], []);
  t.is((await people['agent.two']('POST', at('check'), { digest })).status, 404);
  t.is((await people['agent.two']('POST', at('stop'), { reason: 'x' })).status, 404);

  // no step is skipped
  const seat = async (office: string, who: string, by: Client = people.manager) =>
    by('POST', at('appointments'), { office, personId: await personOf(server, who) });
  t.deepEqual(said(await people.compliance('POST', at('check'), { digest })), [403, 'forbidden'], 'not appointed');
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [403, 'forbidden'], 'not appointed');
  t.is((await people.compliance('POST', at('witness'))).status, 403);

  // approving: another person than the maker, in the own turn, over the very digest
  const answer = { step: 0, digest, agree: true };
  t.deepEqual(said(await people.maker('POST', at('answer'), answer)), [409, 'same_person']);
  t.is((await people.clerk('POST', at('answer'), answer)).status, 403);
  t.deepEqual(said(await people.manager('POST', at('answer'), { ...answer, step: 1 })), [409, 'wrong_state']);
  t.deepEqual(said(await people.manager('POST', at('answer'), { ...answer, digest: '0'.repeat(64) })), [409, 'changed']);
  t.is((await people.manager('POST', at('answer'), { ...answer, agree: false })).status, 422, 'a refusal says why');
  t.is(await state(), 'approving');
  const agreed = await people.manager('POST', at('answer'), answer);
  t.deepEqual([agreed.status, agreed.json['state']], [200, 'approved'], agreed.text);
  t.deepEqual(said(await people.executor('POST', at('answer'), answer)), [409, 'wrong_state'], 'answered already');

  // appointing: nobody twice, one supervisor at least from outside
  t.is((await seat('executor', 'executor', people.clerk)).status, 403);
  for (const who of ['maker', 'manager']) t.deepEqual(said(await seat('supervisor', who)), who === 'maker' ? [409, 'same_person'] : [422, 'invalid_field']);
  t.deepEqual(said(await seat('executor', 'maker')), [409, 'same_person']);
  t.is((await people.manager('POST', at('appointments'), { office: 'executor', personId: newId() })).status, 422);
  t.deepEqual(said(await people.compliance('POST', at('check'), { digest })), [403, 'forbidden']);
  t.is((await seat('executor', 'executor')).status, 201);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'nobody has checked');
  t.deepEqual(said(await seat('supervisor', 'executor')), [409, 'same_person']);
  t.is((await seat('supervisor', 'clerk')).status, 201);
  t.deepEqual(said(await seat('supervisor', 'insider')), [422, 'invalid_field'], 'both from the archive');
  t.is((await people.manager('POST', at('dismiss'), { personId: await personOf(server, 'clerk') })).status < 300, true);
  t.is((await seat('supervisor', 'insider')).status, 201);
  t.deepEqual(said(await people.insider('POST', at('check'), { digest })), [409, 'wrong_state'], 'not everybody is there');
  t.is((await seat('supervisor', 'compliance')).status, 201);
  t.deepEqual(said(await seat('supervisor', 'clerk')), [409, 'wrong_state'], 'both seats are taken');

  // checking, by both, over the very digest
  t.is((await people.executor('POST', at('check'), { digest })).status, 403, 'the executor does not supervise');
  t.deepEqual(said(await people.insider('POST', at('check'), { digest: 'f'.repeat(64) })), [409, 'changed']);
  t.is((await people.insider('POST', at('check'), { digest })).status, 200);
  t.deepEqual(said(await people.insider('POST', at('check'), { digest })), [409, 'wrong_state'], 'once');
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'one has not checked');
  t.deepEqual((await people.compliance('POST', at('check'), { digest })).json, { state: 'checked' });
  t.deepEqual(said(await people.manager('POST', at('dismiss'), { personId: await personOf(server, 'insider') })), [409, 'wrong_state']);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'the pause runs');
  t.deepEqual(said(await people.insider('POST', at('witness'))), [409, 'wrong_state'], 'nothing was carried out');

  // executing: the appointed one alone, after the pause, with the number typed and a second factor shown anew
  clock.ahead += 8 * DAY;
  people = await signedInAll(server, PEOPLE);
  for (const other of [people.maker, people.insider, people.clerk]) t.is((await other('POST', at('begin'), { number })).status, 403);
  t.is((await people.executor('POST', at('begin'), { number: 'U-2000-000001' })).status, 422);
  t.is(await state(), 'checked');
  const begun = await people.executor('POST', at('begin'), { number });
  t.is(begun.status, 202, begun.text);
  for (let i = 0; i < 300 && (await state()) === 'executing'; i++) await sleep(50);
  const open = (await people.manager('GET', `${path}/${id}`)).json as { state: string; certified: boolean; progress: { locked: number; lockedUntil: string } };
  t.like(open, { state: 'open', certified: true });
  t.true(open.progress.locked > 0, 'the store still locks its bundles');
  t.deepEqual(said(await people.insider('POST', at('stop'), { reason: 'too late' })), [409, 'wrong_state']);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state']);

  // 已监销: the two supervisors alone, each once; it closes only when the last bundle is gone
  t.is((await people.executor('POST', at('witness'))).status, 403);
  t.is((await people.clerk('POST', at('witness'))).status, 403);
  t.is((await people.insider('POST', at('witness'))).status, 204);
  t.deepEqual(said(await people.insider('POST', at('witness'))), [409, 'wrong_state']);
  t.is((await people.compliance('POST', at('witness'))).status, 204);
  t.is(await state(), 'open');
  await endBundleLocks(server, log);
  await clearLogs(server.serving.archive.logTerms);
  t.is(await state(), 'closed');
  t.is((await server.database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_entries where log = ${log}`)).n, 0);

  // what was refused is on record, with its reason; looking at it and taking the certificate too
  const refused = await refusals(id);
  for (const one of [
    'answer same_person',
    'answer changed',
    'appoint same_person',
    'check forbidden',
    'begin wrong_state',
    'witness wrong_state',
    'stop wrong_state',
  ])
    t.true(refused.includes(one), `${one} in ${refused.join(', ')}`);
  const note = await people.clerk('GET', at('gone'));
  t.is(note.headers.get('content-disposition'), `attachment; filename="${number}-gone.txt"`);
  t.is(note.text.split('\n')[1], 'entries destroyed');
  t.is((await people['agent.two']('GET', at('gone'))).status, 404);

  // and what is gone is said everywhere
  const proof = await people.compliance('GET', `/api/v1/audit/logs/${log}/entries/3/proof`);
  t.deepEqual(said(proof), [410, 'entries_gone']);
  const [after] = (await people.clerk('GET', '/api/v1/log-terms')).json['items'] as { log: string; due: boolean; against: string[] }[];
  t.like(after, { log, due: false, against: ['gone'], register: { id, number, state: 'closed' } });
});
