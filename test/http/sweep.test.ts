import { fileURLToPath } from 'node:url';
import test from 'ava';
import { mayEver, readPolicies, type Act, type PolicySet } from '../../src/access/index.js';
import { testActor } from '../support/audit.js';
import { staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';

interface Operation {
  method: string;
  path: string;
  name: string;
  act: string;
  params: string[];
  body: 'none' | 'json' | 'multipart';
}

let server: TestServer;
let staff: Staff;
let operations: Operation[];
let policies: PolicySet;

const ROLES: Record<keyof Staff, string> = {
  systemAdmin: 'system_admin',
  securityAdmin: 'security_admin',
  auditAdmin: 'audit_admin',
  agent: 'agent',
  otherAgent: 'agent',
  clerk: 'records_clerk',
  manager: 'records_manager',
  compliance: 'compliance_officer',
};
/** Ending one's own session would end the sweep. */
const LEFT_OUT = new Set(['signOut', 'setPassword', 'rotateKeys', 'checkKeys']);

interface Described {
  operationId: string;
  'x-act': string;
  parameters: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
}

test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
  policies = await readPolicies(fileURLToPath(new URL('../../../policies', import.meta.url)), 'default');
  const api = (await server.client()('GET', '/api/v1/openapi.json')).json as { paths: Record<string, Record<string, Described>> };
  operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      method: method.toUpperCase(),
      path,
      name: one.operationId,
      act: one['x-act'],
      params: one.parameters.filter((each) => each.in === 'path').map((each) => each.name),
      body: one.requestBody === undefined ? ('none' as const) : 'multipart/form-data' in one.requestBody.content ? ('multipart' as const) : ('json' as const),
    })),
  );
});
test.after.always(() => server.close());

const UNKNOWN = '018f3a2b-0000-7000-8000-000000000001';
/** What may stand in the place of a parameter that takes words of its own; the rest are ids. */
const WORDS: Readonly<Record<string, string>> = { logDestructionDocument: 'main' };
const fill = (path: string, value: string): string => path.replace(/\{\w+\}/g, encodeURIComponent(value));
const fillKnown = ({ name, path }: Operation, value: string): string => fill(path.replace('{kind}', WORDS[name] ?? '{kind}'), value);

async function asking(client: Client, one: Operation, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  return client(one.method, path, one.method === 'GET' || one.method === 'DELETE' ? undefined : (body ?? {}));
}

/** Somebody who may call it; signed-in routes are open to all. */
function allowed(one: Operation): Client {
  if (one.act === 'public') return server.client();
  if (one.act === 'signed-in' || one.act === 'own') return staff.agent;
  const found = (Object.keys(ROLES) as (keyof Staff)[]).find((name) => may(name, one.act));
  if (!found) throw new Error(`nobody may ${one.act} (${one.name})`);
  return staff[found];
}

function may(name: keyof Staff, act: string): boolean {
  return mayEver(policies, testActor({ roles: [ROLES[name]], department: 'hotline' }), act as Act);
}

test('there are routes to sweep, and each has its own name', (t) => {
  t.true(operations.length > 50, String(operations.length));
  t.is(new Set(operations.map((one) => one.name)).size, operations.length);
});

test('every route refuses strangers with 401, except those that are public', async (t) => {
  for (const one of operations) {
    const answer = await asking(server.client(), one, fill(one.path, UNKNOWN));
    if (one.act === 'public') t.true(answer.status < 500, `${one.name}: ${answer.status}`);
    else t.is(answer.status, 401, one.name);
  }
});

test('every route refuses every role that may not, with 403', async (t) => {
  for (const one of operations) {
    if (one.act === 'public' || one.act === 'own' || one.act === 'signed-in') continue;
    for (const name of Object.keys(ROLES) as (keyof Staff)[]) {
      if (may(name, one.act)) continue;
      const answer = await asking(staff[name], one, fill(one.path, UNKNOWN));
      t.is(answer.status, 403, `${one.name} by ${name}: ${answer.text.slice(0, 200)}`);
    }
  }
});

