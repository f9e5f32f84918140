import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createLogger, envExample, isLoopback, loadConfig } from '../../src/config/index.js';
import { CodedError, type FieldError } from '../../src/errors/index.js';

const ROOT = new URL('../../../', import.meta.url);

function errorsOf(env: Record<string, string>): FieldError[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof CodedError) return error.fields;
    throw error;
  }
}

test('without any variable it is embedded, on loopback, with the terms of the house', (t) => {
  const config = loadConfig({});
  t.is(config.host, '127.0.0.1');
  t.is(config.port, 8080);
  t.is(config.timeZone, 'Asia/Shanghai');
  t.is(config.limits.fileBytes, 5 * 2 ** 30);
  t.is(config.database, undefined);
  t.is(config.s3, undefined);
  t.true(config.keystore.startsWith(config.dataDir));
});

test('a misspelt variable is refused, it would silently do nothing', (t) => {
  t.deepEqual(errorsOf({ LANTAI_PROT: '80' }), [{ field: 'LANTAI_PROT', code: 'unknown_field' }]);
  t.deepEqual(errorsOf({ LANTAI_TEST_S3_ENDPOINT: 'x', PATH: '/bin' }), []);
});

test('every wrong variable is named at once, and no value is quoted', (t) => {
  const errors = errorsOf({ LANTAI_PORT: 'secret-80', LANTAI_TIME_ZONE: 'Mars/Olympus', DATABASE_URL: 'mysql://u:secret@h/d' });
  const named = new Set(errors.map((one) => one.field));
  for (const name of ['DATABASE_URL', 'LANTAI_PORT', 'LANTAI_TIME_ZONE']) t.true(named.has(name), name);
  t.false(JSON.stringify(errors).includes('secret'));
});

test('the three roles of the database, and the parts of S3, come together or not at all', (t) => {
  t.deepEqual(
    errorsOf({ DATABASE_URL: 'postgresql://a@h/d' }).map((one) => one.field),
    ['DATABASE_OWNER_URL', 'DATABASE_AUDIT_URL'],
  );
  t.deepEqual(
    errorsOf({ S3_ENDPOINT: 'http://127.0.0.1:9000', S3_BUCKET: 'lantai', S3_ACCESS_KEY: 'a' }).map((one) => one.field),
    ['S3_SECRET_KEY'],
  );
});

test('R19: an address that others can reach needs TLS or a trusted proxy', (t) => {
  t.deepEqual(errorsOf({ LANTAI_HOST: '0.0.0.0' }), [{ field: 'LANTAI_HOST', code: 'needs_tls' }]);
  t.deepEqual(errorsOf({ LANTAI_HOST: '0.0.0.0', LANTAI_TRUSTED_PROXY: '10.0.0.2' }), []);
  t.deepEqual(errorsOf({ LANTAI_HOST: '0.0.0.0', LANTAI_TLS_CERT: 'c', LANTAI_TLS_KEY: 'k' }), []);
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) t.true(isLoopback(host));
  for (const host of ['0.0.0.0', '127.0.0.1.example.com', '::', '10.0.0.1']) t.false(isLoopback(host));
});

test('R19: texts and the key of Meilisearch cross no network in the clear; address and key come together', (t) => {
  const key = { MEILI_MASTER_KEY: 'a-key-of-enough-letters' };
  for (const MEILI_URL of ['http://127.0.0.1:7700', 'http://[::1]:7700', 'http://meilisearch:7700', 'https://search.example.com'])
    t.deepEqual(errorsOf({ ...key, MEILI_URL }), [], MEILI_URL);
  for (const MEILI_URL of ['http://search.example.com', 'http://10.0.0.7:7700', 'http://167772167', 'http://[fd00::1]:7700'])
    t.deepEqual(errorsOf({ ...key, MEILI_URL }), [{ field: 'MEILI_URL', code: 'needs_https' }], MEILI_URL);
  t.deepEqual(
    errorsOf(key).map((one) => one.field),
    ['MEILI_URL'],
  );
  t.deepEqual(errorsOf({ MEILI_INDEX: 'other' }), [{ field: 'MEILI_URL', code: 'missing' }]);
  t.is(loadConfig({ ...key, MEILI_URL: 'http://localhost:7700' }).meilisearch?.index, 'lantai');
  t.is(loadConfig({}).meilisearch, undefined);
});

test('a secret may come from a file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lantai-config-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 's3'), 'hidden\n');
  const s3 = { S3_ENDPOINT: 'http://127.0.0.1:9000', S3_BUCKET: 'lantai', S3_ACCESS_KEY: 'a' };
  t.is(loadConfig({ ...s3, S3_SECRET_KEY_FILE: join(folder, 's3') }).s3?.secretKey, 'hidden');
  t.deepEqual(errorsOf({ ...s3, S3_SECRET_KEY: 'b', S3_SECRET_KEY_FILE: join(folder, 's3') }), [{ field: 'S3_SECRET_KEY', code: 'given_twice' }]);
  t.true(errorsOf({ ...s3, S3_SECRET_KEY_FILE: join(folder, 'none') }).some((one) => one.field === 'S3_SECRET_KEY_FILE' && one.code === 'unreadable'));
});

test('.env.example names every setting and changes nothing', (t) => {
  const file = readFileSync(new URL('.env.example', ROOT), 'utf8');
  t.is(file, envExample());
  t.true(file.split('\n').every((line) => line === '' || line.startsWith('#')));
});

test('R57: the log never quotes what a library or the database complained about', (t) => {
  let text = '';
  const log = createLogger({ level: 'info', destination: { write: (line: string) => void (text += line) } });
  const database = Object.assign(new Error('invalid input syntax for type date: "张三 13912345678"'), { code: '22007' });
  log.error('capture.failed', new CodedError('internal', { detail: 'in the third step', cause: database }), { record: 'r-1' });
  const line = JSON.parse(text) as { event: string; record: string; error: { code: string; detail: string; cause: { code: string } } };
  t.is(line.event, 'capture.failed');
  t.is(line.record, 'r-1');
  t.is(line.error.detail, 'in the third step');
  t.is(line.error.cause.code, '22007');
  t.false(text.includes('13912345678'));
  t.false(text.includes('张三'));
});
