import test from 'ava';
import { conditionFor, evaluate, issueGrant, ROLES } from '../../src/access/index.js';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { sql, type Sql } from '../../src/db/index.js';
import { completeQuery, type SearchDocument } from '../../src/search/index.js';
import { beginningOf } from '../../src/search/find/complete.js';
import { clientsStatement, numbersStatement } from '../../src/search/find/store.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { testActor } from '../support/audit.js';
import { catalogueOf } from '../support/catalogue.js';
import { PlainEngine, testSearch, type TestSearch } from '../support/search.js';
import { ACCOUNTS, below, DEPARTMENTS, documentOf, pick, policies, randomFrom } from './suite/corpus.js';

const RECORDS = 500;
const ASKED = 450;
let archive: TestArchive;
let search: TestSearch;
const random = randomFrom(4_711);
const documents: SearchDocument[] = Array.from({ length: RECORDS }, (_, i) =>
  documentOf(random, {
    numbers: [`${pick(random, ['FW', 'fw', '服-', 'é'])}${below(random, 40)}-${i}`, `Z001-KH·2025-D3-${i}`],
    client_number: `C-${below(random, 120)}`,
  }),
);

/** Brings records into the catalogue with their numbers, and counts them. */
async function fill(list: readonly SearchDocument[]): Promise<void> {
  const { owner } = archive.database;
  await (
    await catalogueOf(archive.database)
  )(list);
  const numbers = list.map(({ id, numbers: [service, code] }) => ({ id, service, code }));
  await owner.run(sql`update records r set service_no = x.service, archival_code = x.code from jsonb_to_recordset(${JSON.stringify(numbers)}::jsonb) as x(id uuid, service text, code text)
    where r.id = x.id`);
  await owner.run(sql`select record_counts_anew()`);
  await owner.run(sql`alter table records enable trigger user`);
  await owner.run(sql`alter table batches enable trigger user`);
}

test.before(async (t) => {
  t.timeout(120_000);
  archive = await testArchive();
  search = testSearch(archive, new PlainEngine());
  await search.follower.stop(); // completion asks the catalogue alone
  await fill(documents);
});
test.after.always(async () => {
  await search.stop();
  await archive.close();
});

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const first = (values: readonly string[], prefix: string, count: number): string[] =>
  [...new Set(values.filter((one) => one.startsWith(prefix)))].sort(bytes).slice(0, count);
const suggested = async (actor: Actor, q: string, kinds: readonly string[]) =>
  (await completeQuery(search.deps, actor, 'zh', q, q.length)).filter((one) => kinds.includes(one.kind));

test.serial('R49: what is completed for people of every role is what an index of only their records would complete', async (t) => {
  t.timeout(240_000);
  const set = await policies();
  const seen = { numbers: 0, clients: 0, values: 0, nothing: 0 };
  for (let i = 0; i < ASKED; i++) {
    const role = pick(random, ROLES);
    const kind = role === 'integration' ? 'integration' : role === 'system' ? 'system' : 'person';
    const actor = testActor({ kind, roles: [role], department: pick(random, DEPARTMENTS), accountId: pick(random, ACCOUNTS), scopes: ['find'] });
    const condition = conditionFor(set, actor, 'record.list');
    const known = documents.filter((one) => evaluate(condition, one));
    const [service = '', code = ''] = pick(random, documents).numbers;
    const prefix = pick(random, [service, code, pick(random, documents).client_number]).slice(0, 3 + below(random, 9));
    const who = `${role} ${actor.department}: ${prefix}`;
    if (/\d/.test(prefix)) {
      const numbers = first(
        known.flatMap((one) => one.numbers),
        prefix,
        4,
      );
      const clients = first(
        known.map((one) => one.client_number),
        prefix,
        3,
      );
      t.deepEqual(
        (await suggested(actor, prefix, ['number', 'client'])).map((one) => one.label),
        [...numbers, ...clients].filter((one) => one !== prefix), // what is typed already is not offered
        who,
      );
      seen.numbers += numbers.length;
      seen.clients += clients.length;
      if (numbers.length + clients.length === 0) seen.nothing++;
    }
    const [key, column] = pick(random, [
      ['channel', 'channel'],
      ['type', 'service_type'],
      ['state', 'state'],
      ['year', 'year'],
      ['department', 'department'],
    ] as const);
    const counts = new Map<string, number>();
    for (const one of known) counts.set(String(one[column]), (counts.get(String(one[column])) ?? 0) + 1);
    const wanted = [...counts].sort(([a, n], [b, m]) => m - n || bytes(a, b)).slice(0, 8);
    t.deepEqual(
      (await suggested(actor, `${key}:`, ['value'])).map((one) => one.count),
      wanted.map(([, count]) => count),
      `${who} ${key}`,
    );
    seen.values += wanted.length;
  }
  t.log(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) t.true(count > 100, `completions that say something: ${what} ${count}`);
});

