import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { isCoded } from '../../src/errors/index.js';
import { openStore } from '../../src/storage/index.js';
import { newKey, storeSuite } from './suite.js';

const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];
const accessKey = process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '';
const secretKey = process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '';

if (endpoint === undefined) {
  test('the contract of object stores on a real S3 server', (t) => {
    t.log('skipped: needs an S3 server with Object Lock; set LANTAI_TEST_S3_ENDPOINT, LANTAI_TEST_S3_ACCESS_KEY and LANTAI_TEST_S3_SECRET_KEY');
    t.pass();
  });
} else {
  const bucket = `lantai-test-${randomBytes(4).toString('hex')}`;
  const store = openStore({ kind: 's3', endpoint, bucket, accessKey, secretKey });
  const prepared = store.prepare();
  storeSuite(test, async () => {
    await prepared;
    return store;
  });
  test.after.always(() => store.close());

  test('wrong credentials are a store out of reach', async (t) => {
    const other = openStore({ kind: 's3', endpoint, bucket, accessKey, secretKey: 'wrong' });
    t.true(isCoded(await t.throwsAsync(other.prepare()), 'store_unavailable'));
    await other.close();
  });
}

test('a server out of reach, or one that answers nonsense, is a store out of reach', async (t) => {
  const server = createServer((_, response) => {
    response.statusCode = 500;
    response.end('what?');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const odd = openStore({ kind: 's3', endpoint: `http://127.0.0.1:${port}`, bucket: 'bucket', accessKey: 'a', secretKey: 'b' });
  const ref = { key: newKey(), version: '1' };
  const tries = (): Promise<unknown>[] => [
    odd.prepare(),
    odd.get(ref),
    odd.stat(ref),
    odd.put(newKey(), Buffer.from('x'), 1),
    odd.remove(ref),
    odd.list('v1/')[Symbol.asyncIterator]().next(),
  ];
  for (const work of tries()) t.true(isCoded(await t.throwsAsync(work), 'store_unavailable'));
  await new Promise((resolve) => server.close(resolve));
  for (const work of tries()) t.true(isCoded(await t.throwsAsync(work), 'store_unavailable'));
  await odd.close();
});
