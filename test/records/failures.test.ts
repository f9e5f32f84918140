import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { CodedError } from '../../src/errors/index.js';
import { capture, finishInterrupted, openReading, readContent, returnReading, viewRecord } from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { testActor } from '../support/audit.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
});
test.after.always(() => archive.close());

const SYSTEM = testActor({ kind: 'system', personId: null, accountId: null, pseudonym: 'system', roles: ['system'], sessionId: null });
const PAST = -1000;

/** A record whose archiving was interrupted after its commit. */
async function interrupted(): Promise<string> {
  const draft = testDraft();
  const down = { ...archive.deps, vault: { ...archive.deps.vault, lock: () => Promise.reject(new CodedError('store_unavailable')) } };
  await capture(down, agent, { draft, files: [] }).catch(() => undefined);
  const [row] = await archive.database.owner.many<{ id: string }>(sql`select id from records where service_no = ${String(draft['serviceNo'])}`);
  return row?.id ?? '';
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await archive.database.owner.many<{ state: string }>(sql`select state from records where id = ${id}`))[0]?.state;
}

test.serial('a record whose object is gone keeps no other from being archived, and the start from going on', async (t) => {
  const broken = await interrupted();
  const fine = await interrupted();
  const [object] = await archive.deps.vault.facts(
    (await archive.database.owner.many<{ id: string }>(sql`select id from objects where record_id = ${broken}`)).map((one) => one.id),
  );
  await rm(join(archive.storeFolder, object?.ref.key ?? ''), { force: true });
  const troubles: string[] = [];
  t.is(await finishInterrupted({ ...archive.deps, onTrouble: (code) => troubles.push(code) }, SYSTEM, PAST), 1);
  t.is(await stateOf(fine), 'archived');
  t.is(await stateOf(broken), 'received');
  t.deepEqual(troubles, ['archiving_failed']);
});

test.serial('two processes that finish the same archivings give each record one code, without a gap', async (t) => {
  const ids = [];
  for (let i = 0; i < 6; i++) ids.push(await interrupted());
  await Promise.all([1, 2, 3].map(() => finishInterrupted(archive.deps, SYSTEM, PAST)));
  const rows = await archive.database.owner.many<{ code: string | null }>(sql`select archival_code as code from records where id = any (${ids}::uuid[])`);
  const items = rows.map((row) => Number(row.code?.split('-').at(-1))).sort((a, b) => a - b);
  t.is(new Set(items).size, 6);
  t.is((items[5] ?? 0) - (items[0] ?? 0), 5);
});

test.serial('the same number, and the same idempotency key, handed in at the same instant make one record', async (t) => {
  const draft = testDraft();
  const codes = await Promise.all(
    Array.from({ length: 6 }, () => why(capture(archive.deps, agent, { draft: structuredClone(draft), files: [], idempotencyKey: 'same' }))),
  );
  t.true(codes.includes('done'));
  t.true(
    codes.every((code) => ['done', 'duplicate', 'conflict'].includes(code)),
    codes.join(),
  );
  t.is(await why(capture(archive.deps, agent, { draft, files: [], idempotencyKey: 'same' })), 'done');
  const others = await Promise.all(
    Array.from({ length: 4 }, () => why(capture(archive.deps, agent, { draft: testDraft(), files: [], idempotencyKey: 'other' }))),
  );
  t.is(others.filter((code) => code === 'done').length, 1, others.join());
  const [row] = await archive.database.owner.many<{ n: number }>(sql`select count(*)::int as n from records where service_no = ${String(draft['serviceNo'])}`);
  t.is(row?.n, 1);
});

test.serial('an upload that breaks off, or is shorter or longer than said, leaves no record', async (t) => {
  const breaking = (): Readable =>
    Readable.from(
      (async function* () {
        yield Buffer.alloc(100_000, 'x');
        throw new CodedError('invalid_request');
      })(),
      { objectMode: false },
    );
  for (const [body, size] of [
    [breaking(), null],
    [Readable.from([Buffer.from('short')], { objectMode: false }), 50],
    [Readable.from([Buffer.from('much longer than it was said to be')], { objectMode: false }), 3],
  ] as const) {
    const draft = testDraft();
    const code = await why(capture(archive.deps, agent, { draft, files: [{ name: 'a.txt', body, size }] }));
    t.is(code, 'invalid_request');
    const [row] = await archive.database.owner.many<{ n: number }>(
      sql`select count(*)::int as n from records where service_no = ${String(draft['serviceNo'])}`,
    );
    t.is(row?.n, 0);
  }
});

test.serial('a reading handed back in the middle of a stream: the stream ends whole, its end is on record, nothing more opens', async (t) => {
  const content = Buffer.alloc(3_000_000, 'long ');
  const done = await capture(archive.deps, agent, {
    draft: testDraft(),
    files: [{ name: 'a.txt', body: Readable.from([content], { objectMode: false }), size: content.length }],
  });
  const fileId = (await viewRecord(archive.deps, agent, done.id)).files[0]?.id;
  const reading = await openReading(archive.deps, agent, { recordId: done.id, purpose: 'solve' });
  const stream = await readContent(archive.deps, agent, { readingId: reading.id, fileId, kind: 'view' });
  await returnReading(archive.deps, agent, { readingId: reading.id, result: 'solved' });
  t.is((await buffer(stream.body)).length, content.length);
  t.is(await why(readContent(archive.deps, agent, { readingId: reading.id, kind: 'view' })), 'reading_expired');
  t.is(await why(returnReading(archive.deps, agent, { readingId: reading.id, result: 'solved' })), 'wrong_state');
  for (let i = 0; i < 50; i++) {
    const [row] = await archive.database.owner.many<{ whole: boolean | null; state: string }>(
      sql`select a.whole, g.state from accesses a join readings g on g.id = a.reading_id where g.id = ${reading.id}`,
    );
    if (row?.whole !== null) return t.deepEqual({ ...row }, { whole: true, state: 'returned' });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return t.fail('no end on record');
});

test.serial('a store that is gone makes a coded refusal and no record; it being back, the same request goes through', async (t) => {
  const away = `${archive.storeFolder}.away`;
  const draft = testDraft();
  await rename(archive.storeFolder, away);
  await writeFile(archive.storeFolder, ''); // not even a folder can be made there
  const code = await why(capture(archive.deps, agent, { draft, files: [] }));
  await rm(archive.storeFolder);
  await rename(away, archive.storeFolder);
  t.is(code, 'store_unavailable');
  t.is(await why(capture(archive.deps, agent, { draft, files: [] })), 'done');
});