test('ids of nobody are 404, never anything else that would tell', async (t) => {
  for (const one of operations) {
    if (!one.params.includes('id') || LEFT_OUT.has(one.name)) continue;
    const answer = await asking(allowed(one), one, fillKnown(one, UNKNOWN), bodyFor(one));
    t.true([404, 415, 422].includes(answer.status), `${one.name}: ${answer.status} ${answer.text.slice(0, 200)}`);
    if (one.method === 'GET') t.is(answer.status, 404, one.name);
  }
});

/** A body that passes the schema, where one is needed to get as far as the id. */
function bodyFor(one: Operation): unknown {
  const bodies: Record<string, unknown> = {
    openReading: { purpose: 'solve' },
    returnReading: { result: 'solved' },
    sendBackRecord: { reason: 'x' },
    confirmTerm: { confirm: true },
    reclassifyRecord: { tags: ['x'] },
    answerLowering: { agree: true },
    confirmRole: { agree: true },
    giveRole: { role: 'agent' },
    changePerson: { name: 'x', department: null },
    readAuditSide: { reason: 'x' },
    noteCase: { note: 'x' },
    closeCase: { outcome: 'justified', note: 'x' },
  };
  return bodies[one.name];
}

/** Take files and nothing else. */
const MULTIPART_ONLY: ReadonlySet<string> = new Set(['startImport', 'compareExport', 'applyForOutsider']);

test('a body of 10 MB is 413 where a body is taken', async (t) => {
  const big = JSON.stringify({ text: 'x'.repeat(10 * 2 ** 20) });
  for (const one of operations) {
    if (one.body === 'none' || LEFT_OUT.has(one.name) || MULTIPART_ONLY.has(one.name)) continue;
    const answer = await allowed(one)(one.method, fill(one.path, UNKNOWN), big, { 'Content-Type': 'application/json' });
    t.is(answer.status, 413, `${one.name}: ${answer.text.slice(0, 200)}`);
  }
});

const NONSENSE: unknown[] = [
  '[]',
  '"x"',
  'null',
  '1e999',
  '{"a":',
  '{"__proto__":{"x":1}}',
  '{"purpose":7,"reason":[],"name":{},"username":null,"text":1}',
  '\u0000',
  '',
];

test('wrong types, broken JSON and strange parameters are refused by code, never 500', async (t) => {
  for (const one of operations) {
    if (LEFT_OUT.has(one.name)) continue;
    const client = allowed(one);
    for (const body of one.body === 'none' ? [undefined] : NONSENSE) {
      const answer = await client(one.method, fill(one.path, UNKNOWN), body, body === undefined ? {} : { 'Content-Type': 'application/json' });
      t.true(answer.status < 500, `${one.name} ${String(body)}: ${answer.status} ${answer.text.slice(0, 300)}`);
      if (one.body === 'json' && body === '[]') t.is(answer.status, 422, `${one.name}: ${answer.text.slice(0, 200)}`);
    }
    for (const value of ['x', '%00', '../../etc/passwd', "' or 1=1 --", '１２３', 'a'.repeat(300)]) {
      const answer = await asking(client, one, fill(one.path, value));
      t.true(answer.status < 500, `${one.name} ${value}: ${answer.status} ${answer.text.slice(0, 300)}`);
    }
    if (one.method === 'GET') {
      const answer = await client('GET', `${fill(one.path, UNKNOWN)}?limit=abc&after=!!&from=x&q=&%00=1&type=__proto__`);
      t.true([404, 422].includes(answer.status) || one.act === 'public' || !/\?/.test(answer.text), `${one.name}: ${answer.status}`);
      t.true(answer.status < 500, `${one.name}: ${answer.status} ${answer.text.slice(0, 300)}`);
    }
  }
});

test('state is not changed from another site', async (t) => {
  for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const answer = await staff.agent('POST', `/api/v1/records/${UNKNOWN}/readings`, { purpose: 'solve' }, headers);
    t.is(answer.status, 403);
    t.is(answer.json['code'], 'cross_site');
  }
});
