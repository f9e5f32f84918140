import test from 'ava';
import { TextsOnRecord, type Entry } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { decide, parseSchedule, type RetentionEvent, type RetentionSubject } from '../../src/retention/index.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { staffed, testServer, type Answer, type Client, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
let machine: Client;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  const token = await staff.securityAdmin('POST', '/api/v1/tokens', { name: 'erp', scopes: ['events'], department: null, days: 1 });
  const bare = server.client();
  machine = ((method, path, body, headers) => bare(method, path, body, { ...headers, Authorization: `Bearer ${String(token.json['secret'])}` })) as Client;
});
test.after.always(() => server?.close());

/** A record whose term counts from the end of a trade, closed two years ago. */
const CLOSED = '2024-03-01T10:00:00+08:00';
async function taken(change: Record<string, unknown> = {}): Promise<string> {
  const draft = testDraft({ openedAt: '2024-03-01T09:00:00+08:00', closedAt: CLOSED, tags: ['platform_trade'], ...change });
  const made = await staff.agent('POST', '/api/v1/records', draft);
  if (made.status !== 201) throw new Error(made.text);
  return String(made.json['id']);
}
const tell = (who: Client, id: string, body: unknown): Promise<Answer> => who('POST', `/api/v1/records/${id}/events`, body);
const event = (at: string, name = 'trade_completed', source = 'erp') => ({ name, at, source });
const explained = async (who: Client, id: string): Promise<Explained> => {
  const answer = await who('GET', `/api/v1/records/${id}/retention`);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json as unknown as Explained;
};

interface Explained {
  record: string;
  subject: Omit<RetentionSubject, 'closedAt'> & { closedAt: string };
  events: { kind: string; name?: string; at: string; source: string; entry: string }[];
  held: boolean;
  on: string;
  schedule: { name: string; digest: string };
  decision: { until: string; minimum: string; maximum: string; rule: string };
  kept: { until: string; rule: string };
  agrees: boolean;
  texts: { zh: string[]; en: string[] };
}

const logged = async (): Promise<Entry[]> =>
  (
    await server.database.owner.many<{ entry: Entry }>(
      sql`select e::jsonb as entry from (select entry as e from audit_entries union all select entry from audit_pending) x`,
    )
  ).map((row) => row.entry);

test.serial(
  'R30, R36: an event over the API moves the term to a later day, once, with its entry and its history; an earlier one takes back nothing',
  async (t) => {
    const id = await taken();
    const before = await explained(staff.manager, id);
    t.is(before.decision.rule, 'service', 'until the event comes the general rule holds');
    const moved = await tell(machine, id, event('2025-08-31T23:30:00+08:00'));
    t.is(moved.status, 200, moved.text);
    t.deepEqual(moved.json, { until: '2028-08-31', known: false });
    t.deepEqual((await tell(machine, id, event('2025-08-31T15:30:00Z'))).json, { until: '2028-08-31', known: true }, 'the same instant, said in another zone');
    t.deepEqual((await tell(staff.clerk, id, event('2025-08-31T23:30:00+08:00', 'trade_completed', 'clerk'))).json, { until: '2028-08-31', known: false });
    const all = await logged();
    const of = all.filter((one) => one.act === 'record.event' && one.subject.id === id);
    t.is(of.length, 2, 'what was known already changed nothing and stands once');
    t.like(of[0]?.facts, { event: 'trade_completed', at: '2025-08-31T15:30:00.000Z', source: 'erp', until: '2028-08-31' });
    const seen = await staff.manager('GET', `/api/v1/records/${id}`);
    t.regex(seen.text, /2028-08-31/);
    // one that is earlier says something new, and shortens nothing
    const earlier = await tell(machine, id, event('2024-04-01T00:00:00Z', 'trade_completed', 'other'));
    t.is(earlier.status, 200);
    t.true(String(earlier.json['until']) >= '2028-08-31');
    // an event that no rule speaks of is kept and moves nothing
    t.deepEqual((await tell(machine, id, event('2026-01-01T00:00:00Z', 'contract_end'))).json, { until: '2028-08-31', known: false });
  },
);

test.serial('R30: many at once with the same event act once', async (t) => {
  const id = await taken();
  const answers = await Promise.all(Array.from({ length: 8 }, () => tell(machine, id, event('2025-05-05T00:00:00Z'))));
  t.deepEqual(new Set(answers.map((one) => one.status)), new Set([200]));
  t.is(answers.filter((one) => one.json['known'] === false).length, 1);
  const { n } = await server.database.owner.one<{ n: bigint }>(sql`select count(*) as n from record_events where record_id = ${id}`);
  t.is(n, 1n);
});

