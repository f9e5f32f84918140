import { randomUUID } from 'node:crypto';
import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';
import { madeBy, today } from './support.js';

let server: TestServer;
let staff: Staff;
let officer: string;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
  officer = await personOf('compliance');
});
test.after.always(() => server.close());

const personOf = async (username: string): Promise<string> =>
  (await server.database.owner.one<{ id: string }>(sql`select person_id as id from accounts where username = ${username}`)).id;
const ask = (client: Client, body: Record<string, unknown>) =>
  client('POST', '/api/v1/evidence-packs', { kind: 'period', from: today(), to: today(), reason: '检查', ...body });
const acts = async (act: string): Promise<string[]> =>
  (
    await server.database.owner.many<{ entry: string }>(sql`select entry from (select entry from audit_entries union all select entry from audit_pending) e
      where entry like ${`%"act":"${act}"%`}`)
  ).map((one) => one.entry);

test.serial('R90: about a person it waits for another one, who is neither its maker nor whom it is about', async (t) => {
  const asked = await ask(staff.compliance, { kind: 'person', subject: 'agent.one' });
  t.is(asked.json['state'], 'waiting');
  const id = String(asked.json['id']);
  t.is((await staff.compliance('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: true })).json['code'], 'same_person');
  t.is((await staff.compliance('GET', `/api/v1/evidence-packs/${id}/pack.zip`)).json['code'], 'wrong_state');
  t.regex((await acts('evidence.refused')).join('\n'), /"asked":"approve".*"why":"same_person"/);
  for (const client of [staff.agent, staff.manager, staff.systemAdmin, staff.securityAdmin])
    t.is((await client('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: true })).status, 403);
  t.is((await staff.auditAdmin('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: true })).status, 204);
  t.is((await staff.auditAdmin('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: true })).json['code'], 'wrong_state');
  t.is((await madeBy(staff.compliance, id))['state'], 'ready');
  // its maker alone has it
  t.is((await staff.auditAdmin('GET', `/api/v1/evidence-packs/${id}/pack.zip`)).status, 403);
  t.is((await staff.compliance('GET', `/api/v1/evidence-packs/${id}/pack.zip`)).status, 200);
  t.regex((await acts('evidence.fetch')).join('\n'), new RegExp(id));
  t.regex((await acts('evidence.made')).join('\n'), /"digest":"sha256:[0-9a-f]{64}"/);
  // nobody decides on what is about himself
  const own = String((await ask(staff.compliance, { kind: 'person', subject: 'audit.admin' })).json['id']);
  t.is((await staff.auditAdmin('POST', `/api/v1/evidence-packs/${own}/decide`, { agree: true })).json['code'], 'same_person');
  t.is((await staff.compliance('POST', `/api/v1/evidence-packs/${own}/withdraw`)).status, 204);
  t.is((await staff.compliance('POST', `/api/v1/evidence-packs/${own}/withdraw`)).json['code'], 'wrong_state');
});

test.serial('R90: one of a period is made at once; one about a client waits, and a declined one is never made', async (t) => {
  const period = await ask(staff.compliance, {});
  t.is(period.json['state'], 'approved');
  t.is((await madeBy(staff.compliance, String(period.json['id'])))['state'], 'ready');
  await staff.clerk('POST', '/api/v1/records', {
    source: { system: 'crm' },
    serviceNo: 'S-E-1',
    openedAt: '2026-03-01T09:00:00+08:00',
    closedAt: '2026-03-01T10:00:00+08:00',
    serviceType: 'routine',
    client: { number: 'C-77', name: '王小明', type: 'individual', phone: '13812345678' },
    staff: { number: '8001', name: '李静' },
    department: 'hotline',
    channel: 'phone',
    title: '宽带报修',
    content: '客户来电',
    solution: '已处理',
    clientFeedback: '满意',
    result: '已解决',
    evaluation: 5,
    medium: 'electronic',
  });
  const record = await server.database.owner.one<{ id: string }>(sql`select id from records where client_number = 'C-77'`);
  const client = await ask(staff.compliance, { kind: 'client', subject: 'C-77' });
  t.is(client.json['state'], 'waiting', client.text);
  const id = String(client.json['id']);
  t.is((await staff.auditAdmin('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: false })).status, 204);
  t.is((await staff.compliance('GET', `/api/v1/evidence-packs/${id}`)).json['state'], 'declined');
  t.is((await ask(staff.compliance, { kind: 'record', subject: 'S-E-1' })).json['state'], 'approved');
  // no number of a client in the log
  t.false((await acts('evidence.make')).join('').includes('C-77'));
  t.true((await acts('evidence.make')).join('').includes(record.id));
});

test.serial('what cannot be asked for is told by its field, and a wrong person by name is not guessed', async (t) => {
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ kind: 'person', subject: 'nobody.here' }, 'subject', 'not_known'],
    [{ kind: 'person' }, 'subject', 'missing'],
    [{ kind: 'record', subject: randomUUID() }, 'subject', 'not_known'],
    [{ kind: 'client', subject: 'C-none' }, 'subject', 'not_known'],
    [{ subject: 'x' }, 'subject', 'invalid'],
    [{ sides: true }, 'sides', 'invalid'],
    [{ reason: '  ' }, 'reason', 'requires_reason'],
    [{ from: '2026-02-30' }, 'from', 'not_a_date'],
    [{ from: today(), to: '2020-01-01' }, 'to', 'out_of_range'],
    [{ from: '2999-01-01', to: '2999-01-02' }, 'from', 'in_the_future'],
    [{ from: '2001-01-01' }, 'to', 'too_long'],
    [{ from: '2019-01-01', to: '2019-01-02' }, 'from', 'no_entries'],
  ];
  for (const [body, field, code] of wrong) {
    const { status, json } = await ask(staff.compliance, body);
    t.is(status, 422, JSON.stringify(body));
    t.like(json, { fields: [{ field, code }] }, JSON.stringify(body));
  }
  t.is((await ask(staff.auditAdmin, {})).status, 403);
  t.is((await ask(staff.agent, {})).status, 403);
});

test.serial('R90: the database refuses every other way: alone, unapproved, by whom it is about, changed after approval', async (t) => {
  const { app } = server.database;
  const { audit } = server.serving.archive;
  const about = await personOf('agent.one');
  const insert = (change: { state?: string; needs?: boolean; kind?: string; sides?: boolean; decided?: string | null }): Promise<void> =>
    app.tx(async (tx) => {
      const { state = 'waiting', needs = true, kind = 'person', sides = false } = change;
      await audit.append(tx, { actor: systemActor(), act: 'evidence.make', subject: { kind: 'evidence', id: 'x' }, decision: 'allow' });
      await tx.run(sql`insert into evidence_packs (id, number, kind, person_id, from_day, to_day, from_at, to_at, sides, needs_approval, reason_sealed, found, asked_by,
          asked_at, state, entry_id)
        values (gen_random_uuid(), 'E-2026-' || lpad((900000 + random() * 9999)::int::text, 6, '0'), ${kind}, ${kind === 'person' ? about : null}::uuid, '2026-01-01', '2026-01-02', now() - interval '1 day',
          now(), ${sides}, ${needs}, '\\x00', 1, ${officer}, now(), ${state}, gen_random_uuid())`);
    });
  await t.throwsAsync(insert({ state: 'approved' }), { message: /begins with being asked for/ });
  await t.throwsAsync(insert({ needs: false, state: 'approved' }), { message: /personal_data_needs_approval/ });
  await t.throwsAsync(insert({ kind: 'period', sides: true, needs: true }), { message: /sides_of_a_person/ });
  await insert({});
  const waiting = sql`id = (select id from evidence_packs where state = 'waiting' order by asked_at desc limit 1)`;
  const update = (set: ReturnType<typeof sql>): Promise<void> =>
    app.tx(async (tx) => {
      await audit.append(tx, { actor: systemActor(), act: 'evidence.approve', subject: { kind: 'evidence', id: 'x' }, decision: 'allow' });
      await tx.run(sql`update evidence_packs set ${set} where ${waiting}`);
    });
  await t.throwsAsync(update(sql`state = 'approved', decided_by = ${officer}, decided_at = now()`), { message: /second_person_decides/ });
  await t.throwsAsync(update(sql`state = 'approved', decided_by = ${about}, decided_at = now()`), { message: /second_person_decides/ });
  await t.throwsAsync(update(sql`state = 'approved'`), { message: /made_only_when_approved/ });
  await t.throwsAsync(update(sql`state = 'ready'`), { message: /moves on/ });
  await t.throwsAsync(update(sql`person_id = ${officer}`), { message: /permission denied/ });
  await t.throwsAsync(app.run(sql`update evidence_packs set state = 'withdrawn', ended_at = now() where ${waiting}`), { message: /audit/ });
  await t.throwsAsync(app.run(sql`delete from evidence_packs`), { message: /permission denied/ });
});

test.serial('R53: pages and lists are on record, agents see none of them, the waiting one stands on the home page', async (t) => {
  const { json } = await staff.compliance('GET', '/api/v1/evidence-packs');
  t.true((json['items'] as unknown[]).length >= 3);
  t.regex((await staff.auditAdmin('GET', '/')).text, /\/evidence\?state=waiting/);
  t.regex((await staff.auditAdmin('GET', '/evidence?state=waiting')).text, /E-\d{4}-\d{6}/);
  for (const path of ['/evidence', '/api/v1/evidence-packs']) t.is((await staff.agent('GET', path)).status, 403);
  t.true((await acts('evidence.list')).length >= 2);
});

test.serial('R57: a pseudonym is resolved on pages for those who may search the log, and stands alone in the bytes that are proven', async (t) => {
  await staff.agent('GET', '/api/v1/readings');
  const { owner } = server.database;
  const { pseudonym } = await owner.one<{ pseudonym: string }>(
    sql`select p.pseudonym from persons p join accounts a on a.person_id = p.id where a.username = 'agent.one'`,
  );
  const found = await staff.auditAdmin('GET', `/api/v1/audit/entries?actor=${pseudonym}`);
  const [item] = (found.json as { items: { name: string; actor: string; log: string; sequence: string }[] }).items;
  t.like(item, { name: 'agent.one', actor: pseudonym });
  const page = await staff.auditAdmin('GET', `/audit/${item?.log ?? ''}/${item?.sequence ?? ''}`);
  t.regex(page.text, /agent\.one/);
  const bytes = await staff.auditAdmin('GET', `/api/v1/audit/logs/${item?.log ?? ''}/entries/${item?.sequence ?? ''}/canonical`);
  t.true(bytes.text.includes(pseudonym));
  t.false(bytes.text.includes('agent.one'));
  t.is((await staff.agent('GET', `/audit/${item?.log ?? ''}/${item?.sequence ?? ''}`)).status, 403);
});

test.serial('after its time it is fetched no more', async (t) => {
  const { items } = (await staff.compliance('GET', '/api/v1/evidence-packs?state=ready')).json as { items: { id: string }[] };
  const id = items[0]?.id ?? '';
  await server.database.owner.tx(async (tx) => {
    await tx.run(sql`alter table evidence_packs disable trigger user`);
    await tx.run(sql`update evidence_packs set until = now() - interval '1 second' where id = ${id}`);
    await tx.run(sql`alter table evidence_packs enable trigger user`);
  });
  t.is((await staff.compliance('GET', `/api/v1/evidence-packs/${id}`)).json['state'], 'lapsed');
  const refused = await staff.compliance('GET', `/api/v1/evidence-packs/${id}/pack.zip`);
  t.is(refused.json['code'], 'wrong_state');
});
