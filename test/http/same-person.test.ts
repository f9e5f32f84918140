import test, { type ExecutionContext } from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { OLD } from '../disposition/support/sql.js';
import { withNewSchedule } from '../pages/newer.js';
import { hire } from '../pages/walking.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { PASSWORD, staffed, testServer, type Answer, type Client, type Staff, type TestServer } from '../support/server.js';
import { alsoAs, personOf, withFactors } from '../support/years-on.js';

let server: TestServer;
let staff: Staff;
/** A person whom roles let do everything: only the rule of different persons stands in the way. */
let every: Client;
let head: Client;
/** Another one of many roles, who has done nothing yet. */
let both: Client;
test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  await hire(server, staff, 'head', 'supervisor', 'hotline');
  await hire(server, staff, 'every', 'records_clerk', 'archive');
  for (const role of ['records_manager', 'legal', 'compliance_officer']) await alsoAs(staff, server, 'every', role);
  await hire(server, staff, 'both', 'records_clerk', 'archive');
  for (const role of ['records_manager', 'legal']) await alsoAs(staff, server, 'both', role);
  await withFactors(server, ['every', 'head', 'both']);
  [every, head, both] = [await server.signedIn('every', PASSWORD), await server.signedIn('head', PASSWORD), await server.signedIn('both', PASSWORD)];
});
test.after.always(() => server.close());

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const refused = async (): Promise<number> =>
  (
    await server.database.owner.one<{
      n: number;
    }>(sql`select count(*)::int as n from (select entry from audit_pending union all select entry from audit_entries) x
      where entry::jsonb ->> 'decision' = 'deny' and entry::jsonb -> 'facts' ->> 'why' = 'same_person'`)
  ).n;

/** The same act by the same person over both ways in: refused for that reason on each, and on record. */
async function neither(
  t: ExecutionContext,
  what: string,
  api: [path: string, body: unknown],
  page: [path: string, fields: Record<string, string>],
  who = every,
): Promise<void> {
  const before = await refused();
  const answered = await who('POST', ...api);
  t.deepEqual([answered.status, answered.json['code']], [409, 'same_person'], `${what}, API: ${answered.text.slice(0, 300)}`);
  t.is(await refused(), before + 1, `${what}, API, on record`);
  const posted = await who('POST', page[0], new URLSearchParams(page[1]).toString(), form);
  t.true([303, 409, 422].includes(posted.status), `${what}, page: ${posted.status}`);
  t.is(await refused(), before + 2, `${what}, page, on record: ${posted.status} ${posted.text.slice(0, 300)}`);
}

const made = (answer: Answer): string => {
  if (answer.status >= 300) throw new Error(answer.text);
  return String(answer.json['id']);
};
const record = async (who: Client, change: Record<string, unknown> = {}): Promise<string> => made(await who('POST', '/api/v1/records', testDraft(change)));

test.serial('R34: who proposed to lift a hold does not lift it, by the API nor by the page', async (t) => {
  const id = made(await every('POST', '/api/v1/holds', { matter: 'lawsuit', reason: '诉讼保全', reviewOn: archiveDay(90), records: [await record(every)] }));
  t.is((await every('POST', `/api/v1/holds/${id}/lift`, { reason: '已结案' })).status, 204);
  await neither(t, 'lift', [`/api/v1/holds/${id}/lift/answer`, { agree: true }], [`/holds/${id}/lift-answer`, { agree: '1' }]);
  t.is((await staff.compliance('POST', `/api/v1/holds/${id}/lift/answer`, { agree: true })).status, 200);
});

test.serial('R34: who proposed a hold does not accept it', async (t) => {
  const asked = { matter: 'complaint', reason: '投诉未结', reviewOn: archiveDay(90), records: [await record(every)] };
  const id = made(await every('POST', '/api/v1/holds/proposals', asked));
  await neither(t, 'accept', [`/api/v1/holds/${id}/answer`, { accept: true }], [`/holds/${id}/answer`, { accept: '1' }]);
  t.is((await staff.compliance('POST', `/api/v1/holds/${id}/answer`, { accept: true })).status, 200);
});

test.serial('R29: who asked for a longer term does not confirm it', async (t) => {
  const id = await record(every, { specialTerm: { reason: '重大投诉' } });
  await neither(t, 'special term', [`/api/v1/records/${id}/term`, { confirm: true }], [`/records/${id}/term`, { confirm: '1' }]);
  t.is((await staff.manager('POST', `/api/v1/records/${id}/term`, { confirm: true })).status, 204);
});