test.serial('R38: the derivation over the API decides the same again from what the log holds, and says so in both languages', async (t) => {
  const id = await taken();
  await tell(machine, id, event('2025-02-28T12:00:00Z'));
  await tell(machine, id, event('2025-06-01T12:00:00Z', 'last_contact'));
  const told = await explained(staff.manager, id);
  t.true(told.agrees);
  t.is(told.record, id);
  t.is(told.on, archiveDay(0));
  t.is(told.kept.until, told.decision.until);
  t.true(told.texts.zh.length > 0 && told.texts.zh.length === told.texts.en.length);
  const all = await logged();
  // the schedule, whole, from the pieces in the log, by the digest that the derivation names
  const texts = new TextsOnRecord();
  for (const one of all) texts.take(one);
  const schedule = parseSchedule(JSON.parse(texts.get(told.schedule.digest) ?? 'null'));
  t.is(schedule.digest, told.schedule.digest);
  t.is(schedule.name, told.schedule.name);
  // the events, each from its entry
  const events = told.events.map(({ entry, ...one }): RetentionEvent => {
    const facts = all.find((found) => found.id === entry)?.facts ?? {};
    t.is(facts['at'], one.at);
    t.is(facts['source'], one.source);
    const at = new Date(String(facts['at']));
    return facts['event'] === 'last_contact' ? { kind: 'contact', at } : { kind: 'event', name: String(facts['event']), at };
  });
  t.is(events.length, 2);
  const archived = all.find((one) => one.act === 'record.archive' && one.subject.id === id)?.facts ?? {};
  const subject: RetentionSubject = { ...told.subject, closedAt: new Date(String(archived['closedAt'])) };
  t.is(told.subject.closedAt, new Date(CLOSED).toISOString());
  t.is(subject.closedAt.toISOString(), told.subject.closedAt);
  t.deepEqual(JSON.parse(JSON.stringify(decide(subject, events, schedule, told.held ? [{ id: 'held' }] : [], told.on))), told.decision as unknown);
  // what the rules look at of the record is what its entry says
  const looked = all.find((one) => one.subject.id === id && one.facts?.['serviceType'] !== undefined)?.facts ?? {};
  for (const name of ['serviceType', 'clientType', 'sensitivity', 'medium', 'channel'] as const) t.is(told.subject[name], looked[name] as never, name);
  t.true(
    all.some((one) => one.act === 'record.explain_term' && one.subject.id === id),
    'the look is on record',
  );
});

test.serial('R30, R38: who may not, what is not there and what is not well-formed is refused, and nothing is changed', async (t) => {
  const id = await taken({ sensitivity: 'sensitive' });
  const good = event('2025-05-05T00:00:00Z');
  for (const who of [staff.agent, staff.compliance, staff.systemAdmin, staff.securityAdmin, staff.auditAdmin]) t.is((await tell(who, id, good)).status, 403);
  t.is((await tell(server.client(), id, good)).status, 401);
  for (const who of [staff.systemAdmin, staff.securityAdmin, staff.auditAdmin])
    t.is((await who('GET', `/api/v1/records/${id}/retention`)).status, 403, 'administrators see no record');
  t.is((await server.client()('GET', `/api/v1/records/${id}/retention`)).status, 401);
  t.is((await machine('GET', `/api/v1/records/${id}/retention`)).status, 403, 'a machine that may tell events sees no record');
  // another department's record is not told apart from none
  const foreign = await staff.otherAgent('GET', `/api/v1/records/${id}/retention`);
  const none = await staff.otherAgent('GET', `/api/v1/records/${newId()}/retention`);
  t.is(foreign.status, 404);
  const bare = ({ instance: _i, requestId: _r, ...rest }: Record<string, unknown>) => rest;
  t.deepEqual(bare(foreign.json), bare(none.json));
  t.is((await tell(machine, newId(), good)).status, 404);
  t.is((await tell(machine, 'none', good)).status, 422);
  for (const [what, body] of [
    ['a day, no instant', { ...good, at: '2025-05-05' }],
    ['no zone', { ...good, at: '2025-05-05T00:00:00' }],
    ['a day that is none', { ...good, at: '2025-02-30T00:00:00Z' }],
    ['a number', { ...good, at: 1 }],
    ['the future', { ...good, at: '2999-01-01T00:00:00Z' }],
    ['a name that is none', { ...good, name: 'Trade completed' }],
    ['a long name', { ...good, name: 'a'.repeat(41) }],
    ['no name', { at: good.at, source: good.source }],
    ['no source', { ...good, source: '' }],
    ['a long source', { ...good, source: 'x'.repeat(65) }],
    ['more than was asked', { ...good, until: '2999-01-01' }],
    ['a list', [good]],
    ['nothing', {}],
  ] as const)
    t.is((await tell(machine, id, body)).status, 422, what);
  t.is((await machine('POST', `/api/v1/records/${id}/events`, 'no json', { 'Content-Type': 'application/json' })).status, 400);
  t.is((await tell(machine, id, { ...good, source: 'x'.repeat(3_000_000) })).status, 413);
  const { n } = await server.database.owner.one<{ n: bigint }>(sql`select count(*) as n from record_events where record_id = ${id}`);
  t.is(n, 0n);
  const refused = (await logged()).filter((one) => one.decision === 'deny' && one.act === 'record.refused');
  t.true(refused.length > 0, 'refusals are on record');
});
