import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type Serving } from '../../src/app/index.js';
import { createLogger, loadConfig, silentLogger } from '../../src/config/index.js';
import { testDatabase, type TestDatabase } from './database.js';
import { signInFully } from './second-factor.js';

/** An answer as a test looks at it. */
export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  text: string;
  json: Record<string, unknown>;
}

export interface Client {
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  cookie: string;
}

export interface TestServer {
  serving: Serving;
  database: TestDatabase;
  folder: string;
  /** A caller of its own: signs in by password, keeps its cookie. */
  client(): Client;
  /** Signs in, with a second factor where the roles need one, and gives the caller. */
  signedIn(username: string, password: string): Promise<Client>;
  close(): Promise<void>;
}

/** The whole server on a database of its own, on a free port. */
export async function testServer(options: { worker?: boolean; env?: Record<string, string>; now?: () => Date } = {}): Promise<TestServer> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-server-'));
  const config = loadConfig({
    LANTAI_DATA: folder,
    LANTAI_PORT: '0',
    LANTAI_LOG_LEVEL: 'silent',
    DATABASE_URL: database.urls.app,
    DATABASE_OWNER_URL: database.urls.owner,
    DATABASE_AUDIT_URL: database.urls.audit,
    ...options.env,
  });
  const serving = await serve(config, {
    log: process.env['LANTAI_TEST_LOG'] === undefined ? silentLogger : createLogger({ level: 'error' }),
    tell: () => undefined,
    demo: false,
    worker: options.worker ?? false,
    ...(options.now ? { now: options.now } : {}),
    version: '0.0.0-test',
  });
  const client = (): Client => callerOf(serving.url);
  return {
    serving,
    database,
    folder,
    client,
    async signedIn(username, password) {
      const one = client();
      await signInFully(one, serving.url, username, password);
      return one;
    },
    async close() {
      await serving.stop();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A caller of a running server. */
export function callerOf(url: string): Client {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const raw = body === undefined || typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { ...(call.cookie === '' ? {} : { Cookie: call.cookie }), ...(raw ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as RequestInit['body'] & string) : JSON.stringify(body) }),
    });
    for (const one of response.headers.getSetCookie()) {
      const match = /^(__Host-lantai=[^;]*)/.exec(one);
      if (match) call.cookie = match[1] === '__Host-lantai=' ? '' : (match[1] ?? '');
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    const json =
      /\bapplication\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, bytes, text, json };
  };
  call.cookie = '';
  return call;
}

/** People of a small archive, made through the API as an administrator would, from the first start's invitations on. */
export interface Staff {
  systemAdmin: Client;
  securityAdmin: Client;
  auditAdmin: Client;
  agent: Client;
  otherAgent: Client;
  clerk: Client;
  manager: Client;
  compliance: Client;
}

export const PASSWORD = 'correct horse battery staple';

export async function staffed(server: Pick<TestServer, 'client' | 'signedIn' | 'serving'>): Promise<Staff> {
  const admins: Record<string, Client> = {};
  for (const { role, secret } of server.serving.invitations) {
    const username = role.replace('_', '.');
    const claimed = await server.client()('POST', '/api/v1/invitations/claim', { secret, name: `Person of ${role}`, username, password: PASSWORD });
    if (claimed.status !== 201) throw new Error(claimed.text);
    admins[role] = await server.signedIn(username, PASSWORD);
  }
  const system = admins['system_admin'] as Client;
  const security = admins['security_admin'] as Client;
  for (const [code, zh, en, isArchive] of [
    ['hotline', '客服热线部', 'Hotline', false],
    ['field', '现场服务部', 'Field service', false],
    ['archive', '档案室', 'Archive', true],
  ] as const) {
    const made = await system('POST', '/api/v1/departments', { code, nameZh: zh, nameEn: en, isArchive });
    if (made.status !== 204) throw new Error(made.text);
  }
  const person = async (username: string, role: string, department: string): Promise<Client> => {
    const made = await system('POST', '/api/v1/people', { name: username, department });
    const account = await system('POST', '/api/v1/accounts', { personId: made.json['personId'], username });
    const given = await security('POST', `/api/v1/accounts/${String(account.json['accountId'])}/roles`, { role });
    if (given.status !== 201) throw new Error(given.text);
    {
      const seen = await (admins['audit_admin'] as Client)('POST', `/api/v1/changes/${String(given.json['grantId'])}/see`);
      if (seen.status !== 204) throw new Error(seen.text);
      const decided = await (admins['audit_admin'] as Client)('POST', `/api/v1/role-grants/${String(given.json['grantId'])}/decide`, { agree: true });
      if (decided.status !== 204) throw new Error(decided.text);
    }
    const claimed = await server.client()('POST', '/api/v1/invitations/claim', { secret: account.json['secret'], password: PASSWORD });
    if (claimed.status !== 201) throw new Error(claimed.text);
    return server.signedIn(username, PASSWORD);
  };
  return {
    systemAdmin: system,
    securityAdmin: security,
    auditAdmin: admins['audit_admin'] as Client,
    agent: await person('agent.one', 'agent', 'hotline'),
    otherAgent: await person('agent.two', 'agent', 'field'),
    clerk: await person('clerk', 'records_clerk', 'archive'),
    manager: await person('manager', 'records_manager', 'archive'),
    compliance: await person('compliance', 'compliance_officer', 'archive'),
  };
}

/** A multipart body with a JSON part and files. */
export function multipart(field: string, json: unknown, files: readonly { name: string; type?: string; content: Buffer }[]): FormData {
  const form = new FormData();
  form.append(field, JSON.stringify(json));
  for (const [i, file] of files.entries())
    form.append(`file${i}`, new Blob([new Uint8Array(file.content)], { type: file.type ?? 'application/octet-stream' }), file.name);
  return form;
}