test.serial(
  'R87: who registered a request for erasure does not decide on it; who proposed a restriction, or its release, does not set or release it',
  async (t) => {
    const client = 'C-SAME-1';
    await record(every, { client: { number: client, name: '周某', type: 'individual' } });
    const asked = { kind: 'erasure', channel: 'email', client, asked: '请删除', name: '周某' };
    const request = made(await every('POST', '/api/v1/privacy/requests', asked));
    const step = async (name: string, body: unknown): Promise<boolean> =>
      t.is((await every('POST', `/api/v1/privacy/requests/${request}/${name}`, body)).status, 204, name);
    await step('identify', { method: 'call_back', note: '已回拨' });
    await step('examine', { note: '已审查' });
    const outcome = { outcome: 'restrict', ground: 'term', reason: '法定期限未满' };
    await neither(
      t,
      'decide',
      [`/api/v1/privacy/requests/${request}/decide`, outcome],
      [`/privacy/${request}/decide`, { outcome: 'restrict', ground: 'term', note: '法定期限未满' }],
    );
    const restriction = made(await every('POST', '/api/v1/restrictions', { client, ground: 'objection', reason: '客户来函' }));
    const answer = (): Parameters<typeof neither> => [
      t,
      'restriction',
      [`/api/v1/restrictions/${restriction}/answer`, { agree: true }],
      [`/restrictions/${restriction}/answer`, { agree: '1' }],
    ];
    await neither(...answer());
    t.deepEqual((await staff.manager('POST', `/api/v1/restrictions/${restriction}/answer`, { agree: true })).json, { state: 'live', records: 1 });
    t.is((await every('POST', `/api/v1/restrictions/${restriction}/release`, { reason: '撤回' })).status, 204);
    await neither(...answer());
    t.deepEqual((await staff.manager('POST', `/api/v1/restrictions/${restriction}/answer`, { agree: true })).json, { state: 'released', records: 1 });
  },
);

test.serial('R68, R104: nobody signs an appraisal twice; the maker of a register neither approves nor takes out, carries out or supervises', async (t) => {
  const records = [await record(staff.agent, OLD), await record(staff.agent, OLD)];
  const { archive } = server.serving;
  await server.database.owner.tx(async (tx) => {
    await archive.audit.append(tx, { actor: systemActor(), act: 'test.change', subject: { kind: 'archive', id: 'test' }, decision: 'allow' });
    await tx.run(sql`update records set state = 'due' where id = any (${records}::uuid[])`);
  });
  const appraisal = made(await every('POST', '/api/v1/appraisals', { department: 'hotline', records }));
  const path = `/api/v1/appraisals/${appraisal}`;
  t.is((await every('POST', `${path}/proposals`, { which: {}, proposal: 'destroy', reason: '保管期满' })).status, 200);
  const digest = String((await every('POST', `${path}/submit`)).json['digest']);
  t.deepEqual((await every('POST', `${path}/sign`, { digest, agree: true })).json, { state: 'signing' });
  await neither(t, 'sign', [`${path}/sign`, { digest, agree: true }], [`/appraisals/${appraisal}/sign`, { digest, agree: '1' }]);
  t.deepEqual((await head('POST', `${path}/sign`, { digest, agree: true })).json, { state: 'decided' });

  const register = made(await every('POST', '/api/v1/destruction-registers', { appraisals: [appraisal] }));
  const at = `/api/v1/destruction-registers/${register}`;
  for (const name of ['freeze', 'submit']) t.true((await every('POST', `${at}/${name}`)).status < 300, name);
  const { number, digest: list } = (await every('GET', at)).json as { number: string; digest: string };
  const seen = { step: 0, digest: list };
  const typed = { step: '0', digest: list, confirm: number };
  await neither(t, 'approve', [`${at}/answer`, { ...seen, agree: true }], [`/destruction/${register}/answer`, { ...typed, agree: '1' }]);
  const out = [`/destruction/${register}/reject-items`, { ...typed, positions: '1', reason: '再议' }] as [string, Record<string, string>];
  await neither(t, 'take out', [`${at}/reject-items`, { ...seen, positions: [1], reason: '再议' }], out);
  const personId = await personOf(server, 'every');
  for (const office of ['executor', 'supervisor'])
    await neither(t, office, [`${at}/appointments`, { office, personId }], [`/destruction/${register}/appoint`, { office, personId }]);
  t.is((await every('GET', at)).json['state'], 'approving', 'and it stands where it stood');

  // nor does anybody else take a second part: who carries out does not supervise or approve, who approved does neither
  const offered = async (who: string, office: string): Promise<void> => {
    const of = { office, personId: await personOf(server, who) };
    await neither(t, `${who} as ${office}`, [`${at}/appointments`, of], [`/destruction/${register}/appoint`, of]);
  };
  t.true((await every('POST', `${at}/appointments`, { office: 'executor', personId: await personOf(server, 'both') })).status < 300);
  await offered('both', 'supervisor');
  await neither(t, 'approve', [`${at}/answer`, { ...seen, agree: true }], [`/destruction/${register}/answer`, { ...typed, agree: '1' }], both);
  t.true((await every('POST', `${at}/dismiss`, { personId: await personOf(server, 'both') })).status < 300);
  t.true((await both('POST', `${at}/answer`, { ...seen, agree: true })).status < 300);
  for (const office of ['executor', 'supervisor']) await offered('both', office);
  t.is((await every('GET', at)).json['state'], 'approved');
});

