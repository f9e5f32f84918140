import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { isCoded } from '../../src/errors/index.js';
import { openStore, type ObjectStore } from '../../src/storage/index.js';
import { newKey } from './suite.js';

const IDLE = 800;
const ref = { key: newKey(), version: '1' };

async function storeAt(t: ExecutionContext, server: Server, idle = IDLE): Promise<ObjectStore> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const patience = { connect: 1_000, idle };
  const store = openStore({ kind: 's3', endpoint: `http://127.0.0.1:${port}`, bucket: 'bucket', accessKey: 'a', secretKey: 'b', patience });
  t.teardown(async () => {
    await store.close();
    for (const socket of open) socket.destroy();
    server.close();
  });
  return store;
}

const served = (t: ExecutionContext, answer: RequestListener, idle?: number): Promise<ObjectStore> => storeAt(t, createServer(answer), idle);

test('R2: a server that accepts and never answers is out of reach within the time that is stated, whatever is asked of it', async (t) => {
  const store = await storeAt(
    t,
    createTcp((socket) => socket.resume()),
  );
  const asked: [string, () => Promise<unknown>][] = [
    ['prepare', () => store.prepare()],
    ['get', () => store.get(ref)],
    ['range', () => store.get(ref, { start: 0, end: 10 })],
    ['stat', () => store.stat(ref)],
    ['put', () => store.put(newKey(), Buffer.from('x'), 1)],
    ['put a stream', () => store.put(newKey(), Readable.from([Buffer.alloc(20 * 2 ** 20)]), null)],
    ['lock', () => store.lockUntil(ref, new Date())],
    ['hold', () => store.setLegalHold(ref, true)],
    ['remove', () => store.remove(ref)],
    ['list', () => store.list('v1/')[Symbol.asyncIterator]().next()],
    ['tidy', () => store.tidy(new Date())],
  ];
  await Promise.all(
    asked.map(async ([what, ask]) => {
      const begun = performance.now();
      const error = await t.throwsAsync(ask(), undefined, what);
      t.true(isCoded(error, 'store_unavailable'), `${what}: ${String(error)}`);
      t.true(performance.now() - begun < 10 * IDLE, what);
    }),
  );
});

test('R2: a body that stops in the middle ends with an error, one that moves slowly comes whole', async (t) => {
  const stops = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write(Buffer.alloc(500));
  });
  const error = await t.throwsAsync(buffer(await stops.get(ref)));
  t.true(isCoded(error, 'store_unavailable'), String(error));
  const slow = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': 12 });
    void (async () => {
      for (let i = 0; i < 12; i++) {
        await sleep(IDLE / 2);
        response.write('x');
      }
      response.end();
    })();
  });
  t.is((await buffer(await slow.get(ref))).length, 12, 'fifteen times as long as it would wait for one byte');
});

test('R2: a reader who takes his time is not cut off: it is not the server that is waited for', async (t) => {
  const size = 4 * 2 ** 20;
  const store = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': size });
    response.end(Buffer.alloc(size));
  });
  const body = await store.get(ref);
  let read = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    if (read === 0) await sleep(3 * IDLE);
    read += piece.length;
  }
  t.is(read, size);
});

test('R2: a server that takes an upload slowly gets all of it', async (t) => {
  let taken = 0;
  const store = await served(t, (request, response) => {
    void (async () => {
      for await (const piece of request as AsyncIterable<Buffer>) {
        taken += piece.length;
        await sleep(20);
      }
      response.writeHead(200, { etag: '"e"', 'x-amz-version-id': 'v' });
      response.end();
    })();
  });
  const size = 6 * 2 ** 20;
  t.like(await store.put(newKey(), Buffer.alloc(size, 1), size), { version: 'v', size });
  t.true(taken >= size);
});