test.serial('R41, R49: what a grant opens is completed as long as it lasts', async (t) => {
  const agent = { ...archive.person('agent', 'nowhere'), granted: true };
  const hidden = documents.find((one) => one.sensitivity === 'highly_sensitive' && !one.restricted && one.state === 'archived');
  const [number = ''] = hidden?.numbers ?? [];
  const beginning = number.slice(0, -1);
  t.false((await suggested(agent, beginning, ['number'])).some((one) => one.label === number));
  await archive.deps.db.tx((tx) =>
    issueGrant(tx, archive.deps, archive.person('records_manager', 'archive'), {
      kind: 'internal',
      personId: agent.personId ?? '',
      recordIds: [hidden?.id ?? ''],
      acts: ['view'],
      purpose: 'solve',
      startsAt: archive.clock.now,
      endsAt: new Date(archive.clock.now.getTime() + 3_600_000),
      readings: null,
      requestId: null,
    }),
  );
  t.true((await suggested(agent, beginning, ['number'])).some((one) => one.label === number));
  archive.clock.now = new Date(archive.clock.now.getTime() + 7_200_000);
  t.false((await suggested(agent, beginning, ['number'])).some((one) => one.label === number));
});

test.serial('R49, R52: what the viewer may not find costs completion nothing, however much it is', async (t) => {
  t.timeout(120_000);
  const { owner } = archive.database;
  const before = { department: 'field', sensitivity: 'sensitive', state: 'archived', restricted: false } as const;
  const hidden = Array.from({ length: 15_000 }, (_, i) =>
    documentOf(random, { ...before, numbers: [`HID9-${i}`, `HID9·2025-D3-${i}`], client_number: `HID9-${i % 5_000}` }),
  );
  const seen = documentOf(random, { ...before, department: 'hotline', numbers: ['HID9-99999', 'HID9·2024-D3-1'], client_number: 'HID9-1' });
  await fill([...hidden, seen]);
  await owner.run(sql`vacuum analyze records`);
  const work = async (actor: Actor, statement: Sql) => {
    const [row] = await archive.deps.db.many<{ 'QUERY PLAN': unknown }>(sql`explain (analyze, buffers, timing off, format json) ${statement}`);
    const text = JSON.stringify(row?.['QUERY PLAN']);
    const sum = (name: string): number => [...text.matchAll(new RegExp(`"${name}": ?(\\d+)`, 'g'))].reduce((n, [, one]) => n + Number(one), 0);
    const blocks = Math.max(...[...text.matchAll(/"Shared Hit Blocks": ?(\d+)/g)].map(([, one]) => Number(one)));
    return { removed: sum('Rows Removed by Filter'), blocks, walked: /"Node Type": ?"Seq Scan"/.test(text) };
  };
  for (const [actor, numbers, clients] of [
    [archive.person('agent', 'hotline'), ['HID9-99999', 'HID9·2024-D3-1'], ['HID9-1']],
    [archive.person('agent', 'nowhere'), [], []],
    [{ ...systemActor(), kind: 'person' as const, roles: ['system_admin'] }, [], []],
  ] as const) {
    const asked = await beginningOf(search.deps, actor, 'HID9', 4);
    for (const [statement, expected] of [
      [numbersStatement(asked), numbers],
      [clientsStatement(asked), clients],
    ] as const) {
      const rows = await archive.deps.db.many<{ value: string }>(statement);
      t.deepEqual(
        rows.map((row) => row.value),
        [...expected],
      );
      const { removed, blocks, walked } = await work(actor, statement);
      t.false(walked);
      t.true(removed < 50, `${removed} rows were looked at in vain`);
      t.true(blocks < 1_000, `${blocks} blocks were looked at`);
    }
  }
});
