import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, PASSWORD, staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
const SIZE = 48 * 2 ** 20;
let record: string;
let file: string;

test.before(async (t) => {
  t.timeout(120_000);
  server = await testServer();
  staff = await staffed(server);
  const made = await staff.agent(
    'POST',
    '/api/v1/records',
    multipart('record', testDraft({ channel: 'phone' }), [{ name: 'long.bin', content: randomBytes(SIZE) }]),
  );
  if (made.status !== 201) throw new Error(made.text);
  record = String(made.json['id']);
  const view = await staff.agent('GET', `/api/v1/records/${record}`);
  file = (view.json['files'] as { id: string }[])[0]?.id ?? '';
});
test.after.always(() => server.close());

/** A download of somebody that stands still after its first bytes; `rest` reads on and says how many bytes came before it broke, or `null` where it did not. */
async function halfway(client: Client): Promise<{ rest(): Promise<number | null> }> {
  const opened = await client('POST', `/api/v1/records/${record}/readings`, { purpose: 'solve' });
  if (opened.status !== 201) throw new Error(opened.text);
  const answer = await fetch(`${server.serving.url}/api/v1/readings/${String(opened.json['id'])}/files/${file}`, { headers: { Cookie: client.cookie } });
  if (answer.status !== 200 || answer.body === null) throw new Error(String(answer.status));
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let got = (await reader.read()).value?.length ?? 0;
  return {
    async rest() {
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) got += part.value.length;
        return null;
      } catch {
        return got;
      }
    },
  };
}

/** Whether the log says of the last access that it ended short. */
async function endedShort(): Promise<boolean> {
  const last = sql`select whole from accesses where ended_at is not null order by began_at desc limit 1`;
  for (let i = 0; i < 100; i++, await sleep(20)) if ((await server.database.owner.maybe<{ whole: boolean }>(last))?.whole === false) return true;
  return false;
}

async function roleOf(username: string): Promise<string> {
  const row = await server.database.owner.one<{ id: string }>(
    sql`select g.id from role_grants g join accounts a on a.id = g.account_id where a.username = ${username} and g.state = 'active'`,
  );
  return row.id;
}

test.serial('R82: what runs by a role breaks off in the middle when the session ends, and goes on in no other one’s', async (t) => {
  t.timeout(60_000);
  const first = await server.signedIn('agent.one', PASSWORD);
  const other = await server.signedIn('agent.one', PASSWORD);
  const [mine, theirs] = [await halfway(first), await halfway(other)];
  const sessions = (await first('GET', '/api/v1/sessions')).json['items'] as { id: string; current: boolean }[];
  t.is((await staff.agent('DELETE', `/api/v1/sessions/${sessions.find((one) => one.current)?.id ?? ''}`)).status, 204);
  const got = await mine.rest();
  t.true(got !== null && got < SIZE, `${got} bytes`);
  t.true(await endedShort());
  t.is(await theirs.rest(), null, 'another session reads to the end');
});

test.serial('R44: what runs under a reading breaks off in the middle when it is handed back', async (t) => {
  t.timeout(60_000);
  const running = await halfway(staff.agent);
  const [open] = await server.database.owner.many<{ id: string }>(sql`select id from readings where state = 'open' order by opened_at desc limit 1`);
  t.is((await staff.agent('POST', `/api/v1/readings/${open?.id ?? ''}/return`, { result: 'solved' })).status, 204);
  const got = await running.rest();
  t.true(got !== null && got < SIZE, `${got} bytes`);
  t.true(await endedShort());
});

test.serial('R82: what runs by a role breaks off in the middle when the role is taken back, and nothing begins with what the caller came with', async (t) => {
  t.timeout(60_000);
  const running = await halfway(staff.agent);
  t.is((await staff.securityAdmin('DELETE', `/api/v1/role-grants/${await roleOf('agent.one')}`)).status, 204);
  const got = await running.rest();
  t.true(got !== null && got < SIZE, `${got} bytes`);
  t.true(await endedShort());
  t.is((await staff.agent('POST', `/api/v1/records/${record}/readings`, { purpose: 'solve' })).status, 403);
});