test.serial('R87: of a register of erasure too every part is another person’s: its maker, counsel, the manager, and who carries it out', async (t) => {
  const client = 'C-SAME-2';
  const day = archiveDay(-800);
  await record(staff.agent, {
    client: { number: client, name: '吴某', type: 'individual' },
    serviceType: 'survey',
    channel: 'visit',
    openedAt: `${day}T09:00:00+08:00`,
    closedAt: `${day}T10:00:00+08:00`,
  });
  const request = made(await staff.clerk('POST', '/api/v1/privacy/requests', { kind: 'erasure', channel: 'email', client, asked: '请删除', name: '吴某' }));
  const step = async (who: Client, name: string, body: unknown): Promise<void> => {
    const answered = await who('POST', `/api/v1/privacy/requests/${request}/${name}`, body);
    t.is(answered.status, 204, `${name}: ${answered.text}`);
  };
  await step(staff.clerk, 'identify', { method: 'call_back', note: '已回拨' });
  await step(staff.compliance, 'examine', { note: '已审查' });
  await step(staff.compliance, 'decide', { outcome: 'fulfil', ground: 'withdrawn', reason: '客户撤回同意' });
  const register = made(await every('POST', `/api/v1/erasures/${request}/register`, {}));
  const at = `/api/v1/destruction-registers/${register}`;
  for (const name of ['freeze', 'submit']) t.true((await every('POST', `${at}/${name}`)).status < 300, name);
  const { number, digest } = (await every('GET', at)).json as { number: string; digest: string };
  const answer = (position: number): [api: [string, unknown], page: [string, Record<string, string>]] => [
    [`${at}/answer`, { step: position, digest, agree: true }],
    [`/destruction/${register}/answer`, { step: String(position), digest, confirm: number, agree: '1' }],
  ];
  await neither(t, 'maker as counsel', ...answer(0));
  t.true((await both('POST', ...answer(0)[0])).status < 300);
  await neither(t, 'counsel as manager', ...answer(1), both);
  await neither(t, 'maker as manager', ...answer(1));
  for (const office of ['executor', 'supervisor'])
    for (const who of ['every', 'both']) {
      const of = { office, personId: await personOf(server, who) };
      await neither(t, `${who} as ${office}`, [`${at}/appointments`, of], [`/destruction/${register}/appoint`, of]);
    }
  t.is((await every('GET', at)).json['state'], 'approving');
});

test.serial('R29, R84: who consented to shorter terms, or approved them, does not countersign them', async (t) => {
  await withNewSchedule(server, (rule) => (rule.id === 'service_special' ? { ...rule, period: { years: 4, months: 0 } } : rule));
  const waiting = (await staff.securityAdmin('GET', '/api/v1/rules')).json['items'] as { id: string; kind: string; state: string }[];
  const { id } = waiting.find((one) => one.kind === 'schedule' && one.state === 'proposed') ?? { id: '' };
  t.like((await every('GET', `/api/v1/schedules/${id}`)).json, { shortens: true, consented: false });
  const confirm: [api: [string, unknown], page: [string, Record<string, string>]] = [
    [`/api/v1/rules/${id}/confirm`, undefined],
    [`/rules/${id}/confirm`, { confirm: '2027-01' }],
  ];
  t.is((await staff.securityAdmin('POST', `/api/v1/rules/${id}/agree`)).status, 204);
  await neither(t, 'approved', ...confirm, staff.securityAdmin);
  t.is((await every('POST', `/api/v1/schedules/${id}/consent`)).status, 204);
  await neither(t, 'consented', ...confirm);
  t.is((await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`)).status, 204);
  t.is((await staff.manager('POST', `/api/v1/rules/${id}/confirm`)).status, 204);
});
