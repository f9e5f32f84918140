import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { exchange } from './wire.js';

/**
 * A whole server of its own: demo archive, embedded database, folder store; signed in as a records clerk. Background work
 * (texts of the demo's files for the index) is left to a worker that does not run here: it would be measured with the rest.
 */
export interface Served {
  /** Where its objects are. */
  objects: string;
  call(method: string, path: string, body?: { type: string; stream: Readable; length?: number }): Promise<IncomingMessage>;
  /** Reads an answer to its end and drops it, as cheaply as can be; the bytes of its body. */
  drain(path: string): Promise<number>;
  /** Sends a body as cheaply as can be; the answer. */
  send(path: string, body: { type: string; stream: AsyncIterable<Buffer>; length: number }): Promise<string>;
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Resident memory of the server now, in bytes; `undefined` where the system does not tell. */
  memory(): Promise<number | undefined>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

export async function withServer<T>(work: (served: Served) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-server-'));
  const port = await freePort();
  const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
  const credentials = join(folder, 'credentials.json');
  const env = { ...process.env, LANTAI_DATA: join(folder, 'data'), LANTAI_LOG_LEVEL: 'error' };
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=16', main, 'serve', '--no-worker', '--demo', '--credentials', credentials, '--port', String(port)],
    {
      env,
      stdio: 'ignore',
    },
  );
  try {
    await ready(port, child);
    return await work(await signIn(port, credentials, join(folder, 'data', 'objects'), child.pid ?? 0));
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function ready(port: number, child: { exitCode: number | null }): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the server ended before it was ready');
    const up = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function signIn(port: number, credentials: string, objects: string, pid: number): Promise<Served> {
  const accounts = JSON.parse(await readFile(credentials, 'utf8')) as { role: string; username: string; password: string }[];
  const clerk = accounts.find((one) => one.role === 'records_clerk');
  let cookie = '';
  const call: Served['call'] = async (method, path, body) => {
    const headers: NonNullable<RequestOptions['headers']> = { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' };
    if (body) headers['Content-Type'] = body.type;
    if (body?.length !== undefined) headers['Content-Length'] = body.length;
    const sent = request({ host: '127.0.0.1', port, method, path, headers });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    if (body) await Promise.all([pipeline(body.stream, sent), answered]);
    else sent.end();
    const [answer] = await answered;
    if ((answer.statusCode ?? 500) >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${(await buffer(answer)).toString().slice(0, 300)}`);
    return answer;
  };
  const send = async (method: string, path: string, value?: unknown): Promise<IncomingMessage> => {
    if (value === undefined) return call(method, path);
    const text = Buffer.from(JSON.stringify(value));
    return call(method, path, { type: 'application/json', stream: Readable.from([text], { objectMode: false }), length: text.length });
  };
  const answer = await send('POST', '/api/v1/sessions', { username: clerk?.username, password: clerk?.password });
  await buffer(answer);
  cookie = (answer.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
  return {
    objects,
    call,
    drain: async (path) => (await exchange({ port, cookie }, `GET ${path} HTTP/1.1`)).bytes,
    async send(path, body) {
      const head = `POST ${path} HTTP/1.1\r\nContent-Type: ${body.type}\r\nContent-Length: ${body.length}`;
      return (await exchange({ port, cookie }, head, body.stream)).text;
    },
    json: async <T>(method: string, path: string, value?: unknown) => JSON.parse((await buffer(await send(method, path, value))).toString()) as T,
    async memory() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      return kib === undefined ? undefined : Number(kib) * 1024;
    },
  };
}
